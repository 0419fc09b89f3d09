//! Invoices and payments: how they stand on the contact, their history in a note, and what the accountant gets.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::{Aside, Expected, Handed, Holds, Key, Said, Statement};
use super::rows::{Row, negated, number, sum};
use super::{Account, contact, grouped};

const ROW: &str = "invoice-payment";

/// The documents' heading.
const TITLE: &str = "Invoices and payments for the accountant (CSV)";

/// A patient's money.
struct Books<'v> {
    accounts: Vec<Row<'v>>,
    invoices: Vec<Row<'v>>,
    payments: Vec<Row<'v>>,
}

pub(super) fn state(account: &Account<'_>, as_of: &str, statement: &mut Statement) {
    let of = |list: &'static str| grouped(account.rows(list), "patient_id");
    let (mut accounts, mut invoices, mut payments) = (of("accounts"), of("invoices"), of("payments"));
    let mut items = grouped(account.rows("invoice_items"), "invoice_id");
    // Items have no place of their own in an invoice: they come in the order of their numbers.
    items.values_mut().for_each(|own| own.sort_by_key(|item| item.get("id")));
    for patient in &account.known {
        let books = Books {
            accounts: accounts.remove(patient).unwrap_or_default(),
            invoices: invoices.remove(patient).unwrap_or_default(),
            payments: payments.remove(patient).unwrap_or_default(),
        };
        let has_history = !(books.invoices.is_empty() && books.payments.is_empty());
        let of_invoice = |invoice: Row<'_>| items.get(&invoice.get("id")).cloned().unwrap_or_default();
        if has_history {
            statement.handed.push(ledger(patient, &books, &of_invoice));
        }
        if account.has_contact(patient) {
            statement.records.push(fields(patient, &books, as_of));
            statement.records.extend(has_history.then(|| note(patient, &books, &of_invoice)));
            continue;
        }
        let aside = |code| Aside { row: ROW, object: "account_history", id: patient.clone(), code };
        statement.aside.push(aside("no-such-record"));
        statement.aside.extend(has_history.then(|| aside("held-back")));
    }
    // Rows of patients, and items of invoices, that no list has.
    let strays: BTreeSet<&String> = accounts.keys().chain(invoices.keys()).chain(payments.keys()).collect();
    let known: BTreeSet<String> = account.rows("invoices").map(|invoice| invoice.get("id")).collect();
    let of_nothing = items.keys().filter(|invoice| !known.contains(*invoice));
    let stray = |object| move |id: &String| Aside { row: ROW, object, id: id.clone(), code: "orphan-rows" };
    statement.aside.extend(strays.into_iter().map(stray("account_history")));
    statement.aside.extend(of_nothing.map(stray("invoice")));
}

/// What the patient owes; less than nothing where the practice holds money for them.
fn owed(books: &Books<'_>) -> Option<String> {
    let account = books.accounts.first()?;
    let balance = account.get("current_balance");
    Some(if account.get("state") == "debit" { balance } else { negated(&balance) })
}

fn fields(patient: &str, books: &Books<'_>, as_of: &str) -> Expected {
    let today = as_of.split(' ').next().unwrap_or_default();
    let last = books.invoices.iter().filter_map(|row| row.day("dated_on")).max();
    let unpaid: Vec<&Row<'_>> = books.invoices.iter().filter(|row| !row.is("paid")).collect();
    let status = match (books.invoices.is_empty(), unpaid.is_empty()) {
        (true, _) => "",
        (_, true) => "paid",
        _ if unpaid.iter().any(|row| row.get("due_on").as_str() < today) => "overdue",
        _ => "unpaid",
    };
    let source: Value = books.invoices.iter().map(|row| row.all(&["dated_on", "due_on", "paid"])).collect();
    let balances: Value = books.accounts.iter().map(|row| row.all(&["current_balance", "state"])).collect();
    let balance = number(&owed(books).unwrap_or_default());
    let fields = vec![
        Said::changed(
            "x_last_invoice_date",
            source.clone(),
            Holds::text(last.map(|day| day.to_string()).unwrap_or_default()),
        ),
        Said::changed("x_invoice_status", source, Holds::text(status)),
        Said::changed("x_account_balance", balances, Holds::Is(balance.into())),
    ];
    let key = Key::source("patient", patient);
    Expected { row: ROW, object: "account_history", model: "res.partner", key, fields }
}

/// Members with what is filled; amounts as text, exact.
fn members(row: Row<'_>, names: &[&str]) -> Value {
    let filled = names.iter().filter(|name| !row.raw(name).is_null());
    filled.map(|name| ((*name).to_owned(), Value::from(row.get(name)))).collect::<serde_json::Map<_, _>>().into()
}

