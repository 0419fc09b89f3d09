//! What goes into a pack, into which of its files, and in which form.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use odograft_ledger::{Finding, Ledger, PlannedRecord, Quarantined, RecordState, Write, WriteAction};
use odograft_records::bindings::transform::manifest::FieldKind;

use crate::cells::{Cell, Cells, parse};
use crate::clock;
use crate::directory::ExportDirectory;
use crate::error::MigrationError;
use crate::follow::put_aside;
use crate::modules::Modules;

/// Records looked at together.
const PAGE: usize = 1_000;

/// Where a file stands in the order of imports, and what its rows have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Changes come after everything new.
    pub(super) changes: bool,
    /// The model's place in the order of dependency.
    model: usize,
    /// Records that refer to their own model come after those that they refer to.
    wave: usize,
    /// Which fields its rows have, where that matters.
    form: Vec<String>,
}

/// Rows that share their columns.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// The header of each field.
    pub(super) columns: BTreeMap<String, String>,
    pub(super) rows: u64,
}

/// A record's part of a file: header and text of each field.
pub(super) type Row = BTreeMap<String, (Option<String>, String)>;

/// Everything that a pack is made of.
#[derive(Debug, Default)]
pub(super) struct Selection {
    pub(super) groups: BTreeMap<Rc<Place>, Group>,
    /// New records by row id: their place, and the fields that follow as a change.
    pub(super) new: BTreeMap<i64, (Rc<Place>, Vec<String>)>,
    /// Changed records by row id: their place, and the fields.
    pub(super) changed: BTreeMap<i64, (Rc<Place>, Vec<String>)>,
    /// Records by model that wait for the database id of another.
    pub(super) next_round: BTreeMap<String, u64>,
    /// Records by model and field whose value an import dialog does not take.
    pub(super) left_out: BTreeMap<(String, String), u64>,
    /// Records that refer to one that is not to be.
    pub(super) held: Vec<(i64, Quarantined)>,
    /// Records that Odoo has as planned.
    pub(super) settled: Vec<Write>,
    pub(super) findings: Vec<Finding>,
}

/// What can be said of a record now.
enum Said {
    Row(Row, Vec<String>),
    /// It refers to a record of its model that has no place yet.
    Wait,
    /// It holds the database id of a record that is not in Odoo yet.
    NextRound,
    /// It refers to a record that is not to be.
    Missing {
        field: String,
        missing: String,
    },
    /// It holds a file, which no pack carries.
    File(String),
}

/// Where one reference leads.
enum Lead {
    External(String),
    Database(i64),
    Later { same_model: bool },
    NextRound,
    Nowhere,
}

/// Looks at what is pending.
pub(super) struct Selector<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) exports: &'a ExportDirectory<'a>,
    models: &'a [String],
    kinds: HashMap<(&'a str, &'a str), &'a FieldKind>,
    adopt_by: HashMap<(&'a str, &'a str), &'a [String]>,
    /// By model: the fields that the import dialog does not offer.
    closed: HashMap<&'a str, HashSet<String>>,
    /// Whether changes are compared with what Odoo holds.
    compares: bool,
    pub(super) selection: Selection,
    waiting: HashSet<i64>,
    aside: HashSet<i64>,
}

impl<'a> Selector<'a> {
    /// `closed` are the fields, by model, that the import dialog does not offer.
    pub(super) fn new(
        ledger: &'a Ledger,
        exports: &'a ExportDirectory<'a>,
        modules: &'a Modules,
        models: &'a [String],
        closed: HashMap<&'a str, HashSet<String>>,
    ) -> Self {
        let targets = || modules.manifests().flat_map(|manifest| &manifest.targets);
        let kinds = targets()
            .flat_map(|t| t.fields.iter().map(|field| ((t.model.as_str(), field.name.as_str()), &field.kind)))
            .collect();
        let adopting = targets().filter(|target| !target.adopt_by.is_empty());
        let adopt_by = adopting.map(|t| ((t.model.as_str(), t.object.as_str()), t.adopt_by.as_slice())).collect();
        let (selection, waiting, aside) = (Selection::default(), HashSet::new(), HashSet::new());
        Self { ledger, exports, models, kinds, adopt_by, closed, compares: false, selection, waiting, aside }
    }

    /// The same, but what the customer has changed in Odoo is left out.
    pub(super) fn comparing(self) -> Self {
        Self { compares: true, ..self }
    }

    /// Gives every pending record its place, or the reason why it has none.
    pub(super) fn select(&mut self) -> Result<(), MigrationError> {
        for (position, model) in self.models.iter().enumerate() {
            self.new_records(position, model)?;
        }
        for (position, model) in self.models.iter().enumerate() {
            self.changes(position, model)?;
        }
        Ok(())
    }

