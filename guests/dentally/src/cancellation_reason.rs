//! Dentally cancellation reason → a document: appointments tell the reason in words, and Odoo has no list of them.

use odograft_sdk::dentally::AppointmentCancellationReason;
use odograft_sdk::text::trimmed;
use odograft_sdk::{HandoverSpec, Mapped, Rejection, columns, handover, json};

/// What is handed over of a reason.
pub static REASON: HandoverSpec =
    handover("appointment_cancellation_reason", "Reasons for cancelling", "Appointments, as reference");

/// The document of one reason.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn reason(r: &AppointmentCancellationReason) -> Result<Mapped, Rejection> {
    let document = json!({
        "reason": trimmed(r.reason),
        "who_cancels": trimmed(r.reason_type),
        "still_offered": !r.archived.unwrap_or(false),
        "other_columns": columns::document(&r.extra),
    });
    Ok(REASON.document(r.id, &document).into())
}

#[cfg(test)]
mod tests {
    use odograft_sdk::{Json, examples};

    use super::*;

    #[test]
    fn a_reason_is_handed_over_with_who_cancels() {
        let r = AppointmentCancellationReason {
            reason: Some("Patient unwell".into()),
            reason_type: Some("patient".into()),
            archived: Some(true),
            ..examples::appointment_cancellation_reason("c1")
        };
        let expected = json!({
            "reason": "Patient unwell", "who_cancels": "patient", "still_offered": false, "other_columns": Json::Null,
        });
        assert_eq!(reason(&r).expect("maps").handovers[0].json(), expected);
    }
}
