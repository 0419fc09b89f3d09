//! `odograft module compose`: overlays laid over a module, as one file.

use std::path::PathBuf;
use std::process::ExitCode;
use std::{fs, iter};

use anyhow::{Context as _, Result};
use odograft_engine::digest;
use odograft_workbench::case::AS_OF;
use odograft_workbench::subject::Subject;
use serde_json::json;

use super::Loader;
use crate::exit;
use crate::open::Component;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module below all others
    base: PathBuf,
    /// What lies over it, in order: the last has the last word
    #[arg(required = true)]
    overlays: Vec<PathBuf>,
    /// Where the one module goes
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn compose(args: &Args, loader: &Loader) -> Result<ExitCode> {
    let files: Vec<&PathBuf> = iter::once(&args.base).chain(&args.overlays).collect();
    let base = Component::read(&args.base)?;
    let overlays = args.overlays.iter().map(|file| Component::read(file)).collect::<Result<Vec<_>>>()?;
    let digests = iter::once(&base).chain(&overlays).map(|part| digest(&part.bytes));
    let parts: Vec<(&PathBuf, String)> = iter::zip(files, digests).collect();
    let whole = base.under(&overlays)?;
    // What is written can also run, and the overlays find in the manifest below what they name.
    let subject = Subject::load(&loader.engine, &whole.name, &whole.bytes, loader.limits())?;
    subject.ready(AS_OF, &[])?;
    fs::write(&args.out, &whole.bytes).with_context(|| format!("`{}` cannot be written", args.out.display()))?;
    if args.json {
        let parts: Vec<_> = parts.iter().map(|(file, digest)| json!({ "file": file, "digest": digest })).collect();
        super::print_json(&json!({
            "file": args.out, "bytes": whole.bytes.len(), "digest": subject.digest(), "parts": parts,
        }))?;
    } else {
        println!("{}: {} kB, sha256 {}", args.out.display(), whole.bytes.len().div_ceil(1000), subject.digest());
        parts.iter().for_each(|(file, digest)| println!("  of {}, sha256 {digest}", file.display()));
    }
    Ok(exit::DONE.into())
}
