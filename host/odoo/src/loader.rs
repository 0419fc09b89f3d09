//! Writing records: insert-only `load()` for new ones, `write` for changed ones.
//!
//! `load()` with `mode: update, noupdate: true` commits record and external id together, skips rows whose external id
//! exists without touching what the customer has changed since, and gives the same ids again. So the answer to every
//! unknown outcome is to send the same batch again.

use std::borrow::Cow;
use std::collections::HashSet;
use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::client::{Client, with_context};
use crate::error::OdooError;
use crate::files::{Enclosed, FileBody};
use crate::refusals::{self, Answer, Refusal};
use crate::retry::Patience;
use crate::settings::Protocol;
use crate::tempo::{Effort, Strain};

/// One record to be, in `load()`'s form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `module.name`, without a space.
    pub external_id: String,
    /// One cell for each of the batch's columns, as text: `True`, `2020-02-29`, blank for no value.
    pub cells: Vec<String>,
}

/// Records of one model that travel together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadBatch {
    /// The model.
    pub model: String,
    /// The cells' columns, without `id`: a field's name; `field/id` for a many2one by external id; `field/.id` for one by
    /// database id.
    pub columns: Vec<String>,
    /// The records. One may refer to another by external id.
    pub rows: Vec<Row>,
}

/// A file in the place of one cell.
#[derive(Debug, Clone)]
pub struct BatchFile {
    /// The row, from 0.
    pub row: usize,
    /// The column, from 0, without `id`. What the row's cell says is not sent.
    pub column: usize,
    /// The file.
    pub body: FileBody,
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// It is in Odoo, now or since an earlier time.
    Loaded {
        /// Its database id.
        id: i64,
    },
    /// Odoo doesn't take it; the other rows of its batch are in.
    Refused {
        /// The field that Odoo names.
        field: Option<String>,
        /// [`OdooError::code`] of the reason.
        code: String,
        /// The reason with a hint, never a value.
        message: String,
    },
}

impl From<Refusal> for RowOutcome {
    fn from(refusal: Refusal) -> Self {
        RowOutcome::Refused {
            field: refusal.field,
            code: refusal.error.code().to_owned(),
            message: refusal.error.to_string(),
        }
    }
}

/// The context of every write of a migration: no e-mail leaves, no follower is added, no tracking message is written.
///
/// It goes into the audit, since it changes what Odoo does. `mail_activity_quick_update` is the one that keeps an
/// activity for another user from sending an e-mail; `tracking_disable` doesn't.
pub fn bulk_context() -> Value {
    json!({
        "tracking_disable": true,
        "mail_notrack": true,
        "mail_create_nolog": true,
        "mail_create_nosubscribe": true,
        "mail_auto_subscribe_no_notify": true,
        "mail_activity_quick_update": true,
        "no_reset_password": true,
        "dont_notify": true,
        "no_mail_to_attendees": true,
        // A new company of a country would have Odoo install that country's accounting, in the midst of the call, which then
        // fails: its savepoints are gone (`install_l10n_modules` in Odoo 19's `res_company.py`).
        "install_mode": true,
        // A new company's web address is sent to no service that would fill in what it knows of it.
        "default_iap_enrich_auto_done": true,
        // A large picture is kept as it is, instead of made smaller.
        "image_no_postprocess": true,
    })
}

/// [`bulk_context`] with the flags that make `load()` insert only, in UTC: unlike `write`, `load()` reads a moment in the
/// time zone of the context, else of the key's user (`_str_to_datetime` in Odoo 19's `ir_fields.py`).
fn insert_context() -> Value {
    let mut context = bulk_context();
    context["mode"] = json!("update");
    context["noupdate"] = json!(true);
    context["tz"] = json!("UTC");
    context
}

/// What became of a batch.
#[derive(Debug)]
pub struct Inserted {
    /// One for each row, in order.
    pub outcomes: Vec<RowOutcome>,
    /// What it took.
    pub effort: Effort,
}

/// Failures of a batch, one after the other, for which its size may be the reason; then it is halved.
const HEAVY: usize = 2;

/// Loads new records; one outcome for each row, in order.
///
/// Rows that the protocol can't carry are refused before anything is sent. Rows that Odoo names as guilty are refused
/// and the others sent again, until the rest is in. A batch that is too large
/// for the server or its proxy is halved. A collision with other writers and an unknown outcome send the identical batch
/// again, with growing waits; one that is cut off time after time is halved too, since a gateway may give up on it.
///
/// # Errors
/// [`OdooError::BadBatch`] before anything is sent; faults of the whole call (unknown column, no rights, no model);
/// [`OdooError::UnknownOutcome`] when all tries end without an answer: inserting the same batch later is safe.
pub async fn insert(client: &Client, batch: &LoadBatch) -> Result<Inserted, OdooError> {
    insert_with(client, batch, &[]).await
}

