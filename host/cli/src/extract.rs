//! `odograft extract`: the source into the ledger, and nothing into Odoo.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use odograft_ledger::Ledger;
use odograft_migration::{Attachment, Content, Counted, absent_lists, attachments, inventory, staged_rows};
use odograft_report::table;
use odograft_sources::{Notice, Source};
use serde_json::json;

use crate::config::Config;
use crate::progress::Progress;
use crate::{exit, keys, open, session, show, stopping};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Events on stderr and the counts on stdout as JSON
    #[arg(long)]
    json: bool,
}

/// What became of the files that rows name.
#[derive(Default)]
struct Files {
    read: u64,
    bytes: u64,
    /// The row and column of each, and why; never its path, which can hold a name.
    unread: Vec<[String; 4]>,
}

impl Files {
    fn of(ledger: &Ledger) -> Result<Self> {
        let (mut files, mut after) = (Self::default(), None);
        loop {
            let page = attachments(ledger, after.as_deref())?;
            let Some((last, _)) = page.last() else { return Ok(files) };
            after = Some(last.clone());
            for (_, Attachment { object, row, column, content, .. }) in page {
                match content {
                    Content::Read { bytes, .. } => (files.read, files.bytes) = (files.read + 1, files.bytes + bytes),
                    Content::Unread(reason) => files.unread.push([object, row, column, reason]),
                }
            }
        }
    }

    fn code(&self) -> ExitCode {
        if self.unread.is_empty() { exit::DONE } else { exit::PUT_ASIDE }.into()
    }
}

/// Files that cannot be read and are listed; the ledger has all of them.
const LISTED: usize = 20;

pub(crate) async fn extract(args: &Args) -> Result<ExitCode> {
    let config = Config::read(&args.folder)?;
    let sources = Arc::new(open::sources(&args.folder, &config, &keys::required).await?);
    let mut ledger = session::ledger(&args.folder, "extract")?;
    let mut progress = Progress::new(args.json);
    let pass =
        odograft_migration::read_sources(&mut ledger, &sources, &stopping::stop(), &mut |event| progress.tell(&event))
            .await?;
    drop(progress);
    let (staged, absent) = (staged_rows(&ledger)?, absent_lists(&ledger)?);
    let notices: Vec<_> = sources.iter().flat_map(Source::notices).collect();
    let (counted, files) = (inventory(&ledger, &sources)?, Files::of(&ledger)?);
    if args.json {
        let notice = |n: &Notice| json!({"object": n.object, "file": n.file, "rows": n.rows, "surplus": n.surplus, "missing": n.missing, "skipped": n.skipped});
        let tables: Vec<_> = notices.iter().map(notice).collect();
        println!(
            "{}",
            serde_json::to_string_pretty(
                &json!({"pass": pass, "staged": staged, "objects": counted, "absent": absent, "tables": tables, "files": files_json(&files)})
            )?
        );
        return Ok(files.code());
    }
    let heads = ["object", "rows", "the source says", "gone since", "newest"];
    print!("{}", table("Read from the source", &heads, counted.iter().map(counts).collect()));
    let sites: Vec<_> = counted.iter().filter(|counted| counted.found.sites.len() > 1).flat_map(by_site).collect();
    if !sites.is_empty() {
        print!("{}", table("By site", &["object", "site", "rows"], sites));
    }
    print!("{}", show::absent(&absent));
    let rows: Vec<_> = notices
        .iter()
        .filter(|n| !(n.surplus.is_empty() && n.missing.is_empty() && n.skipped == 0))
        .map(columns)
        .collect();
    if !rows.is_empty() {
        let heads = [
            "object",
            "file",
            "columns beside the record's, carried along",
            "columns that do not come",
            "lines that are no rows",
        ];
        print!("{}", table("Columns worth a look", &heads, rows));
    }
    if files.read > 0 {
        println!("{} files were read, {} bytes", files.read, files.bytes);
    }
    if !files.unread.is_empty() {
        let rows = files.unread.iter().take(LISTED).map(|file| file.to_vec()).collect();
        print!("{}", table("Files that could not be read", &["object", "row", "column", "reason"], rows));
        println!(
            "{} in all; a path must lie below the source's folder, and no link may lead out of it",
            files.unread.len()
        );
    }
    Ok(files.code())
}

fn files_json(files: &Files) -> serde_json::Value {
    let unread = |[object, row, column, reason]: &[String; 4]| json!({"object": object, "row": row, "column": column, "reason": reason});
    json!({"read": files.read, "bytes": files.bytes, "unread": files.unread.iter().map(unread).collect::<Vec<_>>()})
}

fn counts(counted: &Counted) -> Vec<String> {
    let Counted { object, announced, found } = counted;
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let gone = number((found.gone > 0).then_some(found.gone));
    let newest = found.newest.clone().unwrap_or_default();
    vec![(*object).to_owned(), found.rows.to_string(), number(*announced), gone, newest]
}

fn by_site(counted: &Counted) -> impl Iterator<Item = Vec<String>> {
    let row = |(site, rows): (&String, &u64)| vec![counted.object.to_owned(), site.clone(), rows.to_string()];
    counted.found.sites.iter().map(row)
}

fn columns(notice: &Notice) -> Vec<String> {
    vec![
        notice.object.clone(),
        notice.file.clone(),
        notice.surplus.join(", "),
        notice.missing.join(", "),
        notice.skipped.to_string(),
    ]
}
