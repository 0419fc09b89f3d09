//! Load: pending records into Odoo, model by model, batch by batch.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use odograft_ledger::{Ledger, PlannedRecord, Quarantined, RecordState, Write, WriteAction};
use odograft_odoo::{Client, Effort, FastPath, Inserted, LoadBatch, OdooError, Row, RowOutcome, Strain, Tempo};
use serde_json::{Map, Value};
use tokio::task::{JoinError, JoinSet};

use crate::cells::{Cell, Cells};
use crate::clock;
use crate::error::MigrationError;
use crate::files::{Files, MAX_FILE_BYTES, Portion, Portions};
use crate::fill;
use crate::modules::Modules;
use crate::plan;
use crate::run::{Event, Stage};

/// Where the ledger keeps the namespace of a server action that is in Odoo.
const FAST_PATH: &str = "fast_path";

/// What a load has written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// Records created.
    pub created: u64,
    /// Records changed.
    pub updated: u64,
    /// Records of Odoo's that were tied to a source record.
    pub adopted: u64,
    /// Fields that hold something else in Odoo than was written.
    pub differing: u64,
}

/// A pending record whose references are followed.
pub(crate) struct Ready {
    pub(crate) record: PlannedRecord,
    pub(crate) cells: Cells,
    /// Database ids of what the cells refer to, by field.
    pub(crate) ids: Ids,
    /// Fields that refer to records which are not in Odoo yet.
    pub(crate) later: Vec<String>,
}

/// Records whose references are followed.
#[derive(Default)]
struct Prepared {
    /// Those that Odoo has not.
    new: Vec<Ready>,
    /// Those that are in Odoo and may have to change.
    known: Vec<Ready>,
    /// How many were held back or refused.
    ended: u64,
    /// How many wait for others of their model.
    waiting: u64,
}

/// Batches on their way.
type Flight = JoinSet<Landed>;

/// A batch and what became of it.
type Landed = (Portion, Result<Inserted, OdooError>);

/// Records as the fast path takes them: external id and values.
type FastBatch = (FastPath, Vec<(String, Map<String, Value>)>);

/// Database ids by field.
pub(crate) type Ids = HashMap<String, Vec<i64>>;

/// Where a record's references lead.
pub(crate) enum Followed {
    /// To records of Odoo's; some fields to records that are still to come.
    All { ids: Ids, later: Vec<String> },
    /// To a record of the same model that is still to come.
    Wait,
    /// A field refers to a record that is not in Odoo.
    Missing { field: String, missing: String },
    /// A field refers to a record that Odoo does not have.
    Refused(OdooError),
}

/// Where one reference leads.
enum Lead {
    To(i64),
    /// To a record that is still to come: of the same model, or of one that is loaded afterwards.
    Later {
        same_model: bool,
    },
    Nowhere,
}

/// Brings what a ledger has planned into Odoo, and reads back what it wrote.
pub struct Loader<'a> {
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) client: &'a Client,
    /// By model and source object: the fields by which a record was adopted; they are never written.
    pub(crate) adopt_by: HashMap<(&'a str, &'a str), &'a [String]>,
    /// Database ids of external ids that every Odoo has.
    external: HashMap<String, i64>,
    /// By model: the fields that a user can fill.
    pub(crate) content: HashMap<String, Vec<String>>,
    /// The models, in the order in which they are loaded.
    pub(crate) order: Vec<String>,
    /// By model: the fields that were asked about, and whether Odoo fills them by itself.
    defaults: HashMap<String, HashMap<String, bool>>,
    tempo: Tempo,
    /// The module of the migration's external ids, where the fast path is wanted, and the path once it is there.
    fast: Option<(String, Option<FastPath>)>,
    /// Updates in a row at which the server failed without saying why.
    pub(crate) failures: usize,
    pub(crate) written: Written,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) max_file_bytes: u64,
    /// Everything that is to be made has been made.
    pub(crate) closing: bool,
}

impl<'a> Loader<'a> {
    /// A loader of a plan that adopts nothing of Odoo's.
    #[must_use]
    pub fn new(ledger: &'a mut Ledger, client: &'a Client) -> Self {
        Self {
            ledger,
            client,
            adopt_by: HashMap::new(),
            external: HashMap::new(),
            content: HashMap::new(),
            order: Vec::new(),
            defaults: HashMap::new(),
            tempo: Tempo::new(client.pace(), Instant::now()),
            fast: None,
            failures: 0,
            written: Written::default(),
            files: Arc::new(()),
            max_file_bytes: MAX_FILE_BYTES,
            closing: false,
        }
    }

