//! `odograft module`: what a module's author works with.

mod bench;
mod build;
mod check;
mod diff;
mod fuzz;
mod lineage;
mod new;
mod replay;
mod run;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, bail};
use odograft_engine::{Engine, Limits, LoadError, compose};
use odograft_migration::ModuleFile;
use odograft_records::bindings::transform::manifest::Setting;
use odograft_workbench::project;
use odograft_workbench::subject::{Subject, SubjectError};
use serde::Serialize;

use crate::config::{LimitsTable, WasiWord};
use crate::open;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    grants: Grants,
}

/// What a client's configuration would say of the module, for every command that loads one.
#[derive(clap::Args)]
struct Grants {
    /// Grant the module WASI that answers and gives nothing, as `wasi = "inert"` in its `[[module]]` table does
    #[arg(long, global = true)]
    wasi: Option<WasiWord>,
    /// A limit as the module's `limits` name it, such as `memory_mib=256`; may be repeated
    #[arg(long = "limit", global = true, value_name = "NAME=VALUE")]
    limits: Vec<String>,
}

impl Grants {
    /// None where the command line says nothing.
    fn limits(&self) -> Result<Option<Limits>> {
        if self.wasi.is_none() && self.limits.is_empty() {
            return Ok(None);
        }
        let table: LimitsTable =
            toml::from_str(&self.limits.join("\n")).context("`--limit`\nhint: `--limit memory_mib=256`")?;
        Ok(Some(table.limits(self.wasi)))
    }
}

/// The grants of this process: one command, one set of them.
static LIMITS: OnceLock<Option<Limits>> = OnceLock::new();

/// What a module of this command may use.
fn limits() -> Limits {
    granted().unwrap_or_default()
}

/// The same where the command line says so.
fn granted() -> Option<Limits> {
    LIMITS.get().cloned().flatten()
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make a module's project that builds and passes its own test at once
    New(new::Args),
    /// Compile a project, and write its component and digest
    Build(build::Args),
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
    /// Measure what a module costs a record, beside the empty module
    Bench(bench::Args),
}

pub(crate) fn module(args: Args) -> Result<ExitCode> {
    let granted = args.grants.limits()?;
    LIMITS.get_or_init(|| granted);
    match args.command {
        Command::New(args) => new::new(&args),
        Command::Build(args) => build::build(&args),
        Command::Run(args) => run::run(&args),
        Command::Replay(args) => replay::replay(&args),
        Command::Test(args) => test::test(&args),
        Command::Lineage(args) => lineage::lineage(&args),
        Command::Diff(args) => diff::diff(&args),
        Command::Fuzz(args) => fuzz::fuzz(&args),
        Command::Check(args) => check::check(&args),
        Command::Bench(args) => bench::bench(&args),
    }
}

/// A module's file, loaded.
fn subject(file: &Path) -> Result<Subject> {
    subject_within(file, limits())
}

/// The same under limits of the caller's own.
fn subject_within(file: &Path, limits: Limits) -> Result<Subject> {
    let (engine, read) = (open::engine()?, open::module_file(file, Vec::new(), limits)?);
    let bytes = whole(&engine, file, &read)?;
    Subject::load(&engine, &read.name, &bytes, read.limits).with_context(|| format!("`{}`", file.display()))
}

/// A module's bytes; an overlay's, laid over the module in `base/` beside it.
fn whole(engine: &Engine, file: &Path, read: &ModuleFile) -> Result<Vec<u8>> {
    let base = file.parent().unwrap_or(Path::new("")).join(project::BASE);
    let loaded = Subject::load(engine, &read.name, &read.bytes, read.limits.clone());
    let is_overlay = matches!(&loaded, Err(SubjectError::Load(LoadError::Imports { names }))
        if names.iter().all(|name| name.starts_with("odograft:")));
    if !is_overlay || !base.is_dir() {
        return Ok(read.bytes.clone());
    }
    let below = built(&base)?;
    let bytes = std::fs::read(&below).with_context(|| format!("`{}` cannot be read", below.display()))?;
    compose(&bytes, &read.bytes).with_context(|| format!("`{}` over `{}`", file.display(), below.display()))
}

/// The only module in a folder.
fn built(folder: &Path) -> Result<PathBuf> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("`{}` cannot be read", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "wasm"));
    match files.as_slice() {
        [only] => Ok(only.clone()),
        [] => bail!(
            "`{}` has no module; hint: `odograft module build` makes it, or name one with `--module`",
            folder.display()
        ),
        _ => bail!("`{}` has several modules; hint: name one with `--module`", folder.display()),
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

/// A setting of the command line.
fn setting(text: &str) -> Result<Setting> {
    match text.split_once('=') {
        Some((name, value)) => Ok(Setting { name: name.to_owned(), value: value.to_owned() }),
        None => bail!("`{text}` is not of the form `name=value`; hint: `--set clinical_group=base.group_system`"),
    }
}
