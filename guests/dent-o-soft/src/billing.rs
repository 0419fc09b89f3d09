//! Dent-O-Soft billing → the day of the last bill and the balance on the patient's `res.partner`; the whole account → rows
//! for the accountant's import. Nothing is ever posted.

pub mod account;
pub mod journal;

use odograft_sdk::dent_o_soft::Billing;
use odograft_sdk::{Context, HandoverSpec, Mapped, Rejection, SettingSpec, handover, setting, target};

use account::Account;

/// How the export writes payments.
pub const PAYMENT_SIGN: SettingSpec = setting(
    "payment_sign",
    "negative",
    "how a payment by the patient is written: `negative` (-50.00 or (50.00)), so that the balance is the sum of all lines; or `positive` (50.00)",
)
.allowed(&["negative", "positive"]);

target! {
    /// A patient's account, on the patient's contact.
    pub partner: billing => "res.partner" .existing_only() .many_to_one() .note("fields of the patient's contact") {
        LAST = custom_date("x_last_billing_date", "Last billed on") from [lines.booked_on, lines.kind, lines.status]
            .rule("the newest day of a charge that is not void") .section("Billing");
        BALANCE = custom_monetary("x_outstanding_balance", "Outstanding balance") from [lines.amount, lines.kind, lines.status]
            .rule("charges less payments and adjustments, lines that are void left out; empty where an amount is missing")
            .section("Billing");
    }
}

/// The whole account as rows for Odoo's import of journal entries.
pub static LEDGER: HandoverSpec =
    handover("billing", "Billing history for the accountant (CSV)", "Accounting › Journal Entries › Import records");

/// The account's fields on the patient's contact, and its journal.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn partner(billing: &Billing, context: &Context) -> Result<Mapped, Rejection> {
    let account = Account::of(&billing.lines, context.setting(PAYMENT_SIGN.name()) == "positive");

    let mut partner = partner::upsert(billing.patient_id).on("patient");
    partner.set_or_clear(partner::LAST, account.last_billed());
    partner.set_or_clear(partner::BALANCE, account.balance());
    let mut mapped = Mapped { findings: account.findings(), ..partner.into() };
    if !billing.lines.is_empty() {
        let document = journal::document(billing.patient_id, &account, context);
        mapped.handovers.push(LEDGER.document(billing.patient_id, &document));
    }
    Ok(mapped)
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::dent_o_soft::AccountLine;
    use odograft_sdk::time::parse_day;
    use odograft_sdk::{Decimal, json};

    use super::*;
    use crate::MODULE;
    use crate::examples::account_line;

    pub(super) fn line(day: &str, kind: &str, cents: Option<i64>) -> AccountLine {
        AccountLine {
            booked_on: parse_day(day),
            kind: Some(kind.into()),
            amount: cents.map(|unscaled| Decimal { unscaled, scale: 2 }),
            ..account_line()
        }
    }

    fn mapped(lines: Vec<AccountLine>, sign: &str) -> Mapped {
        let billing = Billing { patient_id: "17".into(), lines };
        partner(&billing, &Context::at(&MODULE, 0).set("payment_sign", sign)).expect("maps")
    }

    fn row(mapped: &Mapped) -> (Option<Value>, Option<Value>) {
        let row = mapped.only(&partner::TARGET).expect("one contact");
        (row.get(partner::LAST).cloned(), row.get(partner::BALANCE).cloned())
    }

    #[test]
    fn the_balance_is_exact_and_the_last_bill_the_newest() {
        let lines = || {
            vec![
                line("2024-02-29", "charge", Some(10)),
                line("1899-12-31", "charge", Some(20)),
                line("2024-03-05", "payment", Some(-5)),
            ]
        };
        let last = parse_day("2024-02-29").map(Value::Date);
        assert_eq!(row(&mapped(lines(), "negative")), (last, Some(Value::Decimal(Decimal { unscaled: 25, scale: 2 }))));
    }

    #[test]
    fn payments_are_taken_off_however_the_export_writes_them() {
        let lines =
            |payment| vec![line("2024-01-01", "charge", Some(12_345)), line("2024-01-02", "payment", Some(payment))];
        assert_eq!(
            row(&mapped(lines(-12_000), "negative")).1,
            Some(Value::Decimal(Decimal { unscaled: 345, scale: 2 }))
        );
        assert_eq!(
            row(&mapped(lines(12_000), "positive")).1,
            Some(Value::Decimal(Decimal { unscaled: 345, scale: 2 }))
        );
        assert_eq!(mapped(lines(12_000), "negative").findings[0].code, "payment-sign");
    }

    #[test]
    fn without_an_amount_there_is_no_balance() {
        let mapped =
            mapped(vec![line("2024-01-01", "charge", None), line("2024-01-01", "charge", Some(1))], "negative");
        assert_eq!(row(&mapped).1, Some(Value::Empty), "no balance is better than a wrong one");
        assert_eq!(mapped.findings[0].code, "no-amount");
    }

    #[test]
    fn the_whole_account_is_handed_over() {
        let void = AccountLine { status: Some("Void".into()), ..line("2024-01-03", "charge", Some(999)) };
        let mapped = mapped(vec![line("2024-01-01", "charge", Some(100)), void], "negative");
        let document = mapped.handovers[0].json();
        assert_eq!(document["rows"].as_array().map(Vec::len), Some(2));
        assert_eq!(document["left_out"][0]["why"], "void");
        assert_eq!(document["totals"]["balance"], json!("1.00"));
        assert_eq!(row(&mapped).1, Some(Value::Decimal(Decimal { unscaled: 100, scale: 2 })));
    }
}
