//! Updates: records that are in Odoo and are to hold something else.

use std::collections::{BTreeMap, BTreeSet};

use odograft_ledger::{Finding, Notes, PlannedRecord, RecordState, Seal, Write, WriteAction, WrittenFile};
use odograft_odoo::{FieldInfo, OdooError, read_plain};
use serde_json::{Map, Value};

use crate::cells::{Cell, Cells};
use crate::delta::ACTIVE;
use crate::error::MigrationError;
use crate::files::Measured;
use crate::follow::blames_record;
use crate::load::{Ids, Loader, Ready};
use crate::ripple::expect_change;
use crate::{clock, fill, plan, seal};

/// So many updates in a row may fail without a reason; then the run stops.
const FAILURES: usize = 10;

impl Loader<'_> {
    /// Writes the fields that differ from what was written last, after reading what they hold now. A
    /// record that Odoo refuses to change is put aside; the run goes on. Says whether the record came to an end.
    pub(crate) async fn update(&mut self, ready: Ready) -> Result<bool, MigrationError> {
        let Ready { record, mut cells, ids, later } = ready;
        let Some(odoo_id) = record.odoo_id else { return Ok(true) };
        let adopt_by = self.adopt_by.get(&(record.model.as_str(), record.object.as_str())).copied().unwrap_or_default();
        let written = written_cells(&record)?;
        for field in &later {
            match written.get(field) {
                Some(before) => cells.insert(field.clone(), before.clone()),
                None => cells.remove(field),
            };
        }
        let is_file = |cell: &Cell| matches!(cell, Cell::File { .. });
        let mut changed: Vec<(&String, &Cell)> = cells
            .iter()
            .filter(|(field, cell)| !adopt_by.contains(field) && (is_file(cell) || written.get(*field) != Some(cell)))
            .collect();
        // One that was gone from the source for a while was archived by a delta.
        let (active, yes) = (ACTIVE.to_owned(), Cell::Boolean(true));
        if !cells.contains_key(ACTIVE) && written.get(ACTIVE) == Some(&Cell::Boolean(false)) {
            changed.push((&active, &yes));
        }
        let (kind, own) = ("type".to_owned(), fill::own_address());
        if changed.iter().any(|(field, _)| *field == "parent_id")
            && self.keeps_address(&record, odoo_id, &cells).await?
        {
            changed.push((&kind, &own));
        }
        let Some(files) = self.changed_files(&record, &mut changed).await? else { return Ok(true) };
        if changed.is_empty() && !later.is_empty() {
            return Ok(false);
        }
        let action = action(&record, changed.is_empty());
        let mut fields: Vec<String> = changed.iter().map(|(field, _)| (*field).clone()).collect();
        if !changed.is_empty() {
            match self.change(&record, odoo_id, &changed, &files, &ids, &written).await {
                Ok(sent) => {
                    self.failures = 0;
                    self.written.updated += u64::from(!sent.is_empty());
                    fields = sent;
                }
                Err(MigrationError::Odoo(error)) if self.blames(&error) => {
                    self.refuse(&record, &error)?;
                    return Ok(true);
                }
                Err(error) => return Err(error),
            }
        } else if action == WriteAction::Adopt {
            self.written.adopted += 1;
        }
        let cells = if later.is_empty() { record.cells.clone() } else { plan::text(&cells) };
        let moment = clock::now();
        self.ledger.record_writes(&[Write {
            rowid: record.rowid,
            moment,
            action,
            odoo_id,
            fields,
            before: None,
            cells,
        }])?;
        Ok(later.is_empty())
    }

    /// Whether one record is to blame for a refused update. A server that fails without a reason may do so for one
    /// record; when it does for several in a row, it is not the records.
    fn blames(&mut self, error: &OdooError) -> bool {
        if matches!(error, OdooError::Server { .. }) {
            self.failures += 1;
            return self.failures < FAILURES;
        }
        blames_record(error)
    }

    /// Writes the cells to one record, after what its fields hold is safe in the ledger; the fields that were sent. A
    /// field that the customer has changed since it was written last is left alone, and a finding says so.
    async fn change(
        &mut self,
        record: &PlannedRecord,
        odoo_id: i64,
        changed: &[(&String, &Cell)],
        files: &[Measured],
        ids: &Ids,
        written: &Cells,
    ) -> Result<Vec<String>, MigrationError> {
        let mut names: BTreeSet<String> = changed.iter().map(|(field, _)| (*field).clone()).collect();
        if record.state != RecordState::Adopted {
            // An undo deletes the record, so nobody needs the file that it held.
            names.retain(|name| !files.iter().any(|file| file.field == *name));
        } else {
            // Odoo fills other fields from these, and empties none of them again.
            names.extend(seal::content_fields(&*self.fields(&record.model).await?));
        }
        let image_of: Vec<String> = names.iter().cloned().collect();
        names.insert("write_date".to_owned());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let held = read_plain(self.client, &record.model, &[odoo_id], &names).await?.into_iter().next();
        let held = held.ok_or_else(|| OdooError::MissingRecord { model: record.model.clone() })?;
        let seal = self.ledger.seal_of(record.rowid)?;
        let untouched = seal.as_ref().is_none_or(|seal| held["write_date"].as_str() == Some(&seal.write_date));
        let infos = self.fields(&record.model).await?;
        if let Some(seal) = seal.filter(|_| !untouched)
            && self.is_edited(&record.model, odoo_id, &seal, &infos).await?
        {
            // What is written now does not make the customer's change ours.
            self.ledger.keep_edited(record.rowid)?;
        }
        let (mut values, mut kept) = (Map::new(), Vec::new());
        let mut sent_files = Vec::new();
        for file in files {
            if !untouched && self.is_customers_file(record, odoo_id, file).await? {
                kept.push(file.field.clone());
            } else {
                sent_files.push((file.field.clone(), file.body.clone()));
            }
        }
        for (field, cell) in changed.iter().filter(|(_, cell)| !matches!(cell, Cell::File { .. })) {
            let value = self.value(field, cell, ids).await?;
            let kind = infos.get(*field).map_or("", |info| info.kind.as_str());
            if !untouched && self.is_customers(written.get(*field), cell, &value, ids, (field, kind), &held).await? {
                kept.push((*field).clone());
            } else {
                values.insert((*field).clone(), value);
            }
        }
        if !kept.is_empty() {
            let finding = |field: &String| {
                let message = format!("`{field}` was changed in the source and in Odoo; Odoo's value stays");
                Finding::warning(&record.object, &record.source_id, "changed-in-odoo", field, message)
            };
            let findings = kept.iter().map(finding).collect();
            self.ledger.note(&Notes { findings, ..Notes::default() })?;
        }
        if values.is_empty() && sent_files.is_empty() {
            return Ok(Vec::new());
        }
        expect_change(self.ledger, self.client, &record.model, odoo_id, record.rowid).await?;
        let image: Map<String, Value> = held.into_iter().filter(|(field, _)| image_of.contains(field)).collect();
        self.ledger.keep_before_image(record.rowid, &Value::Object(image).to_string())?;
        let sent = values.keys().chain(sent_files.iter().map(|(field, _)| field)).cloned().collect();
        odograft_odoo::update_with(self.client, &record.model, odoo_id, values, &sent_files).await?;
        let written = files.iter().filter(|file| sent_files.iter().any(|(field, _)| *field == file.field));
        let written: Vec<WrittenFile> = written.map(|file| file.kept(record.rowid)).collect();
        self.ledger.keep_files(&written)?;
        Ok(sent)
    }

    /// Whether somebody has changed a record since it was sealed.
    async fn is_edited(
        &self,
        model: &str,
        odoo_id: i64,
        seal: &Seal,
        infos: &BTreeMap<String, FieldInfo>,
    ) -> Result<bool, OdooError> {
        let rows = seal::read_sealed(self.client, model, &[odoo_id], std::iter::once(seal), infos).await?;
        Ok(rows.get(&odoo_id).is_some_and(|row| seal::is_touched(seal, row)))
    }

    /// Whether a field holds what a user has put there since the migration wrote it: neither that value nor the new one.
    async fn is_customers(
        &mut self,
        written: Option<&Cell>,
        wanted: &Cell,
        value: &Value,
        ids: &Ids,
        (field, kind): (&str, &str),
        held: &Map<String, Value>,
    ) -> Result<bool, MigrationError> {
        let (Some(written), Some(held)) = (written, held.get(field)) else { return Ok(false) };
        let resolved: &[i64] = ids.get(field).map(Vec::as_slice).unwrap_or_default();
        if *held == *value || wanted.is_held_in(kind, resolved, held) {
            return Ok(false);
        }
        let Some(before) = self.resolved(field, written).await? else { return Ok(false) };
        Ok(!written.is_held_in(kind, &before, held))
    }

    pub(crate) async fn value(&mut self, field: &str, cell: &Cell, ids: &Ids) -> Result<Value, OdooError> {
        if let Cell::ExternalId(external) = cell {
            return Ok(cell.json(&[self.external_id(external).await?]));
        }
        Ok(cell.json(ids.get(field).map(Vec::as_slice).unwrap_or_default()))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> PlannedRecord {
        PlannedRecord {
            rowid: 1,
            model: "res.partner".into(),
            object: "patient".into(),
            source_id: "1".into(),
            external_id: "m.1".into(),
            cells: String::new(),
            written_cells: None,
            odoo_id: None,
            state: RecordState::Planned,
        }
    }

    #[test]
    fn only_a_record_that_was_never_written_is_adopted() {
        let adopted = record();
        assert_eq!(action(&adopted, true), WriteAction::Adopt);
        assert_eq!(action(&adopted, false), WriteAction::Update);
        let written = PlannedRecord { written_cells: Some(r#"{"city":{"text":"Bath"}}"#.into()), ..adopted };
        assert_eq!(action(&written, true), WriteAction::Update, "a cell that is no longer planned adopts nothing");
    }

    #[test]
    fn cells_that_cannot_be_read_back_stop_the_run() {
        let record = PlannedRecord { written_cells: Some("torn".into()), ..record() };
        assert!(matches!(written_cells(&record), Err(MigrationError::UnreadableCells { rowid: 1 })));
    }
}
