//! `odograft rollback`: what the migration wrote is taken back, and every record's end is told.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use odograft_ledger::UndoStep;
use odograft_migration::{Undo, UndoOptions, UndoReport};
use odograft_report::table;

use crate::config::Config;
use crate::progress::Progress;
use crate::{exit, keys, open, session, stopping};

/// Records named one by one below the table.
const NAMED: usize = 20;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Do it. Without this nothing is written, and what would be done is told
    #[arg(long)]
    yes: bool,
    /// Take the custom fields and the Dental page back too. Dropping a field drops what it holds, in every record
    #[arg(long, requires = "yes")]
    drop_fields: bool,
    /// Events on stderr and the report on stdout as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn rollback(args: &Args) -> Result<ExitCode> {
    let config = Config::read(&args.folder)?;
    let client = open::odoo(&config.odoo, keys::required(keys::ODOO, "the key to Odoo")?)?;
    let mut ledger = session::ledger(&args.folder, "rollback")?;
    let options = UndoOptions { write: args.yes, drop_fields: args.drop_fields };
    let mut progress = Progress::new(args.json);
    let undo = Undo::new(&mut ledger, &client, &config.migration.name, options).stopping(&stopping::stop());
    let report = undo.run(&mut |event| progress.tell(&event)).await?;
    drop(progress);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", text(&report));
    }
    Ok(if report.records.is_empty() { exit::DONE } else { exit::PUT_ASIDE }.into())
}

/// The report for people.
fn text(report: &UndoReport) -> String {
    let title = if report.written { "Taken back" } else { "What would be taken back" };
    let rows = report.counts.iter().map(|count| {
        let why = count.reason.as_deref().map(reason).unwrap_or_default();
        vec![count.model.clone(), end(count.end).to_owned(), count.count.to_string(), why.to_owned()]
    });
    let mut out = table(title, &["model", "end", "records", "why"], rows.collect());
    let left = &report.records;
    if !left.is_empty() {
        let rows = left.iter().take(NAMED).map(|record| {
            let why = record.reason.clone().unwrap_or_default();
            vec![
                record.model.clone(),
                record.odoo_id.to_string(),
                format!("{} {}", record.object, record.source_id),
                why,
            ]
        });
        out.push_str(&table("Still in Odoo", &["model", "id", "from", "reason"], rows.collect()));
        if left.len() > NAMED {
            out.push_str(&format!("and {} more; `--json` names them all\n\n", left.len() - NAMED));
        }
    }
    if !report.schema.is_empty() {
        let rows = report.schema.iter().map(|left| {
            let name = [left.part.name.as_str(), left.part.value.as_str()].join(" ").trim().to_owned();
            vec![left.part.kind.clone(), left.part.model.clone(), name, left.holding.to_string()]
        });
        let columns = ["part", "model", "name", "records that hold a value"];
        out.push_str(&table("The schema stays", &columns, rows.collect()));
    }
    if !report.dropped.is_empty() {
        out.push_str(&format!("{} parts of the schema were taken back.\n\n", report.dropped.len()));
    }
    out.push_str(match (report.written, report.schema.is_empty()) {
        (false, _) => "Nothing was written.\nhint: `odograft rollback --yes` does it; `--drop-fields` beside it drops the custom fields with all they hold\n",
        (true, false) => "hint: `odograft rollback --yes --drop-fields` drops the custom fields with all they hold\n",
        (true, true) => "",
    });
    out
}

fn end(step: UndoStep) -> &'static str {
    match step {
        UndoStep::Cancelling | UndoStep::Deleting | UndoStep::Archiving => "begun",
        UndoStep::Deleted => "deleted",
        UndoStep::Restored => "earlier values put back",
        UndoStep::Archived => "archived",
        UndoStep::Untied => "untouched",
        UndoStep::Gone => "was gone",
        UndoStep::Kept => "left alone",
    }
}

/// A reason's code in words.
fn reason(code: &str) -> &str {
    match code {
        "changed" => "changed in Odoo since",
        "added-to" => "somebody added messages, activities or files",
        "in-use" => "other records refer to it",
        "part-of-kept" => "part of a record that stays",
        "against-rule" => "a rule of Odoo's keeps it",
        "no-rights-on-record" => "the key's user may not",
        other => other,
    }
}
