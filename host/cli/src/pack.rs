//! `odograft pack`: for an Odoo whose plan has the API closed, files that its administrator imports, and what comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use odograft_migration::{Migration, ModelReconciled, PackOptions, PackStep, PackSummary, Reconciled, StepKind};
use odograft_odoo::{Door, Exports};
use odograft_report::pack::{self, Export, PackPage, Step};
use odograft_report::table;

use crate::config::Config;
use crate::progress::Progress;
use crate::{exit, keys, open, session};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Read and plan as a run does, and write what is to be imported as CSV files with a page for the administrator
    Write(WriteArgs),
    /// Take in what the administrator has exported after the import: what is in Odoo, what is missing, what differs
    #[command(after_help = exit::RECONCILE_HELP)]
    Reconcile(ReconcileArgs),
    /// Forget a pack of which nothing was imported
    Drop(DropArgs),
}

#[derive(clap::Args)]
pub(crate) struct WriteArgs {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The folder with what the administrator has exported from Odoo; `exports` in the client's folder without it
    #[arg(long, value_name = "DIR")]
    exports: Option<PathBuf>,
    /// The folder to write; `pack` in the client's folder without it. An earlier pack there is replaced
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Records in one file, at most
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(2_000..=5_000))]
    rows: u64,
    /// Events on stderr and the summary on stdout as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct ReconcileArgs {
    /// The folder with the administrator's exports
    #[arg(value_name = "EXPORTS")]
    exports: PathBuf,
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The result on stdout as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct DropArgs {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
}

pub(crate) async fn pack(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Write(args) => write(args).await,
        Command::Reconcile(args) => reconcile(args),
        Command::Drop(args) => drop_pack(args),
    }
}

async fn write(args: &WriteArgs) -> Result<ExitCode> {
    let config = Config::read(&args.folder)?;
    let sources = open::sources(&args.folder, &config, &keys::required).await?;
    let mut migration = open::without_odoo(&args.folder, "pack write", &config, sources)?;
    let exports = Exports::read(&args.exports.clone().unwrap_or_else(|| args.folder.join("exports")))?;
    let to = args.to.clone().unwrap_or_else(|| args.folder.join("pack"));
    let mut progress = Progress::new(args.json);
    let options = PackOptions { rows: usize::try_from(args.rows)? };
    let index = |summary: &PackSummary| page(summary, &config).html();
    let summary = migration.pack(&exports, &to, options, &index, &mut |event| progress.tell(&event)).await?;
    drop(progress);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&summary)?);
    } else {
        print!("{}", written(&summary, &to));
    }
    let put_aside = summary.quarantined.iter().map(|(.., count)| count).sum::<u64>();
    Ok(if put_aside == 0 { exit::DONE } else { exit::PUT_ASIDE }.into())
}

fn reconcile(args: &ReconcileArgs) -> Result<ExitCode> {
    let config = Config::read(&args.folder)?;
    // Only the ledger is read, so no key to a source is needed.
    let mut migration = open::without_odoo(&args.folder, "pack reconcile", &config, Vec::new())?;
    let reconciled = migration.reconcile_exports(&Exports::read(&args.exports)?)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&reconciled)?);
    } else {
        print!("{}", told(&reconciled));
    }
    Ok(if reconciled.misses() { exit::BAD } else { exit::DONE }.into())
}

fn drop_pack(args: &DropArgs) -> Result<ExitCode> {
    Config::read(&args.folder)?;
    let mut ledger = session::ledger(&args.folder, "pack drop")?;
    let was = Migration::drop_pack(&mut ledger)?;
    println!("{}", if was { "The pack is forgotten; its files may be deleted." } else { "No pack is out." });
    Ok(exit::DONE.into())
}

