//! Plan: outcomes become the Odoo records that are wanted, one per model and source record.

mod commit;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use odograft_engine::Answer;
use odograft_ledger::{Contribution, Finding, Handover, Ledger, Notes, Quarantined};
use odograft_records::Texts;
use odograft_records::bindings::transform::effects::{
    Condition, File, Lookup, Outcome, Reference, Severity, Upsert, Value as Returned,
};
use odograft_records::bindings::transform::manifest::{Manifest, Target};

use crate::adopt::{Match, Search};
use crate::cells::{self, Cell, Cells};
use crate::directory::Directory;
use crate::error::MigrationError;
use crate::merge::{self, Merges};
use crate::modules::Modules;
use crate::options::Options;
use crate::owners;

/// The staged row that something stems from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) object: String,
    pub(crate) id: String,
}

/// A record in the making: upserts that share model and key meet here.
#[derive(Debug)]
struct Wanted {
    cells: Cells,
    /// What others say who were decided to be this one; it counts where `cells` are silent.
    others: Cells,
    origin: Origin,
    may_create: bool,
    adopt_by: Vec<String>,
}

/// What a lookup asks for: model, each field with its lower-cased value, and the field whose record is meant.
pub(crate) type Sought = (String, Vec<(String, String)>, String);

/// The model of the records that own others.
pub(crate) const USERS: &str = "res.users";

/// Model, source object, source id.
type Key = (String, String, String);

/// What one batch leaves: records and notes.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    wanted: BTreeMap<Key, Wanted>,
    pub(crate) notes: Notes,
}

impl Batch {
    pub(crate) fn put_aside(
        &mut self,
        origin: &Origin,
        stage: &str,
        code: &str,
        field: Option<String>,
        message: String,
    ) {
        self.notes.quarantined.push(Quarantined {
            object: origin.object.clone(),
            source_id: origin.id.clone(),
            stage: stage.to_owned(),
            module_digest: None,
            code: code.to_owned(),
            field,
            message,
            fuel: None,
        });
    }

    /// Keeps that a record is made of this row too, where the row is another than the one whose key the record has.
    fn made_of(&mut self, origin: &Origin, model: &str, object: &str, id: &str) {
        if (origin.object.as_str(), origin.id.as_str()) != (object, id) {
            self.notes.contributions.push(Contribution {
                model: model.to_owned(),
                object: object.to_owned(),
                source_id: id.to_owned(),
                from_object: origin.object.clone(),
                from_id: origin.id.clone(),
            });
        }
    }

    fn remark(&mut self, origin: &Origin, severity: &str, code: &str, field: &str, message: String) {
        let finding = Finding::warning(&origin.object, &origin.id, code, field, message);
        self.notes.findings.push(Finding { severity: severity.to_owned(), ..finding });
    }
}

/// What was decided of people.
pub(crate) struct People {
    /// The users who stand in for unmatched owners.
    pub(crate) stand_ins: owners::Resolved,
    /// Those who are one.
    pub(crate) merges: Merges,
}

/// Makes one plan of one pass.
pub(crate) struct Planner<'a> {
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) modules: &'a Modules,
    pub(crate) options: &'a Options,
    pub(crate) as_of: i64,
    /// Failed and seen records by module.
    pub(crate) failures: RefCell<BTreeMap<String, (u64, u64)>>,
    directory: Directory<'a>,
    /// The module part of external ids.
    namespace: &'a str,
    /// Models of which only existing records will do.
    matched_only: BTreeSet<&'a str>,
    /// People who were decided to be one.
    merges: Merges,
    /// The users who stand in for unmatched owners.
    stand_ins: owners::Resolved,
    /// Fields that name somebody whom no user matches, by object and id.
    unmatched: RefCell<BTreeMap<(String, String), u64>>,
    /// Answers to lookups so far.
    lookups: RefCell<HashMap<Sought, Option<i64>>>,
}

