//! The schema's undo: pages first, since they show the fields; then choices and fields.

use std::collections::BTreeMap;

use odograft_ledger::SchemaPart;
use odograft_odoo::{holding, remove_choice, remove_fields, remove_page};
use serde::Serialize;

use super::Undo;
use crate::error::MigrationError;

/// A part of the schema that is still in Odoo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchemaLeft {
    /// Which.
    #[serde(flatten)]
    pub part: SchemaPart,
    /// Records that hold a value in the field, which dropping it would lose.
    pub holding: u64,
}

impl Undo<'_> {
    /// What is left of the schema, and what was taken back; all of it is when `drop` is set.
    pub(super) async fn schema(&mut self, drop: bool) -> Result<(Vec<SchemaLeft>, Vec<SchemaPart>), MigrationError> {
        let parts = self.ledger.schema_parts()?;
        let mut left = Vec::with_capacity(parts.len());
        for part in &parts {
            let holding = match part.kind.as_str() {
                "field" => holding(self.client, &part.model, &part.name).await?,
                _ => 0,
            };
            left.push(SchemaLeft { part: part.clone(), holding });
        }
        if !drop {
            return Ok((left, Vec::new()));
        }
        let of = |kind: &str| -> Vec<SchemaPart> { parts.iter().filter(|part| part.kind == kind).cloned().collect() };
        let mut dropped = Vec::with_capacity(parts.len());
        for page in of("page") {
            remove_page(self.client, &page.model, &self.namespace).await?;
            self.ledger.forget_schema(&page)?;
            dropped.push(page);
        }
        for choice in of("choice") {
            remove_choice(self.client, &choice.model, &choice.name, &choice.value).await?;
            self.ledger.forget_schema(&choice)?;
            dropped.push(choice);
        }
        let mut fields: BTreeMap<String, Vec<SchemaPart>> = BTreeMap::new();
        for field in of("field") {
            fields.entry(field.model.clone()).or_default().push(field);
        }
        for (model, fields) in fields {
            // One call: each deletion makes Odoo reload its registry.
            let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            remove_fields(self.client, &model, &names).await?;
            for field in fields {
                self.ledger.forget_schema(&field)?;
                dropped.push(field);
            }
        }
        Ok((Vec::new(), dropped))
    }
}
