//! Appointment → `mail.activity` on the patient's `crm.lead`, or `calendar.event`, or both.

use odograft_sdk::practice_by_numbers::Appointment;
use odograft_sdk::text::{escaped, joined, trimmed};
use odograft_sdk::time::{at_hour, day_of, days_between};
use odograft_sdk::{
    Context, Date, Finding, Instant, Mapped, Rejection, Span, Upsert, external_id, info, reject, source, target,
    warning,
};

use crate::{amounts, names, provider};

target! {
    /// The lead that carries a patient's appointments.
    pub lead: appointment => "crm.lead" .many_to_one().only_when("appointments", &["activity", "both"])
        .note("one for each patient who has appointments") {
        SOURCE_ID = source_id() from [patient_id];
        NAME = char("name") from [patient_name, patient_id] .rule("`Appointments` and the patient's name, else number");
        KIND = selection("type", &[("opportunity", "Opportunity")]) from [] .rule("always an opportunity");
        PARTNER = many2one("partner_id", "res.partner") from [patient_id] .rule("the patient's contact, without an e-mail or phone of its own");
        OWNER = many2one("user_id", "res.users") from [] .rule("nobody: each activity has its own provider");
    }
}

target! {
    /// Appointment → `mail.activity`. An activity has a date only; the moment and the length go to fields of their own.
    pub activity: appointment => "mail.activity" .only_when("appointments", &["activity", "both"]) {
        SOURCE_ID = source_id() from [id];
        MODEL = many2one("res_model_id", "ir.model") from [] .rule("the leads' model");
        LEAD = many2one_reference("res_id", "crm.lead") from [patient_id] .rule("the patient's lead");
        TYPE = many2one("activity_type_id", "mail.activity.type") from [] .rule("always a meeting");
        SUMMARY = char("summary") from [procedures] .rule("the procedures; `Appointment` where none is named");
        NOTE = html("note") from [time, date, starts_at] .rule("the time as entered, where it is none of the day's");
        DEADLINE = date("date_deadline") from [date, starts_at] .rule("the practice's day; of a moment alone, its day in UTC");
        ACTIVE = boolean("active") from [status, starts_at, date, time] .rule("false once it is over, cancelled or missed: logged, not to do");
        DONE = date("date_done") from [status, starts_at, date, time] .rule("once it is over: its own day");
        USER = many2one("user_id", "res.users") from [provider] .rule("the provider's user, found by number or name");
        PROVIDER = custom_char("x_provider_name", "Provider") from [provider] .section("Appointment");
        START = custom_datetime("x_appointment_start", "Appointment start") from [starts_at, date, time] .rule("UTC") .section("Appointment");
        MINUTES = custom_integer("x_duration_minutes", "Duration (minutes)") from [length] .section("Appointment");
        STATE = custom_char("x_appointment_state", "Appointment state") from [status] .section("Appointment");
        OPERATORY = custom_char("x_operatory", "Operatory") from [operatory] .section("Appointment");
        PRODUCTION = custom_float("x_production", "Production") from [production] .section("Appointment");
    }
}

target! {
    /// Appointment → `calendar.event`, which has a time and a length.
    pub event: appointment => "calendar.event" .only_when("appointments", &["calendar", "both"]) {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [procedures] .rule("the procedures; `Appointment` where none is named");
        START = datetime("start") from [starts_at, date, time] .rule("UTC; 8:00 of the day where it has no time");
        STOP = datetime("stop") from [starts_at, date, time, length] .rule("UTC; the start where it has no length, 18:00 of the day where it has no time");
        ALL_DAY = boolean("allday") from [starts_at, date, time] .rule("where it has no time");
        USER = many2one("user_id", "res.users") from [provider] .rule("the provider's user, found by number or name");
        PARTNERS = many2many("partner_ids", "res.partner") from [patient_id] .rule("the patient's contact");
        DESCRIPTION = html("description") from [provider, operatory, production, time, date, starts_at] .rule("one line for each");
        ACTIVE = boolean("active") from [status] .rule("false for those cancelled or missed, so that their time is free");
        STATE = custom_char("x_appointment_state", "Appointment state") from [status];
    }
}

/// Words of states in which nobody came.
const CALLED_OFF: [&str; 7] = ["cancel", "broken", "no show", "noshow", "missed", "failed", "did not attend"];

/// Beginnings of states after which there is nothing left to do.
const DONE: [&str; 3] = ["complet", "checked out", "dismissed"];

/// What an appointment says of when it is and what became of it.
struct Visit {
    day: Date,
    called_off: bool,
    over: bool,
    /// A time that is none of the day's.
    odd_time: Option<Span>,
    minutes: Option<i64>,
    summary: Option<Span>,
}

