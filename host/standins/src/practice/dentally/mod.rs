//! What Dentally has beside sites, practitioners, patients and appointments: lists of the account, plans, money, recalls.
//!
//! They are drawn from random numbers of their own, so that the practice is the same with and without them. Shapes are
//! those that others' code reads from the live API: whole-number ids, UUIDs for items and recalls, amounts as decimal text
//! and now and then as numbers.

mod catalogue;
mod files;
mod money;
mod plans;
mod recalls;
mod ties;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use jiff::civil::Date;
use serde_json::{Number, Value};

use super::export::{Tabled, Truth};
use super::random::Random;
use super::{Planted, Practice};

/// No patient, plan, treatment or invoice of the practice has a number like this.
const NOBODY: i64 = 99_000_000;

/// What the folder beside the API is drawn from, with the practice's own seed.
const FILES: u64 = 0xde_f11e;

/// By its object in odograft, the endpoint of each list that has records, in an order in which references point backwards.
const LISTS: [(&str, &str); 14] = [
    ("practice", "practice"),
    ("payment_plan", "payment_plans"),
    ("treatment", "treatments"),
    ("acquisition_source", "acquisition_sources"),
    ("appointment_reason", "appointment_reasons"),
    ("appointment_cancellation_reason", "appointment_cancellation_reasons"),
    ("custom_field", "custom_fields"),
    ("account", "accounts"),
    ("recall", "recalls"),
    ("treatment_plan", "treatment_plans"),
    ("treatment_plan_item", "treatment_plan_items"),
    ("invoice", "invoices"),
    ("invoice_item", "invoice_items"),
    ("payment", "payments"),
];

/// The lists of a practice's account.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DentallyLists {
    /// Rows by endpoint: `treatment_plans`. `practice` has one.
    pub rows: BTreeMap<&'static str, Vec<Value>>,
    /// What was planted on purpose.
    pub planted: PlantedLists,
}

/// Flaws and oddities of the lists, planted on purpose, to check a migration against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlantedLists {
    /// Codes that two treatments share.
    pub shared_codes: Vec<String>,
    /// Treatments without a code.
    pub treatments_without_code: Vec<i64>,
    /// Plan items of a treatment that no list has.
    pub items_of_unknown_treatments: Vec<String>,
    /// Plan items of a plan that no list has.
    pub items_of_unknown_plans: Vec<String>,
    /// Invoices of a patient whom no list has.
    pub invoices_of_unknown_patients: Vec<i64>,
    /// Invoice items of an invoice that no list has.
    pub items_of_unknown_invoices: Vec<String>,
    /// Invoices whose amount is not the sum of their items.
    pub unbalanced_invoices: Vec<i64>,
    /// Unpaid invoices whose day has passed.
    pub overdue_invoices: Vec<i64>,
    /// Invoices that are paid, and no payment is there: written off, which no list shows.
    pub written_off_invoices: Vec<i64>,
    /// Payments that no explanation accounts for.
    pub unexplained_payments: Vec<i64>,
    /// Payments whose explanations together are not what they are said to explain.
    pub contradicting_payments: Vec<i64>,
    /// Money given back.
    pub refunds: Vec<i64>,
    /// Payments that were struck out.
    pub deleted_payments: Vec<i64>,
    /// Accounts whose balance is not what invoices and payments come to.
    pub contradicting_accounts: Vec<i64>,
}

impl Practice {
    /// The lists of the practice's account in Dentally. The same practice gives the same rows.
    pub fn dentally_lists(&self) -> DentallyLists {
        let mut random = Random::new(self.seed ^ 0xde_57a1);
        let mut lists = DentallyLists::default();
        catalogue::fill(&mut random, &mut lists);
        let plans = plans::make(&mut random, self, &mut lists);
        money::make(&mut random, self, plans, &mut lists);
        lists.rows.insert("recalls", recalls::make(&mut random, self));
        lists
    }

    /// What is true of every list of Dentally that has records, patients and appointments included.
    pub fn dentally_truths(&self) -> Vec<Truth> {
        let text = |object, rows: &[Value]| Truth::of(object, rows.iter().map(ToString::to_string).collect());
        let lists = self.dentally_lists();
        let mut truths = vec![
            text("site", &self.sites),
            text("practitioner", &self.practitioners),
            text("patient", &self.patients),
            text("appointment", &self.appointments),
        ];
        truths.extend(LISTS.iter().filter_map(|(object, list)| Some(text(object, lists.rows.get(list)?))));
        truths
    }

    /// The tables beside the API.
    pub(crate) fn dentally_tables(&self) -> [Tabled; 2] {
        files::tables(self, &mut Random::new(self.seed ^ FILES)).0
    }

    /// Writes what Dentally's API does not give as a folder with a manifest: images by reference and metadata, each with its
    /// file, and templates. The same practice gives the same bytes. Returns what is true of each table.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn write_dentally_files(&self, dir: &Path) -> io::Result<Vec<Truth>> {
        files::write(self, &mut Random::new(self.seed ^ FILES), dir)
    }
}

/// Gives patients and appointments what refers to the account's lists, and patients what its custom fields hold.
pub(super) fn tie(seed: u64, today: Date, patients: &mut [Value], appointments: &mut [Value], planted: &mut Planted) {
    ties::tie(&mut Random::new(seed ^ 0xde_71e5), today, patients, appointments, planted);
}

/// Pence as the API writes amounts, `12.5` and `120.0`; one in twelve is a number, not a text.
fn amount(random: &mut Random, pence: i64) -> Value {
    let text = decimal(pence);
    let number = random.chance(1.0 / 12.0).then(|| text.parse().ok().and_then(Number::from_f64)).flatten();
    number.map_or(Value::from(text), Value::Number)
}

/// Pence as decimal text without zeros that say nothing, but for the first.
fn decimal(pence: i64) -> String {
    let sign = if pence < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:02}", pence.abs() / 100, pence.abs() % 100);
    text.strip_suffix('0').map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn amounts_are_written_as_the_api_writes_them() {
        let written = [0, 5, 50, 1_250, 12_000, -2_005].map(decimal);
        assert_eq!(written, ["0.0", "0.05", "0.5", "12.5", "120.0", "-20.05"]);
    }
}
