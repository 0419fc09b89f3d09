//! A dental practice made from a seed: sites, practitioners, patients, appointments, perio charts.
//!
//! Shapes are those of Dentally's API as its users have seen it; ids are numbers for people and visits, UUIDs for
//! sites. Flaws are planted on purpose and listed in [`Planted`].

mod dent_o_soft;
mod dentally;
mod diary;
mod drop;
mod export;
mod panda;
mod people;
mod perio;
mod practice_by_numbers;
mod random;
mod staff;
pub mod truth;
mod window;
mod words;

use std::io;
use std::path::Path;

use jiff::civil::Date;
use serde_json::Value;

pub use dentally::{DentallyLists, PlantedLists};
pub use export::Truth;
pub use window::{DentallyBefore, open_panda_window};

use crate::mssql::Database;

/// What to generate. The same options give the same practice, byte for byte.
#[derive(Debug, Clone)]
pub struct PracticeOptions {
    /// Seed of the random numbers.
    pub seed: u64,
    /// Number of patients.
    pub patients: usize,
    /// Number of appointments.
    pub appointments: usize,
    /// Number of perio exams.
    pub exams: usize,
    /// Number of sites.
    pub sites: usize,
    /// Share of patients with a missing or malformed field, 0 to 1.
    pub dirt: f64,
    /// Years that the appointments go back.
    pub years: u8,
    /// The day on which the practice is looked at: appointments lie before and after it.
    pub today: Date,
}

impl Default for PracticeOptions {
    fn default() -> Self {
        PracticeOptions {
            seed: 1,
            patients: 2000,
            appointments: 8000,
            exams: 600,
            sites: 2,
            dirt: 0.03,
            years: 3,
            today: Date::constant(2026, 11, 1),
        }
    }
}

/// A generated practice: Dentally's records as its API sends them, and perio exams beside them.
#[derive(Debug, Clone)]
pub struct Practice {
    /// Sites, identified by UUID.
    pub sites: Vec<Value>,
    /// Practitioners; name and e-mail stand in the nested `user`.
    pub practitioners: Vec<Value>,
    /// Patients, identified by number.
    pub patients: Vec<Value>,
    /// Appointments, identified by number, in the order of their ids.
    pub appointments: Vec<Value>,
    /// Perio exams, which Dentally's API doesn't have: see [`Practice::write_perio_drop`].
    pub exams: Vec<Exam>,
    /// What was planted on purpose.
    pub planted: Planted,
    /// What everything else about it is drawn from.
    seed: u64,
    today: Date,
}

/// Flaws and oddities planted on purpose, to check a migration against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Planted {
    /// Patients with no name at all: nothing can be made of them, they must be quarantined.
    pub nameless_patients: Vec<i64>,
    /// Patients whose date of birth is no date.
    pub unparsable_birth_dates: Vec<i64>,
    /// Patients whose e-mail is no e-mail address.
    pub malformed_emails: Vec<i64>,
    /// Patients with neither e-mail nor telephone number.
    pub unreachable_patients: Vec<i64>,
    /// Families: an e-mail and the patients who share it.
    pub families: Vec<(String, Vec<i64>)>,
    /// Appointments of a patient who doesn't exist.
    pub orphan_appointments: Vec<i64>,
    /// Patients whose dropdown holds a choice that it does not offer.
    pub odd_choices: Vec<i64>,
    /// Blocked time: appointments without a patient.
    pub blocked_appointments: Vec<i64>,
    /// Exams of a patient who doesn't exist.
    pub exams_of_unknown_patients: Vec<String>,
    /// Exams with an impossible value (a probing depth of 25 mm).
    pub impossible_exams: Vec<String>,
    /// Exams with a furcation on a tooth with a single root.
    pub single_root_furcation_exams: Vec<String>,
    /// Exams whose stored attachment level contradicts depth plus margin.
    pub contradicting_attachment_exams: Vec<String>,
    /// Exams in which a reading stands twice.
    pub duplicate_reading_exams: Vec<String>,
    /// Exams of children with primary teeth.
    pub primary_teeth_exams: Vec<String>,
}

