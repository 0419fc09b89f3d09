//! Dent-O-Soft appointment → `mail.activity` on the patient's contact, or an event of the calendar, or both.

pub mod kind;

use odograft_sdk::dent_o_soft::Appointment;
use odograft_sdk::html::sanitised;
use odograft_sdk::text::trimmed;
use odograft_sdk::time::day_of;
use odograft_sdk::{
    Context, Finding, Instant, Mapped, Rejection, SettingSpec, Text, Upsert, external_id, info, setting, source,
    target, warning,
};

/// Where appointments go.
pub const APPOINTMENTS: SettingSpec = setting(
    "appointments",
    "activity",
    "`activity`: a dated activity on the patient's contact; `calendar`: an event with time and length; or `both`",
)
.allowed(&["activity", "calendar", "both"]);

target! {
    /// Dent-O-Soft appointment → `mail.activity`. An activity has a date only; the moment and the length go to fields of
    /// their own.
    pub activity: appointment => "mail.activity" .only_when("appointments", &["activity", "both"]) {
        SOURCE_ID = source_id() from [id];
        MODEL = many2one("res_model_id", "ir.model") from [patient_id] .rule("the contacts' model");
        PARTNER = many2one_reference("res_id", "res.partner") from [patient_id] .rule("the patient's contact");
        TYPE = many2one("activity_type_id", "mail.activity.type") from [procedure_type]
            .rule("`Consultation` or `Follow-up` where the procedure type has one of their words, else `Dental Appointment`");
        SUMMARY = char("summary") from [procedure_type] .rule("as entered; the activity's type where it is empty");
        DEADLINE = date("date_deadline") from [starts_on, starts_at] .rule("the day that the practice's clocks showed at the start");
        ACTIVE = boolean("active") from [status, starts_at]
            .rule("false once it is over, cancelled or missed: logged, not to do");
        DONE = date("date_done") from [status, starts_on, starts_at] .rule("once it is over: the day of the start");
        NOTE = html("note") from [notes] .rule("mark-up kept, scripts and attributes taken out, no words lost") .clinical();
        USER = many2one("user_id", "res.users") from [practitioner_id] .rule("the practitioner's user");
        DENTIST = custom_char("x_dentist_name", "Dentist") from [practitioner_name] .section("Appointment");
        PRACTITIONER = custom_char("x_practitioner_id", "Practitioner's number") from [practitioner_id]
            .rule("as the source numbers practitioners") .section("Appointment");
        START = custom_datetime("x_appointment_start", "Appointment start") from [starts_at] .rule("UTC") .section("Appointment");
        MINUTES = custom_integer("x_duration_minutes", "Duration (minutes)") from [duration] .section("Appointment");
        STATE = custom_char("x_appointment_state", "Appointment state") from [status] .section("Appointment");
    }
}

target! {
    /// Dent-O-Soft appointment → `calendar.event`.
    pub event: appointment => "calendar.event" .only_when("appointments", &["calendar", "both"]) {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [procedure_type] .rule("as entered; `Dental Appointment` where it is empty");
        START = datetime("start") from [starts_at] .rule("UTC");
        STOP = datetime("stop") from [starts_at, duration] .rule("the start and the duration; half an hour where there is none");
        USER = many2one("user_id", "res.users") from [practitioner_id] .rule("the practitioner's user");
        PARTNERS = many2many("partner_ids", "res.partner") from [patient_id] .rule("the patient's contact");
        NOTE = html("description") from [notes] .rule("mark-up kept, scripts and attributes taken out, no words lost") .clinical();
        ACTIVE = boolean("active") from [status] .rule("false where it was cancelled or missed: nobody's time is taken");
        DENTIST = custom_char("x_dentist_name", "Dentist") from [practitioner_name];
        PRACTITIONER = custom_char("x_practitioner_id", "Practitioner's number") from [practitioner_id]
            .rule("as the source numbers practitioners");
        STATE = custom_char("x_appointment_state", "Appointment state") from [status];
    }
}

target! {
    /// The kinds of appointments that Odoo's activities are sorted by.
    pub activity_type: appointment => "mail.activity.type" .adopt_by(&["name"]) .many_to_one()
        .only_when("appointments", &["activity", "both"])
        .note("`Dental Appointment`, `Consultation` and `Follow-up`; a type that Odoo has already is taken") {
        NAME = char("name") from [procedure_type]
            .rule("`Consultation` or `Follow-up` where the procedure type has one of their words, else `Dental Appointment`");
    }
}

/// States in which the visit did not take place and will not, in small letters.
const CALLED_OFF: [&str; 11] = [
    "cancelled",
    "canceled",
    "no show",
    "no-show",
    "noshow",
    "missed",
    "did not attend",
    "failed",
    "broken",
    "deleted",
    "void",
];
/// States after which there is nothing left to do.
const COMPLETED: [&str; 7] = ["completed", "complete", "done", "seen", "finished", "checked out", "closed"];

