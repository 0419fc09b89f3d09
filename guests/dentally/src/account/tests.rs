use odograft_sdk::bindings::transform::effects::Value;
use odograft_sdk::dentally::{Explanation, InvoiceItem, Payment};
use odograft_sdk::{ExtraField, Json, Scalar, examples, json};

use super::*;
use crate::MODULE;

/// 2026-11-01T00:00:00Z.
const TODAY: i64 = 1_793_491_200;

fn amount(pence: i64) -> Option<Decimal> {
    Some(Decimal { unscaled: pence, scale: 2 })
}

fn on(month: u8, day: u8) -> Option<Date> {
    Some(Date { year: 2026, month, day })
}

fn invoice(id: &str, total: i64, open: i64) -> Invoice {
    Invoice {
        reference: Some(format!("INV-{id}").as_str().into()),
        amount: amount(total),
        amount_outstanding: amount(open),
        dated_on: on(9, 1),
        due_on: on(10, 1),
        paid: Some(open == 0),
        ..examples::invoice(id)
    }
}

fn item(id: &str, invoice: &str, name: &str, pence: i64) -> InvoiceItem {
    InvoiceItem {
        invoice_id: Some(invoice.into()),
        name: Some(name.into()),
        quantity: Some(1),
        total_price: amount(pence),
        ..examples::invoice_item(id)
    }
}

fn part(invoice: &str, pence: i64) -> Explanation {
    Explanation {
        id: None,
        invoice_id: Some(invoice.into()),
        invoice_reference: None,
        amount: amount(pence),
        comments: None,
    }
}

fn payment(id: &str, pence: i64, parts: &[(&str, i64)]) -> Payment {
    let settled: i64 = parts.iter().map(|(_, part)| part).sum();
    Payment {
        reference: Some(format!("PAY-{id}").as_str().into()),
        amount: amount(pence),
        amount_unexplained: amount(pence - settled),
        dated_on: on(9, 15),
        method: Some("Debit Card".into()),
        transaction_number: Some("ch_1".into()),
        explanations: parts.iter().map(|&(invoice, pence)| part(invoice, pence)).collect(),
        ..examples::payment(id)
    }
}

fn balance(pence: i64, state: &str) -> odograft_sdk::dentally::Account {
    odograft_sdk::dentally::Account {
        current_balance: amount(pence),
        state: Some(state.into()),
        opening_balance: amount(0),
        ..examples::account("300017")
    }
}

/// Two invoices, one paid in two parts with a discount, one open in part; a deposit.
fn whole() -> AccountHistory {
    AccountHistory {
        accounts: vec![balance(7_500, "debit")],
        invoices: vec![invoice("1", 10_000, 0), invoice("2", 15_000, 10_000)],
        invoice_items: vec![
            item("a", "1", "Crown", 11_000),
            item("b", "1", "Courtesy discount", -1_000),
            item("c", "2", "Bridge", 15_000),
        ],
        payments: vec![
            payment("8", 6_000, &[("1", 6_000)]),
            payment("9", 9_000, &[("1", 4_000), ("2", 5_000)]),
            payment("10", 2_500, &[]),
        ],
        ..examples::account_history("17")
    }
}

fn mapped(a: &AccountHistory) -> Mapped {
    account(a, &Context::at(&MODULE, TODAY)).expect("maps")
}

fn contact_of(a: &AccountHistory) -> Upsert {
    mapped(a).only(&contact::TARGET).expect("one contact").clone()
}

fn codes(a: &AccountHistory) -> Vec<String> {
    sums::findings(a).into_iter().map(|finding| finding.code).collect()
}

#[test]
fn an_account_that_adds_up_says_so_by_saying_nothing_but_the_deposit() {
    assert_eq!(codes(&whole()), ["unexplained-payment"]);
    assert!(codes(&examples::account_history("17")).is_empty());
}

#[test]
fn the_contact_tells_the_last_invoice_and_how_all_stand() {
    let row = contact_of(&whole());
    assert_eq!(row.get(contact::LAST), Some(&Value::Date(on(9, 1).expect("a day"))));
    assert_eq!(row.text(contact::STATUS), Some("overdue"));
    assert_eq!(row.get(contact::BALANCE), Some(&Value::Decimal(Decimal { unscaled: 7500, scale: 2 })));
    let none = contact_of(&examples::account_history("17"));
    assert!(
        [none.get(contact::LAST), none.get(contact::STATUS), none.get(contact::BALANCE)]
            .iter()
            .all(|v| *v == Some(&Value::Empty))
    );
}