fn note<'v>(patient: &str, books: &Books<'v>, items: &impl Fn(Row<'v>) -> Vec<Row<'v>>) -> Expected {
    let days = books.invoices.iter().chain(&books.payments).filter_map(|row| row.day("dated_on"));
    let newest = days.max().map(|day| format!("{day} 12:00:00")).unwrap_or_default();
    let invoice = |row: &Row<'v>| {
        let mut whole =
            members(*row, &["id", "reference", "dated_on", "due_on", "amount", "amount_outstanding", "paid_on"]);
        whole["paid"] = row.raw("paid").clone();
        let names = ["id", "name", "item_price", "total_price", "treatment_plan_item_id"];
        whole["items"] = items(*row).into_iter().map(|item| members(item, &names)).collect();
        whole
    };
    let payment = |row: &Row<'v>| {
        let mut whole =
            members(*row, &["id", "reference", "dated_on", "amount", "amount_unexplained", "method", "status"]);
        whole["deleted"] = row.raw("deleted").clone();
        let explained = row.raw("explanations").as_array().into_iter().flatten();
        let names = ["id", "invoice_id", "invoice_reference", "amount"];
        whole["explanations"] = explained.map(|own| members(Row(own), &names)).collect();
        whole
    };
    let account = |row: &Row<'v>| members(*row, &["id", "state", "current_balance", "opening_balance"]);
    let history = json!({
        "version": 1,
        "accounts": books.accounts.iter().map(account).collect::<Vec<_>>(),
        "invoices": books.invoices.iter().map(invoice).collect::<Vec<_>>(),
        "payments": books.payments.iter().map(payment).collect::<Vec<_>>(),
    });
    let numbers: Value = books.invoices.iter().chain(&books.payments).map(|row| row.raw("id").clone()).collect();
    let fields = vec![
        Said::always("model", Holds::Is("res.partner".into())),
        Said::changed("res_id", patient, contact(patient)),
        Said::changed("date", numbers.clone(), Holds::text(newest)),
        Said::always("subject", Holds::Is("Invoices and payments".into())),
        Said::changed("body", numbers, Holds::JsonWith(history)),
        Said::always("message_type", Holds::Is("comment".into())),
        Said::always("subtype_id", Holds::Record("mail.message.subtype", Key::External("mail.mt_note"))),
    ];
    let key = Key::source("account_history", patient);
    Expected { row: ROW, object: "account_history", model: "mail.message", key, fields }
}

/// Each invoice and each payment as an entry whose items balance: debit and credit of each item, the head with the first.
fn ledger<'v>(patient: &str, books: &Books<'v>, items: &impl Fn(Row<'v>) -> Vec<Row<'v>>) -> Handed {
    let mut rows: Vec<Value> = Vec::new();
    let mut entry = |day: String, reference: String, own: Vec<(&str, String, String)>| {
        for (at, (account, label, amount)) in own.into_iter().enumerate() {
            let head = |text: &str| if at == 0 { text.to_owned() } else { String::new() };
            let nothing = "0".to_owned();
            let (debit, credit) = if amount.starts_with('-') { (nothing, negated(&amount)) } else { (amount, nothing) };
            let whose = format!("patient/{patient}");
            rows.push(json!([head(&day), head(&reference), head("MISC"), account, whose, label, debit, credit]));
        }
    };
    let is_nothing = |amount: &str| number(amount) == 0.0;
    for invoice in books.invoices.iter().filter(|row| !is_nothing(&row.get("amount"))) {
        let (amount, reference) = (invoice.get("amount"), invoice.get("reference"));
        let whole = format!("Invoice {reference}");
        let own = items(*invoice);
        let totals: Vec<String> = own.iter().map(|item| item.get("total_price")).collect();
        let comes_to = sum(totals.iter().map(String::as_str));
        let mut lines = vec![("121000", whole.clone(), amount.clone())];
        if number(&comes_to) == number(&amount) && !own.is_empty() {
            let line = |item: &Row<'_>| {
                ("400000", format!("{whole}: {}", item.get("name")), negated(&item.get("total_price")))
            };
            lines.extend(own.iter().map(line));
        } else {
            // What does not add up is booked as a whole.
            lines.push(("400000", whole, negated(&amount)));
        }
        entry(invoice.get("dated_on"), reference, lines);
    }
    let counted: Vec<&Row<'_>> = books.payments.iter().filter(|row| !row.is("deleted")).collect();
    for payment in counted.iter().filter(|row| !is_nothing(&row.get("amount"))) {
        let label = format!("Payment {}", payment.joined(&["method", "transaction_number"], " "));
        let amount = payment.get("amount");
        let lines = vec![("101402", label.clone(), amount.clone()), ("121000", label, negated(&amount))];
        entry(payment.get("dated_on"), payment.get("reference"), lines);
    }
    let total = |rows: Vec<String>| sum(rows.iter().map(String::as_str));
    let document = json!({
        "patient": patient,
        "rows": rows,
        "totals": {
            "invoices": total(books.invoices.iter().map(|row| row.get("amount")).collect()),
            "payments": total(counted.iter().map(|row| row.get("amount")).collect()),
            "owed": owed(books),
        },
    });
    Handed { row: ROW, title: TITLE, key: patient.to_owned(), document }
}
