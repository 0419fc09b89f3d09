//! Reconciliation: what an administrator exported again, against what was in the pack.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use odograft_ledger::{Ledger, LedgerError, PlannedRecord, Write, WriteAction};
use odograft_odoo::{Exported, Exports, Table};
use serde::Serialize;
use serde_json::json;

use super::select::{Place, Selection, Selector};
use super::{FIELDS, FIELDS_MADE, META, MODELS};
use crate::cells::{Cell, Cells, parse};
use crate::directory::ExportDirectory;
use crate::error::MigrationError;
use crate::external_id::external_id;
use crate::run::Migration;
use crate::{clock, order, plan, schema};

/// Records looked at together.
const PAGE: usize = 1_000;
/// Records named for each problem.
const NAMED: usize = 5;

/// What became of a pack, without any record's values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    /// By model, in the order of imports.
    pub models: Vec<ModelReconciled>,
    /// Fields that Odoo does not hold as they were packed.
    pub differing: Vec<Differing>,
    /// Models whose records were in the pack and that were not exported.
    pub not_exported: Vec<String>,
    /// Model and header of columns that nobody knows, so that they were not compared.
    pub unread: Vec<(String, String)>,
    /// Records that are still to be imported.
    pub remaining: u64,
}

impl Reconciled {
    /// Whether something of the pack is not in Odoo.
    #[must_use]
    pub fn misses(&self) -> bool {
        !self.not_exported.is_empty() || self.models.iter().any(|model| model.missing > 0)
    }
}

/// One model's records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ModelReconciled {
    /// The model.
    pub model: String,
    /// New records that were found.
    pub written: u64,
    /// Changed records that were found with their new values.
    pub changed: u64,
    /// Records that were known to be in Odoo, and are.
    pub known: u64,
    /// Records that were known to be in Odoo, and are not in the export.
    pub gone: u64,
    /// Records of the pack that are not in the export, or that hold other values than the changes that were packed.
    pub missing: u64,
    /// The first few of them, as `object id`.
    pub which: Vec<String>,
    /// Records under this migration's external ids that the ledger does not know.
    pub surplus: u64,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Differing {
    /// The model.
    pub model: String,
    /// The field.
    pub field: String,
    /// In how many records.
    pub records: u64,
    /// The first few of them, as `object id`.
    pub which: Vec<String>,
}

/// One model's export, by external id.
struct Found<'t> {
    table: &'t Table,
    by_external_id: HashMap<&'t str, &'t Exported>,
}

impl Migration {
    /// Takes an administrator's exports in: each record of the pack that they hold is written from now on, with its
    /// database id. Nothing is read from the source and nothing planned. It can be done again, with more exports.
    ///
    /// # Errors
    /// [`MigrationError::MissingExports`] for an export without database ids, before anything is kept; the ledger's.
    pub fn reconcile_exports(&mut self, exports: &Exports) -> Result<Reconciled, MigrationError> {
        if self.ledger.shredded()?.is_some() {
            return Err(LedgerError::Shredded.into());
        }
        let schema = schema::plan(self.modules.targets(), &self.namespace)?;
        let directory = ExportDirectory::new(exports, &schema);
        // What has fallen away was not planned, so nothing of it is looked for.
        let models = order::models(self.modules.targets());
        let mut selector = Selector::new(&self.ledger, &directory, &self.modules, &models, HashMap::new());
        selector.select()?;
        // What could be packed now, and was not in the pack, is not missing.
        let packed = self.ledger.meta(MODELS)?.unwrap_or_default();
        let packed: HashSet<&str> = packed.split(' ').collect();
        let of_pack = |selector: &Selector<'_>, place: &Place| packed.contains(selector.model(place));
        let mut selection = std::mem::take(&mut selector.selection);
        selection.new.retain(|_, (place, _)| of_pack(&selector, place));
        selection.changed.retain(|_, (place, _)| of_pack(&selector, place));
        selector.selection = selection;
        let mut tables = BTreeMap::new();
        for model in &models {
            let Some(table) = directory.table(model)? else { continue };
            let is_ours = |record: &&Exported| is_ours(&self.namespace, record);
            if table.records.iter().filter(is_ours).any(|record| record.id.is_none()) {
                directory.miss(model, &["External ID", "ID"]);
            }
            tables.insert(model.as_str(), table);
        }
        directory.complete()?;

        let mut reconciled = Reconciled::default();
        let mut writes = Vec::new();
        for model in &models {
            let Some(table) = tables.get(model.as_str()) else {
                let mut expected = ModelReconciled { model: model.clone(), ..ModelReconciled::default() };
                count_missing(&selector, model, &mut expected)?;
                if expected.missing > 0 {
                    reconciled.not_exported.push(model.clone());
                    reconciled.models.push(expected);
                }
                continue;
            };
            let by_external_id = table.records.iter().map(|record| (record.external_id.as_str(), record)).collect();
            let found = Found { table, by_external_id };
            let counts = self.model(&selector, model, &found, &mut writes, &mut reconciled.differing)?;
            reconciled.unread.extend(table.unread.iter().map(|header| (model.clone(), header.clone())));
            reconciled.models.push(counts);
        }
        let Selection { settled, .. } = selector.selection;
        writes.extend(settled);
        self.ledger.record_writes(&writes)?;
        let models = reconciled
            .models
            .iter()
            .map(|of| (of.model.as_str(), json!({ "written": of.written, "missing": of.missing })));
        let models: serde_json::Map<_, _> = models.map(|(model, counts)| (model.to_owned(), counts)).collect();
        self.audit("pack-reconcile", json!({ "models": models }))?;
        if reconciled.models.iter().any(|model| model.written > 0) {
            let fields = [FIELDS_MADE, FIELDS].map(|name| self.ledger.meta(name));
            let fields = fields.into_iter().collect::<Result<Vec<_>, _>>()?;
            let fields: BTreeSet<&str> = fields.iter().flatten().flat_map(|names| names.split_whitespace()).collect();
            self.ledger.set_meta(FIELDS_MADE, &fields.into_iter().collect::<Vec<_>>().join(" "))?;
        }
        if reconciled.not_exported.is_empty() {
            self.ledger.set_meta(META, "")?;
        }
        reconciled.remaining = self.ledger.models()?.iter().map(|(_, counts)| counts.pending).sum();
        Ok(reconciled)
    }

