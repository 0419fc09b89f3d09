//! Dentally appointment → `calendar.event`, which has a time and a length.

use odograft_sdk::dentally::Appointment;
use odograft_sdk::text::{escaped, joined, trimmed};
use odograft_sdk::{Context, Instant, Upsert, source, target};

use crate::site;

target! {
    /// Dentally appointment → `calendar.event`.
    pub event: appointment => "calendar.event" .only_when("appointments", &["calendar", "both"]) {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [reason, treatment_description] .rule("joined by a dash; `Appointment` when both are empty");
        START = datetime("start") from [start_time] .rule("UTC");
        STOP = datetime("stop") from [finish_time, start_time, duration]
            .rule("the finish, else the start and the duration, else half an hour after the start; UTC");
        USER = many2one("user_id", "res.users") from [practitioner_id] .rule("the practitioner's user");
        PARTNERS = many2many("partner_ids", "res.partner") from [patient_id] .rule("the patient's contact; nobody for a blocked time");
        LOCATION = char("location") from [practitioner_site_id, room_id]
            .rule("the site's name in the list of sites, else its number, and the room's number");
        NOTE = html("description") from [notes] .rule("escaped") .clinical();
        ACTIVE = boolean("active") from [state] .rule("false where it was cancelled or missed: nobody's time is taken");
        DENTIST = custom_char("x_dentist_name", "Dentist") from [practitioner_name, practitioner_id]
            .rule("the name in the diary, else in the list of practitioners, else the number");
        STATE = custom_char("x_appointment_state", "Appointment state") from [state];
        CANCELLED = custom_char("x_cancellation_reason", "Cancelled because") from [appointment_cancellation_reason_id]
            .rule("the words in the list of reasons, else the number");
    }
}

/// The event that an appointment becomes.
#[must_use]
pub fn event(a: &Appointment, minutes: Option<i64>, context: &Context) -> Upsert {
    let patient = trimmed(a.patient_id);
    let site = site::name(a.practitioner_site_id, context);
    let room = trimmed(a.room_id).map(|room| format!("room {}", &*room));
    let mut event = event::upsert(a.id);
    event.set(event::NAME, super::summary(a));
    event.set(event::START, a.start_time);
    event.set(event::STOP, stop(a, minutes));
    event.set_some(event::USER, trimmed(a.practitioner_id).map(|id| source("practitioner", id)));
    event.set(event::PARTNERS, Vec::from_iter(patient.map(|id| source("patient", id))));
    event.set_or_clear(event::LOCATION, joined(&[site.as_deref(), room.as_deref()], ", "));
    event.set_or_clear(event::NOTE, trimmed(a.notes).map(|notes| escaped(&notes)));
    event.set(event::ACTIVE, !super::is_called_off(a));
    event.set_or_clear(event::DENTIST, super::dentist(a, context));
    event.set_or_clear(event::STATE, trimmed(a.state));
    event.set_or_clear(event::CANCELLED, super::cancelled_because(a, context));
    event
}

/// When an event ends: never before it begins, which Odoo would refuse.
fn stop(a: &Appointment, minutes: Option<i64>) -> Instant {
    /// Minutes of an appointment that says nothing of its length.
    const USUAL: i64 = 30;
    /// A week: no visit is as long.
    const LONGEST: i64 = 7 * 24 * 60;
    /// 9999-12-31T23:59:59Z: the calendar ends there.
    const LAST: i64 = 253_402_300_799;
    let finish = a.finish_time.filter(|finish| finish.seconds >= a.start_time.seconds);
    let minutes = minutes.filter(|minutes| *minutes <= LONGEST).unwrap_or(USUAL);
    let seconds = a.start_time.seconds.saturating_add(60 * minutes).min(LAST);
    finish.unwrap_or(Instant { seconds, ..a.start_time })
}
