//! `odograft check`: what Odoo would refuse, all of it, before anything is written.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use odograft_migration::Found;
use odograft_report::table;

use crate::progress::Progress;
use crate::{exit, open};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Events on stderr and the list on stdout as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn check(args: &Args) -> Result<ExitCode> {
    let mut migration = open::migration(&args.folder, "check", None).await?;
    let mut progress = Progress::new(args.json);
    let found = migration.check(&mut |event| progress.tell(&event)).await?;
    drop(progress);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&found)?);
    } else if found.is_empty() {
        println!("Odoo takes everything that is planned.");
    } else {
        let rows = found.iter().map(row).collect();
        print!("{}", table("What Odoo would refuse", &["field", "problem", "records", "which", "in words"], rows));
    }
    Ok(match found.iter().any(|found| found.flaw.stops()) {
        true => exit::FAILED,
        false if found.is_empty() => exit::DONE,
        false => exit::PUT_ASIDE,
    }
    .into())
}

fn row(found: &Found) -> Vec<String> {
    let name = [found.model.as_str(), found.field.as_str()].join(".");
    let more = found.records.saturating_sub(found.which.len() as u64);
    let which = found.which.join(", ");
    let which = if more > 0 && !which.is_empty() { format!("{which} and {more} more") } else { which };
    vec![
        name.trim_end_matches('.').to_owned(),
        found.flaw.code().to_owned(),
        found.records.to_string(),
        which,
        found.flaw.words().to_owned(),
    ]
}
