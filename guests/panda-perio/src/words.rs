//! What people have written, in whatever form PANDA keeps it: plain text, HTML, or the RTF of its editor.

pub mod rtf;

use odograft_sdk::{Finding, html, warning};

/// A text as mark-up that shows the same words: RTF without its formatting, HTML without attributes and scripts, plain text
/// escaped with its line breaks kept.
#[must_use]
pub fn markup(text: &str) -> String {
    match rtf::read(text) {
        Some(document) => odograft_sdk::text::escaped(&document.words),
        None => html::sanitised(text),
    }
}

/// A text as plain text: RTF without its formatting, all else as it is.
#[must_use]
pub fn plain(text: &str) -> String {
    rtf::read(text).map_or_else(|| text.to_owned(), |document| document.words)
}

/// A remark where a text is RTF of another code page than the one that is understood.
#[must_use]
pub fn check(text: &str, field: &str) -> Option<Finding> {
    let message = "the text is RTF of another code page than Windows-1252; hint: look at its accented letters";
    rtf::read(text).filter(|document| document.guessed).map(|_| warning("rtf-code-page", field, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_in_whatever_form_they_come() {
        for (text, shown, words) in [
            ("a < b\n& c", "a &lt; b<br>&amp; c", "a < b\n& c"),
            (
                "<p onclick='x'>Seen <b>today</b></p>",
                "<p>Seen <b>today</b></p>",
                "<p onclick='x'>Seen <b>today</b></p>",
            ),
            (r"{\rtf1\ansi Seen \b today\b0\par <5 mm}", "Seen today<br>&lt;5 mm", "Seen today\n<5 mm"),
        ] {
            assert_eq!((markup(text).as_str(), plain(text).as_str()), (shown, words));
            assert_eq!(check(text, "note.body"), None);
        }
    }

    #[test]
    fn letters_of_another_code_page_are_told() {
        let czech = r"{\rtf1\ansi\ansicpg1250 \'e8}";
        let finding = check(czech, "note.body").expect("another code page");
        assert_eq!((finding.code.as_str(), finding.field.as_deref()), ("rtf-code-page", Some("note.body")));
        assert_eq!(check(r"{\rtf1\ansi\ansicpg1250 plain}", "note.body"), None, "nothing had to be guessed");
    }
}
