//! Dent-O-Soft patient → `res.partner`.

use odograft_sdk::dent_o_soft::Patient;
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::time::{day_of, days_between};
use odograft_sdk::{Context, Date, Finding, Mapped, Rejection, reject, source, target, warning};

use crate::{address, contact};

target! {
    /// Dent-O-Soft patient → `res.partner`.
    pub partner: patient => "res.partner" {
        SOURCE_ID = source_id_as("x_source_patient_id") from [id];
        NAME = char("name") from [title, first_name, middle_name, last_name]
            .rule("joined by a space, capitals and small letters left alone");
        CATEGORY = custom_selection("x_contact_category", "Contact category", crate::contact::CATEGORIES) from []
            .rule("always `patient`") .section("Contact");
        EMAIL = char("email") from [email] .rule("trimmed, lower-cased");
        PHONE = char("phone") from [mobile_phone, home_phone, work_phone] .rule("the first that is filled, as entered");
        MOBILE = custom_char("x_mobile", "Mobile") from [mobile_phone, home_phone, work_phone]
            .rule("the mobile, where there is another number too") .section("Patient");
        HOME = custom_char("x_home_phone", "Home phone") from [home_phone, mobile_phone]
            .rule("the home number, where the mobile is the contact's phone") .section("Patient");
        WORK = custom_char("x_work_phone", "Work phone") from [work_phone, mobile_phone, home_phone]
            .rule("the work number, where another one is the contact's phone") .section("Patient");
        STREET = char("street") from [address_line1];
        STREET2 = char("street2") from [address_line2];
        CITY = char("city") from [city];
        STATE = many2one("state_id", "res.country.state") from [state, country]
            .rule("found by code, else by name, within the country");
        POSTCODE = char("zip") from [postal_code];
        COUNTRY = many2one("country_id", "res.country") from [country, address_line1, address_line2, city, state, postal_code]
            .rule("found by code, else by name; where an address names none, the one of the setting `country`");
        ACTIVE = boolean("active") from [active, status, deceased_on]
            .rule("archived where the patient is not active, has died, or has a status such as `Inactive`");
        STATUS = custom_char("x_patient_status", "Status") from [status] .section("Patient");
        DECEASED = custom_date("x_deceased_on", "Deceased on") from [deceased_on] .section("Patient");
        BIRTH = custom_date("x_date_of_birth", "Date of birth") from [date_of_birth] .section("Patient");
        PREFERRED = custom_char("x_preferred_name", "Likes to be called") from [preferred_name] .section("Patient");
        GENDER = custom_char("x_gender", "Gender") from [gender] .section("Patient");
        PRACTICE = custom_many2one("x_practice", "Practice", "res.company") from [practice_id]
            .rule("the company that the location became") .section("Patient");
        OWNER = many2one("user_id", "res.users") from [practitioner_id] .rule("the practitioner's user");
        PRACTITIONER = custom_char("x_practitioner_id", "Practitioner's number") from [practitioner_id]
            .rule("as the source numbers practitioners; theirs is the source id of a practitioner's contact") .section("Patient");
        CREATED = custom_datetime("x_original_create_date", "Created in source") from [created_at] .rule("UTC") .section("Source");
    }
}

/// Statuses of patients who do not come any more, in small letters.
const ENDED: [&str; 7] = ["inactive", "archived", "deceased", "dead", "closed", "former", "transferred"];

/// The contact that a patient becomes.
///
/// # Errors
/// A patient without any name: Odoo refuses such a contact, and no name is ever invented.
pub fn partner(p: &Patient, context: &Context) -> Result<Mapped, Rejection> {
    let Some(name) = full_name(p) else {
        return Err(reject("no-name", "patient.first_name", "neither first, middle nor last name is filled"));
    };
    let (mobile, home, work) = (trimmed(p.mobile_phone), trimmed(p.home_phone), trimmed(p.work_phone));

    let mut partner = partner::upsert(p.id);
    partner.set(partner::NAME, name);
    partner.set(partner::CATEGORY, "patient");
    partner.set_or_clear(partner::EMAIL, contact::email(p.email));
    partner.set_or_clear(partner::PHONE, mobile.or(home).or(work));
    partner.set_or_clear(partner::MOBILE, mobile.filter(|_| home.is_some() || work.is_some()));
    partner.set_or_clear(partner::HOME, home.filter(|_| mobile.is_some()));
    partner.set_or_clear(partner::WORK, work.filter(|_| mobile.is_some() || home.is_some()));
    address::fill!(partner, partner, p, context);
    partner.set(partner::ACTIVE, !is_archived(p));
    partner.set_or_clear(partner::STATUS, trimmed(p.status));
    partner.set_or_clear(partner::DECEASED, p.deceased_on);
    partner.set_or_clear(partner::BIRTH, p.date_of_birth);
    partner.set_or_clear(partner::PREFERRED, trimmed(p.preferred_name));
    partner.set_or_clear(partner::GENDER, trimmed(p.gender));
    partner.set_or_clear(partner::PRACTICE, trimmed(p.practice_id).map(|id| source("practice", id)));
    let practitioner = trimmed(p.practitioner_id);
    partner.set_or_clear(partner::OWNER, practitioner.map(|id| source("practitioner", id)));
    partner.set_or_clear(partner::PRACTITIONER, practitioner);
    partner.set_or_clear(partner::CREATED, p.created_at);

    let mut findings = remarks(p, day_of(context.as_of));
    findings.extend(partner.set_extras(&p.extra, context));
    Ok(Mapped { findings, ..partner.into() })
}

