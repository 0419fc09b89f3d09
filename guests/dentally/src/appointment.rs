//! Dentally appointment → `mail.activity` on the patient's partner.

use odograft_sdk::dentally::Appointment;
use odograft_sdk::text::{escaped, joined, trimmed};
use odograft_sdk::time::day_of;
use odograft_sdk::{Context, Instant, Mapped, Rejection, external_id, info, source, target, warning};

target! {
    /// Dentally appointment → `mail.activity`. An activity has a date only; the moment and the
    /// length go to fields of their own.
    pub activity: appointment => "mail.activity" {
        SOURCE_ID = source_id() from [id];
        MODEL = many2one("res_model_id", "ir.model") from [patient_id] .rule("the contacts' model");
        PARTNER = many2one_reference("res_id", "res.partner") from [patient_id] .rule("the patient's partner");
        TYPE = many2one("activity_type_id", "mail.activity.type") from [state, start_time] .rule("a meeting; a call where the state is pending and the start lies ahead");
        SUMMARY = char("summary") from [reason, treatment_description] .rule("joined by a dash; `Appointment` when both are empty");
        DEADLINE = date("date_deadline") from [start_time] .rule("the day of the start, UTC");
        ACTIVE = boolean("active") from [state, start_time] .rule("false once it is over, cancelled or missed: logged, not to do");
        DONE = date("date_done") from [state, completed_at, start_time] .rule("once it is over: the day it was completed, else of the start");
        NOTE = html("note") from [notes] .rule("escaped") .clinical();
        USER = many2one("user_id", "res.users") from [practitioner_id] .rule("the practitioner's user");
        DENTIST = custom_char("x_dentist_name", "Dentist") from [practitioner_name] .section("Appointment");
        START = custom_datetime("x_appointment_start", "Appointment start") from [start_time] .rule("UTC") .section("Appointment");
        MINUTES = custom_integer("x_duration_minutes", "Duration (minutes)") from [duration, start_time, finish_time]
            .rule("the duration, else from start to finish") .section("Appointment");
        STATE = custom_char("x_appointment_state", "Appointment state") from [state] .section("Appointment");
        CREATED = custom_datetime("x_source_created_at", "Created in source") from [created_at] .rule("UTC") .section("Source");
    }
}

/// States after which there is nothing left to do.
const OVER: [&str; 3] = ["completed", "cancelled", "did not attend"];

/// The activity on the patient's partner; nothing for a blocked time without a patient.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn activity(a: &Appointment, context: &Context) -> Result<Mapped, Rejection> {
    let Some(patient) = a.patient_id else {
        let message = "a blocked time without a patient has no place in Odoo";
        return Ok(Mapped {
            findings: vec![info("blocked-time", "appointment.patient_id", message)],
            ..Mapped::default()
        });
    };
    let state = trimmed(a.state);
    let word = state.as_deref().unwrap_or_default().to_lowercase();
    let over = OVER.contains(&word.as_str()) || a.start_time.seconds < context.as_of.seconds;
    let call = word == "pending" && !over;

    let mut activity = activity::upsert(a.id);
    activity.set(activity::MODEL, external_id("base.model_res_partner"));
    activity.set(activity::PARTNER, source("patient", patient));
    let kind = if call { "mail.mail_activity_data_call" } else { "mail.mail_activity_data_meeting" };
    activity.set(activity::TYPE, external_id(kind));
    let summary = joined(&[a.reason.as_deref(), a.treatment_description.as_deref()], " - ");
    activity.set(activity::SUMMARY, summary.unwrap_or_else(|| "Appointment".to_owned()));
    activity.set(activity::DEADLINE, day_of(a.start_time));
    activity.set(activity::ACTIVE, !over);
    if over {
        activity.set(activity::DONE, day_of(a.completed_at.unwrap_or(a.start_time)));
    }
    activity.set_or_clear(activity::NOTE, trimmed(a.notes).map(|n| escaped(&n)));
    activity.set_some(activity::USER, a.practitioner_id.map(|id| source("practitioner", id)));
    activity.set_or_clear(activity::DENTIST, trimmed(a.practitioner_name));
    activity.set(activity::START, a.start_time);
    let minutes = a.duration.or_else(|| minutes(a.start_time, a.finish_time?));
    let fitting = minutes.filter(|minutes| i32::try_from(*minutes).is_ok());
    activity.set_or_clear(activity::MINUTES, fitting);
    activity.set_or_clear(activity::STATE, state);
    activity.set_some(activity::CREATED, a.created_at);
    let mut mapped = Mapped::from(activity);
    if fitting.is_none() && minutes.is_some() {
        let message = "more minutes than Odoo's field can hold; left out";
        mapped.findings.push(warning("duration-out-of-range", "appointment.duration", message));
    }
    Ok(mapped)
}

