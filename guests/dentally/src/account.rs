//! All money of a patient in Dentally → the last invoice and how it stands on the patient's contact; the history as JSON in a
//! note ([`history`]); rows for the accountant's import ([`journal`]); sums that do not add up as findings ([`sums`]).
//! Nothing is ever posted in Odoo's accounting.

pub mod history;
pub mod journal;
pub mod sums;
#[cfg(test)]
mod tests;

use odograft_sdk::dentally::{AccountHistory, Invoice};
use odograft_sdk::text::trimmed;
use odograft_sdk::time::days_between;
use odograft_sdk::{Context, Date, Decimal, Finding, Mapped, Rejection, Upsert, money, target, warning};

use crate::clock::day;

/// How a patient's invoices stand.
const STATUS: &[(&str, &str)] = &[("paid", "Paid"), ("unpaid", "Unpaid"), ("overdue", "Overdue")];

target! {
    /// A patient's account → fields of the patient's contact.
    pub contact: account_history => "res.partner" .existing_only().many_to_one() .note("fields of the patient's contact") {
        LAST = custom_date("x_last_invoice_date", "Last invoice") from [invoices.dated_on] .rule("the newest day of an invoice") .section("Account");
        STATUS = custom_selection("x_invoice_status", "Invoices", super::STATUS)
            from [invoices.paid, invoices.due_on, invoices.amount_outstanding]
            .rule("overdue where an invoice is unpaid after its day, by the day of the migration; else unpaid where one is unpaid; else paid")
            .section("Account");
        BALANCE = custom_monetary("x_account_balance", "Owes") from [accounts.current_balance, accounts.state]
            .rule("what the patient owes; less than nothing where the practice holds money for the patient") .section("Account");
    }
}

/// The fields of the contact, the note, and the accountant's rows.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn account(a: &AccountHistory, context: &Context) -> Result<Mapped, Rejection> {
    let mut mapped = Mapped { findings: sums::findings(a), ..Mapped::default() };
    let today = day(context.as_of, context);
    let mut contact = contact::upsert(a.patient_id).on("patient");
    contact.set_or_clear(contact::LAST, last(a));
    contact.set_or_clear(contact::STATUS, status(&a.invoices, today));
    balance(a, &mut contact, &mut mapped.findings);
    mapped.upserts.push(contact);
    if !(a.invoices.is_empty() && a.payments.is_empty()) {
        mapped.upserts.push(history::note(a));
        mapped.handovers.push(journal::LEDGER.document(a.patient_id, &journal::document(a, context)));
    }
    Ok(mapped)
}

/// The newest day of an invoice.
fn last(a: &AccountHistory) -> Option<Date> {
    a.invoices.iter().filter_map(|invoice| invoice.dated_on).reduce(later)
}

/// The later of two days.
fn later(one: Date, other: Date) -> Date {
    if days_between(one, other) > 0 { other } else { one }
}

/// How all invoices together stand on a day; none where there are none.
fn status(invoices: &[Invoice], today: Date) -> Option<&'static str> {
    let unpaid: Vec<&Invoice> = invoices.iter().filter(|invoice| !is_paid(invoice)).collect();
    let late = |due: Date| days_between(due, today) > 0;
    match (invoices.is_empty(), unpaid.is_empty()) {
        (true, _) => None,
        (false, true) => Some("paid"),
        _ if unpaid.iter().any(|invoice| invoice.due_on.is_some_and(late)) => Some("overdue"),
        _ => Some("unpaid"),
    }
}

/// Whether an invoice is paid: as it says; where it says nothing, whether nothing is open.
fn is_paid(invoice: &Invoice) -> bool {
    invoice.paid.unwrap_or_else(|| invoice.amount_outstanding.is_some_and(|open| open.unscaled == 0))
}

/// What the patient owes, by the accounts; empty where it cannot be said.
fn balance(a: &AccountHistory, contact: &mut Upsert, findings: &mut Vec<Finding>) {
    let owed = owed(a);
    if owed.is_none() && !a.accounts.is_empty() {
        let message =
            "an account has no balance, or says neither `debit` nor `credit`; what the patient owes is left empty";
        findings.push(warning("no-balance", "account_history.accounts.current_balance", message));
    }
    contact.set_or_clear(contact::BALANCE, owed);
}

/// The sum of all accounts: a debit is owed by the patient, a credit is held for them. None where there is no account, or
/// one that cannot be read.
fn owed(a: &AccountHistory) -> Option<Decimal> {
    let balance = |account: &odograft_sdk::dentally::Account| {
        let balance = account.current_balance?;
        match trimmed(account.state).map(|state| state.to_lowercase()).as_deref() {
            Some("debit") => Some(balance),
            Some("credit") => money::negated(balance),
            _ => (balance.unscaled == 0).then_some(balance),
        }
    };
    let balances: Option<Vec<Decimal>> = a.accounts.iter().map(balance).collect();
    money::sum(balances.filter(|balances| !balances.is_empty())?)
}
