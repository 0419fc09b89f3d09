//! Patients' accounts: the last bill, the balance, and what the accountant gets.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::super::rows::{Row, american_day, amount, cents, decimal, rows};
use super::super::{Aside, Expected, Handed, Holds, Key, Said, Statement};
use super::Export;

/// The documents' heading.
const TITLE: &str = "Billing history for the accountant (CSV)";

pub(super) fn state(export: &Export<'_>, statement: &mut Statement) {
    for patient in &export.known {
        let mut own: Vec<Row<'_>> =
            rows(export.tables, "account-line").filter(|row| row.get("patient_id") == *patient).collect();
        if own.is_empty() {
            continue;
        }
        // The accountant gets the account of a patient without a name all the same.
        let source: Value = own.iter().map(|row| row.all(&["booked_on", "kind", "amount", "status"])).collect();
        own.sort_by_key(|row| american_day(row.get("booked_on")));
        let counted: Vec<Row<'_>> = own.into_iter().filter(|row| row.get("status") != "Void").collect();
        statement.handed.push(document(patient, &counted));
        if !export.has_contact(patient) {
            let (row, object, code) = ("billing-record", "billing", "no-such-record");
            statement.aside.push(Aside { row, object, id: (*patient).to_owned(), code });
            continue;
        }
        let charged = counted.iter().filter(|row| row.get("kind") == "charge");
        let last: Option<Date> = charged.filter_map(|row| american_day(row.get("booked_on"))).max();
        let last = last.map(|day| day.to_string()).unwrap_or_default();
        let fields = vec![
            Said::changed("x_last_billing_date", source.clone(), Holds::text(last)),
            Said::changed("x_outstanding_balance", source, amount(sum(&counted, ""))),
        ];
        let key = Key::source("patient", *patient);
        let (row, object, model) = ("billing-record", "billing", "res.partner");
        statement.records.push(Expected { row, object, model, key, fields });
    }
}

/// The cents of all lines of a kind; of all lines where it is empty.
fn sum(lines: &[Row<'_>], kind: &str) -> i64 {
    let of_kind = lines.iter().filter(|row| kind.is_empty() || row.get("kind") == kind);
    of_kind.filter_map(|row| cents(row.get("amount"))).sum()
}

/// Each line as two items of a journal entry that balance: what is owed goes to the receivable account, and back from it.
fn document(patient: &str, lines: &[Row<'_>]) -> Handed {
    let mut items: Vec<Value> = Vec::new();
    for row in lines {
        let cents = cents(row.get("amount")).unwrap_or_default();
        let (more, less) = if cents < 0 { ("0".to_owned(), decimal(-cents)) } else { (decimal(cents), "0".to_owned()) };
        let day = american_day(row.get("booked_on")).map(|day| day.to_string()).unwrap_or_default();
        let counter = match row.get("kind") {
            "charge" => "400000",
            "payment" => "101402",
            _ => "443000",
        };
        let (whose, label) = (format!("patient/{patient}"), format!("{}: {}", row.get("kind"), row.get("description")));
        items.push(json!([day, row.get("invoice_number"), "MISC", "121000", whose, label, more, less]));
        items.push(json!(["", "", "", counter, whose, label, less, more]));
    }
    let total = |kind: &str| decimal(sum(lines, kind));
    let document = json!({
        "patient": patient,
        "rows": items,
        "totals": {"charges": total("charge"), "balance": total("")},
    });
    Handed { row: "billing-record", title: TITLE, key: patient.to_owned(), document }
}
