//! What people have in common, whoever they are: a name, an e-mail address, telephone numbers.

use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Finding, Span, Text, warning};

/// First name, middle initial and last name, joined by a space; none where none of them is filled. Capitals and small
/// letters are left alone.
#[must_use]
pub fn name(first: Option<Span>, initial: Option<Span>, last: Option<Span>) -> Option<String> {
    joined(&[first.as_deref(), initial.as_deref(), last.as_deref()], " ")
}

/// The same with the title before it; a title alone is no name.
#[must_use]
pub fn titled(title: Option<Span>, name: &str) -> String {
    joined(&[title.as_deref(), Some(name)], " ").unwrap_or_default()
}

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

/// A number at work with its extension behind it: `555-0100 ext. 12`, `555-0100 x 12`.
#[must_use]
pub fn work_phone(number: Option<Span>, extension: Option<Span>) -> Option<Text> {
    let number = trimmed(number)?;
    let Some(extension) = trimmed(extension) else { return Some(number.into()) };
    let own_word = extension.starts_with(|c: char| c.is_alphabetic() || c == '#');
    Some(format!("{} {}{}", &*number, if own_word { "" } else { "ext. " }, &*extension).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> Option<Span> {
        Some(text.into())
    }

    #[test]
    fn names_are_joined_and_left_as_they_are_written() {
        for (first, initial, last, whole) in [
            ("ada ", "M", "O'Neill", "ada M O'Neill"),
            ("", "", "van der Berg-McDonald", "van der Berg-McDonald"),
            ("Teller", " ", "", "Teller"),
            ("JOSÉ", "", "de la Cruz", "JOSÉ de la Cruz"),
        ] {
            assert_eq!(name(span(first), span(initial), span(last)).as_deref(), Some(whole));
        }
        assert_eq!(name(None, span(" "), None), None);
        assert_eq!(titled(span("Ms"), "Ada O'Neill"), "Ms Ada O'Neill");
        assert_eq!(titled(None, "Ada O'Neill"), "Ada O'Neill");
    }

    #[test]
    fn an_email_is_carried_in_small_letters_and_a_slip_is_told() {
        assert_eq!(email(span(" Ada@Example.invalid ")).as_deref(), Some("ada@example.invalid"));
        assert_eq!(email(span("  ")), None);
        for text in ["ada", "ada@@example.invalid", "@example.invalid", "ada@", "ada lee@example.invalid"] {
            let finding = check_email(span(text), "patient.email").expect(text);
            assert!(finding.code == "malformed-email" && !finding.message.contains(text), "{text}");
        }
        for text in [span("ada@example.invalid"), span(" "), None] {
            assert_eq!(check_email(text, "patient.email"), None);
        }
    }

    #[test]
    fn an_extension_stands_behind_its_number() {
        for (number, extension, whole) in [
            ("555-0100", "12", Some("555-0100 ext. 12")),
            ("555-0100", "x 12", Some("555-0100 x 12")),
            ("555-0100 ", " ", Some("555-0100")),
            (" ", "12", None),
        ] {
            assert_eq!(work_phone(span(number), span(extension)).as_deref(), whole);
        }
    }
}
