//! What must stand in Odoo of PANDA Perio's databases: the ten rows of the promise.

mod care;
mod cells;
mod exams;
mod letters;
mod people;

use std::collections::{BTreeMap, BTreeSet};

use self::cells::{Clinic, Row};
use super::rows::Owners;
use super::{Key, Statement};
use crate::mssql::Database;
use crate::practice::{Exam, Practice};

/// The rows of the promise, each the folder of its golden case.
pub const ROWS: [&str; 10] = [
    "patient",
    "periodontal-chart",
    "treatment-plan",
    "progress-note",
    "provider",
    "referral-source",
    "practice-clinic",
    "clinical-flag",
    "letter-template-library",
    "file-attachment",
];

/// The folder of letters below the share.
pub const FOLDER: &str = "Letters";

/// What the databases say, and what the rest of the truth is told from.
struct Panda<'p> {
    databases: &'p [(String, Database)],
    owners: Owners,
    exams: BTreeMap<&'p str, &'p Exam>,
    /// Every patient of a database, by clinic and number.
    known: BTreeSet<String>,
    /// Patients without any name, of whom no contact can be made.
    nameless: BTreeSet<String>,
}

impl<'p> Panda<'p> {
    fn clinics(&self) -> impl Iterator<Item = Clinic<'p>> + use<'p> {
        self.databases.iter().map(|(tag, database)| Clinic { tag, database })
    }

    /// Whether the clinic's database has a patient of this number.
    fn is_known(&self, clinic: Clinic<'_>, number: &str) -> bool {
        self.known.contains(&clinic.id(number))
    }

    /// Whether a contact is made of the patient of this number.
    fn is_patient(&self, clinic: Clinic<'_>, number: &str) -> bool {
        self.is_known(clinic, number) && !self.nameless.contains(&clinic.id(number))
    }

    /// The treatment plan of this number.
    fn plan<'d>(&self, clinic: Clinic<'d>, number: &str) -> Option<Row<'d>> {
        clinic.rows("treatment_plan_table").find(|plan| plan.get("PlanID") == number)
    }

    /// The contact of the provider whom a column of a row names: the user's own, or the one that is made. Providers of several
    /// clinics are one contact.
    fn contact(&self, clinic: Clinic<'_>, number: &str) -> Key {
        let provider = clinic.rows("provider_table").find(|own| own.get("ProviderID") == number);
        Key::holding("email", provider.map(|own| own.get("Email").to_lowercase()).unwrap_or_default())
    }
}

/// The statement for the databases that the practice has with this seed; `as_of` is the migration's moment, in UTC as Odoo
/// writes it. An address that names no country is in the United Kingdom: the client has set it so.
pub fn statement(practice: &Practice, seed: u64, as_of: &str) -> Statement {
    let (databases, _) = practice.panda_databases(seed);
    let mut panda = Panda {
        databases: &databases,
        owners: Owners::of(practice),
        exams: practice.exams.iter().map(|exam| (exam.id.as_str(), exam)).collect(),
        known: BTreeSet::new(),
        nameless: BTreeSet::new(),
    };
    for clinic in panda.clinics() {
        for row in clinic.rows("patient_table") {
            let id = clinic.id(&row.get("PatientID"));
            if row.joined(&["FirstName", "MiddleInitial", "LastName"]).is_empty() {
                panda.nameless.insert(id.clone());
            }
            panda.known.insert(id);
        }
    }
    let mut statement = Statement::default();
    people::state(&panda, &mut statement);
    care::state(&panda, as_of, &mut statement);
    exams::state(&panda, &mut statement);
    statement
}

#[cfg(test)]
mod tests;
