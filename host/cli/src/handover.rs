//! `odograft handover`: what people take over, from the ledger and the modules alone, as a folder of files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use odograft_ledger::Ledger;
use odograft_migration::{
    HandedFile, HandedOver, HandoverSummary, ListKind, MappingSheets, MigrationError, ModuleFile, Modules,
    handover as write,
};
use odograft_report::handover::{CsvLink, HandoverPage, Kind, List, Place, PutAside, Step};
use odograft_report::table;
use odograft_workbench::sheet;
use odograft_workbench::subject::Subject;

use crate::config::Config;
use crate::{exit, open, session, show};

/// Steps that the page shows.
const STEPS: u64 = 50;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The folder to write; `handover` in the client's folder without it. An earlier handover there is replaced
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What was written on stdout as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn handover(args: &Args) -> Result<ExitCode> {
    let config = Config::read(&args.folder)?;
    if !args.folder.join(open::LEDGER).exists() {
        bail!("nothing has been read from the source yet\nhint: `odograft run` moves the practice; hand over after it");
    }
    let files = open::accepted(&args.folder, &config)?;
    let modules = open::load(&files)?;
    let sheets = sheets(&modules, &files)?;
    let ledger = session::read_only(&args.folder)?;
    let to = args.out.clone().unwrap_or_else(|| args.folder.join("handover"));
    let index = |summary: &HandoverSummary| page(summary, &ledger).map(|page| page.html());
    let summary = write(&ledger, &modules, &config.migration.name, &sheets, &to, &index)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&summary)?);
    } else {
        print!("{}", told(&summary, &to));
    }
    let put_aside = ledger.quarantined()?.len();
    Ok(if put_aside == 0 { exit::DONE } else { exit::PUT_ASIDE }.into())
}

/// Each module's page, as `odograft module mapping` writes it, and a row for every field under the client's settings.
fn sheets(modules: &Modules, files: &[ModuleFile]) -> Result<MappingSheets> {
    let engine = open::engine()?;
    let mut pages = Vec::with_capacity(files.len());
    for ModuleFile { name, bytes, limits, .. } in files {
        pages.push((name.clone(), sheet::sheet(&Subject::load(&engine, name, bytes, limits.clone())?)?));
    }
    let fields = modules.manifests().flat_map(sheet::rows).collect();
    Ok(MappingSheets { pages, columns: sheet::COLUMNS.to_vec(), fields })
}

/// The page in front.
fn page(summary: &HandoverSummary, ledger: &Ledger) -> Result<HandoverPage, MigrationError> {
    let mut places: BTreeMap<&str, Vec<Kind>> = BTreeMap::new();
    for kind in &summary.kinds {
        places.entry(&kind.rebuild_in).or_default().push(shown(kind));
    }
    let place = |(place, kinds): (&str, Vec<Kind>)| Place { rebuild_in: place.to_owned(), kinds };
    let list = |list: &odograft_migration::HandedList| List { csv: link(&list.file), what: what(list.kind) };
    let (entries, before) = steps(ledger)?;
    Ok(HandoverPage {
        name: summary.name.clone(),
        places: places.into_iter().map(place).collect(),
        empty: summary.empty.iter().map(|kind| (kind.title.clone(), kind.rebuild_in.clone())).collect(),
        pages: summary.pages.clone(),
        lists: summary.lists.iter().map(list).collect(),
        put_aside: put_aside(ledger)?,
        made: made(ledger)?,
        steps: entries,
        steps_before: before,
        marked_cells: summary.marked_cells,
    })
}

fn shown(kind: &HandedOver) -> Kind {
    Kind {
        title: kind.title.clone(),
        module: kind.module.clone(),
        documents: kind.documents,
        folder: kind.folder.clone(),
        lines: kind.lines.clone(),
        tables: kind.tables.iter().map(link).collect(),
        left_out: kind.left_out.as_ref().map(link),
        waiting: kind.waiting,
    }
}

fn link(file: &HandedFile) -> CsvLink {
    CsvLink { file: file.file.clone(), rows: file.rows, sha256: file.sha256.clone() }
}

fn what(list: ListKind) -> &'static str {
    match list {
        ListKind::Mapping => {
            "every field of Odoo’s that the modules fill, from which fields of the source, and by which rule"
        }
        ListKind::Workflow => "what was done, when, by whom and with which counts: the audit",
        ListKind::PutAside => "records of the source that are not in Odoo, and why",
        ListKind::Findings => "what was moved and is worth a look",
        ListKind::CustomFields => "fields, choices and pages that were made in Odoo",
        ListKind::Records => "which row of the source is which record of Odoo's, every one of them",
    }
}

/// The newest steps, and how many there were before.
fn steps(ledger: &Ledger) -> Result<(Vec<Step>, u64), MigrationError> {
    let before = ledger.audit_head()?.entries.saturating_sub(STEPS);
    let entries = ledger.audit_entries(before, usize::try_from(STEPS).unwrap_or(usize::MAX))?;
    let step = |entry: odograft_ledger::AuditEntry| Step {
        when: show::time(entry.moment),
        who: entry.operator,
        command: entry.command,
        what: entry.action,
    };
    Ok((entries.into_iter().map(step).collect(), before))
}

fn put_aside(ledger: &Ledger) -> Result<Vec<PutAside>, MigrationError> {
    let mut reasons: BTreeMap<(String, String), PutAside> = BTreeMap::new();
    for row in ledger.quarantined()? {
        let reason = row.field.map_or_else(|| row.code.clone(), |field| format!("{} ({field})", row.code));
        let known = reasons.entry((row.stage.clone(), reason.clone())).or_insert_with(|| PutAside {
            stage: row.stage,
            reason,
            words: row.message,
            records: 0,
        });
        known.records += 1;
    }
    Ok(reasons.into_values().collect())
}

/// By model, the custom fields that were made.
fn made(ledger: &Ledger) -> Result<Vec<(String, Vec<String>)>, MigrationError> {
    let mut models: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for part in odograft_migration::schema_made(ledger)?.into_iter().filter(|part| part.kind == "field") {
        models.entry(part.model).or_default().push(part.name);
    }
    Ok(models.into_iter().collect())
}

/// What was written, for people: counts and names of files.
fn told(summary: &HandoverSummary, to: &Path) -> String {
    let row = |kind: &HandedOver| {
        let rows: u64 = kind.tables.iter().map(|table| table.rows).sum();
        let left_out = kind.left_out.as_ref().map_or(0, |file| file.rows);
        let counts = [kind.documents, rows, left_out].map(|count| count.to_string());
        std::iter::once(kind.title.clone()).chain(counts).chain([kind.rebuild_in.clone()]).collect()
    };
    let columns = ["what", "documents", "rows to import", "left out", "where it is rebuilt"];
    let mut out = match summary.kinds.as_slice() {
        [] => "There are no documents to rebuild.\n\n".to_owned(),
        kinds => table("Handed over", &columns, kinds.iter().map(row).collect()),
    };
    let rows = summary.lists.iter().map(|list| vec![list.file.file.clone(), list.file.rows.to_string()]);
    out.push_str(&table("Lists", &["file", "rows"], rows.collect()));
    if summary.marked_cells > 0 {
        out.push_str(&format!(
            "{} cells of CSV files begin with ' so that no spreadsheet takes them for a formula.\n",
            summary.marked_cells
        ));
    }
    out.push_str(&format!(
        "Written to `{}`; begin with its index.html. It holds patients' data and is not encrypted: delete it when everything is rebuilt.\n",
        to.display()
    ));
    out
}