    /// Waves, as a loader makes them: what is left at last is a circle, which is cut.
    fn new_records(&mut self, position: usize, model: &str) -> Result<(), MigrationError> {
        let (mut wave, mut cut) = (0, false);
        loop {
            let (mut settled, mut waiting, mut after) = (0_u64, 0_u64, None);
            loop {
                let records = self.ledger.pending(model, after, PAGE)?;
                let Some(last) = records.last() else { break };
                after = Some(last.rowid);
                for record in records.into_iter().filter(|record| record.odoo_id.is_none()) {
                    if self.is_known(record.rowid) {
                        continue;
                    }
                    let cells = parse(&record, &record.cells)?;
                    let place = Place { changes: false, model: position, wave, form: Vec::new() };
                    match self.say(&place, &record, &cells, cut)? {
                        Said::Wait => {
                            waiting += 1;
                            continue;
                        }
                        Said::Row(row, later) => {
                            self.left_out(&record, &cells);
                            let place = self.put(&place, row);
                            self.selection.new.insert(record.rowid, (place, later));
                        }
                        Said::NextRound => {
                            *self.selection.next_round.entry(model.to_owned()).or_default() += 1;
                            self.waiting.insert(record.rowid);
                        }
                        Said::Missing { field, missing } => self.hold(&record, field, &missing),
                        Said::File(field) => self.keep_out(&record, field),
                    }
                    settled += 1;
                }
            }
            match (settled, waiting) {
                (_, 0) => return Ok(()),
                (0, _) if cut => return Ok(()),
                (0, _) => cut = true,
                _ => {}
            }
            wave += 1;
        }
    }

    /// What was cut out of circles, and records that are in Odoo with other values.
    fn changes(&mut self, position: usize, model: &str) -> Result<(), MigrationError> {
        let mut after = None;
        loop {
            let records = self.ledger.pending(model, after, PAGE)?;
            let Some(last) = records.last() else { return Ok(()) };
            after = Some(last.rowid);
            for record in records {
                let cells = parse(&record, &record.cells)?;
                let cut = self.selection.new.get(&record.rowid).map(|(_, later)| later.clone());
                let changed: Cells = match (&cut, record.odoo_id) {
                    (Some(later), _) => cells.into_iter().filter(|(field, _)| later.contains(field)).collect(),
                    (None, Some(odoo_id)) => match self.changed(&record, cells, odoo_id)? {
                        Some(changed) => changed,
                        None => continue,
                    },
                    (None, None) => continue,
                };
                let place = Place { changes: true, model: position, wave: 0, form: Vec::new() };
                let Said::Row(row, later) = self.say(&place, &record, &changed, true)? else { continue };
                if row.is_empty() {
                    continue;
                }
                let fields: Vec<String> = row.keys().filter(|field| !later.contains(field)).cloned().collect();
                let place = self.put(&place, row);
                self.selection.changed.insert(record.rowid, (place, fields));
            }
        }
    }

    /// The cells of a record of Odoo's that differ from what was written last. Where none does, Odoo has the record as
    /// planned, and nothing is left to do.
    fn changed(&mut self, record: &PlannedRecord, cells: Cells, odoo_id: i64) -> Result<Option<Cells>, MigrationError> {
        let written = match &record.written_cells {
            Some(written) => parse(record, written)?,
            None => Cells::new(),
        };
        let adopt_by = self.adopt_by.get(&(record.model.as_str(), record.object.as_str())).copied().unwrap_or_default();
        let changed: Cells = cells
            .into_iter()
            .filter(|(field, cell)| !adopt_by.contains(field) && written.get(field) != Some(cell))
            .filter(|(field, _)| !self.is_closed(&record.model, field))
            .collect();
        if !changed.is_empty() {
            let rest = if self.compares { self.without_theirs(record, odoo_id, &written, changed)? } else { changed };
            return Ok((!rest.is_empty()).then_some(rest));
        }
        let action = if record.written_cells.is_none() { WriteAction::Adopt } else { WriteAction::Update };
        self.selection.settled.push(Write {
            rowid: record.rowid,
            moment: clock::now(),
            action,
            odoo_id,
            fields: Vec::new(),
            before: None,
            cells: record.cells.clone(),
        });
        Ok(None)
    }

