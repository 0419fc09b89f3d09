//! Examples of treatment plans.

use odograft_sdk::bindings::transform::effects::Value;
use odograft_sdk::panda_perio::Phase;
use odograft_sdk::time::parse_day;
use odograft_sdk::{Decimal, ExtraField, Instant, Json, Scalar, Upsert, external_id, json};

use super::milestone::message;
use super::*;
use crate::stage::Stage;
use crate::{MODULE, examples};

/// 2026-11-01.
const NOW: i64 = 1_793_491_200;

fn money(unscaled: i64) -> Option<Decimal> {
    Some(Decimal { unscaled, scale: 4 })
}

fn phase(id: &str, number: i64, status: &str, code: &str, fee: i64) -> Phase {
    Phase { number: Some(number), ada_code: Some(code.into()), fee: money(fee), ..examples::phase(id, status) }
}

fn plan() -> TreatmentPlan {
    TreatmentPlan {
        name: Some("Plan 1".into()),
        status: Some("Accepted".into()),
        provider_id: Some("N/501".into()),
        fee: money(4_555_000),
        proposed_on: parse_day("2026-03-01"),
        accepted_on: parse_day("2026-03-14"),
        phases: vec![
            phase("N/2", 2, "proposed", "D4910", 1_655_000),
            Phase {
                description: Some("Root surface debridement".into()),
                tooth: Some("UR".into()),
                completed_on: parse_day("2026-04-01"),
                provider_id: Some("N/502".into()),
                note: Some("LA: 2.2 ml\nno < 3 mm".into()),
                ..phase("N/1", 1, "completed", "D4341", 2_900_000)
            },
        ],
        ..examples::treatment_plan("N/7")
    }
}

fn mapped(plan: &TreatmentPlan) -> Mapped {
    lead(plan, &Context::at(&MODULE, NOW)).expect("maps")
}

fn row(plan: &TreatmentPlan) -> Upsert {
    mapped(plan).only(&lead::TARGET).expect("one opportunity").clone()
}

fn codes(plan: &TreatmentPlan) -> Vec<String> {
    mapped(plan).findings.into_iter().map(|finding| finding.code).collect()
}

fn noon(day: &str) -> Option<Value> {
    let day = parse_day(day).expect("a day");
    Some(Value::Datetime(odograft_sdk::time::at_hour(day, 12)))
}

#[test]
fn a_plan_is_an_opportunity_of_the_patients_contact() {
    let row = row(&plan());
    assert_eq!((row.text(lead::NAME), row.text(lead::SOURCE_ID)), (Some("Plan 1"), Some("N/7")));
    assert_eq!(row.get(lead::PARTNER), Some(&Value::Reference(source("patient", "N/17"))));
    assert_eq!(row.get(lead::OWNER), Some(&Value::Reference(source("provider", "N/501"))));
    assert_eq!(row.get(lead::STAGE), Some(&Value::Reference(Stage::TreatmentInProgress.reference())));
    assert_eq!((row.text(lead::STATUS), row.text(lead::STATUS_WORD)), (Some("accepted"), Some("Accepted")));
    assert_eq!(row.get(lead::REVENUE), Some(&Value::Decimal(Decimal { unscaled: 4_555_000, scale: 4 })));
    assert_eq!(row.get(lead::ACTIVE), Some(&Value::Boolean(true)));
    assert_eq!(row.text(lead::CODES), Some("D4341, D4910"));
    let phases: Json = row.text(lead::PHASES).and_then(|text| text.parse().ok()).expect("JSON");
    assert_eq!((&phases[0]["id"], &phases[1]["fee"]), (&json!("N/1"), &json!("165.50")));
    assert_eq!(codes(&plan()), [""; 0]);
}

#[test]
fn every_phase_is_a_milestone_note_of_its_own_day() {
    let mapped = mapped(&plan());
    let [first, second] = &mapped.upserts[1..] else { panic!("two notes") };
    assert_eq!((first.text(message::SOURCE_ID), second.text(message::SOURCE_ID)), (Some("N/1"), Some("N/2")));
    assert_eq!(first.text(message::MODEL), Some("crm.lead"));
    assert_eq!(first.get(message::RES_ID), Some(&Value::Reference(source("treatment-plan", "N/7"))));
    assert_eq!(first.get(message::SUBTYPE), Some(&Value::Reference(external_id("mail.mt_note"))));
    assert_eq!(first.get(message::DATE).cloned(), noon("2026-04-01"), "the day on which it was completed");
    assert_eq!(second.get(message::DATE).cloned(), noon("2026-03-14"), "the day on which the plan was accepted");
    assert_eq!(first.get(message::AUTHOR), Some(&Value::Reference(source("provider", "N/502"))));
    assert_eq!(second.get(message::AUTHOR), Some(&Value::Reference(source("provider", "N/501"))));
    assert_eq!((first.text(message::SUBJECT), first.get(message::FROM)), (Some("Phase 1"), None));
    let told = "<p><b>Phase 1: D4341 Root surface debridement</b></p><p>Status: completed<br>Tooth or quadrant: UR<br>\
                Fee: 290.00<br>Completed on: 2026-04-01</p><div>LA: 2.2 ml<br>no &lt; 3 mm</div>";
    assert_eq!(first.text(message::BODY), Some(told));
}

