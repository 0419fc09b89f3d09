//! The batch's texts: every text field of a record is a [`Span`] of them and reads like a `&str`.

use core::cell::{Cell, RefCell};
use core::fmt;
use core::ops::Deref;

use crate::bindings::transform::effects::Text;
use crate::bindings::transform::values::Span;

thread_local! {
    /// The texts of this call.
    static TEXTS: Cell<&'static str> = const { Cell::new("") };
    /// What tests and examples have written: texts with the place where each begins, behind those of the call.
    static WRITTEN: RefCell<Vec<(u32, &'static str)>> = const { RefCell::new(Vec::new()) };
}

/// Where written texts begin: no batch is as large.
const WRITTEN_FROM: u32 = 1 << 31;

/// Makes these the texts that spans are read from. They stay in memory to the end: of the sandbox, which goes with
/// its batch, or of the thread.
pub fn enter(texts: String) {
    TEXTS.set(texts.leak());
}

impl Span {
    fn as_str(&self) -> &'static str {
        let (start, length) = (self.start as usize, self.length as usize);
        if self.start < WRITTEN_FROM { &TEXTS.get()[start..start + length] } else { self.written() }
    }

    #[cold]
    fn written(&self) -> &'static str {
        WRITTEN.with_borrow(|written| {
            let (begin, text) = written[written.partition_point(|(begin, _)| *begin <= self.start).saturating_sub(1)];
            let start = (self.start - begin) as usize;
            &text[start..start + self.length as usize]
        })
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The part of this span that `part`, one of its slices, is.
    #[must_use]
    pub fn part(self, part: &str) -> Span {
        let offset = part.as_ptr() as usize - self.as_str().as_ptr() as usize;
        Span { start: self.start + offset as u32, length: part.len() as u32 }
    }

    /// Without surrounding blanks.
    #[must_use]
    pub fn trimmed(self) -> Span {
        let (first, end) = (self.start as usize, (self.start + self.length) as usize);
        let texts = TEXTS.get().as_bytes();
        // Most texts begin and end with a letter or digit, which nothing has to be decoded to see.
        match (texts.get(first), texts.get(end.wrapping_sub(1))) {
            (Some(first), Some(last)) if first.is_ascii_graphic() && last.is_ascii_graphic() && !self.is_empty() => {
                self
            }
            _ => self.part(self.as_str().trim()),
        }
    }

    /// In lower case; the span itself where it is that already.
    #[must_use]
    pub fn lowercased(self) -> Text {
        let text = self.as_str();
        if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
            Text::Given(self)
        } else {
            Text::Made(text.to_lowercase())
        }
    }
}

impl Deref for Span {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

/// Spans are equal where their texts are, wherever those lie.
impl PartialEq for Span {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// Texts are equal where they read the same, given or made.
impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self)
    }
}

/// For tests and examples: adds a text to those of this thread.
impl From<&str> for Span {
    fn from(text: &str) -> Self {
        let text: &'static str = text.to_owned().leak();
        WRITTEN.with_borrow_mut(|written| {
            // One byte between texts, so that empty ones have places of their own.
            let start = written.last().map_or(WRITTEN_FROM, |(begin, last)| begin + last.len() as u32 + 1);
            written.push((start, text));
            Span { start, length: text.len() as u32 }
        })
    }
}

impl From<Span> for Text {
    fn from(span: Span) -> Self {
        Text::Given(span)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text::Made(text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text::Made(text.to_owned())
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Given(span) => span,
            Text::Made(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_span_is_a_span() {
        let (_, span, _) = (Span::from("before"), Span::from(" Zoë "), Span::from(""));
        assert_eq!(&*span, " Zoë ");
        assert_eq!(&*span.trimmed(), "Zoë");
        assert_eq!(span.trimmed().start, span.start + 1);
        assert_eq!(span.trimmed(), Span::from("Zoë"));
        assert_eq!(Text::from(span.trimmed()), Text::from("Zoë"));
        assert!(Span::from(" \u{3000}").trimmed().is_empty());
    }

    #[test]
    fn only_what_has_capitals_is_written_anew() {
        for (text, lower, given) in
            [("ada@example.invalid", "ada@example.invalid", true), ("ADA", "ada", false), ("ÉVA", "éva", false)]
        {
            let lowered = Span::from(text).lowercased();
            assert_eq!((&*lowered, matches!(lowered, Text::Given(_))), (lower, given));
        }
    }

    #[test]
    fn a_calls_texts_replace_those_before() {
        enter("AdaGrace".to_owned());
        assert_eq!(&*Span { start: 3, length: 5 }, "Grace");
        enter("Ada  Grace".to_owned());
        assert_eq!(&*Span { start: 3, length: 7 }.trimmed(), "Grace");
        assert_eq!(&*Span { start: 0, length: 4 }.trimmed(), "Ada");
    }
}
