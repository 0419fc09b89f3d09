//! Notes with mark-up, made safe without loss of text. Odoo sanitises what it is given as well; what it would take out
//! with the text in it, is taken apart here so that the words stay.

use crate::text::escaped;

/// Tags that are kept, without their attributes.
const KEPT: &[&str] = &[
    "p",
    "br",
    "b",
    "strong",
    "i",
    "em",
    "u",
    "s",
    "ul",
    "ol",
    "li",
    "div",
    "span",
    "h1",
    "h2",
    "h3",
    "h4",
    "table",
    "thead",
    "tbody",
    "tr",
    "td",
    "th",
    "blockquote",
    "pre",
    "hr",
];

/// Tags whose content is no text for a reader.
const SILENT: &[&str] = &["script", "style"];

/// Whether a text has mark-up in it: a tag of those that notes are written with.
#[must_use]
pub fn is_markup(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| tag(&text[at..]).is_some_and(|tag| KEPT.contains(&tag.name.as_str())))
}

/// Mark-up as it came, without attributes, scripts and whatever is no tag that notes need: the text of such a tag stays.
/// Text without mark-up is escaped, its line breaks kept.
#[must_use]
pub fn sanitised(text: &str) -> String {
    if !is_markup(text) {
        return escaped(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut open: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at].replace('>', "&gt;"));
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let Some(tag) = tag(rest) else {
            out.push_str("&lt;");
            rest = &rest[1..];
            continue;
        };
        rest = &rest[tag.length..];
        if SILENT.contains(&tag.name.as_str()) && !tag.closing {
            let end = format!("</{}", tag.name);
            let lower = rest.to_ascii_lowercase();
            rest = lower.find(&end).map_or("", |at| &rest[at..]);
            continue;
        }
        if !KEPT.contains(&tag.name.as_str()) {
            continue;
        }
        push(&tag, &mut open, &mut out);
    }
    out.push_str(&rest.replace('>', "&gt;"));
    while let Some(name) = open.pop() {
        close(&name, &mut out);
    }
    out
}

/// Writes a tag that is kept, so that tags always close in their order.
fn push(tag: &Tag, open: &mut Vec<String>, out: &mut String) {
    if matches!(tag.name.as_str(), "br" | "hr") {
        out.push('<');
        out.push_str(&tag.name);
        out.push('>');
        return;
    }
    if !tag.closing {
        out.push('<');
        out.push_str(&tag.name);
        out.push('>');
        open.push(tag.name.clone());
        return;
    }
    if !open.contains(&tag.name) {
        return;
    }
    while let Some(name) = open.pop() {
        close(&name, out);
        if name == tag.name {
            break;
        }
    }
}

fn close(name: &str, out: &mut String) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

struct Tag {
    /// In small letters.
    name: String,
    closing: bool,
    /// Bytes from `<` to `>`.
    length: usize,
}

/// The tag at the beginning of a text; none where the `<` begins none.
fn tag(text: &str) -> Option<Tag> {
    let inner = text.strip_prefix('<')?;
    let closing = inner.starts_with('/');
    let named = inner.strip_prefix('/').unwrap_or(inner);
    let end = named.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(named.len());
    let name = named[..end].to_ascii_lowercase();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic())
        || !named[end..].starts_with(['>', '/', ' ', '\t', '\n', '\r'])
    {
        return None;
    }
    let length = close_of(text)?;
    Some(Tag { name, closing, length })
}

/// Where a tag ends: at the first `>` outside quotes.
fn close_of(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '>' => return Some(at + 1),
            None => {}
        }
    }
    // A quote that never closes is none.
    text.find('>').map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_whatever_the_mark_up() {
        for (text, html) in [
            ("a < b & c\nd", "a &lt; b &amp; c<br>d"),
            ("<p>Seen <b>today</b></p>", "<p>Seen <b>today</b></p>"),
            ("<P onclick=\"x('>')\">Seen</P>", "<p>Seen</p>"),
            ("<p>Depth <5 mm, <a href=\"x\">link</a></p>", "<p>Depth &lt;5 mm, link</p>"),
            ("<p>One<script>alert('</p>')</script> two", "<p>One two</p>"),
            ("<b>bold <i>both</b> italic</i>", "<b>bold <i>both</i></b> italic"),
            ("<p><!-- hidden --><font color=red>red</font></p>", "<p>red</p>"),
            ("<p>open", "<p>open</p>"),
            ("<p>a > b</p>", "<p>a &gt; b</p>"),
            ("<br/>line<br>", "<br>line<br>"),
        ] {
            assert_eq!(sanitised(text), html, "{text}");
        }
    }

    #[test]
    fn no_text_is_a_tag_that_never_closes() {
        for text in ["<p", "<p \"", "<", "<>", "</", "<p><", "<!--", "<script><p>", "<p title='", "<é>"] {
            let html = sanitised(text);
            assert!(!html.to_lowercase().contains("<script"), "{html}");
            assert_eq!(html.matches('<').count(), html.matches('>').count(), "{text}: {html}");
        }
    }
}