/// The page for the administrator.
fn page(summary: &PackSummary, config: &Config) -> PackPage {
    let module = format!("odograft_{}", summary.name);
    let what = |kind| match kind {
        StepKind::Doors => "lists for importing and exporting",
        StepKind::Fields => "custom fields",
        StepKind::Page => "the Dental page of the contact's form",
        StepKind::New => "new records",
        StepKind::Change => pack::CHANGES,
    };
    let step = |step: &PackStep| Step {
        file: step.file.clone(),
        model: step.model.clone(),
        what: what(step.kind),
        path: step.path.clone(),
        rows: step.rows,
        sha256: step.sha256.clone(),
        columns: step.columns.clone(),
    };
    let mut models: Vec<&str> = Vec::new();
    let mut fields: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for step in summary.steps.iter().filter(|step| matches!(step.kind, StepKind::New | StepKind::Change)) {
        if !models.contains(&step.model.as_str()) {
            models.push(&step.model);
        }
        let names = step.columns.iter().map(|column| column.split('/').next().unwrap_or(column).to_owned());
        fields.entry(&step.model).or_default().extend(names.filter(|name| name != "id"));
    }
    let export = |model: &str| Export {
        model: model.to_owned(),
        path: Door { model: model.to_owned(), changes: false }.path(&module),
        fields: fields.get(model).into_iter().flatten().cloned().collect(),
    };
    PackPage {
        name: summary.name.clone(),
        odoo: config.odoo.url.trim_end_matches('/').to_owned(),
        steps: summary.steps.iter().map(step).collect(),
        exports: models.into_iter().map(export).collect(),
        next_round: summary.next_round.clone(),
        left_out: summary.left_out.clone(),
    }
}

/// What was written, for people.
fn written(summary: &PackSummary, to: &Path) -> String {
    let row = |step: &PackStep| vec![step.file.clone(), step.model.clone(), step.rows.to_string()];
    let mut out = table("The pack", &["file", "model", "rows"], summary.steps.iter().map(row).collect());
    let next = summary.next_round.iter().map(|(model, count)| vec![model.clone(), count.to_string()]);
    if !summary.next_round.is_empty() {
        out.push_str(&table("For the pack after it, once its exports are back", &["model", "records"], next.collect()));
    }
    let left = summary.left_out.iter().map(|(model, field, count)| vec![format!("{model}.{field}"), count.to_string()]);
    if !summary.left_out.is_empty() {
        out.push_str(&table(
            "Left out, since Odoo's import dialog does not take them",
            &["field", "records"],
            left.collect(),
        ));
    }
    let aside: u64 = summary.quarantined.iter().map(|(.., count)| count).sum();
    if aside > 0 {
        out.push_str(&format!("{aside} records are put aside; `odograft status` lists them with reasons.\n\n"));
    }
    out.push_str(&match summary.steps.is_empty() {
        true => "Nothing is left to import.\n".to_owned(),
        false => format!(
            "Hand `{}` over; its `index.html` leads the administrator. It holds patients' records.\nhint: `odograft pack reconcile EXPORTS` takes in what comes back\n",
            to.display()
        ),
    });
    out
}

/// What came back, for people.
fn told(reconciled: &Reconciled) -> String {
    let row = |m: &ModelReconciled| {
        let counts = [m.written, m.changed, m.known, m.missing, m.gone, m.surplus];
        std::iter::once(m.model.clone()).chain(counts.iter().map(ToString::to_string)).collect()
    };
    let columns = ["model", "new", "changed", "known", "missing", "gone", "surplus"];
    let mut out = table("In the exports", &columns, reconciled.models.iter().map(row).collect());
    let missing = reconciled.models.iter().filter(|model| model.missing > 0);
    let missing = missing.map(|model| vec![model.model.clone(), which(&model.which, model.missing)]);
    let missing: Vec<Vec<String>> = missing.collect();
    if !missing.is_empty() {
        out.push_str(&table("Missing", &["model", "which"], missing));
    }
    let differing = reconciled.differing.iter().map(|field| {
        vec![format!("{}.{}", field.model, field.field), field.records.to_string(), which(&field.which, field.records)]
    });
    if !reconciled.differing.is_empty() {
        out.push_str(&table("Odoo holds another value", &["field", "records", "which"], differing.collect()));
    }
    let unread = reconciled.unread.iter().map(|(model, header)| vec![model.clone(), header.clone()]);
    if !reconciled.unread.is_empty() {
        out.push_str(&table("Columns that nobody knows, not compared", &["model", "header"], unread.collect()));
    }
    for model in &reconciled.not_exported {
        out.push_str(&format!("`{model}` was in the pack and is not among the exports.\n"));
    }
    out.push_str(&match (reconciled.misses(), reconciled.remaining) {
        (true, _) => {
            "hint: are archived records among the exports? `odograft pack write` makes a pack of what is missing\n"
                .to_owned()
        }
        (false, 0) => "Everything is in Odoo.\n".to_owned(),
        (false, rest) => {
            format!("{rest} records are still to come.\nhint: `odograft pack write` makes the next pack\n")
        }
    });
    out
}

fn which(named: &[String], count: u64) -> String {
    let more = count.saturating_sub(named.len() as u64);
    let named = named.join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}
