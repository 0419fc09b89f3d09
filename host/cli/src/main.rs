//! The `odograft` command.

mod audit;
mod bundle;
mod capture;
mod check;
mod config;
mod delta;
mod demo;
mod diff;
mod duplicates;
mod exit;
mod extract;
mod folder;
mod handover;
mod init;
mod keys;
mod ledger;
mod lock;
mod module;
mod open;
mod pack;
mod pilot;
mod plan;
mod progress;
mod reconcile;
mod rollback;
mod run;
mod session;
mod show;
mod status;
mod stopping;

use std::panic::PanicHookInfo;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use odograft_migration::MigrationError;
use tracing_subscriber::EnvFilter;

/// The allocator that the records' way through the host was measured with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Moves a dental practice's records into Odoo CRM through sandboxed, client-specific rules.
#[derive(Parser)]
#[command(name = "odograft", version, after_help = exit::HELP)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Move a generated practice from a Dentally stand-in and a perio export into an Odoo
    Demo(demo::Args),
    /// Read the configured source into the ledger and stop there
    Extract(extract::Args),
    /// Put together what was read, and say what of it is no record or cannot be read
    Audit(audit::Args),
    /// Write a commented `odograft.toml` into an empty folder
    Init(init::Args),
    /// Accept the configured modules, contracts and engine: write `odograft.lock`
    Lock(lock::Args),
    /// Read and plan everything, and look whether Odoo takes it; nothing is written to Odoo
    Check(check::Args),
    /// Read and plan everything, and say what a run would do, for the practice to approve; nothing is written to Odoo
    Plan(plan::Args),
    /// Say yes to a plan: without it nothing is written
    Approve(plan::ApproveArgs),
    /// Lay people who may be one side by side, and take back what a person has decided
    Duplicates(duplicates::Args),
    /// Load a sample of patients, read it back and lay it beside the source
    Pilot(pilot::Args),
    /// Move the configured practice, or go on where the last run stopped
    Run(run::Args),
    /// Move a practice into an Odoo whose API is closed: files to import, exports to take in
    #[command(subcommand)]
    Pack(pack::Command),
    /// Bring what the source has changed since: once, or for a window of hours with `--watch`
    Delta(delta::Args),
    /// Hold what was loaded against what Odoo has: records, files, owners; ends with 1 where something is missing
    Reconcile(reconcile::Args),
    /// Take back what was written to Odoo: a dry run, unless `--yes` is given
    Rollback(rollback::Args),
    /// Write what people take over as a folder: documents to rebuild in Odoo, CSV for the accountant, the mapping, the lists
    Handover(handover::Args),
    /// Say where the migration stands and what was put aside
    Status(status::Args),
    /// Verify the ledger, read its audit, and shred patients' values when their time is over
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Work with captured calls
    #[command(subcommand)]
    Bundle(bundle::Command),
    /// Write, check, test and compare a module
    #[command(after_help = exit::MODULE_HELP)]
    Module(module::Args),
}

/// A process that the system ends for a fault of its own leaves no image of its memory on the disk: patients' records are
/// in it.
#[cfg(unix)]
fn leave_no_core() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // Less is always allowed.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

fn main() -> ExitCode {
    #[cfg(unix)]
    leave_no_core();
    std::panic::set_hook(Box::new(|panic| eprintln!("{}", crash(panic))));
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(filter(&std::env::var("ODOGRAFT_LOG").unwrap_or_default()))
        .with_target(false)
        .init();
    // Only the first call counts; there is none before it.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();

    let looks = matches!(args.command, Command::Module(_) | Command::Bundle(_));
    let failed = if looks { exit::NO_VERDICT } else { exit::FAILED };
    match dispatch(args.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", told(&error));
            let stopped = error.downcast_ref::<MigrationError>().is_some_and(|e| matches!(e, MigrationError::Stopped));
            if stopped { exit::STOPPED } else { failed }.into()
        }
    }
}

