//! Dentally's clinical fields of a patient → `x_medical_alert` and `x_clinical_notes` of the contact, which only the
//! clinical group sees. Everything is carried as written.

use odograft_sdk::dentally::Patient;
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Finding, Span, Text, Upsert, info};

use super::partner;

/// Fills the clinical fields of the contact.
pub(super) fn fill(p: &Patient, partner: &mut Upsert) {
    partner.set_or_clear(partner::ALERT, alert(p));
    partner.set_or_clear(partner::NOTES, notes(p));
    partner.set_or_clear(partner::ETHNICITY, trimmed(p.ethnicity));
}

/// The alert's text. Where only the tick is set, the alert still alerts.
#[must_use]
pub fn alert(p: &Patient) -> Option<Text> {
    let ticked = p.medical_alert == Some(true);
    trimmed(p.medical_alert_text).map(Text::from).or_else(|| ticked.then(|| "Alert without text".into()))
}

/// Medical history, notes and special needs, each under its heading.
#[must_use]
pub fn notes(p: &Patient) -> Option<String> {
    let headed = |heading: &str, text: Option<Span>| trimmed(text).map(|text| format!("{heading}:\n{}", &*text));
    let parts = [
        headed("Medical history", p.medical_history),
        headed("Notes", p.notes),
        headed("Special needs", p.special_needs),
    ];
    joined(&parts.each_ref().map(Option::as_deref), "\n\n")
}

/// An alert that is written down and not ticked: whether it counts, a clinician must say.
#[must_use]
pub fn findings(p: &Patient) -> Option<Finding> {
    let unticked = p.medical_alert == Some(false) && trimmed(p.medical_alert_text).is_some();
    let message = "an alert is written down and not ticked; it is carried all the same";
    unticked.then(|| info("alert-not-ticked", "patient.medical_alert", message))
}

#[cfg(test)]
mod tests {
    use odograft_sdk::examples::patient;

    use super::*;

    #[test]
    fn an_alert_without_text_still_alerts() {
        let ticked = Patient { medical_alert: Some(true), ..patient("17") };
        assert_eq!(alert(&ticked).as_deref(), Some("Alert without text"));
        assert_eq!(alert(&patient("17")), None, "an alert that was taken back does not stay");
        let text = Patient { medical_alert_text: Some(" Allergic to <penicillin> & latex ".into()), ..ticked };
        assert_eq!(alert(&text).as_deref(), Some("Allergic to <penicillin> & latex"), "as written");
    }

    #[test]
    fn clinical_texts_keep_their_headings() {
        let p = Patient {
            medical_history: Some("Asthma".into()),
            special_needs: Some("Wheelchair".into()),
            ..patient("17")
        };
        assert_eq!(notes(&p).as_deref(), Some("Medical history:\nAsthma\n\nSpecial needs:\nWheelchair"));
        assert_eq!(notes(&patient("17")), None);
        let lines = Patient { notes: Some("Line one\nLine two".into()), ..patient("17") };
        assert_eq!(notes(&lines).as_deref(), Some("Notes:\nLine one\nLine two"));
    }

    #[test]
    fn an_alert_that_is_not_ticked_is_carried_and_told() {
        let p = Patient { medical_alert: Some(false), medical_alert_text: Some("Asthma".into()), ..patient("17") };
        assert_eq!(alert(&p).as_deref(), Some("Asthma"));
        assert_eq!(findings(&p).expect("a remark").code, "alert-not-ticked");
        assert_eq!(findings(&Patient { medical_alert: None, ..p }), None, "an account that sends no tick says nothing");
    }
}