    fn model(
        &self,
        selector: &Selector<'_>,
        model: &str,
        found: &Found<'_>,
        writes: &mut Vec<Write>,
        differing: &mut Vec<Differing>,
    ) -> Result<ModelReconciled, MigrationError> {
        let mut counts = ModelReconciled { model: model.to_owned(), ..ModelReconciled::default() };
        let mut ours: HashSet<String> = HashSet::new();
        let mut differs: BTreeMap<String, (u64, Vec<String>)> = BTreeMap::new();
        let mut after = None;
        loop {
            let made = self.ledger.made(model, after, PAGE)?;
            let Some(last) = made.last() else { break };
            after = Some(last.rowid);
            for record in made.iter().filter(|record| record.created) {
                let external = external_id(&self.namespace, model, &record.object, &record.source_id);
                match found.by_external_id.contains_key(external.as_str()) {
                    true => counts.known += 1,
                    false => counts.gone += 1,
                }
                ours.insert(external);
            }
        }
        let mut after = None;
        loop {
            let records = self.ledger.pending(model, after, PAGE)?;
            let Some(last) = records.last() else { break };
            after = Some(last.rowid);
            for record in records {
                let external = selector.external_id(&record)?.unwrap_or_default();
                let there = found.by_external_id.get(external.as_str()).copied();
                ours.insert(external);
                let changes = record.odoo_id.is_some();
                let placed = if changes { &selector.selection.changed } else { &selector.selection.new };
                let packed = placed.get(&record.rowid).map(|(_, fields)| fields.as_slice());
                let cells = parse(&record, &record.cells)?;
                let Some((there, odoo_id)) = there.and_then(|there| Some((there, there.id?))) else {
                    if packed.is_some() {
                        counts.missing += 1;
                        name(&mut counts.which, &record);
                    }
                    continue;
                };
                let holds = |field: &str, cell: &Cell| selector.holds(&record.model, field, cell, found.table, there);
                if changes {
                    let Some(fields) = packed else { continue };
                    let mut arrived = true;
                    for field in fields {
                        arrived &= cells.get(field).map(|cell| holds(field, cell)).transpose()?.flatten() == Some(true);
                    }
                    if arrived {
                        counts.changed += 1;
                        writes.push(write(
                            &record,
                            WriteAction::Update,
                            odoo_id,
                            fields.to_vec(),
                            record.cells.clone(),
                        ));
                    } else {
                        counts.missing += 1;
                        name(&mut counts.which, &record);
                    }
                    continue;
                }
                let mut held = Cells::new();
                for (field, cell) in cells {
                    let same = holds(&field, &cell)?;
                    if same == Some(false) {
                        let (count, which) = differs.entry(field.clone()).or_default();
                        *count += 1;
                        name(which, &record);
                    }
                    // What closes a circle is in a file of its own: without proof of it, it is still to come.
                    if same == Some(true) || packed.is_none_or(|later| !later.contains(&field)) {
                        held.insert(field, cell);
                    }
                }
                counts.written += 1;
                let fields = held.keys().cloned().collect();
                writes.push(write(&record, WriteAction::Create, odoo_id, fields, plan::text(&held)));
            }
        }
        let surplus = found.table.records.iter().filter(|record| is_ours(&self.namespace, record));
        counts.surplus = surplus.filter(|record| !ours.contains(&record.external_id)).count() as u64;
        let more = differs.into_iter().map(|(field, (records, which))| Differing {
            model: model.to_owned(),
            field,
            records,
            which,
        });
        differing.extend(more);
        Ok(counts)
    }
}

/// Everything of a model that was in the pack, since nothing of it is known.
fn count_missing(selector: &Selector<'_>, model: &str, counts: &mut ModelReconciled) -> Result<(), MigrationError> {
    let ledger: &Ledger = selector.ledger;
    let mut after = None;
    loop {
        let records = ledger.pending(model, after, PAGE)?;
        let Some(last) = records.last() else { return Ok(()) };
        after = Some(last.rowid);
        let Selection { new, changed, .. } = &selector.selection;
        for record in records.iter().filter(|r| new.contains_key(&r.rowid) || changed.contains_key(&r.rowid)) {
            counts.missing += 1;
            name(&mut counts.which, record);
        }
    }
}

fn write(record: &PlannedRecord, action: WriteAction, odoo_id: i64, fields: Vec<String>, cells: String) -> Write {
    Write { rowid: record.rowid, moment: clock::now(), action, odoo_id, fields, before: None, cells }
}

fn name(which: &mut Vec<String>, record: &PlannedRecord) {
    if which.len() < NAMED {
        which.push(format!("{} {}", record.object, record.source_id));
    }
}

/// Whether a record has an external id of this migration; the doors, fields and pages have none of a record's form.
fn is_ours(namespace: &str, record: &Exported) -> bool {
    record.external_id.strip_prefix(namespace).is_some_and(|rest| rest.starts_with('.'))
}