impl<'a> Planner<'a> {
    pub(crate) fn new(
        ledger: &'a mut Ledger,
        directory: Directory<'a>,
        modules: &'a Modules,
        options: &'a Options,
        namespace: &'a str,
        as_of: i64,
        people: People,
    ) -> Self {
        let People { stand_ins, merges } = people;
        let targets = || modules.manifests().flat_map(|m| &m.targets);
        let creatable: BTreeSet<&str> = targets().filter(|t| t.may_create).map(|t| t.model.as_str()).collect();
        let matched_only = targets().map(|t| t.model.as_str()).filter(|m| !creatable.contains(m)).collect();
        let (failures, lookups, unmatched) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self {
            ledger,
            modules,
            options,
            as_of,
            failures,
            directory,
            namespace,
            matched_only,
            merges,
            stand_ins,
            unmatched,
            lookups,
        }
    }

    /// The lookups among answers that have not been asked for yet.
    pub(crate) fn wanted_lookups(&self, texts: &Texts, answers: &[Answer]) -> BTreeSet<Sought> {
        let known = self.lookups.borrow();
        let outcomes = answers.iter().filter_map(|answer| match answer {
            Answer::Outcome(outcome) => Some(outcome),
            _ => None,
        });
        let cells = outcomes.flat_map(|o| &o.upserts).flat_map(|u| &u.cells);
        cells
            .flat_map(|cell| match &cell.value {
                Returned::Reference(reference) => std::slice::from_ref(reference),
                Returned::References(references) => references.as_slice(),
                _ => &[],
            })
            .filter_map(|reference| match reference {
                Reference::Lookup(lookup) => Some(sought(texts, lookup)),
                _ => None,
            })
            .filter(|key| !known.contains_key(key))
            .collect()
    }

    /// Asks Odoo for them: one search for all that differ in the value of their first field alone.
    pub(crate) async fn resolve_lookups(&self, wanted: BTreeSet<Sought>) -> Result<(), MigrationError> {
        let mut alike: BTreeMap<Sought, Vec<Vec<String>>> = BTreeMap::new();
        for (model, mut by, take) in wanted {
            let value = by.first_mut().map(|(_, value)| std::mem::take(value));
            alike.entry((model, by, take)).or_default().push(value.into_iter().collect());
        }
        for ((model, by, take), values) in alike {
            let Some(((field, _), within)) = by.split_first() else { continue };
            let search = Search { model: &model, fields: std::slice::from_ref(field), within, take: &take };
            let found = self.directory.find(search, &values).await?;
            let mut lookups = self.lookups.borrow_mut();
            for value in values {
                let id = match found.get(&value) {
                    Match::One(id) => Some(id),
                    Match::None | Match::Several => None,
                };
                let by = std::iter::once((field.clone(), value.concat())).chain(within.iter().cloned()).collect();
                lookups.insert((model.clone(), by, take.clone()), id);
            }
        }
        Ok(())
    }

