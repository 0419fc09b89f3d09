//! A patient's account: what each line does to the balance, and whether the sums add up.

use std::collections::BTreeMap;

use odograft_sdk::dent_o_soft::AccountLine;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Date, Decimal, Finding, Span, error, money, warning};

/// What a line of an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Something was billed.
    Charge,
    /// Somebody paid.
    Payment,
    /// A discount, a write-off, a refund.
    Adjustment,
    /// The export calls it otherwise, or nothing.
    Unknown,
}

/// Statuses of lines that do not count, in small letters.
const VOID: [&str; 6] = ["void", "voided", "deleted", "reversed", "cancelled", "canceled"];
/// Statuses of bills that are said to be paid, and of those that are not.
const PAID: [&str; 4] = ["paid", "settled", "closed", "paid in full"];
const OPEN: [&str; 5] = ["open", "unpaid", "outstanding", "overdue", "due"];

/// A line with what it means.
#[derive(Clone, Copy)]
pub struct Entry<'l> {
    /// As the export has it.
    pub line: &'l AccountLine,
    /// What it is.
    pub kind: Kind,
    /// What the line adds to the balance; none where that cannot be said.
    pub effect: Option<Decimal>,
}

/// All lines of a patient, those of one day in the export's order, those without a day at the end.
pub struct Account<'l> {
    /// The lines that count.
    pub entries: Vec<Entry<'l>>,
    /// The lines that are void.
    pub void: Vec<&'l AccountLine>,
    positive_payments: bool,
}

impl<'l> Account<'l> {
    /// The account of these lines; `positive_payments` says how the export writes a payment.
    #[must_use]
    pub fn of(lines: &'l [AccountLine], positive_payments: bool) -> Self {
        let mut sorted: Vec<&AccountLine> = lines.iter().collect();
        sorted.sort_by_key(|line| line.booked_on.map_or((1, 0, 0, 0), |day| (0, day.year, day.month, day.day)));
        let (void, counted): (Vec<_>, Vec<_>) = sorted.into_iter().partition(|line| has_status(line, &VOID));
        let entry = |line: &'l AccountLine| {
            let kind = kind(line.kind);
            let effect = match (kind, positive_payments) {
                (Kind::Payment, true) => line.amount.and_then(money::negated),
                // Whether it adds to the balance or takes from it, nobody has said.
                (Kind::Unknown, true) => None,
                _ => line.amount,
            };
            Entry { line, kind, effect }
        };
        Self { entries: counted.into_iter().map(entry).collect(), void, positive_payments }
    }

    /// The newest day of a charge.
    #[must_use]
    pub fn last_billed(&self) -> Option<Date> {
        let charges = self.entries.iter().filter(|entry| entry.kind == Kind::Charge);
        charges.filter_map(|entry| entry.line.booked_on).max_by_key(|day| (day.year, day.month, day.day))
    }

    /// What the patient owes; none where it cannot be said.
    #[must_use]
    pub fn balance(&self) -> Option<Decimal> {
        self.sum(|_| true)
    }

    /// The sum of all effects of a kind.
    #[must_use]
    pub fn total(&self, kind: Kind) -> Option<Decimal> {
        self.sum(|entry| entry.kind == kind)
    }

    fn sum(&self, counts: impl Fn(&Entry<'_>) -> bool) -> Option<Decimal> {
        let effects: Option<Vec<Decimal>> =
            self.entries.iter().filter(|e| counts(e)).map(|entry| entry.effect).collect();
        money::sum(effects?)
    }

    /// What a person should look at: one finding for each cause, however many lines have it.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let lines = || self.entries.iter().map(|entry| (entry.kind, entry.line));
        if lines().any(|(_, line)| line.amount.is_none()) {
            let message = "a line has no amount that can be read; there is no balance";
            findings.push(error("no-amount", "billing.lines.amount", message));
        } else if self.entries.iter().all(|entry| entry.effect.is_some()) && self.balance().is_none() {
            findings.push(error(
                "sum-too-large",
                "billing.lines.amount",
                "the amounts add up to more than can be held",
            ));
        }
        if lines().any(|(kind, _)| kind == Kind::Unknown) {
            let message = match self.positive_payments {
                true => "a line is neither charge nor payment nor adjustment; there is no balance",
                false => "a line is neither charge nor payment nor adjustment; its amount counts as it is written",
            };
            findings.push(warning("unknown-kind", "billing.lines.kind", message));
        }
        if lines().any(|(_, line)| line.booked_on.is_none()) {
            let message = "a line has no day that can be read; it is in the balance and in no journal entry";
            findings.push(warning("no-day", "billing.lines.booked_on", message));
        }
        let unlike = |amount: Decimal| if self.positive_payments { amount.unscaled < 0 } else { amount.unscaled > 0 };
        if lines().any(|(kind, line)| kind == Kind::Payment && line.amount.is_some_and(unlike)) {
            let message = "a payment has another sign than the setting `payment_sign` says: a refund, or another setting is right";
            findings.push(warning("payment-sign", "billing.lines.amount", message));
        }
        findings.extend(self.invoice_findings());
        findings
    }

    /// Whether what is booked to each invoice adds up to what its status says.
    fn invoice_findings(&self) -> Vec<Finding> {
        let mut invoices: BTreeMap<String, Vec<Entry<'_>>> = BTreeMap::new();
        for entry in &self.entries {
            if let Some(number) = trimmed(entry.line.invoice_number) {
                invoices.entry(number.to_string()).or_default().push(*entry);
            }
        }
        let [mut overpaid, mut still_open, mut settled, mut nothing_billed] = [false; 4];
        for entries in invoices.values() {
            let charges = || entries.iter().filter(|entry| entry.kind == Kind::Charge);
            if charges().next().is_none() {
                nothing_billed |= entries.iter().any(|entry| entry.kind == Kind::Payment);
                continue;
            }
            let effects: Option<Vec<Decimal>> = entries.iter().map(|entry| entry.effect).collect();
            let Some(rest) = effects.and_then(money::sum) else { continue };
            overpaid |= rest.unscaled < 0;
            still_open |= rest.unscaled > 0 && charges().all(|entry| has_status(entry.line, &PAID));
            settled |= rest.unscaled == 0 && charges().any(|entry| has_status(entry.line, &OPEN));
        }
        let cases = [
            (overpaid, "invoice-overpaid", "amount", "more was paid to an invoice than it comes to"),
            (still_open, "paid-invoice-open", "status", "an invoice is said to be paid, and its lines leave a rest"),
            (settled, "open-invoice-settled", "status", "an invoice is said to be open, and its lines leave no rest"),
            (
                nothing_billed,
                "payment-without-invoice",
                "invoice_number",
                "a payment names an invoice without a charge",
            ),
        ];
        let told = cases.into_iter().filter(|(found, ..)| *found);
        told.map(|(_, code, field, message)| warning(code, &format!("billing.lines.{field}"), message)).collect()
    }
}

