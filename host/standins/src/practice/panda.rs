//! The practice as PANDA Perio's databases, one for each site, under the placeholder names that the extractor begins with.
//!
//! Patients have numbers of their own in each database, which repeat from one to the next. Rows that belong to nothing,
//! hours that clocks showed twice or never, and rows without a stamp of change are planted in the first.

mod chart;
mod clinical;
mod people;
mod row;
mod share;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

pub(crate) use share::{LETTER_FILES, scan, write as write_share};

use self::row::Row;
use super::Practice;
use super::export::{Truth, text};
use super::random::Random;
use crate::mssql::{Database, Table};

/// A number that no row of any table has.
const NOBODY: i64 = 88_000_001;

/// The number of a database's first patient.
const FIRST_PATIENT: i64 = 1_001;

/// The last day on which anything was written.
const LAST_DAY: Date = date(2026, 10, 1);

/// An object, its table and the rows.
type Rows = (&'static str, &'static str, Vec<Row>);

/// One site's share of the practice.
struct Clinic<'p> {
    practice: &'p Practice,
    site: &'p Value,
    tag: String,
    /// Whether it is the one with what was planted.
    first: bool,
    patients: Vec<&'p Value>,
}

impl<'p> Clinic<'p> {
    fn of(practice: &'p Practice, at: usize, site: &'p Value) -> Self {
        let patients = practice.patients.iter().filter(|patient| patient["site_id"] == site["id"]).collect();
        Self { practice, site, tag: format!("clinic{}", at + 1), first: at == 0, patients }
    }

    fn row(&self) -> Row {
        Row::new(&self.tag)
    }

    /// Each patient with the number in this database.
    fn numbered(&self) -> impl Iterator<Item = (i64, &'p Value)> {
        std::iter::zip(FIRST_PATIENT.., self.patients.iter().copied())
    }
}

/// A database for each site, its clinic's tag first, and what is true of each object in all of them together.
pub(crate) fn databases(practice: &Practice, seed: u64) -> (Vec<(String, Database)>, Vec<Truth>) {
    let mut random = Random::new(seed ^ 0x9a_17da);
    let mut truths: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    let mut out = Vec::new();
    for (at, site) in practice.sites.iter().enumerate() {
        let clinic = Clinic::of(practice, at, site);
        truths.entry("clinic").or_default().push(json!({ "id": clinic.tag }).to_string());
        let mut tables = people::tables(&clinic, &mut random);
        tables.extend(chart::tables(&clinic));
        tables.extend(clinical::tables(&clinic, &mut random));
        let mut built = Vec::new();
        for (object, name, rows) in tables {
            truths.entry(object).or_default().extend(rows.iter().map(Row::body));
            let Some(columns) = rows.first().map(Row::columns) else { continue };
            let rows = rows.into_iter().map(Row::cells).collect();
            built.push(Table { schema: "dbo".to_owned(), name: name.to_owned(), columns, rows });
        }
        out.push((clinic.tag, Database { name: format!("Panda{}", at + 1), tables: built }));
    }
    (out, truths.into_iter().map(|(object, bodies)| Truth::of(object, bodies)).collect())
}

/// A moment of Dentally's as the clocks of London showed it, to the second.
fn local(moment: &Value) -> Option<DateTime> {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    let local = zone.to_datetime(moment.as_str()?.parse::<Timestamp>().ok()?);
    local.with().subsec_nanosecond(0).build().ok()
}

/// A moment at which somebody was at work, no more than so many days ago.
fn at_work(random: &mut Random, days: i64) -> DateTime {
    let day = random.before(LAST_DAY, 0, days);
    let moment = random.office_moment(day);
    moment.with().subsec_nanosecond(0).build().unwrap_or(moment)
}

/// The day of a value that is one.
fn day(value: &Value) -> Option<Date> {
    text(value).parse().ok()
}

/// A practitioner's number.
fn provider(random: &mut Random, practice: &Practice) -> Option<i64> {
    let known = &practice.practitioners;
    if known.is_empty() || random.chance(0.05) { None } else { random.pick(known)["id"].as_i64() }
}