/// The activity on the patient's lead and the calendar's event, of which the settings leave one or both; nothing for a
/// blocked time without a patient.
///
/// # Errors
/// An appointment whose day cannot be read: Odoo has no place for one without.
pub fn activity(a: &Appointment, context: &Context) -> Result<Mapped, Rejection> {
    let Some(patient) = trimmed(a.patient_id) else {
        let message = "a blocked time without a patient has no place in Odoo";
        let findings = vec![info("blocked-time", "appointment.patient_id", message)];
        return Ok(Mapped { findings, ..Mapped::default() });
    };
    let visit = visit(a, context.as_of)?;
    let mut activity = scheduled(a, patient, &visit);
    let mut findings = activity.set_extras(&a.extra, context);
    findings.extend(length(a, visit.minutes));
    Ok(Mapped { upserts: vec![lead(a, patient), activity, meeting(a, patient, &visit)], findings, ..Mapped::default() })
}

fn visit(a: &Appointment, now: Instant) -> Result<Visit, Rejection> {
    let message =
        "neither `date` nor `starts_at` is a day; hint: check the order of the numbers that the manifest declares";
    let day =
        a.date.or_else(|| a.starts_at.map(day_of)).ok_or_else(|| reject("no-date", "appointment.date", message))?;
    let word = trimmed(a.status).map_or(String::new(), |status| status.to_lowercase().replace(['-', '_'], " "));
    let called_off = CALLED_OFF.iter().any(|state| word.contains(state));
    let done = DONE.iter().any(|state| word.starts_with(state));
    let past = a.starts_at.map_or_else(|| days_between(day, day_of(now)) > 0, |start| start.seconds < now.seconds);
    Ok(Visit {
        day,
        called_off,
        over: called_off || done || past,
        odd_time: trimmed(a.time).filter(|_| a.starts_at.is_none()),
        minutes: a.length.filter(|minutes| i32::try_from(*minutes).is_ok_and(|minutes| minutes >= 0)),
        summary: trimmed(a.procedures),
    })
}

fn lead(a: &Appointment, patient: Span) -> Upsert {
    let mut lead = lead::upsert(patient).on("patient");
    lead.set(lead::NAME, names::of_lead("Appointments", a.patient_name, &patient));
    lead.set(lead::KIND, "opportunity");
    lead.set(lead::PARTNER, source("patient", patient));
    lead.clear(lead::OWNER);
    lead
}

fn scheduled(a: &Appointment, patient: Span, visit: &Visit) -> Upsert {
    let mut activity = activity::upsert(a.id);
    activity.set(activity::MODEL, external_id("crm.model_crm_lead"));
    activity.set(activity::LEAD, source("patient", patient));
    activity.set(activity::TYPE, external_id("mail.mail_activity_data_meeting"));
    activity.set(activity::SUMMARY, visit.summary.map_or_else(|| "Appointment".into(), odograft_sdk::Text::from));
    activity.set_or_clear(activity::NOTE, visit.odd_time.map(|time| escaped(&format!("Time: {}", &*time))));
    activity.set(activity::DEADLINE, visit.day);
    activity.set(activity::ACTIVE, !visit.over);
    activity.set_some(activity::DONE, visit.over.then_some(visit.day));
    activity.set_some(activity::USER, provider::reference(a.provider));
    activity.set_or_clear(activity::PROVIDER, trimmed(a.provider));
    activity.set_or_clear(activity::START, a.starts_at);
    activity.set_or_clear(activity::MINUTES, visit.minutes);
    activity.set_or_clear(activity::STATE, trimmed(a.status));
    activity.set_or_clear(activity::OPERATORY, trimmed(a.operatory));
    activity.set_or_clear(activity::PRODUCTION, a.production.map(amounts::as_float));
    activity
}

fn meeting(a: &Appointment, patient: Span, visit: &Visit) -> Upsert {
    let start = a.starts_at.unwrap_or_else(|| at_hour(visit.day, 8));
    let length = visit.minutes.unwrap_or(0) * 60;
    let stop = match a.starts_at {
        Some(start) => Instant { seconds: start.seconds.saturating_add(length), ..start },
        None => at_hour(visit.day, 18),
    };
    let line = |what: &str, value: Option<&str>| value.map(|value| format!("{what}: {value}"));
    let production = a.production.map(|amount| amount.to_string());
    let lines = [
        line("Provider", trimmed(a.provider).as_deref()),
        line("Operatory", trimmed(a.operatory).as_deref()),
        line("Production", production.as_deref()),
        line("Time", visit.odd_time.as_deref()),
    ];
    let mut event = event::upsert(a.id);
    event.set(event::NAME, visit.summary.map_or_else(|| "Appointment".into(), odograft_sdk::Text::from));
    event.set(event::START, start);
    event.set(event::STOP, stop);
    event.set(event::ALL_DAY, a.starts_at.is_none());
    event.set_some(event::USER, provider::reference(a.provider));
    event.set(event::PARTNERS, vec![source("patient", patient)]);
    let lines = joined(&lines.each_ref().map(Option::as_deref), "\n");
    event.set_or_clear(event::DESCRIPTION, lines.map(|lines| escaped(&lines)));
    event.set(event::ACTIVE, !visit.called_off);
    event.set_or_clear(event::STATE, trimmed(a.status));
    event
}

