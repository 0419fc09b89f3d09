//! What Odoo changes by itself with a contact: its opportunities follow its e-mail and telephone, and its children its
//! address. That is our doing and not the customer's, so what was as we left it is read back once more behind the change.
//!
//! Measured on Odoo 19: a write of a contact's `email` changes `email_from` of its `crm.lead`s, and their `write_date`.
//! So it is with records of the source that are one in Odoo, as a provider of two clinics: a write for one changes all.

use odograft_ledger::Ledger;
use odograft_odoo::{Client, SearchOptions};
use serde_json::json;

use crate::error::MigrationError;
use crate::fill::CONTACT;
use crate::load::Loader;
use crate::seal::{is_touched, read_sealed};

/// Models whose records follow a contact, and the field by which.
const FOLLOWERS: [(&str, &str); 2] = [("crm.lead", "partner_id"), (CONTACT, "parent_id")];

/// Contacts that are looked at in one call.
const PAGE: usize = 500;

/// Before a record is changed that several of the source are: forgets the seals of the others where nobody has touched it
/// since, and keeps that somebody has where it was.
///
/// # Errors
/// The ledger's and Odoo's.
pub(crate) async fn expect_change(
    ledger: &mut Ledger,
    client: &Client,
    model: &str,
    odoo_id: i64,
    own: i64,
) -> Result<(), MigrationError> {
    let mut seals = Vec::new();
    for (rowid, _) in ledger.made_by_us(model, &[odoo_id])? {
        if rowid != own {
            seals.extend(ledger.seal_of(rowid)?);
        }
    }
    if seals.is_empty() {
        return Ok(());
    }
    let infos = client.fields_get(model).await?;
    let rows = read_sealed(client, model, &[odoo_id], seals.iter(), &infos).await?;
    let Some(row) = rows.get(&odoo_id) else { return Ok(()) };
    let (edited, untouched): (Vec<_>, Vec<_>) = seals.iter().partition(|seal| is_touched(seal, row));
    for seal in edited {
        ledger.keep_edited(seal.rowid)?;
    }
    let untouched: Vec<i64> = untouched.iter().map(|seal| seal.rowid).collect();
    Ok(ledger.unseal(&untouched)?)
}

impl Loader<'_> {
    /// Before contacts are changed: forgets the seals of what will follow them and is untouched. A run that is killed in
    /// between leaves them so, and the next one reads them back.
    pub(crate) async fn expect_ripples(&mut self) -> Result<(), MigrationError> {
        let contacts = self.ledger.pending_in_odoo(CONTACT)?;
        for contacts in contacts.chunks(PAGE) {
            for (model, field) in FOLLOWERS {
                if self.order.iter().any(|own| own == model) {
                    self.expect_ripple(model, field, contacts).await?;
                }
            }
        }
        Ok(())
    }

    async fn expect_ripple(&mut self, model: &str, field: &str, contacts: &[i64]) -> Result<(), MigrationError> {
        let options = SearchOptions { include_archived: true, ..SearchOptions::default() };
        let found = self.client.search_read(model, json!([[field, "in", contacts]]), &["id"], options).await?;
        let ids: Vec<i64> = found.iter().filter_map(|row| row.get("id")?.as_i64()).collect();
        let infos = self.fields(model).await?;
        let mut untouched = Vec::new();
        for ids in ids.chunks(PAGE) {
            let mut seals = Vec::new();
            for (rowid, id) in self.ledger.made_by_us(model, ids)? {
                seals.extend(self.ledger.seal_of(rowid)?.map(|seal| (id, seal)));
            }
            let own: Vec<i64> = seals.iter().map(|(id, _)| *id).collect();
            if own.is_empty() {
                continue;
            }
            let rows = read_sealed(self.client, model, &own, seals.iter().map(|(_, seal)| seal), &infos).await?;
            let ours = seals.iter().filter(|(id, seal)| rows.get(id).is_some_and(|row| !is_touched(seal, row)));
            untouched.extend(ours.map(|(_, seal)| seal.rowid));
        }
        Ok(self.ledger.unseal(&untouched)?)
    }
}
