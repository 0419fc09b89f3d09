//! What commands print: tables that are readable without colour.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use odograft_ledger::{HandoverKind, Quarantined};
use odograft_migration::{AbsentList, ModelCount, Summary};
use odograft_report::table;

/// A run's end, for people.
pub(crate) fn summary(summary: &Summary, quarantined: &[Quarantined]) -> String {
    let mut out = counts(&summary.staged, &summary.absent, &summary.models);
    let nothing = summary.created + summary.updated + summary.adopted == 0 && summary.fields_created == 0;
    let _ = writeln!(
        out,
        "This run: {} created, {} updated, {} adopted, {} fields added{}\n",
        summary.created,
        summary.updated,
        summary.adopted,
        summary.fields_created,
        if nothing { "; nothing was left to write" } else { "" }
    );
    out.push_str(&quarantine(quarantined, 3));
    out.push_str(&findings(&summary.findings));
    let times = summary.times.iter().map(|t| vec![t.stage.name().to_owned(), seconds(t.milliseconds)]);
    out.push_str(&table("Time", &["stage", "seconds"], times.collect()));
    out
}

/// Lists that did not come, each with what would bring it: whole, as a table would cut the hint off.
pub(crate) fn absent(lists: &[AbsentList]) -> String {
    if lists.is_empty() {
        return String::new();
    }
    let mut out = "Lists that the source withholds: not read, and not taken for empty\n".to_owned();
    for AbsentList { object, reason } in lists {
        let _ = writeln!(out, "  {object}: {reason}");
    }
    out.push('\n');
    out
}

/// Rows per source object and records per Odoo model.
pub(crate) fn counts(staged: &[(String, u64)], lists: &[AbsentList], models: &[ModelCount]) -> String {
    let rows = staged.iter().map(|(object, count)| vec![object.clone(), count.to_string()]);
    let mut out = table("Read from the source", &["object", "rows"], rows.collect());
    out.push_str(&absent(lists));
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

/// Quarantined records by stage, code and field, each with the words of its first and a few keys.
pub(crate) fn quarantine(rows: &[Quarantined], keys_shown: usize) -> String {
    let mut by_reason: BTreeMap<(&str, &str, &str), Vec<&Quarantined>> = BTreeMap::new();
    for row in rows {
        let field = row.field.as_deref().unwrap_or_default();
        by_reason.entry((&row.stage, &row.code, field)).or_default().push(row);
    }
    if by_reason.is_empty() {
        return String::new();
    }
    let rows = by_reason.into_iter().map(|((stage, code, field), rows)| {
        let keys: Vec<String> =
            rows.iter().take(keys_shown).map(|row| format!("{} {}", row.object, row.source_id)).collect();
        let more = rows.len().saturating_sub(keys_shown);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let why = rows.first().map(|row| row.message.clone()).unwrap_or_default();
        let reason = if field.is_empty() { code.to_owned() } else { format!("{code} ({field})") };
        vec![stage.to_owned(), reason, rows.len().to_string(), format!("{}{more}", keys.join(", ")), why]
    });
    table("Put aside, and why", &["stage", "reason", "records", "which", "in words"], rows.collect())
}

/// Findings by kind.
pub(crate) fn findings(counts: &[(String, u64)]) -> String {
    if counts.is_empty() {
        return String::new();
    }
    let rows = counts.iter().map(|(code, count)| vec![code.clone(), count.to_string()]);
    table("Findings: moved, and worth a look", &["finding", "records"], rows.collect())
}

/// Documents for people by kind.
pub(crate) fn handovers(kinds: &[HandoverKind]) -> String {
    if kinds.is_empty() {
        return String::new();
    }
    let row = |kind: &HandoverKind| vec![kind.kind.clone(), kind.documents.to_string(), kind.rebuild_in.clone()];
    let title = "For people to take over: `odograft handover` writes the documents";
    table(title, &["what", "documents", "where it is rebuilt"], kinds.iter().map(row).collect())
}

/// A moment as text; a number of seconds that is none stays a number.
pub(crate) fn time(moment: i64) -> String {
    Timestamp::from_second(moment).map_or_else(|_| moment.to_string(), |moment| moment.to_string())
}

/// A time for people, to the second below an hour and to the minute above.
pub(crate) fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds.div_ceil(1_000);
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:01}", milliseconds / 1_000, milliseconds % 1_000 / 100)
}
