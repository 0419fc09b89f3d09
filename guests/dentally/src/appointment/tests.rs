use odograft_sdk::bindings::transform::effects::Value;
use odograft_sdk::{Date, Reference, examples};

use super::*;
use crate::MODULE;

const NINE: i64 = 1_790_758_800; // 2026-09-30T09:00:00Z
const DAY: Date = Date { year: 2026, month: 9, day: 30 };

fn moment(seconds: i64) -> Instant {
    Instant { seconds, nanoseconds: 0 }
}

fn visit(state: &str) -> Appointment {
    Appointment {
        patient_id: Some("17".into()),
        practitioner_id: Some("3".into()),
        practitioner_name: Some("Dr A".into()),
        practitioner_site_id: Some("north".into()),
        finish_time: Some(moment(NINE + 1_800)),
        state: Some(state.into()),
        reason: Some("Exam".into()),
        notes: Some("bring <x-rays>".into()),
        ..examples::appointment("900", moment(NINE))
    }
}

fn mapped(a: &Appointment, context: &Context) -> Mapped {
    appointment(a, context).expect("maps")
}

fn at(as_of: i64) -> Context {
    Context::at(&MODULE, as_of)
}

fn row(a: &Appointment, as_of: i64) -> Upsert {
    mapped(a, &at(as_of)).only(&activity::TARGET).expect("one activity").clone()
}

fn event_of(a: &Appointment) -> Upsert {
    mapped(a, &at(0)).only(&event::event::TARGET).expect("one event").clone()
}

fn codes(a: &Appointment) -> Vec<String> {
    mapped(a, &at(0)).findings.into_iter().map(|finding| finding.code).collect()
}

#[test]
fn a_coming_visit_is_scheduled() {
    let row = row(&visit("Confirmed"), NINE - 86_400);
    assert_eq!(row.get(activity::ACTIVE), Some(&Value::Boolean(true)));
    assert_eq!(row.get(activity::DONE), None);
    assert_eq!(row.get(activity::DEADLINE), Some(&Value::Date(DAY)));
    assert_eq!(row.get(activity::START), Some(&Value::Datetime(moment(NINE))));
    assert_eq!(row.get(activity::MINUTES), Some(&Value::Integer(30)));
    assert_eq!(row.text(activity::NOTE), Some("bring &lt;x-rays&gt;"));
}

#[test]
fn past_cancelled_and_missed_visits_are_logged_with_their_own_date() {
    for (state, as_of) in [
        ("Completed", NINE + 1),
        ("Cancelled", NINE - 1),
        ("Did not attend", NINE + 1),
        ("did_not_attend", NINE - 1),
        ("Pending", NINE + 1),
    ] {
        let row = row(&visit(state), as_of);
        assert_eq!(row.get(activity::ACTIVE), Some(&Value::Boolean(false)), "{state}");
        assert_eq!(row.get(activity::DONE), Some(&Value::Date(DAY)), "{state}");
        assert_eq!(row.text(activity::STATE), Some(state), "as Dentally writes it");
    }
}

#[test]
fn the_day_is_the_one_that_the_practices_clocks_showed() {
    // 16:30 in Vancouver on the 29th is past midnight in UTC; 8:30 in Sydney on the 1st is the evening before.
    let afternoon = Appointment { start_time: moment(NINE - 9 * 3_600 + 1_800), ..visit("Confirmed") };
    let morning = Appointment { start_time: moment(NINE + 13 * 3_600 + 1_800), ..visit("Confirmed") };
    let deadline = |a: &Appointment, hours: &str| {
        let mapped = mapped(a, &at(0).set("utc_offset", hours));
        mapped.only(&activity::TARGET).expect("one activity").get(activity::DEADLINE).cloned()
    };
    assert_eq!(deadline(&afternoon, "-8"), Some(Value::Date(Date { day: 29, ..DAY })));
    assert_eq!(deadline(&morning, "10"), Some(Value::Date(Date { year: 2026, month: 10, day: 1 })));
    assert_eq!((deadline(&afternoon, "0"), deadline(&morning, "0")), (Some(Value::Date(DAY)), Some(Value::Date(DAY))));
}

#[test]
fn the_type_comes_with_the_activity() {
    let mapped = mapped(&visit("Confirmed"), &at(0));
    let activity = mapped.only(&activity::TARGET).expect("one activity");
    let Some(Value::Reference(Reference::Source(key))) = activity.get(activity::TYPE) else { panic!("a type") };
    assert_eq!((key.object.as_str(), &*key.id), ("activity_type", "Exam"));
    assert_eq!(
        mapped.only(&kind::of_appointment::TARGET).expect("its type").text(kind::of_appointment::NAME),
        Some("Exam")
    );
}

