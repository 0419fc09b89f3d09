//! What all contacts of the export have in common, whoever they are.

use odograft_sdk::text::trimmed;
use odograft_sdk::{Finding, Span, Text, warning};

/// Who a contact is: the choices of `x_contact_category`.
pub const CATEGORIES: &[(&str, &str)] = &[
    ("patient", "Patient"),
    ("practitioner", "Practitioner"),
    ("supplier", "Supplier"),
    ("emergency", "Emergency contact"),
];

/// An e-mail address without surrounding blanks and in small letters.
#[must_use]
pub fn email(written: Option<Span>) -> Option<Text> {
    trimmed(written).map(Span::lowercased)
}

/// A remark where a text is filled and does not look like an e-mail address: it is carried all the same.
#[must_use]
pub fn check_email(written: Option<Span>, field: &str) -> Option<Finding> {
    let message = "this does not look like an e-mail address; carried as entered";
    trimmed(written).filter(|text| !looks_like_email(text)).map(|_| warning("malformed-email", field, message))
}

/// One `@` with something on both sides, and no blanks: enough to tell a slip from an address.
fn looks_like_email(text: &str) -> bool {
    let sides = text.split_once('@').filter(|(before, behind)| !before.is_empty() && !behind.is_empty());
    sides.is_some_and(|(_, behind)| !behind.contains('@')) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_carried_in_small_letters_and_a_slip_is_told() {
        assert_eq!(email(Some(" Ada@Example.invalid ".into())).as_deref(), Some("ada@example.invalid"));
        assert_eq!(email(Some("  ".into())), None);
        for text in ["ada", "ada@@example.invalid", "@example.invalid", "ada@", "ada lee@example.invalid"] {
            let finding = check_email(Some(text.into()), "patient.email").expect(text);
            assert!(finding.code == "malformed-email" && !finding.message.contains(text), "{text}");
        }
        for text in [Some("ada@example.invalid"), Some(" "), None] {
            assert_eq!(check_email(text.map(Into::into), "patient.email"), None, "{text:?}");
        }
    }
}
