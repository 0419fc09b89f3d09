//! The diff: the pilot's records of the source beside what was planned of them and what Odoo holds now.
//!
//! Which source record made which cell is not kept in the plan, where several meet in one record. So the modules are asked
//! once more: the same record under the same settings gives the same answer.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use odograft_engine::{Answer, Contract};
use odograft_ledger::{LedgerError, PlannedRecord, RecordState};
use odograft_odoo::{FieldInfo, SearchOptions, read_plain};
use odograft_records::bindings::transform::effects::Outcome;
use odograft_records::bindings::transform::manifest::{Field, Manifest};
use odograft_records::{Assemble, Object, Texts};
use serde_json::{Map, Value, json};

use crate::assembly::{Assembly, Group, open, with_keys};
use crate::cells::{self, Cell, Cells};
use crate::compare;
use crate::error::MigrationError;
use crate::load::Loader;
use crate::modules::{Asked, Extra, Loaded, Modules};
use crate::plan::Batch;
use crate::run::Migration;
use crate::sample::references;
use crate::seal::by_id;
use crate::transform::calls;

/// A record of the source, and what became of it. It holds patients' data.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The object.
    pub object: String,
    /// Its key.
    pub id: String,
    /// Its rows as JSON, in the form in which cases keep records.
    pub record: String,
    /// The fields that modules filled from it.
    pub fields: Vec<ComparedField>,
    /// Source fields that modules leave behind on purpose, as dotted paths, and why.
    pub dropped: Vec<(String, String)>,
    /// Titles of documents for people that were made of it.
    pub documents: Vec<String>,
    /// Source fields that modules take, as dotted paths, whether or not this record filled anything by them.
    pub taken: BTreeSet<String>,
    /// Source ids by which it names itself and other records.
    pub keys: BTreeSet<String>,
}

/// A field of an Odoo record.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedField {
    /// The model.
    pub model: String,
    /// The record's database id; none while it is not in Odoo.
    pub odoo_id: Option<i64>,
    /// The field.
    pub name: String,
    /// The source fields that it is declared to be made from, as dotted paths.
    pub sources: Vec<String>,
    /// How, in the module's words.
    pub rule: String,
    /// What was planned.
    pub planned: String,
    /// What Odoo holds; none where it was not asked, or does not have the record.
    pub held: Option<String>,
    /// Whether that is what was planned; none where it cannot be told.
    pub same: Option<bool>,
    /// The record matches nobody, waits for another or was put aside: the reason is in the ledger.
    pub aside: bool,
    /// Other records of the source are the same one in Odoo.
    pub shared: bool,
    cell: Cell,
}

impl ComparedField {
    /// Whether it holds a file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.cell, Cell::File { .. })
    }
}

/// What is seen of each record, with the tables that it is made of.
pub type SeeCompared<'s> = &'s mut dyn FnMut(&Object<'_>, Compared);

impl Migration {
    /// Compares the records of the source that a pilot's records were made of with what Odoo holds. Nothing is written.
    ///
    /// # Errors
    /// [`MigrationError::NothingPlanned`] and [`MigrationError::PlanUnfinished`]; Odoo's; the ledger's.
    pub async fn diff(&mut self, see: SeeCompared<'_>) -> Result<(), MigrationError> {
        if self.ledger.shredded()?.is_some() {
            return Err(LedgerError::Shredded.into());
        }
        if self.ledger.planning()? {
            return Err(MigrationError::PlanUnfinished);
        }
        let planned = self.ledger.planned_pass()?.is_some();
        let as_of = self.ledger.meta("as_of")?.and_then(|text| text.parse().ok());
        let (Some(as_of), true) = (as_of, planned) else { return Err(MigrationError::NothingPlanned) };
        (self.modules.missing, self.modules.lacking) = self.fallen_away(None).await?;
        let pilot: HashSet<i64> = self.ledger.pilot()?.into_iter().collect();
        let sources = self.ledger.pilot_sources()?;
        let modules = &self.modules;
        let loader = Loader::of(&mut self.ledger, &self.client, modules);
        let mut differ = Differ { loader, modules, extras: &self.options.extras, as_of, pilot, sources };
        differ.source(&modules.dentally, see).await?;
        differ.source(&modules.dent_o_soft, see).await?;
        differ.source(&modules.practice_by_numbers, see).await?;
        differ.source(&modules.panda_perio, see).await?;
        differ.source(&modules.tabular, see).await?;
        differ.source(&modules.perio, see).await
    }
}

struct Differ<'a> {
    loader: Loader<'a>,
    modules: &'a Modules,
    extras: &'a [Extra],
    as_of: i64,
    /// Row ids of the records that are of interest.
    pilot: HashSet<i64>,
    /// By object, the ids of the source records that they are made of.
    sources: BTreeMap<String, Vec<String>>,
}