#[test]
fn a_cancelled_visit_tells_why_and_when() {
    let cancelled = Appointment {
        appointment_cancellation_reason_id: Some("c1".into()),
        pending_at: Some(moment(NINE - 86_400)),
        cancelled_at: Some(moment(NINE - 3_600)),
        ..visit("Cancelled")
    };
    let lists = r#"{"appointment_cancellation_reason": {"c1": {"reason": "Patient unwell"}}}"#;
    let told = |a: &Appointment, lists: &str| mapped(a, &at(0).set("lists", lists));
    let listed = told(&cancelled, lists);
    let row = listed.only(&activity::TARGET).expect("one activity");
    assert_eq!(row.text(activity::CANCELLED), Some("Patient unwell"));
    let steps = "Pending: 2026-09-29T09:00:00Z\nCancelled: 2026-09-30T08:00:00Z";
    assert_eq!(row.text(activity::STEPS), Some(steps));
    let gone = Appointment { appointment_cancellation_reason_id: Some("c9".into()), ..cancelled };
    let unlisted = told(&gone, lists);
    assert_eq!(unlisted.only(&activity::TARGET).expect("one activity").text(activity::CANCELLED), Some("c9"));
    assert_eq!(unlisted.findings[0].code, "not-in-list");
}

#[test]
fn who_treats_is_told_even_where_the_diary_is_silent() {
    let silent = Appointment { practitioner_name: None, ..visit("Confirmed") };
    assert_eq!(row(&visit("Confirmed"), 0).text(activity::DENTIST), Some("Dr A"));
    assert_eq!(row(&silent, 0).text(activity::DENTIST), Some("3"));
}

#[test]
fn a_length_that_is_none_is_left_out_with_a_remark() {
    let minutes = |duration, finish: i64| {
        let odd = Appointment { duration, finish_time: Some(moment(finish)), ..visit("Confirmed") };
        (row(&odd, 0).get(activity::MINUTES).cloned(), codes(&odd))
    };
    let out = |codes: &[&str]| codes.iter().map(|&code| code.to_owned()).collect::<Vec<_>>();
    assert_eq!(minutes(Some(2_147_483_648), NINE), (Some(Value::Empty), out(&["duration-out-of-range"])));
    assert_eq!(minutes(Some(-5), NINE), (Some(Value::Empty), out(&["duration-out-of-range"])));
    assert_eq!(minutes(Some(20), NINE - 60), (Some(Value::Integer(20)), out(&["finish-before-start"])));
    assert_eq!(minutes(None, NINE - 60), (Some(Value::Empty), out(&["finish-before-start"])));
    assert_eq!(minutes(None, i64::MIN).0, Some(Value::Empty));
}

#[test]
fn a_state_that_nobody_knows_is_told() {
    assert_eq!(codes(&visit("Teleported")), ["unknown-state"]);
    assert!(codes(&visit("In surgery")).is_empty() && codes(&visit(" ")).is_empty());
}

#[test]
fn a_blocked_time_is_no_activity() {
    let blocked = Appointment { patient_id: None, reason: None, ..visit("Pending") };
    let mapped = mapped(&blocked, &at(0));
    assert!(mapped.only(&activity::TARGET).is_none() && mapped.only(&kind::of_appointment::TARGET).is_none());
    assert_eq!(mapped.findings[0].code, "blocked-time");
    let event = mapped.only(&event::event::TARGET).expect("the time is taken in the calendar");
    assert_eq!(event.get(event::event::PARTNERS), Some(&Value::References(Vec::new())));
    assert_eq!(event.text(event::event::NAME), Some("Appointment"));
}

#[test]
fn an_event_has_its_time_and_place() {
    let visit = Appointment {
        treatment_description: Some("6 month check".into()),
        room_id: Some("4".into()),
        ..visit("Confirmed")
    };
    let event = event_of(&visit);
    assert_eq!(event.text(event::event::NAME), Some("Exam - 6 month check"));
    assert_eq!(event.get(event::event::STOP), Some(&Value::Datetime(moment(NINE + 1_800))));
    assert_eq!(event.get(event::event::PARTNERS), Some(&Value::References(vec![source("patient", "17")])));
    assert_eq!(event.text(event::event::LOCATION), Some("north, room 4"));
    assert_eq!(event.get(event::event::ACTIVE), Some(&Value::Boolean(true)));
}

#[test]
fn an_event_never_ends_before_it_begins() {
    let stop = |duration, finish: Option<i64>| {
        let a = Appointment { duration, finish_time: finish.map(moment), ..visit("Confirmed") };
        event_of(&a).get(event::event::STOP).cloned()
    };
    let after = |minutes: i64| Some(Value::Datetime(moment(NINE + 60 * minutes)));
    assert_eq!(stop(Some(20), None), after(20));
    assert_eq!(stop(Some(20), Some(NINE - 60)), after(20));
    assert_eq!(stop(None, None), after(30));
    assert_eq!(stop(Some(1 << 30), None), after(30));
    assert_eq!(stop(Some(-5), None), after(30));
    let last = moment(253_402_300_799);
    let at_the_end = Appointment { start_time: last, finish_time: None, ..visit("Confirmed") };
    assert_eq!(event_of(&at_the_end).get(event::event::STOP), Some(&Value::Datetime(last)));
}

#[test]
fn cancelled_and_missed_visits_take_nobodys_time() {
    for (state, active) in [("Cancelled", false), ("Did not attend", false), ("Completed", true), ("Pending", true)] {
        assert_eq!(event_of(&visit(state)).get(event::event::ACTIVE), Some(&Value::Boolean(active)), "{state}");
    }
}
