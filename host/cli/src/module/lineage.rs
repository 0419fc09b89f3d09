//! `odograft module lineage`: where source fields go, as records show it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use odograft_report::table;
use odograft_workbench::case;
use odograft_workbench::lineage::{self, Dependency, Lineage};
use serde_json::json;

use super::Loader;
use crate::exit;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module
    file: PathBuf,
    /// Records to observe: a file as `module run` takes it, or a folder of cases; `fixtures` beside the module if left out
    #[arg(long)]
    corpus: Option<PathBuf>,
    /// Print JSON, with everything that each source field reaches
    #[arg(long)]
    json: bool,
}

pub(crate) fn lineage(args: &Args, loader: &Loader) -> Result<ExitCode> {
    let subject = loader.subject(&args.file)?;
    let corpus = case::corpus(&super::corpus(args.corpus.as_ref(), &args.file))?;
    let lineage = lineage::observe(&subject, &corpus)?;
    if args.json {
        super::print_json(&json!({
            "module": subject.name(),
            "digest": subject.digest(),
            "agrees": lineage.agrees(),
            "lineage": lineage,
        }))?;
    } else {
        print!("{}", text(&lineage));
    }
    Ok(if lineage.agrees() { exit::DONE } else { exit::BAD }.into())
}

fn text(lineage: &Lineage) -> String {
    let mut out = String::new();
    out +=
        &dependencies("Undeclared: the Odoo field depends on it, its declaration does not say so", &lineage.undeclared);
    out += &dependencies(
        "Without effect: declared, filled in the corpus, and nothing depends on it",
        &lineage.without_effect,
    );
    let rows = lineage.lost.iter().map(|lost| vec![lost.source.clone(), lost.records.to_string()]).collect::<Vec<_>>();
    if !rows.is_empty() {
        out += &table(
            "Lost: reaches nothing, and the manifest does not say it is dropped",
            &["source field", "records"],
            rows,
        );
    }
    out += &dependencies("Dropped, and used all the same", &lineage.dropped_but_used);
    let reached: usize = lineage.fields.iter().filter(|field| !field.reaches.is_empty()).count();
    out += &format!(
        "{} records fill {} source fields; {reached} reach something: {} undeclared, {} without effect, {} lost, {} dropped and used\n",
        lineage.records,
        lineage.fields.len(),
        lineage.undeclared.len(),
        lineage.without_effect.len(),
        lineage.lost.len(),
        lineage.dropped_but_used.len(),
    );
    if !lineage.unproven.is_empty() {
        let mut sources: Vec<_> = lineage.unproven.iter().map(|claim| format!("`{}`", claim.source)).collect();
        sources.sort();
        sources.dedup();
        out += &format!("declared, and filled by no record of the corpus: {}\n", sources.join(", "));
    }
    if !lineage.agrees() {
        out += "hint: declare it, use it, or list it in `dropped` with a reason; a fallback shows no effect until a record needs it\n";
    }
    out
}

fn dependencies(title: &str, list: &[Dependency]) -> String {
    if list.is_empty() {
        return String::new();
    }
    let row = |d: &Dependency| vec![d.field.clone(), d.source.clone(), d.records.to_string()];
    table(title, &["Odoo field", "source field", "records"], list.iter().map(row).collect())
}
