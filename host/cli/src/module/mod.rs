//! `odograft module`: what a module's author works with.

mod lineage;
mod run;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use odograft_engine::Limits;
use odograft_workbench::subject::Subject;
use serde::Serialize;

use crate::open;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Run a module on the records of a file and print what it makes of each
    Run(run::Args),
    /// Run every case of a module's project and compare answers, findings and fuel
    Test(test::Args),
    /// Show where source fields go, by blanking each over a corpus, and compare it with the manifest
    Lineage(lineage::Args),
}

pub(crate) fn module(args: Args) -> Result<ExitCode> {
    match args.command {
        Command::Run(args) => run::run(&args),
        Command::Test(args) => test::test(&args),
        Command::Lineage(args) => lineage::lineage(&args),
    }
}

/// A module's file, loaded.
fn subject(file: &Path) -> Result<Subject> {
    let read = open::module_file(file, Vec::new(), Limits::default())?;
    Subject::load(&open::engine()?, &read.name, &read.bytes, read.limits)
        .with_context(|| format!("`{}`", file.display()))
}

/// The module that a project has built: the only `.wasm` in its folder.
fn built(folder: &Path) -> Result<PathBuf> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("`{}` cannot be read", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "wasm"));
    match files.as_slice() {
        [only] => Ok(only.clone()),
        [] => anyhow::bail!(
            "`{}` has no module; hint: `odograft module build` makes it, or name one with `--module`",
            folder.display()
        ),
        _ => anyhow::bail!("`{}` has several modules; hint: name one with `--module`", folder.display()),
    }
}

/// The corpus that is named, else the cases beside the module.
fn corpus(named: Option<&PathBuf>, module: &Path) -> PathBuf {
    named.cloned().unwrap_or_else(|| module.parent().unwrap_or(Path::new("")).join("fixtures"))
}

/// Data for scripts.
fn print_json(data: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string_pretty(data)?);
    Ok(())
}
