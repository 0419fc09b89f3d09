//! `odograft module replay`: captured calls, made again and compared byte for byte.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use odograft_workbench::bundle::{Bundle, Replayed};
use odograft_workbench::changes::Part;
use odograft_workbench::subject::Subject;
use serde_json::json;

use super::Loader;
use crate::exit;

/// Rows of a bundle that are told in full.
const SHOWN: usize = 5;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A bundle, or a folder of bundles that `odograft run --capture` wrote
    bundle: PathBuf,
    /// The module to run instead of the captured one
    #[arg(long)]
    module: Option<PathBuf>,
    /// Write each bundle as a fixture case below this folder, with what the module answers now
    #[arg(long, value_name = "DIR")]
    emit_test: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn replay(args: &Args, loader: &Loader) -> Result<ExitCode> {
    let given = args.module.as_ref().map(|file| loader.subject(file)).transpose()?;
    let mut captured: BTreeMap<String, Subject> = BTreeMap::new();
    let mut bundles = Vec::new();
    let (mut same, mut records, mut fuel) = (0_usize, 0_usize, (0_u64, 0_u64));
    for folder in Bundle::folders(&args.bundle)? {
        let bundle = Bundle::read(&folder)?;
        let subject = match &given {
            Some(subject) => subject,
            None => {
                let key = format!("{} {:?}", bundle.made.sha256, bundle.made.limits);
                if !captured.contains_key(&key) {
                    captured.insert(key.clone(), bundle.subject(&loader.engine, loader.granted())?);
                }
                &captured[&key]
            }
        };
        let replayed = bundle.replay(subject)?;
        let equal = replayed.same(&bundle);
        same += usize::from(equal);
        records += bundle.case.input.records.len();
        fuel = (fuel.0 + bundle.fuel(), fuel.1 + replayed.fuel());
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(out) = &args.emit_test {
            let case = out.join(&name);
            bundle.case.input.write(&case)?;
            replayed.got.write(&case)?;
            if !bundle.made.pseudonymised {
                eprintln!(
                    "note: `{}` holds what the bundle holds; `odograft bundle pseudonymise` first makes it fit to keep",
                    case.display()
                );
            }
        }
        if !equal && !args.json {
            print!("{}", text(&name, &bundle, &replayed));
        }
        bundles.push(json!({
            "bundle": name,
            "module": subject.name(),
            "captured": bundle.made.sha256,
            "digest": subject.digest(),
            "same": equal,
            "same_engine": replayed.same_engine,
            "records": bundle.case.input.records.len(),
            "fuel": { "captured": bundle.fuel(), "now": replayed.fuel() },
            "changed": replayed.changed.iter().map(|(at, changes)| {
                json!({ "record": at, "parts": changes.iter().map(|change| &change.part).collect::<Vec<_>>() })
            }).collect::<Vec<_>>(),
        }));
    }
    let all = bundles.len();
    if args.json {
        super::print_json(&json!({ "same": same == all, "bundles": bundles }))?;
    } else if same == all {
        println!("{all} bundles, {records} records: the same bytes, the same fuel ({})", fuel.1);
    } else {
        println!("{all} bundles, {records} records: {} differ; fuel {} -> {}", all - same, fuel.0, fuel.1);
    }
    Ok(if same == all { exit::DONE } else { exit::BAD }.into())
}

/// In what a bundle differs, without a value.
fn text(name: &str, bundle: &Bundle, replayed: &Replayed) -> String {
    let mut out = format!("{name}\n");
    if !replayed.same_engine {
        out += "  captured on another engine: answers and fuel may differ for that alone\n";
    }
    let (before, now) = (bundle.fuel(), replayed.fuel());
    if before != now {
        out += &format!("  fuel {before} -> {now}\n");
    }
    for (at, changes) in replayed.changed.iter().take(SHOWN) {
        let parts: Vec<String> = changes.iter().map(|change| &change.part).map(Part::to_string).collect();
        out += &format!("  record {at}: {}\n", parts.join(", "));
    }
    if replayed.changed.len() > SHOWN {
        out += &format!("  and {} more records\n", replayed.changed.len() - SHOWN);
    }
    out
}
