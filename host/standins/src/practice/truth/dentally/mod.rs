//! What must stand in Odoo of Dentally's API and the folder beside it: the eleven rows of the promise.

mod documents;
mod money;
mod people;
mod plans;
mod rows;
mod visits;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use self::rows::{Row, text};
use super::rows::Owners;
use super::{Holds, Key, Statement};
use crate::practice::{DentallyLists, Practice};

/// The rows of the promise, each the folder of its golden case.
pub const ROWS: [&str; 11] = [
    "patient",
    "patient-clinical",
    "appointment",
    "practitioner-of-an-appointment",
    "recall-campaign",
    "treatment-plan",
    "invoice-payment",
    "patient-custom-fields",
    "practice-site",
    "portal-settings",
    "vision-imaging",
];

/// The practice's own fields of patients that the client has confirmed: label, field, kind, choices.
pub const OWN_FIELDS: [(&str, &str, &str, &[&str]); 3] = [
    ("Smoker", "x_smoker", "selection", &["yes", "no", "ex"]),
    ("Nervous patient", "x_nervous_patient", "boolean", &[]),
    ("General practitioner", "x_general_practitioner", "char", &[]),
];

/// What the API says, and what the rest of the truth is told from.
struct Account<'p> {
    practice: &'p Practice,
    lists: DentallyLists,
    owners: Owners,
    known: BTreeSet<String>,
    /// Patients without any name, of whom no contact can be made.
    nameless: BTreeSet<String>,
}

impl Account<'_> {
    fn rows(&self, list: &str) -> impl Iterator<Item = Row<'_>> {
        self.lists.rows.get(list).into_iter().flatten().map(Row)
    }

    /// Whether a contact is made of the patient of this number.
    fn has_contact(&self, patient: &str) -> bool {
        self.known.contains(patient) && !self.nameless.contains(patient)
    }

    /// What a list calls the row of this number: in a column of its own, else the number itself.
    fn named(&self, list: &str, number: &str, column: &str) -> String {
        let found = self.rows(list).find(|row| row.get("id") == number && !number.is_empty());
        found.map_or_else(|| number.to_owned(), |row| row.get(column))
    }

    /// Title and name of a practitioner.
    fn practitioner(&self, number: &str) -> String {
        let found = self.practice.practitioners.iter().find(|row| text(&row["id"]) == number);
        let name = |row: &Value| Row(&row["user"]).joined(&["title", "first_name", "last_name"], " ");
        found.map_or_else(|| number.to_owned(), name)
    }

    /// A site's name.
    fn site(&self, number: &str) -> String {
        let found = self.practice.sites.iter().find(|row| text(&row["id"]) == number);
        found.map_or_else(|| number.to_owned(), |row| text(&row["name"]))
    }
}

/// The contact of a patient.
fn contact(patient: &str) -> Holds {
    match patient {
        "" => Holds::Empty,
        patient => Holds::Record("res.partner", Key::source("patient", patient)),
    }
}

/// The statement for the practice's account; `as_of` is the migration's moment, in UTC as Odoo writes it: what lies before it
/// is over. Addresses are in the United Kingdom: the client has set it so. The setting `sites` is `team`, and appointments go
/// to activities.
pub fn statement(practice: &Practice, as_of: &str) -> Statement {
    let nameless = |row: &&Value| Row(row).joined(&["first_name", "middle_name", "last_name"], " ").is_empty();
    let ids = |rows: Vec<&Value>| rows.into_iter().map(|row| text(&row["id"])).collect();
    let account = Account {
        practice,
        lists: practice.dentally_lists(),
        owners: Owners::of(practice),
        known: ids(practice.patients.iter().collect()),
        nameless: ids(practice.patients.iter().filter(nameless).collect()),
    };
    let mut statement = Statement::default();
    people::state(&account, &mut statement);
    visits::state(&account, as_of, &mut statement);
    plans::state(&account, &mut statement);
    money::state(&account, as_of, &mut statement);
    documents::state(&account, &mut statement);
    statement
}

/// Rows by the value of a column.
fn grouped<'v>(rows: impl Iterator<Item = Row<'v>>, column: &str) -> BTreeMap<String, Vec<Row<'v>>> {
    let mut groups: BTreeMap<String, Vec<Row<'v>>> = BTreeMap::new();
    for row in rows {
        groups.entry(row.get(column)).or_default().push(row);
    }
    groups
}

#[cfg(test)]
mod tests;
