//! `odograft pilot`: a sample of the practice into Odoo, read back and laid beside the source.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use odograft_migration::{Compared, Migration, PilotSummary};
use odograft_records::Object;
use odograft_report::diff::{Diff, Verdict};
use odograft_report::table;

use crate::progress::Progress;
use crate::{diff, exit, open, show};

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
    check_place(&to)?;
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

/// A folder that holds something else stays as it is.
fn check_place(to: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(to) else { return Ok(()) };
    for entry in entries {
        let name = entry?.file_name();
        if !FILES.iter().any(|file| name == **file) {
            bail!(
                "`{}` holds something else than an earlier pilot: `{}`\nhint: `--out` names an empty folder",
                to.display(),
                name.to_string_lossy()
            );
        }
    }
    Ok(())
}

const FILES: [&str; 4] = ["diff.html", "diff.xlsx", "diff.json", ".gitignore"];

async fn compare(migration: &mut Migration) -> Result<Diff> {
    let name = migration.name().to_owned();
    let mut drawn = diff::Drawn::default();
    migration.diff(&mut |object: &Object<'_>, compared: Compared| drawn.take(object, &compared)).await?;
    Ok(drawn.diff(name))
}

fn write(to: &Path, diff: &Diff) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("`{}` cannot be made", to.display()))?;
    private(to)?;
    let files: [(&str, Vec<u8>); 4] = [
        (FILES[0], diff.html().into_bytes()),
        (FILES[1], diff.xlsx()?),
        (FILES[2], diff.json().into_bytes()),
        // Values are not encrypted here: nobody commits them by mistake.
        (FILES[3], b"*\n".to_vec()),
    ];
    for (name, bytes) in files {
        let (file, beside) = (to.join(name), to.join(format!(".{name}.new")));
        fs::write(&beside, bytes)
            .and_then(|()| fs::rename(&beside, &file))
            .with_context(|| format!("`{}` cannot be written", file.display()))?;
    }
    Ok(())
}

/// Only the folder's owner may look into it.
#[cfg(unix)]
fn private(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?)
}

#[cfg(not(unix))]
fn private(_: &Path) -> Result<()> {
    Ok(())
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
