//! The account's lists, for rules that are to tell names where their records have numbers.

use odograft_ledger::Ledger;
use serde_json::{Map, Value};

use crate::error::MigrationError;

/// Rows of one reading of the ledger.
const PAGE: usize = 1_000;
/// Texts that are longer name nothing, in characters: they would go into every call.
const LONGEST: usize = 200;

/// The rows of these staged objects as JSON: object, key, row. A list without rows is left out, since nobody knows whether
/// the account has none or withholds them; so are columns that name nothing.
pub(crate) fn told(ledger: &Ledger, objects: &[&str]) -> Result<String, MigrationError> {
    let mut lists = Map::new();
    for object in objects {
        let mut rows = Map::new();
        let mut after: Option<String> = None;
        loop {
            let page = ledger.staged(object, after.as_deref(), PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            rows.extend(page.into_iter().filter_map(|row| Some((row.id, naming(&row.body)?))));
        }
        if !rows.is_empty() {
            lists.insert((*object).to_owned(), Value::Object(rows));
        }
    }
    Ok(Value::Object(lists).to_string())
}

/// What names a row, of its own columns and of objects in them.
fn naming(body: &str) -> Option<Value> {
    let Ok(Value::Object(row)) = serde_json::from_str(body) else { return None };
    let mut named = short(row.clone());
    let inner = row.into_iter().filter_map(|(name, value)| match value {
        Value::Object(inner) => Some((name, Value::Object(short(inner)))),
        _ => None,
    });
    named.extend(inner);
    Some(Value::Object(named))
}

fn short(mut row: Map<String, Value>) -> Map<String, Value> {
    row.retain(|_, value| match value {
        Value::String(text) => text.chars().take(LONGEST + 1).count() <= LONGEST,
        Value::Bool(_) | Value::Number(_) => true,
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    });
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_told_by_what_names_it() {
        let body = format!(
            r#"{{"id": 7, "active": true, "left": null, "hours": {{"Monday": {{"open": "8"}}, "x": 1}}, "roles": [1],
                "user": {{"first_name": "Sam", "last_name": null}}, "notes": "{}", "colour": "{}"}}"#,
            "n".repeat(201),
            "ü".repeat(200)
        );
        let expected = serde_json::json!({"id": 7, "active": true, "hours": {"x": 1}, "user": {"first_name": "Sam"}, "colour": "ü".repeat(200)});
        assert_eq!(naming(&body), Some(expected));
        assert_eq!(naming("[1]"), None);
    }
}
