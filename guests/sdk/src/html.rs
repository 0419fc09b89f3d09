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

/// Elements within one another that are kept apart; no note has as many.
const DEPTH: usize = 64;

/// Whether a text has mark-up in it: a tag of those that notes are written with.
#[must_use]
pub fn is_markup(text: &str) -> bool {
    Pieces::of(text).any(|piece| matches!(piece, Piece::Tag(tag) if tag.is_kept()))
}

/// Mark-up as it came, without attributes, scripts and whatever is no tag that notes need: the text of such a tag stays.
/// Text without mark-up is escaped, its line breaks kept.
#[must_use]
pub fn sanitised(text: &str) -> String {
    let (mut out, mut open, mut found) = (String::with_capacity(text.len()), Vec::new(), false);
    for piece in Pieces::of(text) {
        match piece {
            Piece::Text(text) => out.push_str(&text.replace('>', "&gt;")),
            Piece::Less => out.push_str("&lt;"),
            Piece::Tag(tag) if tag.is_kept() => {
                found = true;
                push(&tag, &mut open, &mut out);
            }
            Piece::Tag(_) => {}
        }
    }
    if !found {
        return escaped(text);
    }
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
        if open.len() < DEPTH {
            out.push('<');
            out.push_str(&tag.name);
            out.push('>');
            open.push(tag.name.clone());
        }
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
}

impl Tag {
    fn is_kept(&self) -> bool {
        KEPT.contains(&self.name.as_str())
    }
}

/// A part of a text with mark-up.
enum Piece<'t> {
    /// Without a `<`.
    Text(&'t str),
    /// A `<` that begins no tag.
    Less,
    Tag(Tag),
}

/// The parts of a text in order, without comments and what scripts and styles hold. Each letter is looked at a few times at
/// most, whatever the text: what was looked for to the end once, and is not there, is not looked for again.
struct Pieces<'t> {
    rest: &'t str,
    /// Whether quotes close: a `>` between them ends no tag.
    quotes: bool,
    /// Whether the end of a tag may still come.
    tags: bool,
    /// Whether the end of a comment may still come.
    comments: bool,
    /// Silent tags whose end does not come: they hide nothing.
    endless: Vec<&'static str>,
}

impl<'t> Pieces<'t> {
    fn of(text: &'t str) -> Self {
        Self { rest: text, quotes: true, tags: true, comments: true, endless: Vec::new() }
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    /// The tag at the beginning of the rest; none where the `<` begins none.
    fn tag(&mut self) -> Option<Tag> {
        let inner = self.rest.strip_prefix('<')?;
        let closing = inner.starts_with('/');
        let named = inner.strip_prefix('/').unwrap_or(inner);
        let end = named.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(named.len());
        if !named.starts_with(|c: char| c.is_ascii_alphabetic())
            || !named[end..].starts_with(['>', '/', ' ', '\t', '\n', '\r'])
        {
            return None;
        }
        let name = named[..end].to_ascii_lowercase();
        let length = self.length_of_tag()?;
        self.advance(length);
        Some(Tag { name, closing })
    }

    /// Bytes to behind the first `>` outside quotes. Where quotes do not close, none are seen from then on.
    fn length_of_tag(&mut self) -> Option<usize> {
        let mut quote = None;
        for (at, c) in self.rest.char_indices().take_while(|_| self.quotes) {
            match quote {
                Some(open) if c == open => quote = None,
                Some(_) => {}
                None if c == '"' || c == '\'' => quote = Some(c),
                None if c == '>' => return Some(at + 1),
                None => {}
            }
        }
        self.quotes = false;
        let end = self.rest.find('>');
        self.tags = end.is_some();
        end.map(|at| at + 1)
    }

    /// Goes past what a script or style holds, to its end.
    fn hide(&mut self, name: &str) {
        let Some(&name) = SILENT.iter().find(|silent| **silent == name && !self.endless.contains(silent)) else {
            return;
        };
        let ends =
            |at: usize| self.rest[at + 2..].get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name));
        match self.rest.match_indices("</").map(|(at, _)| at).find(|at| ends(*at)) {
            Some(at) => self.advance(at),
            None => self.endless.push(name),
        }
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        loop {
            let at = self.rest.find('<').unwrap_or(self.rest.len());
            if at > 0 {
                let (text, rest) = self.rest.split_at(at);
                self.rest = rest;
                return Some(Piece::Text(text));
            }
            if self.rest.is_empty() {
                return None;
            }
            if self.comments && self.rest.starts_with("<!--") {
                match self.rest.find("-->") {
                    Some(end) => self.advance(end + 3),
                    None => self.comments = false,
                }
                continue;
            }
            let Some(tag) = self.tags.then(|| self.tag()).flatten() else {
                self.advance(1);
                return Some(Piece::Less);
            };
            if !tag.closing {
                self.hide(&tag.name);
            }
            return Some(Piece::Tag(tag));
        }
    }
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
            ("<p>a<STYLE>b{}</Style>c", "<p>ac</p>"),
            ("<p>use <script> with care", "<p>use  with care</p>"),
            ("<p>5 <!-- 6", "<p>5 &lt;!-- 6</p>"),
            ("<p title='x>y' lang=\"de>\">z</p>", "<p>z</p>"),
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

    #[test]
    fn no_text_takes_longer_than_its_length() {
        for part in ["<p \"> \"", "<a '", "<script>", "<style></style>", "<!--", "<p>", "</b>", "<p><b></i>", "<p \">"]
        {
            let text = part.repeat(100_000);
            let html = sanitised(&text);
            assert_eq!(html.matches('<').count(), html.matches('>').count(), "{part}");
        }
    }
}
