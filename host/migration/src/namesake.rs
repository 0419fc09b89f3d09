//! Records of one plan that Odoo would hold under one name, as two clinics' sources of opportunities: the first is made, and
//! the others are tied to it as they would be to one that Odoo had before.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use odograft_ledger::{PlannedRecord, RecordState, Write, WriteAction};

use crate::cells::{self, Cells};
use crate::clock;
use crate::error::MigrationError;
use crate::load::{Ids, Loader, Ready};

/// Records read at once.
const PAGE: usize = 1_000;

/// What is known of a record that adopts by some fields.
pub(crate) enum Namesake {
    /// It is the only one with these values, or the first.
    None,
    /// Another one with them is in Odoo: its database id.
    There(i64),
    /// Another one with them is on its way.
    Coming,
}

/// The values by which a record is known to be there; none where its model has no such fields.
pub(crate) fn known_by(
    adopt_by: &HashMap<(&str, &str), &[String]>,
    record: &PlannedRecord,
    cells: &Cells,
) -> Vec<String> {
    let fields = adopt_by.get(&(record.model.as_str(), record.object.as_str())).copied().unwrap_or_default();
    let value = |field: &String| cells.get(field).map(|cell| cell.text(&[]).to_lowercase()).unwrap_or_default();
    fields.iter().map(value).collect()
}

impl Loader<'_> {
    /// Whether another record of the plan has the values by which this one would be known. It is asked of records that Odoo
    /// had none for when they were planned.
    pub(crate) fn namesake(&mut self, record: &PlannedRecord, cells: &Cells) -> Result<Namesake, MigrationError> {
        let values = self.known_by(record, cells);
        // An empty first value tells nobody from anybody else.
        if values.first().is_none_or(String::is_empty) {
            return Ok(Namesake::None);
        }
        self.name_those_in_odoo(&record.model)?;
        let own = (record.object.clone(), record.source_id.clone());
        match self.named.entry((record.model.clone(), values)) {
            Entry::Vacant(place) => drop(place.insert(own)),
            Entry::Occupied(first) if *first.get() == own => {}
            Entry::Occupied(mut first) => {
                let (object, id) = first.get();
                match self.ledger.record(&record.model, object, id)? {
                    Some(PlannedRecord { odoo_id: Some(id), .. }) => return Ok(Namesake::There(id)),
                    Some(PlannedRecord { state: RecordState::Planned, .. }) => return Ok(Namesake::Coming),
                    // What became of the first one leaves the name to this one.
                    _ => drop(first.insert(own)),
                }
            }
        }
        Ok(Namesake::None)
    }

    /// The values by which a record is known to be there.
    fn known_by(&self, record: &PlannedRecord, cells: &Cells) -> Vec<String> {
        known_by(&self.adopt_by, record, cells)
    }

    /// Names the records of a model that an earlier load of the same plan has made, as a pilot does: once a load.
    fn name_those_in_odoo(&mut self, model: &str) -> Result<(), MigrationError> {
        if !self.named_in_odoo.insert(model.to_owned()) {
            return Ok(());
        }
        let mut after = 0;
        loop {
            let page = self.ledger.in_odoo(model, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.rowid;
            for record in page {
                let cells: Cells = cells::parse(&record, &record.cells)?;
                let values = self.known_by(&record, &cells);
                if values.first().is_some_and(|value| !value.is_empty()) {
                    self.named.entry((record.model, values)).or_insert((record.object, record.source_id));
                }
            }
        }
    }

    /// Ties a record to the one that was made of its namesake; what else it holds is written to it afterwards.
    pub(crate) fn tie(
        &mut self,
        record: PlannedRecord,
        cells: Cells,
        ids: Ids,
        later: Vec<String>,
        odoo_id: i64,
    ) -> Result<Ready, MigrationError> {
        let nothing = "{}".to_owned();
        self.ledger.record_writes(&[Write {
            rowid: record.rowid,
            moment: clock::now(),
            action: WriteAction::Adopt,
            odoo_id,
            fields: Vec::new(),
            before: None,
            cells: nothing.clone(),
        }])?;
        self.written.adopted += 1;
        let record = PlannedRecord {
            odoo_id: Some(odoo_id),
            state: RecordState::Adopted,
            written_cells: Some(nothing),
            ..record
        };
        Ok(Ready { record, cells, ids, later })
    }
}