    /// Inserts through a server action, which the load makes and takes away again: faster, and only an administrator may.
    /// `namespace` is the module of the migration's external ids.
    #[must_use]
    pub fn fast(mut self, namespace: &str) -> Self {
        self.fast = Some((namespace.to_owned(), None));
        self
    }

    /// The same with files: where they are opened, and how many bytes one may have.
    #[must_use]
    pub fn with_files(self, files: Arc<dyn Files>, max_file_bytes: u64) -> Self {
        Self { files, max_file_bytes, ..self }
    }

    /// A loader of these modules' plan.
    pub(crate) fn of(ledger: &'a mut Ledger, client: &'a Client, modules: &'a Modules) -> Self {
        let targets = modules.manifests().flat_map(|m| &m.targets);
        let adopt_by = targets
            .filter(|t| !t.adopt_by.is_empty())
            .map(|t| ((t.model.as_str(), t.object.as_str()), t.adopt_by.as_slice()))
            .collect();
        Self { adopt_by, ..Self::new(ledger, client) }
    }

    /// Brings every pending record of the models into Odoo, in this order.
    ///
    /// # Errors
    /// What no single record is to blame for; what was written so far is in the ledger.
    pub async fn load(mut self, models: &[String], report: &mut dyn FnMut(Event)) -> Result<Written, MigrationError> {
        self.order = models.to_vec();
        if let Some((namespace, path)) = &mut self.fast {
            self.ledger.set_meta(FAST_PATH, namespace)?;
            *path = Some(FastPath::set_up(self.client, namespace).await?);
        }
        let loaded = self.load_all(models, report).await;
        loaded.and(remove_fast_path(self.ledger, self.client).await)?;
        self.seal().await?;
        Ok(self.written)
    }

    async fn load_all(&mut self, models: &[String], report: &mut dyn FnMut(Event)) -> Result<(), MigrationError> {
        // A run that was killed may have left some.
        self.restore_parents().await?;
        for model in models {
            self.recheck_files(model).await?;
            self.model(model, report).await?;
        }
        // What was left out of circles, and the state of orders: by now everything else has an end.
        self.closing = true;
        for model in models {
            self.wave(model, true, report).await?;
        }
        Ok(())
    }

    /// Waves: a record that refers to another of its model follows when that is in. What is left at last is a circle,
    /// which is cut.
    async fn model(&mut self, model: &str, report: &mut dyn FnMut(Event)) -> Result<(), MigrationError> {
        let mut cut = false;
        loop {
            match self.wave(model, cut, report).await? {
                (_, 0) => return Ok(()),
                (0, _) if cut => return Ok(()),
                (0, _) => cut = true,
                _ => {}
            }
        }
    }

    /// Goes once through what is pending of a model: how many records came to an end, and how many did not.
    async fn wave(
        &mut self,
        model: &str,
        cut: bool,
        report: &mut dyn FnMut(Event),
    ) -> Result<(u64, u64), MigrationError> {
        let (mut ended, mut flight) = ((0, 0), Flight::new());
        self.tempo.turn(Instant::now());
        let mut result = self.send_all(model, cut, &mut flight, &mut ended, report).await;
        // What is on its way comes to its end whatever happened, so that the ledger knows of it.
        while let Some(landed) = flight.join_next().await {
            let landed = self.land(model, landed, report);
            result = result.and(landed.map(|count| ended.0 += count));
        }
        result?;
        if model == fill::CONTACT {
            self.restore_parents().await?;
        }
        Ok(ended)
    }

