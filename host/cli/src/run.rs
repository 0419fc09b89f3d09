//! `odograft run`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::progress::Progress;
use crate::{exit, open, show};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Events on stderr and the summary on stdout as JSON
    #[arg(long)]
    json: bool,
    /// Keep every call of a module as a bundle in this folder, for `odograft module replay`. Bundles hold patients' data
    #[arg(long, value_name = "DIR")]
    capture: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args) -> Result<ExitCode> {
    let mut migration = open::migration(&args.folder, "run", args.capture.as_deref()).await?;
    let mut progress = Progress::new(args.json);
    let summary = migration.run(&mut |event| progress.tell(&event)).await?;
    drop(progress);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&summary)?);
    } else {
        print!("{}", show::summary(&summary, &migration.ledger.quarantined()?));
    }
    let put_aside = summary.quarantined.iter().map(|(.., count)| count).sum::<u64>();
    Ok(if put_aside == 0 { exit::DONE } else { exit::PUT_ASIDE }.into())
}
