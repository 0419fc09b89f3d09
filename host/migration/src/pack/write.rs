//! Writing a pack: everything as a run does it, up to the load.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;

use odograft_ledger::Notes;
use odograft_odoo::{CsvFile, CsvPart, Door, Exports, NewFolder, PackTable, SchemaPlan, doors, fields, pages};
use serde::Serialize;
use serde_json::json;

use super::select::{Group, Place, Row, Selection, Selector};
use super::{FIELDS, FIELDS_MADE, META, MODELS};
use crate::directory::{Directory, ExportDirectory};
use crate::error::MigrationError;
use crate::events::{Event, Stage};
use crate::run::{Migration, Prepared};
use crate::{clock, preflight, schema};

/// Records looked at together.
const PAGE: usize = 1_000;

/// The list of window actions that every Odoo has: the way in for the doors, which are not there yet.
const ACTIONS: &str = "/odoo/action-base.ir_action_window";

/// The file that a pack is known by; it lists the others.
const LIST: &str = "pack.json";

/// The page for the administrator.
const INDEX: &str = "index.html";

/// How a pack is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackOptions {
    /// Records in one file, at most.
    pub rows: usize,
}

/// What a file does when it is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Makes the windows that the other files go in through.
    Doors,
    /// Makes custom fields.
    Fields,
    /// Makes the Dental page.
    Page,
    /// Makes records.
    New,
    /// Changes records that are there.
    Change,
}

/// One file, in the order of imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackStep {
    /// `03-res.partner.csv`.
    pub file: String,
    /// The model that it is imported into.
    pub model: String,
    /// What it does.
    pub kind: StepKind,
    /// Where Odoo's web client opens the list that it is imported from, behind the server's address.
    pub path: String,
    /// Records in it.
    pub rows: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// A pack, without any record's values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackSummary {
    /// The migration's name.
    pub name: String,
    /// The files, in the order of imports.
    pub steps: Vec<PackStep>,
    /// Records by model that a later pack holds, once the database ids of this one's are known.
    pub next_round: Vec<(String, u64)>,
    /// Model, field and records of values that the import dialog does not take.
    pub left_out: Vec<(String, String, u64)>,
    /// Quarantined records by stage and code.
    pub quarantined: Vec<(String, String, u64)>,
}

/// A file that is to be: its name, and what goes into it.
struct Cut {
    file: String,
    rows: u64,
}

impl Migration {
    /// Reads and plans as [`Migration::run`] does, with an administrator's exports in place of a server, and writes what
    /// is pending into the folder `to`. The same ledger and exports give the same bytes. `index` draws the page.
    ///
    /// # Errors
    /// [`MigrationError::MissingExports`] with all that are missing; [`MigrationError::PackOut`] when an earlier pack was
    /// made of another plan; as [`Migration::run`].
    pub async fn pack(
        &mut self,
        exports: &Exports,
        to: &Path,
        options: PackOptions,
        index: &dyn Fn(&PackSummary) -> String,
        report: &mut dyn FnMut(Event),
    ) -> Result<PackSummary, MigrationError> {
        let schema = schema::plan(self.modules.targets(), &self.namespace)?;
        let directory = ExportDirectory::new(exports, &schema);
        let Prepared { models, schema, fingerprint, .. } = self.prepare(Some(&directory), report).await?;
        report(Event::Started { stage: Stage::Preflight });
        let asked = Directory::Exports(&directory);
        let found = preflight::check(&mut self.ledger, asked, &models, &schema.fields, true).await?;
        if found.iter().any(|found| found.flaw.stops()) {
            return Err(MigrationError::Preflight { found });
        }
        report(Event::Finished { stage: Stage::Preflight });

        report(Event::Started { stage: Stage::Pack });
        let there = there(asked, &models).await?;
        let closed = closed(&there);
        let mut selector = Selector::new(&self.ledger, &directory, &self.modules, &models, closed).comparing();
        selector.select()?;
        let folder = NewFolder::begin(to, LIST)?;
        let prelude = self.prelude(&schema, &there, &selector)?;
        let of_fields = prelude.iter().filter(|(kind, ..)| *kind == StepKind::Fields);
        let new_fields: Vec<String> =
            of_fields.flat_map(|(_, table, _)| &table.rows).map(|row| format!("{}.{}", row[3], row[1])).collect();
        let steps = write(&folder, &prelude, &selector, &self.namespace, options, report)?;
        directory.complete()?;
        let Selection { next_round, left_out, held, settled, findings, .. } = selector.selection;

        self.ledger.note(&Notes { findings, ..Notes::default() })?;
        let states: Vec<_> = held.iter().map(|(rowid, _)| (*rowid, odograft_ledger::RecordState::Held, None)).collect();
        self.ledger.quarantine(&held.into_iter().map(|(_, row)| row).collect::<Vec<_>>())?;
        self.ledger.set_state(&states)?;
        self.ledger.record_writes(&settled)?;
        let summary = PackSummary {
            name: self.name().to_owned(),
            steps,
            next_round: next_round.into_iter().collect(),
            left_out: left_out.into_iter().map(|((model, field), count)| (model, field, count)).collect(),
            quarantined: self.quarantined()?,
        };
        let of_records = summary.steps.iter().filter(|step| matches!(step.kind, StepKind::New | StepKind::Change));
        let packed: BTreeSet<&str> = of_records.map(|step| step.model.as_str()).collect();
        let steps: Vec<_> =
            summary.steps.iter().map(|s| json!({ "file": s.file, "rows": s.rows, "sha256": s.sha256 })).collect();
        self.audit("pack-write", json!({ "files": steps }))?;
        self.ledger.set_meta(FIELDS, &new_fields.join(" "))?;
        self.ledger.set_meta(MODELS, &packed.iter().copied().collect::<Vec<_>>().join(" "))?;
        self.ledger.set_meta(META, if packed.is_empty() { "" } else { &fingerprint })?;
        folder.page(INDEX, &index(&summary))?;
        folder.finish(&(serde_json::to_string_pretty(&summary).unwrap_or_default() + "\n"))?;
        report(Event::Finished { stage: Stage::Pack });
        Ok(summary)
    }

