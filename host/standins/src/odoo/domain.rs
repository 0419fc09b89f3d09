//! Search domains and orders.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::Value;

use super::database::Database;
use super::fault::{Fault, repr};
use super::store::Row;
use super::tables::{Field, Kind, Model};
use super::values::truthy;

/// A parsed domain.
#[derive(Debug, Clone)]
pub(crate) enum Domain {
    All,
    And(Vec<Domain>),
    Or(Vec<Domain>),
    Not(Box<Domain>),
    Leaf { path: Vec<String>, operator: String, value: Value, ids: Option<HashSet<i64>> },
}

const OPERATORS: &[&str] = &[
    "=",
    "!=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "not in",
    "like",
    "ilike",
    "not like",
    "not ilike",
    "=like",
    "=ilike",
    "child_of",
];

impl Domain {
    /// Parses Odoo's prefix notation.
    ///
    /// # Errors
    /// Odoo's text for a malformed domain, an unknown field or operator.
    pub(crate) fn parse(database: &Database, model: &Model, domain: &Value) -> Result<Domain, Fault> {
        let Value::Array(items) = domain else {
            let message = format!("Domain() invalid argument type for domain: {}", repr(domain));
            return Err(Fault::python("builtins.TypeError", message));
        };
        let malformed = || Fault::value(format!("Domain() malformed domain {}", repr(domain)));
        let mut stack: Vec<Domain> = Vec::new();
        for item in items.iter().rev() {
            match item {
                Value::String(operator) if operator == "!" => {
                    let inner = stack.pop().ok_or_else(malformed)?;
                    stack.push(Domain::Not(Box::new(inner)));
                }
                Value::String(operator) if operator == "&" || operator == "|" => {
                    let pair = vec![stack.pop().ok_or_else(malformed)?, stack.pop().ok_or_else(malformed)?];
                    stack.push(if operator == "&" { Domain::And(pair) } else { Domain::Or(pair) });
                }
                Value::Array(parts) => stack.push(Self::leaf(database, model, parts, item)?),
                _ => return Err(malformed()),
            }
        }
        stack.reverse();
        Ok(if stack.is_empty() { Domain::All } else { Domain::And(stack) })
    }

    fn leaf(database: &Database, model: &Model, parts: &[Value], item: &Value) -> Result<Domain, Fault> {
        let [field, operator, value] = parts else {
            return Err(Fault::value(format!("Domain() invalid item in domain: {}", repr(item))));
        };
        // (1, '=', 1) and (0, '=', 1) are Odoo's true and false.
        if let Some(number) = field.as_i64() {
            return Ok(if number == 1 { Domain::All } else { Domain::Or(Vec::new()) });
        }
        let condition = || format!("({})", parts.iter().map(repr).collect::<Vec<_>>().join(", "));
        let operator = operator.as_str().unwrap_or_default().to_lowercase();
        let path: Vec<String> = field.as_str().unwrap_or_default().split('.').map(str::to_owned).collect();
        let mut at = database.model(&model.name)?;
        for (index, name) in path.iter().enumerate() {
            let Some(field) = at.fields.get(name) else {
                return Err(Fault::value(format!("Invalid field {}.{name} in condition {}", at.name, condition())));
            };
            if index + 1 < path.len() {
                let relation = field.relation.as_deref().unwrap_or_default();
                at = database.model(relation).map_err(|_| {
                    Fault::value(format!("Invalid field {}.{name} in condition {}", model.name, condition()))
                })?;
            }
        }
        if !OPERATORS.contains(&operator.as_str()) {
            return Err(Fault::value(format!("Invalid operator in condition {}", condition())));
        }
        let ids = (operator == "in" || operator == "not in")
            .then(|| value.as_array().map(|items| items.iter().filter_map(Value::as_i64).collect()))
            .flatten();
        Ok(Domain::Leaf { path, operator, value: value.clone(), ids })
    }

