//! Load: pending records into Odoo, model by model, batch by batch.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use odograft_ledger::{Ledger, PlannedRecord, Quarantined, RecordState, Write, WriteAction};
use odograft_odoo::{Client, LoadBatch, OdooError, Row, RowOutcome, read_plain};
use serde_json::{Map, Value};

use crate::cells::{Cell, Cells};
use crate::clock;
use crate::error::MigrationError;
use crate::modules::Modules;
use crate::run::{Event, Stage};
use crate::seal;

/// Rows in one `load()`: its speed is flat from 500 on.
const BATCH: usize = 500;

/// What a load has written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// Records created.
    pub created: u64,
    /// Records changed.
    pub updated: u64,
    /// Records of Odoo's that were tied to a source record.
    pub adopted: u64,
}

/// A pending record whose references are followed.
struct Ready {
    record: PlannedRecord,
    cells: Cells,
    /// Database ids of what the cells refer to, by field.
    ids: HashMap<String, i64>,
}

/// Where a record's references lead.
enum Followed {
    /// Database ids by field.
    All(HashMap<String, i64>),
    /// A field refers to a record that is not in Odoo.
    Missing { field: String, missing: String },
}

/// Brings what a ledger has planned into Odoo, and reads back what it wrote.
pub struct Loader<'a> {
    ledger: &'a mut Ledger,
    client: &'a Client,
    /// By model and source object: the fields by which a record was adopted; they are never written.
    adopt_by: HashMap<(&'a str, &'a str), &'a [String]>,
    /// Database ids of external ids that every Odoo has.
    external: HashMap<String, i64>,
    /// By model: the fields that a user can fill.
    content: HashMap<String, Vec<String>>,
    written: Written,
}

impl<'a> Loader<'a> {
    /// A loader of a plan that adopts nothing of Odoo's.
    #[must_use]
    pub fn new(ledger: &'a mut Ledger, client: &'a Client) -> Self {
        let (adopt_by, external, content) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { ledger, client, adopt_by, external, content, written: Written::default() }
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
        for model in models {
            let mut after = None;
            loop {
                let records = self.ledger.pending(model, after, BATCH)?;
                let Some(last) = records.last() else { break };
                after = Some(last.rowid);
                let count = records.len() as u64;
                self.batch(model, records).await?;
                report(Event::Progress { stage: Stage::Load, what: model.clone(), done: count });
            }
        }
        seal::seal(self.ledger, self.client).await?;
        Ok(self.written)
    }

    async fn batch(&mut self, model: &str, records: Vec<PlannedRecord>) -> Result<(), MigrationError> {
        let mut new = Vec::with_capacity(records.len());
        let mut known = Vec::new();
        for record in records {
            let cells: Cells = serde_json::from_str(&record.cells)
                .map_err(|_| MigrationError::UnreadableCells { rowid: record.rowid })?;
            match self.follow(&cells)? {
                Followed::All(ids) if record.odoo_id.is_none() => new.push(Ready { record, cells, ids }),
                Followed::All(ids) => known.push(Ready { record, cells, ids }),
                Followed::Missing { field, missing } => self.hold(&record, field, &missing)?,
            }
        }
        if !new.is_empty() {
            self.insert(model, new).await?;
        }
        for ready in known {
            self.update(ready).await?;
        }
        Ok(())
    }

    /// The database ids that the cells refer to.
    fn follow(&self, cells: &Cells) -> Result<Followed, MigrationError> {
        let mut ids = HashMap::new();
        for (field, cell) in cells {
            if let Cell::Source { model, object, id, .. } = cell {
                match self.ledger.record(model, object, id)?.and_then(|record| record.odoo_id) {
                    Some(odoo_id) => ids.insert(field.clone(), odoo_id),
                    None => {
                        let missing = format!("{object} `{id}`");
                        return Ok(Followed::Missing { field: field.clone(), missing });
                    }
                };
            }
        }
        Ok(Followed::All(ids))
    }

    fn hold(&mut self, record: &PlannedRecord, field: String, missing: &str) -> Result<(), MigrationError> {
        let message = format!("it refers to {missing}, which is not in Odoo; it follows once that is");
        self.ledger.quarantine(&[put_aside(record, "held-back", Some(field), message)])?;
        self.ledger.set_state(&[(record.rowid, RecordState::Held, None)])?;
        Ok(())
    }

