//! An account as rows of Odoo's import of journal entries: each line becomes an entry of two items that balance.

use odograft_sdk::dent_o_soft::AccountLine;
use odograft_sdk::journal::{self, Head, Item};
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Context, Decimal, Json, Scalar, SettingSpec, Span, json, money, setting, time};

use super::account::{Account, Entry, Kind};

/// Where the accountant books to. The defaults are those of Odoo's generic chart of accounts.
pub const SETTINGS: [SettingSpec; 5] = [
    setting("billing_journal", "MISC", "the code of the journal that the billing history is imported into"),
    setting("receivable_account", "121000", "the code of the account that patients' debts are on"),
    setting("income_account", "400000", "the code of the account that charges are booked to"),
    setting("payment_account", "101402", "the code of the account that payments are booked to"),
    setting("adjustment_account", "443000", "the code of the account that discounts and write-offs are booked to"),
];

/// The document of one account.
#[must_use]
pub fn document(patient: Span, account: &Account<'_>, context: &Context) -> Json {
    let mut rows: Vec<journal::Row> = Vec::new();
    let mut left_out: Vec<Json> = account.void.iter().map(|line| as_entered(line, "void")).collect();
    for entry in &account.entries {
        match (entry.line.booked_on, entry.effect) {
            (Some(day), Some(effect)) => match items(patient, entry, &time::iso(day), effect, context) {
                Some(pair) => rows.extend(pair),
                None => left_out.push(as_entered(entry.line, "beyond all amounts")),
            },
            (None, _) => left_out.push(as_entered(entry.line, "no day")),
            (_, None) if entry.line.amount.is_none() => left_out.push(as_entered(entry.line, "no amount")),
            (_, None) => left_out.push(as_entered(entry.line, "neither charge nor payment nor adjustment")),
        }
    }
    json!({
        "patient": patient,
        "columns": journal::COLUMNS,
        "rows": rows,
        "left_out": left_out,
        "totals": {
            "charges": account.total(Kind::Charge),
            "payments": account.total(Kind::Payment),
            "adjustments": account.total(Kind::Adjustment),
            "other": account.total(Kind::Unknown),
            "balance": account.balance(),
        },
    })
}

/// What a patient owes more is debited to the receivable account, what a patient owes less is credited there; the other
/// item is the other way round.
fn items(patient: Span, entry: &Entry<'_>, day: &str, effect: Decimal, context: &Context) -> Option<Vec<journal::Row>> {
    let line = entry.line;
    let counter = match entry.kind {
        Kind::Charge => "income_account",
        Kind::Payment => "payment_account",
        Kind::Adjustment | Kind::Unknown => "adjustment_account",
    };
    let label = joined(&[line.kind.as_deref(), line.description.as_deref()], ": ").unwrap_or_default();
    let reference = trimmed(line.invoice_number);
    let item =
        |account: &str, amount| Item { account: context.setting(account).to_owned(), label: label.clone(), amount };
    let items = [item("receivable_account", effect), item(counter, money::negated(effect)?)];
    let head = Head {
        day,
        reference: reference.as_deref().unwrap_or_default(),
        journal: context.setting("billing_journal"),
        patient: &patient,
    };
    journal::entry(head, items)
}

/// A line that no entry is made of, and why.
fn as_entered(line: &AccountLine, why: &str) -> Json {
    let unread = |name: &str| {
        let column = line.extra.iter().find(|column| &*column.name == name).map(|column| &column.value);
        match column {
            Some(Scalar::Text(text)) => json!(text),
            _ => Json::Null,
        }
    };
    json!({
        "why": why,
        "invoice_number": line.invoice_number,
        "booked_on": line.booked_on.map_or_else(|| unread("booked_on"), |day| json!(day)),
        "kind": line.kind,
        "amount": line.amount.map_or_else(|| unread("amount"), |amount| json!(amount)),
        "status": line.status,
        "description": line.description,
    })
}

#[cfg(test)]
mod tests {
    use odograft_sdk::ExtraField;

    use super::super::tests::line;
    use super::*;
    use crate::MODULE;

    fn of(lines: &[AccountLine]) -> Json {
        document("17".into(), &Account::of(lines, false), &Context::at(&MODULE, 0))
    }

    #[test]
    fn every_entry_balances_and_receivables_add_up_to_the_balance() {
        let lines = [
            AccountLine {
                invoice_number: Some("INV-1".into()),
                description: Some("crown".into()),
                ..line("2024-02-29", "charge", Some(125_050))
            },
            line("2024-03-01", "payment", Some(-100_000)),
            line("2024-03-02", "adjustment", Some(-5_050)),
        ];
        let document = of(&lines);
        let first = ["2024-02-29", "INV-1", "MISC", "121000", "patient/17", "charge: crown", "1250.50", "0"];
        let second = ["", "", "", "400000", "patient/17", "charge: crown", "0", "1250.50"];
        assert_eq!(document["rows"][0], json!(first));
        assert_eq!(document["rows"][1], json!(second));
        assert_eq!(document["rows"][2][7], "1000.00");
        assert_eq!(document["rows"][3][3], "101402");
        assert_eq!(document["rows"][5][3], "443000");

        let rows = document["rows"].as_array().expect("rows");
        let cents = |row: &Json, column: usize| {
            let text = row[column].as_str().expect("text").replace('.', "");
            text.parse::<i64>().expect("cents")
        };
        for pair in rows.chunks(2) {
            assert_eq!((cents(&pair[0], 6), cents(&pair[0], 7)), (cents(&pair[1], 7), cents(&pair[1], 6)));
        }
        let receivable: i64 = rows.iter().step_by(2).map(|row| cents(row, 6) - cents(row, 7)).sum();
        assert_eq!((receivable, &document["totals"]["balance"]), (20_000, &json!("200.00")));
    }

    #[test]
    fn lines_without_a_day_or_an_amount_are_left_out_with_what_was_written() {
        let amount = ExtraField { name: "amount".into(), value: Scalar::Text("12.O0".into()) };
        let unread = AccountLine { extra: vec![amount], ..line("2024-01-01", "charge", None) };
        let document = of(&[line("", "charge", Some(100)), unread]);
        assert_eq!(document["rows"], json!([]));
        let whys: Vec<_> =
            document["left_out"].as_array().expect("a list").iter().map(|line| line["why"].clone()).collect();
        assert_eq!(whys, ["no amount", "no day"]);
        assert_eq!(document["left_out"][0]["amount"], "12.O0");
        assert_eq!(document["totals"]["balance"], Json::Null);
    }
}
