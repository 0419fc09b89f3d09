//! `odograft bundle`: captured calls, made fit to be handed on.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use odograft_workbench::bundle::{Bundle, MODULES};
use odograft_workbench::pseudonym::Key;
use odograft_workbench::pseudonymise::Pseudonymiser;
use odograft_workbench::subject::Subject;

use crate::{exit, open};

/// The share by which fuel may differ and still be of one class.
const FUEL_CLASS: f64 = 0.05;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Replace names, identifiers, contacts, days and free text by others of the same shape, the same ones everywhere.
    ///
    /// What stays: clinical numbers, intervals, the words of fixed lists, teeth, gender, the time of day. The result is
    /// pseudonymised, not anonymous: who has the key can go back.
    #[command(after_help = exit::MODULE_HELP)]
    Pseudonymise(Args),
}

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A bundle, or a folder of bundles that `odograft run --capture` wrote
    from: PathBuf,
    /// The folder to write them to
    to: PathBuf,
    /// A file with the secret that the replacements depend on, 16 bytes or more; keep it away from the result
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// A field whose words steer the module's rules and name nobody, as `patient.ethnicity`; may be repeated
    #[arg(long, value_name = "FIELD")]
    keep: Vec<String>,
}

pub(crate) fn bundle(command: &Command) -> Result<ExitCode> {
    let Command::Pseudonymise(args) = command;
    let secret = fs::read(&args.key).with_context(|| format!("`{}` cannot be read", args.key.display()))?;
    let Some(key) = Key::from_secret(&secret) else {
        bail!(
            "`{}` has {} bytes, and a key has {} or more\nhint: `head -c 32 /dev/urandom > FILE` makes one",
            args.key.display(),
            secret.len(),
            Key::LEAST
        );
    };
    if fs::read_dir(&args.to).is_ok_and(|mut files| files.next().is_some()) {
        bail!("`{}` is not empty\nhint: name a folder of its own", args.to.display());
    }
    let engine = open::engine()?;
    let mut subjects: BTreeMap<String, Subject> = BTreeMap::new();
    let mut bundles = Vec::new();
    for folder in Bundle::folders(&args.from)? {
        let bundle = Bundle::read(&folder)?;
        let subject = format!("{} {:?}", bundle.made.sha256, bundle.made.limits);
        if !subjects.contains_key(&subject) {
            subjects.insert(subject.clone(), bundle.subject(&engine, None)?);
        }
        bundles.push((folder, bundle, subject));
    }
    let inputs = bundles.iter().map(|(_, bundle, subject)| (&bundle.case.input, &subjects[subject]));
    let pseudonymiser = Pseudonymiser::new(&key, inputs, &args.keep);
    let single = bundles.len() == 1 && bundles[0].0 == args.from;
    let root = if single { args.from.parent().unwrap_or(&args.from) } else { &args.from };
    let (mut strangers, mut worst, mut count) = (0, 0.0_f64, 0);
    for (folder, bundle, subject) in &bundles {
        let out = args.to.join(folder.strip_prefix(root).unwrap_or(folder));
        let kinship = pseudonymiser.bundle(bundle, &subjects[subject], &out)?;
        count += bundle.case.input.records.len();
        if !kinship.strangers.is_empty() {
            println!(
                "{}: {} records end otherwise than before, the first is {}",
                out.display(),
                kinship.strangers.len(),
                kinship.strangers[0]
            );
        }
        strangers += kinship.strangers.len();
        if kinship.fuel_change.abs() > worst.abs() {
            worst = kinship.fuel_change;
        }
        let module = format!("{}.wasm", bundle.made.sha256);
        let beside = out.parent().unwrap_or(&out).join(MODULES);
        fs::create_dir_all(&beside)?;
        let from = folder.parent().unwrap_or(folder).join(MODULES).join(&module);
        fs::copy(&from, beside.join(&module)).with_context(|| format!("`{}` cannot be copied", from.display()))?;
    }
    println!(
        "{} bundles, {count} records under other names; fuel of a bundle changes by {:+.1} % at most",
        bundles.len(),
        worst * 100.0
    );
    if strangers == 0 && worst.abs() <= FUEL_CLASS {
        println!("every record ends as before: the same findings, the same fields");
        return Ok(exit::DONE.into());
    }
    println!("hint: `--keep FIELD` leaves a field alone whose words steer the rule");
    Ok(exit::BAD.into())
}
