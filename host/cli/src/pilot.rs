//! `odograft pilot`: a sample of the practice into Odoo, read back and laid beside the source.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use odograft_migration::{Compared, Migration, PilotSummary};
use odograft_records::Object;
use odograft_report::diff::{Diff, Verdict};
use odograft_report::table;

use crate::progress::Progress;
use crate::{diff, exit, folder, open, show};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Patients in the sample, who together show what the practice's patients differ in
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=500))]
    patients: u32,
    /// The folder for diff.html, diff.xlsx and diff.json; `pilot` in the client's folder without it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Kinds and lengths in place of values, for people who may not see patients' data
    #[arg(long)]
    redacted: bool,
    /// Events on stderr and the summary on stdout as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn pilot(args: &Args) -> Result<ExitCode> {
    let to = args.out.clone().unwrap_or_else(|| args.folder.join("pilot"));
    folder::check(&to, &FILES)?;
    let mut migration = open::migration(&args.folder, "pilot", None).await?;
    let mut progress = Progress::new(args.json);
    let done = migration.pilot(args.patients as usize, &mut |event| progress.tell(&event)).await?;
    drop(progress);
    let diff = compare(&mut migration).await?;
    let diff = if args.redacted { diff.redacted() } else { diff };
    write(&to, &diff)?;
    if args.json {
        let counts: std::collections::BTreeMap<_, _> =
            diff.counts().into_iter().map(|(verdict, count)| (verdict.word(), count)).collect();
        let all = serde_json::json!({ "pilot": done, "diff": counts, "records": diff.records, "folder": to });
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        print!("{}", text(&done, &diff, &to));
    }
    let wrong = diff.counts().iter().any(|(v, count)| *count > 0 && matches!(v, Verdict::Differs | Verdict::Lost));
    let put_aside = done.summary.quarantined.iter().map(|(.., count)| count).sum::<u64>();
    Ok(if wrong || put_aside > 0 { exit::PUT_ASIDE } else { exit::DONE }.into())
}

const FILES: [&str; 4] = ["diff.html", "diff.xlsx", "diff.json", ".gitignore"];

async fn compare(migration: &mut Migration) -> Result<Diff> {
    let name = migration.name().to_owned();
    let mut drawn = diff::Drawn::default();
    migration.diff(&mut |object: &Object<'_>, compared: Compared| drawn.take(object, &compared)).await?;
    Ok(drawn.diff(name))
}

fn write(to: &Path, diff: &Diff) -> Result<()> {
    // Values are not encrypted here: nobody commits them by mistake.
    let files = [diff.html().into_bytes(), diff.xlsx()?, diff.json().into_bytes(), b"*\n".to_vec()];
    folder::write(to, &std::iter::zip(FILES, files).collect::<Vec<_>>())
}

fn text(done: &PilotSummary, diff: &Diff, to: &Path) -> String {
    let strata = match done.strata {
        Some((all, shown)) => format!("; they show {shown} of {all} strata"),
        None => "; the sample is the one of the pilot before".to_owned(),
    };
    let rows = diff.counts().iter().map(|(v, count)| vec![v.words().to_owned(), count.to_string()]).collect();
    format!(
        "A sample of {} patients with {} records in all{strata}.\nThis run: {} created, {} updated, {} adopted, {} fields added\n\n{}{}`{}` lays {} records of the source beside Odoo; diff.xlsx and diff.json beside it say the same.\n",
        done.patients,
        done.records,
        done.summary.created,
        done.summary.updated,
        done.summary.adopted,
        done.summary.fields_created,
        table("Source beside Odoo", &["verdict", "fields"], rows),
        show::findings(&done.summary.findings),
        to.join(FILES[0]).display(),
        diff.records,
    )
}