    async fn insert(&mut self, model: &str, records: Vec<Ready>) -> Result<(), MigrationError> {
        let fields: BTreeSet<&str> = records.iter().flat_map(|r| r.cells.keys()).map(String::as_str).collect();
        let fields: Vec<&str> = fields.into_iter().collect();
        let defaults = self.client.default_get(model, &fields).await?;
        for group in grouped(records, &defaults) {
            let batch = load_batch(model, &group);
            let outcomes = odograft_odoo::insert(self.client, &batch).await?;
            let mut writes = Vec::with_capacity(group.len());
            let (mut refused, mut states) = (Vec::new(), Vec::new());
            let moment = clock::now();
            // The loader returns one outcome per row.
            for (position, outcome) in outcomes.into_iter().enumerate() {
                let Some(Ready { record, cells, .. }) = group.get(position) else { continue };
                match outcome {
                    RowOutcome::Loaded { id } => writes.push(Write {
                        rowid: record.rowid,
                        moment,
                        action: WriteAction::Create,
                        odoo_id: id,
                        fields: cells.keys().cloned().collect(),
                        before: None,
                        cells: record.cells.clone(),
                    }),
                    RowOutcome::Refused { field, code, message } => {
                        states.push((record.rowid, RecordState::Quarantined, None));
                        refused.push(put_aside(record, &code, field, message));
                    }
                }
            }
            self.ledger.record_writes(&writes)?;
            self.written.created += writes.len() as u64;
            self.ledger.quarantine(&refused)?;
            self.ledger.set_state(&states)?;
        }
        Ok(())
    }

    /// Writes the fields that differ from what was written last, after reading what they hold now. A
    /// record that Odoo refuses to change is put aside; the run goes on.
    async fn update(&mut self, ready: Ready) -> Result<(), MigrationError> {
        let Ready { record, cells, ids } = ready;
        let Some(odoo_id) = record.odoo_id else { return Ok(()) };
        let adopt_by = self.adopt_by.get(&(record.model.as_str(), record.object.as_str())).copied().unwrap_or_default();
        let written = written_cells(&record)?;
        let changed: Vec<(&String, &Cell)> = cells
            .iter()
            .filter(|(field, cell)| !adopt_by.contains(field) && written.get(*field) != Some(cell))
            .collect();
        let action = action(&record, changed.is_empty());
        if !changed.is_empty() {
            match self.change(&record, odoo_id, &changed, &ids).await {
                Ok(()) => self.written.updated += 1,
                Err(MigrationError::Odoo(error)) if blames_record(&error) => return self.refuse(&record, &error),
                Err(error) => return Err(error),
            }
        } else if action == WriteAction::Adopt {
            self.written.adopted += 1;
        }
        self.ledger.record_writes(&[Write {
            rowid: record.rowid,
            moment: clock::now(),
            action,
            odoo_id,
            fields: changed.iter().map(|(field, _)| (*field).clone()).collect(),
            before: None,
            cells: record.cells.clone(),
        }])?;
        Ok(())
    }

