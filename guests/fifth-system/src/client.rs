//! BrightChair client → `res.partner`, with the balances that are gathered below.

use odograft_sdk::tabular::Row;
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Mapped, Rejection, Span, reject, target, warning};

use crate::balance;

target! {
    /// BrightChair client → `res.partner`.
    pub partner: client => "res.partner" {
        SOURCE_ID = source_id() from [number];
        NAME = char("name") from [title, first_name, surname] .rule("joined by a space");
        EMAIL = char("email") from [email] .rule("trimmed, lower-cased");
        PHONE = char("phone") from [mobile, phone] .rule("the mobile, else the other number, as entered");
        MOBILE = custom_char("x_mobile", "Mobile") from [mobile, phone] .rule("the mobile, when there is another number too") .section("Patient");
        STREET = char("street") from [street];
        POSTCODE = char("zip") from [postcode];
        CITY = char("city") from [city];
        ACTIVE = boolean("active") from [active] .rule("archived where BrightChair says no");
        BIRTH = custom_date("x_date_of_birth", "Date of birth") from [born] .section("Patient");
        ALLERGIES = custom_text("x_medical_alert", "Medical alert") from [allergies] .section("Clinical") .clinical();
        SINCE = custom_datetime("x_source_created_at", "Created in source") from [since] .rule("UTC") .section("Source");
        OWED = custom_monetary("x_outstanding_balance", "Outstanding balance") from [balance.amount, balance.paid]
            .rule("all amounts less all payments") .section("Account");
        LAST_BOOKED = custom_date("x_last_billing_date", "Last billed on") from [balance.booked] .rule("the newest day") .section("Account");
        STATEMENT = custom_text("x_account_statement", "Account statement")
            from [balance.booked, balance.invoice, balance.amount, balance.paid] .rule("one line for each balance, by day") .section("Account");
    }
}

/// The contact that a client becomes.
///
/// # Errors
/// A client without any name: Odoo refuses such a contact, and no name is ever invented.
pub fn partner(client: &Row) -> Result<Mapped, Rejection> {
    let name = [client.text("first_name"), client.text("surname")];
    let Some(name) = joined(&name.each_ref().map(Option::as_deref), " ") else {
        return Err(reject("no-name", "client.surname", "neither first name nor surname is filled"));
    };
    let mut findings = Vec::new();
    let email = trimmed(client.text("email")).map(Span::lowercased);
    let (mobile, phone) = (trimmed(client.text("mobile")), trimmed(client.text("phone")));
    if email.is_none() && mobile.is_none() && phone.is_none() {
        findings.push(warning("no-contact", "client.email", "neither an e-mail nor a phone number is filled"));
    }
    let lines = || client.below("balance");
    let owed = balance::outstanding(lines());
    if owed.is_none() && lines().any(|line| line.decimal("amount").or(line.decimal("paid")).is_some()) {
        findings.push(warning("sum-out-of-range", "client.balance.amount", "the sum is beyond any amount; left out"));
    }

    let mut partner = partner::upsert(client.id);
    partner.set(partner::NAME, joined(&[client.text("title").as_deref(), Some(&name)], " ").unwrap_or(name));
    partner.set_or_clear(partner::EMAIL, email);
    partner.set_or_clear(partner::PHONE, mobile.or(phone));
    partner.set_or_clear(partner::MOBILE, mobile.filter(|_| phone.is_some()));
    partner.set_or_clear(partner::STREET, trimmed(client.text("street")));
    partner.set_or_clear(partner::POSTCODE, trimmed(client.text("postcode")));
    partner.set_or_clear(partner::CITY, trimmed(client.text("city")));
    partner.set(partner::ACTIVE, client.boolean("active").unwrap_or(true));
    partner.set_or_clear(partner::BIRTH, client.date("born"));
    partner.set_or_clear(partner::ALLERGIES, trimmed(client.text("allergies")));
    partner.set_or_clear(partner::SINCE, client.instant("since"));
    partner.set_or_clear(partner::OWED, owed);
    partner.set_or_clear(partner::LAST_BOOKED, balance::last_booked(lines()));
    partner.set_or_clear(partner::STATEMENT, balance::statement(lines()));
    Ok(Mapped { findings, ..partner.into() })
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::examples::{child, row};
    use odograft_sdk::{Decimal, Scalar, Upsert};

    use super::*;

    fn text(text: &str) -> Scalar {
        Scalar::Text(text.into())
    }

    fn upsert(client: &Row) -> Upsert {
        partner(client).expect("maps").only(&partner::TARGET).expect("one partner").clone()
    }

    #[test]
    fn the_name_is_joined_and_its_case_left_alone() {
        let client = row(
            "client",
            "17",
            &[("title", text("Dr.")), ("first_name", text(" zoë")), ("surname", text("van Laack"))],
        );
        assert_eq!(upsert(&client).text(partner::NAME), Some("Dr. zoë van Laack"));
        let titled = row("client", "17", &[("title", text("Dr.")), ("surname", text(" "))]);
        assert_eq!(partner(&titled).expect_err("a title is no name").code, "no-name");
    }

    #[test]
    fn the_mobile_keeps_a_field_of_its_own_beside_another_number() {
        let both = row(
            "client",
            "17",
            &[("surname", text("Ng")), ("mobile", text("07700 900001")), ("phone", text("555-0101"))],
        );
        let both = upsert(&both);
        assert_eq!(
            (both.text(partner::PHONE), both.text(partner::MOBILE)),
            (Some("07700 900001"), Some("07700 900001"))
        );
        let one = upsert(&row("client", "17", &[("surname", text("Ng")), ("phone", text("555-0101"))]));
        assert_eq!((one.text(partner::PHONE), one.get(partner::MOBILE)), (Some("555-0101"), Some(&Value::Empty)));
    }

    #[test]
    fn balances_become_a_sum_and_a_statement() {
        let mut client = row("client", "17", &[("surname", text("Ng")), ("email", text("ng@example.invalid"))]);
        let amount = Scalar::Decimal(Decimal { unscaled: 1_250, scale: 2 });
        client.children = vec![child("balance", "17/a", &[("amount", amount)])];
        let owed = upsert(&client);
        assert_eq!(owed.get(partner::OWED), Some(&Value::Decimal(Decimal { unscaled: 1_250, scale: 2 })));
        assert_eq!(owed.text(partner::STATEMENT), Some("no day: charged 12.50"));
        client.children.clear();
        assert_eq!(upsert(&client).get(partner::OWED), Some(&Value::Empty), "a line that was taken back does not stay");
    }

    #[test]
    fn a_client_whom_nobody_can_reach_is_pointed_out() {
        let findings = partner(&row("client", "17", &[("surname", text("Ng"))])).expect("maps").findings;
        assert_eq!(findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(), ["no-contact"]);
    }

    #[test]
    fn a_client_is_archived_only_where_the_system_says_no() {
        let active = |cells: &[(&str, Scalar)]| upsert(&row("client", "17", cells)).get(partner::ACTIVE).cloned();
        let surname = ("surname", text("Ng"));
        assert_eq!(active(&[surname, ("active", Scalar::Boolean(false))]), Some(Value::Boolean(false)));
        assert_eq!(active(&[surname]), Some(Value::Boolean(true)));
    }
}