    /// The external id that a record is imported under; `None` where only its export could tell.
    pub(super) fn external_id(&self, record: &PlannedRecord) -> Result<Option<String>, MigrationError> {
        match (record.state, record.odoo_id) {
            (RecordState::Adopted, Some(id)) => {
                let known = self.exports.external_id(&record.model, id)?;
                if known.is_none() {
                    self.exports.miss(&record.model, &["External ID", "ID"]);
                }
                Ok(known)
            }
            _ => Ok(Some(record.external_id.clone())),
        }
    }

    /// A record's row; fields that refer to what has no place yet are left out of it and named.
    fn say(&self, place: &Place, record: &PlannedRecord, cells: &Cells, cut: bool) -> Result<Said, MigrationError> {
        let (mut row, mut later) = (Row::new(), Vec::new());
        for (field, cell) in cells {
            if self.is_closed(&record.model, field) {
                continue;
            }
            let kind = self.kinds.get(&(record.model.as_str(), field.as_str())).copied();
            let references = match cell {
                Cell::File { .. } => return Ok(Said::File(field.clone())),
                Cell::Many(items) => items.as_slice(),
                Cell::Source { .. } | Cell::Id(_) | Cell::ExternalId(_) => std::slice::from_ref(cell),
                _ => {
                    let column = (*cell != Cell::Empty).then(|| field.clone());
                    row.insert(field.clone(), (column, cell.text(&[])));
                    continue;
                }
            };
            let (mut external, mut database) = (Vec::new(), Vec::new());
            let mut is_later = false;
            for reference in references {
                match self.lead(place, kind, reference)? {
                    Lead::External(id) => external.push(id),
                    Lead::Database(id) => database.push(id.to_string()),
                    Lead::Later { same_model: true } if !cut => return Ok(Said::Wait),
                    Lead::Later { .. } => is_later = true,
                    Lead::NextRound => return Ok(Said::NextRound),
                    Lead::Nowhere => {
                        let missing = match reference {
                            Cell::Source { object, id, .. } => format!("{object} `{id}`"),
                            _ => "a record".to_owned(),
                        };
                        return Ok(Said::Missing { field: field.clone(), missing });
                    }
                }
            }
            if is_later {
                later.push(field.clone());
                continue;
            }
            let text = match (external.is_empty(), database.is_empty()) {
                (_, true) => (Some(format!("{field}/id")), external.join(",")),
                (true, false) if matches!(cell, Cell::Source { as_integer: true, .. }) => {
                    (Some(field.clone()), database.concat())
                }
                (true, false) => (Some(format!("{field}/.id")), database.join(",")),
                // One cell cannot hold both kinds: the export of the model has to tell external ids.
                (false, false) => {
                    if let Some(model) = kind.and_then(relation) {
                        self.exports.miss(model, &["External ID", "ID"]);
                    }
                    return Ok(Said::NextRound);
                }
            };
            row.insert(field.clone(), text);
        }
        Ok(Said::Row(row, later))
    }

    fn lead(&self, from: &Place, kind: Option<&FieldKind>, reference: &Cell) -> Result<Lead, MigrationError> {
        match reference {
            Cell::ExternalId(external) => Ok(Lead::External(external.clone())),
            Cell::Id(id) => self.known(kind.and_then(relation), *id),
            Cell::Source { model, object, id, as_integer } => {
                let Some(record) = self.ledger.record_in_plan(model, object, id)? else {
                    // One that left the plan may be in Odoo all the same.
                    let left = self.ledger.record(model, object, id)?;
                    return Ok(match left.and_then(|record| Some((record.odoo_id?, record.external_id))) {
                        Some((id, _)) if *as_integer => Lead::Database(id),
                        Some((_, external)) => Lead::External(external),
                        None => Lead::Nowhere,
                    });
                };
                Ok(match (record.odoo_id, self.selection.new.get(&record.rowid)) {
                    (Some(id), _) if *as_integer => Lead::Database(id),
                    (Some(id), _) if record.state == RecordState::Adopted => return self.known(Some(model), id),
                    (Some(_), _) => Lead::External(record.external_id),
                    (None, _) if record.state != RecordState::Planned => Lead::Nowhere,
                    (None, _) if self.aside.contains(&record.rowid) => Lead::Nowhere,
                    (None, _) if *as_integer || self.waiting.contains(&record.rowid) => Lead::NextRound,
                    (None, Some((place, _)))
                        if (place.changes, place.model, place.wave) < (from.changes, from.model, from.wave) =>
                    {
                        Lead::External(record.external_id)
                    }
                    (None, _) => {
                        let same_model = self.models.get(from.model).is_some_and(|from| from == model);
                        Lead::Later { same_model }
                    }
                })
            }
            _ => Ok(Lead::Nowhere),
        }
    }

