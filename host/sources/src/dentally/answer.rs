//! Reads a list's answer: `{"patients": […], "meta": {…}}`, each row kept as the text that was sent.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{SourceError, SourceRow};

/// A page as Dentally sent it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<SourceRow>,
    pub(crate) meta: Meta,
}

/// What the answer says about itself. Versions differ in names and in which of them they send.
#[derive(Debug, Default)]
pub(crate) struct Meta {
    pub(crate) total: Option<u64>,
    pub(crate) current_page: Option<u64>,
    pub(crate) total_pages: Option<u64>,
}

#[derive(Deserialize)]
struct Identified<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

/// Reads the answer to one page of an endpoint.
pub(crate) fn read(object: &str, endpoint: &str, page: u32, text: &str) -> Result<Answer, SourceError> {
    let malformed = |reason: String| SourceError::Malformed { object: object.to_owned(), page, reason };
    // The parser's own text may quote a value; its place is enough.
    let at = |error: &serde_json::Error| format!("no such JSON at line {} column {}", error.line(), error.column());
    let envelope: BTreeMap<&str, &RawValue> = serde_json::from_str(text).map_err(|error| malformed(at(&error)))?;
    let list = envelope.get(endpoint).ok_or_else(|| malformed(format!("it has no `{endpoint}`")))?;
    let list: Vec<&RawValue> =
        serde_json::from_str(list.get()).map_err(|_| malformed(format!("`{endpoint}` is not a list")))?;
    let mut rows = Vec::with_capacity(list.len());
    for (index, row) in list.into_iter().enumerate() {
        let no_id = || SourceError::NoId { object: object.to_owned(), page, position: index + 1 };
        let identified: Identified<'_> = serde_json::from_str(row.get()).map_err(|_| no_id())?;
        let id = identified.id.and_then(|id| id_text(id.get())).ok_or_else(no_id)?;
        rows.push(SourceRow { id, parent: None, position: 0, body: row.get().to_owned() });
    }
    let meta = envelope.get("meta").map(|meta| read_meta(meta.get())).unwrap_or_default();
    Ok(Answer { rows, meta })
}

/// An id is a whole number or a text, such as a UUID.
fn id_text(raw: &str) -> Option<String> {
    match serde_json::from_str(raw).ok()? {
        Value::Number(number) if number.is_u64() || number.is_i64() => Some(number.to_string()),
        Value::String(text) if !text.trim().is_empty() => Some(text),
        _ => None,
    }
}

fn read_meta(text: &str) -> Meta {
    let meta: Value = serde_json::from_str(text).unwrap_or_default();
    let number = |name: &str| match meta.get(name)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    Meta {
        total: number("total").or_else(|| number("total_count")),
        current_page: number("current_page"),
        total_pages: number("total_pages"),
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::SourceError;

    #[test]
    fn rows_stay_as_sent_and_ids_may_be_numbers_or_texts() {
        let text = r#"{"patients":[{"z":1.50, "id": 7,"a":"\u00e9"},{"id":"5f2e"}],"meta":{"total":"2"}}"#;
        let answer = read("patient", "patients", 1, text).expect("it reads");
        assert_eq!(answer.rows[0].body, r#"{"z":1.50, "id": 7,"a":"\u00e9"}"#);
        let ids: Vec<_> = answer.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["7", "5f2e"]);
        assert_eq!(answer.meta.total, Some(2));
    }

    #[test]
    fn a_row_without_an_id_is_named_by_its_place_and_not_shown() {
        for row in
            [r#"{"name":"Quackenbush"}"#, r#"{"id":null,"name":"Quackenbush"}"#, r#""Quackenbush""#, r#"{"id":" "}"#]
        {
            let text = format!(r#"{{"patients":[{{"id":1}},{row}],"meta":{{}}}}"#);
            let error = read("patient", "patients", 3, &text).expect_err("no id");
            assert!(matches!(error, SourceError::NoId { page: 3, position: 2, .. }), "{error:?}");
            assert!(!format!("{error:?} {error}").contains("Quackenbush"));
        }
    }

    #[test]
    fn an_answer_of_another_kind_is_refused_without_being_quoted() {
        for text in
            ["<html>Quackenbush</html>", r#"{"people":[]}"#, r#"{"patients":"Quackenbush"}"#, r#"["Quackenbush"]"#]
        {
            let error = read("patient", "patients", 1, text).expect_err("no list of patients");
            assert!(matches!(error, SourceError::Malformed { .. }), "{error:?}");
            assert!(!format!("{error:?} {error}").contains("Quackenbush"));
        }
    }
}