    /// Whether the domain says anything about a field.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        match self {
            Domain::All => false,
            Domain::And(parts) | Domain::Or(parts) => parts.iter().any(|part| part.mentions(name)),
            Domain::Not(inner) => inner.mentions(name),
            Domain::Leaf { path, .. } => path.first().is_some_and(|first| first == name),
        }
    }

    /// Record ids that the domain can match at most, when it says so: saves walking the table.
    pub(crate) fn candidates(&self, database: &Database, model: &str) -> Option<Vec<i64>> {
        match self {
            Domain::And(parts) => parts.iter().find_map(|part| part.candidates(database, model)),
            Domain::Or(parts) => {
                let parts: Option<Vec<Vec<i64>>> = parts.iter().map(|part| part.candidates(database, model)).collect();
                parts.map(|parts| parts.concat())
            }
            Domain::Leaf { path, operator, value, ids } => match (path.as_slice(), operator.as_str()) {
                ([name], "=") if name == "id" => value.as_i64().map(|id| vec![id]),
                ([name], "in") if name == "id" => ids.as_ref().map(|ids| ids.iter().copied().collect()),
                ([name], "=") if refers(database, model, name) => {
                    let id = value.as_i64().filter(|id| *id != 0)?;
                    Some(database.store.referring(model, name, &HashSet::from([id])))
                }
                ([name], "in") if refers(database, model, name) => {
                    // An id of 0 means none, in rows that name none.
                    let all_name =
                        |ids: &&HashSet<i64>| value.as_array().map(Vec::len) == Some(ids.len()) && !ids.contains(&0);
                    Some(database.store.referring(model, name, ids.as_ref().filter(all_name)?))
                }
                ([name], "=" | "in") if name == "name" && model == "ir.model.data" => {
                    let names: Vec<&str> = match value {
                        Value::String(name) => vec![name.as_str()],
                        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
                        _ => return None,
                    };
                    Some(names.iter().flat_map(|name| database.store.external_named(name)).collect())
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a record matches.
    pub(crate) fn matches(&self, database: &Database, model: &Model, id: i64, row: &Row) -> bool {
        match self {
            Domain::All => true,
            Domain::And(parts) => parts.iter().all(|part| part.matches(database, model, id, row)),
            Domain::Or(parts) => parts.iter().any(|part| part.matches(database, model, id, row)),
            Domain::Not(inner) => !inner.matches(database, model, id, row),
            Domain::Leaf { path, operator, value, ids } => {
                compare(database, model, id, row, path, operator, value, ids.as_ref())
            }
        }
    }
}

/// Whether a field's ids stand in its row.
fn refers(database: &Database, model: &str, name: &str) -> bool {
    let model = database.model(model).ok();
    model.and_then(|model| model.fields.get(name).cloned()).is_some_and(|field| {
        field.store && (matches!(field.kind, Kind::Many2one | Kind::Many2many) || name == "res_id")
    })
}

#[expect(clippy::too_many_arguments, reason = "the parts of one condition and the record it is held against")]
fn compare(
    database: &Database,
    model: &Model,
    id: i64,
    row: &Row,
    path: &[String],
    operator: &str,
    value: &Value,
    ids: Option<&HashSet<i64>>,
) -> bool {
    let Some((name, rest)) = path.split_first() else { return false };
    let Some(field) = model.fields.get(name) else { return false };
    let stored = database.stored(model, id, row, field);
    if !rest.is_empty() {
        let Some(Ok(comodel)) = field.relation.as_deref().map(|relation| database.model(relation)) else {
            return false;
        };
        let linked: Vec<i64> = match &stored {
            Value::Array(items) => items.iter().filter_map(Value::as_i64).collect(),
            Value::Number(number) => number.as_i64().into_iter().collect(),
            _ => Vec::new(),
        };
        return linked.iter().any(|linked| {
            database
                .store
                .get(&comodel.name, *linked)
                .is_some_and(|row| compare(database, &comodel, *linked, row, rest, operator, value, ids))
        });
    }
    match operator {
        "=" => equals(database, field, &stored, value),
        "!=" | "<>" => !equals(database, field, &stored, value),
        "in" => contains(database, field, &stored, value, ids),
        "not in" => !contains(database, field, &stored, value, ids),
        "<" | "<=" | ">" | ">=" => order_of(&stored, value).is_some_and(|ordering| match operator {
            "<" => ordering.is_lt(),
            "<=" => ordering.is_le(),
            ">" => ordering.is_gt(),
            _ => ordering.is_ge(),
        }),
        "child_of" => {
            let wanted = value.as_i64();
            let mut at = Some(id);
            let mut steps = 0;
            while let Some(current) = at {
                if Some(current) == wanted {
                    return true;
                }
                steps += 1;
                if steps > 100 {
                    break;
                }
                at = database
                    .store
                    .get(&model.name, current)
                    .and_then(|row| row.get("parent_id"))
                    .and_then(Value::as_i64);
            }
            false
        }
        like => {
            let text = text_of(database, field, &stored);
            let pattern = value.as_str().unwrap_or_default();
            let ignoring_case = like.contains("ilike");
            let (text, pattern) =
                if ignoring_case { (text.to_lowercase(), pattern.to_lowercase()) } else { (text, pattern.to_owned()) };
            let matched = if like.starts_with('=') { sql_like(&text, &pattern) } else { text.contains(&pattern) };
            matched != like.starts_with("not ")
        }
    }
}

fn text_of(database: &Database, field: &Field, stored: &Value) -> String {
    match (field.kind, stored) {
        (Kind::Many2one, Value::Number(number)) => {
            let relation = field.relation.as_deref().unwrap_or_default();
            number.as_i64().map(|id| database.display_name(relation, id)).unwrap_or_default()
        }
        (_, Value::String(text)) => text.clone(),
        (_, Value::Null | Value::Bool(false)) => String::new(),
        (_, other) => other.to_string(),
    }
}

fn equals(database: &Database, field: &Field, stored: &Value, value: &Value) -> bool {
    let unset = |value: &Value| matches!(value, Value::Null | Value::Bool(false));
    match field.kind {
        Kind::Boolean => truthy(stored) == truthy(value),
        Kind::Many2one if value.is_string() => {
            !unset(stored) && text_of(database, field, stored) == value.as_str().unwrap_or_default()
        }
        Kind::Many2many | Kind::One2many => match (stored, value) {
            (Value::Array(items), Value::Number(_)) => items.contains(value),
            (Value::Array(items), other) if unset(other) => items.is_empty(),
            (stored, other) => unset(stored) && unset(other),
        },
        _ if unset(value) => {
            unset(stored) || (stored == &Value::String(String::new())) || (numeric(field) && !truthy(stored))
        }
        // A number that was never set is 0.
        _ if numeric(field) && unset(stored) => value.as_f64() == Some(0.0),
        _ => match (stored.as_f64(), value.as_f64()) {
            (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
            _ => stored == value,
        },
    }
}

fn numeric(field: &Field) -> bool {
    matches!(field.kind, Kind::Integer | Kind::Float | Kind::Monetary)
}

fn contains(database: &Database, field: &Field, stored: &Value, value: &Value, ids: Option<&HashSet<i64>>) -> bool {
    if let (Some(ids), Some(id)) = (ids, stored.as_i64()) {
        return ids.contains(&id);
    }
    match (stored, value) {
        (Value::Array(linked), Value::Array(items)) => linked.iter().any(|id| items.contains(id)),
        (_, Value::Array(items)) => items.iter().any(|item| equals(database, field, stored, item)),
        (_, other) => equals(database, field, stored, other),
    }
}

fn order_of(stored: &Value, value: &Value) -> Option<Ordering> {
    match (stored, value) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (a, b) => Some(a.as_f64()?.total_cmp(&b.as_f64()?)),
    }
}

fn sql_like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut t, mut p, mut star) = (0, 0, None);
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '%' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '_' || pattern[p] == text[t]) {
            t += 1;
            p += 1;
        } else if let Some((at, from)) = star {
            p = at + 1;
            t = from + 1;
            star = Some((at, from + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '%')
}

/// Sorts ids by an `order` clause; texts by code point, as the C collation of a PostgreSQL without locales.
///
/// # Errors
/// Odoo's text for a field that the model doesn't have.
pub(crate) fn sort(database: &Database, model: &Model, ids: &mut [i64], order: &str) -> Result<(), Fault> {
    let mut keys: Vec<(&Field, bool)> = Vec::new();
    for part in order.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let mut words = part.split_whitespace();
        let name = words.next().unwrap_or_default();
        let direction = words.next().unwrap_or("asc").to_lowercase();
        if !matches!(direction.as_str(), "asc" | "desc") {
            return Err(Fault::user(format!(
                "Invalid \"order\" specified ({order}). A valid \"order\" specification is a comma-separated list of valid \
                 field names (optionally followed by asc/desc for the direction)"
            )));
        }
        let descending = direction == "desc";
        let field = model.fields.get(name).ok_or_else(|| {
            Fault::value(format!("Invalid field {name:?} on model {:?}", model.name).replace('"', "'"))
        })?;
        keys.push((field, descending));
    }
    let mut keyed: Vec<(Vec<Key>, i64)> = ids
        .iter()
        .map(|id| {
            let values = keys.iter().map(|(field, _)| Key::of(database, model, *id, field)).collect();
            (values, *id)
        })
        .collect();
    keyed.sort_by(|(a, a_id), (b, b_id)| {
        for (index, (_, descending)) in keys.iter().enumerate() {
            // PostgreSQL sorts NULL last, and first when descending.
            let ordering = a[index].cmp(&b[index]);
            let ordering = if *descending { ordering.reverse() } else { ordering };
            if ordering.is_ne() {
                return ordering;
            }
        }
        a_id.cmp(b_id)
    });
    for (index, slot) in ids.iter_mut().enumerate() {
        *slot = keyed[index].1;
    }
    Ok(())
}

#[derive(Debug, PartialEq)]
enum Key {
    Number(f64),
    Text(String),
    Null,
}

impl Key {
    fn of(database: &Database, model: &Model, id: i64, field: &Field) -> Key {
        let Some(row) = database.store.get(&model.name, id) else { return Key::Null };
        match (field.kind, database.stored(model, id, row, field)) {
            (Kind::Many2one, Value::Number(number)) => {
                let relation = field.relation.as_deref().unwrap_or_default();
                Key::Text(number.as_i64().map(|id| database.display_name(relation, id)).unwrap_or_default())
            }
            (_, Value::Number(number)) => Key::Number(number.as_f64().unwrap_or_default()),
            (Kind::Boolean, Value::Null) => Key::Number(0.0),
            (_, Value::Bool(flag)) => Key::Number(f64::from(u8::from(flag))),
            (_, Value::String(text)) => Key::Text(text),
            _ => Key::Null,
        }
    }

    fn cmp(&self, other: &Key) -> Ordering {
        let rank = |key: &Key| match key {
            Key::Number(_) => 0,
            Key::Text(_) => 1,
            Key::Null => 2,
        };
        match (self, other) {
            (Key::Number(a), Key::Number(b)) => a.total_cmp(b),
            (Key::Text(a), Key::Text(b)) => a.cmp(b),
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }
}
