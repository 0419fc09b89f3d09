//! Payment ledger → a JSON text on the patient's `res.partner`.

use odograft_sdk::practice_by_numbers::{Ledger, LedgerLine};
use odograft_sdk::text::trimmed;
use odograft_sdk::{Decimal, Finding, Json, Mapped, Rejection, columns, info, json, money, target, warning};

target! {
    /// A patient's account, on the contact that the patient became.
    pub partner: ledger => "res.partner" .existing_only().many_to_one() {
        HISTORY = custom_text("x_payment_history", "Payment history (JSON)")
            from [lines.date, lines.kind, lines.code, lines.description, lines.amount, lines.balance, extra.lines]
            .rule("one JSON document: every line in the report's order, the total of each type, the balance") .section("Account");
        BALANCE = custom_monetary("x_ledger_balance", "Balance by the ledger") from [lines.amount]
            .rule("the exact sum of all lines; empty where a line has no amount") .section("Account");
    }
}

/// A patient's account on the contact, with totals that a person can hold against the practice's own.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn partner(ledger: &Ledger) -> Result<Mapped, Rejection> {
    let all = ledger.lines.iter().all(|line| line.amount.is_some());
    let sum = money::sum(ledger.lines.iter().filter_map(|line| line.amount)).filter(|_| all);
    let lines: Vec<Json> = ledger.lines.iter().map(document).collect();
    let history = json!({"version": 1, "lines": lines, "totals": totals(&ledger.lines), "balance": sum});
    let mut partner = partner::upsert(ledger.patient_id).on("patient");
    partner.set(partner::HISTORY, history.to_string());
    partner.set_or_clear(partner::BALANCE, sum);
    Ok(Mapped { findings: findings(&ledger.lines, all, sum), ..partner.into() })
}

/// A line as it will read; what the report does not fill is left out.
fn document(line: &LedgerLine) -> Json {
    let mut document = json!({
        "date": line.date,
        "type": trimmed(line.kind),
        "code": trimmed(line.code),
        "description": trimmed(line.description),
        "amount": line.amount,
        "balance": line.balance,
        "other": columns::document(&line.extra),
    });
    if let Json::Object(members) = &mut document {
        members.retain(|_, value| !value.is_null());
    }
    document
}

/// The total of each type of line, as the report names them; null where it is beyond any amount.
fn totals(lines: &[LedgerLine]) -> Json {
    let mut totals: Vec<(String, Option<Decimal>)> = Vec::new();
    for line in lines {
        let Some(amount) = line.amount else { continue };
        let kind = trimmed(line.kind).map_or(String::new(), |kind| kind.to_string());
        match totals.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, total)) => *total = total.and_then(|total| money::add(total, amount)),
            None => totals.push((kind, Some(amount))),
        }
    }
    Json::Object(totals.into_iter().map(|(kind, total)| (kind, json!(total))).collect())
}

/// Sums that do not come out.
fn findings(lines: &[LedgerLine], all: bool, sum: Option<Decimal>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !all {
        let message = "a line has no amount that can be read, so the ledger's balance is left empty";
        findings.push(warning("line-without-amount", "ledger.lines.amount", message));
    } else if sum.is_none() {
        let message = "the sum is beyond what an amount holds, so the ledger's balance is left empty";
        findings.push(warning("sum-out-of-range", "ledger.lines.amount", message));
    }
    let is_payment = |line: &LedgerLine| trimmed(line.kind).is_some_and(|kind| kind.to_lowercase().contains("payment"));
    let positive = |line: &LedgerLine| line.amount.is_some_and(|amount| amount.unscaled > 0);
    if lines.iter().any(|line| is_payment(line) && positive(line)) {
        let message = "a payment has no minus, so the sums count it as a charge; check how the report writes payments";
        findings.push(warning("payment-without-minus", "ledger.lines.amount", message));
    }
    let (oldest_first, newest_first) = (adds_up(lines.iter()), adds_up(lines.iter().rev()));
    let oldest = if oldest_first { lines.first() } else { lines.last() };
    if !oldest_first && !newest_first {
        let message =
            "a balance is not the one before it and its own line's amount; compare the account with the practice's";
        findings.push(warning("balance-does-not-add-up", "ledger.lines.balance", message));
    } else if oldest.is_some_and(begins_owing) {
        let message = "the account begins with a balance from before the report, which the ledger's sum does not have";
        findings.push(info("opening-balance", "ledger.lines.balance", message));
    }
    findings
}

