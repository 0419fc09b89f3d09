//! BrightChair visit → `mail.activity` on the client's partner.

use odograft_sdk::tabular::Row;
use odograft_sdk::text::{escaped, trimmed};
use odograft_sdk::time::day_of;
use odograft_sdk::{Context, Mapped, Rejection, external_id, info, reject, source, target, warning};

target! {
    /// BrightChair visit → `mail.activity`. An activity has a date only; the moment and the length go to fields of their own.
    pub activity: visit => "mail.activity" {
        SOURCE_ID = source_id() from [number];
        MODEL = many2one("res_model_id", "ir.model") from [client] .rule("the contacts' model");
        PARTNER = many2one_reference("res_id", "res.partner") from [client] .rule("the client's partner");
        TYPE = many2one("activity_type_id", "mail.activity.type") from [begins] .rule("a meeting");
        SUMMARY = char("summary") from [reason] .rule("the reason; `Appointment` where there is none");
        DEADLINE = date("date_deadline") from [begins] .rule("the day of the start, UTC");
        ACTIVE = boolean("active") from [state, begins] .rule("false once it is over, cancelled or missed: logged, not to do");
        DONE = date("date_done") from [state, begins] .rule("once it is over: the day of the start, UTC");
        NOTE = html("note") from [remark] .rule("escaped") .clinical();
        DENTIST = custom_char("x_dentist_name", "Dentist") from [dentist] .section("Appointment");
        START = custom_datetime("x_appointment_start", "Appointment start") from [begins] .rule("UTC") .section("Appointment");
        MINUTES = custom_integer("x_duration_minutes", "Duration (minutes)") from [minutes] .section("Appointment");
        STATE = custom_char("x_appointment_state", "Appointment state") from [state] .section("Appointment");
    }
}

/// States after which there is nothing left to do: done, cancelled, did not come.
const OVER: [&str; 3] = ["erledigt", "abgesagt", "nicht erschienen"];

/// The activity on the client's partner; nothing for a blocked time without a client.
///
/// # Errors
/// A visit without its start: an activity has a day.
pub fn activity(visit: &Row, context: &Context) -> Result<Mapped, Rejection> {
    let Some(client) = visit.parent else {
        let message = "a blocked time without a client has no place in Odoo";
        return Ok(Mapped { findings: vec![info("blocked-time", "visit.client", message)], ..Mapped::default() });
    };
    let Some(begins) = visit.instant("begins") else {
        return Err(reject("no-start", "visit.begins", "the start is missing or cannot be read"));
    };
    let state = trimmed(visit.text("state"));
    let word = state.as_deref().unwrap_or_default().to_lowercase();
    let over = OVER.contains(&word.as_str()) || begins.seconds < context.as_of.seconds;
    let minutes = visit.integer("minutes");
    let fitting = minutes.filter(|minutes| i32::try_from(*minutes).is_ok());

    let mut activity = activity::upsert(visit.id);
    activity.set(activity::MODEL, external_id("base.model_res_partner"));
    activity.set(activity::PARTNER, source("client", client));
    activity.set(activity::TYPE, external_id("mail.mail_activity_data_meeting"));
    let summary = trimmed(visit.text("reason"));
    activity.set(activity::SUMMARY, summary.map_or_else(|| "Appointment".into(), odograft_sdk::Text::from));
    activity.set(activity::DEADLINE, day_of(begins));
    activity.set(activity::ACTIVE, !over);
    if over {
        activity.set(activity::DONE, day_of(begins));
    }
    activity.set_or_clear(activity::NOTE, trimmed(visit.text("remark")).map(|remark| escaped(&remark)));
    activity.set_or_clear(activity::DENTIST, trimmed(visit.text("dentist")));
    activity.set(activity::START, begins);
    activity.set_or_clear(activity::MINUTES, fitting);
    activity.set_or_clear(activity::STATE, state);
    let mut mapped = Mapped::from(activity);
    if fitting.is_none() && minutes.is_some() {
        let message = "more minutes than Odoo's field can hold; left out";
        mapped.findings.push(warning("duration-out-of-range", "visit.minutes", message));
    }
    Ok(mapped)
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::examples::row;
    use odograft_sdk::{Date, Instant, Scalar, Upsert};

    use super::*;
    use crate::MODULE;

    const NINE: i64 = 1_790_758_800; // 2026-09-30T09:00:00Z

    fn visit(state: &str) -> Row {
        let begins = Scalar::Instant(Instant { seconds: NINE, nanoseconds: 0 });
        let cells = [("begins", begins), ("minutes", Scalar::Integer(30)), ("state", Scalar::Text(state.into()))];
        Row { parent: Some("17".into()), ..row("visit", "900", &cells) }
    }

    fn mapped(visit: &Row, as_of: i64) -> Upsert {
        let mapped = activity(visit, &Context::at(&MODULE, as_of)).expect("maps");
        mapped.only(&activity::TARGET).expect("one activity").clone()
    }

    #[test]
    fn a_coming_visit_is_scheduled() {
        let coming = mapped(&visit("geplant"), NINE - 86_400);
        assert_eq!((coming.get(activity::ACTIVE), coming.get(activity::DONE)), (Some(&Value::Boolean(true)), None));
        let day = Value::Date(Date { year: 2026, month: 9, day: 30 });
        assert_eq!((coming.get(activity::DEADLINE), coming.text(activity::SUMMARY)), (Some(&day), Some("Appointment")));
    }

    #[test]
    fn past_cancelled_and_missed_visits_are_logged_with_their_own_day() {
        for (state, as_of) in
            [("Erledigt", NINE - 1), ("abgesagt", NINE - 1), ("nicht erschienen", NINE - 1), ("geplant", NINE + 1)]
        {
            let past = mapped(&visit(state), as_of);
            assert_eq!(past.get(activity::ACTIVE), Some(&Value::Boolean(false)), "{state}");
            assert_eq!(past.get(activity::DONE), Some(&Value::Date(Date { year: 2026, month: 9, day: 30 })), "{state}");
            assert_eq!(past.text(activity::STATE), Some(state));
        }
    }

    #[test]
    fn a_visit_without_its_start_is_put_aside() {
        let nowhere =
            Row { parent: Some("17".into()), ..row("visit", "900", &[("begins", Scalar::Text("morgen".into()))]) };
        assert_eq!(activity(&nowhere, &Context::at(&MODULE, 0)).expect_err("no start").code, "no-start");
    }

    #[test]
    fn a_length_that_odoo_cannot_hold_is_left_out_with_a_remark() {
        let mut endless = visit("geplant");
        endless.cells[1].value = Scalar::Integer(2_147_483_648);
        let mapped = activity(&endless, &Context::at(&MODULE, 0)).expect("maps");
        assert_eq!(mapped.only(&activity::TARGET).expect("one").get(activity::MINUTES), Some(&Value::Empty));
        assert_eq!(mapped.findings[0].code, "duration-out-of-range");
    }

    #[test]
    fn a_blocked_time_is_a_remark_only() {
        let mapped = activity(&row("visit", "900", &[]), &Context::at(&MODULE, 0)).expect("maps");
        assert_eq!((mapped.upserts.len(), mapped.findings[0].code.as_str()), (0, "blocked-time"));
    }
}