/// What is logged. SQL Server's messages, which its driver logs, can quote a patient's values: they never are.
fn filter(wanted: &str) -> EnvFilter {
    let silent = |wanted: &str| EnvFilter::try_new(format!("{wanted},tiberius=off"));
    silent(wanted).or_else(|_| silent("warn")).unwrap_or_default()
}

/// What is told of a fault of our own. Its words may quote what was being worked on, so only its place is told.
fn crash(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
    format!(
        "error: odograft has a fault at `{place}`\nhint: report this line; what was finished is in the ledger, and the same command goes on there"
    )
}

/// An error with what caused it, and its hints at the end, wherever they stood. A cause that an error's own text quotes is
/// not told twice.
fn told(error: &anyhow::Error) -> String {
    let (mut told, mut hints) = (Vec::<String>::new(), String::new());
    for cause in error.chain().map(ToString::to_string) {
        let at = ["; hint: ", "\nhint: "].iter().filter_map(|mark| cause.find(mark)).min().unwrap_or(cause.len());
        let (what, hint) = cause.split_at(at);
        if !told.last().is_some_and(|before| before.contains(what)) {
            told.push(what.to_owned());
        }
        if !hints.contains(hint) {
            hints.push_str(hint);
        }
    }
    told.join(": ") + &hints
}

fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let listening = runtime.enter();
    stopping::listen();
    drop(listening);
    match command {
        Command::Demo(args) => runtime.block_on(demo::demo(args)),
        Command::Extract(args) => runtime.block_on(extract::extract(&args)),
        Command::Audit(args) => audit::audit(&args),
        Command::Init(args) => init::init(&args),
        Command::Lock(args) => lock::lock(&args),
        Command::Check(args) => runtime.block_on(check::check(&args)),
        Command::Plan(args) => runtime.block_on(plan::plan(&args)),
        Command::Approve(args) => plan::approve(&args),
        Command::Duplicates(args) => duplicates::duplicates(&args),
        Command::Pilot(args) => runtime.block_on(pilot::pilot(&args)),
        Command::Delta(args) => runtime.block_on(delta::delta(&args)),
        Command::Reconcile(args) => runtime.block_on(reconcile::reconcile(&args)),
        Command::Run(args) => runtime.block_on(run::run(&args)),
        Command::Pack(command) => runtime.block_on(pack::pack(&command)),
        Command::Rollback(args) => runtime.block_on(rollback::rollback(&args)),
        Command::Handover(args) => handover::handover(&args),
        Command::Status(args) => status::status(&args),
        Command::Ledger(command) => ledger::ledger(&command),
        Command::Bundle(command) => bundle::bundle(&command),
        Command::Module(args) => module::module(args),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_crash_tells_its_place_and_not_its_words() {
        let (send, told) = std::sync::mpsc::channel();
        let send = std::sync::Mutex::new(send);
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // Nobody listens any more when the test is over.
            let _ = send.lock().map(|send| send.send(crash(panic)));
        }));
        let name = String::from("Quackenbush");
        let crashed = std::panic::catch_unwind(|| panic!("cannot read `{name}`"));
        std::panic::set_hook(before);
        assert!(crashed.is_err());
        let told = told.recv().expect("the hook was called");
        assert!(told.contains("main.rs:") && told.contains("\nhint: ") && !told.contains("Quackenbush"), "{told}");
    }

    #[test]
    fn hints_come_last_and_once() {
        let cause = anyhow!("it is no TOML; hint: `odograft init` writes one");
        let error = cause.context("`odograft.toml`\nhint: look at line 3").context("cannot start");
        assert_eq!(
            told(&error),
            "cannot start: `odograft.toml`: it is no TOML\nhint: look at line 3; hint: `odograft init` writes one"
        );
        assert_eq!(told(&anyhow!("plain")), "plain");
        assert_eq!(told(&anyhow!("a; hint: b").context("a; hint: b")), "a; hint: b");
        let closed = anyhow!("Permission denied").context("cannot open `x`: Permission denied; hint: b");
        assert_eq!(told(&closed), "cannot open `x`: Permission denied; hint: b");
    }
}
