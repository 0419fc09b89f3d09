//! What must stand in Odoo of a Dent-O-Soft export: the twelve rows of the promise.

mod care;
mod money;
mod people;

use std::collections::BTreeSet;

use super::rows::{Owners, rows};
use super::{Aside, Statement, Unsaid};
use crate::practice::Practice;
use crate::practice::dent_o_soft::tables;
use crate::practice::export::Tabled;

/// The rows of the promise, each the folder of its golden case.
pub const ROWS: [&str; 12] = [
    "patient",
    "patient-insurance",
    "treatment-history",
    "appointment",
    "practitioner",
    "supplier-lab",
    "emergency-contact",
    "billing-record",
    "clinical-note",
    "appointment-reminder",
    "practice-setting",
    "referral-source",
];

/// What the export says, and what the rest of the truth is told from.
struct Export<'p> {
    tables: &'p [Tabled],
    owners: Owners,
    /// Patients without any name, of whom no contact can be made.
    nameless: BTreeSet<&'p str>,
    /// All patients of the export.
    known: BTreeSet<&'p str>,
}

impl Export<'_> {
    /// Whether a contact is made of the patient of this number.
    fn has_contact(&self, patient: &str) -> bool {
        self.known.contains(patient) && !self.nameless.contains(patient)
    }
}

/// The statement for the export that the practice writes with this seed; `as_of` is the migration's moment, in UTC as
/// Odoo writes it: what lies before it is over.
pub fn statement(practice: &Practice, seed: u64, as_of: &str) -> Statement {
    let tables = tables(practice, seed);
    let patients = || rows(&tables, "patient");
    let is_nameless = |row: &super::rows::Row<'_>| row.joined(&["first_name", "middle_name", "last_name"]).is_empty();
    let export = Export {
        tables: &tables,
        owners: Owners::of(practice),
        nameless: patients().filter(is_nameless).map(|row| row.get("id")).collect(),
        known: patients().map(|row| row.get("id")).collect(),
    };
    let mut statement = Statement { unsaid: unsaid(), ..Statement::default() };
    people::state(&export, &mut statement);
    care::state(&export, as_of, &mut statement);
    money::state(&export, &mut statement);
    for patient in &export.nameless {
        let aside = |row, object, code| Aside { row, object, id: (*patient).to_owned(), code };
        statement.aside.push(aside("patient", "patient", "no-name"));
    }
    // Visits of patients who are not in the export have left rows that belong to nobody.
    for (row, object, table) in
        [("treatment-history", "treatment-history", "treatment"), ("billing-record", "billing", "account-line")]
    {
        let nobodies: BTreeSet<&str> =
            rows(&tables, table).map(|row| row.get("patient_id")).filter(|id| !export.known.contains(id)).collect();
        let aside = |id: &str| Aside { row, object, id: id.to_owned(), code: "orphan-rows" };
        statement.aside.extend(nobodies.into_iter().map(aside));
    }
    statement
}

fn unsaid() -> Vec<Unsaid> {
    let no_number = "the row has no number of its own, and the source numbers it by a digest of its content";
    vec![
        Unsaid { object: "practitioner-address", model: "res.partner", field: "x_source_id", reason: no_number },
        Unsaid { object: "emergency-contact", model: "res.partner", field: "x_source_id", reason: no_number },
    ]
}

#[cfg(test)]
mod tests;
