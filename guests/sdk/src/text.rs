//! Small things that many rules do with text.

use crate::{Scalar, Span, Text, time};

/// Without surrounding blanks; nothing when nothing is left.
#[must_use]
pub fn trimmed(text: Option<Span>) -> Option<Span> {
    text.map(Span::trimmed).filter(|text| !text.is_empty())
}

/// The parts that hold something, each without surrounding blanks, with `separator` between them.
#[must_use]
pub fn joined(parts: &[Option<&str>], separator: &str) -> Option<String> {
    let length = parts.iter().flatten().map(|part| part.len() + separator.len()).sum();
    let mut whole = String::with_capacity(length);
    for part in parts.iter().flatten().map(|part| trim(part)).filter(|part| !part.is_empty()) {
        if !whole.is_empty() {
            whole.push_str(separator);
        }
        whole.push_str(part);
    }
    (!whole.is_empty()).then_some(whole)
}

fn trim(text: &str) -> &str {
    match text.as_bytes() {
        // Nothing has to be decoded to see that there is nothing to trim.
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// A value of a column whose type no interface fixes, as people write it.
#[must_use]
pub fn written(value: &Scalar) -> Text {
    match value {
        Scalar::Text(text) => Text::Given(text.trimmed()),
        Scalar::Boolean(truth) => Text::Made(if *truth { "yes" } else { "no" }.to_owned()),
        Scalar::Integer(number) => Text::Made(number.to_string()),
        Scalar::Float(number) => Text::Made(number.to_string()),
        Scalar::Decimal(number) => Text::Made(number.to_string()),
        Scalar::Date(day) => Text::Made(time::iso(*day)),
        Scalar::Instant(moment) => Text::Made(time::iso_moment(*moment)),
    }
}

/// Plain text as mark-up that shows the same: `&`, `<`, `>` and quotes escaped, line breaks kept.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' => html.push_str("<br>"),
            '\r' => {}
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_not_values() {
        assert_eq!(trimmed(Some("  ".into())), None);
        assert_eq!(trimmed(Some(" O'Neill ".into())).as_deref(), Some("O'Neill"));
        assert_eq!(joined(&[Some("Ms"), None, Some(" "), Some("Ada")], " ").as_deref(), Some("Ms Ada"));
        assert_eq!(joined(&[None, Some("")], " "), None);
    }

    #[test]
    fn escaping_keeps_what_is_read() {
        assert_eq!(escaped("a < b & 'c'\r\n\"d\""), "a &lt; b &amp; &#39;c&#39;<br>&quot;d&quot;");
    }
}
