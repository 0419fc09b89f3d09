//! A patient's account as rows of Odoo's import of journal entries: each invoice and each payment is an entry whose items
//! balance. The accountant imports them, or does not; nothing is posted.

use odograft_sdk::dentally::{AccountHistory, Invoice, InvoiceItem, Payment};
use odograft_sdk::journal::{self, Head, Item, Row};
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Context, Decimal, HandoverSpec, Json, SettingSpec, Span, handover, json, money, setting, time};

/// All money of a patient as rows.
pub static LEDGER: HandoverSpec = handover(
    "account_history",
    "Invoices and payments for the accountant (CSV)",
    "Accounting › Journal Entries › Import records",
);

/// Where the accountant books to. The defaults are those of Odoo's generic chart of accounts.
pub const SETTINGS: [SettingSpec; 4] = [
    setting("billing_journal", "MISC", "the code of the journal that invoices and payments are imported into"),
    setting("receivable_account", "121000", "the code of the account that patients' debts are on"),
    setting("income_account", "400000", "the code of the account that invoices are booked to"),
    setting("payment_account", "101402", "the code of the account that payments are booked to"),
];

/// The rows, and what could not be booked with the reason.
#[must_use]
pub fn document(a: &AccountHistory, context: &Context) -> Json {
    let (mut rows, mut left_out): (Vec<Row>, Vec<Json>) = (Vec::new(), Vec::new());
    let mut put = |what: &str, id: Span, entry: Result<Vec<Row>, &str>| match entry {
        Ok(entry) => rows.extend(entry),
        Err(why) => left_out.push(json!({ "what": what, "id": id, "why": why })),
    };
    for invoice in &a.invoices {
        put("invoice", invoice.id, of_invoice(invoice, a, context));
    }
    for payment in &a.payments {
        put("payment", payment.id, of_payment(payment, a, context));
    }
    let counted = a.payments.iter().filter(|payment| payment.deleted != Some(true));
    json!({
        "patient": a.patient_id,
        "columns": journal::COLUMNS,
        "rows": rows,
        "left_out": left_out,
        "totals": {
            "invoices": money::sum(a.invoices.iter().filter_map(|invoice| invoice.amount)),
            "payments": money::sum(counted.filter_map(|payment| payment.amount)),
            "owed": super::owed(a),
        },
    })
}

/// The patient's debt against income: an income for each item where they come to the invoice's amount, else one for all.
fn of_invoice(invoice: &Invoice, a: &AccountHistory, context: &Context) -> Result<Vec<Row>, &'static str> {
    let amount = booked(invoice.amount)?;
    let day = invoice.dated_on.ok_or("no day")?;
    let reference = trimmed(invoice.reference).unwrap_or(invoice.id);
    let whole = format!("Invoice {}", &*reference);
    let income = context.setting("income_account").to_owned();
    let credit =
        |label: String, amount: Decimal| Some(Item { account: income.clone(), label, amount: money::negated(amount)? });
    let own: Vec<&InvoiceItem> = a.invoice_items.iter().filter(|item| item.invoice_id == Some(invoice.id)).collect();
    let label = |item: &InvoiceItem| joined(&[Some(&whole), item.name.as_deref()], ": ").unwrap_or_default();
    let split: Option<Vec<Item>> = own.iter().map(|item| credit(label(item), item.total_price?)).collect();
    let comes_to = |items: &Vec<Item>| {
        money::sum(items.iter().map(|item| item.amount))
            .and_then(money::negated)
            .is_some_and(|sum| money::same(sum, amount))
    };
    let debt = Item { account: context.setting("receivable_account").to_owned(), label: whole.clone(), amount };
    let items = match split.filter(comes_to) {
        Some(split) => split,
        None => vec![credit(whole.clone(), amount).ok_or("beyond all amounts")?],
    };
    entry(a, (&*time::iso(day), &*reference), std::iter::once(debt).chain(items).collect(), context)
}

/// Money in hand against the patient's debt; money given back the other way round.
fn of_payment(payment: &Payment, a: &AccountHistory, context: &Context) -> Result<Vec<Row>, &'static str> {
    if payment.deleted == Some(true) {
        return Err("struck out in Dentally");
    }
    let amount = booked(payment.amount)?;
    let day = payment.dated_on.ok_or("no day")?;
    let reference = trimmed(payment.reference).unwrap_or(payment.id);
    let label = joined(&[Some("Payment"), payment.method.as_deref(), payment.transaction_number.as_deref()], " ");
    let label = label.unwrap_or_default();
    let taken = Item { account: context.setting("payment_account").to_owned(), label: label.clone(), amount };
    let settled = money::negated(amount).ok_or("beyond all amounts")?;
    let debt = Item { account: context.setting("receivable_account").to_owned(), label, amount: settled };
    entry(a, (&*time::iso(day), &*reference), vec![taken, debt], context)
}

/// An amount that makes an entry.
fn booked(amount: Option<Decimal>) -> Result<Decimal, &'static str> {
    let amount = amount.ok_or("no amount")?;
    if amount.unscaled == 0 { Err("nothing to book") } else { Ok(amount) }
}

/// The rows of an entry.
fn entry(
    a: &AccountHistory,
    (day, reference): (&str, &str),
    items: Vec<Item>,
    context: &Context,
) -> Result<Vec<Row>, &'static str> {
    let head = Head { day, reference, journal: context.setting("billing_journal"), patient: &a.patient_id };
    journal::entry(head, items).ok_or("beyond all amounts")
}
