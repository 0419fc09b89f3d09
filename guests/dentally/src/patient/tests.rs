use odograft_sdk::bindings::transform::effects::Value;
use odograft_sdk::examples::patient;
use odograft_sdk::{Date, ExtraField, Reference, Scalar, lookup};

use super::*;
use crate::MODULE;

/// 2026-11-01T00:00:00Z.
const TODAY: i64 = 1_793_491_200;

fn context() -> Context {
    Context::at(&MODULE, TODAY)
}

fn row_in(p: &Patient, context: &Context) -> Upsert {
    partner(p, context).expect("maps").only(&partner::TARGET).expect("one contact").clone()
}

fn row(p: &Patient) -> Upsert {
    row_in(p, &context())
}

fn codes(p: &Patient, context: &Context) -> Vec<String> {
    partner(p, context).expect("maps").findings.into_iter().map(|finding| finding.code).collect()
}

fn named(id: &str) -> Patient {
    Patient { first_name: Some("Ada".into()), mobile_phone: Some("07700 900001".into()), ..patient(id) }
}

fn refers(row: &Upsert, field: odograft_sdk::Field<odograft_sdk::kinds::many2one>) -> Option<String> {
    match row.get(field) {
        Some(Value::Reference(Reference::Source(key))) => Some(format!("{}/{}", key.object, &*key.id)),
        _ => None,
    }
}

#[test]
fn the_name_is_joined_and_its_case_left_alone() {
    for (title, first, middle, last, whole) in [
        ("Ms", "ada ", "", "O'Neill", "Ms ada O'Neill"),
        ("", "", "", "Prince", "Prince"),
        ("Dr", "Jürgen", "J.", "van der Berg-Smith", "Dr Jürgen J. van der Berg-Smith"),
    ] {
        let part = |text: &str| Some(text.into());
        let p = Patient {
            title: part(title),
            first_name: part(first),
            middle_name: part(middle),
            last_name: part(last),
            ..patient("17")
        };
        assert_eq!(row(&p).text(partner::NAME), Some(whole));
    }
}

#[test]
fn a_title_alone_is_no_name() {
    let p = Patient { title: Some("Mr".into()), last_name: Some(" ".into()), ..patient("17") };
    assert_eq!(partner(&p, &context()).expect_err("nameless").code, "no-name");
}

#[test]
fn an_address_has_the_practices_country_where_the_client_names_one() {
    let p = Patient {
        address_line1: Some("1 Test Street".into()),
        address_line2: Some("Testside".into()),
        address_line3: Some("Outer Test".into()),
        town: Some("Testham".into()),
        region: Some("Kent".into()),
        ..named("17")
    };
    let british = row_in(&p, &context().set("country", "GB"));
    assert_eq!(british.get(partner::COUNTRY), Some(&Value::Reference(lookup("res.country", "code", "GB"))));
    assert!(matches!(british.get(partner::STATE), Some(Value::Reference(Reference::Lookup(_)))));
    assert_eq!(british.text(partner::STREET2), Some("Testside, Outer Test"));
    let silent = row(&p);
    assert_eq!((silent.get(partner::COUNTRY), silent.get(partner::STATE)), (None, None), "left as Odoo has them");
    assert_eq!(silent.text(partner::COUNTY), Some("Kent"), "the words stay");
}

#[test]
fn archived_patients_are_archived() {
    let archived = |active| row(&Patient { active, ..named("17") }).get(partner::ACTIVE).cloned();
    assert_eq!(archived(Some(false)), Some(Value::Boolean(false)));
    assert_eq!(archived(None), Some(Value::Boolean(true)));
    let odd = Patient { archived_reason: Some("Moved away".into()), ..named("17") };
    assert_eq!(codes(&odd, &context()), ["archived-reason-of-active"]);
    assert!(codes(&Patient { active: Some(false), ..odd }, &context()).is_empty());
}

#[test]
fn days_of_birth_are_kept_however_old_and_doubted_in_the_future() {
    let born = |year, month, day| Patient { date_of_birth: Some(Date { year, month, day }), ..named("17") };
    for p in [born(1899, 12, 31), born(2024, 2, 29), born(2026, 11, 1)] {
        assert_eq!(row(&p).get(partner::BIRTH), Some(&Value::Date(p.date_of_birth.expect("a day"))));
        assert!(codes(&p, &context()).is_empty());
    }
    assert_eq!(codes(&born(2026, 11, 2), &context()), ["birth-in-future"]);
}

#[test]
fn the_gender_is_told_in_words() {
    for (sent, told) in [("true", "Male"), ("false", "Female"), ("Non-binary", "Non-binary")] {
        assert_eq!(row(&Patient { gender: Some(sent.into()), ..named("17") }).text(partner::GENDER), Some(told));
    }
}

