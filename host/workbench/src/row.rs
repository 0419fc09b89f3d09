//! Source records as trees whose leaves keep the source's own bytes, and which field of the contract each leaf is.

use odograft_records::table::{Field, Kind};
use odograft_records::{Object, Part};
use serde_json::value::RawValue;

/// Objects and lists are taken apart down to this depth; what lies deeper is one leaf. As deep as rows are decoded.
const DEPTH: usize = 16;

/// A JSON value whose parts keep their order, their doubles and their bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Members in order; a name may come twice.
    Object(Vec<(String, Node)>),
    /// Items in order.
    List(Vec<Node>),
    /// Anything else, as it is written.
    Leaf(String),
}

/// A leaf of a record that is a source field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The contract's name as a dotted path that begins with the object: `patient.address_line1`,
    /// `practitioner.user.email`, `exam.readings.mb`, and for extra columns `patient.extra.metadata.shoe`.
    pub path: &'a str,
    /// The field; none for an extra column.
    pub field: Option<&'a Field>,
}

/// What becomes of a leaf.
pub enum Act {
    /// It stays.
    Keep,
    /// It is left out; in a list, null takes its place.
    Remove,
    /// This JSON takes its place.
    Replace(String),
}

impl Node {
    /// Takes JSON apart. What cannot be taken apart, such as an object with half a surrogate pair in a name, is a leaf.
    #[must_use]
    pub fn parse(json: &str) -> Self {
        Self::at_depth(json.trim(), 0)
    }

    fn at_depth(json: &str, depth: usize) -> Self {
        match json.as_bytes().first() {
            Some(b'{') if depth < DEPTH => {
                if let Ok(Members(members)) = serde_json::from_str::<Members<'_>>(json) {
                    let member = |(name, raw): (String, &RawValue)| (name, Self::at_depth(raw.get(), depth + 1));
                    return Self::Object(members.into_iter().map(member).collect());
                }
            }
            Some(b'[') if depth < DEPTH => {
                if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(json) {
                    return Self::List(items.into_iter().map(|raw| Self::at_depth(raw.get(), depth + 1)).collect());
                }
            }
            _ => {}
        }
        Self::Leaf(json.to_owned())
    }

    /// The JSON again: leaves byte for byte, without blanks between them.
    #[must_use]
    pub fn json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// The same as a record.
    ///
    /// # Panics
    /// Where a leaf was replaced by something that is no JSON.
    #[must_use]
    pub fn raw(&self) -> Box<RawValue> {
        RawValue::from_string(self.json()).expect("leaves are JSON")
    }

    fn write(&self, out: &mut String) {
        let list =
            |out: &mut String, open: char, close: char, each: &mut dyn FnMut(&mut String, usize), count: usize| {
                out.push(open);
                for at in 0..count {
                    if at > 0 {
                        out.push(',');
                    }
                    each(out, at);
                }
                out.push(close);
            };
        match self {
            Self::Leaf(json) => out.push_str(json),
            Self::List(items) => list(out, '[', ']', &mut |out, at| items[at].write(out), items.len()),
            Self::Object(members) => {
                let mut member = |out: &mut String, at: usize| {
                    out.push_str(&serde_json::Value::from(members[at].0.as_str()).to_string());
                    out.push(':');
                    members[at].1.write(out);
                };
                list(out, '{', '}', &mut member, members.len());
            }
        }
    }

    /// A member of an object; of several with the name, the last, as rows are decoded.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().rev().find(|(own, _)| own == name).map(|(_, node)| node),
            _ => None,
        }
    }

    /// Whether it says anything: not null, not empty text.
    #[must_use]
    pub fn filled(&self) -> bool {
        !matches!(self, Self::Leaf(json) if json == "null" || json == "\"\"")
    }

    /// Visits every leaf that is a source field, and does with it as told. Leaves that say nothing are passed over.
    pub fn visit(&mut self, object: &Object<'_>, act: &mut dyn FnMut(Place<'_>, &str) -> Act) {
        let Self::Object(members) = self else { return };
        for part in object.parts.iter().filter(|part| part.carried) {
            for (_, node) in members.iter_mut().filter(|(name, _)| name == part.member) {
                let mut walk = Walk { part, object: object.name, act };
                match (part.list(), node) {
                    (Some(list), Self::List(rows)) => {
                        let prefix = format!("{list}.");
                        for row in rows {
                            walk.members(row, part.fields, &prefix);
                        }
                    }
                    (None, row) => walk.members(row, part.fields, ""),
                    (Some(_), _) => {}
                }
            }
        }
    }
}

