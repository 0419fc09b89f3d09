//! Delta: what the source has changed since, while the practice goes on working in both systems.
//!
//! A delta is a run with a reading of its own. Changes of the source go where the customer has not changed the same field
//! (source then, source now, Odoo now); what is gone from the source is told, and archived where the policy says so.

use std::collections::{BTreeMap, HashMap};

use odograft_ledger::{PlannedRecord, Write, WriteAction};
use odograft_odoo::{FieldInfo, OdooError, bulk_context, read_plain};
use serde::Serialize;
use serde_json::json;

use crate::cells::{Cell, Cells};
use crate::error::MigrationError;
use crate::events::{Event, Summary};
use crate::run::Migration;
use crate::seal::{by_id, is_touched};
use crate::{clock, plan};

/// Records looked at together.
const PAGE: usize = 500;
/// Odoo's field of records that are put away.
pub(crate) const ACTIVE: &str = "active";

/// What becomes in Odoo of records that are gone from the source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeletedPolicy {
    /// They stay, and are told.
    #[default]
    Report,
    /// They are archived, where their model knows that and nobody has changed them in Odoo.
    Archive,
}

/// A record that is gone from the source and still in Odoo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// The Odoo model.
    pub model: String,
    /// The source object.
    pub object: String,
    /// The source id.
    pub source_id: String,
    /// The database id.
    pub odoo_id: i64,
    /// What became of it.
    pub end: GoneEnd,
}

/// What became of a record that is gone from the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GoneEnd {
    /// It stays as it is.
    Stays,
    /// It is archived.
    Archived,
    /// It stays, since somebody has changed it in Odoo.
    ChangedInOdoo,
    /// It stays, since it was in Odoo before the migration, or its model has no archive.
    CannotBeArchived,
    /// It is gone from Odoo too.
    GoneToo,
}

/// What a delta has done.
#[derive(Debug, Clone, Serialize)]
pub struct DeltaSummary {
    /// As a run tells it.
    #[serde(flatten)]
    pub summary: Summary,
    /// Records that are gone from the source, by what became of them.
    pub gone: Vec<Gone>,
    /// Fields that were changed in the source and in Odoo; Odoo's values stay.
    pub both_sides: u64,
}

impl Migration {
    /// Reads the source anew and brings what has changed to Odoo. A run that was broken off is brought to its end first.
    ///
    /// # Errors
    /// As [`Migration::run`].
    pub async fn delta(
        &mut self,
        policy: DeletedPolicy,
        report: &mut dyn FnMut(Event),
    ) -> Result<DeltaSummary, MigrationError> {
        let before = self.ledger.current_pass()?.map_or(0, |(pass, _)| pass);
        let (mut first, mut again) = (None, false);
        loop {
            let prepared = self.prepare(None, report).await?;
            self.demand(&prepared)?;
            let gone = self.gone(policy).await?;
            let summary = self.carry_out(prepared, report).await?;
            let summary = match first.take() {
                None => summary,
                Some(earlier) => sum(&earlier, summary),
            };
            // The first may have ended what an earlier command had begun.
            let is_old = before > 0 && self.ledger.current_pass()?.map_or(0, |(pass, _)| pass) == before;
            // What can never be sent would keep the reading from ever being a new one.
            if is_old && !again {
                again = true;
                first = Some(summary);
                continue;
            }
            let both_sides = summary.findings.iter().find(|(code, _)| code == "changed-in-odoo").map_or(0, |f| f.1);
            let ends = |end: GoneEnd| gone.iter().filter(|gone| gone.end == end).count();
            let detail = json!({
                "created": summary.created, "updated": summary.updated, "gone": gone.len(),
                "archived": ends(GoneEnd::Archived), "both_sides": both_sides,
            });
            self.audit("delta", detail)?;
            return Ok(DeltaSummary { summary, gone, both_sides });
        }
    }

