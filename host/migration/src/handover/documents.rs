//! The documents of a kind: a JSON file each, one file with all, and CSV where they carry rows.

use odograft_ledger::{Handover, HandoverKind, Ledger};
use odograft_odoo::NewFolder;
use serde::Serialize;
use serde_json::value::RawValue;

use super::names::Names;
use super::tables::Tables;
use super::{HandedOver, json};
use crate::error::MigrationError;

/// Documents read at once.
const PAGE: usize = 500;

/// A document on a line.
#[derive(Serialize)]
struct Line<'l> {
    object: &'l str,
    id: &'l str,
    /// Its own file in the kind's folder.
    file: &'l str,
    document: &'l RawValue,
}

/// Writes all documents of a kind under the name `slug`.
pub(super) fn write(
    folder: &NewFolder,
    ledger: &Ledger,
    kind: &HandoverKind,
    slug: &str,
    marked: &mut u64,
) -> Result<HandedOver, MigrationError> {
    let (place, lines) = (format!("documents/{slug}"), format!("documents/{slug}.jsonl"));
    let mut all = folder.lines(&lines)?;
    let mut names = Names::default();
    let mut tables = Tables::new(folder, ledger, &place);
    let (mut documents, mut after): (u64, Option<Handover>) = (0, None);
    loop {
        let page = ledger.handovers(kind, after.as_ref(), PAGE)?;
        for handover in &page {
            let Handover { object, source_id, document, .. } = handover;
            let file = format!("{}.json", names.free(source_id, &format!("{object} {source_id}")));
            folder.page(&format!("{place}/{file}"), &(json::indented(document) + "\n"))?;
            // The engine has looked whether it is JSON.
            if let Ok(document) = RawValue::from_string(json::one_line(document)) {
                let line = Line { object, id: source_id, file: &file, document: &document };
                all.line(&serde_json::to_string(&line).unwrap_or_default())?;
            }
            tables.take(handover, marked)?;
            documents += 1;
        }
        match page.into_iter().next_back() {
            Some(last) => after = Some(last),
            None => break,
        }
    }
    all.finish()?;
    let (tables, left_out, waiting) = tables.finish()?;
    let HandoverKind { module, kind: title, rebuild_in, .. } = kind.clone();
    Ok(HandedOver { module, title, rebuild_in, documents, folder: place, lines, tables, left_out, waiting })
}
