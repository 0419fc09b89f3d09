//! `odograft module build`: from a project's sources to a component.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use odograft_workbench::project::{self, Built};
use serde_json::json;

use crate::exit;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module's project
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn build(args: &Args) -> Result<ExitCode> {
    let built = build_quietly(&args.folder)?;
    if args.json {
        super::print_json(&json!({ "file": built.file, "bytes": built.bytes, "digest": built.digest }))?;
    } else {
        println!("{}: {} kB, sha256 {}", built.file.display(), built.bytes.div_ceil(1000), built.digest);
    }
    Ok(exit::DONE.into())
}

/// Builds, and says on standard error with what: the first build takes a while.
pub(super) fn build_quietly(folder: &Path) -> Result<Built> {
    Ok(project::build(folder, &mut |what| eprintln!("building with {what}"))?)
}
