//! What a batch wants becomes records of the plan: merged with what the plan has of them, and tied to what Odoo has.

use std::collections::BTreeMap;

use odograft_ledger::{PlannedRecord, RecordState};

use super::{Batch, Origin, Planner, Wanted, filled_twice, overwrite, text};
use crate::adopt::{Match, Search};
use crate::cells::{self, Cells};
use crate::error::MigrationError;
use crate::external_id::external_id;
use crate::merge;

impl Planner<'_> {
    /// Writes a batch into the ledger: records merged with what the plan has of them already.
    pub(crate) async fn commit(&mut self, batch: Batch) -> Result<(), MigrationError> {
        let Batch { wanted, notes } = batch;
        let mut rest = Batch { wanted: BTreeMap::new(), notes };
        let mut records = Vec::with_capacity(wanted.len());
        let mut adoptable: BTreeMap<(String, Vec<String>), Vec<PlannedRecord>> = BTreeMap::new();
        for ((model, object, source_id), wanted) in wanted {
            let Wanted { mut cells, others, origin, may_create, adopt_by } = wanted;
            let planned = self.ledger.record_in_plan(&model, &object, &source_id)?;
            if let Some(planned) = &planned {
                let mut merged: Cells = cells::parse(planned, &planned.cells)?;
                let filled = overwrite(&mut merged, cells);
                // Of one who is two in the source, the one that is kept has the last word.
                for field in filled.into_iter().filter(|_| !self.merges.keeps(&model, &object, &source_id)) {
                    rest.remark(&origin, "warning", "field-filled-twice", &field, filled_twice(&field));
                }
                cells = merged;
            }
            merge::fill(&mut cells, others);
            let is_nobody = planned.as_ref().is_some_and(|planned| planned.state == RecordState::Unmatched);
            if is_nobody && adopt_by.is_empty() {
                let message = format!("Odoo has no `{model}` that is this {object}, and none may be created");
                rest.put_aside(&origin, "plan", "no-such-record", None, message);
            }
            let record = PlannedRecord {
                rowid: 0,
                external_id: external_id(self.namespace, &model, &object, &source_id),
                model: model.clone(),
                cells: text(&cells),
                written_cells: None,
                odoo_id: None,
                state: planned.as_ref().map_or(RecordState::Planned, |p| p.state),
                object,
                source_id,
            };
            if planned.is_some() || (may_create && adopt_by.is_empty()) {
                records.push(record);
            } else if adopt_by.is_empty() {
                let message =
                    format!("the plan has no `{model}` record of this {}, and none may be created", record.object);
                rest.put_aside(&origin, "plan", "no-such-record", None, message);
            } else {
                adoptable.entry((model, adopt_by)).or_default().push(record);
            }
        }
        for ((model, fields), candidates) in adoptable {
            let adopted = self.adopt(&model, &fields, candidates, &mut rest).await?;
            records.extend(adopted);
        }
        self.ledger.plan_records(&records, &rest.notes)?;
        Ok(())
    }

    /// Ties records to what Odoo has already.
    async fn adopt(
        &self,
        model: &str,
        fields: &[String],
        mut candidates: Vec<PlannedRecord>,
        batch: &mut Batch,
    ) -> Result<Vec<PlannedRecord>, MigrationError> {
        let mut values = Vec::with_capacity(candidates.len());
        for record in &candidates {
            let cells: Cells = cells::parse(record, &record.cells)?;
            let value = |field: &String| cells.get(field).map(|cell| cell.text(&[])).unwrap_or_default();
            values.push(fields.iter().map(value).collect::<Vec<_>>());
        }
        let found = self.directory.find(Search::by(model, fields), &values).await?;
        let creatable = !self.matched_only.contains(model);
        for (position, record) in candidates.iter_mut().enumerate() {
            let origin = Origin { object: record.object.clone(), id: record.source_id.clone() };
            let field = fields.first().map_or("", String::as_str);
            match found.get(&values[position]) {
                Match::One(id) => {
                    record.odoo_id = Some(id);
                    record.state = RecordState::Adopted;
                }
                Match::None if creatable => {}
                Match::None => {
                    record.state = RecordState::Unmatched;
                    let message = format!("no `{model}` of Odoo has this `{field}`, and none is created");
                    batch.remark(&origin, "warning", "unmatched", field, message);
                }
                Match::Several => {
                    record.state = RecordState::Unmatched;
                    let message = format!("several `{model}` of Odoo have this `{field}`, so none is taken");
                    batch.remark(&origin, "warning", "ambiguous-match", field, message);
                }
            }
        }
        Ok(candidates)
    }
}
