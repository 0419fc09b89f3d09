//! Finding what Odoo has already: records to adopt, and lookups by one field's value.

use std::collections::HashMap;

use odograft_odoo::{Client, OdooError, SearchOptions};
use serde_json::{Map, Value, json};

/// Values asked for in one call.
const CHUNK: usize = 100;

/// Odoo records by the lower-cased values of some fields; archived ones are among them.
#[derive(Debug, Default)]
pub(crate) struct Found(HashMap<Vec<String>, Vec<i64>>);

/// How many records have the wanted values.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// None.
    None,
    /// Exactly one, with its database id.
    One(i64),
    /// Several: none of them may be taken for the right one.
    Several,
}

impl Found {
    /// One more record with these values.
    pub(crate) fn add(&mut self, values: &[String], id: i64) {
        self.0.entry(values.iter().map(|value| value.to_lowercase()).collect()).or_default().push(id);
    }

    /// The record whose fields hold these values, without regard to case. Nothing is found by an empty
    /// first value: it tells nobody from anybody else.
    pub(crate) fn get(&self, values: &[String]) -> Match {
        if values.first().is_none_or(String::is_empty) {
            return Match::None;
        }
        let key: Vec<String> = values.iter().map(|v| v.to_lowercase()).collect();
        match self.0.get(&key).map_or(&[][..], Vec::as_slice) {
            [] => Match::None,
            [id] => Match::One(*id),
            _ => Match::Several,
        }
    }
}

/// Which records are looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search<'a> {
    pub(crate) model: &'a str,
    /// The fields that are compared; a row of wanted values has one for each.
    pub(crate) fields: &'a [String],
    /// What each record has to hold besides, by field.
    pub(crate) within: &'a [(String, String)],
    /// The field whose record is meant; empty for the record that is found.
    pub(crate) take: &'a str,
}

impl<'a> Search<'a> {
    /// For records that hold some values in these fields.
    pub(crate) fn by(model: &'a str, fields: &'a [String]) -> Self {
        Self { model, fields, within: &[], take: "" }
    }
}

/// Searches for records whose fields hold one of the `wanted` rows of values.
pub(crate) async fn find(client: &Client, search: Search<'_>, wanted: &[Vec<String>]) -> Result<Found, OdooError> {
    let Search { model, fields, within, take } = search;
    let mut found = Found::default();
    let Some(first) = fields.first() else { return Ok(found) };
    let taken = Some(take).filter(|take| !take.is_empty());
    let names: Vec<&str> = fields.iter().map(String::as_str).chain(taken).collect();
    let mut values: Vec<&str> =
        wanted.iter().filter_map(|row| row.first()).map(String::as_str).filter(|v| !v.is_empty()).collect();
    values.sort_unstable();
    values.dedup();
    for chunk in values.chunks(CHUNK) {
        let mut domain = vec![json!("|"); chunk.len() - 1];
        domain.extend(chunk.iter().map(|value| json!([first, "=ilike", escaped(value)])));
        domain.extend(within.iter().map(|(field, value)| json!([field, "=ilike", escaped(value)])));
        let options = SearchOptions { include_archived: true, ..SearchOptions::default() };
        for record in client.search_read(model, Value::Array(domain), &names, options).await? {
            let id = match taken {
                None => record.get("id"),
                Some(take) => record.get(take).and_then(|reference| reference.get(0)),
            };
            if let Some(id) = id.and_then(Value::as_i64) {
                found.0.entry(key(&record, fields)).or_default().push(id);
            }
        }
    }
    Ok(found)
}

fn key(record: &Map<String, Value>, fields: &[String]) -> Vec<String> {
    let text = |field: &String| record.get(field).and_then(Value::as_str).unwrap_or_default().to_lowercase();
    fields.iter().map(text).collect()
}

/// `=ilike` reads `%`, `_` and `\` as patterns.
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_of_a_kind_are_nobody() {
        let found = Found(HashMap::from([(vec!["a".to_owned()], vec![1]), (vec!["b".to_owned()], vec![2, 3])]));
        assert_eq!(found.get(&["A".to_owned()]), Match::One(1));
        assert_eq!(found.get(&["b".to_owned()]), Match::Several);
        assert_eq!(found.get(&["c".to_owned()]), Match::None);
    }

    #[test]
    fn an_empty_value_finds_nobody() {
        let found = Found(HashMap::from([(vec![String::new()], vec![1])]));
        assert_eq!(found.get(&[String::new()]), Match::None);
    }

    #[test]
    fn patterns_are_taken_literally() {
        assert_eq!(escaped(r"a_b%c\d"), r"a\_b\%c\\d");
    }
}
