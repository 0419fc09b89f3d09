//! The reason of an appointment → the type of its activity.
//!
//! A reason that speaks of a call is Odoo's own type for calls, one that speaks of a reminder is `Reminder`; any other is a
//! type of the plan's own, named as the reason. A type of that name that Odoo has already is taken.

use odograft_sdk::dentally::AppointmentReason;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Mapped, Reference, Rejection, Span, Text, Upsert, external_id, reject, source, target};

/// What an appointment without a reason is.
pub const USUAL: &str = "Appointment";
/// What one is that reminds the patient of something.
const REMINDER: &str = "Reminder";
/// The source object that types are known by, with the name as their identifier: appointments share them.
const OBJECT: &str = "activity_type";

target! {
    /// The type of an appointment's activity.
    pub of_appointment: appointment => "mail.activity.type" .adopt_by(&["name"]).many_to_one()
        .only_when("appointments", &["activity", "both"]).note("one for each reason that appointments have") {
        NAME = char("name") from [reason] .rule("the reason; `Appointment` where it is empty, `Reminder` where it speaks of one");
    }
}

target! {
    /// A reason of the account's list: the same type, whether an appointment has it yet or not.
    pub of_reason: appointment_reason => "mail.activity.type" .adopt_by(&["name"]).many_to_one()
        .only_when("appointments", &["activity", "both"]).note("one for each reason that is still offered") {
        NAME = char("name") from [reason, active] .rule("the reason; `Reminder` where it speaks of one");
    }
}

/// What kind of activity a reason means.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// Odoo's own type for calls.
    Call,
    /// A type with this name.
    Named(Text),
}

fn kind(reason: Option<Span>) -> Kind {
    let Some(reason) = trimmed(reason) else { return Kind::Named(USUAL.into()) };
    let lower = reason.to_lowercase();
    let speaks = |words: &[&str]| lower.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word));
    if speaks(&["call", "phone", "telephone", "telephoned"]) {
        Kind::Call
    } else if speaks(&["reminder", "remind"]) {
        Kind::Named(REMINDER.into())
    } else {
        Kind::Named(reason.into())
    }
}

/// The type of an appointment's activity.
#[must_use]
pub fn reference(reason: Option<Span>) -> Reference {
    match kind(reason) {
        Kind::Call => external_id("mail.mail_activity_data_call"),
        Kind::Named(name) => source(OBJECT, name),
    }
}

/// The type itself, where Odoo does not bring it.
#[must_use]
pub fn own(reason: Option<Span>) -> Option<Upsert> {
    let Kind::Named(name) = kind(reason) else { return None };
    let mut own = of_appointment::upsert(name.clone()).on(OBJECT);
    own.set(of_appointment::NAME, name);
    Some(own)
}

/// The type of a reason that is still offered. One that is not lives on in the appointments that have it.
///
/// # Errors
/// A reason without words.
pub fn reason(r: &AppointmentReason) -> Result<Mapped, Rejection> {
    let no_name = || reject("no-name", "appointment_reason.reason", "the reason has no words");
    let words = trimmed(r.reason).ok_or_else(no_name)?;
    let (Kind::Named(name), true) = (kind(Some(words)), r.active.unwrap_or(true)) else { return Ok(Mapped::default()) };
    let mut own = of_reason::upsert(name.clone()).on(OBJECT);
    own.set(of_reason::NAME, name);
    Ok(own.into())
}

#[cfg(test)]
mod tests {
    use odograft_sdk::examples::appointment_reason;

    use super::*;

    #[test]
    fn the_reason_decides_the_type() {
        for (reason, expected) in [
            ("Exam", Kind::Named("Exam".into())),
            (" Continuing treatment ", Kind::Named("Continuing treatment".into())),
            ("Recall exam", Kind::Named("Recall exam".into())),
            ("Phone call", Kind::Call),
            ("Telephone consultation", Kind::Call),
            ("SMS reminder", Kind::Named("Reminder".into())),
            ("", Kind::Named("Appointment".into())),
        ] {
            assert_eq!(kind(Some(reason.into())), expected, "{reason}");
        }
    }

    #[test]
    fn a_type_of_odoos_own_is_not_made() {
        assert!(own(Some("Call".into())).is_none());
        assert_eq!(reference(Some("Call".into())), external_id("mail.mail_activity_data_call"));
        assert_eq!(own(None).expect("a type").text(of_appointment::NAME), Some("Appointment"));
        assert_eq!(reference(None), source("activity_type", "Appointment"));
    }

    #[test]
    fn reasons_that_are_still_offered_are_types() {
        let named = |words: &str, active| AppointmentReason {
            reason: Some(words.into()),
            active: Some(active),
            ..appointment_reason("r1")
        };
        let mapped = reason(&named("Hygiene", true)).expect("maps");
        assert_eq!(mapped.only(&of_reason::TARGET).expect("a type").text(of_reason::NAME), Some("Hygiene"));
        assert!(reason(&named("Hygiene", false)).expect("maps").upserts.is_empty());
        assert!(reason(&named("Phone call", true)).expect("maps").upserts.is_empty());
        assert_eq!(reason(&appointment_reason("r1")).expect_err("no words").code, "no-name");
    }
}