    /// Records that left the plan and are in Odoo.
    async fn gone(&mut self, policy: DeletedPolicy) -> Result<Vec<Gone>, MigrationError> {
        let (mut gone, mut after) = (Vec::new(), 0);
        let mut fields: HashMap<String, BTreeMap<String, FieldInfo>> = HashMap::new();
        loop {
            let page = self.ledger.records(after, PAGE)?;
            let Some((last, _)) = page.last() else { return Ok(gone) };
            after = last.rowid;
            for (record, _) in page.into_iter().filter(|(record, planned)| !planned && record.odoo_id.is_some()) {
                self.options.stop.here()?;
                let Some(odoo_id) = record.odoo_id else { continue };
                let end = match policy {
                    DeletedPolicy::Report => GoneEnd::Stays,
                    DeletedPolicy::Archive => {
                        // Each model is asked about once.
                        if !fields.contains_key(&record.model) {
                            fields.insert(record.model.clone(), self.client.fields_get(&record.model).await?);
                        }
                        self.archive(&record, odoo_id, &fields[&record.model]).await?
                    }
                };
                let PlannedRecord { model, object, source_id, .. } = record;
                gone.push(Gone { model, object, source_id, odoo_id, end });
            }
        }
    }

    /// Archives a record, where that may be.
    async fn archive(
        &mut self,
        record: &PlannedRecord,
        odoo_id: i64,
        fields: &BTreeMap<String, FieldInfo>,
    ) -> Result<GoneEnd, MigrationError> {
        let made = record.state == odograft_ledger::RecordState::Written;
        if !made || fields.get(ACTIVE).is_none_or(|info| !info.store) {
            return Ok(GoneEnd::CannotBeArchived);
        }
        let seal = self.ledger.seal_of(record.rowid)?;
        let mut names: Vec<&str> = vec![ACTIVE, "write_date"];
        names.extend(seal.iter().flat_map(|seal| &seal.fields).map(String::as_str));
        names.retain(|name| fields.get(*name).is_some_and(|info| info.kind != "binary"));
        let rows = by_id(read_plain(&self.client, &record.model, &[odoo_id], &names).await?);
        let Some(row) = rows.get(&odoo_id) else { return Ok(GoneEnd::GoneToo) };
        if seal.as_ref().is_none_or(|seal| is_touched(seal, row)) {
            return Ok(GoneEnd::ChangedInOdoo);
        }
        let mut cells: Cells = record
            .written_cells
            .as_deref()
            .map_or(Ok(Cells::new()), serde_json::from_str)
            .map_err(|_| MigrationError::UnreadableCells { rowid: record.rowid })?;
        if cells.insert(ACTIVE.to_owned(), Cell::Boolean(false)) == Some(Cell::Boolean(false)) || row[ACTIVE] == false {
            return Ok(GoneEnd::Archived);
        }
        self.ledger.keep_before_image(record.rowid, &json!({ ACTIVE: true }).to_string())?;
        match self.client.write(&record.model, &[odoo_id], json!({ ACTIVE: false }), bulk_context()).await {
            Ok(()) => {}
            Err(OdooError::MissingRecord { .. }) => return Ok(GoneEnd::GoneToo),
            Err(error) if crate::follow::blames_record(&error) => return Ok(GoneEnd::CannotBeArchived),
            Err(error) => return Err(error.into()),
        }
        self.ledger.record_writes(&[Write {
            rowid: record.rowid,
            moment: clock::now(),
            action: WriteAction::Update,
            odoo_id,
            fields: vec![ACTIVE.to_owned()],
            before: None,
            cells: plan::text(&cells),
        }])?;
        Ok(GoneEnd::Archived)
    }
}

/// Two loads, one behind the other.
fn sum(earlier: &Summary, later: Summary) -> Summary {
    Summary {
        created: earlier.created + later.created,
        updated: earlier.updated + later.updated,
        adopted: earlier.adopted + later.adopted,
        fields_created: earlier.fields_created + later.fields_created,
        ..later
    }
}
