//! `odograft ledger`: what the ledger proves, and what it must not keep.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use odograft_ledger::{AuditEntry, Ledger, Verification, WriteRow};
use odograft_migration::{ShredOptions, ShredReport, clock, shred};
use odograft_report::table;

use crate::config::Config;
use crate::show::time;
use crate::{exit, keys, open, session};

/// Entries read at once.
const PAGE: usize = 1_000;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Look whether anything in the ledger was changed, removed, moved or cut off
    #[command(after_help = exit::VERIFY_HELP)]
    Verify(VerifyArgs),
    /// Who did what, when
    Audit(AuditArgs),
    /// Every write to Odoo as CSV: when, who, which record, which fields; no values
    Writes(WritesArgs),
    /// Note that the client has taken the migration over: the days that values are kept count from now
    HandOver(HandOverArgs),
    /// Encrypt the ledger with a new key: the one in `ODOGRAFT_LEDGER_NEW_KEY`, else one that is made
    Rekey(RekeyArgs),
    /// Remove patients' values for good, and keep the id map and the audit: a dry run, unless `--yes` is given
    Shred(ShredArgs),
}

#[derive(clap::Args)]
pub(crate) struct VerifyArgs {
    /// The client's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct AuditArgs {
    /// The client's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// One entry a line, as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct WritesArgs {
    /// The client's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct HandOverArgs {
    /// The client's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct RekeyArgs {
    /// The client's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct ShredArgs {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Do it. Without this nothing is changed, and what would go is told
    #[arg(long)]
    yes: bool,
    /// Do it although the migration could still be taken back, and cannot be afterwards
    #[arg(long, requires = "yes")]
    give_up_undo: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn ledger(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Verify(args) => verify(args),
        Command::Audit(args) => audit(args),
        Command::Writes(args) => writes(args),
        Command::HandOver(args) => hand_over(args),
        Command::Rekey(args) => rekey(args),
        Command::Shred(args) => shred_values(args),
    }
}

fn verify(args: &VerifyArgs) -> Result<ExitCode> {
    let verification = session::read_only(&args.folder)?.verify()?;
    let good = verification.faults.is_empty();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&verification)?);
    } else {
        print!("{}", verified(&verification));
    }
    Ok(if good { exit::DONE } else { exit::BAD }.into())
}

fn verified(verification: &Verification) -> String {
    let Verification { entries, writes, records, head, faults } = verification;
    if faults.is_empty() {
        return format!(
            "The ledger is whole: {entries} entries of the audit, {writes} writes, {records} records.\n\
             The audit ends with {} {}; keep this line elsewhere to tell later that nothing before it was changed.\n",
            head.entries, head.link
        );
    }
    let rows = faults.iter().map(|fault| vec![fault.code.to_owned(), fault.message.clone()]);
    let hint = "hint: keep the file as evidence, and go on from a copy that verifies\n";
    table("The ledger is not what odograft has written", &["fault", "in words"], rows.collect()) + hint
}

