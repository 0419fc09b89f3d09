//! `odograft reconcile`: what the ledger says is in Odoo, against what is there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use odograft_migration::{Gap, GapKind, ModelChecked, Reconciliation};
use odograft_report::table;

use crate::progress::Progress;
use crate::{exit, open};

/// Gaps of a kind that are told one by one; `--json` has all of them.
const NAMED: usize = 20;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Compare files by the checksum that Odoo keeps of them, and do not read their bytes
    #[arg(long)]
    quick: bool,
    /// Events on stderr and the findings on stdout as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn reconcile(args: &Args) -> Result<ExitCode> {
    let mut migration = open::migration(&args.folder, "reconcile", None).await?;
    let mut progress = Progress::new(args.json);
    let found = migration.reconcile(!args.quick, &mut |event| progress.tell(&event)).await?;
    drop(progress);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&found)?);
    } else {
        print!("{}", text(&found));
    }
    Ok(if found.gaps.is_empty() { exit::DONE } else { exit::FAILED }.into())
}

fn text(found: &Reconciliation) -> String {
    let row = |of: &ModelChecked| {
        let numbers =
            [of.planned, of.same, of.changed, of.missing, of.not_loaded, of.put_aside, of.withdrawn, of.files];
        [of.object.clone(), of.model.clone()].into_iter().chain(numbers.map(|number| number.to_string())).collect()
    };
    let heads = [
        "object",
        "model",
        "planned",
        "as written",
        "changed in Odoo",
        "gone",
        "to load",
        "put aside",
        "not in the source",
        "files",
    ];
    let mut out = table("The ledger beside Odoo", &heads, found.models.iter().map(row).collect());
    if !found.owners.is_empty() {
        let named: u64 = found.owners.iter().map(|owner| owner.references).sum();
        out.push_str(&format!("{} people have no user in Odoo; {named} fields name them.\n", found.owners.len()));
    }
    if found.merged > 0 {
        out.push_str(&format!("{} records were merged into others by decision.\n", found.merged));
    }
    let mut kinds: BTreeMap<GapKind, Vec<&Gap>> = BTreeMap::new();
    for gap in &found.gaps {
        kinds.entry(gap.kind).or_default().push(gap);
    }
    for (kind, gaps) in kinds {
        let records: u64 = gaps.iter().map(|gap| gap.records).sum();
        let rows = gaps.iter().take(NAMED).map(|gap| {
            let id = gap.odoo_id.map(|id| id.to_string()).unwrap_or_default();
            vec![gap.model.clone(), id, format!("{} {}", gap.object, gap.source_id), gap.records.to_string()]
        });
        out.push('\n');
        out.push_str(&table(
            &format!("{records} records: {}", kind.words()),
            &["model", "id", "from", "records"],
            rows.collect(),
        ));
        if gaps.len() > NAMED {
            out.push_str(&format!("and {} more; `--json` names them all\n", gaps.len() - NAMED));
        }
    }
    if found.gaps.is_empty() {
        out.push_str("\nNo gap: everything that was loaded is in Odoo.\n");
    }
    out
}
