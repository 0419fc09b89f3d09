//! Whether an answer is a failure of the module.

use odograft_engine::{Answer, Fault};
use odograft_records::table::{Field, Kind};

use crate::row::{Act, Node};
use odograft_records::Object;

/// A text shorter than this is in many messages by chance.
const SHORTEST: usize = 4;

/// What a module did wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It trapped, met a limit, or answered out of its manifest.
    Failed(Fault),
    /// What it says holds a value of this field, or seems to.
    Leak(Leak),
}

/// A value of a record that stands in what a module says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leak {
    /// The code of the rejection or finding.
    pub(super) code: String,
    /// The source field.
    pub(super) source: String,
}

/// A rejection or a finding.
struct Said<'a> {
    code: &'a str,
    words: [&'a str; 3],
}

impl<'a> Said<'a> {
    fn new(code: &'a str, field: Option<&'a str>, message: &'a str) -> Self {
        Self { code, words: [code, field.unwrap_or_default(), message] }
    }

    /// All rejections and findings of an answer.
    fn all(answer: &'a Answer) -> Vec<Self> {
        match answer {
            Answer::Rejected(r) => vec![Self::new(&r.code, r.field.as_deref(), &r.message)],
            Answer::Outcome(outcome) => {
                outcome.findings.iter().map(|f| Self::new(&f.code, f.field.as_deref(), &f.message)).collect()
            }
            Answer::Failed(_) => Vec::new(),
        }
    }

    /// Whether a value stands in it, with or without its blanks, in any case.
    fn holds(&self, value: &str) -> bool {
        let value = value.trim().to_lowercase();
        value.chars().count() >= SHORTEST && self.words.iter().any(|words| words.to_lowercase().contains(&value))
    }
}

/// Failures of the module, and leaks as far as one answer can tell: [`confirmed`] has the last word.
pub(super) fn suspects(answer: &Answer, record: &Node, object: &Object<'_>) -> Vec<Wrong> {
    if let Answer::Failed(fault) = answer {
        return vec![Wrong::Failed(fault.clone())];
    }
    let said = Said::all(answer);
    let mut leaks = Vec::new();
    if said.is_empty() {
        return leaks;
    }
    record.clone().visit(object, &mut |place, json| {
        let value = serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned());
        for said in said.iter().filter(|said| said.holds(&value)) {
            let leak = Wrong::Leak(Leak { code: said.code.to_owned(), source: place.path.to_owned() });
            if !leaks.contains(&leak) {
                leaks.push(leak);
            }
        }
        Act::Keep
    });
    leaks
}

/// A text that no rule holds, where a suspected field had its value; none for fields that cannot hold one.
pub(super) fn marked(record: &Node, object: &Object<'_>, leak: &Leak) -> Option<(Node, &'static str)> {
    let (mut marked, mut used) = (record.clone(), None);
    marked.visit(object, &mut |place, json| {
        if place.path != leak.source {
            return Act::Keep;
        }
        let Some(mark) = mark(place.field, json) else { return Act::Keep };
        used = Some(mark);
        // Where a number stands a number takes its place, whatever the field is of; a day is always text.
        let number = !json.starts_with('"') && mark.bytes().all(|byte| byte.is_ascii_digit());
        Act::Replace(if number { mark.to_owned() } else { format!("\"{mark}\"") })
    });
    used.map(|mark| (marked, mark))
}

fn mark(field: Option<&Field>, json: &str) -> Option<&'static str> {
    match field.map_or(Kind::Text, |field| field.kind) {
        Kind::Text | Kind::Texts | Kind::Scalar | Kind::Json if json.starts_with('"') => Some("Qzvlkjxw"),
        Kind::Text | Kind::Integer if json.starts_with(|c: char| c.is_ascii_digit() || "-\"".contains(c)) => {
            Some("73915268")
        }
        Kind::Date => Some("1987-06-05"),
        Kind::Instant => Some("1987-06-05T04:03:02Z"),
        _ => None,
    }
}

/// Whether the answer to a marked record says the mark.
pub(super) fn confirmed(answer: &Answer, mark: &str, code: &str) -> bool {
    Said::all(answer).iter().any(|said| said.code == code && said.holds(mark))
}

#[cfg(test)]
mod tests {
    use odograft_engine::Dentally;
    use odograft_records::bindings::transform::effects::Rejection;

    use super::*;
    use crate::source::Source;

    fn suspected(message: &str) -> Vec<String> {
        let record =
            Node::parse(r#"{"object":"patient","row":{"id":7531,"town":" Exampleham ","county":"Kent","title":"Ms"}}"#);
        let answer = Answer::Rejected(Rejection { code: "no-name".into(), field: None, message: message.to_owned() });
        let form = Dentally::form(&record).expect("a patient");
        let leaks = suspects(&answer, &record, &form.object());
        leaks
            .iter()
            .map(|wrong| match wrong {
                Wrong::Leak(leak) => leak.source.clone(),
                Wrong::Failed(_) => panic!("it did not fail"),
            })
            .collect()
    }

    #[test]
    fn a_message_with_a_value_is_suspected() {
        assert_eq!(suspected("the name is missing"), [] as [&str; 0]);
        assert_eq!(suspected("nobody in EXAMPLEHAM, kent has no name"), ["patient.town", "patient.county"]);
        assert_eq!(suspected("patient 7531 has no name"), ["patient.id"]);
        assert_eq!(suspected("items have no Ms"), [] as [&str; 0], "too short to tell");
    }

    #[test]
    fn a_mark_takes_the_values_place() {
        let record = Node::parse(r#"{"object":"patient","row":{"id":7531,"town":"Kent"}}"#);
        let form = Dentally::form(&record).expect("a patient");
        let object = &form.object();
        let leak = |source: &str| Leak { code: "x".into(), source: source.into() };
        let (marked_id, _) = marked(&record, object, &leak("patient.id")).expect("marked");
        assert_eq!(marked_id.json(), r#"{"object":"patient","row":{"id":73915268,"town":"Kent"}}"#);
        let (marked_town, mark) = marked(&record, object, &leak("patient.town")).expect("marked");
        assert!(marked_town.json().contains(r#""town":"Qzvlkjxw""#) && mark == "Qzvlkjxw");
        let record = Node::parse(r#"{"object":"patient","row":{"id":1,"date_of_birth":19800229}}"#);
        let (marked_day, _) = marked(&record, object, &leak("patient.date_of_birth")).expect("marked");
        assert!(
            marked_day.raw().get().ends_with(r#""date_of_birth":"1987-06-05"}}"#),
            "a day is text: {}",
            marked_day.json()
        );
    }
}
