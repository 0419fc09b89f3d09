//! Reads a list's answer: `{"patients": […], "meta": {…}}`, each row kept as the text that was sent.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::listing::Listing;
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

/// Reads the answer to one page of a list.
pub(crate) fn read(listing: &Listing, page: u32, text: &str) -> Result<Answer, SourceError> {
    let &Listing { object, endpoint, .. } = listing;
    let malformed = |reason: String| SourceError::Malformed { object: object.to_owned(), page, reason };
    // The parser's own text may quote a value; its place is enough.
    let at = |error: &serde_json::Error| format!("no such JSON at line {} column {}", error.line(), error.column());
    let envelope: BTreeMap<&str, &RawValue> = serde_json::from_str(text).map_err(|error| malformed(at(&error)))?;
    let list = envelope.get(endpoint).ok_or_else(|| malformed(format!("it has no `{endpoint}`")))?;
    let list: Vec<&RawValue> = match listing.single {
        true => vec![list],
        false => serde_json::from_str(list.get()).map_err(|_| malformed(format!("`{endpoint}` is not a list")))?,
    };
    let mut rows = Vec::with_capacity(list.len());
    for (index, row) in list.into_iter().enumerate() {
        let no_id = || SourceError::NoId { object: object.to_owned(), page, position: index + 1 };
        let identified: Identified<'_> = serde_json::from_str(row.get()).map_err(|_| no_id())?;
        let id = identified.id.and_then(|id| id_text(id.get())).ok_or_else(no_id)?;
        let (parent, position) = placed(listing, &id, row.get());
        rows.push(SourceRow { id, parent, position, body: row.get().to_owned() });
    }
    let meta = envelope.get("meta").map(|meta| read_meta(meta.get())).unwrap_or_default();
    Ok(Answer { rows, meta })
}

/// What a row lies below, and its place among its siblings.
fn placed(listing: &Listing, id: &str, row: &str) -> (Option<String>, u32) {
    let Some(below) = listing.below else { return (None, 0) };
    let columns: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(row).unwrap_or_default();
    let column = |name: &str| columns.get(name).and_then(|value| id_text(value.get()));
    let number = |text: &String| text.parse().ok();
    let position = column("position").as_ref().and_then(number).or_else(|| id.parse().ok()).unwrap_or(0);
    (column(below.column), position)
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
    use super::{Answer, read};
    use crate::SourceError;
    use crate::dentally::listing;

    fn answer(object: &str, page: u32, text: &str) -> Result<Answer, SourceError> {
        read(listing::of(object).expect("Dentally has it"), page, text)
    }

    #[test]
    fn rows_stay_as_sent_and_ids_may_be_numbers_or_texts() {
        let text = r#"{"patients":[{"z":1.50, "id": 7,"a":"\u00e9"},{"id":"5f2e"}],"meta":{"total":"2"}}"#;
        let answer = answer("patient", 1, text).expect("it reads");
        assert_eq!(answer.rows[0].body, r#"{"z":1.50, "id": 7,"a":"\u00e9"}"#);
        let ids: Vec<_> = answer.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["7", "5f2e"]);
        assert_eq!(answer.meta.total, Some(2));
    }

    #[test]
    fn rows_name_what_they_lie_below_and_keep_their_order() {
        let placed = |object: &str, list: &str, rows: &str| -> Vec<_> {
            let text = format!(r#"{{"{list}":[{rows}]}}"#);
            let rows = answer(object, 1, &text).expect("it reads").rows;
            rows.into_iter().map(|row| (row.id, row.parent, row.position)).collect()
        };
        let row = |id: &str, parent: Option<&str>, position| (id.to_owned(), parent.map(str::to_owned), position);
        assert_eq!(
            placed("invoice", "invoices", r#"{"id":70,"patient_id":17},{"id":9,"patient_id":null},{"id":"x"}"#),
            [row("70", Some("17"), 70), row("9", None, 9), row("x", None, 0)]
        );
        assert_eq!(
            placed(
                "treatment_plan_item",
                "treatment_plan_items",
                r#"{"id":"5f2e","treatment_plan_id":"900","position":3},{"id":8,"treatment_plan_id":900,"position":null}"#
            ),
            [row("5f2e", Some("900"), 3), row("8", Some("900"), 8)]
        );
        assert_eq!(placed("patient", "patients", r#"{"id":17,"position":4}"#), [row("17", None, 0)]);
    }

    #[test]
    fn the_practice_is_the_one_object_that_is_no_list() {
        let rows = answer("practice", 1, r#"{"practice":{"id":4711,"name":"A"}}"#).expect("it reads").rows;
        assert_eq!((rows.len(), rows[0].id.as_str(), rows[0].body.as_str()), (1, "4711", r#"{"id":4711,"name":"A"}"#));
        assert!(matches!(answer("practice", 1, r#"{"practice":[]}"#), Err(SourceError::NoId { .. })));
    }

    #[test]
    fn a_row_without_an_id_is_named_by_its_place_and_not_shown() {
        for row in
            [r#"{"name":"Quackenbush"}"#, r#"{"id":null,"name":"Quackenbush"}"#, r#""Quackenbush""#, r#"{"id":" "}"#]
        {
            let text = format!(r#"{{"patients":[{{"id":1}},{row}],"meta":{{}}}}"#);
            let error = answer("patient", 3, &text).expect_err("no id");
            assert!(matches!(error, SourceError::NoId { page: 3, position: 2, .. }), "{error:?}");
            assert!(!format!("{error:?} {error}").contains("Quackenbush"));
        }
    }

    #[test]
    fn an_answer_of_another_kind_is_refused_without_being_quoted() {
        for text in
            ["<html>Quackenbush</html>", r#"{"people":[]}"#, r#"{"patients":"Quackenbush"}"#, r#"["Quackenbush"]"#]
        {
            let error = answer("patient", 1, text).expect_err("no list of patients");
            assert!(matches!(error, SourceError::Malformed { .. }), "{error:?}");
            assert!(!format!("{error:?} {error}").contains("Quackenbush"));
        }
    }
}
