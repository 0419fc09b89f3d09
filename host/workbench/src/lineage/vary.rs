//! Other values for a field, of the kind that it has.

use odograft_records::table::{Field, Kind};

use crate::row::Act;

/// One way to vary a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variation {
    /// It is left out.
    Blank,
    /// It has another value; choices have several.
    Other(usize),
}

/// The ways in which a field is varied.
pub(super) fn variations(field: Option<&Field>) -> Vec<Variation> {
    let others = match field.map(|field| field.kind) {
        Some(Kind::Choice(words)) => words.len().saturating_sub(1),
        _ => 1,
    };
    let blank = (!field.is_some_and(|field| field.required)).then_some(Variation::Blank);
    blank.into_iter().chain((0..others).map(Variation::Other)).collect()
}

/// What becomes of one leaf.
pub(super) fn vary(variation: Variation, field: Option<&Field>, json: &str) -> Act {
    match variation {
        Variation::Blank => Act::Remove,
        Variation::Other(which) => Act::Replace(other(field.map_or(Kind::Text, |field| field.kind), which, json)),
    }
}

/// Another value than this one, as JSON of the same type.
fn other(kind: Kind, which: usize, json: &str) -> String {
    let text = json.trim_matches('"');
    let one_of = |first: &str, second: &str| if text == first { second.to_owned() } else { first.to_owned() };
    let value = match kind {
        Kind::Choice(words) => {
            words.iter().filter(|word| **word != text).nth(which).map_or(String::new(), |&word| word.to_owned())
        }
        // Without a mark it is read whichever mark the source is declared to write.
        Kind::Decimal => one_of("12345", "23456"),
        Kind::Date => one_of("2001-02-03", "2002-03-04"),
        Kind::Instant => one_of("2001-02-03T04:05:06Z", "2002-03-04T05:06:07Z"),
        Kind::Boolean => return if matches!(text, "true" | "1") { "false" } else { "true" }.to_owned(),
        Kind::Integer => text.parse::<i64>().map_or(1, |number| number.wrapping_add(1)).to_string(),
        Kind::Text | Kind::Texts | Kind::Scalar | Kind::Json | Kind::Nested(_) | Kind::List(_) | Kind::Link => {
            match json {
                "true" => return "false".to_owned(),
                "false" => return "true".to_owned(),
                _ if json.starts_with('"') => one_of("Another text", "One more text"),
                _ => one_of("7654321", "7654322"),
            }
        }
    };
    if json.starts_with('"') || matches!(kind, Kind::Choice(_) | Kind::Date | Kind::Instant) {
        format!("\"{value}\"")
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_value_is_another_and_of_the_same_kind() {
        for (kind, json, expected) in [
            (Kind::Text, "\"Ada\"", "\"Another text\""),
            (Kind::Text, "\"Another text\"", "\"One more text\""),
            (Kind::Text, "17", "7654321"),
            (Kind::Text, "true", "false"),
            (Kind::Boolean, "true", "false"),
            (Kind::Boolean, "\"0\"", "true"),
            (Kind::Integer, "\"3\"", "\"4\""),
            (Kind::Integer, "3", "4"),
            (Kind::Date, "\"2001-02-03\"", "\"2002-03-04\""),
            (Kind::Choice(&["a", "b", "c"]), "\"b\"", "\"a\""),
        ] {
            assert_eq!(other(kind, 0, json), expected, "{json}");
        }
        assert_eq!(other(Kind::Choice(&["a", "b", "c"]), 1, "\"b\""), "\"c\"");
    }
}
