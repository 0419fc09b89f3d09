//! `odograft extract`: the source into the ledger, and nothing into Odoo.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use odograft_ledger::Ledger;
use odograft_report::table;
use odograft_sources::{Notice, Source};
use serde_json::json;

use crate::config::Config;
use crate::progress::Progress;
use crate::{exit, keys, open};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Events on stderr and the counts on stdout as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn extract(args: &Args) -> Result<ExitCode> {
    let config = Config::read(&args.folder)?;
    let sources = open::sources(&args.folder, &config, &keys::required).await?;
    let mut ledger = Ledger::open(&args.folder.join(open::LEDGER), &keys::ledger(&args.folder)?)?;
    let mut progress = Progress::new(args.json);
    let pass = odograft_migration::read_sources(&mut ledger, &sources, &mut |event| progress.tell(&event)).await?;
    drop(progress);
    let (staged, notices) = (ledger.staged_objects()?, sources.iter().flat_map(Source::notices).collect::<Vec<_>>());
    if args.json {
        let notice = |n: &Notice| json!({"object": n.object, "file": n.file, "rows": n.rows, "surplus": n.surplus, "missing": n.missing, "skipped": n.skipped});
        let tables: Vec<_> = notices.iter().map(notice).collect();
        println!("{}", serde_json::to_string_pretty(&json!({"pass": pass, "staged": staged, "tables": tables}))?);
        return Ok(exit::DONE.into());
    }
    let rows = staged.into_iter().map(|(object, count)| vec![object, count.to_string()]);
    print!("{}", table("Read from the source", &["object", "rows"], rows.collect()));
    let rows: Vec<_> = notices
        .iter()
        .filter(|n| !(n.surplus.is_empty() && n.missing.is_empty() && n.skipped == 0))
        .map(columns)
        .collect();
    if !rows.is_empty() {
        let heads = [
            "object",
            "file",
            "columns beside the record's, carried along",
            "columns that do not come",
            "lines that are no rows",
        ];
        print!("{}", table("Columns worth a look", &heads, rows));
    }
    Ok(exit::DONE.into())
}

fn columns(notice: &Notice) -> Vec<String> {
    vec![
        notice.object.to_owned(),
        notice.file.clone(),
        notice.surplus.join(", "),
        notice.missing.join(", "),
        notice.skipped.to_string(),
    ]
}
