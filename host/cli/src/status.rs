//! `odograft status`: what the ledger says, without a patient's values.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use odograft_migration::ModelCount;
use serde_json::json;

use crate::{exit, session, show};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// As JSON, with every quarantined record and every finding
    #[arg(long)]
    json: bool,
}

pub(crate) fn status(args: &Args) -> Result<ExitCode> {
    let ledger = session::read_only(&args.folder)?;
    let (staged, absent) = (odograft_migration::staged_rows(&ledger)?, odograft_migration::absent_lists(&ledger)?);
    let models: Vec<_> = ledger.models()?.into_iter().map(|(model, counts)| ModelCount { model, counts }).collect();
    let (quarantined, findings) = (ledger.quarantined()?, ledger.finding_counts()?);
    let pass = ledger.current_pass()?;
    if args.json {
        let all = json!({
            "pass": pass.map(|(pass, _)| pass),
            "extracted": pass.is_some_and(|(_, finished)| finished),
            "digest": ledger.digest()?,
            "staged": staged,
            "absent": absent,
            "models": models,
            "quarantined": quarantined,
            "findings": ledger.findings()?,
            "handovers": ledger.handover_kinds()?,
        });
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(exit::DONE.into());
    }
    match pass {
        None => println!("Nothing has been read yet."),
        Some((pass, finished)) => {
            println!("Reading {pass} of the source {}.\n", if finished { "is complete" } else { "is under way" });
        }
    }
    print!("{}{}", show::counts(&staged, &absent, &models), show::quarantine(&quarantined, 5));
    print!("{}{}", show::findings(&findings), show::handovers(&ledger.handover_kinds()?));
    Ok(exit::DONE.into())
}