#[test]
fn a_site_is_a_team_or_a_company() {
    let p = Patient { site_id: Some("north".into()), ..named("17") };
    let team = row(&p);
    assert_eq!((refers(&team, partner::SITE).as_deref(), team.get(partner::COMPANY)), (Some("site/north"), None));
    let company = row_in(&p, &context().set("sites", "company"));
    assert_eq!((refers(&company, partner::COMPANY).as_deref(), company.get(partner::SITE)), (Some("site/north"), None));
}

#[test]
fn numbers_are_told_by_their_names() {
    let lists = r#"{
        "site": {"north": {"name": "North"}},
        "practitioner": {"7": {"user": {"title": "Dr", "first_name": "Sam", "last_name": "Lee"}}},
        "payment_plan": {"9001": {"name": "Private"}},
        "acquisition_source": {"s1": {"name": "Google"}}}"#;
    let context = context().set("lists", lists);
    let p = Patient {
        site_id: Some("north".into()),
        dentist_id: Some("7".into()),
        hygienist_id: Some("7".into()),
        payment_plan_id: Some("9001".into()),
        acquisition_source_id: Some("s1".into()),
        ..named("17")
    };
    let mapped = partner(&p, &context).expect("maps");
    assert_eq!(mapped.findings, []);
    let row = mapped.only(&partner::TARGET).expect("one contact");
    assert_eq!(row.text(partner::DENTIST_NAME), Some("Dr Sam Lee"));
    assert_eq!(row.text(partner::HYGIENIST_NAME), Some("Dr Sam Lee"));
    assert_eq!(row.text(partner::PAYMENT_PLAN), Some("Private"));
    assert_eq!(refers(row, partner::ORIGIN).as_deref(), Some("acquisition_source/Google"));
    assert_eq!(row.get(partner::ORIGIN_ID), Some(&Value::Empty));
    let origin =
        mapped.only(&acquisition_source::of_patient::TARGET).expect("the source, so that the contact is never held");
    assert_eq!(origin.text(acquisition_source::of_patient::NAME), Some("Google"));
}

#[test]
fn numbers_that_no_list_has_are_carried_and_refer_to_nothing() {
    let p = Patient {
        site_id: Some("gone".into()),
        payment_plan_id: Some("9009".into()),
        acquisition_source_id: Some("s9".into()),
        ..named("17")
    };
    let row = row(&p);
    assert_eq!(row.text(partner::PAYMENT_PLAN), Some("9009"));
    assert_eq!((row.text(partner::ORIGIN_ID), row.get(partner::ORIGIN)), (Some("s9"), Some(&Value::Empty)));
    let listed = context().set("lists", r#"{"site": {}, "payment_plan": {}, "acquisition_source": {}}"#);
    assert_eq!(codes(&p, &listed), ["not-in-list"; 3]);
    assert_eq!(
        row_in(&p, &listed).get(partner::SITE),
        Some(&Value::Empty),
        "no patient is held for a site that is gone"
    );
}

#[test]
fn consent_is_what_was_said_and_nothing_where_nobody_asked() {
    let share = ExtraField { name: "consent_to_share_accounts".into(), value: Scalar::Boolean(false) };
    let p = Patient { marketing: Some(true), use_sms: Some(false), extra: vec![share], ..named("17") };
    let row = row(&p);
    let answers =
        [partner::MARKETING, partner::SMS, partner::MAIL, partner::SHARES_ACCOUNT].map(|field| row.text(field));
    assert_eq!(answers, [Some("yes"), Some("no"), None, Some("no")]);
}

#[test]
fn an_interval_that_odoo_cannot_hold_is_left_out() {
    let p = Patient { dentist_recall_interval: Some(6), hygienist_recall_interval: Some(1 << 40), ..named("17") };
    let row = row(&p);
    assert_eq!(row.get(partner::RECALL_MONTHS), Some(&Value::Integer(6)));
    assert_eq!(row.get(partner::HYGIENE_MONTHS), Some(&Value::Empty));
}

#[test]
fn every_field_is_written_so_that_what_was_cleared_does_not_stay() {
    let written = row(&named("17"));
    let left_alone = [partner::STATE, partner::COUNTRY, partner::COMPANY];
    assert!(left_alone.iter().all(|field| written.get(*field).is_none()));
    let cleared = [partner::PREFERRED, partner::LEGACY, partner::EMERGENCY_NAME, partner::DENTIST_NAME];
    assert!(cleared.iter().all(|field| written.get(*field) == Some(&Value::Empty)));
}
