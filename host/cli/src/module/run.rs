//! `odograft module run`: one module on records from a file, as a run would call it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use odograft_engine::{Answer, Output, Wasi};
use odograft_workbench::case::{Expected, Input};
use serde_json::json;

use super::Loader;
use crate::exit;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module, such as `target/guests/dentally.wasm`
    module: PathBuf,
    /// A case's `input.json`, or a JSON list of records: `{"object": "patient", "row": {…}}` as the source sends it; for
    /// exams `{"manifest": {…}, "exam": {…}, "readings": [{…}], "latest": true}`
    input: PathBuf,
    /// A setting, `name=value`; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// The moment that counts as now; 2026-11-01T00:00:00Z where neither this nor the file says so
    #[arg(long)]
    as_of: Option<jiff::Timestamp>,
    /// Show on stderr what the module prints under `--wasi inert`, 64 KiB at most; it may hold a patient's data
    #[arg(long, requires = "wasi")]
    show_output: bool,
}

pub(crate) fn run(args: &Args, loader: &Loader) -> Result<ExitCode> {
    let (output, mut limits) = (Output::default(), loader.limits());
    if args.show_output {
        limits.wasi = Wasi::Shown(output.clone());
    }
    let subject = loader.subject_within(&args.module, limits)?;
    let input = Input::read(&args.input)?;
    let mut settings = args.settings.iter().map(|text| super::setting(text)).collect::<Result<Vec<_>>>()?;
    settings.extend(
        input
            .settings()
            .into_iter()
            .filter(|own| !args.settings.iter().any(|s| s.starts_with(&format!("{}=", own.name)))),
    );
    let ready = subject.ready(args.as_of.unwrap_or(input.as_of), &settings)?;
    let ran = subject.run(&ready, &input.rows())?;
    if args.show_output {
        eprint!("{}", output.text());
    }
    let Expected { fuel, unreadable, answers } = Expected::of(&ran, &ready.manifest);
    super::print_json(&json!({
        "module": subject.name(),
        "digest": subject.digest(),
        "fuel": fuel,
        "unreadable": unreadable,
        "answers": answers,
    }))?;
    let mapped = ran.rows.iter().all(|row| matches!(row.answer, Ok(Answer::Outcome(_))));
    Ok(if mapped { exit::DONE } else { exit::PUT_ASIDE }.into())
}
