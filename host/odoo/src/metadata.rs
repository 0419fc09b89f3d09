//! What Odoo says about a model's fields.

use std::collections::BTreeMap;

use serde_json::Value;

/// What `fields_get` is asked for.
pub(crate) const ATTRIBUTES: [&str; 8] =
    ["type", "string", "required", "readonly", "store", "relation", "selection", "size"];

/// One field of a model, from `fields_get`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldInfo {
    /// Odoo's type: `char`, `text`, `html`, `many2one`, …
    pub kind: String,
    /// A record without it is refused. Odoo doesn't tell here which are required only by a rule, as a partner's name.
    pub required: bool,
    /// The form doesn't let a user change it; the API often does.
    pub readonly: bool,
    /// It is a column, not computed on reading.
    pub store: bool,
    /// The model at the other end of a relation.
    pub relation: Option<String>,
    /// Value and label of each choice; empty for other types.
    pub selection: Vec<(String, String)>,
    /// The longest text in characters; Odoo cuts longer ones silently.
    pub size: Option<u32>,
    /// What users see before the field.
    pub label: String,
}

impl FieldInfo {
    /// A column of this type that may be left empty and written.
    pub fn column(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            required: false,
            readonly: false,
            store: true,
            relation: None,
            selection: Vec::new(),
            size: None,
            label: String::new(),
        }
    }
}

/// The answer of `fields_get`, `None` when it has another shape.
pub(crate) fn fields(answer: Value) -> Option<BTreeMap<String, FieldInfo>> {
    let Value::Object(fields) = answer else { return None };
    fields.into_iter().map(|(name, field)| Some((name, info(&field)?))).collect()
}

fn info(field: &Value) -> Option<FieldInfo> {
    let flag = |name: &str| field[name].as_bool().unwrap_or(false);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some(FieldInfo {
        kind: field["type"].as_str()?.to_owned(),
        required: flag("required"),
        readonly: flag("readonly"),
        store: field["store"].as_bool().unwrap_or(true),
        relation: field["relation"].as_str().map(str::to_owned),
        selection: field["selection"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|choice| (text(&choice[0]), text(&choice[1])))
            .collect(),
        size: field["size"].as_u64().and_then(|size| u32::try_from(size).ok()).filter(|size| *size > 0),
        label: text(&field["string"]),
    })
}
