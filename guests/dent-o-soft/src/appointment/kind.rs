//! Which of Odoo's activity types an appointment is of, by the words of its procedure type.

use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, SettingSpec, Span, setting};

/// What an appointment is where its procedure type says nothing else.
pub const USUAL: &str = "Dental Appointment";
/// How long one takes where the export does not say.
pub const USUAL_MINUTES: i64 = 30;

/// The words of consultations.
pub const CONSULTATION: SettingSpec = setting(
    "consultation_words",
    "consult, new patient, initial, second opinion, treatment planning",
    "a procedure type with one of these words, parted by commas, makes the activity a `Consultation`",
);

/// The words of follow-ups.
pub const FOLLOW_UP: SettingSpec = setting(
    "follow_up_words",
    "follow-up, follow up, followup, recall, review, recheck, post-op, post op, suture removal",
    "a procedure type with one of these words, parted by commas, makes the activity a `Follow-up`",
);

/// The type of activity, by its name in Odoo.
#[must_use]
pub fn of(procedure_type: Option<Span>, context: &Context) -> &'static str {
    let Some(words) = trimmed(procedure_type).map(|words| words.to_lowercase()) else { return USUAL };
    let has_one = |setting: SettingSpec| {
        let mut listed = context.setting(setting.name()).split(',').map(|word| word.trim().to_lowercase());
        listed.any(|word| !word.is_empty() && words.contains(&word))
    };
    if has_one(FOLLOW_UP) {
        "Follow-up"
    } else if has_one(CONSULTATION) {
        "Consultation"
    } else {
        USUAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MODULE;

    #[test]
    fn a_procedure_type_is_sorted_by_its_words() {
        let context = Context::at(&MODULE, 0);
        for (procedure_type, kind) in [
            ("Implant CONSULTATION", "Consultation"),
            ("New patient exam", "Consultation"),
            ("Consult follow-up", "Follow-up"),
            ("6 month recall", "Follow-up"),
            ("Crown prep UL6", USUAL),
            ("  ", USUAL),
        ] {
            assert_eq!(of(Some(procedure_type.into()), &context), kind, "{procedure_type}");
        }
        assert_eq!(of(None, &context), USUAL);
    }

    #[test]
    fn the_words_are_the_practices_own() {
        let context = Context::at(&MODULE, 0).set("consultation_words", " erstberatung ,, ").set("follow_up_words", "");
        assert_eq!(of(Some("Erstberatung".into()), &context), "Consultation");
        assert_eq!(of(Some("Recall".into()), &context), USUAL);
    }
}