    /// Forgets that a pack is out: nothing of it was imported. Says whether one was.
    ///
    /// # Errors
    /// The ledger's.
    pub fn drop_pack(ledger: &mut odograft_ledger::Ledger) -> Result<bool, MigrationError> {
        let was = ledger.meta(META)?.is_some_and(|out| !out.is_empty());
        if was {
            ledger.audit(clock::now(), "pack-drop", json!({}))?;
        }
        ledger.set_meta(META, "")?;
        ledger.set_meta(MODELS, "")?;
        Ok(was)
    }

    /// The files that come before any record.
    fn prelude(
        &self,
        schema: &SchemaPlan,
        there: &HashMap<&str, HashMap<String, bool>>,
        selector: &Selector<'_>,
    ) -> Result<Vec<(StepKind, PackTable, String)>, MigrationError> {
        let module = &self.namespace;
        let made = self.ledger.meta(FIELDS_MADE)?.unwrap_or_default();
        let made: HashSet<&str> = made.split(' ').collect();
        let has = |model: &str, field: &str| {
            there.get(model).is_some_and(|fields| fields.contains_key(field))
                || made.contains(format!("{model}.{field}").as_str())
        };
        let fields = fields(schema, &has);
        // The page goes with the fields that it shows; once records are in Odoo, it is there as well.
        let begun = self.ledger.models()?.iter().any(|(_, counts)| counts.written > 0);
        let pages = if fields.rows.is_empty() && begun { None } else { Some(pages(schema)) };
        let door = |model: &str, changes| Door { model: model.to_owned(), changes };
        let mut through = BTreeSet::new();
        let mut files = Vec::new();
        for (kind, table, changes) in [(StepKind::Fields, Some(fields), false), (StepKind::Page, pages, true)] {
            if let Some(table) = table.filter(|table| !table.rows.is_empty()) {
                let door = door(table.model, changes);
                files.push((kind, table, door.path(module)));
                through.insert(door);
            }
        }
        for place in selector.selection.groups.keys() {
            through.insert(door(selector.model(place), place.changes));
            // Exports go through the other one: it shows archived records too.
            through.insert(door(selector.model(place), false));
        }
        if !through.is_empty() {
            files.insert(0, (StepKind::Doors, doors(&through, module), ACTIONS.to_owned()));
        }
        Ok(files)
    }
}

/// What Odoo has: by model and field, whether the import dialog keeps it closed.
async fn there<'m>(
    directory: Directory<'_>,
    models: &'m [String],
) -> Result<HashMap<&'m str, HashMap<String, bool>>, MigrationError> {
    let mut there = HashMap::new();
    for model in models {
        let fields = directory.fields(model).await?.unwrap_or_default();
        // It offers what a form lets a user fill.
        there.insert(model.as_str(), fields.into_iter().map(|(name, info)| (name, info.readonly)).collect());
    }
    Ok(there)
}

