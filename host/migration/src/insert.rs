//! New records on their way into Odoo: several calls at once, and what came of each.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use odograft_ledger::{Ledger, RecordState, Write, WriteAction};
use odograft_odoo::{Client, Effort, FastPath, Inserted, LoadBatch, NOT_UNIQUE, OdooError, Row, RowOutcome, Strain};
use serde_json::{Map, Value};
use tokio::task::{JoinError, JoinSet};

use crate::cells::Cell;
use crate::error::MigrationError;
use crate::events::{Event, Stage};
use crate::files::{Portion, Portions};
use crate::follow::put_aside;
use crate::load::{Loader, Ready};
use crate::{clock, plan};

/// Where the ledger keeps the namespace of a server action that is in Odoo.
pub(crate) const FAST_PATH: &str = "fast_path";

/// Batches on their way.
pub(crate) type Flight = JoinSet<Landed>;

/// A batch and what became of it.
pub(crate) type Landed = (Portion, Result<Inserted, OdooError>);

/// Records as the fast path takes them: external id and values.
type FastBatch = (FastPath, Vec<(String, Map<String, Value>)>);

impl Loader<'_> {
    /// Sends new records on their way as soon as there is room; how many others have landed.
    pub(crate) async fn depart(
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
                while flight.len() >= if self.alone { 1 } else { self.tempo.calls() } {
                    let Some(next) = flight.join_next().await else { break };
                    landed += self.land(model, next, report)?;
                }
                self.note_parents(model, &portion.records).await?;
                let (client, batch) = (self.client.clone(), load_batch(model, &portion.records));
                let (files, fast) = (portion.placed(&batch), self.fast_batch(&portion).await?);
                self.crowded |= !flight.is_empty();
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
    pub(crate) fn land(
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
        let mut writes = Vec::with_capacity(count);
        let (mut kept, mut refused, mut states) = (Vec::new(), Vec::new(), Vec::new());
        let mut collided = 0;
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
                // Two calls that each make a contact's follower collide, for one.
                RowOutcome::Refused { code, .. } if self.crowded && code == NOT_UNIQUE => collided += 1,
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
        let strain = inserted.effort.strain.or((collided > 0).then_some(Strain::Crowded));
        self.tempo.learn(count, Effort { strain, ..inserted.effort }, Instant::now());
        self.collided += collided;
        let ended = count as u64 - collided;
        progress(model, ended, report);
        Ok(ended)
    }
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

pub(crate) fn progress(model: &str, done: u64, report: &mut dyn FnMut(Event)) {
    if done > 0 {
        report(Event::Progress { stage: Stage::Load, what: model.to_owned(), done });
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
    use odograft_ledger::PlannedRecord;

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
