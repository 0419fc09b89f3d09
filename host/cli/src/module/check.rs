//! `odograft module check`: a module's file before anyone relies on it.

use std::iter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use odograft_engine::{Package, Wasi, contract_of, digest};
use odograft_workbench::check::{self, Checked};
use odograft_workbench::lint::Weight;
use serde_json::json;

use super::Loader;
use crate::exit;
use crate::open::Component;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module
    file: PathBuf,
    /// Records that tell the tables of a source that declares them; `fixtures` beside the module if left out
    #[arg(long)]
    corpus: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn check(args: &Args, loader: &Loader) -> Result<ExitCode> {
    let file = Component::read(&args.file)?;
    let (digest, size) = (digest(&file.bytes), file.bytes.len());
    let whole = loader.whole(&args.file, file)?;
    let declares = contract_of(&whole.bytes) == Some(Package::Tabular);
    let corpus = super::tables(args.corpus.as_ref(), &args.file, declares)?;
    let checked = check::check(&loader.engine, &whole.name, &whole.bytes, loader.limits(), &corpus);
    if args.json {
        super::print_json(&json!({
            "file": args.file,
            "bytes": size,
            "digest": digest,
            "sound": checked.sound(),
            "checked": checked,
        }))?;
    } else {
        print!("{}", text(&checked, &args.file, size, &digest, &loader.limits().wasi));
    }
    Ok(if checked.sound() { exit::DONE } else { exit::BAD }.into())
}

fn text(checked: &Checked, file: &Path, bytes: usize, digest: &str, wasi: &Wasi) -> String {
    let wants = match wasi {
        Wasi::Refused => "imports nothing",
        Wasi::Inert | Wasi::Shown(_) => "what it imports of WASI gives it nothing",
    };
    let mut out = format!("{}: {} kB, sha256 {digest}\n", file.display(), bytes.div_ceil(1000));
    if let Some((name, version)) = &checked.module {
        let (fields, targets) = checked.declares;
        let source = checked.source.unwrap_or_default();
        // An overlay's manifest names all that lies below it, and their versions in the same order.
        let named = iter::zip(name.split(" over "), version.split(" over "));
        let named: Vec<_> = named.map(|(name, version)| format!("{name} {version}")).collect();
        let named = named.join(" over ");
        out += &format!("{named} maps {source}: {fields} fields of {targets} targets; {wants}\n");
    }
    for import in &checked.imports {
        out += &match import.granted_by {
            Some(line) if line.starts_with("wasi") => {
                format!("imports {}; the module's `[[module]]` table would grant it with `{line}`\n", import.name)
            }
            Some(line) => format!(
                "imports {}: it is an overlay; it goes into the `[[module]]` table of its base, `{line}`\n",
                import.name
            ),
            None => format!("imports {}; nothing grants it\n", import.name),
        };
    }
    for problem in &checked.problems {
        let word = match problem.weight {
            Weight::Error => "error",
            Weight::Warning => "warning",
        };
        out += &format!("{word} [{}] {}: {}\n", problem.code, problem.place, problem.message);
    }
    let errors = checked.problems.iter().filter(|problem| problem.weight == Weight::Error).count();
    let warnings = checked.problems.len() - errors;
    out += &format!("{errors} errors, {warnings} warnings\n");
    out
}