/// [`insert`] with files in the places of some cells, streamed into the call's body. A row whose file can't be sent whole
/// is refused, and the others are sent again without it.
///
/// # Errors
/// As [`insert`].
pub async fn insert_with(client: &Client, batch: &LoadBatch, files: &[BatchFile]) -> Result<Inserted, OdooError> {
    check(batch)?;
    let mut effort = Effort::default();
    if batch.rows.is_empty() {
        return Ok(Inserted { outcomes: Vec::new(), effort });
    }
    let protocol = client.settled_protocol().await?;
    let mut outcomes: Vec<Option<RowOutcome>> = batch.rows.iter().map(|row| unfit(protocol, batch, row)).collect();
    let fit = outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_none()).map(|(row, _)| row);
    let mut parts: Vec<Vec<usize>> = vec![fit.collect()];
    // Of all parts together: a server that is away is not asked longer because a batch has come to pieces.
    let (mut patience, mut heavy) = (Patience::new(client.settings()), 0);
    while let Some(part) = parts.pop() {
        if part.is_empty() {
            continue;
        }
        let began = Instant::now();
        match send(client, batch, files, &part).await {
            Ok(answer) => {
                (patience, heavy) = (Patience::new(client.settings()), 0);
                effort.answered(began.elapsed());
                match answer {
                    Answer::Loaded(ids) => {
                        for (row, id) in std::iter::zip(part, ids) {
                            outcomes[row] = Some(RowOutcome::Loaded { id });
                        }
                    }
                    Answer::Refused(refused) => {
                        let mut rest = Vec::with_capacity(part.len());
                        for (position, row) in part.into_iter().enumerate() {
                            match refused.get(&position) {
                                Some(refusal) => outcomes[row] = Some(refusal.clone().into()),
                                None => rest.push(row),
                            }
                        }
                        parts.push(rest);
                    }
                }
            }
            Err(error @ OdooError::File { .. }) if patience.may_be_done() => {
                // An earlier try may have been done, with the file as it was then.
                return Err(patience.given_up(error));
            }
            Err(OdooError::File { file, fault }) => {
                let row = files[file].row;
                let field = batch.columns.get(files[file].column).cloned();
                outcomes[row] = Some(Refusal { field, error: OdooError::File { file, fault } }.into());
                parts.push(part.into_iter().filter(|other| *other != row).collect());
            }
            Err(error) => {
                effort.failed(&error);
                let too_large = error == OdooError::TooLarge;
                if too_large && part.len() == 1 {
                    outcomes[part[0]] = Some(Refusal { field: None, error }.into());
                    continue;
                }
                heavy += usize::from(Strain::of(&error) == Some(Strain::Heavy));
                if !too_large {
                    patience.wait(error).await?;
                }
                if part.len() > 1 && (too_large || heavy >= HEAVY) {
                    // Earlier rows go first, since later ones may refer to them.
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.push(second.to_vec());
                    parts.push(first.to_vec());
                    heavy = 0;
                } else {
                    parts.push(part);
                }
            }
        }
    }
    Ok(Inserted { outcomes: outcomes.into_iter().flatten().collect(), effort })
}

/// One `load()` of the chosen rows.
async fn send(client: &Client, batch: &LoadBatch, files: &[BatchFile], chosen: &[usize]) -> Result<Answer, OdooError> {
    let columns: Vec<&str> = std::iter::once("id").chain(batch.columns.iter().map(String::as_str)).collect();
    let cells = chosen.iter().map(|row| std::iter::once(&batch.rows[*row].external_id).chain(&batch.rows[*row].cells));
    let mut data: Vec<Vec<Cow<'_, str>>> =
        cells.map(|cells| cells.map(|cell| Cow::Borrowed(cell.as_str())).collect()).collect();
    let mut enclosed = Enclosed::new(|mark| data.iter().flatten().any(|cell| cell.contains(mark)));
    let mut places = Vec::new();
    for (place, file) in files.iter().enumerate() {
        let Some(cells) = chosen.iter().position(|row| *row == file.row).and_then(|row| data.get_mut(row)) else {
            continue;
        };
        // The external id stands before the cells.
        if let Some(cell) = cells.get_mut(file.column + 1) {
            *cell = Cow::Owned(enclosed.place(&file.body));
            places.push(place);
        }
    }
    let enclosed = (!places.is_empty()).then_some(&enclosed);
    let body = with_context(json!({ "fields": columns, "data": data }), insert_context());
    let answer = client.send_with(&batch.model, "load", &body, enclosed).await;
    let answer = answer.map_err(|error| match error {
        OdooError::File { file, fault } => OdooError::File { file: places[file], fault },
        other => other,
    })?;
    refusals::read(&batch.model, chosen.len(), &answer)
}