#[test]
fn an_invoice_is_overdue_the_day_after_it_was_due() {
    let stands = |paid: Option<bool>, open: i64, due: Option<Date>| {
        let one = Invoice { paid, due_on: due, ..invoice("1", 10_000, open) };
        status(&[one], Date { year: 2026, month: 11, day: 1 })
    };
    assert_eq!(stands(Some(true), 0, on(1, 1)), Some("paid"));
    assert_eq!(stands(Some(false), 10_000, on(11, 1)), Some("unpaid"), "due today");
    assert_eq!(stands(Some(false), 10_000, on(10, 31)), Some("overdue"));
    assert_eq!(stands(Some(false), 10_000, None), Some("unpaid"), "no day, no delay");
    assert_eq!((stands(None, 0, on(1, 1)), stands(None, 1, on(1, 1))), (Some("paid"), Some("overdue")));
    assert_eq!(status(&[], Date { year: 2026, month: 11, day: 1 }), None);
}

#[test]
fn what_is_held_for_a_patient_is_owed_the_other_way() {
    let owes = |pence, state| {
        let a = AccountHistory { accounts: vec![balance(pence, state)], ..examples::account_history("17") };
        let mapped = mapped(&a);
        let value = mapped.only(&contact::TARGET).expect("one contact").get(contact::BALANCE).cloned();
        (value, mapped.findings.iter().any(|finding| finding.code == "no-balance"))
    };
    assert_eq!(owes(2_500, "credit"), (Some(Value::Decimal(Decimal { unscaled: -2500, scale: 2 })), false));
    assert_eq!(owes(2_500, " Debit "), (Some(Value::Decimal(Decimal { unscaled: 2500, scale: 2 })), false));
    assert_eq!(owes(2_500, "frozen"), (Some(Value::Empty), true));
    assert_eq!(owes(0, ""), (Some(Value::Decimal(Decimal { unscaled: 0, scale: 2 })), false));
}

#[test]
fn the_note_has_everything_with_items_under_their_invoice() {
    let mut a = whole();
    a.payments[0].extra = vec![ExtraField { name: "explanations.0.user_id".into(), value: Scalar::Integer(7_001) }];
    a.invoices[0].footnote = Some("Thank you & <see> you".into());
    let document = history::document(&a);
    assert_eq!(
        document["invoices"][0]["items"][1],
        json!({"id": "b", "name": "Courtesy discount", "quantity": 1, "total_price": "-10.00"})
    );
    assert_eq!(document["payments"][1]["explanations"][1], json!({"invoice_id": "2", "amount": "50.00"}));
    assert_eq!(document["payments"][0]["other_columns"], json!({"explanations.0.user_id": "7001"}));
    assert_eq!(document["accounts"][0]["state"], "debit");
    let mapped = mapped(&a);
    let note = mapped.only(&history::note::TARGET).expect("one note");
    assert!(note.text(history::note::BODY).is_some_and(|body| body.contains("Thank you &amp; &lt;see&gt; you")));
    let noon = odograft_sdk::time::at_hour(on(9, 15).expect("a day"), 12);
    assert_eq!(note.get(history::note::DATE), Some(&Value::Datetime(noon)));
}

#[test]
fn an_account_without_invoices_and_payments_has_neither_note_nor_rows() {
    let only = AccountHistory { accounts: vec![balance(0, "credit")], ..examples::account_history("17") };
    let mapped = mapped(&only);
    assert!(mapped.only(&history::note::TARGET).is_none() && mapped.handovers.is_empty());
}

fn rows(a: &AccountHistory) -> (Vec<Vec<String>>, Json) {
    let document = journal::document(a, &Context::at(&MODULE, TODAY));
    let row = |row: &Json| {
        row.as_array().into_iter().flatten().map(|cell| cell.as_str().unwrap_or_default().to_owned()).collect()
    };
    (document["rows"].as_array().into_iter().flatten().map(row).collect(), document["left_out"].clone())
}

