//! `odograft audit`: what is staged, put together as a run would: what of it cannot be read, what is missing, who may be
//! there twice, and what no mapping names.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use odograft_ledger::Ledger;
use odograft_migration::{Audited, Known, ProposedColumn, absent_lists, duplicate_counts, duplicates};
use odograft_report::table;

use crate::config::Config;
use crate::progress::Progress;
use crate::{exit, open, session, show};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Write the fields that are proposed for the practice's own columns as `[[extra]]` tables, to look through and put
    /// into `odograft.toml`. A dropdown's choices are values of patients': treat the file as theirs
    #[arg(long, value_name = "FILE")]
    propose: Option<PathBuf>,
    /// Events on stderr and the counts on stdout as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn audit(args: &Args) -> Result<ExitCode> {
    let config = Config::read(&args.folder)?;
    if !args.folder.join(open::LEDGER).exists() {
        bail!("nothing has been read from the source yet\nhint: `odograft extract` reads it into the ledger");
    }
    let ledger = session::read_only(&args.folder)?;
    let files: Vec<_> = open::stacks(&args.folder, &config)?.into_iter().map(|stack| stack.module).collect();
    let modules = if files.is_empty() { None } else { Some(open::load(&files)?) };
    let extras = config.extras();
    let known = Known { extras: &extras, modules: modules.as_ref() };
    let mut progress = Progress::new(args.json);
    let found = odograft_migration::audit(&ledger, &config.source.packages(), known, &mut |event| {
        progress.tell(&event);
    })?;
    drop(progress);
    if let Some(file) = &args.propose {
        propose(file, &found)?;
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&found)?);
        return Ok(code(&found));
    }
    let rows = found.iter().map(counts).collect();
    print!("{}", table("In the source", &["object", "records", "rows", "no record", "belong to nothing"], rows));
    print!("{}", show::absent(&absent_lists(&ledger)?));
    let unreadable = |audited: &Audited| {
        let line = |(what, count): (&String, &u64)| {
            let (field, reason) = what.split_once(": ").unwrap_or((what, ""));
            vec![field.to_owned(), reason.to_owned(), count.to_string()]
        };
        audited.unreadable.iter().map(line).collect::<Vec<_>>()
    };
    let rows: Vec<_> = found.iter().flat_map(unreadable).collect();
    if !rows.is_empty() {
        print!("{}", table("Values that cannot be read", &["field", "why", "records"], rows));
        println!("A run carries them along as extra columns, with a finding each.\n");
    }
    let rows: Vec<_> = found.iter().flat_map(lacking).collect();
    if !rows.is_empty() {
        print!(
            "{}",
            table("Fields that some records lack, of those that most have", &["field", "filled", "missing"], rows)
        );
    }
    print!("{}", people(&ledger)?);
    let rows: Vec<_> = found.iter().flat_map(|audited| &audited.proposed).map(column).collect();
    if !rows.is_empty() {
        let heads = ["column", "records", "proposed field", "type", "confidence", "reason"];
        print!("{}", table("Columns that no mapping names", &heads, rows));
        match &args.propose {
            None => println!(
                "Nothing is made of them before they stand as `[[extra]]` in odograft.toml; `odograft audit --propose FILE` writes the tables."
            ),
            Some(file) => println!(
                "`{}` has them as `[[extra]]` tables: put those that are right into odograft.toml.",
                file.display()
            ),
        }
    }
    Ok(code(&found))
}

/// The fields that at least half of an object's records have, and not all.
fn lacking(audited: &Audited) -> Vec<Vec<String>> {
    let some =
        audited.filled.iter().filter(|(_, filled)| **filled * 2 >= audited.records && **filled < audited.records);
    some.map(|(field, filled)| {
        let missing = audited.records - filled;
        vec![format!("{}.{field}", audited.object), filled.to_string(), missing.to_string()]
    })
    .collect()
}

/// How many people may be there twice; the plan tells it, by the contacts that it would make.
fn people(ledger: &Ledger) -> Result<String> {
    if ledger.planned_pass()?.is_none() {
        return Ok("Who may be there twice is known once `odograft plan` has run.\n\n".to_owned());
    }
    let counts = duplicate_counts(&duplicates(ledger)?);
    Ok(format!(
        "{} pairs of people may be one; a merge is proposed for {} (`odograft duplicates`).\n\n",
        counts.candidates, counts.proposed
    ))
}

fn column(proposed: &ProposedColumn) -> Vec<String> {
    let ProposedColumn { extra, filled, confidence, reason } = proposed;
    vec![
        format!("{}.{}", extra.object, extra.column),
        filled.to_string(),
        extra.field.clone(),
        extra.kind.clone(),
        confidence.word().to_owned(),
        reason.clone(),
    ]
}

/// Writes the proposals as tables of the configuration, into a new file that nobody else may read.
fn propose(file: &Path, found: &[Audited]) -> Result<()> {
    let mut text = String::from(
        "# Proposed by `odograft audit`: look through them, and put those that are right into odograft.toml.\n",
    );
    for ProposedColumn { extra, confidence, reason, .. } in found.iter().flat_map(|audited| &audited.proposed) {
        let word = |text: &str| basic(&serde_json::Value::from(text));
        let _ = write!(
            text,
            "\n# {} confidence: {reason}\n[[extra]]\nobject = {}\ncolumn = {}\nfield = {}\nkind = {}\n",
            confidence.word(),
            word(&extra.object),
            word(&extra.column),
            word(&extra.field),
            word(&extra.kind)
        );
        if !extra.choices.is_empty() {
            let _ = writeln!(text, "choices = {}", basic(&serde_json::Value::from(extra.choices.clone())));
        }
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("`{}` cannot be written\nhint: name a file that is not there yet", file.display()))
}

fn counts(audited: &Audited) -> Vec<String> {
    let numbers = [audited.records, audited.rows, audited.refused, audited.orphans];
    std::iter::once(audited.object.clone()).chain(numbers.map(|number| number.to_string())).collect()
}

fn code(found: &[Audited]) -> ExitCode {
    let clean = found.iter().all(|audited| audited.refused + audited.orphans == 0);
    if clean { exit::DONE } else { exit::PUT_ASIDE }.into()
}

/// A text, or a list of texts, in TOML: its basic strings are JSON's, but for one character.
fn basic(value: &serde_json::Value) -> String {
    value.to_string().replace('\u{7f}', "\\u007f")
}
