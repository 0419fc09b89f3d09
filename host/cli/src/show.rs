//! What commands print: tables that are readable without colour.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use odograft_ledger::Quarantined;
use odograft_migration::{ModelCount, Summary};
use odograft_report::table;

/// A run's end, for people.
pub(crate) fn summary(summary: &Summary) -> String {
    let mut out = counts(&summary.staged, &summary.models);
    let moved = summary.created + summary.updated + summary.adopted;
    let _ = writeln!(
        out,
        "This run: {} created, {} updated, {} adopted, {} fields added{}\n",
        summary.created,
        summary.updated,
        summary.adopted,
        summary.fields_created,
        if moved == 0 { "; Odoo held everything already, nothing was written" } else { "" }
    );
    if !summary.quarantined.is_empty() {
        let rows =
            summary.quarantined.iter().map(|(stage, code, count)| vec![stage.clone(), code.clone(), count.to_string()]);
        out.push_str(&table("Put aside", &["stage", "reason", "records"], rows.collect()));
    }
    out.push_str(&findings(&summary.findings));
    let times = summary.times.iter().map(|t| vec![t.stage.name().to_owned(), seconds(t.milliseconds)]);
    out.push_str(&table("Time", &["stage", "seconds"], times.collect()));
    out
}

/// Rows per source object and records per Odoo model.
pub(crate) fn counts(staged: &[(String, u64)], models: &[ModelCount]) -> String {
    let rows = staged.iter().map(|(object, count)| vec![object.clone(), count.to_string()]);
    let mut out = table("Read from the source", &["object", "rows"], rows.collect());
    let rows = models.iter().map(|ModelCount { model, counts }| {
        let numbers = [
            counts.planned,
            counts.written,
            counts.adopted,
            counts.unmatched,
            counts.held,
            counts.quarantined,
            counts.pending,
        ];
        std::iter::once(model.clone()).chain(numbers.iter().map(ToString::to_string)).collect()
    });
    let columns = ["model", "planned", "written", "adopted", "unmatched", "held", "put aside", "to do"];
    out.push_str(&table("In Odoo", &columns, rows.collect()));
    out
}

/// Quarantined records by reason, each with a few of its keys.
pub(crate) fn quarantine(rows: &[Quarantined], keys_shown: usize) -> String {
    let mut by_reason: BTreeMap<(&str, &str, &str), Vec<String>> = BTreeMap::new();
    for row in rows {
        let message = row.message.lines().next().unwrap_or_default();
        let key = format!("{} {}", row.object, row.source_id);
        // The message of a row may name its own key; those that do not are one reason.
        by_reason.entry((&row.stage, &row.code, strip_key(message, &row.source_id))).or_default().push(key);
    }
    let rows = by_reason.into_iter().map(|((stage, code, message), keys)| {
        let more = keys.len().saturating_sub(keys_shown);
        let mut shown = keys.iter().take(keys_shown).cloned().collect::<Vec<_>>().join(", ");
        if more > 0 {
            let _ = write!(shown, " and {more} more");
        }
        vec![format!("{stage}: {code}"), keys.len().to_string(), message.to_owned(), shown]
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return String::new();
    }
    table("Put aside", &["reason", "records", "why", "which"], rows)
}

/// `patient \`17\`: \`first_name\` is missing` without what only says which record it is.
fn strip_key<'m>(message: &'m str, id: &str) -> &'m str {
    let marked = format!("`{id}`: ");
    message.find(&marked).map_or(message, |at| &message[at + marked.len()..])
}

/// Findings by kind.
pub(crate) fn findings(counts: &[(String, u64)]) -> String {
    if counts.is_empty() {
        return String::new();
    }
    let rows = counts.iter().map(|(code, count)| vec![code.clone(), count.to_string()]);
    table("Findings: moved, and worth a look", &["finding", "records"], rows.collect())
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:01}", milliseconds / 1_000, milliseconds % 1_000 / 100)
}
