//! What differs between two answers, down to the field.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// Which part of an answer differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case", tag = "part")]
pub enum Part {
    /// What became of the record at all: mapped, rejected with a code, failed, undecodable.
    End,
    /// An Odoo record that only one of the two has.
    Record {
        /// Its model.
        model: String,
    },
    /// The source key of an Odoo record.
    Key {
        /// Its model.
        model: String,
    },
    /// One field of an Odoo record.
    Field {
        /// Its model.
        model: String,
        /// The field.
        field: String,
    },
    /// A finding.
    Finding {
        /// Its code.
        code: String,
    },
    /// A handover.
    Handover {
        /// Its title.
        title: String,
    },
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => write!(out, "the record's end"),
            Self::Record { model } => write!(out, "{model} (the record)"),
            Self::Key { model } => write!(out, "{model} (its key)"),
            Self::Field { model, field } => write!(out, "{model}.{field}"),
            Self::Finding { code } => write!(out, "finding `{code}`"),
            Self::Handover { title } => write!(out, "handover `{title}`"),
        }
    }
}

/// One difference. A side that does not have the part is none; a field that is written empty is null.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// What differs.
    #[serde(flatten)]
    pub part: Part,
    /// On the first side.
    pub old: Option<Value>,
    /// On the second side.
    pub new: Option<Value>,
}

/// All differences between two answers in the form of `expected.json`.
#[must_use]
pub fn changes(old: &Value, new: &Value) -> Vec<Change> {
    if old == new {
        return Vec::new();
    }
    let mut found = Vec::new();
    if !(old["upserts"].is_array() && new["upserts"].is_array()) {
        found.push(change(Part::End, Some(old), Some(new)));
        return found;
    }
    upserts(list(old, "upserts"), list(new, "upserts"), &mut found);
    let code = |finding: &Value| Part::Finding { code: text(finding, "code") };
    unordered(list(old, "findings"), list(new, "findings"), code, &mut found);
    let title = |handover: &Value| Part::Handover { title: text(handover, "title") };
    unordered(list(old, "handovers"), list(new, "handovers"), title, &mut found);
    if found.is_empty() {
        // Equal but for the order of records or findings, which a run keeps too.
        found.push(change(Part::End, Some(old), Some(new)));
    }
    found
}

fn change(part: Part, old: Option<&Value>, new: Option<&Value>) -> Change {
    Change { part, old: old.cloned(), new: new.cloned() }
}

fn list<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer[name].as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// Pairs records of one model by their key, then by their order, and compares each pair.
fn upserts(old: &[Value], new: &[Value], found: &mut Vec<Change>) {
    let mut unpaired: Vec<&Value> = new.iter().collect();
    let mut take = |wanted: &dyn Fn(&Value) -> bool| {
        let at = unpaired.iter().position(|upsert| wanted(upsert))?;
        Some(unpaired.remove(at))
    };
    let mut pairs: Vec<(&Value, Option<&Value>)> =
        old.iter().map(|a| (a, take(&|b| a["model"] == b["model"] && a["key"] == b["key"]))).collect();
    for (a, b) in &mut pairs {
        if b.is_none() {
            *b = take(&|other| a["model"] == other["model"]);
        }
    }
    for (a, b) in pairs {
        let model = text(a, "model");
        match b {
            None => found.push(change(Part::Record { model }, Some(a), None)),
            Some(b) => {
                if a["key"] != b["key"] {
                    found.push(change(Part::Key { model: model.clone() }, a.get("key"), b.get("key")));
                }
                fields(&model, &a["fields"], &b["fields"], found);
            }
        }
    }
    found.extend(unpaired.iter().map(|b| change(Part::Record { model: text(b, "model") }, None, Some(b))));
}

fn fields(model: &str, old: &Value, new: &Value, found: &mut Vec<Change>) {
    let names = |fields: &Value| fields.as_object().map(|o| o.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let mut all = names(old);
    all.extend(names(new).into_iter().filter(|name| old.get(name).is_none()));
    for field in all {
        let (a, b) = (old.get(&field), new.get(&field));
        if a != b {
            found.push(change(Part::Field { model: model.to_owned(), field }, a, b));
        }
    }
}

/// Parts that stand for themselves: those that only one side has, paired where they are of one kind.
fn unordered(old: &[Value], new: &[Value], part: impl Fn(&Value) -> Part, found: &mut Vec<Change>) {
    let mut added: Vec<&Value> = new.iter().collect();
    let mut gone: Vec<&Value> = Vec::new();
    for value in old {
        match added.iter().position(|other| *other == value) {
            Some(at) => drop(added.remove(at)),
            None => gone.push(value),
        }
    }
    for value in gone {
        let at = added.iter().position(|other| part(other) == part(value));
        let other = at.map(|at| added.remove(at));
        found.push(change(part(value), Some(value), other));
    }
    found.extend(added.into_iter().map(|value| change(part(value), None, Some(value))));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outcome(upserts: &Value, findings: &Value) -> Value {
        json!({ "upserts": upserts, "findings": findings, "handovers": [] })
    }

    fn parts(old: &Value, new: &Value) -> Vec<String> {
        changes(old, new).iter().map(|change| change.part.to_string()).collect()
    }

    #[test]
    fn fields_are_named_with_both_sides() {
        let old = outcome(&json!([{"model": "m", "key": "p/1", "fields": {"a": 1, "b": null, "c": 3}}]), &json!([]));
        let new = outcome(&json!([{"model": "m", "key": "p/1", "fields": {"a": 2, "b": null, "d": null}}]), &json!([]));
        let found = changes(&old, &new);
        let sides: Vec<_> = found.iter().map(|c| (c.part.to_string(), c.old.clone(), c.new.clone())).collect();
        let expected = [
            ("m.a".to_owned(), Some(json!(1)), Some(json!(2))),
            ("m.c".to_owned(), Some(json!(3)), None),
            ("m.d".to_owned(), None, Some(Value::Null)),
        ];
        assert_eq!(sides, expected);
        assert!(changes(&old, &old).is_empty());
    }

    #[test]
    fn records_are_paired_by_key_then_by_model() {
        let record = |model: &str, key: &str| json!({"model": model, "key": key, "fields": {}});
        let of = |records: &[Value]| outcome(&json!(records), &json!([]));
        let old = of(&[record("m", "p/1"), record("m", "p/2")]);
        assert_eq!(parts(&old, &of(&[record("m", "p/2"), record("m", "p/3")])), ["m (its key)"]);
        assert_eq!(parts(&old, &of(&[record("m", "p/2")])), ["m (the record)"]);
        assert_eq!(
            parts(&old, &of(&[record("m", "p/2"), record("m", "p/1")])),
            ["the record's end"],
            "the order alone"
        );
    }

    #[test]
    fn findings_and_ends_are_told() {
        let finding =
            |code: &str, message: &str| json!({"severity": "info", "code": code, "field": null, "message": message});
        let of = |findings: &[Value]| outcome(&json!([]), &json!(findings));
        let old = of(&[finding("a", "x"), finding("b", "x")]);
        assert_eq!(
            parts(&old, &of(&[finding("a", "y"), finding("c", "x")])),
            ["finding `a`", "finding `b`", "finding `c`"]
        );
        let rejected = json!({"rejected": {"code": "no-name", "field": null, "message": ""}});
        assert_eq!(parts(&old, &rejected), ["the record's end"]);
    }
}
