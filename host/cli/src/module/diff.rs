//! `odograft module diff`: two versions of a module over a corpus.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use odograft_report::table;
use odograft_workbench::case;
use odograft_workbench::compare::{self, Accepted, Comparison};
use odograft_workbench::verdict::fuel_change;
use serde_json::json;

use super::Loader;
use crate::exit;

/// Records that are named for each part that differs.
const NAMED: usize = 5;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The version that is trusted
    old: PathBuf,
    /// The version that is new
    new: PathBuf,
    /// Records to compare over: a file as `module run` takes it, or a folder of cases; `fixtures` beside the new version if
    /// left out
    #[arg(long)]
    corpus: Option<PathBuf>,
    /// Show the values, which may be a patient's
    #[arg(long)]
    show_values: bool,
    /// Write the difference down as wanted: the same difference is none from then on
    #[arg(long)]
    accept: bool,
    /// Where wanted differences are written down; `NEW.accepted.json` beside the new version if left out
    #[arg(long, value_name = "FILE")]
    accepted: Option<PathBuf>,
    /// Print JSON, with every record that differs
    #[arg(long)]
    json: bool,
}

pub(crate) fn diff(args: &Args, loader: &Loader) -> Result<ExitCode> {
    let (old, new) = (loader.subject(&args.old)?, loader.subject(&args.new)?);
    let corpus = case::corpus(&super::corpus(args.corpus.as_ref(), &args.new))?;
    let mut comparison = compare::compare(&old, &new, &corpus)?;
    let file = args.accepted.clone().unwrap_or_else(|| args.new.with_extension("accepted.json"));
    if args.accept {
        let mut text = serde_json::to_string_pretty(&comparison.accepted(&old, &new))?;
        text.push('\n');
        fs::write(&file, text).with_context(|| format!("`{}` cannot be written", file.display()))?;
    }
    let accepted = read(&file)?.is_some_and(|accepted| comparison.is(&accepted, &old));
    if !args.show_values {
        comparison.without_values();
    }
    if args.json {
        super::print_json(&json!({
            "old": old.digest(),
            "new": new.digest(),
            "same": comparison.same(),
            "accepted": accepted,
            "difference": comparison,
        }))?;
    } else {
        print!("{}", text(&comparison, accepted, &file, args));
    }
    Ok(if comparison.same() || accepted { exit::DONE } else { exit::BAD }.into())
}

fn read(file: &Path) -> Result<Option<Accepted>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(serde_json::from_str(&text).with_context(|| {
            format!("`{}` is no accepted difference; hint: delete it, and accept again", file.display())
        })?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("`{}` cannot be read", file.display())),
    }
}

fn text(comparison: &Comparison, accepted: bool, file: &Path, args: &Args) -> String {
    let mut out = String::new();
    if !comparison.declared.is_empty() {
        out += "Declared differently\n";
        out += &comparison.declared.iter().map(|line| format!("  {line}\n")).collect::<String>();
        out.push('\n');
    }
    let rows = comparison.parts.iter().map(|count| {
        let has = |record: &&compare::ChangedRecord| record.differing.changes.iter().any(|c| c.part == count.part);
        let of_part: Vec<_> = comparison.changed.iter().filter(has).collect();
        let mut which: Vec<String> = of_part.iter().take(NAMED).map(|record| name(record)).collect();
        if of_part.len() > NAMED {
            which.push(format!("and {} more", of_part.len() - NAMED));
        }
        vec![count.part.to_string(), count.records.to_string(), which.join(", ")]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        out += &table("Done differently", &["what", "records", "which"], rows);
    }
    if args.show_values {
        out += &values(comparison);
    }
    out += &format!(
        "{} of {} records differ; fuel {}\n",
        comparison.changed.len(),
        comparison.records,
        fuel_change(comparison.fuel_old, comparison.fuel_new)
    );
    out += &match (comparison.same(), accepted) {
        (true, _) => String::new(),
        (false, true) => format!("accepted: `{}` holds this very difference\n", file.display()),
        (false, false) => {
            "hint: `--show-values` shows both sides; `--accept` writes the difference down as wanted\n".to_owned()
        }
    };
    out
}

fn name(record: &compare::ChangedRecord) -> String {
    record
        .differing
        .key
        .clone()
        .unwrap_or_else(|| format!("record {} of input {}", record.differing.record, record.input))
}

fn values(comparison: &Comparison) -> String {
    let mut out = String::new();
    for record in &comparison.changed {
        out += &format!("{}\n", name(record));
        for change in &record.differing.changes {
            let side =
                |side: &Option<serde_json::Value>| side.as_ref().map_or("nothing".to_owned(), ToString::to_string);
            out += &format!("  {}\n    old {}\n    new {}\n", change.part, side(&change.old), side(&change.new));
        }
    }
    out.push('\n');
    out
}
