//! Dentally appointment → `mail.activity` on the patient's contact, an event of the calendar ([`event`]), or both. What kind
//! of activity it is says [`kind`]; cancelled and missed appointments are carried like all others.

pub mod event;
pub mod kind;
#[cfg(test)]
mod tests;

use odograft_sdk::dentally::Appointment;
use odograft_sdk::text::{escaped, joined, trimmed};
use odograft_sdk::time::iso_moment;
use odograft_sdk::{
    Context, Finding, Instant, Mapped, Rejection, SettingSpec, Span, Text, Upsert, external_id, info, setting, source,
    target, warning,
};

use crate::clock::day;
use crate::{lists, site, team_member};

/// Where appointments go.
pub const APPOINTMENTS: SettingSpec = setting(
    "appointments",
    "activity",
    "`activity`: a dated activity on the patient's contact; `calendar`: an event with time and length; or `both`",
)
.allowed(&["activity", "calendar", "both"]);

target! {
    /// Dentally appointment → `mail.activity`. An activity has a date only; the moment and the
    /// length go to fields of their own.
    pub activity: appointment => "mail.activity" .only_when("appointments", &["activity", "both"]) {
        SOURCE_ID = source_id() from [id];
        MODEL = many2one("res_model_id", "ir.model") from [patient_id] .rule("the contacts' model");
        PARTNER = many2one_reference("res_id", "res.partner") from [patient_id] .rule("the patient's partner");
        TYPE = many2one("activity_type_id", "mail.activity.type") from [reason]
            .rule("the type named as the reason; Odoo's call where the reason speaks of one, `Reminder` where it speaks of that; `Appointment` where it is empty");
        SUMMARY = char("summary") from [reason, treatment_description] .rule("joined by a dash; `Appointment` when both are empty");
        DEADLINE = date("date_deadline") from [start_time] .rule("the day of the start, by the practice's clocks");
        ACTIVE = boolean("active") from [state, start_time] .rule("false once it is over, cancelled or missed: logged, not to do");
        DONE = date("date_done") from [state, completed_at, start_time] .rule("once it is over: the day it was completed, else of the start");
        NOTE = html("note") from [notes] .rule("escaped") .clinical();
        USER = many2one("user_id", "res.users") from [practitioner_id] .rule("the practitioner's user");
        DENTIST = custom_char("x_dentist_name", "Dentist") from [practitioner_name, practitioner_id]
            .rule("the name in the diary, else in the list of practitioners, else the number") .section("Appointment");
        START = custom_datetime("x_appointment_start", "Appointment start") from [start_time] .rule("UTC") .section("Appointment");
        MINUTES = custom_integer("x_duration_minutes", "Duration (minutes)") from [duration, start_time, finish_time]
            .rule("the duration, else from start to finish") .section("Appointment");
        STATE = custom_char("x_appointment_state", "Appointment state") from [state] .section("Appointment");
        CANCELLED = custom_char("x_cancellation_reason", "Cancelled because") from [appointment_cancellation_reason_id]
            .rule("the words in the list of reasons, else the number") .section("Appointment");
        STEPS = custom_text("x_appointment_steps", "What happened when")
            from [pending_at, confirmed_at, arrived_at, in_surgery_at, completed_at, cancelled_at, did_not_attend_at]
            .rule("a line for each step that has a moment, UTC") .section("Appointment");
        SITE = custom_char("x_site_name", "Site") from [practitioner_site_id]
            .rule("the name in the list of sites, else the number") .section("Appointment");
        ROOM = custom_char("x_room_id", "Room's number") from [room_id] .section("Appointment");
        PAYMENT_PLAN = custom_char("x_payment_plan", "Payment plan") from [payment_plan_id]
            .rule("the name in the list of payment plans, else the number") .section("Appointment");
        UUID = custom_char("x_source_uuid", "Lasting identifier in source") from [uuid] .section("Source");
        CREATED = custom_datetime("x_source_created_at", "Created in source") from [created_at] .rule("UTC") .section("Source");
    }
}

/// States after which there is nothing left to do, in small letters; in the last two nobody came.
const OVER: [&str; 3] = ["completed", "cancelled", "did not attend"];
/// States of an appointment that is still to come or under way.
const OPEN: [&str; 4] = ["pending", "confirmed", "arrived", "in surgery"];

/// The activity on the patient's contact, its type, and the event, of which the settings leave one or both; a blocked time
/// without a patient is an event alone. Whoever treats becomes a member of their site's team.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn appointment(a: &Appointment, context: &Context) -> Result<Mapped, Rejection> {
    let minutes = minutes(a);
    let mut mapped = Mapped { findings: remarks(a, minutes, context), ..Mapped::default() };
    if let Some(patient) = trimmed(a.patient_id) {
        let mut activity = activity(a, patient, minutes, context);
        mapped.findings.extend(activity.set_extras(&a.extra, context));
        mapped.upserts.extend(kind::own(a.reason));
        mapped.upserts.push(activity);
    }
    mapped.upserts.push(event::event(a, minutes, context));
    mapped.upserts.extend(team_member::member(a, context));
    Ok(mapped)
}