/// What a line is, by the word that the export has for it.
#[must_use]
pub fn kind(written: Option<Span>) -> Kind {
    let Some(word) = trimmed(written).map(|word| word.to_lowercase()) else { return Kind::Unknown };
    let has = |words: &[&str]| words.iter().any(|own| word.contains(own));
    if has(&["adjust", "write", "discount", "refund", "courtesy"]) {
        Kind::Adjustment
    } else if has(&["payment", "paid", "receipt"]) {
        Kind::Payment
    } else if has(&["credit"]) {
        Kind::Adjustment
    } else if has(&["charge", "fee", "invoice", "procedure", "debit"]) {
        Kind::Charge
    } else {
        Kind::Unknown
    }
}

fn has_status(line: &AccountLine, words: &[&str]) -> bool {
    trimmed(line.status).is_some_and(|status| words.contains(&status.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::line;
    use super::*;

    fn codes(lines: &[AccountLine], positive: bool) -> Vec<String> {
        Account::of(lines, positive).findings().into_iter().map(|finding| finding.code).collect()
    }

    fn billed(invoice: &str, kind: &str, cents: i64, status: &str) -> AccountLine {
        AccountLine {
            invoice_number: Some(invoice.into()),
            status: Some(status.into()),
            ..line("2024-01-01", kind, Some(cents))
        }
    }

    #[test]
    fn lines_are_sorted_by_the_words_that_exports_have_for_them() {
        for (word, expected) in [
            ("Charge", Kind::Charge),
            ("finance charge", Kind::Charge),
            ("Credit card payment", Kind::Payment),
            ("INSURANCE PAYMENT", Kind::Payment),
            ("Adj/write-off", Kind::Adjustment),
            ("credit", Kind::Adjustment),
            ("payment refund", Kind::Adjustment),
            ("transfer", Kind::Unknown),
            (" ", Kind::Unknown),
        ] {
            assert_eq!(kind(Some(word.into())), expected, "{word}");
        }
    }

    #[test]
    fn what_is_void_counts_nowhere() {
        let lines = [billed("1", "charge", 500, "posted"), billed("2", "charge", 700, "VOID ")];
        let account = Account::of(&lines, false);
        assert_eq!((account.entries.len(), account.void.len()), (1, 1));
        assert_eq!(account.balance().map(|b| b.to_string()).as_deref(), Some("5.00"));
        assert_eq!(account.total(Kind::Payment), Some(money::ZERO));
    }

    #[test]
    fn invoices_must_add_up_to_what_their_status_says() {
        let pair = |charge: i64, status: &str, payment: i64| {
            [billed("1", "charge", charge, status), billed("1", "payment", payment, "")]
        };
        assert_eq!(codes(&pair(500, "paid", -500), false), [""; 0]);
        assert_eq!(codes(&pair(500, "paid", -499), false), ["paid-invoice-open"]);
        assert_eq!(codes(&pair(500, "Open", -500), false), ["open-invoice-settled"]);
        assert_eq!(codes(&pair(500, "", -501), false), ["invoice-overpaid"]);
        assert_eq!(codes(&pair(500, "paid", 500), true), [""; 0]);
        assert_eq!(codes(&[billed("9", "payment", -1, "")], false), ["payment-without-invoice"]);
    }

    #[test]
    fn a_line_of_another_kind_is_told_and_counts_where_its_sign_says_how() {
        let lines = [line("2024-01-01", "transfer", Some(100))];
        assert_eq!(codes(&lines, false), ["unknown-kind"]);
        assert_eq!(Account::of(&lines, false).balance().map(|b| b.to_string()).as_deref(), Some("1.00"));
        assert_eq!(codes(&lines, true), ["unknown-kind"]);
        assert_eq!(Account::of(&lines, true).balance(), None);
    }

    #[test]
    fn sums_beyond_all_measure_are_told() {
        let huge = || line("2024-01-01", "charge", Some(i64::MAX));
        assert_eq!(codes(&[huge(), huge()], false), ["sum-too-large"]);
        assert_eq!(codes(&[line("", "charge", Some(1))], false), ["no-day"]);
    }
}
