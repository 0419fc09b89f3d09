//! The texts of a batch, which its records point into.

use crate::bindings::transform::effects::Text;
use crate::bindings::transform::values::Span;

/// All text of a batch's records, in one piece.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts(String);

impl Texts {
    /// For a batch that is about to be decoded.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets all texts and keeps their memory; spans of before mean nothing any more.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds a text. A batch of 4 GiB or more, which no sandbox would take, gives spans that no [`Texts::get`] finds.
    pub fn add(&mut self, text: &str) -> Span {
        let start = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.push_str(text);
        Span { start, length: u32::try_from(text.len()).unwrap_or(u32::MAX) }
    }

    /// The text of a span; none where it reaches beyond the texts or cuts a character in two.
    #[must_use]
    pub fn get(&self, span: Span) -> Option<&str> {
        let start = usize::try_from(span.start).ok()?;
        self.0.get(start..start.checked_add(usize::try_from(span.length).ok()?)?)
    }

    /// What a text of an answer says; empty for a span that no checked answer has.
    #[must_use]
    pub fn read<'a>(&'a self, text: &'a Text) -> &'a str {
        match text {
            Text::Given(span) => self.get(*span).unwrap_or_default(),
            Text::Made(text) => text,
        }
    }

    /// The whole, as it goes into the sandbox.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::Made(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_find_their_text_and_nothing_else() {
        let mut texts = Texts::new();
        let (ada, zoe) = (texts.add("Ada"), texts.add("Zoë"));
        assert_eq!((texts.get(ada), texts.get(zoe)), (Some("Ada"), Some("Zoë")));
        assert_eq!(texts.get(Span { start: 3, length: 3 }), None, "half a character");
        assert_eq!(texts.get(Span { start: 6, length: 2 }), None, "beyond the end");
        assert_eq!(texts.get(Span { start: u32::MAX, length: u32::MAX }), None);
    }
}
