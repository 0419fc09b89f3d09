//! `odograft module bench`: what a module costs.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use odograft_report::table;
use odograft_workbench::bench::{self, Measured};
use odograft_workbench::case;
use odograft_workbench::subject::Subject;
use serde_json::json;

use super::Loader;
use crate::exit;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module
    file: PathBuf,
    /// Records to measure with: a file as `module run` takes it, or a folder of cases; generated if left out
    #[arg(long)]
    corpus: Option<PathBuf>,
    /// A setting, `name=value`; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn bench(args: &Args, loader: &Loader) -> Result<ExitCode> {
    let subject = loader.subject(&args.file)?;
    let settings = args.settings.iter().map(|text| super::setting(text)).collect::<Result<Vec<_>>>()?;
    let corpus = args.corpus.as_ref().map(|path| case::corpus(path)).transpose()?;
    let records = corpus.map(|inputs| inputs.into_iter().flat_map(|input| input.records).collect());
    let tables = super::tables(None, &args.file, subject.declares())?;
    let measured = bench::measure(&loader.engine, &subject, &settings, records, &tables)?;
    if args.json {
        super::print_json(&json!({ "module": subject.name(), "digest": subject.digest(), "measured": measured }))?;
    } else {
        print!("{}", text(&subject, &measured));
    }
    Ok(exit::DONE.into())
}

fn text(subject: &Subject, measured: &Measured) -> String {
    let row = |name: &str, time: u64, fuel: u64| {
        vec![name.to_owned(), (1_000_000_000 / time.max(1)).to_string(), time.to_string(), fuel.to_string()]
    };
    let rows = vec![
        row(subject.name(), measured.nanoseconds, measured.fuel),
        row("the empty module", measured.empty_nanoseconds, measured.empty_fuel),
    ];
    let title = format!("{} records, the middle of 11 rounds, decoding included", measured.records);
    table(&title, &["module", "records/s", "ns/record", "fuel/record"], rows)
}
