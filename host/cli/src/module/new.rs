//! `odograft module new`: a module's project that builds and passes its own test at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use odograft_workbench::case::Case;
use odograft_workbench::project::{self, Kind};
use odograft_workbench::verdict;

use super::Loader;
use crate::exit;
use crate::open::Component;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module's name, and its folder's: lower-case letters, digits and `-`
    name: String,
    /// The source whose records it takes: `dentally`, `tabular` or `perio`
    #[arg(long)]
    source: String,
    /// A flattener of exams; what a module for `perio` is anyway
    #[arg(long)]
    flattener: bool,
    /// A client's own rules over the module that `--base` names
    #[arg(long, requires = "base", conflicts_with = "flattener")]
    overlay: bool,
    /// The module that an overlay is laid over; a copy goes into the project
    #[arg(long, value_name = "FILE", requires = "overlay")]
    base: Option<PathBuf>,
    /// The folder to make it in
    #[arg(long, default_value = ".")]
    into: PathBuf,
    /// Write the files, and neither build them nor measure the first case
    #[arg(long)]
    no_build: bool,
}

pub(crate) fn new(args: &Args, loader: &Loader) -> Result<ExitCode> {
    let folder = args.into.join(&args.name);
    let kind = match (args.flattener, args.overlay) {
        (true, _) => Some(Kind::Flattener),
        (_, true) => Some(Kind::Overlay),
        _ => None,
    };
    // Read before anything is written.
    let base = args.base.as_ref().map(|file| Ok::<_, anyhow::Error>((file, Component::read(file)?.bytes)));
    let base = base.transpose()?;
    let case = project::create(&folder, &args.name, &args.source, kind)?;
    if let Some((file, bytes)) = base {
        let own = folder.join(project::BASE);
        fs::create_dir_all(&own)?;
        fs::write(own.join(file.file_name().unwrap_or_default()), bytes)?;
    }
    println!("wrote {}", folder.display());
    if !args.no_build {
        bless(&folder, &case, loader)?;
    }
    println!("next: `odograft module test {}`, then change a rule below src/", folder.display());
    Ok(exit::DONE.into())
}

/// Builds the project, and writes down what its case costs, where its answers are those that the case expects.
fn bless(folder: &Path, case: &Path, loader: &Loader) -> Result<()> {
    let built = super::build::build_quietly(folder)?;
    let subject = loader.subject(&built.file)?;
    let run = verdict::run(&subject, &Case::read(case)?, 0.0)?;
    // What an overlay's records become depends on its base: there is nothing to hold the first answers to.
    let answered = run.got.answers.iter().all(|answer| answer["upserts"].is_array());
    if !run.verdict.passed && (run.verdict.expected || !answered) {
        bail!(
            "the new module does not pass its own test; hint: this is a fault of odograft, please report it\n{}",
            run.verdict.render()
        );
    }
    run.got.write(case).context("the case's expectation")?;
    println!("built {}, sha256 {}", built.file.display(), built.digest);
    println!("passed {}, fuel {}", case.display(), run.verdict.fuel);
    Ok(())
}
