//! `odograft module new`: a module's project that builds and passes its own test at once.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use odograft_workbench::case::Case;
use odograft_workbench::project::{self, Kind};
use odograft_workbench::verdict;

use crate::exit;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module's name, and its folder's: lower-case letters, digits and `-`
    name: String,
    /// The source whose records it takes: `dentally` or `perio`
    #[arg(long)]
    source: String,
    /// A flattener of exams; what a module for `perio` is anyway
    #[arg(long)]
    flattener: bool,
    /// The folder to make it in
    #[arg(long, default_value = ".")]
    into: PathBuf,
    /// Write the files, and neither build them nor measure the first case
    #[arg(long)]
    no_build: bool,
}

pub(crate) fn new(args: &Args) -> Result<ExitCode> {
    let folder = args.into.join(&args.name);
    let case = project::create(&folder, &args.name, &args.source, args.flattener.then_some(Kind::Flattener))?;
    println!("wrote {}", folder.display());
    if !args.no_build {
        bless(&folder, &case)?;
    }
    println!("next: `odograft module test {}`, then change a rule below src/", folder.display());
    Ok(exit::DONE.into())
}

/// Builds the project, and writes down what its case costs, where its answers are those that the case expects.
fn bless(folder: &Path, case: &Path) -> Result<()> {
    let built = super::build::build_quietly(folder)?;
    let subject = super::subject(&built.file)?;
    let run = verdict::run(&subject, &Case::read(case)?, 0.0)?;
    if !run.verdict.passed {
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
