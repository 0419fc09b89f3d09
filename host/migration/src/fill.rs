//! What Odoo would decide by itself when a record is made, and must not: an order line's taxes, a contact's address.

use std::collections::BTreeSet;

use odograft_ledger::PlannedRecord;
use odograft_odoo::{OdooError, bulk_context, read_plain};
use serde_json::{Map, Value, json};

use crate::cells::{Cell, Cells};
use crate::error::MigrationError;
use crate::load::{Loader, Ready};

/// Contacts, which share addresses with their parents.
pub(crate) const CONTACT: &str = "res.partner";
/// Orders, and their lines.
const ORDER: &str = "sale.order";
const LINE: &str = "sale.order.line";

/// An address that a parent without any takes over from its first child, whatever the child's type
/// (`_handle_first_contact_creation` in Odoo 19).
const ADDRESS: [&str; 6] = ["street", "street2", "zip", "city", "state_id", "country_id"];

/// Parents that are looked at in one call.
const PAGE: usize = 500;

/// Where the ledger keeps the ids of parents that a call may give an address.
const AT_RISK: &str = "parents_without_address";

/// Whether a new contact with these cells hangs on a parent and says nothing about its type. Odoo would take it for a
/// `contact`, which has its parent's address; an `other` keeps its own.
pub(crate) fn wants_type(model: &str, cells: &Cells) -> bool {
    let is_child = cells.get("parent_id").is_some_and(|parent| *parent != Cell::Empty);
    model == CONTACT && is_child && !cells.contains_key("type")
}

/// The type that such a contact gets.
pub(crate) fn own_address() -> Cell {
    Cell::Text("other".to_owned())
}

impl Loader<'_> {
    /// Whether a field waits until the lines of its order are in: a confirmed order would treat them as later additions.
    pub(crate) fn is_put_off(&self, model: &str, field: &str, cell: &Cell) -> bool {
        model == ORDER
            && field == "state"
            && *cell != Cell::Text("draft".to_owned())
            && !self.closing
            && self.order.iter().any(|model| model == LINE)
    }

    /// Settles for new records what Odoo would decide otherwise, and puts children of one parent together: Odoo then looks
    /// at the parent once.
    pub(crate) async fn settle(&mut self, model: &str, records: &mut [Ready]) -> Result<(), MigrationError> {
        match model {
            LINE => {
                // Its name before Odoo 19 was another one.
                let fields = self.fields(model).await?;
                let taxes = ["tax_ids", "tax_id"].into_iter().find(|name| fields.contains_key(*name));
                let Some(taxes) = taxes else { return Ok(()) };
                for ready in records {
                    ready.cells.entry(taxes.to_owned()).or_insert(Cell::Empty);
                }
            }
            CONTACT => {
                for ready in records.iter_mut() {
                    // A parent that comes later makes a child all the same.
                    let hangs =
                        ready.later.iter().any(|field| field == "parent_id") && !ready.cells.contains_key("type");
                    if hangs || wants_type(model, &ready.cells) {
                        ready.cells.insert("type".to_owned(), own_address());
                    }
                }
                records.sort_by_key(parent);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether a contact that gets a parent needs another type to keep its address.
    pub(crate) async fn keeps_address(
        &self,
        record: &PlannedRecord,
        odoo_id: i64,
        cells: &Cells,
    ) -> Result<bool, MigrationError> {
        if !wants_type(&record.model, cells) {
            return Ok(false);
        }
        let held = read_plain(self.client, CONTACT, &[odoo_id], &["type"]).await?;
        Ok(held.first().is_some_and(|row| row["type"] == "contact"))
    }

    /// Notes the parents of these new contacts that have no address, before Odoo may give them one.
    pub(crate) async fn note_parents(&mut self, model: &str, records: &[Ready]) -> Result<(), MigrationError> {
        let gives = |ready: &&Ready| {
            let has = |field: &&str| ready.cells.get(*field).is_some_and(|cell| !is_blank(cell));
            // A `contact` is meant to share its parent's.
            let own =
                !matches!(ready.cells.get("type"), Some(Cell::Text(kind)) if kind.eq_ignore_ascii_case("contact"));
            own && ADDRESS.iter().any(has)
        };
        if model != CONTACT {
            return Ok(());
        }
        let parents: BTreeSet<i64> = records.iter().filter(gives).filter_map(parent).collect();
        if parents.is_empty() {
            return Ok(());
        }
        let parents: Vec<i64> = parents.into_iter().collect();
        let rows = read_plain(self.client, CONTACT, &parents, &ADDRESS).await?;
        let bare = rows.iter().filter(|row| !has_address(row)).filter_map(|row| row.get("id")?.as_i64());
        let mut noted = self.noted_parents()?;
        let before = noted.len();
        noted.extend(bare);
        if noted.len() > before {
            self.ledger.set_meta(AT_RISK, &json!(noted).to_string())?;
        }
        Ok(())
    }

    fn noted_parents(&self) -> Result<BTreeSet<i64>, MigrationError> {
        let noted = self.ledger.meta(AT_RISK)?.unwrap_or_default();
        Ok(serde_json::from_str(&noted).unwrap_or_default())
    }

    /// Takes the address from parents that had none before their children came. What a user has written since stays. No
    /// call with children of theirs may be under way.
    pub(crate) async fn restore_parents(&mut self) -> Result<(), MigrationError> {
        let noted: Vec<i64> = self.noted_parents()?.into_iter().collect();
        if noted.is_empty() {
            return Ok(());
        }
        let user = self.client.check_access().await?;
        for ids in noted.chunks(PAGE) {
            self.restore(user, ids).await?;
        }
        Ok(self.ledger.set_meta(AT_RISK, "")?)
    }

    async fn restore(&self, user: i64, ids: &[i64]) -> Result<(), MigrationError> {
        let names: Vec<&str> = ADDRESS.into_iter().chain(["write_uid"]).collect();
        let rows = read_plain(self.client, CONTACT, ids, &names).await?;
        let given = |row: &&Map<String, Value>| has_address(row) && row["write_uid"].as_i64() == Some(user);
        let given: Vec<i64> = rows.iter().filter(given).filter_map(|row| row.get("id")?.as_i64()).collect();
        if !given.is_empty() {
            let none: Map<String, Value> =
                ADDRESS.iter().map(|field| ((*field).to_owned(), Value::Bool(false))).collect();
            match self.client.write(CONTACT, &given, Value::Object(none), bulk_context()).await {
                // One that is gone needs nothing; the next run looks at the others.
                Ok(()) | Err(OdooError::MissingRecord { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

fn parent(ready: &Ready) -> Option<i64> {
    match ready.cells.get("parent_id") {
        Some(Cell::Id(id)) => Some(*id),
        _ => ready.ids.get("parent_id").and_then(|ids| ids.first()).copied(),
    }
}

fn is_blank(cell: &Cell) -> bool {
    matches!(cell, Cell::Empty) || matches!(cell, Cell::Text(text) if text.is_empty())
}

fn has_address(row: &Map<String, Value>) -> bool {
    let set = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty()) || value.is_number();
    ADDRESS.iter().any(|field| row.get(*field).is_some_and(set))
}
