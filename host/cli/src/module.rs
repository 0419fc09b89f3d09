//! `odograft module run`: one module on records from a file, as a run would call it.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use odograft_engine::{Answer, Contract, Dentally, Limits, Module, Perio, outcome_json};
use odograft_migration::{Package, contract_of};
use odograft_records::bindings::transform::manifest::{Context, Setting};
use odograft_records::perio::Conventions;
use odograft_records::{Decoded, Texts, dentally, perio};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::{exit, open};

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Run a module on the records of a file and print what it makes of each
    Run(Args),
}

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module, such as `target/guests/dentally.wasm`
    module: PathBuf,
    /// A JSON list of records: `{"object": "patient", "row": {…}}` as the source sends it; for exams
    /// `{"manifest": {…}, "exam": {…}, "readings": [{…}], "latest": true}`
    input: PathBuf,
    /// A setting, `name=value`; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// The moment that counts as now
    #[arg(long, default_value = "2026-11-01T00:00:00Z")]
    as_of: jiff::Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DentallyRecord<'a> {
    object: String,
    #[serde(borrow)]
    row: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PerioRecord<'a> {
    #[serde(borrow)]
    manifest: &'a RawValue,
    #[serde(borrow)]
    exam: &'a RawValue,
    #[serde(borrow)]
    readings: Vec<&'a RawValue>,
    #[serde(default = "yes")]
    latest: bool,
}

fn yes() -> bool {
    true
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let file = open::module_file(&args.module, Vec::new(), Limits::default())?;
    let input =
        fs::read_to_string(&args.input).with_context(|| format!("`{}` cannot be read", args.input.display()))?;
    let settings = args.settings.iter().map(|s| setting(s)).collect::<Result<Vec<_>>>()?;
    let context = Context { as_of_seconds: args.as_of.as_second(), settings };
    let mut texts = Texts::new();
    let failed = match contract_of(&file.bytes) {
        Some(Package::Dentally) => {
            let records: Vec<DentallyRecord<'_>> = parse(&input)?;
            let decode = |(position, r): (usize, &DentallyRecord<'_>)| {
                dentally::decode(&r.object, &position.to_string(), r.row.get(), &mut texts)
            };
            let decoded = records.iter().enumerate().map(decode).collect::<Result<Vec<_>, _>>()?;
            call::<Dentally>(&file, &context, &texts, decoded)?
        }
        Some(Package::Perio) => {
            let records: Vec<PerioRecord<'_>> = parse(&input)?;
            let decode = |(position, r): (usize, &PerioRecord<'_>)| {
                let conventions = Conventions::decode(r.manifest.get())?;
                let readings = r.readings.iter().map(|reading| reading.get());
                perio::assemble(&position.to_string(), r.exam.get(), readings, conventions, r.latest, &mut texts)
            };
            let decoded = records.iter().enumerate().map(decode).collect::<Result<Vec<_>, _>>()?;
            call::<Perio>(&file, &context, &texts, decoded)?
        }
        None => bail!(
            "`{}` exports none of the mapping interfaces\nhint: is it a component? `cargo xtask guests` makes them",
            args.module.display()
        ),
    };
    Ok(if failed { exit::PUT_ASIDE } else { exit::DONE }.into())
}

fn parse<'a, R: Deserialize<'a>>(input: &'a str) -> Result<Vec<R>> {
    // The reader's own text may quote a value; its place is enough.
    serde_json::from_str(input).map_err(|error| {
        anyhow!(
            "the input is not a list of records, as line {} column {} shows\nhint: `odograft module run --help` shows the form",
            error.line(),
            error.column()
        )
    })
}

fn setting(text: &str) -> Result<Setting> {
    match text.split_once('=') {
        Some((name, value)) => Ok(Setting { name: name.to_owned(), value: value.to_owned() }),
        None => bail!("`{text}` is not of the form `name=value`"),
    }
}

/// Prints answers and fuel; returns whether a record was rejected or failed.
fn call<C: Contract>(
    file: &odograft_migration::ModuleFile,
    context: &Context,
    texts: &Texts,
    decoded: Vec<Decoded<C::Record>>,
) -> Result<bool> {
    let module: Module<C> = Module::load(&open::engine()?, &file.name, &file.bytes, file.limits.clone())?;
    let manifest = module.describe(&context.settings)?.manifest;
    let problems: Vec<Value> = decoded
        .iter()
        .enumerate()
        .flat_map(|(record, d)| {
            d.problems.iter().map(move |p| json!({ "record": record, "field": p.field, "message": p.message }))
        })
        .collect();
    let records: Vec<C::Record> = decoded.into_iter().map(|d| d.record).collect();
    let report = module.transform(context, &manifest, texts, &records);
    let answers: Vec<_> = report.answers.iter().map(|answer| outcome_json(&manifest, texts, answer)).collect();
    let all = json!({
        "module": module.name(),
        "digest": module.digest(),
        "fuel": report.fuel,
        "unreadable": problems,
        "answers": answers,
    });
    println!("{}", serde_json::to_string_pretty(&all)?);
    Ok(report.answers.iter().any(|answer| !matches!(answer, Answer::Outcome(_))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_the_input_is_placed_and_never_quoted() {
        for input in [r#"["Quackenbush"]"#, r#"[{"object": "patient", "row": {}, "Quackenbush": 1}]"#, "Quackenbush"] {
            let error = parse::<DentallyRecord<'_>>(input).err().expect("no list of records");
            assert!(format!("{error:#}").contains("line 1 column"), "{error:#}");
            assert!(!format!("{error:?}").contains("Quackenbush"), "{error:?}");
        }
    }
}