/// Writes changed values to one record, in the quiet context of a migration.
///
/// # Errors
/// [`OdooError::MissingRecord`] when it is gone; those of a value.
pub async fn update(client: &Client, model: &str, id: i64, values: Map<String, Value>) -> Result<(), OdooError> {
    client.write(model, &[id], Value::Object(values), bulk_context()).await
}

/// [`update`] with files for some of the fields, streamed into the call's body.
///
/// # Errors
/// As [`update`], and [`OdooError::File`] for a file that can't be sent whole: nothing was written then.
pub async fn update_with(
    client: &Client,
    model: &str,
    id: i64,
    mut values: Map<String, Value>,
    files: &[(String, FileBody)],
) -> Result<(), OdooError> {
    if files.is_empty() {
        return update(client, model, id, values).await;
    }
    let text = Value::Object(values.clone()).to_string();
    let mut enclosed = Enclosed::new(|mark| text.contains(mark));
    for (field, body) in files {
        values.insert(field.clone(), json!(enclosed.place(body)));
    }
    let body = with_context(json!({ "ids": [id], "vals": values }), bulk_context());
    let mut patience = Patience::new(client.settings());
    loop {
        match client.send_with(model, "write", &body, Some(&enclosed)).await {
            Ok(_) => return Ok(()),
            // Writing the same twice does no harm.
            Err(error) => patience.wait(error).await?,
        }
    }
}

/// The refusal of a row with a text that the protocol can't carry, by the column that holds it.
fn unfit(protocol: Protocol, batch: &LoadBatch, row: &Row) -> Option<RowOutcome> {
    let columns = std::iter::once("id").chain(batch.columns.iter().map(String::as_str));
    let cells = std::iter::once(&row.external_id).chain(&row.cells);
    let (column, problem) =
        std::iter::zip(columns, cells).find_map(|(column, cell)| Some((column, protocol.refuses(cell)?)))?;
    let field = column.split('/').next().unwrap_or(column).to_owned();
    let error = OdooError::BadValue { model: batch.model.clone(), field: field.clone(), problem };
    Some(Refusal { field: Some(field), error }.into())
}

fn check(batch: &LoadBatch) -> Result<(), OdooError> {
    let bad = |row, reason| OdooError::BadBatch { model: batch.model.clone(), row, reason };
    let mut seen = HashSet::with_capacity(batch.rows.len());
    for (position, row) in batch.rows.iter().enumerate() {
        if row.cells.len() != batch.columns.len() {
            return Err(bad(position, "has more or fewer cells than columns"));
        }
        if row.external_id.is_empty() {
            return Err(bad(position, "has no external id"));
        }
        if !seen.insert(row.external_id.as_str()) {
            return Err(bad(position, "has an external id that an earlier row has too"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs on any thread: the run writes batches from spawned tasks.
    #[test]
    fn the_futures_can_be_spawned() {
        fn spawnable<T: Send>(_: fn(&'static Client) -> T) {}
        let _ = || {
            spawnable(|client| insert(client, Box::leak(Box::new(batch(Vec::new())))));
            spawnable(|client| update(client, "res.partner", 1, Map::new()));
            spawnable(|client| crate::apply(client, Box::leak(Box::default())));
        };
    }

    fn batch(rows: Vec<Row>) -> LoadBatch {
        LoadBatch { model: "res.partner".to_owned(), columns: vec!["name".to_owned()], rows }
    }

    #[test]
    fn moments_mean_the_same_whatever_the_time_zone_of_the_keys_user() {
        assert_eq!(insert_context()["tz"], "UTC");
    }

    #[test]
    fn a_batch_that_cannot_be_right_names_its_row() {
        let row = |external_id: &str, cells: &[&str]| Row {
            external_id: external_id.to_owned(),
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        };
        let good = || row("m.a", &["Ann"]);
        assert_eq!(check(&batch(vec![good(), row("m.b", &["Bob"])])), Ok(()));
        for bad in [good(), row("m.b", &[]), row("m.b", &["Bob", "x"]), row("", &["Bob"])] {
            match check(&batch(vec![good(), bad])) {
                Err(OdooError::BadBatch { row: 1, .. }) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}