/// Title and names, joined by a space; none where no name is filled, whatever the title.
#[must_use]
pub fn full_name(p: &Patient) -> Option<String> {
    let names = joined(&[p.first_name.as_deref(), p.middle_name.as_deref(), p.last_name.as_deref()], " ")?;
    joined(&[p.title.as_deref(), Some(&names)], " ")
}

/// Whether the patient does not come any more.
#[must_use]
pub fn is_archived(p: &Patient) -> bool {
    p.active == Some(false) || has_ended(p)
}

fn has_ended(p: &Patient) -> bool {
    let status = trimmed(p.status).map(|status| status.to_lowercase());
    p.deceased_on.is_some() || status.is_some_and(|status| ENDED.contains(&status.as_str()))
}

/// What a person should look at.
fn remarks(p: &Patient, today: Date) -> Vec<Finding> {
    let mut findings: Vec<Finding> = contact::check_email(p.email, "patient.email").into_iter().collect();
    if [p.email, p.mobile_phone, p.home_phone, p.work_phone].into_iter().all(|way| trimmed(way).is_none()) {
        findings.push(warning("no-contact", "patient.email", "neither an e-mail nor a phone number is filled"));
    }
    if p.active == Some(true) && has_ended(p) {
        let message = "active, and by status or day of death no patient any more; archived";
        findings.push(warning("contradictory-status", "patient.active", message));
    }
    let later = |day: Option<Date>, than: Date| day.is_some_and(|day| days_between(than, day) > 0);
    if later(p.date_of_birth, today) {
        findings.push(warning("birth-in-future", "patient.date_of_birth", "the day of birth is still to come"));
    }
    if p.deceased_on.is_some_and(|death| later(p.date_of_birth, death)) {
        findings.push(warning(
            "death-before-birth",
            "patient.deceased_on",
            "the day of death lies before that of birth",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::time::parse_day;
    use odograft_sdk::{Upsert, lookup};

    use super::*;
    use crate::MODULE;
    use crate::examples::patient;

    /// 2026-11-01.
    const NOW: i64 = 1_793_491_200;

    fn mapped(p: &Patient) -> Mapped {
        partner(p, &Context::at(&MODULE, NOW)).expect("maps")
    }

    fn row(p: &Patient) -> Upsert {
        mapped(p).only(&partner::TARGET).expect("one partner").clone()
    }

    fn codes(p: &Patient) -> Vec<String> {
        mapped(p).findings.into_iter().map(|finding| finding.code).collect()
    }

    fn named(id: &str) -> Patient {
        Patient { first_name: Some("Ada".into()), email: Some("ada@example.invalid".into()), ..patient(id) }
    }

    fn day(text: &str) -> Option<Date> {
        Some(parse_day(text).expect("a day"))
    }

    #[test]
    fn names_are_joined_and_left_as_they_are_written() {
        let name = |title: &str, first: &str, middle: &str, last: &str| {
            let [title, first_name, middle_name, last_name] =
                [title, first, middle, last].map(|part| Some(part.into()));
            full_name(&Patient { title, first_name, middle_name, last_name, ..patient("17") })
        };
        assert_eq!(name("Ms", "ada ", "", "O'Neill").as_deref(), Some("Ms ada O'Neill"));
        assert_eq!(name("", "Teller", "", "").as_deref(), Some("Teller"), "a name of one word");
        assert_eq!(name("", "", "", "van der Berg-McDonald").as_deref(), Some("van der Berg-McDonald"));
        assert_eq!(name("Mr", " ", "", ""), None, "a title alone is no name");
    }

    #[test]
    fn a_patient_without_a_name_is_put_aside() {
        let rejection = partner(&patient("17"), &Context::at(&MODULE, NOW)).expect_err("nameless");
        assert_eq!((rejection.code.as_str(), rejection.field.as_deref()), ("no-name", Some("patient.first_name")));
    }

    #[test]
    fn every_phone_number_has_a_place() {
        let numbers = |mobile: Option<&str>, home: Option<&str>, work: Option<&str>| {
            let [mobile_phone, home_phone, work_phone] = [mobile, home, work].map(|number| number.map(Into::into));
            let row = row(&Patient { mobile_phone, home_phone, work_phone, ..named("17") });
            [partner::PHONE, partner::MOBILE, partner::HOME, partner::WORK].map(|f| row.text(f).map(str::to_owned))
        };
        let some = |numbers: [&str; 4]| numbers.map(|number| (!number.is_empty()).then(|| number.to_owned()));
        assert_eq!(
            numbers(Some("(555) 0101"), Some("555-0102"), Some("555-0103")),
            some(["(555) 0101", "(555) 0101", "555-0102", "555-0103"])
        );
        assert_eq!(numbers(None, Some("555-0102"), Some("555-0103")), some(["555-0102", "", "", "555-0103"]));
        assert_eq!(numbers(Some(" 555-0101 "), None, Some(" ")), some(["555-0101", "", "", ""]));
        assert_eq!(numbers(None, None, Some("555-0103")), some(["555-0103", "", "", ""]));
    }

    #[test]
    fn who_does_not_come_any_more_is_archived() {
        let active = |active: Option<bool>, status: &str, deceased_on: Option<Date>| {
            let p = Patient { active, status: Some(status.into()), deceased_on, ..named("17") };
            (row(&p).get(partner::ACTIVE) == Some(&Value::Boolean(true)), codes(&p))
        };
        assert_eq!(active(None, "", None), (true, vec![]));
        assert_eq!(active(Some(true), "Active", None), (true, vec![]));
        assert_eq!(active(Some(false), "Moved away", None), (false, vec![]));
        assert_eq!(active(None, " DECEASED ", None), (false, vec![]));
        assert_eq!(active(Some(true), "", day("2024-02-29")), (false, vec!["contradictory-status".to_owned()]));
    }

    #[test]
    fn days_before_1900_and_of_leap_years_are_days() {
        for text in ["1899-12-31", "2024-02-29", "0033-04-03"] {
            let row = row(&Patient { date_of_birth: day(text), ..named("17") });
            assert_eq!(row.get(partner::BIRTH), day(text).map(Value::Date).as_ref());
        }
    }

    #[test]
    fn days_that_cannot_be_are_pointed_out() {
        assert_eq!(codes(&Patient { date_of_birth: day("2026-11-01"), ..named("17") }), [""; 0]);
        assert_eq!(codes(&Patient { date_of_birth: day("2026-11-02"), ..named("17") }), ["birth-in-future"]);
        let twisted = Patient { date_of_birth: day("1950-01-02"), deceased_on: day("1950-01-01"), ..named("17") };
        assert_eq!(codes(&twisted), ["death-before-birth"]);
    }

    #[test]
    fn a_patient_whom_nobody_can_reach_is_pointed_out() {
        assert_eq!(codes(&Patient { email: None, ..named("17") }), ["no-contact"]);
        assert_eq!(codes(&Patient { email: Some("ada at example".into()), ..named("17") }), ["malformed-email"]);
    }

    #[test]
    fn a_country_is_never_invented() {
        let at = |country: Option<&str>, setting: &str| {
            let p = Patient { city: Some("Testham".into()), country: country.map(Into::into), ..named("17") };
            let mapped = partner(&p, &Context::at(&MODULE, NOW).set("country", setting)).expect("maps");
            mapped.upserts[0].get(partner::COUNTRY).cloned()
        };
        let found = |code: &str| Some(Value::Reference(lookup("res.country", "code", code)));
        assert_eq!(at(None, ""), Some(Value::Empty));
        assert_eq!(at(None, "us"), found("US"));
        assert_eq!(at(Some("U.K."), "us"), found("GB"));
    }

    #[test]
    fn what_the_source_clears_does_not_stay() {
        let row = row(&named("17"));
        assert_eq!(row.text(partner::SOURCE_ID), Some("17"));
        assert_eq!(row.get(partner::PRACTICE), Some(&Value::Empty));
        assert_eq!(row.get(partner::OWNER), Some(&Value::Empty));
        assert_eq!(row.get(partner::STREET), Some(&Value::Empty));
    }
}