/// Whole minutes from start to finish; nothing when the finish lies before the start.
fn minutes(start: Instant, finish: Instant) -> Option<i64> {
    Some((finish.seconds - start.seconds) / 60).filter(|m| *m >= 0)
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::{Date, Upsert};

    use super::*;
    use crate::MODULE;

    const NINE: i64 = 1_790_758_800; // 2026-09-30T09:00:00Z

    fn moment(seconds: i64) -> Instant {
        Instant { seconds, nanoseconds: 0 }
    }

    fn appointment(state: &str) -> Appointment {
        Appointment {
            id: "900".into(),
            uuid: None,
            patient_id: Some("17".into()),
            practitioner_id: Some("3".into()),
            practitioner_name: Some("Dr A".into()),
            practitioner_site_id: None,
            room_id: None,
            payment_plan_id: None,
            start_time: moment(NINE),
            finish_time: Some(moment(NINE + 1_800)),
            duration: None,
            state: Some(state.into()),
            reason: Some("Exam".into()),
            notes: Some("bring <x-rays>".into()),
            treatment_description: None,
            appointment_cancellation_reason_id: None,
            pending_at: None,
            confirmed_at: None,
            arrived_at: None,
            in_surgery_at: None,
            completed_at: None,
            cancelled_at: None,
            did_not_attend_at: None,
            booked_via_api: None,
            created_at: None,
            updated_at: None,
            extra: Vec::new(),
        }
    }

    fn mapped(a: &Appointment, as_of: i64) -> Upsert {
        let mapped = activity(a, &Context::at(&MODULE, as_of)).expect("maps");
        mapped.only(&activity::TARGET).expect("one activity").clone()
    }

    #[test]
    fn a_coming_visit_is_scheduled() {
        let row = mapped(&appointment("Confirmed"), NINE - 86_400);
        assert_eq!(row.get(activity::ACTIVE), Some(&Value::Boolean(true)));
        assert_eq!(row.get(activity::DONE), None);
        assert_eq!(row.get(activity::DEADLINE), Some(&Value::Date(Date { year: 2026, month: 9, day: 30 })));
        assert_eq!(row.get(activity::MINUTES), Some(&Value::Integer(30)));
        assert_eq!(row.text(activity::NOTE), Some("bring &lt;x-rays&gt;"));
    }

    #[test]
    fn past_cancelled_and_missed_visits_are_logged_with_their_own_date() {
        for (state, as_of) in
            [("Completed", NINE + 1), ("Cancelled", NINE - 1), ("Did not attend", NINE + 1), ("Pending", NINE + 1)]
        {
            let row = mapped(&appointment(state), as_of);
            assert_eq!(row.get(activity::ACTIVE), Some(&Value::Boolean(false)), "{state}");
            assert_eq!(row.get(activity::DONE), Some(&Value::Date(Date { year: 2026, month: 9, day: 30 })), "{state}");
            assert_eq!(row.text(activity::STATE), Some(state));
        }
    }

    #[test]
    fn a_length_that_odoo_cannot_hold_is_left_out_with_a_remark() {
        let endless = Appointment { duration: Some(2_147_483_648), ..appointment("Confirmed") };
        let mapped = activity(&endless, &Context::at(&MODULE, 0)).expect("maps");
        let row = mapped.only(&activity::TARGET).expect("one activity");
        assert_eq!(row.get(activity::MINUTES), Some(&Value::Empty));
        assert_eq!(mapped.findings[0].code, "duration-out-of-range");
    }

    #[test]
    fn a_blocked_time_is_a_remark_only() {
        let blocked = Appointment { patient_id: None, ..appointment("Pending") };
        let mapped = activity(&blocked, &Context::at(&MODULE, 0)).expect("maps");
        assert!(mapped.upserts.is_empty());
        assert_eq!(mapped.findings[0].code, "blocked-time");
    }
}
