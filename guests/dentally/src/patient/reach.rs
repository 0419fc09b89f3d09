//! How a patient is reached: e-mail and telephone numbers as entered, and whom to call in an emergency.

use odograft_sdk::dentally::Patient;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Finding, Scalar, Span, Upsert, warning};

use super::partner;
use crate::{address, columns};

/// Fills e-mail and numbers of the contact. Odoo has one field for a number: it gets the mobile, else the home number, else
/// the one at work. Where there are several, each of the three has a field of its own besides.
pub(super) fn fill(p: &Patient, partner: &mut Upsert, context: &Context) {
    let (mobile, home, work) = (trimmed(p.mobile_phone), trimmed(p.home_phone), trimmed(p.work_phone));
    partner.set_or_clear(partner::EMAIL, trimmed(p.email_address).map(Span::lowercased));
    partner.set_or_clear(partner::PHONE, mobile.or(home).or(work));
    partner.set_or_clear(partner::MOBILE, mobile.filter(|_| home.is_some() || work.is_some()));
    partner.set_or_clear(partner::HOME, home.filter(|_| mobile.is_some()));
    partner.set_or_clear(partner::WORK, work.filter(|_| mobile.is_some() || home.is_some()));
    let country = |code: Option<Span>, number: Option<Span>| {
        address::foreign(code, context).filter(|_| trimmed(number).is_some())
    };
    partner.set_or_clear(partner::MOBILE_COUNTRY, country(p.mobile_phone_country, mobile));
    partner.set_or_clear(partner::HOME_COUNTRY, country(p.home_phone_country, home));
    partner.set_or_clear(partner::EMERGENCY_PHONE, trimmed(p.emergency_contact_phone));
    let code = match columns::column(&p.extra, "emergency_contact_phone_country") {
        Some(Scalar::Text(code)) => Some(code),
        _ => None,
    };
    partner.set_or_clear(partner::EMERGENCY_COUNTRY, country(code, p.emergency_contact_phone));
}

/// A patient whom nobody can reach, and an e-mail address that looks like a slip.
pub(super) fn findings(p: &Patient) -> Vec<Finding> {
    let mut findings = Vec::new();
    let ways = [p.email_address, p.mobile_phone, p.home_phone, p.work_phone];
    if ways.into_iter().all(|way| trimmed(way).is_none()) {
        findings.push(warning("no-contact", "patient.email_address", "neither an e-mail nor a phone number is filled"));
    }
    if trimmed(p.email_address).is_some_and(|email| !looks_like_email(&email)) {
        let message = "this does not look like an e-mail address; carried as entered";
        findings.push(warning("malformed-email", "patient.email_address", message));
    }
    findings
}

/// One `@` with something on both sides, and no blanks: enough to tell a slip from an address.
fn looks_like_email(text: &str) -> bool {
    let sides = text.split_once('@').filter(|(before, behind)| !before.is_empty() && !behind.is_empty());
    sides.is_some_and(|(_, behind)| !behind.contains('@')) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::examples::patient;
    use odograft_sdk::{ExtraField, Field};

    use super::*;
    use crate::MODULE;

    const MOBILE: &str = "07700 900001";
    const HOME: &str = "020 7946 0001";
    const WORK: &str = "020 7946 0002";

    fn row(p: &Patient) -> Upsert {
        let mut row = partner::upsert(p.id);
        fill(p, &mut row, &Context::at(&MODULE, 0).set("country", "GB"));
        row
    }

    fn numbers(mobile: Option<&str>, home: Option<&str>, work: Option<&str>) -> [Option<String>; 4] {
        let p = Patient {
            mobile_phone: mobile.map(Into::into),
            home_phone: home.map(Into::into),
            work_phone: work.map(Into::into),
            ..patient("17")
        };
        let row = row(&p);
        let text = |field| row.text(field).map(str::to_owned);
        [text(partner::PHONE), text(partner::MOBILE), text(partner::HOME), text(partner::WORK)]
    }

    #[test]
    fn each_number_has_a_field_of_its_own_where_there_are_several() {
        let some = |text: &str| Some(text.to_owned());
        for (mobile, home, work, expected) in [
            (Some(MOBILE), None, None, [some(MOBILE), None, None, None]),
            (Some(MOBILE), Some(HOME), None, [some(MOBILE), some(MOBILE), some(HOME), None]),
            (None, Some(HOME), Some(WORK), [some(HOME), None, None, some(WORK)]),
            (None, None, Some(WORK), [some(WORK), None, None, None]),
            (Some(MOBILE), Some(HOME), Some(WORK), [some(MOBILE), some(MOBILE), some(HOME), some(WORK)]),
            (Some(" "), None, None, [None, None, None, None]),
        ] {
            assert_eq!(numbers(mobile, home, work), expected);
        }
    }

    #[test]
    fn the_email_is_in_small_letters() {
        let p = Patient { email_address: Some(" Ada@Example.invalid ".into()), ..patient("17") };
        assert_eq!(row(&p).text(partner::EMAIL), Some("ada@example.invalid"));
        assert_eq!(row(&patient("17")).get(partner::EMAIL), Some(&Value::Empty), "what was cleared does not stay");
    }

    #[test]
    fn a_country_is_told_of_a_foreign_number_alone() {
        let code = |country: &str| ExtraField {
            name: "emergency_contact_phone_country".into(),
            value: Scalar::Text(country.into()),
        };
        let abroad = Patient {
            mobile_phone: Some("06 12 34 56 78".into()),
            mobile_phone_country: Some("FR".into()),
            home_phone: Some(HOME.into()),
            home_phone_country: Some("GB".into()),
            emergency_contact_phone: Some("06 12 34 56 79".into()),
            extra: vec![code("FR")],
            ..patient("17")
        };
        let told = |p: &Patient, field: Field<_>| row(p).text::<odograft_sdk::kinds::char>(field).map(str::to_owned);
        assert_eq!(told(&abroad, partner::MOBILE_COUNTRY).as_deref(), Some("FR"));
        assert_eq!(told(&abroad, partner::HOME_COUNTRY), None);
        assert_eq!(told(&abroad, partner::EMERGENCY_COUNTRY).as_deref(), Some("FR"));
        let silent = Patient { mobile_phone: None, emergency_contact_phone: None, ..abroad };
        assert_eq!(told(&silent, partner::MOBILE_COUNTRY), None, "a country without a number");
        assert_eq!(told(&silent, partner::EMERGENCY_COUNTRY), None);
    }

    #[test]
    fn a_patient_whom_nobody_can_reach_is_pointed_out() {
        let codes = |p: Patient| findings(&p).into_iter().map(|finding| finding.code).collect::<Vec<_>>();
        assert_eq!(codes(patient("17")), ["no-contact"]);
        for slip in ["ada@@example", "ada", "@example.invalid", "ada@", "ada lee@example.invalid"] {
            assert_eq!(codes(Patient { email_address: Some(slip.into()), ..patient("17") }), ["malformed-email"]);
        }
        assert!(codes(Patient { email_address: Some("Ada@Example.invalid".into()), ..patient("17") }).is_empty());
        assert!(codes(Patient { work_phone: Some(WORK.into()), ..patient("17") }).is_empty());
    }
}