fn audit(args: &AuditArgs) -> Result<ExitCode> {
    let ledger = session::read_only(&args.folder)?;
    let (mut after, mut rows) = (0, Vec::new());
    loop {
        let page = ledger.audit_entries(after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.number;
        for entry in page {
            if args.json {
                println!("{}", serde_json::to_string(&entry)?);
            } else {
                rows.push(row(&entry));
            }
        }
    }
    if !args.json {
        print!("{}", table("Audit", &["entry", "when", "who", "command", "what", "detail"], rows));
    }
    Ok(exit::DONE.into())
}

fn row(entry: &AuditEntry) -> Vec<String> {
    let AuditEntry { number, moment, operator, command, action, detail, .. } = entry;
    vec![number.to_string(), time(*moment), operator.clone(), command.clone(), action.clone(), detail.to_string()]
}

fn writes(args: &WritesArgs) -> Result<ExitCode> {
    let ledger = session::read_only(&args.folder)?;
    let mut out = csv::Writer::from_writer(std::io::stdout().lock());
    let columns =
        ["number", "moment", "operator", "action", "model", "odoo_id", "object", "source_id", "external_id", "fields"];
    out.write_record(columns)?;
    let mut after = 0;
    loop {
        let page = ledger.journal(after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for WriteRow { id, model, object, source_id, external_id, operator, write } in page {
            let (number, moment, odoo_id) = (id.to_string(), time(write.moment), write.odoo_id.to_string());
            let (operator, fields) = (operator.unwrap_or_default(), write.fields.join(" "));
            let action = write.action.as_str();
            let row =
                [&number, &moment, &operator, action, &model, &odoo_id, &object, &source_id, &external_id, &fields];
            out.write_record(row)?;
        }
    }
    out.flush()?;
    Ok(exit::DONE.into())
}

fn hand_over(args: &HandOverArgs) -> Result<ExitCode> {
    existing(&args.folder)?;
    let moment = session::ledger(&args.folder, "ledger hand-over")?.hand_over(clock::now())?;
    println!("The client has had the migration since {}.", time(moment));
    Ok(exit::DONE.into())
}

fn rekey(args: &RekeyArgs) -> Result<ExitCode> {
    existing(&args.folder)?;
    let mut ledger = session::ledger(&args.folder, "ledger rekey")?;
    keys::renew(&args.folder, |key| Ok(ledger.rekey(clock::now(), key)?))?;
    let place =
        if keys::in_folder()? { "in `ledger.key`" } else { "and belongs into `ODOGRAFT_LEDGER_KEY` from now on" };
    println!(
        "The ledger has a new key, which is {place}. Without it nobody can read the ledger: keep a copy elsewhere.\n\
         The former key opens nothing but copies of the ledger that were made before."
    );
    Ok(exit::DONE.into())
}

fn shred_values(args: &ShredArgs) -> Result<ExitCode> {
    let days = Config::read(&args.folder)?.retention.days;
    existing(&args.folder)?;
    let mut ledger = session::ledger(&args.folder, "ledger shred")?;
    let report = shred(&mut ledger, ShredOptions { days, write: args.yes, give_up_undo: args.give_up_undo })?;
    let rekeyed = args.yes && throw_key_away(&mut ledger, &args.folder)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&Shredded { report, rekeyed })?);
    } else {
        print!("{}", shredded(&report, rekeyed));
    }
    Ok(exit::DONE.into())
}

/// What `odograft ledger shred --json` answers.
#[derive(serde::Serialize)]
struct Shredded {
    #[serde(flatten)]
    report: ShredReport,
    /// Whether the ledger has a new key in `ledger.key`.
    rekeyed: bool,
}

/// Gives a shredded ledger a new key where that is in its folder: copies that were made before, and what the disk keeps of
/// its own accord, are out of reach with the former one.
fn throw_key_away(ledger: &mut Ledger, folder: &Path) -> Result<bool> {
    if !keys::in_folder()? || ledger.rekeyed()?.is_some() {
        return Ok(false);
    }
    keys::renew(folder, |key| Ok(ledger.rekey(clock::now(), key)?))?;
    Ok(true)
}

/// A ledger is not made by asking for one to be shredded.
fn existing(folder: &Path) -> Result<()> {
    let path = folder.join(open::LEDGER);
    if path.exists() {
        return Ok(());
    }
    let missing = odograft_ledger::LedgerError::Missing { path };
    Err(missing).context("nothing was changed")
}

fn shredded(report: &ShredReport, rekeyed: bool) -> String {
    if report.before && !rekeyed {
        return "The values were shredded before; there is nothing left to do.\n".to_owned();
    }
    let held = report.held;
    let rows = [
        ("rows of the source", held.staged),
        ("records with cells", held.records),
        ("writes with cells or before-images", held.writes),
        ("before-images of updates that were never confirmed", held.images),
        ("documents for people", held.handovers),
        ("records that can no longer be taken back", held.undoable),
    ];
    let rows = rows.into_iter().map(|(what, count)| vec![what.to_owned(), count.to_string()]).collect();
    let title = if report.written { "Shredded" } else { "What would be shredded" };
    let mut out = table(title, &["what", "how many"], rows);
    if rekeyed {
        out.push_str(
            "The id map and the audit are still there, under a new key in `ledger.key`: keep a copy of that. Copies of the \
             ledger that were made before hold the values still, and open with the former key only: destroy every copy of it.\n",
        );
        return out;
    }
    if report.written {
        out.push_str(
            "The id map and the audit are still there. Copies of the ledger that were made before hold the values still: \
             delete them.\nhint: `odograft ledger rekey` gives the ledger a new key; then destroy the former one\n",
        );
        return out;
    }
    out.push_str(&match (report.kept_until, report.refused) {
        (_, false) => "Nothing was changed.\nhint: `odograft ledger shred --yes` does it\n".to_owned(),
        (Some(until), true) => format!(
            "Nothing was changed. The values are kept until {}.\nhint: `--yes --give-up-undo` does it before\n",
            time(until)
        ),
        (None, true) => "Nothing was changed. The client has not taken the migration over yet.\n\
                         hint: `odograft ledger hand-over` notes that; `--yes --give-up-undo` does it before\n"
            .to_owned(),
    });
    out
}