    /// Sends what is pending of a model. New records travel in as many calls at once as the server has use for; what
    /// came of them goes into the ledger as they land.
    async fn send_all(
        &mut self,
        model: &str,
        cut: bool,
        flight: &mut Flight,
        (settled, waiting): &mut (u64, u64),
        report: &mut dyn FnMut(Event),
    ) -> Result<(), MigrationError> {
        let mut after = None;
        loop {
            let records = self.ledger.pending(model, after, self.tempo.rows())?;
            let Some(last) = records.last() else { return Ok(()) };
            after = Some(last.rowid);
            let mut prepared = self.prepare(model, records, cut).await?;
            for ready in prepared.known {
                match self.update(ready).await? {
                    true => prepared.ended += 1,
                    false => prepared.waiting += 1,
                }
            }
            progress(model, prepared.ended, report);
            *settled += prepared.ended;
            *waiting += prepared.waiting;
            *settled += self.depart(model, prepared.new, flight, report).await?;
            // A circle is cut no further than it must be: the records before have to be in.
            while cut && let Some(landed) = flight.join_next().await {
                *settled += self.land(model, landed, report)?;
            }
        }
    }

    /// Follows the references of records, and parts those that can be written from those that can't.
    async fn prepare(
        &mut self,
        model: &str,
        records: Vec<PlannedRecord>,
        cut: bool,
    ) -> Result<Prepared, MigrationError> {
        let mut prepared = Prepared::default();
        for record in records {
            let cells: Cells = serde_json::from_str(&record.cells)
                .map_err(|_| MigrationError::UnreadableCells { rowid: record.rowid })?;
            let is_new = record.odoo_id.is_none();
            match self.follow(model, &cells, cut || !is_new).await? {
                Followed::All { ids, later } if is_new => prepared.new.push(Ready { record, cells, ids, later }),
                Followed::All { ids, later } => prepared.known.push(Ready { record, cells, ids, later }),
                Followed::Wait => prepared.waiting += 1,
                Followed::Missing { field, missing } => {
                    self.hold(&record, field, &missing)?;
                    prepared.ended += 1;
                }
                Followed::Refused(error) => {
                    self.refuse(&record, &error)?;
                    prepared.ended += 1;
                }
            }
        }
        Ok(prepared)
    }

    /// The database ids that the cells refer to.
    pub(crate) async fn follow(&mut self, model: &str, cells: &Cells, cut: bool) -> Result<Followed, MigrationError> {
        let (mut ids, mut later) = (Ids::new(), Vec::new());
        for (field, cell) in cells {
            if self.is_put_off(model, field, cell) {
                later.push(field.clone());
                continue;
            }
            let references = match cell {
                Cell::Many(items) => items.as_slice(),
                Cell::Source { .. } => std::slice::from_ref(cell),
                _ => continue,
            };
            let mut found = Vec::with_capacity(references.len());
            for reference in references {
                let lead = match self.lead(model, reference).await {
                    Ok(lead) => lead,
                    Err(MigrationError::Odoo(error)) if blames_record(&error) => return Ok(Followed::Refused(error)),
                    Err(error) => return Err(error),
                };
                match (lead, reference) {
                    (Lead::To(id), _) => found.push(id),
                    (Lead::Later { same_model: true }, _) if !cut => return Ok(Followed::Wait),
                    (Lead::Later { .. }, _) => {
                        later.push(field.clone());
                        break;
                    }
                    (Lead::Nowhere, Cell::Source { object, id, .. }) => {
                        return Ok(Followed::Missing { field: field.clone(), missing: format!("{object} `{id}`") });
                    }
                    (Lead::Nowhere, _) => {}
                }
            }
            ids.insert(field.clone(), found);
        }
        Ok(Followed::All { ids, later })
    }

    async fn lead(&mut self, from: &str, reference: &Cell) -> Result<Lead, MigrationError> {
        match reference {
            Cell::Id(id) => Ok(Lead::To(*id)),
            Cell::ExternalId(external) => Ok(Lead::To(self.external_id(external).await?)),
            Cell::Source { model, object, id, .. } => {
                let Some(record) = self.ledger.record_in_plan(model, object, id)? else {
                    // One that left the plan may be in Odoo all the same.
                    let left = self.ledger.record(model, object, id)?.and_then(|record| record.odoo_id);
                    return Ok(left.map_or(Lead::Nowhere, Lead::To));
                };
                let place = |model: &str| self.order.iter().position(|other| other == model);
                Ok(match record.odoo_id {
                    Some(id) => Lead::To(id),
                    None if record.state == RecordState::Planned && place(model) >= place(from) => {
                        Lead::Later { same_model: model == from }
                    }
                    None => Lead::Nowhere,
                })
            }
            _ => Ok(Lead::Nowhere),
        }
    }

