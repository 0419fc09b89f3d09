//! Sums of a patient's account that must add up. Each contradiction is told once, with how many rows have it; amounts are
//! carried as Dentally has them.

use odograft_sdk::dentally::{AccountHistory, Invoice, Payment};
use odograft_sdk::{Decimal, Finding, Severity, info, money, warning};

use super::owed;

/// A kind of contradiction: how much it matters, its code, the field, and what is wrong with each row.
struct Check {
    severity: Severity,
    code: &'static str,
    field: &'static str,
    message: &'static str,
}

const fn check(code: &'static str, field: &'static str, message: &'static str) -> Check {
    Check { severity: Severity::Warning, code, field, message }
}

const NO_AMOUNT: Check = check("no-amount", "account_history.invoices.amount", "have no amount that can be read");
const ITEMS: Check =
    check("items-differ", "account_history.invoice_items.total_price", "come to something else than their items");
const PAID_OPEN: Check = check(
    "paid-and-open",
    "account_history.invoices.amount_outstanding",
    "are said to be paid, and something is outstanding",
);
const UNPAID_SETTLED: Check =
    check("unpaid-and-settled", "account_history.invoices.paid", "are said to be unpaid, and nothing is outstanding");
const PAYMENTS: Check = check(
    "payments-differ",
    "account_history.payments.explanations.amount",
    "come to something else than what was paid to them and what is outstanding",
);
const WAIVED: Check = Check {
    severity: Severity::Info,
    ..check(
        "settled-without-payment",
        "account_history.invoices.amount_outstanding",
        "are settled by more than was paid to them: the rest was written off, which Dentally does not list",
    )
};
const EXPLANATIONS: Check = check(
    "explanations-differ",
    "account_history.payments.explanations.amount",
    "come to something else than what they settle and what is unexplained",
);
const STRANGE: Check = Check {
    severity: Severity::Info,
    ..check(
        "pays-for-another",
        "account_history.payments.explanations.invoice_id",
        "settle an invoice that is none of this patient's",
    )
};
const UNEXPLAINED: Check = Check {
    severity: Severity::Info,
    ..check(
        "unexplained-payment",
        "account_history.payments.amount_unexplained",
        "settle nothing yet, wholly or in part",
    )
};

/// What does not add up.
#[must_use]
pub fn findings(a: &AccountHistory) -> Vec<Finding> {
    let payments = || a.payments.iter().filter(|payment| payment.deleted != Some(true));
    let invoices = |wrong: &dyn Fn(&Invoice) -> bool| a.invoices.iter().filter(|invoice| wrong(invoice)).count();
    let rest = |invoice: &Invoice| {
        let settled = money::add(paid_to(a, invoice)?, invoice.amount_outstanding?)?;
        money::add(invoice.amount?, money::negated(settled)?)
    };
    let closed = |invoice: &Invoice| invoice.amount_outstanding.is_some_and(|open| open.unscaled == 0);
    let checks = [
        (NO_AMOUNT, "invoices", invoices(&|invoice| invoice.amount.is_none())),
        (ITEMS, "invoices", invoices(&|invoice| items_differ(a, invoice))),
        (
            PAID_OPEN,
            "invoices",
            invoices(&|invoice| {
                invoice.paid == Some(true) && invoice.amount_outstanding.is_some_and(|open| open.unscaled != 0)
            }),
        ),
        (
            UNPAID_SETTLED,
            "invoices",
            invoices(&|invoice| {
                invoice.paid == Some(false)
                    && closed(invoice)
                    && invoice.amount.is_some_and(|amount| amount.unscaled != 0)
            }),
        ),
        // What is left over on an invoice that is closed was written off; any other rest is a contradiction.
        (
            WAIVED,
            "invoices",
            invoices(&|invoice| closed(invoice) && rest(invoice).is_some_and(|rest| rest.unscaled > 0)),
        ),
        (
            PAYMENTS,
            "invoices",
            invoices(&|invoice| {
                rest(invoice).is_some_and(|rest| rest.unscaled < 0 || rest.unscaled > 0 && !closed(invoice))
            }),
        ),
        (EXPLANATIONS, "payments", payments().filter(|payment| explanations_differ(payment)).count()),
        (STRANGE, "payments", payments().filter(|payment| pays_for_another(a, payment)).count()),
        (
            UNEXPLAINED,
            "payments",
            payments().filter(|payment| payment.amount_unexplained.is_some_and(|rest| rest.unscaled != 0)).count(),
        ),
    ];
    let told = |(check, what, count): (Check, &str, usize)| {
        let message = format!("{count} of the {what} {}", check.message);
        let finding: fn(&str, &str, String) -> Finding = if check.severity == Severity::Info { info } else { warning };
        (count > 0).then(|| finding(check.code, check.field, message))
    };
    let mut findings: Vec<Finding> = checks.into_iter().filter_map(told).collect();
    if balance_differs(a) == Some(true) {
        let message = "the balance is something else than what is outstanding, less what is paid and unexplained";
        findings.push(warning("balance-differs", "account_history.accounts.current_balance", message));
    }
    findings
}