    /// A record that was in Odoo before: by external id where its export tells one.
    fn known(&self, model: Option<&str>, id: i64) -> Result<Lead, MigrationError> {
        let external = model.map(|model| self.exports.external_id(model, id)).transpose()?.flatten();
        Ok(external.map_or(Lead::Database(id), Lead::External))
    }

    /// Puts a row into the group that its form belongs to.
    fn put(&mut self, place: &Place, row: Row) -> Rc<Place> {
        let place = Rc::new(Place { form: form(place.changes, &row), ..place.clone() });
        let group = self.selection.groups.entry(Rc::clone(&place)).or_default();
        group.rows += 1;
        for (field, (column, _)) in row {
            match column {
                Some(column) => {
                    group.columns.insert(field, column);
                }
                // An empty cell takes the form that the field has in other rows.
                None => {
                    group.columns.entry(field.clone()).or_insert(field);
                }
            }
        }
        place
    }

    /// The row of a record that has a place, for writing.
    pub(super) fn row(
        &self,
        record: &PlannedRecord,
        changes: bool,
    ) -> Result<Option<(Rc<Place>, Row)>, MigrationError> {
        let of = if changes { &self.selection.changed } else { &self.selection.new };
        let Some((place, fields)) = of.get(&record.rowid) else { return Ok(None) };
        let mut cells = parse(record, &record.cells)?;
        cells.retain(|field, _| fields.contains(field) == changes);
        match self.say(place, record, &cells, true)? {
            Said::Row(row, _) => Ok(Some((Rc::clone(place), row))),
            _ => Ok(None),
        }
    }

    pub(super) fn model(&self, place: &Place) -> &str {
        self.models.get(place.model).map_or("", String::as_str)
    }

    pub(super) fn kind(&self, model: &str, field: &str) -> Option<&FieldKind> {
        self.kinds.get(&(model, field)).copied()
    }

    pub(super) fn is_closed(&self, model: &str, field: &str) -> bool {
        self.closed.get(model).is_some_and(|closed| closed.contains(field))
    }

    fn is_known(&self, rowid: i64) -> bool {
        self.selection.new.contains_key(&rowid) || self.waiting.contains(&rowid) || self.aside.contains(&rowid)
    }

    fn hold(&mut self, record: &PlannedRecord, field: String, missing: &str) {
        let message = format!("it refers to {missing}, which is not in Odoo; it follows once that is");
        self.put_aside(record.rowid, put_aside(record, "held-back", Some(field), message));
    }

    pub(super) fn put_aside(&mut self, rowid: i64, why: Quarantined) {
        self.aside.insert(rowid);
        self.selection.held.push((rowid, why));
    }

    fn keep_out(&mut self, record: &PlannedRecord, field: String) {
        let message = "a pack carries no files; hint: hand the file over by hand, or load it over the API".to_owned();
        self.put_aside(record.rowid, put_aside(record, "file-in-pack", Some(field), message));
    }

    /// Remarks on values that the import dialog does not take.
    fn left_out(&mut self, record: &PlannedRecord, cells: &Cells) {
        let Some(closed) = self.closed.get(record.model.as_str()) else { return };
        let lost: BTreeSet<&String> = cells
            .iter()
            .filter(|(field, cell)| **cell != Cell::Empty && closed.contains(*field))
            .map(|(f, _)| f)
            .collect();
        for field in lost {
            *self.selection.left_out.entry((record.model.clone(), field.clone())).or_default() += 1;
            let message = format!("Odoo's import dialog does not take `{field}`, so it is left out of the pack");
            let (object, source_id) = (&record.object, &record.source_id);
            self.selection.findings.push(Finding::warning(object, source_id, "not-importable", field, message));
        }
    }
}

/// What rows of one file must have in common: a blank cell empties a field and undoes its default, so rows that leave a
/// field of Odoo's own alone stand apart from those that fill it; custom fields have no defaults. One field cannot come
/// by external id and by database id at once; and a change touches the fields that it names, no others.
fn form(changes: bool, row: &Row) -> Vec<String> {
    row.iter()
        .filter_map(|(field, (column, _))| {
            let database = column.as_deref().is_some_and(|column| column.ends_with("/.id"));
            (changes || database || !field.starts_with("x_"))
                .then(|| if database { format!("{field}/.id") } else { field.clone() })
        })
        .collect()
}

/// The model at the other end of a field.
pub(super) fn relation(kind: &FieldKind) -> Option<&str> {
    match kind {
        FieldKind::Many2one(model) | FieldKind::Many2many(model) | FieldKind::Many2oneReference(model) => Some(model),
        _ => None,
    }
}
