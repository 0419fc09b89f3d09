//! The opt-in fast path: one server action in Odoo that does what `load()` does, without its detour over text.
//!
//! `load()` reads each cell from text and looks each reference up. The action hands typed values to the same
//! `_load_records` that `load()` ends in: records that have the external id are skipped, the others are made, and both
//! commit together, so sending a batch again is as harmless. It names no guilty row; a batch that it refuses goes through
//! `load()`. Making it takes the rights of an administrator. It is removed at the end.

use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::client::{Client, ids, unexpected, with_context};
use crate::error::OdooError;
use crate::loader::{self, Inserted, LoadBatch, Row, RowOutcome, bulk_context};
use crate::remove::{Removal, remove};
use crate::retry::Patience;
use crate::tempo::Effort;

const ACTIONS: &str = "ir.actions.server";

/// Rows come in the context, which is taken off first: Odoo compares contexts often.
const CODE: &str = "\
rows = env.context['odograft_rows']
target = env[env.context['odograft_model']].with_context(odograft_rows=None, odograft_model=None)
data = [{'xml_id': row[0], 'values': row[1], 'noupdate': True} for row in rows]
action = {'ids': target._load_records(data, True).ids}
";

/// A server action that loads.
#[derive(Debug, Clone, Copy)]
pub struct FastPath {
    action: i64,
}

impl FastPath {
    /// Makes the server action. `module` is the one of the migration's external ids.
    ///
    /// # Errors
    /// [`OdooError::NoRights`] for anybody but an administrator.
    pub async fn set_up(client: &Client, module: &str) -> Result<Self, OdooError> {
        // One that a killed run has left may be of another version.
        Self::remove(client, module).await?;
        let cells = ["odograft", "base.model_res_partner", "code", CODE];
        let batch = LoadBatch {
            model: ACTIONS.to_owned(),
            columns: ["name", "model_id/id", "state", "code"].map(str::to_owned).to_vec(),
            rows: vec![Row { external_id: external_id(module), cells: cells.map(str::to_owned).to_vec() }],
        };
        match loader::insert(client, &batch).await?.outcomes.pop() {
            Some(RowOutcome::Loaded { id: action }) => Ok(Self { action }),
            _ => Err(OdooError::NoRights { model: ACTIONS.to_owned(), operation: "create".to_owned() }),
        }
    }

    /// Takes the server action out of Odoo, if it is there.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn remove(client: &Client, module: &str) -> Result<(), OdooError> {
        let name = external_id(module);
        let found = client.resolve_external_ids(std::slice::from_ref(&name)).await?;
        let Some((_, action)) = found.get(&name) else { return Ok(()) };
        match remove(client, ACTIONS, &[*action]).await?.pop() {
            Some(Removal::Refused(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// [`crate::insert`] over the fast path: `rows` hold the same records as `batch`, which goes through `load()` when
    /// Odoo refuses one of them.
    ///
    /// # Errors
    /// As [`crate::insert`].
    pub async fn load(
        self,
        client: &Client,
        batch: &LoadBatch,
        rows: &[(String, Map<String, Value>)],
    ) -> Result<Inserted, OdooError> {
        match self.insert(client, &batch.model, rows).await {
            Ok((ids, effort)) => {
                let outcomes = ids.into_iter().map(|id| RowOutcome::Loaded { id }).collect();
                Ok(Inserted { outcomes, effort })
            }
            Err(error) if error.may_pass() => Err(error),
            Err(error) => {
                tracing::info!(code = error.code(), model = batch.model, "a batch leaves the fast path");
                loader::insert(client, batch).await
            }
        }
    }

    /// Inserts records, all or none: external id and values as `write` takes them. Their database ids, in order.
    ///
    /// # Errors
    /// Whatever a row is refused for, without its number; [`crate::insert`] gives that.
    pub async fn insert(
        self,
        client: &Client,
        model: &str,
        rows: &[(String, Map<String, Value>)],
    ) -> Result<(Vec<i64>, Effort), OdooError> {
        let mut context = bulk_context();
        context["odograft_model"] = json!(model);
        context["odograft_rows"] = json!(rows);
        let body = with_context(json!({ "ids": [self.action] }), context);
        let (mut patience, mut effort) = (Patience::new(client.settings()), Effort::default());
        loop {
            let began = Instant::now();
            match client.send(ACTIONS, "run", &body).await {
                Ok(answer) => {
                    effort.answered(began.elapsed());
                    let made = ids(&answer["ids"]).filter(|ids| ids.len() == rows.len());
                    let made = made.ok_or_else(|| unexpected(ACTIONS, "run", "one id for each row"))?;
                    return Ok((made, effort));
                }
                Err(error) => {
                    effort.failed(&error);
                    patience.wait(error).await?;
                }
            }
        }
    }
}

fn external_id(module: &str) -> String {
    format!("{module}.fast_path")
}