#[test]
fn a_phase_without_a_day_or_a_number_is_told_all_the_same() {
    let extra = vec![ExtraField { name: "Lab".into(), value: Scalar::Text("Acme & Co".into()) }];
    let bare = Phase { status: None, extra, ..examples::phase("N/9", "") };
    let plan = TreatmentPlan { phases: vec![bare], ..examples::treatment_plan("N/7") };
    let mapped = mapped(&plan);
    let note = mapped.only(&message::TARGET).expect("one note");
    assert_eq!(note.text(message::BODY), Some("<p><b>Phase</b></p><p>Also: Lab: Acme &amp; Co</p>"));
    assert_eq!(note.get(message::DATE), Some(&Value::Datetime(Instant { seconds: NOW, nanoseconds: 0 })));
    assert_eq!((note.get(message::AUTHOR), note.text(message::FROM)), (Some(&Value::Empty), Some("PANDA Perio")));
    let planned = Phase { planned_on: parse_day("2027-01-05"), ..plan.phases[0].clone() };
    let later = self::mapped(&TreatmentPlan { phases: vec![planned], ..plan });
    assert_eq!(later.only(&message::TARGET).and_then(|note| note.get(message::DATE).cloned()), noon("2027-01-05"));
}

#[test]
fn a_plan_is_called_by_what_there_is() {
    let named = |name: &str, description: &str| {
        let (name, description) = (Some(name.into()), Some(description.into()));
        row(&TreatmentPlan { name, description, ..plan() }).text(lead::NAME).map(str::to_owned)
    };
    assert_eq!(named("Plan 1", "Active therapy").as_deref(), Some("Plan 1"));
    assert_eq!(named(" ", "Active therapy, \nthen maintenance").as_deref(), Some("Active therapy,"));
    assert_eq!(named("", "<p>Active therapy</p>").as_deref(), Some("Treatment plan N/7"));
    assert_eq!(named("", "").as_deref(), Some("Treatment plan N/7"));
}

#[test]
fn a_declined_plan_is_a_lost_opportunity() {
    let declined = row(&TreatmentPlan { status: Some("Declined".into()), accepted_on: None, ..plan() });
    assert_eq!(declined.get(lead::ACTIVE), Some(&Value::Boolean(false)));
    assert_eq!((declined.get(lead::STATUS), declined.text(lead::STATUS_WORD)), (Some(&Value::Empty), Some("Declined")));
    assert_eq!(declined.get(lead::STAGE), Some(&Value::Reference(Stage::TreatmentProposed.reference())));
}

#[test]
fn sums_and_codes_that_do_not_fit_are_told() {
    assert_eq!(codes(&TreatmentPlan { fee: money(4_560_000), ..plan() }), ["fee-contradiction"]);
    let same = Some(Decimal { unscaled: 45_550, scale: 2 });
    assert_eq!(codes(&TreatmentPlan { fee: same, ..plan() }), [""; 0], "zeros at the end are no difference");
    let mut open = plan();
    open.phases[0].fee = None;
    assert_eq!(codes(&open), [""; 0], "a fee that is not filled may be any");
    open.fee = None;
    let revenue = Value::Decimal(Decimal { unscaled: 2_900_000, scale: 4 });
    assert_eq!(row(&open).get(lead::REVENUE), Some(&revenue));
    let mut other = plan();
    (other.phases[0].ada_code, other.phases[1].status) = (Some("SRP".into()), Some("on hold".into()));
    assert_eq!(codes(&other), ["not-an-ada-code", "unknown-phase-status"]);
    assert_eq!(codes(&TreatmentPlan { phases: Vec::new(), ..plan() }), ["no-phases"]);
}

#[test]
fn a_plan_of_nobody_is_put_aside() {
    let nobodys = TreatmentPlan { patient_id: Some(" ".into()), ..plan() };
    assert_eq!(lead(&nobodys, &Context::at(&MODULE, NOW)).expect_err("nobody's").code, "no-patient");
}

#[test]
fn an_opportunity_has_no_email_or_phone_that_odoo_would_write_back() {
    let manifest = MODULE.manifest(&[]).expect("no settings");
    let writes_back = ["email_from", "phone", "mobile", "partner_name", "street", "city"];
    for target in manifest.targets.iter().filter(|target| target.model == "crm.lead") {
        assert!(target.fields.iter().all(|field| !writes_back.contains(&field.name.as_str())), "{}", target.object);
    }
}
