use odograft_sdk::bindings::transform::effects::Value;
use odograft_sdk::time::parse_day;
use odograft_sdk::{Date, Upsert};

use super::*;
use crate::MODULE;
use crate::examples;

const NINE: i64 = 1_790_758_800; // 2026-09-30T09:00:00Z

fn moment(seconds: i64) -> Instant {
    Instant { seconds, nanoseconds: 0 }
}

fn day() -> Date {
    parse_day("2026-09-30").expect("a day")
}

fn visit(status: &str) -> Appointment {
    Appointment {
        patient_id: Some("17".into()),
        practitioner_id: Some("D1".into()),
        practitioner_name: Some("Dr Lee".into()),
        starts_on: Some(day()),
        duration: Some(45),
        procedure_type: Some("Crown prep".into()),
        status: Some(status.into()),
        ..examples::appointment("A1", moment(NINE))
    }
}

fn mapped(a: &Appointment, as_of: i64) -> Mapped {
    appointment(a, &Context::at(&MODULE, as_of)).expect("maps")
}

fn activity(a: &Appointment, as_of: i64) -> Upsert {
    mapped(a, as_of).only(&activity::TARGET).expect("one activity").clone()
}

#[test]
fn a_coming_visit_is_to_do_on_its_day() {
    let row = activity(&visit("Confirmed"), NINE - 86_400);
    assert_eq!(row.get(activity::ACTIVE), Some(&Value::Boolean(true)));
    assert_eq!(row.get(activity::DONE), None);
    assert_eq!(row.get(activity::DEADLINE), Some(&Value::Date(day())));
    assert_eq!(row.get(activity::START), Some(&Value::Datetime(moment(NINE))));
    assert_eq!(row.get(activity::MINUTES), Some(&Value::Integer(45)));
    assert_eq!(row.get(activity::USER), Some(&Value::Reference(source("practitioner", "D1"))));
    assert_eq!((row.text(activity::SUMMARY), row.text(activity::DENTIST)), (Some("Crown prep"), Some("Dr Lee")));
}

#[test]
fn past_cancelled_and_missed_visits_are_logged_with_their_own_date() {
    for (status, as_of) in [
        ("Completed", NINE - 1),
        ("CANCELLED ", NINE - 1),
        ("No-Show", NINE - 1),
        ("", NINE + 1),
        ("Confirmed", NINE + 1),
    ] {
        let row = activity(&visit(status), as_of);
        assert_eq!(row.get(activity::ACTIVE), Some(&Value::Boolean(false)), "{status}");
        assert_eq!(row.get(activity::DONE), Some(&Value::Date(day())), "{status}");
    }
}

#[test]
fn the_day_is_the_one_that_the_practices_clocks_showed() {
    // 19:30 in Chicago is the next day in UTC.
    let evening = Appointment { starts_at: moment(NINE + 55_800), ..visit("") };
    assert_eq!(activity(&evening, 0).get(activity::DEADLINE), Some(&Value::Date(day())));
    let without = Appointment { starts_on: None, ..evening };
    assert_eq!(
        activity(&without, 0).get(activity::DEADLINE),
        Some(&Value::Date(parse_day("2026-10-01").expect("a day")))
    );
}

#[test]
fn the_type_is_made_once_and_referred_to() {
    let recall = Appointment { procedure_type: Some("Recall".into()), ..visit("") };
    let mapped = mapped(&recall, 0);
    let kind = mapped.only(&activity_type::TARGET).expect("one type");
    assert_eq!(kind.text(activity_type::NAME), Some("Follow-up"));
    let row = mapped.only(&activity::TARGET).expect("one activity");
    assert_eq!(row.get(activity::TYPE), Some(&Value::Reference(source("activity-type", "Follow-up"))));
    let silent = activity(&Appointment { procedure_type: Some(" ".into()), ..visit("") }, 0);
    assert_eq!(silent.text(activity::SUMMARY), Some("Dental Appointment"));
}

#[test]
fn notes_keep_their_mark_up_and_lose_what_runs() {
    let note = |notes: &str| {
        let row = activity(&Appointment { notes: Some(notes.into()), ..visit("") }, 0);
        row.text(activity::NOTE).map(str::to_owned)
    };
    assert_eq!(note("<p onclick='x()'>Seen <b>today</b></p>").as_deref(), Some("<p>Seen <b>today</b></p>"));
    assert_eq!(note("<p>One<script>steal()</script> two</p>").as_deref(), Some("<p>One two</p>"));
    assert_eq!(note("Fee < 50 & > 40\nagreed").as_deref(), Some("Fee &lt; 50 &amp; &gt; 40<br>agreed"));
    assert_eq!(note("<img src=x onerror=alert(1)>"), Some("&lt;img src=x onerror=alert(1)&gt;".to_owned()));
    assert_eq!(note("  "), None);
}

#[test]
fn an_event_takes_the_visits_time() {
    let event = |a: &Appointment| {
        let context = Context::at(&MODULE, 0).set("appointments", "both");
        let mapped = appointment(a, &context).expect("maps");
        let codes: Vec<_> = mapped.findings.iter().map(|finding| finding.code.clone()).collect();
        (mapped.only(&event::TARGET).expect("one event").clone(), codes)
    };
    let (row, codes) = event(&visit("Confirmed"));
    assert_eq!(row.get(event::STOP), Some(&Value::Datetime(moment(NINE + 45 * 60))));
    assert_eq!(row.get(event::PARTNERS), Some(&Value::References(vec![source("patient", "17")])));
    assert_eq!((row.get(event::ACTIVE), codes), (Some(&Value::Boolean(true)), vec![]));
    let (row, codes) = event(&Appointment { duration: None, ..visit("Broken") });
    assert_eq!(row.get(event::STOP), Some(&Value::Datetime(moment(NINE + 30 * 60))));
    assert_eq!((row.get(event::ACTIVE), codes), (Some(&Value::Boolean(false)), vec!["no-duration".to_owned()]));
}

#[test]
fn a_length_that_cannot_be_is_left_out_with_a_remark() {
    for minutes in [-5, 10_081, i64::MAX] {
        let mapped = mapped(&Appointment { duration: Some(minutes), ..visit("") }, 0);
        assert_eq!(mapped.only(&activity::TARGET).expect("one").get(activity::MINUTES), Some(&Value::Empty));
        assert_eq!(mapped.findings[0].code, "duration-out-of-range");
    }
}

#[test]
fn a_blocked_time_is_nobodys_activity() {
    let mapped = mapped(&Appointment { patient_id: Some(" ".into()), ..visit("") }, 0);
    assert!(mapped.only(&activity::TARGET).is_none());
    assert_eq!(mapped.findings[0].code, "blocked-time");
    let event = mapped.only(&event::TARGET).expect("the calendar has it");
    assert_eq!(event.get(event::PARTNERS), Some(&Value::References(vec![])));
}
