//! Undo: every record that the migration wrote is deleted, given back its earlier values, or left with a reason.
//!
//! Reverse order, the last written first. Each step is in the ledger before and after it is taken, so an undo that is
//! killed goes on where it stopped. A dry run takes the same decisions and writes nothing.

mod judge;
mod schema;

use std::collections::{BTreeMap, HashMap};

use odograft_ledger::{Ledger, LedgerError, Made, SchemaPart, Standing, UndoEnd, UndoStep, Undone, Write, WriteAction};
use odograft_odoo::{Client, OdooError, Removal, bulk_context, cancel_orders, remove, update};
use serde::Serialize;
use serde_json::{Value, json};

use self::judge::{Judge, Judged, Verdict};
pub use self::schema::SchemaLeft;
use crate::clock;
use crate::error::MigrationError;
use crate::events::{Event, Stage};
use crate::insert::remove_fast_path;
use crate::ripple::expect_change;
use crate::stop::Stop;

/// Records taken back in one call.
const PAGE: usize = 500;
/// The ledger's fact about an undo: `under-way` or `done`.
pub(crate) const META: &str = "undo";
/// Its value until the last record has an end.
pub(crate) const UNDER_WAY: &str = "under-way";
/// Orders, which are cancelled before they and their lines can be deleted.
const ORDERS: &str = "sale.order";

/// What an undo may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UndoOptions {
    /// Write to Odoo; without it the undo only says what it would do.
    pub write: bool,
    /// Take the schema back as well: dropping a field drops what it holds.
    pub drop_fields: bool,
}

/// How many records of a model ended alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UndoCount {
    /// The Odoo model.
    pub model: String,
    /// How they ended, or would end.
    pub end: UndoStep,
    /// Why they are still there: a code.
    pub reason: Option<String>,
    /// How many.
    pub count: u64,
}

/// What an undo has done, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UndoReport {
    /// Whether anything was written.
    pub written: bool,
    /// Ends by model, in the order in which the models are undone.
    pub counts: Vec<UndoCount>,
    /// The records that stay in Odoo, archived or as they are.
    pub records: Vec<Undone>,
    /// Parts of the schema that are still in Odoo.
    pub schema: Vec<SchemaLeft>,
    /// Parts of the schema that were taken back.
    pub dropped: Vec<SchemaPart>,
}

/// Takes back what a ledger says was written.
pub struct Undo<'a> {
    ledger: &'a mut Ledger,
    client: &'a Client,
    options: UndoOptions,
    /// The module of the pages' external ids.
    namespace: String,
    /// Ends of a dry run, which are not in the ledger.
    ends: BTreeMap<UndoEnd, u64>,
    /// What a dry run would leave in Odoo.
    records: Vec<Undone>,
    /// Model and id of those, and whether the migration made them.
    left: Left,
    stop: Stop,
}

impl<'a> Undo<'a> {
    /// Prepares an undo of the migration `name`; nothing is read or written yet.
    #[must_use]
    pub fn new(ledger: &'a mut Ledger, client: &'a Client, name: &str, options: UndoOptions) -> Self {
        let namespace = format!("odograft_{name}");
        let (ends, records, left) = (BTreeMap::new(), Vec::new(), HashMap::new());
        Self { ledger, client, options, namespace, ends, records, left, stop: Stop::default() }
    }

    /// The same with a person who may ask it to stop.
    #[must_use]
    pub fn stopping(self, stop: &Stop) -> Self {
        Self { stop: stop.clone(), ..self }
    }

    /// Runs to the end, from wherever the last undo stopped.
    ///
    /// # Errors
    /// The first thing that stops it; what it has done so far stays done.
    pub async fn run(mut self, report: &mut dyn FnMut(Event)) -> Result<UndoReport, MigrationError> {
        if self.ledger.shredded()?.is_some() {
            return Err(LedgerError::Shredded.into());
        }
        let user = self.client.check_access().await?;
        report(Event::Started { stage: Stage::Undo });
        if self.options.write && self.ledger.meta(META)?.as_deref() != Some(UNDER_WAY) {
            self.ledger.forget_undo()?;
            self.ledger.set_meta(META, UNDER_WAY)?;
        }
        if self.options.write {
            let detail = json!({ "drop_fields": self.options.drop_fields, "context": bulk_context() });
            self.ledger.audit(clock::now(), "undo-begun", detail)?;
        }
        if self.options.write {
            remove_fast_path(self.ledger, self.client).await?;
            self.settle().await?;
        }
        let models = self.ledger.models_to_undo()?;
        if models.iter().any(|model| model == ORDERS) {
            self.cancel(user).await?;
        }
        for model in &models {
            self.model(model, user, report).await?;
        }
        let (schema, dropped) = self.schema(self.options.write && self.options.drop_fields).await?;
        let (ends, records) = if self.options.write {
            (self.ledger.undo_ends()?, self.ledger.left()?)
        } else {
            (self.ends, self.records)
        };
        let counts = counts(&models, ends);
        if self.options.write {
            let of = |part: &SchemaPart| [part.kind.as_str(), &part.model, &part.name].join(" ");
            let dropped: Vec<_> = dropped.iter().map(of).collect();
            self.ledger.audit(clock::now(), "undo", json!({ "records": counts, "dropped": dropped }))?;
            self.ledger.set_meta(META, "done")?;
        }
        report(Event::Finished { stage: Stage::Undo });
        Ok(UndoReport { written: self.options.write, counts, records, schema, dropped })
    }

