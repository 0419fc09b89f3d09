//! What must stand in Odoo of the reports of Practice by Numbers: the ten rows of the promise.

mod account;
mod people;
mod visits;

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{Owners, Row, rows};
use super::{Statement, Unsaid};
use crate::practice::Practice;
use crate::practice::export::Tabled;
use crate::practice::practice_by_numbers::tables;

/// The rows of the promise, each the folder of its golden case.
pub const ROWS: [&str; 10] = [
    "patient",
    "provider",
    "appointment",
    "treatment-plan",
    "insurance-record",
    "recall-reactivation",
    "payment-ledger",
    "goal-kpi-target",
    "communication-log",
    "custom-dental-properties",
];

/// The columns that the practice has made up, the fields that they go to, and what the fields hold.
pub const OWN_COLUMNS: [(&str, &str, &str); 4] = [
    ("Ref By", "x_ref_by", "char"),
    ("Shade", "x_shade", "integer"),
    ("Deductible", "x_deductible", "float"),
    ("Last X-Ray", "x_last_x_ray", "date"),
];

/// What the reports say, and what the rest of the truth is told from.
struct Reports<'p> {
    tables: &'p [Tabled],
    /// The users of Odoo by the numbers of providers, and by their names.
    by_number: Owners,
    by_name: Owners,
    /// All patients of the patient report.
    known: BTreeSet<&'p str>,
    /// The names of all patients of whom a contact is made, as they are spoken, by number.
    names: BTreeMap<&'p str, String>,
}

impl<'p> Reports<'p> {
    fn rows(&self, object: &str) -> impl Iterator<Item = Row<'p>> + use<'p> {
        rows(self.tables, object)
    }

    /// The rows of a report below each patient of whom a contact is made, in the report's order; and the other patients whom
    /// it names.
    fn by_patient(&self, object: &str) -> (BTreeMap<&'p str, Vec<Row<'p>>>, Vec<&'p str>) {
        let mut own: BTreeMap<&str, Vec<Row<'_>>> = BTreeMap::new();
        for row in self.rows(object) {
            own.entry(row.get("patient_id")).or_default().push(row);
        }
        let nobodies = own.keys().copied().filter(|patient| !self.names.contains_key(patient)).collect();
        own.retain(|patient, _| self.names.contains_key(patient));
        (own, nobodies)
    }

    /// Why rows below this patient, of whom no contact is made, are put aside.
    fn code(&self, nobody: &str) -> &'static str {
        if self.known.contains(nobody) { "no-such-record" } else { "orphan-rows" }
    }
}

/// The statement for the reports that the practice writes with this seed; `as_of` is the migration's moment, in UTC as
/// Odoo writes it: what lies before it is over.
pub fn statement(practice: &Practice, seed: u64, as_of: &str) -> Statement {
    let tables = tables(practice, seed);
    let reports = Reports {
        tables: &tables,
        by_number: Owners::of(practice),
        by_name: Owners::by_name(practice),
        known: rows(&tables, "patient").map(|row| row.get("patient_id")).collect(),
        names: rows(&tables, "patient").filter_map(named).collect(),
    };
    let mut statement = Statement { unsaid: unsaid(), ..Statement::default() };
    people::state(&reports, &mut statement);
    visits::state(&reports, as_of, &mut statement);
    account::state(&reports, &mut statement);
    statement
}

/// A patient's number and name; none of one without a word.
fn named(row: Row<'_>) -> Option<(&str, String)> {
    Some((row.get("patient_id"), spoken(row.get("patient_name"))?))
}

/// `Moss, Ann` is Ann Moss, and `, Cher` is Cher; none where there is no word.
fn spoken(name: &str) -> Option<String> {
    let (family, given) = name.split_once(',').unwrap_or((name, ""));
    let words: Vec<&str> = [given.trim(), family.trim()].into_iter().filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn unsaid() -> Vec<Unsaid> {
    let digest = "a row of the log has no number of its own, and the source numbers it by a digest of its content";
    vec![Unsaid { object: "message", model: "mail.message", field: "x_source_id", reason: digest }]
}

#[cfg(test)]
mod tests;