/// Whether each balance is the one before it and the line's amount; lines without either say nothing. Reports stand in
/// either order of time.
fn adds_up<'l>(lines: impl Iterator<Item = &'l LedgerLine>) -> bool {
    let mut known = None;
    for line in lines {
        let expected = known.zip(line.amount).and_then(|(known, amount)| money::add(known, amount));
        if expected.zip(line.balance).is_some_and(|(expected, balance)| !money::same(expected, balance)) {
            return false;
        }
        known = line.balance.or(expected);
    }
    true
}

/// Whether more is owed behind the oldest line than the line itself.
fn begins_owing(oldest: &LedgerLine) -> bool {
    oldest.amount.zip(oldest.balance).is_some_and(|(amount, balance)| !money::same(amount, balance))
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::{Date, ExtraField, Scalar};

    use super::*;
    use crate::examples::{cents, ledger_line};

    fn mapped(lines: Vec<LedgerLine>) -> Mapped {
        partner(&Ledger { patient_id: "17".into(), lines }).expect("maps")
    }

    fn history(mapped: &Mapped) -> Json {
        let text = mapped.upserts[0].text(partner::HISTORY).expect("a history");
        text.parse().expect("JSON")
    }

    fn codes(lines: Vec<LedgerLine>) -> Vec<String> {
        mapped(lines).findings.into_iter().map(|finding| finding.code).collect()
    }

    fn with_balance(kind: &str, amount: i64, balance: i64) -> LedgerLine {
        LedgerLine { balance: Some(cents(balance)), ..ledger_line(kind, amount) }
    }

    #[test]
    fn the_account_is_one_document_with_its_totals() {
        let own = ExtraField { name: "Check #".into(), value: Scalar::Text("1007".into()) };
        let charge = LedgerLine {
            date: Some(Date { year: 2024, month: 2, day: 29 }),
            code: Some("D1110".into()),
            description: Some("Prophy, \"adult\"".into()),
            ..ledger_line("Charge", 12_030)
        };
        let paid = LedgerLine { extra: vec![own], ..ledger_line("Payment", -10_000) };
        let mapped = mapped(vec![charge, paid, ledger_line("Payment", -1)]);
        let expected = json!({
            "version": 1,
            "lines": [
                {"date": "2024-02-29", "type": "Charge", "code": "D1110", "description": "Prophy, \"adult\"", "amount": "120.30"},
                {"type": "Payment", "amount": "-100.00", "other": {"Check #": "1007"}},
                {"type": "Payment", "amount": "-0.01"},
            ],
            "totals": {"Charge": "120.30", "Payment": "-100.01"},
            "balance": "20.29",
        });
        assert_eq!(history(&mapped), expected);
        assert_eq!(mapped.upserts[0].get(partner::BALANCE), Some(&Value::Decimal(cents(2_029))));
        assert_eq!(mapped.findings, []);
    }

    #[test]
    fn balances_that_add_up_are_no_remark_in_either_order() {
        let lines =
            || vec![with_balance("Charge", 500, 500), ledger_line("Charge", 200), with_balance("Payment", -700, 0)];
        assert!(codes(lines()).is_empty());
        let mut newest_first = lines();
        newest_first.reverse();
        newest_first[1].balance = Some(cents(700));
        assert!(codes(newest_first).is_empty());
        let mut wrong = lines();
        wrong[2].balance = Some(cents(1));
        assert_eq!(codes(wrong), ["balance-does-not-add-up"]);
        assert_eq!(
            codes(vec![with_balance("Charge", 500, 900), with_balance("Payment", -900, 0)]),
            ["opening-balance"]
        );
    }

    #[test]
    fn an_account_that_cannot_be_summed_has_no_balance() {
        let unread = LedgerLine { amount: None, ..ledger_line("Charge", 0) };
        let unread = mapped(vec![ledger_line("Charge", 500), unread]);
        assert_eq!(unread.upserts[0].get(partner::BALANCE), Some(&Value::Empty));
        assert_eq!(
            (history(&unread)["balance"].clone(), unread.findings[0].code.as_str()),
            (Json::Null, "line-without-amount")
        );
        let endless = vec![ledger_line("Charge", i64::MAX), ledger_line("Charge", i64::MAX)];
        assert_eq!(codes(endless), ["sum-out-of-range"]);
    }

    #[test]
    fn a_payment_without_a_minus_is_pointed_out() {
        assert_eq!(
            codes(vec![ledger_line("Charge", 500), ledger_line("Insurance Payment", 500)]),
            ["payment-without-minus"]
        );
    }
}