/// Whether the items of an invoice come to something else than the invoice; an invoice without items is no contradiction.
fn items_differ(a: &AccountHistory, invoice: &Invoice) -> bool {
    let own = a.invoice_items.iter().filter(|item| item.invoice_id == Some(invoice.id));
    let prices: Vec<Option<Decimal>> = own.map(|item| item.total_price).collect();
    let Some(amount) = invoice.amount.filter(|_| !prices.is_empty()) else { return false };
    let sum = prices.into_iter().collect::<Option<Vec<_>>>().and_then(money::sum);
    sum.is_none_or(|sum| !money::same(sum, amount))
}

/// What payments that count have paid to an invoice.
fn paid_to(a: &AccountHistory, invoice: &Invoice) -> Option<Decimal> {
    let counted = a.payments.iter().filter(|payment| payment.deleted != Some(true));
    let parts = counted.flat_map(|payment| &payment.explanations);
    let own = parts.filter(|part| part.invoice_id == Some(invoice.id)).map(|part| part.amount);
    own.collect::<Option<Vec<_>>>().and_then(money::sum)
}

/// Whether what a payment settles and what is unexplained of it come to something else than the payment.
fn explanations_differ(payment: &Payment) -> bool {
    let (Some(amount), Some(rest)) = (payment.amount, payment.amount_unexplained) else { return false };
    let parts: Option<Vec<Decimal>> = payment.explanations.iter().map(|part| part.amount).collect();
    let sum = parts.and_then(money::sum).and_then(|sum| money::add(sum, rest));
    sum.is_none_or(|sum| !money::same(sum, amount))
}

fn pays_for_another(a: &AccountHistory, payment: &Payment) -> bool {
    let known = |id| a.invoices.iter().any(|invoice| Some(invoice.id) == id);
    payment.explanations.iter().any(|part| part.invoice_id.is_some() && !known(part.invoice_id))
}

/// Whether the accounts' balance is something else than what is outstanding on invoices, less what is paid and unexplained;
/// none where it cannot be said, as with a balance that was brought along from an earlier system.
fn balance_differs(a: &AccountHistory) -> Option<bool> {
    let brought = |balance: Option<Decimal>| balance.is_some_and(|balance| balance.unscaled != 0);
    if a.accounts.iter().any(|account| brought(account.opening_balance)) {
        return None;
    }
    let open: Option<Vec<Decimal>> = a.invoices.iter().map(|invoice| invoice.amount_outstanding).collect();
    let counted = a.payments.iter().filter(|payment| payment.deleted != Some(true));
    let free: Option<Vec<Decimal>> = counted.map(|payment| payment.amount_unexplained).collect();
    let expected = money::add(money::sum(open?)?, money::negated(money::sum(free?)?)?)?;
    Some(!money::same(owed(a)?, expected))
}