impl Differ<'_> {
    async fn source<C: Contract>(&mut self, modules: &[Loaded<C>], see: SeeCompared<'_>) -> Result<(), MigrationError> {
        if modules.is_empty() {
            return Ok(());
        }
        let Some((assembler, manifest)) = open::<C>(self.loader.ledger, self.extras)? else { return Ok(()) };
        let asked = Asked::all(modules, self.loader.ledger, self.as_of)?;
        let objects = C::Assembler::objects(&manifest)?;
        for object in objects.all().iter() {
            let source = Assembly::new(object, &assembler, &manifest);
            self.object(&asked, &source, see).await?;
        }
        Ok(())
    }

    async fn object<C: Contract>(
        &mut self,
        asked: &[Asked<'_, C>],
        source: &Assembly<'_, C>,
        see: SeeCompared<'_>,
    ) -> Result<(), MigrationError> {
        let object = source.object;
        let keys = self.sources.remove(object.name).unwrap_or_default();
        for keys in keys.chunks(C::Assembler::BATCH) {
            let records = with_keys(self.loader.ledger, object, keys)?;
            let mut seen = Vec::new();
            for groups in calls(&records, Group::bytes) {
                seen.extend(self.call(asked, source, groups)?);
            }
            self.hold(&mut seen).await?;
            seen.into_iter().for_each(|compared| see(object, compared));
        }
        Ok(())
    }

    /// The records of a call that have to do with the pilot.
    fn call<C: Contract>(
        &self,
        asked: &[Asked<'_, C>],
        source: &Assembly<'_, C>,
        groups: &[Group],
    ) -> Result<Vec<Compared>, MigrationError> {
        let (mut texts, mut batch) = (Texts::new(), Batch::default());
        let (sent, records) = source.decode(groups, &mut texts, &mut batch);
        let decoded = std::iter::zip(groups, &sent.decoded).filter(|(_, decoded)| decoded.is_ok());
        let mut seen: Vec<(Compared, Vec<bool>)> = std::iter::zip(decoded, &sent.origins)
            .map(|((group, _), origin)| {
                let compared = Compared {
                    object: origin.object.clone(),
                    id: origin.id.clone(),
                    record: source.written(group),
                    fields: Vec::new(),
                    dropped: Vec::new(),
                    documents: Vec::new(),
                    taken: BTreeSet::new(),
                    keys: BTreeSet::from([origin.id.clone()]),
                };
                (compared, Vec::new())
            })
            .collect();
        for Asked { loaded, context } in asked {
            let report =
                tokio::task::block_in_place(|| loaded.module.transform(context, &loaded.manifest, &texts, &records));
            for ((compared, in_pilot), answer) in std::iter::zip(&mut seen, report.answers) {
                if let Answer::Outcome(outcome) = answer {
                    in_pilot.push(self.outcome(&loaded.manifest, &texts, outcome, compared)?);
                    let own = format!("{}.", compared.object);
                    let dropped = loaded.manifest.dropped.iter().filter(|dropped| dropped.source.starts_with(&own));
                    compared.dropped.extend(dropped.map(|dropped| (dropped.source.clone(), dropped.reason.clone())));
                    let sources = loaded.manifest.targets.iter().flat_map(|t| &t.fields).flat_map(|f| &f.sources);
                    compared.taken.extend(sources.filter(|source| source.starts_with(&own)).cloned());
                }
            }
        }
        Ok(seen
            .into_iter()
            .filter(|(_, in_pilot)| in_pilot.iter().any(|own| *own))
            .map(|(compared, _)| compared)
            .collect())
    }

    /// Takes in what a module made of a record; whether it is the pilot's: a record of the source of which the pilot has
    /// only what it shares with others is none of it.
    fn outcome(
        &self,
        manifest: &Manifest,
        texts: &Texts,
        outcome: Outcome,
        compared: &mut Compared,
    ) -> Result<bool, MigrationError> {
        let (mut inside, mut outside) = (false, false);
        let title = |kind: u16| manifest.handovers.get(usize::from(kind)).map(|kind| kind.title.clone());
        compared.documents.extend(outcome.handovers.iter().filter_map(|handover| title(handover.kind)));
        for upsert in outcome.upserts {
            let Some(target) = manifest.targets.get(usize::from(upsert.target)) else { continue };
            if !self.modules.has(target) {
                continue;
            }
            let (model, id) = (target.model.as_str(), cells::owned(texts, upsert.key.id));
            let Some(planned) = self.loader.ledger.record(model, &upsert.key.object, &id)? else { continue };
            match self.pilot.contains(&planned.rowid) {
                true => inside = true,
                false => outside |= matches!(planned.state, RecordState::Planned | RecordState::Written),
            }
            let held: Cells = cells::parse(&planned, &planned.cells)?;
            let shared = match planned.odoo_id {
                Some(odoo_id) => self.loader.ledger.tied_to(model, odoo_id)? > 1,
                None => false,
            };
            compared.keys.insert(id);
            compared.keys.extend(references(&held).map(|(.., id)| id.to_owned()));
            for returned in &upsert.cells {
                let field = target.fields.get(usize::from(returned.field));
                let Some((field, cell)) = field.and_then(|field| Some((field, held.get(&field.name)?))) else {
                    continue;
                };
                compared.fields.push(of_field(model, &planned, shared, field, cell));
            }
        }
        Ok(inside && !outside)
    }

    /// Asks Odoo what the records hold: one call for each model of a page.
    async fn hold(&mut self, seen: &mut [Compared]) -> Result<(), MigrationError> {
        let mut wanted: BTreeMap<String, (BTreeSet<i64>, BTreeSet<String>)> = BTreeMap::new();
        for field in seen.iter().flat_map(|compared| &compared.fields) {
            if let Some(id) = field.odoo_id {
                let (ids, names) = wanted.entry(field.model.clone()).or_default();
                ids.insert(id);
                names.insert(field.name.clone());
            }
        }
        let mut rows: BTreeMap<String, HashMap<i64, Map<String, Value>>> = BTreeMap::new();
        for (model, (ids, names)) in wanted {
            let infos = self.loader.fields(&model).await?;
            // A file's content is compared by its checksum when it is sent.
            let readable = |name: &&str| infos.get(*name).is_some_and(|info| info.kind != "binary");
            let names: Vec<&str> = names.iter().map(String::as_str).filter(readable).collect();
            // A search: reading a record that is gone would be refused with all the others.
            let options = SearchOptions { include_archived: true, ..SearchOptions::default() };
            let found = self.loader.client.search_read(&model, json!([["id", "in", ids]]), &names, options).await?;
            let mut found = by_id(found);
            // Lists come without archived records, unless they are read as ids alone.
            let lists: Vec<&str> = names
                .iter()
                .copied()
                .filter(|name| infos.get(*name).is_some_and(|info| info.kind == "many2many"))
                .collect();
            if !lists.is_empty() {
                let ids: Vec<i64> = found.keys().copied().collect();
                for (id, row) in by_id(read_plain(self.loader.client, &model, &ids, &lists).await?) {
                    found.entry(id).or_default().extend(row);
                }
            }
            rows.insert(model.clone(), found);
        }
        for field in seen.iter_mut().flat_map(|compared| &mut compared.fields) {
            let row = field.odoo_id.and_then(|id| rows.get(&field.model)?.get(&id));
            let Some(held) = row.and_then(|row| row.get(&field.name)) else { continue };
            let infos = self.loader.fields(&field.model).await?;
            let Some(info) = infos.get(&field.name) else { continue };
            field.held = Some(shown(info, held));
            // A reference comes with the name of what it refers to.
            let held = if info.kind == "many2one" { held.get(0).unwrap_or(held) } else { held };
            let ids = self.loader.resolved(&field.name, &field.cell).await?;
            field.same = ids.map(|ids| compare::holds(info, &field.cell, &ids, held));
        }
        Ok(())
    }
}

fn of_field(model: &str, planned: &PlannedRecord, shared: bool, field: &Field, cell: &Cell) -> ComparedField {
    let aside = matches!(planned.state, RecordState::Unmatched | RecordState::Held | RecordState::Quarantined);
    ComparedField {
        model: model.to_owned(),
        odoo_id: planned.odoo_id,
        name: field.name.clone(),
        sources: field.sources.clone(),
        rule: field.rule.clone(),
        planned: words(cell),
        held: None,
        same: None,
        aside,
        shared,
        cell: cell.clone(),
    }
}

/// A planned cell as a person reads it.
fn words(cell: &Cell) -> String {
    match cell {
        Cell::Source { model, object, id, .. } => format!("{model} of {object} {id}"),
        Cell::Many(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Cell::File { handle, .. } => format!("file {handle}"),
        _ => cell.text(&[]),
    }
}

/// What Odoo holds as a person reads it: nothing for an empty field.
fn shown(info: &FieldInfo, held: &Value) -> String {
    match held {
        Value::String(text) => text.clone(),
        Value::Bool(false) if info.kind != "boolean" => String::new(),
        Value::Bool(truth) => if *truth { "True" } else { "False" }.to_owned(),
        Value::Null => String::new(),
        Value::Array(items) if info.kind == "many2one" => {
            items.get(1).and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        Value::Array(items) => items.iter().map(Value::to_string).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
