//! `odograft audit`: what is staged, put together as a run would, and what of it cannot be read.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use odograft_migration::{Audited, absent_lists};
use odograft_report::table;

use crate::config::Config;
use crate::progress::Progress;
use crate::{exit, open, session, show};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Events on stderr and the counts on stdout as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn audit(args: &Args) -> Result<ExitCode> {
    let config = Config::read(&args.folder)?;
    if !args.folder.join(open::LEDGER).exists() {
        bail!("nothing has been read from the source yet\nhint: `odograft extract` reads it into the ledger");
    }
    let ledger = session::read_only(&args.folder)?;
    let mut progress = Progress::new(args.json);
    let found = odograft_migration::audit(&ledger, &config.source.packages(), &config.extras(), &mut |event| {
        progress.tell(&event);
    })?;
    drop(progress);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&found)?);
        return Ok(code(&found));
    }
    let rows = found.iter().map(counts).collect();
    print!("{}", table("In the source", &["object", "records", "rows", "no record", "belong to nothing"], rows));
    print!("{}", show::absent(&absent_lists(&ledger)?));
    let unreadable = |audited: &Audited| {
        let line = |(what, count): (&String, &u64)| {
            let (field, reason) = what.split_once(": ").unwrap_or((what, ""));
            vec![field.to_owned(), reason.to_owned(), count.to_string()]
        };
        audited.unreadable.iter().map(line).collect::<Vec<_>>()
    };
    let rows: Vec<_> = found.iter().flat_map(unreadable).collect();
    if !rows.is_empty() {
        print!("{}", table("Values that cannot be read", &["field", "why", "records"], rows));
        println!("A run carries them along as extra columns, with a finding each.");
    }
    Ok(code(&found))
}

fn counts(audited: &Audited) -> Vec<String> {
    let numbers = [audited.records, audited.rows, audited.refused, audited.orphans];
    std::iter::once(audited.object.clone()).chain(numbers.map(|number| number.to_string())).collect()
}

fn code(found: &[Audited]) -> ExitCode {
    let clean = found.iter().all(|audited| audited.refused + audited.orphans == 0);
    if clean { exit::DONE } else { exit::PUT_ASIDE }.into()
}
