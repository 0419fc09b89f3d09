//! `odograft module`: what a module's author works with.

mod bench;
mod build;
mod check;
mod compose;
mod diff;
mod fuzz;
mod lineage;
mod loader;
mod mapping;
mod new;
mod replay;
mod run;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use loader::{Grants, Loader};
use odograft_records::bindings::transform::manifest::Setting;
use odograft_workbench::case::{self, CaseError, Input};
use serde::Serialize;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    grants: Grants,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make a module's project that builds and passes its own test at once
    New(new::Args),
    /// Compile a project, and write its component and digest
    Build(build::Args),
    /// Lay overlays over a module and write the one module that they make
    Compose(compose::Args),
    /// Run a module on the records of a file and print what it makes of each
    Run(run::Args),
    /// Make captured calls again and compare answers byte for byte, and fuel
    Replay(replay::Args),
    /// Run every case of a module's project and compare answers, findings and fuel
    Test(test::Args),
    /// Show where source fields go, by blanking each over a corpus, and compare it with the manifest
    Lineage(lineage::Args),
    /// Compare two versions of a module over a corpus
    Diff(diff::Args),
    /// Send records that break rules until the module fails, and shrink what it fails on to a case
    Fuzz(fuzz::Args),
    /// Look at a module's file: imports, contract, manifest, and whether it answers
    Check(check::Args),
    /// Write a module's page: what becomes of each record, with which settings, and what is left behind
    Mapping(mapping::Args),
    /// Measure what a module costs a record, beside the empty module
    Bench(bench::Args),
}

pub(crate) fn module(args: Args) -> Result<ExitCode> {
    let loader = Loader::new(&args.grants)?;
    match args.command {
        Command::New(args) => new::new(&args, &loader),
        Command::Build(args) => build::build(&args),
        Command::Compose(args) => compose::compose(&args, &loader),
        Command::Run(args) => run::run(&args, &loader),
        Command::Replay(args) => replay::replay(&args, &loader),
        Command::Test(args) => test::test(&args, &loader),
        Command::Lineage(args) => lineage::lineage(&args, &loader),
        Command::Diff(args) => diff::diff(&args, &loader),
        Command::Fuzz(args) => fuzz::fuzz(&args, &loader),
        Command::Check(args) => check::check(&args, &loader),
        Command::Mapping(args) => mapping::mapping(&args, &loader),
        Command::Bench(args) => bench::bench(&args, &loader),
    }
}

/// The corpus that is named, else the cases beside the module.
fn corpus(named: Option<&PathBuf>, module: &Path) -> PathBuf {
    named.cloned().unwrap_or_else(|| module.parent().unwrap_or(Path::new("")).join("fixtures"))
}

/// Records that tell the tables of a source that declares them: those that are named, else the cases beside the module.
fn tables(named: Option<&PathBuf>, module: &Path, declares: bool) -> Result<Vec<Input>> {
    let beside = corpus(None, module);
    match named {
        Some(path) => Ok(case::corpus(path)?),
        None if declares && beside.is_dir() => match case::corpus(&beside) {
            Err(CaseError::None { .. }) => Ok(Vec::new()),
            found => Ok(found?),
        },
        None => Ok(Vec::new()),
    }
}

/// Data for scripts.
fn print_json(data: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string_pretty(data)?);
    Ok(())
}

/// A setting of the command line.
fn setting(text: &str) -> Result<Setting> {
    match text.split_once('=') {
        Some((name, value)) => Ok(Setting { name: name.to_owned(), value: value.to_owned() }),
        None => bail!("`{text}` is not of the form `name=value`; hint: `--set clinical_group=base.group_system`"),
    }
}
