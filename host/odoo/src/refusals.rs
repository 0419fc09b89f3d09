//! `load()`'s answer: ids for all rows, or messages that name the guilty ones.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::client::{ids, unexpected};
use crate::error::OdooError;
use crate::templates::{Asked, field_name, recognise};

/// What one `load()` did.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    /// Every row is in; the ids in the order of the rows.
    Loaded(Vec<i64>),
    /// Nothing is in, because of these rows. Further rows may be guilty too.
    Refused(BTreeMap<usize, Refusal>),
}

/// Why a row was refused: the first message that names it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) field: Option<String>,
    pub(crate) error: OdooError,
}

/// Reads the answer to a `load()` of `rows` rows into `model`.
///
/// # Errors
/// Faults of the whole call that Odoo words as faults of rows: a collision with other writers, missing rights on the
/// model; and an answer in another shape.
pub(crate) fn read(model: &str, rows: usize, answer: &Value) -> Result<Answer, OdooError> {
    let odd = |expected| unexpected(model, "load", expected);
    if answer["ids"].is_array() {
        let ids = ids(&answer["ids"]).filter(|ids| ids.len() == rows);
        return ids.map(Answer::Loaded).ok_or_else(|| odd("one id for each row"));
    }
    let messages = answer["messages"].as_array().ok_or_else(|| odd("ids or messages"))?;
    let messages: Vec<Message> = messages.iter().filter_map(|message| Message::read(model, rows, message)).collect();
    if let Some(whole) = messages.iter().map(|message| &message.refusal.error).find(|error| is_whole(error)) {
        return Err(whole.clone());
    }
    let doubtful = heads(&messages);
    let mut refused = name(&messages[doubtful..]);
    if refused.is_empty() {
        refused = name(&messages);
    }
    if refused.is_empty() {
        return Err(odd("ids or messages that name rows"));
    }
    Ok(Answer::Refused(refused))
}

struct Message {
    row: usize,
    refusal: Refusal,
}

impl Message {
    /// `None` for a message about no row, as the one that says that Odoo stopped looking.
    fn read(model: &str, rows: usize, message: &Value) -> Option<Self> {
        let row = message["record"].as_u64().and_then(|row| usize::try_from(row).ok()).filter(|row| *row < rows)?;
        let named = message["field"].as_str();
        let asked = Asked { model, method: "load", fields: &[] };
        let text = message["message"].as_str().unwrap_or_default();
        let error = recognise(asked, text, named).unwrap_or(OdooError::Refused);
        let field = error.field().or_else(|| named.and_then(field_name)).map(str::to_owned);
        Some(Self { row, refusal: Refusal { field, error } })
    }
}

/// How many messages at the head may accuse an innocent row.
///
/// When creating all rows at once fails in a rule of Odoo's, `load()` tries them one by one, reports the guilty ones, and
/// then puts the first attempt's message at the head of the list **in the name of the batch's first row**. A batch that
/// refers to its own rows is created in several steps, each of which puts its message before those of earlier steps.
/// So messages without a field at the head, as long as their rows go down, may be such copies.
fn heads(messages: &[Message]) -> usize {
    let mut last = usize::MAX;
    messages
        .iter()
        .take_while(|message| {
            let copy = message.refusal.field.is_none() && message.row < last;
            last = message.row;
            copy
        })
        .count()
}

fn name(messages: &[Message]) -> BTreeMap<usize, Refusal> {
    let mut refused = BTreeMap::new();
    for message in messages {
        refused.entry(message.row).or_insert_with(|| message.refusal.clone());
    }
    refused
}

fn is_whole(error: &OdooError) -> bool {
    matches!(error, OdooError::Serialization | OdooError::NoRights { .. })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(answer: &Value) -> Vec<(usize, &'static str)> {
        match read("res.partner", 20, answer).expect("an answer") {
            Answer::Refused(rows) => rows.iter().map(|(row, refusal)| (*row, refusal.error.code())).collect(),
            Answer::Loaded(_) => Vec::new(),
        }
    }

    fn message(row: usize, text: &str) -> Value {
        json!({ "type": "error", "record": row, "rows": { "from": row, "to": row }, "message": text })
    }

    #[test]
    fn the_copy_at_the_head_does_not_accuse_the_first_row() {
        let missing = "Record does not exist or has been deleted.\n(Record: res.partner(99,), User: 2)";
        let again = "Record does not exist or has been deleted.\n(Record: res.partner(98,), User: 2)";
        let answer = json!({ "ids": false, "messages": [message(0, missing), message(5, again)], "nextrow": 0 });
        assert_eq!(refused(&answer), [(5, "no-reference")]);
    }

    #[test]
    fn copies_of_several_steps_are_all_doubted() {
        let text = "Contacts require a name";
        let mut messages = vec![message(9, "words"), message(0, "words")];
        messages.extend([message(3, "words"), message(12, "words")]);
        let answer = json!({ "ids": false, "messages": messages });
        assert_eq!(refused(&answer), [(3, "refused"), (12, "refused")]);
        // A required field is named: no copy carries one, so nothing is doubted.
        let answer = json!({ "ids": false, "messages": [message(0, text), message(3, text)] });
        assert_eq!(refused(&answer), [(0, "missing-required"), (3, "missing-required")]);
    }

    #[test]
    fn a_first_row_that_is_guilty_alone_is_refused() {
        let answer = json!({ "ids": false, "messages": [message(0, "words"), message(0, "other words")] });
        assert_eq!(refused(&answer), [(0, "refused")]);
    }

    #[test]
    fn a_collision_on_rows_is_a_fault_of_the_call() {
        let text = "could not serialize access due to concurrent update\n";
        let answer = json!({ "ids": false, "messages": [message(0, text), message(1, text)] });
        assert_eq!(read("res.partner", 2, &answer), Err(OdooError::Serialization));
    }

    #[test]
    fn fewer_ids_than_rows_is_no_success() {
        let answer = json!({ "ids": [1], "messages": [] });
        let error = read("res.partner", 2, &answer).expect_err("one id short");
        assert_eq!(error.code(), "unexpected-answer");
    }
}