    /// Takes one answer into the batch.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub(crate) fn take(
        &self,
        origin: &Origin,
        manifest: &Manifest,
        digest: &str,
        texts: &Texts,
        answer: Answer,
        batch: &mut Batch,
    ) -> Result<(), MigrationError> {
        let put_aside = |code: String, field, message, fuel| Quarantined {
            object: origin.object.clone(),
            source_id: origin.id.clone(),
            stage: "transform".to_owned(),
            module_digest: Some(digest.to_owned()),
            code,
            field,
            message,
            fuel,
        };
        match answer {
            Answer::Outcome(outcome) => self.outcome(origin, manifest, texts, outcome, batch)?,
            Answer::Rejected(r) => batch.notes.quarantined.push(put_aside(r.code, r.field, r.message, None)),
            Answer::Failed(fault) => {
                let code = fault.kind.code().to_owned();
                batch.notes.quarantined.push(put_aside(code, None, fault.message, Some(fault.fuel)));
            }
        }
        Ok(())
    }

    fn outcome(
        &self,
        origin: &Origin,
        manifest: &Manifest,
        texts: &Texts,
        outcome: Outcome,
        batch: &mut Batch,
    ) -> Result<(), MigrationError> {
        for finding in outcome.findings {
            let severity = severity(finding.severity);
            batch.notes.findings.push(Finding {
                object: origin.object.clone(),
                source_id: origin.id.clone(),
                severity: severity.to_owned(),
                code: finding.code,
                field: finding.field,
                message: finding.message,
            });
        }
        for handover in outcome.handovers {
            // The engine has checked that the index is declared.
            let kind = manifest.handovers.get(usize::from(handover.kind));
            let (kind, rebuild_in) = kind.map(|k| (k.title.clone(), k.rebuild_in.clone())).unwrap_or_default();
            batch.notes.handovers.push(Handover {
                module: manifest.name.clone(),
                kind,
                rebuild_in,
                object: handover.key.object,
                source_id: cells::owned(texts, handover.key.id),
                document: handover.document,
            });
        }
        for upsert in outcome.upserts {
            let target = manifest.targets.get(usize::from(upsert.target));
            if let Some(target) = target.filter(|target| self.modules.has(target)) {
                self.upsert(origin, target, texts, upsert, batch)?;
            }
        }
        Ok(())
    }

    fn upsert(
        &self,
        origin: &Origin,
        target: &Target,
        texts: &Texts,
        upsert: Upsert,
        batch: &mut Batch,
    ) -> Result<(), MigrationError> {
        let mut cells = Cells::new();
        for returned in upsert.cells {
            let Some(field) = target.fields.get(usize::from(returned.field)) else { continue };
            if target.model == "ir.attachment"
                && let Returned::File(file) = &returned.value
            {
                name_file(&mut cells, file);
            }
            let names_a_person = matches!(&returned.value, Returned::Reference(Reference::Lookup(wanted))
                if wanted.model == USERS && !wanted.take.is_empty());
            let found = |l: &Lookup| self.lookups.borrow().get(&sought(texts, l)).copied().flatten();
            match cells::cell(&origin.object, &field.kind, texts, returned.value, &found) {
                Ok(Some(cell)) => {
                    let cell = self.merges.lead(cell);
                    let needed = target.needs.contains(&field.name);
                    match self.owner(origin, &field.name, needed, cell, batch)? {
                        Some(cell) => drop(cells.insert(field.name.clone(), cell)),
                        None if needed => return Ok(()),
                        None => {}
                    }
                }
                Ok(None) if target.needs.contains(&field.name) => return Ok(()),
                Ok(None) if names_a_person => {
                    // Left alone, Odoo would name the migration's own user as the author of a note.
                    cells.insert(field.name.clone(), Cell::Empty);
                    let message = format!("no single user of Odoo matches, so `{}` stays empty", field.name);
                    batch.remark(origin, "warning", "lookup-unmatched", &field.name, message);
                }
                Ok(None) => batch.remark(
                    origin,
                    "warning",
                    "lookup-unmatched",
                    &field.name,
                    format!("no single Odoo record matches, so `{}` is left alone", field.name),
                ),
                Err(cells::Unsupported(what)) => {
                    let message = format!("`{}`: {what} cannot be written", field.name);
                    batch.put_aside(origin, "plan", "unsupported-field", Some(field.name.clone()), message);
                    return Ok(());
                }
            }
        }
        let (object, id) = (upsert.key.object, cells::owned(texts, upsert.key.id));
        let kept = self.merges.kept(&target.model, &object, &id);
        batch.made_of(origin, &target.model, &object, kept.unwrap_or(&id));
        if let Some(kept) = kept {
            let key = (target.model.clone(), object, kept.to_owned());
            let wanted = batch.wanted.entry(key).or_insert_with(|| Wanted {
                cells: Cells::new(),
                others: Cells::new(),
                origin: origin.clone(),
                may_create: target.may_create,
                adopt_by: target.adopt_by.clone(),
            });
            merge::fill(&mut wanted.others, cells);
            return Ok(());
        }
        let key = (target.model.clone(), object, id);
        match batch.wanted.get_mut(&key) {
            None => {
                let (may_create, adopt_by) = (target.may_create, target.adopt_by.clone());
                let (others, origin) = (Cells::new(), origin.clone());
                batch.wanted.insert(key, Wanted { cells, others, origin, may_create, adopt_by });
            }
            Some(known) => {
                known.may_create |= target.may_create;
                if known.cells.is_empty() {
                    // Another who was decided to be this one came first.
                    known.adopt_by.clone_from(&target.adopt_by);
                    known.origin = origin.clone();
                }
                let replaced = overwrite(&mut known.cells, cells);
                for field in replaced {
                    batch.remark(origin, "warning", "field-filled-twice", &field, filled_twice(&field));
                }
            }
        }
        Ok(())
    }

    /// A reference to a user, of whom none is ever made, becomes that user, the fallback, or nothing; nobody stands in
    /// where the record `needs` the user. Any other reference is followed when the record is loaded: nobody stands in for
    /// a contact.
    fn owner(
        &self,
        origin: &Origin,
        field: &str,
        needed: bool,
        cell: Cell,
        batch: &mut Batch,
    ) -> Result<Option<Cell>, MigrationError> {
        let Cell::Source { model, object, id, as_integer } = &cell else { return Ok(Some(cell)) };
        if model != USERS || !self.matched_only.contains(USERS) {
            return Ok(Some(cell));
        }
        let user = |id| if *as_integer { Cell::Integer(id) } else { Cell::Id(id) };
        if let Some(id) = self.ledger.record(model, object, id)?.and_then(|record| record.odoo_id) {
            return Ok(Some(user(id)));
        }
        if needed {
            return Ok(None);
        }
        *self.unmatched.borrow_mut().entry((object.clone(), id.clone())).or_default() += 1;
        let own = self.stand_ins.users.get(&owners::key(object, id)).copied();
        let end = match (own, self.stand_ins.fallback) {
            (Some(_), _) => "the user who was named for them stands in",
            (None, Some(_)) => "the fallback owner stands in",
            (None, None) => "the field is left alone",
        };
        let message = format!("no user of Odoo matches this {object}, so {end}");
        batch.remark(origin, "warning", "owner-unmatched", field, message);
        Ok(own.or(self.stand_ins.fallback).map(user))
    }

    /// Keeps whom records name and no user matches.
    pub(crate) fn keep_unmatched(&mut self) -> Result<(), MigrationError> {
        owners::keep(self.ledger, &self.unmatched.borrow())
    }
}

