//! Examples of patients.

use odograft_sdk::bindings::transform::effects::Value;
use odograft_sdk::time::parse_day;
use odograft_sdk::{lookup, lookup_by};

use super::*;
use crate::{MODULE, examples};

/// 2026-11-01.
const NOW: i64 = 1_793_491_200;

fn ada() -> Patient {
    Patient { first_name: Some("Ada".into()), email: Some("ada@example.invalid".into()), ..examples::patient("N/17") }
}

fn mapped(p: &Patient) -> Mapped {
    partner(p, &Context::at(&MODULE, NOW)).expect("maps")
}

fn row(p: &Patient) -> Upsert {
    mapped(p).only(&partner::TARGET).expect("one contact").clone()
}

fn codes(p: &Patient) -> Vec<String> {
    mapped(p).findings.into_iter().map(|finding| finding.code).collect()
}

#[test]
fn a_patient_is_known_by_clinic_and_number() {
    let p = Patient { pms_id: Some("100017".into()), account_number: Some("A-9".into()), ..ada() };
    let row = row(&p);
    assert_eq!((row.text(partner::SOURCE_ID), row.text(partner::CLINIC)), (Some("N/17"), Some("N")));
    assert_eq!((row.text(partner::PMS_ID), row.text(partner::ACCOUNT)), (Some("100017"), Some("A-9")));
    assert_eq!(row.get(partner::COMPANY), Some(&Value::Reference(source("clinic", "N"))));
}

#[test]
fn names_keep_their_title_and_their_letters() {
    let p = Patient {
        title: Some("Ms".into()),
        first_name: Some("ada ".into()),
        middle_initial: Some("M".into()),
        last_name: Some("O'Neill-van Dyk".into()),
        ..ada()
    };
    assert_eq!(row(&p).text(partner::NAME), Some("Ms ada M O'Neill-van Dyk"));
    let one = Patient { first_name: None, last_name: Some("Teller".into()), ..ada() };
    assert_eq!(row(&one).text(partner::NAME), Some("Teller"), "a name of one word");
    let titled = Patient { title: Some("Mr".into()), first_name: Some(" ".into()), ..ada() };
    let rejection = partner(&titled, &Context::at(&MODULE, NOW)).expect_err("a title alone is no name");
    assert_eq!((rejection.code.as_str(), rejection.field.as_deref()), ("no-name", Some("patient.first_name")));
}

#[test]
fn every_number_has_a_place_as_it_was_entered() {
    let phones = |mobile: &str, home: &str, work: &str| {
        let row = row(&Patient {
            mobile_phone: Some(mobile.into()),
            home_phone: Some(home.into()),
            work_phone: Some(work.into()),
            work_phone_extension: Some("12".into()),
            ..ada()
        });
        let text = |field| row.text(field).map(str::to_owned).unwrap_or_default();
        [text(partner::PHONE), text(partner::MOBILE), text(partner::HOME), text(partner::WORK)]
    };
    assert_eq!(
        phones("07700 900001", "555-0101", "555-0102"),
        ["07700 900001", "07700 900001", "555-0101", "555-0102 ext. 12"]
    );
    assert_eq!(phones("07700 900001", "", ""), ["07700 900001", "", "", ""]);
    assert_eq!(phones("", "555-0101", "555-0102"), ["555-0101", "", "", "555-0102 ext. 12"]);
    assert_eq!(phones("", "", "555-0102"), ["555-0102 ext. 12", "", "", ""]);
}

#[test]
fn who_does_not_come_any_more_is_archived() {
    for (status, active) in [
        ("Active", true),
        ("", true),
        ("Maintenance", true),
        ("inactive", false),
        ("DECEASED", false),
        ("Discharged 2019", false),
        ("Archived", false),
    ] {
        let row = row(&Patient { status: Some(status.into()), ..ada() });
        assert_eq!(row.get(partner::ACTIVE), Some(&Value::Boolean(active)), "{status}");
    }
    assert_eq!(row(&ada()).get(partner::ACTIVE), Some(&Value::Boolean(true)));
}

#[test]
fn a_missing_country_or_state_is_the_configured_one_or_empty() {
    let at = |country: Option<&str>, usual: [&str; 2]| {
        let p = Patient { city: Some("Testham".into()), country: country.map(Into::into), ..ada() };
        let context = Context::at(&MODULE, NOW).set("country", usual[0]).set("state", usual[1]);
        let mapped = partner(&p, &context).expect("maps");
        let held = |row: &Upsert| (row.get(partner::COUNTRY).cloned(), row.get(partner::STATE).cloned());
        held(mapped.only(&partner::TARGET).expect("one contact"))
    };
    let empty = || Some(Value::Empty);
    let country = |code: &str| Some(Value::Reference(lookup("res.country", "code", code)));
    let texas: [(&str, Text); 2] = [("code", "TX".into()), ("country_id.code", "US".into())];
    assert_eq!(at(None, ["", ""]), (empty(), empty()));
    let meant = Some(Value::Reference(lookup_by("res.country.state", &texas)));
    assert_eq!(at(None, ["us", "TX"]), (country("US"), meant));
    assert_eq!(at(Some("U.K."), ["us", "TX"]), (country("GB"), empty()), "an address elsewhere");
}

#[test]
fn who_cannot_be_reached_or_is_yet_to_be_born_is_pointed_out() {
    assert_eq!(codes(&ada()), [""; 0]);
    assert_eq!(codes(&Patient { email: None, ..ada() }), ["no-contact"]);
    assert_eq!(codes(&Patient { email: Some("ada at example".into()), ..ada() }), ["malformed-email"]);
    for (born, told) in [("2026-11-02", true), ("2026-11-01", false), ("1896-02-29", false)] {
        let p = Patient { birth_date: parse_day(born), ..ada() };
        assert_eq!(codes(&p) == ["birth-in-future"], told, "{born}");
        assert_eq!(row(&p).get(partner::BIRTH), Some(&Value::Date(parse_day(born).expect("a day"))));
    }
}

#[test]
fn what_the_source_clears_does_not_stay() {
    let row = row(&ada());
    assert_eq!(row.get(partner::STREET), Some(&Value::Empty));
    assert_eq!(row.get(partner::OWNER), Some(&Value::Empty));
    assert_eq!(row.get(partner::REFERRAL), Some(&Value::Empty));
    assert_eq!(row.get(partner::REFERRALS), Some(&Value::References(Vec::new())));
    assert_eq!(row.get(partner::HISTORY), Some(&Value::Empty));
}

#[test]
fn a_social_security_number_stays_behind() {
    let with = |ssn: Option<&str>| format!("{:?}", row(&Patient { ssn: ssn.map(Into::into), ..ada() }));
    assert!(!with(Some("900-01-0001")).contains("900-01-0001"));
    let dropped = MODULE.manifest(&[]).expect("no settings").dropped;
    assert!(dropped.iter().any(|dropped| dropped.source == "patient.ssn" && !dropped.reason.is_empty()));
}