    /// Writes the cells to one record, after what its fields hold is safe in the ledger.
    async fn change(
        &mut self,
        record: &PlannedRecord,
        odoo_id: i64,
        changed: &[(&String, &Cell)],
        ids: &HashMap<String, i64>,
    ) -> Result<(), MigrationError> {
        let mut values = Map::new();
        for (field, cell) in changed {
            values.insert((*field).clone(), self.value(field, cell, ids).await?);
        }
        let mut names: BTreeSet<String> = changed.iter().map(|(field, _)| (*field).clone()).collect();
        if record.state == RecordState::Adopted {
            // Odoo fills other fields from these, and empties none of them again.
            names.extend(self.content(&record.model).await?.iter().cloned());
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if let Some(image) = read_plain(self.client, &record.model, &[odoo_id], &names).await?.into_iter().next() {
            self.ledger.keep_before_image(record.rowid, &Value::Object(image).to_string())?;
        }
        odograft_odoo::update(self.client, &record.model, odoo_id, values).await?;
        Ok(())
    }

    /// The fields of a model that a user can fill.
    async fn content(&mut self, model: &str) -> Result<&[String], MigrationError> {
        if !self.content.contains_key(model) {
            let fields = seal::content_fields(&self.client.fields_get(model).await?);
            self.content.insert(model.to_owned(), fields);
        }
        Ok(self.content.get(model).map(Vec::as_slice).unwrap_or_default())
    }

    fn refuse(&mut self, record: &PlannedRecord, error: &OdooError) -> Result<(), MigrationError> {
        let field = error.field().map(str::to_owned);
        self.ledger.quarantine(&[put_aside(record, error.code(), field, error.to_string())])?;
        self.ledger.set_state(&[(record.rowid, RecordState::Quarantined, None)])?;
        Ok(())
    }

    async fn value(&mut self, field: &str, cell: &Cell, ids: &HashMap<String, i64>) -> Result<Value, OdooError> {
        let Cell::ExternalId(external) = cell else { return Ok(cell.json(ids.get(field).copied())) };
        if !self.external.contains_key(external) {
            let found = self.client.resolve_external_ids(std::slice::from_ref(external)).await?;
            self.external.extend(found.into_iter().map(|(name, (_, id))| (name, id)));
        }
        match self.external.get(external) {
            Some(id) => Ok(cell.json(Some(*id))),
            // `load()` refuses such a cell too; an empty value would undo what the customer has.
            None => Err(OdooError::NoSuchExternalId { external_id: external.clone() }),
        }
    }
}

/// What was last written of a record; nothing for one that was only just adopted.
fn written_cells(record: &PlannedRecord) -> Result<Cells, MigrationError> {
    let Some(written) = &record.written_cells else { return Ok(Cells::new()) };
    serde_json::from_str(written).map_err(|_| MigrationError::UnreadableCells { rowid: record.rowid })
}

/// What the journal says of a record that is in Odoo. Where nothing is to be sent, a record that was
/// never written is adopted; any other had a cell that is no longer planned, which Odoo keeps.
fn action(record: &PlannedRecord, nothing_to_send: bool) -> WriteAction {
    if nothing_to_send && record.written_cells.is_none() { WriteAction::Adopt } else { WriteAction::Update }
}

/// Whether a call failed for what the record is or holds; anything else would fail for its neighbours too.
fn blames_record(error: &OdooError) -> bool {
    matches!(
        error,
        OdooError::BadValue { .. }
            | OdooError::MissingRequired { .. }
            | OdooError::NoReference { .. }
            | OdooError::NotUnique { .. }
            | OdooError::MissingRecord { .. }
            | OdooError::NoRightsOnRecord { .. }
            | OdooError::NoSuchExternalId { .. }
            | OdooError::NoModule { .. }
            | OdooError::TooLarge
            | OdooError::AgainstRule { .. }
            | OdooError::Refused
    )
}

fn put_aside(record: &PlannedRecord, code: &str, field: Option<String>, message: String) -> Quarantined {
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
fn grouped(records: Vec<Ready>, defaults: &Map<String, Value>) -> Vec<Vec<Ready>> {
    let has_default = |field: &str| !matches!(defaults.get(field), None | Some(Value::Null | Value::Bool(false)));
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
                    ready.cells.get(*field).map(|cell| cell.text(ready.ids.get(*field).copied())).unwrap_or_default()
                })
                .collect(),
        })
        .collect();
    LoadBatch { model: model.to_owned(), columns: columns.into_values().collect(), rows }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        Ready { record, cells, ids: HashMap::new() }
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    #[test]
    fn only_a_record_that_was_never_written_is_adopted() {
        let adopted = ready("1", &[]).record;
        assert_eq!(action(&adopted, true), WriteAction::Adopt);
        assert_eq!(action(&adopted, false), WriteAction::Update);
        let written = PlannedRecord { written_cells: Some(r#"{"city":{"text":"Bath"}}"#.into()), ..adopted };
        assert_eq!(action(&written, true), WriteAction::Update, "a cell that is no longer planned adopts nothing");
    }

    #[test]
    fn cells_that_cannot_be_read_back_stop_the_run() {
        let record = PlannedRecord { written_cells: Some("torn".into()), ..ready("1", &[]).record };
        assert!(matches!(written_cells(&record), Err(MigrationError::UnreadableCells { rowid: 1 })));
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
        let defaults = json!({"type": "contact", "city": false});
        let groups = grouped(records, defaults.as_object().expect("an object"));
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
        let groups = grouped(records, &Map::new());
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
        assert_eq!(grouped(records, &Map::new()).len(), 2);
    }
}