/// One visit's perio chart: FDI notation, a positive margin is recession.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exam {
    /// `PX-` and a number.
    pub id: String,
    /// The patient's number in Dentally.
    pub patient_id: i64,
    /// The day of the visit.
    pub date: Date,
    /// The examiner's name; may be empty.
    pub examiner: String,
    /// The classification as the clinician wrote it; may be empty.
    pub classification: String,
    /// The clinician's remark; may be empty.
    pub note: String,
    /// One row per tooth and measure.
    pub readings: Vec<Reading>,
}

/// One row of a chart: one tooth, one measure, six sites or one value for the tooth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// FDI number.
    pub tooth: u8,
    /// One of the measure words of the contract, as `probing-depth`.
    pub measure: &'static str,
    /// Values at mb, b, db, ml, l, dl; `None` where not measured.
    pub sites: [Option<i16>; 6],
    /// The value of the whole tooth (mobility, missing, implant).
    pub tooth_value: Option<i16>,
}

impl Practice {
    /// Makes a practice.
    pub fn generate(options: &PracticeOptions) -> Practice {
        let mut random = random::Random::new(options.seed);
        let mut planted = Planted::default();
        let sites = staff::sites(&mut random, options.sites);
        let practitioners = staff::practitioners(&mut random, &sites, options.today);
        let mut patients = people::patients(
            &mut random,
            options.patients,
            options.dirt,
            &sites,
            &practitioners,
            options.today,
            &mut planted,
        );
        let mut appointments = diary::appointments(&mut random, options, &patients, &practitioners, &mut planted);
        let exams = perio::exams(&mut random, options.exams, &patients, &practitioners, options.today, &mut planted);
        let (seed, today) = (options.seed, options.today);
        dentally::tie(seed, today, &mut patients, &mut appointments, &mut planted);
        Practice { sites, practitioners, patients, appointments, exams, planted, seed, today }
    }

    /// Writes the perio exams as a drop folder: `manifest.json`, `exams.csv` and `readings.csv`, UTF-8,
    /// FDI notation, a positive margin is recession. The same exams give the same bytes.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn write_perio_drop(&self, dir: &Path) -> io::Result<()> {
        drop::write(&self.exams, dir)
    }

    /// Writes the practice as a Dent-O-Soft export: tables as CSV in three encodings and as a workbook, and their manifest.
    /// The same practice and seed give the same bytes. Returns what is true of each table.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn write_dent_o_soft(&self, seed: u64, dir: &Path) -> io::Result<Vec<Truth>> {
        dent_o_soft::write(dent_o_soft::tables(self, seed), dir)
    }

    /// The same as it was before the window of a delta.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn write_dent_o_soft_before(&self, seed: u64, dir: &Path) -> io::Result<Vec<Truth>> {
        let mut tables = dent_o_soft::tables(self, seed);
        tables.iter_mut().for_each(export::Tabled::before);
        dent_o_soft::write(tables, dir)
    }

    /// Writes the practice as reports of Practice by Numbers, with what people leave around the rows, and their manifest. The
    /// same practice and seed give the same bytes. Returns what is true of each report.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn write_practice_by_numbers(&self, seed: u64, dir: &Path) -> io::Result<Vec<Truth>> {
        practice_by_numbers::write(practice_by_numbers::reports(self, seed), dir)
    }

    /// The same as they were before the window of a delta.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn write_practice_by_numbers_before(&self, seed: u64, dir: &Path) -> io::Result<Vec<Truth>> {
        let mut reports = practice_by_numbers::reports(self, seed);
        reports.iter_mut().for_each(|report| report.table.before());
        practice_by_numbers::write(reports, dir)
    }

    /// The practice as PANDA Perio's databases for the SQL Server stand-in, one for each site with its clinic's tag, and what
    /// is true of each object in all of them together. The same practice and seed give the same rows.
    pub fn panda_databases(&self, seed: u64) -> (Vec<(String, Database)>, Vec<Truth>) {
        panda::databases(self, seed)
    }

    /// Writes the file share that PANDA Perio's databases name files of, and the folder `Letters` in it with the template
    /// library. Returns how many files there are.
    ///
    /// # Errors
    /// When a folder cannot be made or written.
    pub fn write_panda_share(&self, dir: &Path) -> io::Result<usize> {
        panda::write_share(self, dir)
    }

    /// The practitioners whom Odoo knows as users, three quarters of them: log-in e-mail (in small
    /// letters, whatever Dentally has) and name.
    pub fn users(&self) -> Vec<(String, String)> {
        staff::users(&self.practitioners)
    }
}
