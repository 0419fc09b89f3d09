//! Load: pending records into Odoo, model by model, batch by batch.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use odograft_ledger::{Ledger, PlannedRecord, Quarantined, RecordState, Write, WriteAction};
use odograft_odoo::{Client, LoadBatch, OdooError, Row, RowOutcome};
use serde_json::{Map, Value};

use crate::cells::{Cell, Cells};
use crate::clock;
use crate::error::MigrationError;
use crate::modules::Modules;
use crate::plan;
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
pub(crate) struct Ready {
    pub(crate) record: PlannedRecord,
    pub(crate) cells: Cells,
    /// Database ids of what the cells refer to, by field.
    pub(crate) ids: Ids,
    /// Fields that refer to records which are not in Odoo yet.
    pub(crate) later: Vec<String>,
}

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
    order: Vec<String>,
    /// Updates in a row at which the server failed without saying why.
    pub(crate) failures: usize,
    pub(crate) written: Written,
}

impl<'a> Loader<'a> {
    /// A loader of a plan that adopts nothing of Odoo's.
    #[must_use]
    pub fn new(ledger: &'a mut Ledger, client: &'a Client) -> Self {
        let (adopt_by, external, content) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self {
            ledger,
            client,
            adopt_by,
            external,
            content,
            order: Vec::new(),
            failures: 0,
            written: Written::default(),
        }
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
        for model in models {
            self.model(model, report).await?;
        }
        // What was left out of circles: by now everything it refers to has an end.
        for model in models {
            self.wave(model, true, report).await?;
        }
        seal::seal(self.ledger, self.client).await?;
        Ok(self.written)
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
        let (mut after, mut settled, mut waiting) = (None, 0, 0);
        loop {
            let records = self.ledger.pending(model, after, BATCH)?;
            let Some(last) = records.last() else { return Ok((settled, waiting)) };
            after = Some(last.rowid);
            let count = records.len() as u64;
            let done = self.batch(model, records, cut).await?;
            settled += done;
            waiting += count - done;
            if done > 0 {
                report(Event::Progress { stage: Stage::Load, what: model.to_owned(), done });
            }
        }
    }

    /// Brings records into Odoo; how many came to an end.
    async fn batch(&mut self, model: &str, records: Vec<PlannedRecord>, cut: bool) -> Result<u64, MigrationError> {
        let (mut new, mut known, mut settled) = (Vec::with_capacity(records.len()), Vec::new(), 0);
        for record in records {
            let cells: Cells = serde_json::from_str(&record.cells)
                .map_err(|_| MigrationError::UnreadableCells { rowid: record.rowid })?;
            let is_new = record.odoo_id.is_none();
            match self.follow(model, &cells, cut || !is_new).await? {
                Followed::All { ids, later } if is_new => new.push(Ready { record, cells, ids, later }),
                Followed::All { ids, later } => known.push(Ready { record, cells, ids, later }),
                Followed::Wait => {}
                Followed::Missing { field, missing } => {
                    self.hold(&record, field, &missing)?;
                    settled += 1;
                }
                Followed::Refused(error) => {
                    self.refuse(&record, &error)?;
                    settled += 1;
                }
            }
        }
        settled += new.len() as u64;
        if !new.is_empty() {
            self.insert(model, new).await?;
        }
        for ready in known {
            settled += u64::from(self.update(ready).await?);
        }
        Ok(settled)
    }

    /// The database ids that the cells refer to.
    pub(crate) async fn follow(&mut self, model: &str, cells: &Cells, cut: bool) -> Result<Followed, MigrationError> {
        let (mut ids, mut later) = (Ids::new(), Vec::new());
        for (field, cell) in cells {
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

    async fn insert(&mut self, model: &str, mut records: Vec<Ready>) -> Result<(), MigrationError> {
        for Ready { record, cells, later, .. } in records.iter_mut().filter(|ready| !ready.later.is_empty()) {
            // Written without them, the record stays pending until they are written too.
            cells.retain(|field, _| !later.contains(field));
            record.cells = plan::text(cells);
        }
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

    pub(crate) fn refuse(&mut self, record: &PlannedRecord, error: &OdooError) -> Result<(), MigrationError> {
        let field = error.field().map(str::to_owned);
        self.ledger.quarantine(&[put_aside(record, error.code(), field, error.to_string())])?;
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
        )
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