/// One part's leaves on their way to the visitor.
struct Walk<'w> {
    part: &'w Part<'w>,
    object: &'w str,
    act: &'w mut dyn FnMut(Place<'_>, &str) -> Act,
}

impl Walk<'_> {
    fn members(&mut self, node: &mut Node, fields: &[Field], prefix: &str) {
        let Node::Object(members) = node else { return };
        members.retain_mut(|(name, node)| {
            let field = fields.iter().find(|field| field.is(name));
            match field.map(|field| (field, field.kind)) {
                Some((_, Kind::Link)) => true,
                Some((field, Kind::Nested(inner))) if matches!(node, Node::Object(_)) => {
                    self.members(node, inner, &format!("{prefix}{}.", field.name));
                    true
                }
                Some((field, Kind::List(inner))) if matches!(node, Node::List(_)) => {
                    self.items(node, field, inner, prefix);
                    true
                }
                Some((field, _)) => {
                    let path = format!("{}.{prefix}{}", self.object, field.name);
                    self.leaves(node, &Place { path: &path, field: Some(field) })
                }
                None if self.part.extras => self.extra(node, &format!("{prefix}{name}")),
                None => true,
            }
        });
    }

    /// The objects of a list within a row; what else stands there belongs to the field.
    fn items(&mut self, node: &mut Node, field: &Field, inner: &[Field], prefix: &str) {
        let Node::List(items) = node else { return };
        let path = format!("{}.{prefix}{}", self.object, field.name);
        for item in items {
            if matches!(item, Node::Object(_)) {
                self.members(item, inner, &format!("{prefix}{}.", field.name));
            } else if !self.leaves(item, &Place { path: &path, field: Some(field) }) {
                *item = Node::Leaf("null".to_owned());
            }
        }
    }

    /// An extra column, spread out over dotted names as it is decoded; the items of a list share one name.
    fn extra(&mut self, node: &mut Node, name: &str) -> bool {
        match node {
            Node::Object(members) => {
                members.retain_mut(|(own, node)| self.extra(node, &format!("{name}.{own}")));
                true
            }
            _ => {
                let path = format!("{}.extra.{name}", self.object);
                self.leaves(node, &Place { path: &path, field: None })
            }
        }
    }

    /// All leaves below a node, which belong to one field; returns whether the node stays.
    fn leaves(&mut self, node: &mut Node, place: &Place<'_>) -> bool {
        match node {
            Node::Leaf(json) if json == "null" || json == "\"\"" => true,
            Node::Leaf(json) => match (self.act)(*place, json) {
                Act::Keep => true,
                Act::Remove => false,
                Act::Replace(other) => {
                    *json = other;
                    true
                }
            },
            Node::List(items) => {
                for item in items {
                    if !self.leaves(item, place) {
                        *item = Node::Leaf("null".to_owned());
                    }
                }
                true
            }
            Node::Object(members) => {
                members.retain_mut(|(_, node)| self.leaves(node, place));
                true
            }
        }
    }
}

/// An object's members, doubles and all.
pub(crate) struct Members<'a>(pub(crate) Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members<'de>;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        reader.deserialize_map(Visitor)
    }
}

