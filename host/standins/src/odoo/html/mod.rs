//! What Odoo's sanitiser leaves of an HTML value: well-formed, no scripts, no event handlers.
//!
//! One pass over the text with a stack of open elements; the cases in the tests below were
//! measured on a real Odoo 19.

mod names;
mod tag;

use std::borrow::Cow;

use self::names::{ATTRIBUTES, BLOCK, INLINE, KILLED, STYLES, VOID};
use self::tag::{Tag, decode};

/// Sanitises a value; `style` also filters the declarations in `style` attributes, as the mail fields do.
pub(crate) fn sanitise(text: &str, style: bool) -> String {
    let mut writer = Writer { style, ..Writer::default() };
    writer.out.reserve(text.len() + 16);
    let mut rest = text;
    while !rest.is_empty() {
        let Some(at) = rest.find('<') else {
            writer.text(rest);
            break;
        };
        if at > 0 && !tag_starts(&rest[at..]) {
            let end = next_tag(rest, at + 1);
            writer.text(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        if at > 0 {
            writer.text(&rest[..at]);
            rest = &rest[at..];
        }
        if !tag_starts(rest) {
            let end = next_tag(rest, 1);
            writer.text(&rest[..end]);
            rest = &rest[end..];
        } else if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            rest = rest.find('>').map_or("", |end| &rest[end + 1..]);
        } else {
            rest = writer.tag(rest);
        }
    }
    writer.finish()
}

fn tag_starts(rest: &str) -> bool {
    let mut chars = rest.chars().skip(1);
    match chars.next() {
        Some('/') => chars.next().is_some_and(|c| c.is_ascii_alphabetic()),
        Some('!' | '?') => true,
        Some(c) => c.is_ascii_alphabetic(),
        None => false,
    }
}

fn next_tag(rest: &str, from: usize) -> usize {
    let mut from = from;
    while let Some(at) = rest[from..].find('<') {
        if tag_starts(&rest[from + at..]) {
            return from + at;
        }
        from += at + 1;
    }
    rest.len()
}

#[derive(Default)]
struct Writer {
    out: String,
    /// Open elements; an empty name stands for one that is left out.
    open: Vec<(String, String)>,
    style: bool,
    /// Top-level pieces seen: elements, and text beside them.
    pieces: usize,
    blocks: usize,
    /// A `<p>` that the parser put around leading text.
    implied: bool,
    /// Depth inside an `<svg>`, whose content is left out.
    svg: bool,
}

impl Writer {
    fn text(&mut self, text: &str) {
        if self.svg {
            return;
        }
        let text = decode(text);
        if self.open.is_empty() {
            if text.trim().is_empty() {
                if self.pieces > 0 {
                    push_escaped(&mut self.out, &text);
                }
                return;
            }
            if self.pieces == 0 {
                self.out.clear();
                self.out.push_str("<p>");
                self.open.push(("p".to_owned(), "p".to_owned()));
                self.implied = true;
                self.blocks += 1;
            }
            self.pieces += 1;
        }
        push_escaped(&mut self.out, &text);
    }

    /// Takes the tag at the start of `rest`; returns what follows it.
    fn tag<'text>(&mut self, rest: &'text str) -> &'text str {
        let (tag, after) = Tag::read(rest);
        if tag.closing {
            self.close(&tag.name);
            return after;
        }
        if KILLED.contains(tag.name.as_str()) {
            if tag.empty || VOID.contains(tag.name.as_str()) {
                return after;
            }
            let end = format!("</{}", tag.name);
            return match find_ignoring_case(after, &end) {
                Some(at) => after[at..].find('>').map_or("", |close| &after[at + close + 1..]),
                None => "",
            };
        }
        self.open(&tag);
        after
    }

    fn open(&mut self, tag: &Tag) {
        if self.svg || tag.name == "html" || tag.name == "body" || tag.name == "input" {
            return;
        }
        let block = BLOCK.contains(tag.name.as_str());
        let inline = INLINE.contains(tag.name.as_str()) || tag.name == "svg";
        if block {
            self.close_before(&tag.name);
        }
        let top = self.open.is_empty();
        if top {
            self.pieces += 1;
        }
        // An element that Odoo doesn't know goes and leaves its content; at the top a `<div>` takes its place.
        let written = match (block || inline, top) {
            (true, _) => tag.name.clone(),
            (false, true) => "div".to_owned(),
            (false, false) => String::new(),
        };
        if top && (block || !inline) {
            self.blocks += 1;
        }
        if !written.is_empty() {
            self.out.push('<');
            self.out.push_str(&written);
            if block || inline {
                self.attributes(tag);
            }
            self.out.push('>');
        }
        if VOID.contains(tag.name.as_str()) || (tag.empty && !block && !inline) {
            return;
        }
        if tag.name == "svg" {
            self.svg = true;
        }
        self.open.push((tag.name.clone(), written));
    }

    fn attributes(&mut self, tag: &Tag) {
        for (name, value) in &tag.attributes {
            let name = name.as_str();
            if !ATTRIBUTES.contains(name) || tag.name == "svg" {
                continue;
            }
            let mut value = decode(value);
            if matches!(name, "href" | "src" | "action") {
                let scheme: String = value.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
                if scheme.starts_with("javascript:") || scheme.starts_with("vbscript:") {
                    value = Cow::Borrowed("");
                }
            }
            if name == "style" && self.style {
                let kept = declarations(&value);
                if kept.is_empty() {
                    continue;
                }
                value = Cow::Owned(kept);
            }
            let quote = if value.contains('"') && !value.contains('\'') { '\'' } else { '"' };
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push('=');
            self.out.push(quote);
            for c in value.chars() {
                match c {
                    '&' => self.out.push_str("&amp;"),
                    '<' => self.out.push_str("&lt;"),
                    '>' => self.out.push_str("&gt;"),
                    '"' if quote == '"' => self.out.push_str("&quot;"),
                    c => self.out.push(c),
                }
            }
            self.out.push(quote);
        }
    }

    /// Closes what a block element can't stand in.
    fn close_before(&mut self, name: &str) {
        let ends: &[&str] = match name {
            "li" => &["li"],
            "td" | "th" => &["td", "th"],
            "tr" => &["td", "th", "tr"],
            "dt" | "dd" => &["dt", "dd"],
            "option" => &["option"],
            _ => &["p"],
        };
        let borders: &[&str] = match name {
            "li" => &["ul", "ol"],
            "td" | "th" => &["tr", "table"],
            "tr" => &["table", "tbody", "thead", "tfoot"],
            "dt" | "dd" => &["dl"],
            _ => &["div", "td", "th", "li", "table", "section", "article"],
        };
        let mut found = None;
        for (index, (open, _)) in self.open.iter().enumerate().rev() {
            if ends.contains(&open.as_str()) {
                found = Some(index);
            } else if borders.contains(&open.as_str()) {
                break;
            }
        }
        if let Some(index) = found {
            self.close_down_to(index);
        }
    }

    fn close(&mut self, name: &str) {
        if let Some(index) = self.open.iter().rposition(|(open, _)| open == name) {
            self.close_down_to(index);
        }
    }

    fn close_down_to(&mut self, index: usize) {
        while self.open.len() > index {
            if let Some((name, written)) = self.open.pop() {
                if name == "svg" {
                    self.svg = false;
                }
                if !written.is_empty() {
                    self.out.push_str("</");
                    self.out.push_str(&written);
                    self.out.push('>');
                }
            }
        }
    }

    fn finish(mut self) -> String {
        self.close_down_to(0);
        if self.pieces > 1 && self.blocks == 0 {
            return format!("<span>{}</span>", self.out);
        }
        let kept = self.out.trim_end().len();
        self.out.truncate(kept);
        self.out
    }
}

fn find_ignoring_case(text: &str, needle: &str) -> Option<usize> {
    let needle = needle.as_bytes();
    text.as_bytes().windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle))
}

fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\u{a0}' => out.push_str("&nbsp;"),
            '\r' => {}
            c => out.push(c),
        }
    }
}

fn declarations(style: &str) -> String {
    let mut kept: Vec<String> = Vec::new();
    for declaration in style.split(';') {
        let Some((name, value)) = declaration.split_once(':') else { continue };
        let name = name.trim().to_ascii_lowercase();
        let side = name.strip_prefix("border-").is_some_and(|rest| {
            rest.split_once('-').is_some_and(|(side, what)| {
                matches!(side, "top" | "bottom" | "left" | "right") && matches!(what, "style" | "color" | "width")
            })
        });
        if side || STYLES.contains(name.as_str()) {
            kept.push(format!("{name}:{}", value.trim_start()));
        }
    }
    kept.join("; ")
}

#[cfg(test)]
mod tests;
