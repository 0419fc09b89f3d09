//! `odograft module test`: every case of a module's project.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use odograft_workbench::case::Case;
use odograft_workbench::project;
use odograft_workbench::verdict::{self, Verdict};
use serde_json::json;

use super::Loader;
use crate::exit;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module's project, which is built before; or a folder with a module and `fixtures/`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The module to test instead of the one in the folder
    #[arg(long)]
    module: Option<PathBuf>,
    /// Write down what the module does now as what is expected
    #[arg(long)]
    bless: bool,
    /// Percent by which fuel may differ from what is expected; another compiler's code needs a little more or less
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0)]
    fuel_tolerance: f64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn test(args: &Args, loader: &Loader) -> Result<ExitCode> {
    let file = match &args.module {
        Some(file) => file.clone(),
        // What is tested is what the sources say now.
        None if project::is_project(&args.folder) => super::build::build_quietly(&args.folder)?.file,
        None => super::loader::built(&args.folder)?,
    };
    let subject = loader.subject(&file)?;
    let cases = Case::all(&args.folder.join("fixtures"))?;
    let mut verdicts = Vec::with_capacity(cases.len());
    for case in &cases {
        let run = verdict::run(&subject, case, args.fuel_tolerance / 100.0)
            .with_context(|| format!("case `{}`", case.folder.display()))?;
        if args.bless && !run.verdict.passed {
            if run.got.answers.iter().any(|answer| answer.get("failed").is_some()) {
                bail!(
                    "case `{}`: the module fails on a record, and a failure is never what is expected; hint: `odograft module run {} {}` shows it; mend the rule first",
                    case.folder.display(),
                    file.display(),
                    case.folder.join("input.json").display()
                );
            }
            run.got.write(&case.folder)?;
        }
        verdicts.push(run.verdict);
    }
    let failed = verdicts.iter().filter(|verdict| !verdict.passed).count();
    if args.json {
        super::print_json(&json!({
            "module": subject.name(),
            "digest": subject.digest(),
            "passed": failed == 0,
            "blessed": args.bless,
            "cases": verdicts,
        }))?;
    } else {
        print!("{}", text(&verdicts, args, failed));
    }
    Ok(if failed == 0 || args.bless { exit::DONE } else { exit::BAD }.into())
}

fn text(verdicts: &[Verdict], args: &Args, failed: usize) -> String {
    let mut out: String = verdicts.iter().map(Verdict::render).collect();
    let all = verdicts.len();
    let cases = if all == 1 { "1 case".to_owned() } else { format!("{all} cases") };
    out += &match (failed, args.bless) {
        (0, _) => format!("{cases}, all as expected\n"),
        (_, true) => format!("{cases}, {failed} written down as expected from now on\n"),
        (_, false) => format!(
            "{cases}, {failed} not as expected\nhint: where the module is right, `odograft module test {} --bless` writes its answers down\n",
            args.folder.display()
        ),
    };
    out
}