/// A length that was left out.
fn length(a: &Appointment, minutes: Option<i64>) -> Option<Finding> {
    let message = "the length is negative or more than Odoo's field holds; left out";
    (a.length.is_some() && minutes.is_none()).then(|| warning("length-out-of-range", "appointment.length", message))
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;

    use super::*;
    use crate::{MODULE, examples};

    const NINE: i64 = 1_790_758_800; // 2026-09-30T09:00:00Z
    const DAY: Date = Date { year: 2026, month: 9, day: 30 };

    fn moment(seconds: i64) -> Instant {
        Instant { seconds, nanoseconds: 0 }
    }

    fn visit(status: &str) -> Appointment {
        Appointment {
            patient_name: Some("Moss, Ann".into()),
            date: Some(DAY),
            time: Some("10:00 AM".into()),
            starts_at: Some(moment(NINE)),
            length: Some(45),
            provider: Some("Lee, Sam".into()),
            operatory: Some("Op 1".into()),
            status: Some(status.into()),
            procedures: Some("D1110, D0120".into()),
            production: Some(examples::cents(18_050)),
            ..examples::appointment("900")
        }
    }

    fn mapped(a: &Appointment, as_of: i64) -> Mapped {
        activity(a, &Context::at(&MODULE, as_of)).expect("maps")
    }

    fn row(a: &Appointment, as_of: i64) -> Upsert {
        mapped(a, as_of).only(&activity::TARGET).expect("one activity").clone()
    }

    #[test]
    fn a_coming_visit_is_to_do_on_the_patients_lead() {
        let mapped = mapped(&visit("Confirmed"), NINE - 86_400);
        let lead = mapped.only(&lead::TARGET).expect("one lead");
        assert_eq!((lead.text(lead::SOURCE_ID), lead.text(lead::NAME)), (Some("17"), Some("Appointments - Ann Moss")));
        assert_eq!(lead.get(lead::PARTNER), Some(&Value::Reference(source("patient", "17"))));
        let row = mapped.only(&activity::TARGET).expect("one activity");
        assert_eq!(row.get(activity::LEAD), Some(&Value::Reference(source("patient", "17"))));
        assert_eq!(row.get(activity::MODEL), Some(&Value::Reference(external_id("crm.model_crm_lead"))));
        assert_eq!(row.get(activity::ACTIVE), Some(&Value::Boolean(true)));
        assert_eq!((row.get(activity::DONE), row.get(activity::NOTE)), (None, Some(&Value::Empty)));
        assert_eq!(row.get(activity::DEADLINE), Some(&Value::Date(DAY)));
        assert_eq!(row.get(activity::MINUTES), Some(&Value::Integer(45)));
        assert_eq!(row.get(activity::PRODUCTION), Some(&Value::Float(180.5)));
        assert_eq!(row.text(activity::SUMMARY), Some("D1110, D0120"));
        assert_eq!(row.get(activity::USER), provider::reference(Some("Sam Lee".into())).map(Value::Reference).as_ref());
        assert_eq!(mapped.findings, []);
    }

    #[test]
    fn what_is_over_cancelled_or_missed_is_logged_on_its_own_day() {
        for (status, as_of) in [
            ("Completed", NINE - 1),
            ("Cancelled", NINE - 1),
            ("Patient canceled - short notice", NINE - 1),
            ("No-Show", NINE - 1),
            ("BROKEN", NINE - 1),
            ("Scheduled", NINE + 1),
        ] {
            let row = row(&visit(status), as_of);
            assert_eq!(row.get(activity::ACTIVE), Some(&Value::Boolean(false)), "{status}");
            assert_eq!(row.get(activity::DONE), Some(&Value::Date(DAY)), "{status}");
            assert_eq!(row.text(activity::STATE), Some(status));
        }
        for status in ["Scheduled", "Incomplete", ""] {
            assert_eq!(row(&visit(status), NINE - 1).get(activity::ACTIVE), Some(&Value::Boolean(true)), "{status}");
        }
    }

    #[test]
    fn a_visit_without_a_time_has_its_day() {
        let noon = Appointment { starts_at: None, time: Some("at noon".into()), ..visit("Scheduled") };
        let today = row(&noon, NINE + 3_600);
        assert_eq!(today.get(activity::ACTIVE), Some(&Value::Boolean(true)), "the day is not over");
        assert_eq!(
            (today.get(activity::START), today.text(activity::NOTE)),
            (Some(&Value::Empty), Some("Time: at noon"))
        );
        assert_eq!(row(&noon, NINE + 86_400).get(activity::ACTIVE), Some(&Value::Boolean(false)));
        let event = mapped(&noon, 0).only(&event::TARGET).expect("one event").clone();
        assert_eq!(event.get(event::ALL_DAY), Some(&Value::Boolean(true)));
        assert_eq!(event.get(event::STOP), Some(&Value::Datetime(moment(NINE + 9 * 3_600))));
        let moment_alone = Appointment { date: None, time: None, ..visit("Scheduled") };
        assert_eq!(row(&moment_alone, 0).get(activity::DEADLINE), Some(&Value::Date(DAY)));
    }

    #[test]
    fn the_calendar_has_the_time_and_the_length() {
        let event = mapped(&visit("Confirmed"), 0).only(&event::TARGET).expect("one event").clone();
        assert_eq!(event.get(event::START), Some(&Value::Datetime(moment(NINE))));
        assert_eq!(event.get(event::STOP), Some(&Value::Datetime(moment(NINE + 45 * 60))));
        assert_eq!(event.get(event::ACTIVE), Some(&Value::Boolean(true)));
        assert_eq!(event.get(event::PARTNERS), Some(&Value::References(vec![source("patient", "17")])));
        let lines = "Provider: Lee, Sam<br>Operatory: Op 1<br>Production: 180.50";
        assert_eq!(event.text(event::DESCRIPTION), Some(lines));
        let missed = mapped(&visit("Missed"), 0).only(&event::TARGET).expect("one event").clone();
        assert_eq!(missed.get(event::ACTIVE), Some(&Value::Boolean(false)));
    }

    #[test]
    fn the_setting_says_where_appointments_go() {
        let models = |setting: &str| {
            let context = Context::at(&MODULE, 0).set("appointments", setting);
            let settings = [odograft_sdk::bindings::transform::manifest::Setting {
                name: "appointments".into(),
                value: setting.into(),
            }];
            let manifest = MODULE.manifest(&settings).expect("allowed");
            let of = manifest.targets.iter().filter(|target| target.object == "appointment");
            assert_eq!(activity(&visit(""), &context).expect("maps").upserts.len(), 3);
            of.map(|target| target.model.clone()).collect::<Vec<_>>()
        };
        assert_eq!(models("activity"), ["crm.lead", "mail.activity"]);
        assert_eq!(models("calendar"), ["calendar.event"]);
        assert_eq!(models("both"), ["crm.lead", "mail.activity", "calendar.event"]);
    }

    #[test]
    fn what_cannot_be_placed_is_told() {
        let blocked = Appointment { patient_id: Some(" ".into()), ..visit("") };
        let mapped = mapped(&blocked, 0);
        assert!(mapped.upserts.is_empty());
        assert_eq!(mapped.findings[0].code, "blocked-time");
        let dayless = Appointment { date: None, starts_at: None, ..visit("") };
        let rejection = activity(&dayless, &Context::at(&MODULE, 0)).expect_err("no day");
        assert_eq!((rejection.code.as_str(), rejection.field.as_deref()), ("no-date", Some("appointment.date")));
        for length in [-1, 2_147_483_648] {
            let odd = Appointment { length: Some(length), ..visit("") };
            let mapped = activity(&odd, &Context::at(&MODULE, 0)).expect("maps");
            assert_eq!(mapped.findings[0].code, "length-out-of-range");
            assert_eq!(mapped.upserts[1].get(activity::MINUTES), Some(&Value::Empty));
        }
    }

    #[test]
    fn an_appointment_with_nothing_but_its_day_is_one() {
        let bare = Appointment { date: Some(DAY), ..examples::appointment("1") };
        let mapped = mapped(&bare, 0);
        assert_eq!(mapped.upserts[0].text(lead::NAME), Some("Appointments - Patient 17"));
        assert_eq!(mapped.upserts[1].text(activity::SUMMARY), Some("Appointment"));
        assert_eq!(mapped.upserts[1].get(activity::USER), None);
    }
}
