//! `odograft delta`: what the source has changed since, once or for a window of hours.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use odograft_migration::{DeltaSummary, Gone, GoneEnd};
use odograft_report::table;

use crate::config::Config;
use crate::progress::Progress;
use crate::{exit, open, show, stopping};

/// Records that are told one by one; `--json` has all of them.
const NAMED: usize = 20;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Go on for so many hours, with a delta every `--every` minutes
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u64).range(1..=168))]
    watch: Option<u64>,
    /// Minutes from one delta to the next
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=1440))]
    every: u64,
    /// Events on stderr and each delta on stdout as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn delta(args: &Args) -> Result<ExitCode> {
    let policy = Config::read(&args.folder)?.deleted();
    let mut migration = open::migration(&args.folder, "delta", None).await?;
    let until = args.watch.map(|hours| Instant::now() + Duration::from_secs(hours * 3_600));
    loop {
        let mut progress = Progress::new(args.json);
        let done = migration.delta(policy, &mut |event| progress.tell(&event)).await?;
        drop(progress);
        if args.json {
            println!("{}", serde_json::to_string_pretty(&done)?);
        } else {
            print!("{}", text(&done));
        }
        let next = Instant::now() + Duration::from_secs(args.every * 60);
        match until {
            Some(until) if next < until => stopping::sleep(next.saturating_duration_since(Instant::now())).await?,
            _ => {
                let aside = done.summary.quarantined.iter().map(|(.., count)| count).sum::<u64>();
                let open =
                    aside > 0 || done.both_sides > 0 || done.gone.iter().any(|gone| gone.end != GoneEnd::Archived);
                return Ok(if open { exit::PUT_ASIDE } else { exit::DONE }.into());
            }
        }
    }
}

fn text(done: &DeltaSummary) -> String {
    let DeltaSummary { summary, gone, both_sides } = done;
    let mut out = format!(
        "Since the last reading: {} created, {} updated, {} adopted\n",
        summary.created, summary.updated, summary.adopted
    );
    if *both_sides > 0 {
        out.push_str(&format!(
            "{both_sides} fields were changed in the source and in Odoo: Odoo's values stay. `odograft status --json` names them (changed-in-odoo).\n"
        ));
    }
    if !gone.is_empty() {
        let row = |gone: &Gone| {
            let from = format!("{} {}", gone.object, gone.source_id);
            vec![gone.model.clone(), gone.odoo_id.to_string(), from, end(gone.end).to_owned()]
        };
        out.push('\n');
        let rows = gone.iter().take(NAMED).map(row).collect();
        out.push_str(&table("Gone from the source", &["model", "id", "from", "in Odoo"], rows));
        if gone.len() > NAMED {
            out.push_str(&format!("and {} more; `--json` names them all\n", gone.len() - NAMED));
        }
        if gone.iter().any(|gone| gone.end == GoneEnd::Stays) {
            out.push_str("hint: `[delta] deleted = \"archive\"` archives them\n");
        }
    }
    out.push_str(&show::findings(&summary.findings));
    out
}

fn end(end: GoneEnd) -> &'static str {
    match end {
        GoneEnd::Stays => "stays",
        GoneEnd::Archived => "archived",
        GoneEnd::ChangedInOdoo => "stays: changed in Odoo",
        GoneEnd::CannotBeArchived => "stays: cannot be archived",
        GoneEnd::GoneToo => "gone too",
    }
}
