//! Markup as a reader reads it.

/// Elements that begin a line.
const BLOCKS: [&str; 14] = ["p", "div", "br", "li", "ul", "ol", "tr", "td", "th", "table", "h1", "h2", "h3", "hr"];

/// The words, with single blanks between them.
pub(super) fn words(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    for (at, part) in html.split('<').enumerate() {
        let (tag, behind) = if at == 0 { ("", part) } else { part.split_once('>').unwrap_or(("", part)) };
        if BLOCKS.contains(&name(tag)) {
            text.push(' ');
        }
        text.push_str(behind);
    }
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    let text = entities.iter().fold(text, |text, (entity, letter)| text.replace(entity, letter));
    blanks(&text)
}

/// Whether there is an element of this name.
pub(super) fn has(html: &str, element: &str) -> bool {
    html.split('<').skip(1).any(|part| part.split_once('>').is_some_and(|(tag, _)| name(tag) == element))
}

/// A text with single blanks between its words.
pub(super) fn blanks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn name(tag: &str) -> &str {
    tag.trim_matches('/').split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default()
}

#[test]
fn a_reader_reads_words() {
    assert_eq!(words("<p>Pt says it &quot;clicks&quot; &amp;<br/>aches</p>"), "Pt says it \"clicks\" & aches");
    assert_eq!(words("<b>Sedation</b>: fast &lt; midnight"), "Sedation: fast < midnight");
    assert!(has("<p>a <b class=\"x\">b</b></p>", "b") && !has("<br>", "b"));
}
