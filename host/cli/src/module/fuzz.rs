//! `odograft module fuzz`: records that break rules, until the module does.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use odograft_workbench::case::INPUT;
use odograft_workbench::fuzz::{self, Failure, Options, Report};
use serde_json::json;

use super::Loader;
use crate::exit;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module
    file: PathBuf,
    /// How many records
    #[arg(long, default_value_t = 100_000)]
    records: u64,
    /// The same seed gives the same records
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Records that tell the tables of a source that declares them; `fixtures` beside the module if left out
    #[arg(long)]
    corpus: Option<PathBuf>,
    /// Stop after so many seconds even where records are left
    #[arg(long, value_name = "SECONDS")]
    time: Option<u64>,
    /// A setting, `name=value`; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// Where cases of failures are written; `fixtures` beside the module if left out
    #[arg(long, value_name = "FOLDER")]
    cases: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn fuzz(args: &Args, loader: &Loader) -> Result<ExitCode> {
    let subject = loader.subject(&args.file)?;
    let options = Options {
        seed: args.seed,
        records: args.records,
        time: args.time.map(Duration::from_secs),
        settings: args.settings.iter().map(|text| super::setting(text)).collect::<Result<Vec<_>>>()?,
        corpus: super::tables(args.corpus.as_ref(), &args.file, subject.declares())?,
    };
    let shown = std::io::stderr().is_terminal();
    let report = fuzz::fuzz(&subject, &options, &mut |sent| {
        if shown {
            eprint!("\r{sent} records");
        }
    })?;
    if shown {
        eprintln!();
    }
    let folder = super::corpus(args.cases.as_ref(), &args.file);
    let mut found = Vec::with_capacity(report.failures.len());
    for failure in &report.failures {
        let case = folder.join(format!("fuzz-{}-{}-{}-{}", failure.code, failure.object, report.seed, failure.record));
        failure.input.write(&case)?;
        found.push((failure, case));
    }
    if args.json {
        let failures: Vec<_> = found
            .iter()
            .map(|(failure, case)| json!({ "failure": failure, "case": case, "reproduce": reproduce(args, case) }))
            .collect();
        let Report { seed, records, mapped, rejected, undecodable, .. } = report;
        super::print_json(&json!({
            "module": subject.name(),
            "digest": subject.digest(),
            "seed": seed,
            "records": records,
            "mapped": mapped,
            "rejected": rejected,
            "undecodable": undecodable,
            "failures": failures,
        }))?;
    } else {
        print!("{}", text(&report, &found, args));
    }
    Ok(if found.is_empty() { exit::DONE } else { exit::BAD }.into())
}

fn reproduce(args: &Args, case: &std::path::Path) -> String {
    format!("odograft module run {} {}", args.file.display(), case.join(INPUT).display())
}

fn text(report: &Report, found: &[(&Failure, PathBuf)], args: &Args) -> String {
    let mut out = String::new();
    for (failure, case) in found {
        let times = if failure.times == 1 { "once".to_owned() } else { format!("{} times", failure.times) };
        out += &format!("FAILED {}, {} ({times}): {}\n", failure.object, failure.code, failure.message);
        out += &format!("  seed {}, record {}\n", report.seed, failure.record);
        out += &format!("  case {}\n", case.join(INPUT).display());
        out += &format!("  reproduce: {}\n", reproduce(args, case));
    }
    out += &format!(
        "{} records of seed {}: {} mapped, {} rejected, {} refused by the host before; ",
        report.records, report.seed, report.mapped, report.rejected, report.undecodable
    );
    out += &match found.len() {
        0 => "no failure\n".to_owned(),
        1 => "1 kind of failure\n".to_owned(),
        more => format!("{more} kinds of failure\n"),
    };
    out
}