    fn hold(&mut self, record: &PlannedRecord, field: String, missing: &str) -> Result<(), MigrationError> {
        let message = format!("it refers to {missing}, which is not in Odoo; it follows once that is");
        self.ledger.quarantine(&[put_aside(record, "held-back", Some(field), message)])?;
        self.ledger.set_state(&[(record.rowid, RecordState::Held, None)])?;
        Ok(())
    }

    /// Sends new records on their way as soon as there is room; how many others have landed.
    async fn depart(
        &mut self,
        model: &str,
        mut records: Vec<Ready>,
        flight: &mut Flight,
        report: &mut dyn FnMut(Event),
    ) -> Result<u64, MigrationError> {
        if records.is_empty() {
            return Ok(0);
        }
        for Ready { record, cells, later, .. } in records.iter_mut().filter(|ready| !ready.later.is_empty()) {
            // Written without them, the record stays pending until they are written too.
            cells.retain(|field, _| !later.contains(field));
            record.cells = plan::text(cells);
        }
        self.settle(model, &mut records).await?;
        self.know_defaults(model, &records).await?;
        let known = self.defaults.get(model);
        let mut landed = 0;
        for group in grouped(records, |field| known.is_some_and(|known| known.get(field) == Some(&true))) {
            let mut rest = group.len() as u64;
            let mut portions = Portions::of(group);
            while let Some(portion) = self.portion(&mut portions).await? {
                rest -= portion.records.len() as u64;
                while flight.len() >= self.tempo.calls() {
                    let Some(next) = flight.join_next().await else { break };
                    landed += self.land(model, next, report)?;
                }
                self.note_parents(model, &portion.records).await?;
                let (client, batch) = (self.client.clone(), load_batch(model, &portion.records));
                let (files, fast) = (portion.placed(&batch), self.fast_batch(&portion).await?);
                flight.spawn(async move {
                    let inserted = match fast {
                        Some((path, rows)) => path.load(&client, &batch, &rows).await,
                        None => odograft_odoo::insert_with(&client, &batch, &files).await,
                    };
                    (portion, inserted)
                });
            }
            // Those whose files can't be sent have come to their end.
            progress(model, rest, report);
            landed += rest;
        }
        Ok(landed)
    }

    /// Records as the fast path takes them, where it is there. It takes no files.
    async fn fast_batch(&mut self, portion: &Portion) -> Result<Option<FastBatch>, OdooError> {
        let Some((_, Some(path))) = self.fast else { return Ok(None) };
        if portion.files.iter().any(|files| !files.is_empty()) {
            return Ok(None);
        }
        let mut rows = Vec::with_capacity(portion.records.len());
        for Ready { record, cells, ids, .. } in &portion.records {
            let mut values = Map::new();
            for (field, cell) in cells {
                values.insert(field.clone(), self.value(field, cell, ids).await?);
            }
            rows.push((record.external_id.clone(), values));
        }
        Ok(Some((path, rows)))
    }

    /// Which of the records' fields Odoo fills by itself; each is asked for once.
    async fn know_defaults(&mut self, model: &str, records: &[Ready]) -> Result<(), OdooError> {
        let known = self.defaults.entry(model.to_owned()).or_default();
        let new: BTreeSet<&str> = records
            .iter()
            .flat_map(|r| r.cells.keys())
            .map(String::as_str)
            .filter(|f| !known.contains_key(*f))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let new: Vec<&str> = new.into_iter().collect();
        let defaults = self.client.default_get(model, &new).await?;
        let has = |field: &str| !matches!(defaults.get(field), None | Some(Value::Null | Value::Bool(false)));
        known.extend(new.into_iter().map(|field| (field.to_owned(), has(field))));
        Ok(())
    }