/// An attachment goes by the file's own name and type, unless the module says otherwise.
fn name_file(cells: &mut Cells, file: &File) {
    let named = [("name", Some(&file.name)), ("mimetype", file.media_type.as_ref())];
    for (field, text) in named {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            cells.entry(field.to_owned()).or_insert_with(|| Cell::Text(text.clone()));
        }
    }
}

/// Takes `later` over into `cells`; returns the fields that held something else.
fn overwrite(cells: &mut Cells, later: Cells) -> Vec<String> {
    let mut replaced = Vec::new();
    for (field, cell) in later {
        match cells.insert(field.clone(), cell) {
            Some(earlier) if cells.get(&field) != Some(&earlier) => replaced.push(field),
            _ => {}
        }
    }
    replaced
}

fn filled_twice(field: &str) -> String {
    format!("two modules fill `{field}` differently; the one that the configuration names later wins")
}

/// Canonical: field names are ordered, so equal cells are equal text.
pub(crate) fn text(cells: &Cells) -> String {
    serde_json::to_value(cells).unwrap_or_default().to_string()
}

fn sought(texts: &Texts, lookup: &Lookup) -> Sought {
    let condition = |by: &Condition| (by.field.clone(), texts.read(&by.value).to_lowercase());
    (lookup.model.clone(), lookup.by.iter().map(condition).collect(), lookup.take.clone())
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
