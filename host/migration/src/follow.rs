//! Where the references of records lead, and what becomes of a record that leads nowhere.

use odograft_ledger::{PlannedRecord, Quarantined, RecordState};
use odograft_odoo::OdooError;

use crate::cells::{Cell, Cells};
use crate::error::MigrationError;
use crate::load::{Ids, Loader};

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

impl Loader<'_> {
    /// The database ids that the cells refer to.
    pub(crate) async fn follow(&mut self, model: &str, cells: &Cells, cut: bool) -> Result<Followed, MigrationError> {
        let (mut ids, mut later) = (Ids::new(), Vec::new());
        for (field, cell) in cells {
            if self.is_put_off(model, field, cell) {
                later.push(field.clone());
                continue;
            }
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

    pub(crate) fn hold(&mut self, record: &PlannedRecord, field: String, missing: &str) -> Result<(), MigrationError> {
        let message = format!("it refers to {missing}, which is not in Odoo; it follows once that is");
        self.ledger.quarantine(&[put_aside(record, "held-back", Some(field), message)])?;
        self.ledger.set_state(&[(record.rowid, RecordState::Held, None)])?;
        Ok(())
    }

    pub(crate) fn refuse(&mut self, record: &PlannedRecord, error: &OdooError) -> Result<(), MigrationError> {
        self.refuse_field(record, error.code(), error.field().map(str::to_owned), error.to_string())
    }

    pub(crate) fn refuse_field(
        &mut self,
        record: &PlannedRecord,
        code: &str,
        field: Option<String>,
        message: String,
    ) -> Result<(), MigrationError> {
        self.ledger.quarantine(&[put_aside(record, code, field, message)])?;
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
                | OdooError::File { .. }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_record_is_put_aside_for_its_own_faults_only() {
        assert!(blames_record(&OdooError::MissingRecord { model: "res.partner".into() }));
        for error in [OdooError::Timeout, OdooError::WrongKey, OdooError::Serialization] {
            assert!(!blames_record(&error), "{error}");
        }
    }
}