pub(super) fn closed<'m>(there: &HashMap<&'m str, HashMap<String, bool>>) -> HashMap<&'m str, HashSet<String>> {
    let names = |fields: &HashMap<String, bool>| {
        fields.iter().filter(|(_, closed)| **closed).map(|(name, _)| name.clone()).collect()
    };
    there.iter().map(|(model, fields)| (*model, names(fields))).collect()
}

/// Writes every file.
fn write(
    folder: &NewFolder,
    prelude: &[(StepKind, PackTable, String)],
    selector: &Selector<'_>,
    module: &str,
    options: PackOptions,
    report: &mut dyn FnMut(Event),
) -> Result<Vec<PackStep>, MigrationError> {
    let limit = u64::try_from(options.rows.max(1)).unwrap_or(u64::MAX);
    let groups = &selector.selection.groups;
    let parts: u64 = groups.values().map(|group| group.rows.div_ceil(limit)).sum();
    let width = (prelude.len() as u64 + parts).to_string().len().max(2);
    let mut number = 0;
    let mut name = |model: &str| {
        number += 1;
        format!("{number:0width$}-{model}.csv")
    };
    let mut steps = Vec::new();
    for (kind, table, path) in prelude {
        let mut part = folder.csv(&name(table.model), &table.headers)?;
        for row in &table.rows {
            part.row(row.iter().map(String::as_str))?;
        }
        steps.push(step(*kind, table.model, path.clone(), table.headers.clone(), part.finish()?));
    }
    let mut cuts: BTreeMap<&Rc<Place>, Vec<Cut>> = BTreeMap::new();
    for (place, group) in groups {
        let mut left = group.rows;
        while left > 0 {
            let rows = left.min(limit);
            cuts.entry(place).or_default().push(Cut { file: name(selector.model(place)), rows });
            left -= rows;
        }
    }
    let mut files: BTreeMap<String, PackStep> = BTreeMap::new();
    for changes in [false, true] {
        let models: BTreeSet<&str> =
            groups.keys().filter(|place| place.changes == changes).map(|place| selector.model(place)).collect();
        for model in models {
            let mut open: BTreeMap<Rc<Place>, (usize, CsvPart)> = BTreeMap::new();
            let mut after = None;
            loop {
                let records = selector.ledger.pending(model, after, PAGE)?;
                let Some(last) = records.last() else { break };
                after = Some(last.rowid);
                let mut done = 0;
                for record in records {
                    let Some((place, row)) = selector.row(&record, changes)? else { continue };
                    let Some(external) = selector.external_id(&record)? else { continue };
                    let (Some(group), Some(cuts)) = (groups.get(&place), cuts.get(&place)) else { continue };
                    let (at, mut part) = match open.remove(&place) {
                        Some(open) => open,
                        None => (0, folder.csv(&cuts[0].file, &headers(group))?),
                    };
                    part.row(cells(&external, group, &row))?;
                    done += 1;
                    if part.rows() < cuts[at].rows {
                        open.insert(place, (at, part));
                        continue;
                    }
                    close(&mut files, &Door { model: model.to_owned(), changes }, module, group, part.finish()?);
                    if let Some(next) = cuts.get(at + 1) {
                        open.insert(place, (at + 1, folder.csv(&next.file, &headers(group))?));
                    }
                }
                report(Event::Progress { stage: Stage::Pack, what: model.to_owned(), done });
            }
            // A record without an external id of its own leaves its file one short.
            for (place, (_, part)) in open {
                let Some(group) = groups.get(&place) else { continue };
                close(&mut files, &Door { model: model.to_owned(), changes }, module, group, part.finish()?);
            }
        }
    }
    steps.extend(files.into_values());
    Ok(steps)
}

fn close(files: &mut BTreeMap<String, PackStep>, door: &Door, module: &str, group: &Group, done: CsvFile) {
    let kind = if door.changes { StepKind::Change } else { StepKind::New };
    files.insert(done.file.clone(), step(kind, &door.model, door.path(module), headers(group), done));
}

fn step(kind: StepKind, model: &str, path: String, columns: Vec<String>, done: CsvFile) -> PackStep {
    let CsvFile { file, rows, sha256 } = done;
    PackStep { file, model: model.to_owned(), kind, path, rows, sha256, columns }
}

fn headers(group: &Group) -> Vec<String> {
    std::iter::once("id".to_owned()).chain(group.columns.values().cloned()).collect()
}

fn cells<'r>(external: &'r str, group: &'r Group, row: &'r Row) -> impl Iterator<Item = &'r str> {
    let text = |field: &String| row.get(field).map_or("", |(_, text)| text.as_str());
    std::iter::once(external).chain(group.columns.keys().map(text))
}