/// Whether a path that a manifest names stands for this place: the same, or one that it lies below.
#[must_use]
pub fn covers(declared: &str, path: &str) -> bool {
    path.strip_prefix(declared).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use odograft_engine::{DentOSoft, Dentally, Perio};

    use super::*;
    use crate::source::Source;

    fn object<S: Source>(name: &str) -> &'static Object<'static> {
        S::OBJECTS.iter().find(|object| object.name == name).expect("an object of the source")
    }

    fn paths(node: &mut Node, object: &Object<'_>) -> Vec<String> {
        let mut paths = Vec::new();
        node.visit(object, &mut |place, _| {
            paths.push(place.path.to_owned());
            Act::Keep
        });
        paths
    }

    #[test]
    fn what_is_taken_apart_comes_together_byte_for_byte() {
        for json in
            [r#"{"a":1.10,"a":[1e400,{"":"\ud800"}],"b\n":{}}"#, r#"["\u0041",null]"#, "-0.0", r#"{"\ud800":1}"#]
        {
            assert_eq!(Node::parse(json).json(), json);
        }
        let deep = format!("{}1{}", "[".repeat(40_000), "]".repeat(40_000));
        assert_eq!(Node::parse(&deep).json(), deep);
    }

    #[test]
    fn leaves_have_the_contracts_names() {
        let mut node = Node::parse(
            r#"{"object":"patient","row":{"id":1,"address_line_1":"x","email":"y","town":"","metadata":{"shoe":[3,4]},"notes":{"a":1}}}"#,
        );
        assert_eq!(
            paths(&mut node, object::<Dentally>("patient")),
            [
                "patient.id",
                "patient.address_line1",
                "patient.email_address",
                "patient.extra.metadata.shoe",
                "patient.extra.metadata.shoe",
                "patient.notes"
            ]
        );
        let mut node = Node::parse(r#"{"object":"practitioner","row":{"user":{"email":"y","level":2}}}"#);
        assert_eq!(
            paths(&mut node, object::<Dentally>("practitioner")),
            ["practitioner.user.email", "practitioner.extra.user.level"]
        );
        let mut node = Node::parse(
            r#"{"manifest":{"notation":"fdi","version":1},"exam":{"exam_id":"E","room":3},"readings":[{"exam_id":"E","mb":"3","hue":"red"}],"latest":false}"#,
        );
        assert_eq!(
            paths(&mut node, object::<Perio>("exam")),
            ["exam.notation", "exam.id", "exam.extra.room", "exam.readings.mb", "exam.extra.readings.hue"]
        );
    }

    #[test]
    fn lists_within_a_row_have_the_contracts_names() {
        let mut node = Node::parse(
            r#"{"object":"patient","row":{"custom_fields":[{"label":"Smoker","value":"no","hue":"red"},"x"]}}"#,
        );
        assert_eq!(
            paths(&mut node, object::<Dentally>("patient")),
            [
                "patient.custom_fields.name",
                "patient.custom_fields.value",
                "patient.extra.custom_fields.hue",
                "patient.custom_fields"
            ]
        );
        let mut node = Node::parse(
            r#"{"object":"account_history","key":"17","payments":[{"explanations":[{"amount":1}]}],"invoice_items":[{"name":"x"}]}"#,
        );
        assert_eq!(
            paths(&mut node, object::<Dentally>("account_history")),
            ["account_history.invoice_items.name", "account_history.payments.explanations.amount"]
        );
    }

    #[test]
    fn how_texts_are_to_be_read_is_no_field_of_a_record() {
        let mut node = Node::parse(
            r#"{"object":"clinical-note","manifest":{"date_order":"mdy","time_zone":"UTC"},"row":{"id":"N1","written_at":"1/2/2026"}}"#,
        );
        let note = object::<DentOSoft>("clinical-note");
        assert_eq!(paths(&mut node, note), ["clinical-note.id", "clinical-note.written_at"]);
    }

    #[test]
    fn leaves_are_left_out_and_replaced() {
        let mut node = Node::parse(r#"{"object":"patient","row":{"id":1,"town":"a","tags":["b","c"],"town":"d"}}"#);
        node.visit(object::<Dentally>("patient"), &mut |place, json| match (place.path, json) {
            ("patient.town", _) | (_, "\"b\"") => Act::Remove,
            ("patient.id", _) => Act::Replace("2".to_owned()),
            _ => Act::Keep,
        });
        assert_eq!(node.json(), r#"{"object":"patient","row":{"id":2,"tags":[null,"c"]}}"#);
    }

    #[test]
    fn a_path_stands_for_what_lies_below_it() {
        assert!(covers("exam.readings", "exam.readings.mb") && covers("patient.id", "patient.id"));
        assert!(!covers("patient.na", "patient.name") && !covers("patient.name.x", "patient.name"));
    }
}