#[test]
fn each_invoice_and_payment_is_an_entry_that_balances() {
    let (rows, left_out) = rows(&whole());
    let first = [
        ["2026-09-01", "INV-1", "MISC", "121000", "patient/17", "Invoice INV-1", "100.00", "0"],
        ["", "", "", "400000", "patient/17", "Invoice INV-1: Crown", "0", "110.00"],
        ["", "", "", "400000", "patient/17", "Invoice INV-1: Courtesy discount", "10.00", "0"],
    ];
    assert_eq!(rows[..3], first.map(|row| row.map(str::to_owned).to_vec()));
    assert_eq!(rows[5][..6], ["2026-09-15", "PAY-8", "MISC", "101402", "patient/17", "Payment Debit Card ch_1"]);
    assert_eq!((rows.len(), left_out), (11, json!([])));
    let pence = |cell: &str| cell.replace('.', "").parse::<i64>().expect("an amount");
    let sum = |column: usize| rows.iter().map(|row| pence(&row[column])).sum::<i64>();
    assert_eq!(sum(6), sum(7));
}

#[test]
fn what_cannot_be_booked_is_left_out_with_the_reason() {
    let a = AccountHistory {
        invoices: vec![
            Invoice { amount: None, ..invoice("1", 1, 0) },
            Invoice { dated_on: None, ..invoice("2", 100, 0) },
            invoice("3", 0, 0),
        ],
        payments: vec![Payment { deleted: Some(true), ..payment("9", 500, &[]) }, payment("10", -500, &[])],
        ..examples::account_history("17")
    };
    let (rows, left_out) = rows(&a);
    let why: Vec<_> =
        left_out.as_array().into_iter().flatten().map(|row| row["why"].as_str().unwrap_or_default()).collect();
    assert_eq!(why, ["no amount", "no day", "nothing to book", "struck out in Dentally"]);
    let money_back: Vec<_> = rows.iter().map(|row| (row[3].as_str(), row[6].as_str(), row[7].as_str())).collect();
    assert_eq!(money_back, [("101402", "0", "5.00"), ("121000", "5.00", "0")]);
}

#[test]
fn items_that_do_not_come_to_the_invoice_are_one_row() {
    let mut a = whole();
    a.invoice_items[0].total_price = amount(11_100);
    assert!(codes(&a).contains(&"items-differ".to_owned()));
    let (rows, _) = rows(&a);
    assert_eq!(rows[1][5..], ["Invoice INV-1", "0", "100.00"]);
}

fn changed(change: impl FnOnce(&mut AccountHistory)) -> Vec<String> {
    let mut a = whole();
    a.payments.truncate(2);
    a.accounts = vec![balance(10_000, "debit")];
    assert!(codes(&a).is_empty(), "it adds up before the change");
    change(&mut a);
    codes(&a)
}

#[test]
fn every_contradiction_has_its_code() {
    assert_eq!(changed(|a| a.invoice_items[2].total_price = None), ["items-differ"]);
    assert_eq!(changed(|a| a.invoices[1].paid = Some(true)), ["paid-and-open"]);
    assert_eq!(changed(|a| a.invoices[0].paid = Some(false)), ["unpaid-and-settled"]);
    assert_eq!(changed(|a| a.accounts[0].current_balance = amount(1)), ["balance-differs"]);
    let strange: fn(&mut AccountHistory) = |a| a.payments[0].explanations[0].invoice_id = Some("77".into());
    assert_eq!(changed(strange), ["settled-without-payment", "pays-for-another"]);
    assert_eq!(
        changed(|a| a.payments[1].explanations[1].amount = amount(4_950)),
        ["payments-differ", "explanations-differ"]
    );
    assert_eq!(
        changed(|a| a.payments[1].explanations[0].amount = amount(4_050)),
        ["payments-differ", "explanations-differ"],
        "more was paid than the invoice comes to"
    );
    assert_eq!(changed(|a| a.invoices[0].amount = None), ["no-amount"]);
}

#[test]
fn a_write_off_is_no_contradiction_and_a_struck_payment_pays_nothing() {
    assert_eq!(changed(|a| a.payments[0].deleted = Some(true)), ["settled-without-payment"]);
    let brought: fn(&mut AccountHistory) = |a| {
        a.accounts[0].opening_balance = amount(5_000);
        a.accounts[0].current_balance = amount(15_000);
    };
    assert!(changed(brought).is_empty(), "nobody can say what a balance from before was made of");
}

#[test]
fn a_remark_counts_rows_and_tells_no_amount() {
    let mut a = whole();
    a.invoices[1].paid = Some(true);
    let finding = sums::findings(&a).into_iter().find(|finding| finding.code == "paid-and-open").expect("told");
    assert_eq!(finding.message, "1 of the invoices are said to be paid, and something is outstanding");
}
