//! The benchmarks: each answers one question with a ratio that was measured in one run.

mod call;
mod cold;
mod cores;
mod decode;
mod figure;
mod growth;
mod input;
mod instructions;
mod measure;
mod overlay;
mod perio;
mod pipe;
mod report;
mod rivals;
mod sandbox;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::figure::Figure;

/// The allocator of the `odograft` command, for both sides of each comparison.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A benchmark's name and what runs it.
type Benchmark = (&'static str, fn() -> Result<Vec<Figure>>);

/// Every benchmark that needs nothing but this workspace, in the order of the table.
const BENCHMARKS: [Benchmark; 10] = [
    ("pipe", pipe::figures),
    ("call", call::figures),
    ("perio", perio::figures),
    ("store", sandbox::store),
    ("metering", sandbox::metering),
    ("cold", cold::figures),
    ("cores", cores::figures),
    ("decode", decode::figures),
    ("overlay", overlay::figures),
    ("growth", growth::figures),
];

const HELP: &str = "\
odograft-benches [NAME]... [--json FILE] [--readme FILE]

Runs all benchmarks, or those named; prints a table, writes the figures as JSON, and puts the table into a page
between its markers. `instructions` counts with callgrind, `rivals` runs the tools that `cargo xtask bench rivals` builds.";

fn main() -> Result<ExitCode> {
    let mut args = std::env::args().skip(1);
    let (mut names, mut json, mut readme) = (Vec::new(), None, None);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--help" | "-h" => {
                println!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            "--json" => json = Some(PathBuf::from(args.next().context("`--json` takes a file")?)),
            "--readme" => readme = Some(PathBuf::from(args.next().context("`--readme` takes a file")?)),
            // What this program runs as processes of their own.
            "child" => return child(&args.collect::<Vec<_>>()).map(|()| ExitCode::SUCCESS),
            _ => names.push(arg),
        }
    }
    if let Some(unknown) = names.iter().find(|name| benchmark(name).is_none()) {
        let known: Vec<_> = all().map(|(name, _)| name).collect();
        bail!("`{unknown}` is no benchmark\nhint: one of {}", known.join(", "));
    }
    let mut figures = Vec::new();
    for (name, run) in all() {
        let wanted = if names.is_empty() {
            BENCHMARKS.iter().any(|(own, _)| *own == name)
        } else {
            names.iter().any(|n| n == name)
        };
        if wanted {
            eprintln!("[bench] {name}");
            let new = run().with_context(|| format!("benchmark `{name}`"))?;
            print!("{}", report::lines(&new));
            figures.extend(new);
        }
    }
    report::write(&figures, json.as_deref(), readme.as_deref())?;
    Ok(if figures.iter().any(|figure| figure.regressed) { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn all() -> impl Iterator<Item = Benchmark> {
    let more: [Benchmark; 2] = [("instructions", instructions::figures), ("rivals", rivals::figures)];
    BENCHMARKS.into_iter().chain(more)
}

fn benchmark(name: &str) -> Option<Benchmark> {
    all().find(|(own, _)| *own == name)
}

fn child(args: &[String]) -> Result<()> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["cold", module, cache] => cold::child(module, cache),
        ["growth", count] => growth::child(count.parse()?),
        ["count", what, count] => instructions::child(what, count.parse()?),
        ["pipe", input, output] => pipe::child(input, output),
        _ => bail!("no such child"),
    }
}
