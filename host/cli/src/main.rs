//! The `odograft` command.

mod bundle;
mod capture;
mod config;
mod demo;
mod exit;
mod extract;
mod init;
mod keys;
mod lock;
mod module;
mod open;
mod progress;
mod run;
mod show;
mod status;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    /// Write a commented `odograft.toml` into an empty folder
    Init(init::Args),
    /// Accept the configured modules, contracts and engine: write `odograft.lock`
    Lock(lock::Args),
    /// Move the configured practice, or go on where the last run stopped
    Run(run::Args),
    /// Say where the migration stands and what was put aside
    Status(status::Args),
    /// Work with captured calls
    #[command(subcommand)]
    Bundle(bundle::Command),
    /// Write, check, test and compare a module
    #[command(after_help = exit::MODULE_HELP)]
    Module(module::Args),
}

fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            // SQL Server's messages, which its driver logs, can quote a patient's values.
            tracing_subscriber::EnvFilter::try_from_env("ODOGRAFT_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,tiberius=off")),
        )
        .with_target(false)
        .init();
    // Only the first call counts; there is none before it.
    let _ = rustls::crypto::ring::default_provider().install_default();

    let looks = matches!(args.command, Command::Module(_) | Command::Bundle(_));
    let failed = if looks { exit::NO_VERDICT } else { exit::FAILED };
    match dispatch(args.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            failed.into()
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match command {
        Command::Demo(args) => runtime.block_on(demo::demo(args)),
        Command::Extract(args) => runtime.block_on(extract::extract(&args)),
        Command::Init(args) => init::init(&args),
        Command::Lock(args) => lock::lock(&args),
        Command::Run(args) => runtime.block_on(run::run(&args)),
        Command::Status(args) => status::status(&args),
        Command::Bundle(command) => bundle::bundle(&command),
        Command::Module(args) => module::module(args),
    }
}