/// The source object that activity types are known by: appointments share them.
const ACTIVITY_TYPE: &str = "activity-type";

/// The activity, its type, and the event; nothing on a contact for a blocked time without a patient.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn appointment(a: &Appointment, context: &Context) -> Result<Mapped, Rejection> {
    let mut findings = Vec::new();
    let minutes = minutes(a, context, &mut findings);
    let note = trimmed(a.notes).map(|notes| Text::from(sanitised(&notes)));
    let mut upserts = vec![event(a, minutes, note.clone())];
    let Some(patient) = trimmed(a.patient_id) else {
        let message = "a blocked time without a patient is no activity: there is no contact for it";
        findings.push(info("blocked-time", "appointment.patient_id", message));
        return Ok(Mapped { upserts, findings, ..Mapped::default() });
    };
    let kind = kind::of(a.procedure_type, context);
    let state = trimmed(a.status);
    let is_over = is_one_of(a, &CALLED_OFF) || is_one_of(a, &COMPLETED) || a.starts_at.seconds < context.as_of.seconds;
    let day = a.starts_on.unwrap_or_else(|| day_of(a.starts_at));
    let practitioner = trimmed(a.practitioner_id);

    let mut activity = activity::upsert(a.id);
    activity.set(activity::MODEL, external_id("base.model_res_partner"));
    activity.set(activity::PARTNER, source("patient", patient));
    activity.set(activity::TYPE, source(ACTIVITY_TYPE, kind));
    activity.set(activity::SUMMARY, trimmed(a.procedure_type).map_or_else(|| Text::from(kind), Text::from));
    activity.set(activity::DEADLINE, day);
    activity.set(activity::ACTIVE, !is_over);
    activity.set_some(activity::DONE, is_over.then_some(day));
    activity.set_or_clear(activity::NOTE, note);
    activity.set_some(activity::USER, practitioner.map(|id| source("practitioner", id)));
    activity.set_or_clear(activity::DENTIST, trimmed(a.practitioner_name));
    activity.set_or_clear(activity::PRACTITIONER, practitioner);
    activity.set(activity::START, a.starts_at);
    activity.set_or_clear(activity::MINUTES, minutes);
    activity.set_or_clear(activity::STATE, state);
    findings.extend(activity.set_extras(&a.extra, context));

    let mut activity_type = activity_type::upsert(kind).on(ACTIVITY_TYPE);
    activity_type.set(activity_type::NAME, kind);
    upserts.extend([activity_type, activity]);
    Ok(Mapped { upserts, findings, ..Mapped::default() })
}

fn event(a: &Appointment, minutes: Option<i64>, note: Option<Text>) -> Upsert {
    /// 9999-12-31T23:59:59Z: Odoo's calendar ends there.
    const LAST: i64 = 253_402_300_799;
    let seconds = a.starts_at.seconds.saturating_add(60 * minutes.unwrap_or(kind::USUAL_MINUTES)).min(LAST);
    let patient = trimmed(a.patient_id);
    let practitioner = trimmed(a.practitioner_id);
    let mut event = event::upsert(a.id);
    event.set(event::NAME, trimmed(a.procedure_type).map_or_else(|| Text::from(kind::USUAL), Text::from));
    event.set(event::START, a.starts_at);
    event.set(event::STOP, Instant { seconds, ..a.starts_at });
    event.set_some(event::USER, practitioner.map(|id| source("practitioner", id)));
    event.set(event::PARTNERS, patient.map(|id| source("patient", id)).into_iter().collect::<Vec<_>>());
    event.set_or_clear(event::NOTE, note);
    event.set(event::ACTIVE, !is_one_of(a, &CALLED_OFF));
    event.set_or_clear(event::DENTIST, trimmed(a.practitioner_name));
    event.set_or_clear(event::PRACTITIONER, practitioner);
    event.set_or_clear(event::STATE, trimmed(a.status));
    event
}

fn is_one_of(a: &Appointment, states: &[&str]) -> bool {
    trimmed(a.status).is_some_and(|state| states.contains(&state.to_lowercase().as_str()))
}

/// The length of a visit; none where there is none, or one that cannot be.
fn minutes(a: &Appointment, context: &Context, findings: &mut Vec<Finding>) -> Option<i64> {
    /// A week: no visit is as long, and no event ends in another century.
    const LONGEST: i64 = 7 * 24 * 60;
    let fitting = a.duration.filter(|minutes| (0..=LONGEST).contains(minutes));
    if a.duration.is_some() && fitting.is_none() {
        let message = "not a number of minutes that a visit can take; left out";
        findings.push(warning("duration-out-of-range", "appointment.duration", message));
    } else if fitting.is_none() && context.setting(APPOINTMENTS.name()) != "activity" {
        findings.push(info(
            "no-duration",
            "appointment.duration",
            "the visit has no duration; its event takes half an hour",
        ));
    }
    fitting
}

#[cfg(test)]
mod tests;