    /// Keeps what came of a batch; how many records came to an end.
    fn land(
        &mut self,
        model: &str,
        landed: Result<Landed, JoinError>,
        report: &mut dyn FnMut(Event),
    ) -> Result<u64, MigrationError> {
        let (Portion { records, files }, inserted) = match landed {
            Ok(landed) => landed,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        let count = records.len();
        let inserted = inserted.inspect_err(|error| {
            let effort = Effort { strain: Strain::of(error), ..Effort::default() };
            self.tempo.learn(count, effort, Instant::now());
        })?;
        self.tempo.learn(count, inserted.effort, Instant::now());
        let mut writes = Vec::with_capacity(count);
        let (mut kept, mut refused, mut states) = (Vec::new(), Vec::new(), Vec::new());
        let moment = clock::now();
        // The loader returns one outcome per row.
        for (row, outcome) in std::iter::zip(std::iter::zip(&records, &files), inserted.outcomes) {
            let (Ready { record, cells, .. }, files) = row;
            match outcome {
                RowOutcome::Loaded { id } => {
                    kept.extend(files.iter().map(|file| file.kept(record.rowid)));
                    writes.push(Write {
                        rowid: record.rowid,
                        moment,
                        action: WriteAction::Create,
                        odoo_id: id,
                        fields: cells.keys().cloned().collect(),
                        before: None,
                        cells: record.cells.clone(),
                    });
                }
                RowOutcome::Refused { field, code, message } => {
                    states.push((record.rowid, RecordState::Quarantined, None));
                    refused.push(put_aside(record, &code, field, message));
                }
            }
        }
        self.ledger.keep_files(&kept)?;
        self.ledger.record_writes(&writes)?;
        self.written.created += writes.len() as u64;
        self.ledger.quarantine(&refused)?;
        self.ledger.set_state(&states)?;
        progress(model, count as u64, report);
        Ok(count as u64)
    }

    pub(crate) fn refuse(&mut self, record: &PlannedRecord, error: &OdooError) -> Result<(), MigrationError> {
        self.refuse_field(record, error.code(), error.field().map(str::to_owned), error.to_string())
    }

    pub(crate) fn refuse_field(
        &mut self,
        record: &PlannedRecord,
        code: &str,
        field: Option<String>,
        message: String,
    ) -> Result<(), MigrationError> {
        self.ledger.quarantine(&[put_aside(record, code, field, message)])?;
        self.ledger.set_state(&[(record.rowid, RecordState::Quarantined, None)])?;
        Ok(())
    }

    /// The database id behind an external id that every Odoo has.
    pub(crate) async fn external_id(&mut self, external: &str) -> Result<i64, OdooError> {
        if !self.external.contains_key(external) {
            let found = self.client.resolve_external_ids(&[external.to_owned()]).await?;
            self.external.extend(found.into_iter().map(|(name, (_, id))| (name, id)));
        }
        // `load()` refuses such a cell too; an empty value would undo what the customer has.
        let missing = || OdooError::NoSuchExternalId { external_id: external.to_owned() };
        self.external.get(external).copied().ok_or_else(missing)
    }
}

/// Whether a call failed for what the record is or holds; anything else would fail for its neighbours too.
pub(crate) fn blames_record(error: &OdooError) -> bool {
    error.is_about_record()
        || matches!(
            error,
            OdooError::MissingRecord { .. }
                | OdooError::NoSuchExternalId { .. }
                | OdooError::NoModule { .. }
                | OdooError::TooLarge
                | OdooError::File { .. }
        )
}

/// Takes the server action out of Odoo that this run or a killed one has made.
pub(crate) async fn remove_fast_path(ledger: &mut Ledger, client: &Client) -> Result<(), MigrationError> {
    match ledger.meta(FAST_PATH)?.filter(|namespace| !namespace.is_empty()) {
        Some(namespace) => {
            FastPath::remove(client, &namespace).await?;
            Ok(ledger.set_meta(FAST_PATH, "")?)
        }
        None => Ok(()),
    }
}

fn progress(model: &str, done: u64, report: &mut dyn FnMut(Event)) {
    if done > 0 {
        report(Event::Progress { stage: Stage::Load, what: model.to_owned(), done });
    }
}

pub(crate) fn put_aside(record: &PlannedRecord, code: &str, field: Option<String>, message: String) -> Quarantined {
    Quarantined {
        object: record.object.clone(),
        source_id: record.source_id.clone(),
        stage: "load".to_owned(),
        module_digest: None,
        code: code.to_owned(),
        field,
        message,
        fuel: None,
    }
}

/// Parts records so that those of a group can share their columns: a blank cell writes an empty
/// value, so a record that leaves a field with a default alone must not share a batch with one that
/// fills it; and one field cannot be sent by external id and by database id at once.
fn grouped(records: Vec<Ready>, has_default: impl Fn(&str) -> bool) -> Vec<Vec<Ready>> {
    let mut forms: HashMap<&str, BTreeSet<String>> = HashMap::new();
    for (field, cell) in records.iter().flat_map(|r| &r.cells).filter(|(_, cell)| **cell != Cell::Empty) {
        forms.entry(field).or_default().insert(cell.column(field));
    }
    let mixed: BTreeSet<String> =
        forms.iter().filter(|(_, forms)| forms.len() > 1).map(|(field, _)| (*field).to_owned()).collect();
    let mut groups: BTreeMap<Vec<String>, Vec<Ready>> = BTreeMap::new();
    for ready in records {
        let telling = |(field, cell): (&String, &Cell)| {
            if mixed.contains(field) && *cell != Cell::Empty {
                Some(cell.column(field))
            } else {
                has_default(field).then(|| field.clone())
            }
        };
        let key = ready.cells.iter().filter_map(telling).collect();
        groups.entry(key).or_default().push(ready);
    }
    groups.into_values().collect()
}

fn load_batch(model: &str, group: &[Ready]) -> LoadBatch {
    // An empty value takes the form that the field has in other rows.
    let mut columns: BTreeMap<&String, String> = BTreeMap::new();
    for (field, cell) in group.iter().flat_map(|r| &r.cells) {
        if *cell != Cell::Empty || !columns.contains_key(field) {
            columns.insert(field, cell.column(field));
        }
    }
    let rows = group
        .iter()
        .map(|ready| Row {
            external_id: ready.record.external_id.clone(),
            cells: columns
                .keys()
                .map(|field| {
                    ready
                        .cells
                        .get(*field)
                        .map(|cell| cell.text(ready.ids.get(*field).map(Vec::as_slice).unwrap_or_default()))
                        .unwrap_or_default()
                })
                .collect(),
        })
        .collect();
    LoadBatch { model: model.to_owned(), columns: columns.into_values().collect(), rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(id: &str, cells: &[(&str, Cell)]) -> Ready {
        let record = PlannedRecord {
            rowid: 1,
            model: "res.partner".into(),
            object: "patient".into(),
            source_id: id.into(),
            external_id: format!("m.{id}"),
            cells: String::new(),
            written_cells: None,
            odoo_id: None,
            state: RecordState::Planned,
        };
        let cells = cells.iter().map(|(field, cell)| ((*field).to_owned(), cell.clone())).collect();
        Ready { record, cells, ids: HashMap::new(), later: Vec::new() }
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    #[test]
    fn one_record_is_put_aside_for_its_own_faults_only() {
        assert!(blames_record(&OdooError::MissingRecord { model: "res.partner".into() }));
        for error in [OdooError::Timeout, OdooError::WrongKey, OdooError::Serialization] {
            assert!(!blames_record(&error), "{error}");
        }
    }

    #[test]
    fn a_default_is_never_blanked_by_a_neighbour() {
        let records = vec![
            ready("1", &[("name", text("a")), ("type", text("other"))]),
            ready("2", &[("name", text("b"))]),
            ready("3", &[("name", text("c")), ("city", text("x"))]),
        ];
        let groups = grouped(records, |field| field == "type");
        let ids: Vec<Vec<&str>> =
            groups.iter().map(|g| g.iter().map(|r| r.record.source_id.as_str()).collect()).collect();
        assert_eq!(ids, [vec!["2", "3"], vec!["1"]]);
        let batch = load_batch("res.partner", &groups[0]);
        assert_eq!(batch.columns, ["city", "name"]);
        assert_eq!(batch.rows[0].cells, ["", "b"]);
    }

    #[test]
    fn an_empty_value_shares_the_form_of_its_neighbours() {
        let records = vec![
            ready("1", &[("team", Cell::Empty), ("note", Cell::Empty)]),
            ready("2", &[("team", Cell::Id(5))]),
            ready("3", &[("team", Cell::Empty)]),
        ];
        let groups = grouped(records, |_| false);
        assert_eq!(groups.len(), 1);
        let batch = load_batch("res.partner", &groups[0]);
        assert_eq!(batch.columns, ["note", "team/.id"]);
        assert_eq!(batch.rows[1].cells, ["", "5"]);
    }

    #[test]
    fn one_field_is_not_sent_in_two_forms() {
        let records = vec![
            ready("1", &[("country_id", Cell::ExternalId("base.uk".into()))]),
            ready("2", &[("country_id", Cell::Id(5))]),
        ];
        assert_eq!(grouped(records, |_| false).len(), 2);
    }
}
