//! Lists beside the documents: the mapping, what was done, what was put aside, what to look at, what was made in Odoo.

use std::collections::BTreeSet;

use jiff::Timestamp;
use odograft_ledger::{Ledger, SchemaPart};
use odograft_odoo::{CsvFile, CustomField, NewFolder};

use super::cells::cell;
use super::{HandedFile, HandedList, ListKind, MappingSheets};
use crate::error::MigrationError;
use crate::modules::Modules;
use crate::{pack, schema};

/// Entries of the audit read at once.
const PAGE: usize = 1_000;

/// Writes them all.
pub(super) fn write(
    folder: &NewFolder,
    ledger: &Ledger,
    modules: &Modules,
    sheets: &MappingSheets,
    marked: &mut u64,
) -> Result<Vec<HandedList>, MigrationError> {
    let mut list = |kind: ListKind, file: &str, columns: &[&str], rows: &[Vec<String>]| {
        let mut part = folder.csv(file, columns)?;
        for row in rows {
            let row: Vec<_> = row.iter().map(|text| cell(text, marked)).collect();
            part.row(row.iter().map(AsRef::as_ref))?;
        }
        let CsvFile { file, rows, sha256 } = part.finish()?;
        Ok::<_, MigrationError>(HandedList { kind, file: HandedFile { file, rows, sha256 } })
    };
    let put_aside = ["object", "id", "stage", "reason", "field", "in words", "module's SHA-256"];
    let findings = ["object", "id", "severity", "finding", "field", "in words"];
    Ok(vec![
        list(ListKind::Mapping, "mapping.csv", &sheets.columns, &sheets.fields)?,
        list(ListKind::Workflow, "workflow.csv", &WORKFLOW, &workflow(ledger)?)?,
        list(ListKind::PutAside, "put-aside.csv", &put_aside, &quarantine(ledger)?)?,
        list(ListKind::Findings, "findings.csv", &findings, &self::findings(ledger)?)?,
        list(ListKind::CustomFields, "custom-fields.csv", &CUSTOM, &custom_fields(ledger, modules)?)?,
        records(folder, ledger, marked)?,
    ])
}

const RECORDS: [&str; 7] = ["object", "id", "model", "Odoo id", "external id", "state", "in the plan"];

/// Every record of the plan, and every one that was written: which row of the source is which record of Odoo's.
fn records(folder: &NewFolder, ledger: &Ledger, marked: &mut u64) -> Result<HandedList, MigrationError> {
    let mut part = folder.csv("records.csv", &RECORDS)?;
    let mut after = 0;
    loop {
        let page = ledger.records(after, PAGE)?;
        let Some((last, _)) = page.last() else { break };
        after = last.rowid;
        for (record, planned) in page {
            let odoo_id = record.odoo_id.map(|id| id.to_string()).unwrap_or_default();
            let planned = if planned { "yes" } else { "no: gone from the source" };
            let row = [
                &record.object,
                &record.source_id,
                &record.model,
                &odoo_id,
                &record.external_id,
                record.state.as_str(),
                planned,
            ];
            let row: Vec<_> = row.iter().map(|text| cell(text, marked)).collect();
            part.row(row.iter().map(AsRef::as_ref))?;
        }
    }
    let CsvFile { file, rows, sha256 } = part.finish()?;
    Ok(HandedList { kind: ListKind::Records, file: HandedFile { file, rows, sha256 } })
}

const WORKFLOW: [&str; 7] = ["entry", "when", "who", "command", "what", "writes to Odoo so far", "detail"];

/// What was done, as the audit has it.
fn workflow(ledger: &Ledger) -> Result<Vec<Vec<String>>, MigrationError> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    loop {
        let page = ledger.audit_entries(rows.len() as u64, PAGE)?;
        if page.is_empty() {
            return Ok(rows);
        }
        rows.extend(page.into_iter().map(|entry| {
            let when =
                Timestamp::from_second(entry.moment).map_or_else(|_| entry.moment.to_string(), |at| at.to_string());
            let (number, writes) = (entry.number.to_string(), entry.writes.to_string());
            vec![number, when, entry.operator, entry.command, entry.action, writes, entry.detail.to_string()]
        }));
    }
}

fn quarantine(ledger: &Ledger) -> Result<Vec<Vec<String>>, MigrationError> {
    let rows = ledger.quarantined()?.into_iter().map(|row| {
        let (field, module) = (row.field.unwrap_or_default(), row.module_digest.unwrap_or_default());
        vec![row.object, row.source_id, row.stage, row.code, field, row.message, module]
    });
    Ok(rows.collect())
}

fn findings(ledger: &Ledger) -> Result<Vec<Vec<String>>, MigrationError> {
    let rows = ledger.findings()?.into_iter().map(|row| {
        let field = row.field.unwrap_or_default();
        vec![row.object, row.source_id, row.severity, row.code, field, row.message]
    });
    Ok(rows.collect())
}

const CUSTOM: [&str; 8] = ["what", "model", "field", "choice", "label", "type", "refers to", "seen by"];

/// What the schema phase or a pack has made in Odoo; label and the like as the modules declare them now.
fn custom_fields(ledger: &Ledger, modules: &Modules) -> Result<Vec<Vec<String>>, MigrationError> {
    let declared = schema::plan(modules.targets(), "")?.fields;
    let row = |part: SchemaPart| {
        let SchemaPart { kind, model, name, value } = part;
        let field = declared.iter().find(|field| field.model == model && field.name == name);
        let of = |text: &dyn Fn(&CustomField) -> String| field.map(text).unwrap_or_default();
        let label = of(&|field| field.label.clone());
        let (ttype, relation) =
            (of(&|field| field.kind.clone()), of(&|field| field.relation.clone().unwrap_or_default()));
        let seen = of(&|field| field.groups.join(" "));
        vec![kind, model, name, value, label, ttype, relation, seen]
    };
    Ok(schema_made(ledger)?.into_iter().map(row).collect())
}

/// What was made in Odoo: by the schema phase of a run, or by packs that records have come back of.
///
/// # Errors
/// The ledger's.
pub fn schema_made(ledger: &Ledger) -> Result<Vec<SchemaPart>, MigrationError> {
    let mut parts = ledger.schema_parts()?;
    let known: BTreeSet<String> = parts.iter().map(|part| format!("{}.{}", part.model, part.name)).collect();
    let packed = ledger.meta(pack::FIELDS_MADE)?.unwrap_or_default();
    for name in packed.split_whitespace().filter(|name| !known.contains(*name)) {
        // A field's name has no point.
        if let Some((model, name)) = name.rsplit_once('.') {
            let (kind, model, name) = ("field".to_owned(), model.to_owned(), name.to_owned());
            parts.push(SchemaPart { kind, model, name, value: String::new() });
        }
    }
    Ok(parts)
}