    /// Records that a killed run has made without hearing of it.
    async fn settle(&mut self) -> Result<(), MigrationError> {
        let mut after = 0;
        loop {
            let page = self.ledger.unconfirmed(after, PAGE)?;
            let Some((last, ..)) = page.last() else { return Ok(()) };
            after = *last;
            let names: Vec<String> = page.iter().map(|(_, _, external_id, _)| external_id.clone()).collect();
            let found = self.client.resolve_external_ids(&names).await?;
            let moment = clock::now();
            let write = |(rowid, model, external_id, cells): (i64, String, String, String)| {
                let (_, odoo_id) = found.get(&external_id).filter(|(there, _)| *there == model)?;
                let action = WriteAction::Create;
                Some(Write { rowid, moment, action, odoo_id: *odoo_id, fields: Vec::new(), before: None, cells })
            };
            let writes: Vec<Write> = page.into_iter().filter_map(write).collect();
            self.ledger.record_writes(&writes)?;
        }
    }

    /// Cancels the orders that will be deleted; their lines can't go before.
    async fn cancel(&mut self, user: i64) -> Result<(), MigrationError> {
        let mut judge = Judge::new(self.client, ORDERS, user).await?;
        let mut below = None;
        loop {
            self.stop.here()?;
            let page = self.ledger.made(ORDERS, below, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            below = Some(last.rowid);
            for judged in judge.changed(self.ledger, page).await? {
                match judged.verdict {
                    Verdict::Delete if cancels(judged.made.step) => self.cancel_one(&judged).await?,
                    Verdict::Keep(_) => self.take(ORDERS, judged).await?,
                    _ => {}
                }
            }
        }
    }

    async fn cancel_one(&mut self, judged: &Judged) -> Result<(), MigrationError> {
        if !self.options.write {
            return Ok(());
        }
        let Judged { made, .. } = judged;
        self.ledger.note_undo(&[(made.rowid, UndoStep::Cancelling, None)], clock::now())?;
        match cancel_orders(self.client, &[made.odoo_id]).await {
            Ok(()) => Ok(()),
            Err(error) if judge::blames_record(&error) => {
                self.ledger.note_undo(&[(made.rowid, UndoStep::Kept, Some(error.code().to_owned()))], clock::now())?;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn model(&mut self, model: &str, user: i64, report: &mut dyn FnMut(Event)) -> Result<(), MigrationError> {
        let mut judge = Judge::new(self.client, model, user).await?;
        let mut below = None;
        loop {
            self.stop.here()?;
            let page = self.ledger.made(model, below, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            below = Some(last.rowid);
            let done = page.len() as u64;
            let judged = judge.changed(self.ledger, page).await?;
            let judged = judge.needed(self.ledger, &self.left, judged).await?;
            let (delete, other): (Vec<Judged>, Vec<Judged>) =
                judged.into_iter().partition(|judged| judged.verdict == Verdict::Delete);
            for judged in other {
                self.take(model, judged).await?;
            }
            self.delete(model, judge.can_archive(), delete).await?;
            report(Event::Progress { stage: Stage::Undo, what: model.to_owned(), done });
        }
    }

    /// Deletes records; those that Odoo keeps are archived where that can be.
    async fn delete(&mut self, model: &str, can_archive: bool, delete: Vec<Judged>) -> Result<(), MigrationError> {
        if delete.is_empty() {
            return Ok(());
        }
        if !self.options.write {
            for judged in delete {
                self.end(model, &judged, UndoStep::Deleted, None)?;
            }
            return Ok(());
        }
        let begun: Vec<_> = delete.iter().map(|judged| (judged.made.rowid, UndoStep::Deleting, None)).collect();
        self.ledger.note_undo(&begun, clock::now())?;
        let ids: Vec<i64> = delete.iter().map(|judged| judged.made.odoo_id).collect();
        let ends = remove(self.client, model, &ids).await?;
        let mut deleted = Vec::with_capacity(delete.len());
        for (judged, end) in std::iter::zip(delete, ends) {
            match end {
                Removal::Deleted => deleted.push((judged.made.rowid, UndoStep::Deleted, None)),
                Removal::Refused(error) if can_archive => self.archive(model, &judged, error.code()).await?,
                Removal::Refused(error) => self.end(model, &judged, UndoStep::Kept, Some(error.code()))?,
            }
        }
        self.ledger.note_undo(&deleted, clock::now())?;
        Ok(())
    }

    async fn archive(&mut self, model: &str, judged: &Judged, reason: &str) -> Result<(), MigrationError> {
        if self.options.write {
            let step = (judged.made.rowid, UndoStep::Archiving, Some(reason.to_owned()));
            self.ledger.note_undo(&[step], clock::now())?;
            let archived = json!({ "active": false });
            match self.client.write(model, &[judged.made.odoo_id], archived, bulk_context()).await {
                Ok(()) => {}
                Err(error) if judge::blames_record(&error) => {
                    return self.end(model, judged, UndoStep::Kept, Some(error.code()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.end(model, judged, UndoStep::Archived, Some(reason))
    }

    /// Carries out a verdict that is not a deletion.
    async fn take(&mut self, model: &str, judged: Judged) -> Result<(), MigrationError> {
        match &judged.verdict {
            Verdict::Delete => Ok(()),
            Verdict::Gone(step) => self.end(model, &judged, *step, None),
            Verdict::Untie => self.end(model, &judged, UndoStep::Untied, None),
            Verdict::Keep(reason) => self.end(model, &judged, UndoStep::Kept, Some(reason)),
            Verdict::Archive(reason) => self.archive(model, &judged, reason).await,
            Verdict::Restore(values) => {
                if self.options.write && !values.is_empty() {
                    let Made { rowid, odoo_id, .. } = judged.made;
                    expect_change(self.ledger, self.client, model, odoo_id, rowid).await?;
                    match update(self.client, model, judged.made.odoo_id, values.clone()).await {
                        Ok(()) => {}
                        Err(OdooError::MissingRecord { .. }) => {
                            return self.end(model, &judged, UndoStep::Gone, None);
                        }
                        Err(error) if judge::blames_record(&error) => {
                            return self.end(model, &judged, UndoStep::Kept, Some(error.code()));
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
                self.end(model, &judged, UndoStep::Restored, None)
            }
        }
    }

    fn end(&mut self, model: &str, judged: &Judged, end: UndoStep, reason: Option<&str>) -> Result<(), MigrationError> {
        let made = &judged.made;
        let reason = reason.map(str::to_owned);
        if self.options.write {
            self.ledger.note_undo(&[(made.rowid, end, reason)], clock::now())?;
            return Ok(());
        }
        let model = model.to_owned();
        if end.leaves_it() {
            // An order that is kept is judged twice.
            if self.left.insert((model.clone(), made.odoo_id), made.created).is_some() {
                return Ok(());
            }
            let (model, object, source_id, reason) =
                (model.clone(), made.object.clone(), made.source_id.clone(), reason.clone());
            self.records.push(Undone { model, object, source_id, odoo_id: made.odoo_id, end, reason });
        }
        *self.ends.entry(UndoEnd { model, step: end, reason }).or_default() += 1;
        Ok(())
    }
}

/// Whether an order is still to be cancelled: an undo that was killed may have announced it and not done it.
fn cancels(step: Option<UndoStep>) -> bool {
    matches!(step, None | Some(UndoStep::Cancelling))
}

/// Model and id of what a dry run would leave in Odoo, and whether the migration made it.
type Left = HashMap<(String, i64), bool>;

/// How the migration stands to a record, what a dry run would leave included.
fn standing(ledger: &Ledger, left: &Left, model: &str, id: i64) -> Result<Standing, MigrationError> {
    if left.get(&(model.to_owned(), id)) == Some(&true) {
        return Ok(Standing::Left);
    }
    Ok(ledger.standing(model, id)?)
}

/// The ends in the order in which the models are undone.
fn counts(models: &[String], ends: BTreeMap<UndoEnd, u64>) -> Vec<UndoCount> {
    let mut counts: Vec<UndoCount> = ends
        .into_iter()
        .map(|(UndoEnd { model, step, reason }, count)| UndoCount { model, end: step, reason, count })
        .collect();
    counts.sort_by_key(|count| models.iter().position(|model| *model == count.model).unwrap_or(models.len()));
    counts
}

/// A value as `read` gives it, as `write` takes it.
fn written(value: &Value) -> Value {
    match judge::plain(value) {
        Value::Array(items) => json!([[6, 0, items]]),
        other => other,
    }
}