fn activity(a: &Appointment, patient: Span, minutes: Option<i64>, context: &Context) -> Upsert {
    let over = is_over(a, context);
    let mut activity = activity::upsert(a.id);
    activity.set(activity::MODEL, external_id("base.model_res_partner"));
    activity.set(activity::PARTNER, source("patient", patient));
    activity.set(activity::TYPE, kind::reference(a.reason));
    activity.set(activity::SUMMARY, summary(a));
    activity.set(activity::DEADLINE, day(a.start_time, context));
    activity.set(activity::ACTIVE, !over);
    activity.set_some(activity::DONE, over.then(|| day(a.completed_at.unwrap_or(a.start_time), context)));
    activity.set_or_clear(activity::NOTE, trimmed(a.notes).map(|notes| escaped(&notes)));
    activity.set_some(activity::USER, trimmed(a.practitioner_id).map(|id| source("practitioner", id)));
    activity.set_or_clear(activity::DENTIST, dentist(a, context));
    activity.set(activity::START, a.start_time);
    activity.set_or_clear(activity::MINUTES, minutes);
    activity.set_or_clear(activity::STATE, trimmed(a.state));
    activity.set_or_clear(activity::CANCELLED, cancelled_because(a, context));
    activity.set_or_clear(activity::STEPS, steps(a));
    activity.set_or_clear(activity::SITE, site::name(a.practitioner_site_id, context));
    activity.set_or_clear(activity::ROOM, trimmed(a.room_id));
    let plan = lists::name_or_number(context, "payment_plan", a.payment_plan_id, &["name", "patient_friendly_name"]);
    activity.set_or_clear(activity::PAYMENT_PLAN, plan);
    activity.set_or_clear(activity::UUID, trimmed(a.uuid));
    activity.set_some(activity::CREATED, a.created_at);
    activity
}

fn summary(a: &Appointment) -> String {
    joined(&[a.reason.as_deref(), a.treatment_description.as_deref()], " - ").unwrap_or_else(|| kind::USUAL.to_owned())
}

fn state(a: &Appointment) -> String {
    trimmed(a.state).map_or(String::new(), |state| state.to_lowercase().replace(['_', '-'], " "))
}

/// Completed, cancelled, missed, or simply past.
fn is_over(a: &Appointment, context: &Context) -> bool {
    OVER.contains(&state(a).as_str()) || a.start_time.seconds < context.as_of.seconds
}

/// Cancelled or missed: nobody came.
fn is_called_off(a: &Appointment) -> bool {
    OVER[1..].contains(&state(a).as_str())
}

/// Who treats, as the diary has it; unmatched practitioners are told by this alone.
fn dentist(a: &Appointment, context: &Context) -> Option<Text> {
    trimmed(a.practitioner_name).map(Text::from).or_else(|| lists::practitioner(context, a.practitioner_id))
}

fn cancelled_because(a: &Appointment, context: &Context) -> Option<Text> {
    let (list, number) = ("appointment_cancellation_reason", a.appointment_cancellation_reason_id);
    lists::name_or_number(context, list, number, &["reason", "name"])
}

/// Each step that has a moment, in the order in which appointments take them.
fn steps(a: &Appointment) -> Option<String> {
    let steps = [
        ("Pending", a.pending_at),
        ("Confirmed", a.confirmed_at),
        ("Arrived", a.arrived_at),
        ("In surgery", a.in_surgery_at),
        ("Completed", a.completed_at),
        ("Cancelled", a.cancelled_at),
        ("Did not attend", a.did_not_attend_at),
    ];
    let line = |(step, moment): (&str, Option<Instant>)| Some(format!("{step}: {}", iso_moment(moment?)));
    let lines: Vec<String> = steps.into_iter().filter_map(line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The duration, else from start to finish; none for what is no length of a visit or more than Odoo's field can hold.
fn minutes(a: &Appointment) -> Option<i64> {
    let from_to = || a.finish_time.map(|finish| finish.seconds.saturating_sub(a.start_time.seconds) / 60);
    a.duration.or_else(from_to).filter(|minutes| i32::try_from(*minutes).is_ok_and(|minutes| minutes >= 0))
}

/// What a person should look at.
fn remarks(a: &Appointment, minutes: Option<i64>, context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    if trimmed(a.patient_id).is_none() {
        let message = "a blocked time without a patient is no activity: there is no contact for it";
        findings.push(info("blocked-time", "appointment.patient_id", message));
    }
    if a.duration.is_some() && minutes.is_none() {
        let message = "less than nothing, or more minutes than Odoo's field can hold; left out";
        findings.push(warning("duration-out-of-range", "appointment.duration", message));
    }
    if a.finish_time.is_some_and(|finish| finish.seconds < a.start_time.seconds) {
        let message = "the finish lies before the start and is left out";
        findings.push(warning("finish-before-start", "appointment.finish_time", message));
    }
    let state = state(a);
    if !(state.is_empty() || OVER.contains(&state.as_str()) || OPEN.contains(&state.as_str())) {
        let message = "none of Dentally's states; the appointment is over once its start is past";
        findings.push(info("unknown-state", "appointment.state", message));
    }
    let lists = [
        ("payment_plan", a.payment_plan_id, "appointment.payment_plan_id"),
        (
            "appointment_cancellation_reason",
            a.appointment_cancellation_reason_id,
            "appointment.appointment_cancellation_reason_id",
        ),
    ];
    findings.extend(lists.into_iter().filter_map(|(list, number, field)| lists::missing(context, list, number, field)));
    findings
}
