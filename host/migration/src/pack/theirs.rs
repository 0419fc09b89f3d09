//! What the customer has changed since it was written: a pack leaves it alone, as a run does.

use odograft_ledger::{Finding, PlannedRecord, Write, WriteAction};

use super::select::Selector;
use crate::cells::Cells;
use crate::error::MigrationError;
use crate::follow::put_aside;
use crate::{clock, plan};

/// What an export must have for a record to be found in it.
const KEYS: [&str; 2] = ["External ID", "ID"];

/// What an export shows of the changes to a record.
#[derive(Default)]
struct Seen {
    /// The record is not in it.
    gone: bool,
    /// Fields that hold neither what was written last nor the new value.
    theirs: Vec<String>,
    /// Fields that it shows in a form that does not tell.
    unclear: Vec<String>,
}

impl Selector<'_> {
    /// Leaves out of a record's changes what would go over the customer's own, with a remark; nothing is left of those to
    /// a record that is gone. What no export shows is asked for.
    pub(super) fn without_theirs(
        &mut self,
        record: &PlannedRecord,
        odoo_id: i64,
        written: &Cells,
        mut changed: Cells,
    ) -> Result<Cells, MigrationError> {
        let Seen { gone, theirs, unclear } = self.see(record, written, &changed)?;
        if gone {
            let message = format!(
                "it is not in the export of `{}`; hint: export all its records, archived ones too; one that was deleted \
                 in Odoo does not come back by itself",
                record.model
            );
            self.put_aside(record.rowid, put_aside(record, "missing-record", None, message));
            return Ok(Cells::new());
        }
        let mut remark = |code: &str, field: &str, message: String| {
            let finding = Finding::warning(&record.object, &record.source_id, code, field, message);
            self.selection.findings.push(finding);
        };
        for field in &unclear {
            let message =
                format!("the export does not tell whether `{field}` was changed in Odoo; the source's value goes");
            remark("not-compared", field, message);
        }
        let mut settled = written.clone();
        for field in &theirs {
            let message = format!("`{field}` was changed in the source and in Odoo; Odoo's value stays");
            remark("changed-in-odoo", field, message);
            settled.extend(changed.remove_entry(field));
        }
        if !theirs.is_empty() {
            // With nothing else to change, the record is as planned.
            let cells = if changed.is_empty() { record.cells.clone() } else { plan::text(&settled) };
            let (rowid, moment, action) = (record.rowid, clock::now(), WriteAction::Update);
            self.selection.settled.push(Write {
                rowid,
                moment,
                action,
                odoo_id,
                fields: Vec::new(),
                before: None,
                cells,
            });
        }
        Ok(changed)
    }

    fn see(&self, record: &PlannedRecord, written: &Cells, changed: &Cells) -> Result<Seen, MigrationError> {
        let (model, mut seen) = (record.model.as_str(), Seen::default());
        let before: Vec<_> =
            changed.iter().filter_map(|(field, new)| Some((field.as_str(), written.get(field)?, new))).collect();
        if before.is_empty() {
            return Ok(seen);
        }
        let Some(external) = self.external_id(record)? else { return Ok(seen) };
        let Some(table) = self.exports.table(model)? else {
            let fields = before.iter().map(|(field, ..)| self.exports.header(model, field));
            self.exports.miss(model, &KEYS.into_iter().chain(fields).collect::<Vec<_>>());
            return Ok(seen);
        };
        let Some(there) = self.exports.record(&table, model, &external).and_then(|place| table.records.get(place))
        else {
            return Ok(Seen { gone: true, ..seen });
        };
        for (field, was, new) in before {
            let is_shown = [field.to_owned(), format!("{field}/id")]
                .iter()
                .filter_map(|column| table.column(column))
                .any(|place| there.cells.get(place).is_some_and(Option::is_some));
            if !is_shown {
                self.exports.miss(model, &[self.exports.header(model, field)]);
            } else if self.holds(model, field, new, &table, there)? != Some(true) {
                match self.holds(model, field, was, &table, there)? {
                    Some(true) => {}
                    Some(false) => seen.theirs.push(field.to_owned()),
                    None => seen.unclear.push(field.to_owned()),
                }
            }
        }
        Ok(seen)
    }
}
