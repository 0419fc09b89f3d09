//! One tag, and character references.

use std::borrow::Cow;

/// A tag as written.
pub(super) struct Tag {
    /// In small letters.
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) closing: bool,
    /// Written as `<a/>`.
    pub(super) empty: bool,
}

impl Tag {
    /// Reads the tag at the start of `rest`, which begins with `<` and a letter or a slash.
    pub(super) fn read(rest: &str) -> (Tag, &str) {
        let mut at = &rest[1..];
        let closing = at.starts_with('/');
        if closing {
            at = &at[1..];
        }
        let end = at.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(at.len());
        let mut tag = Tag { name: at[..end].to_ascii_lowercase(), attributes: Vec::new(), closing, empty: false };
        at = &at[end..];
        loop {
            at = at.trim_start();
            if at.is_empty() {
                return (tag, at);
            }
            if let Some(after) = at.strip_prefix('>') {
                return (tag, after);
            }
            if let Some(after) = at.strip_prefix('/') {
                tag.empty = after.starts_with('>');
                at = after;
                continue;
            }
            let end = at.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(at.len());
            if end == 0 {
                at = &at[1..];
                continue;
            }
            let name = at[..end].to_ascii_lowercase();
            at = at[end..].trim_start();
            let mut value = String::new();
            if let Some(after) = at.strip_prefix('=') {
                at = after.trim_start();
                let quote = at.chars().next().filter(|c| *c == '"' || *c == '\'');
                if let Some(quote) = quote {
                    let body = &at[1..];
                    let end = body.find(quote).unwrap_or(body.len());
                    body[..end].clone_into(&mut value);
                    at = body.get(end + 1..).unwrap_or_default();
                } else {
                    let end = at.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(at.len());
                    at[..end].clone_into(&mut value);
                    at = &at[end..];
                }
            }
            tag.attributes.push((name, value));
        }
    }
}

/// Resolves character references.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.char_indices().take(12).find(|(_, c)| *c == ';').map(|(end, _)| end);
        let resolved = end.and_then(|end| match &rest[1..end] {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some('\u{a0}'),
            number => {
                let number = number.strip_prefix('#')?;
                match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok().and_then(char::from_u32),
                    None => number.parse().ok().and_then(char::from_u32),
                }
            }
        });
        match (resolved, end) {
            (Some(c), Some(end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}
