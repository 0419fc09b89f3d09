//! `odograft duplicates`: people who may be one, for a person to decide; and what was decided, taken back.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use calamine::{Data, Reader as _, Xlsx};
use odograft_ledger::{Decision, DuplicateVerdict};
use odograft_migration::{Candidate, Person, decide, duplicate_counts, duplicates as find, spreadsheet_cell};
use odograft_report::duplicates::{COLUMNS, Pair, Review, Side};

use crate::config::Config;
use crate::{exit, folder, open, session};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The folder for duplicates.html, duplicates.xlsx and duplicates.csv; `duplicates` in the client's folder without it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// A review in which somebody has decided: CSV or XLSX with `decision`, `object`, `kept` and `other`
    #[arg(long, value_name = "FILE")]
    take: Option<PathBuf>,
    /// The counts on stdout as JSON
    #[arg(long)]
    json: bool,
}

const FILES: [&str; 4] = ["duplicates.html", "duplicates.xlsx", "duplicates.csv", ".gitignore"];

pub(crate) fn duplicates(args: &Args) -> Result<ExitCode> {
    let name = Config::read(&args.folder)?.migration.name;
    if !args.folder.join(open::LEDGER).exists() {
        bail!("nothing has been planned yet\nhint: `odograft plan` reads the source and plans");
    }
    let taken = match &args.take {
        None => None,
        Some(file) => {
            let wanted = read(file)?;
            let mut ledger = session::ledger(&args.folder, "duplicates")?;
            check(&find(&ledger)?, &ledger.decisions()?, &wanted)?;
            Some(decide(&mut ledger, &wanted, &session::operator())?)
        }
    };
    let ledger = session::read_only(&args.folder)?;
    let candidates = find(&ledger)?;
    let counts = duplicate_counts(&candidates);
    let to = args.out.clone().unwrap_or_else(|| args.folder.join("duplicates"));
    let review = Review { name, pairs: candidates.iter().map(pair).collect() };
    let files = [review.html().into_bytes(), review.xlsx()?, csv(&review)?, b"*\n".to_vec()];
    folder::write(&to, &std::iter::zip(FILES, files).collect::<Vec<_>>())?;
    if args.json {
        let all = serde_json::json!({ "counts": counts, "taken": taken, "folder": to });
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        if let Some(taken) = taken {
            println!("{taken} decisions are new or others than before; the next plan goes by them.");
        }
        println!(
            "{} pairs of people may be one: a merge is proposed for {}; {} are decided to be one, {} to be two, {} are open.",
            counts.candidates, counts.proposed, counts.merge, counts.keep_both, counts.undecided
        );
        println!(
            "`{}` lays them side by side; decide there, in the workbook or in the CSV beside it, and take the file back with `odograft duplicates --take FILE`.",
            to.join(FILES[0]).display()
        );
    }
    Ok(exit::DONE.into())
}

/// A decision: object, the one that stays, the other, verdict.
type Wanted = (String, String, String, DuplicateVerdict);

/// Refuses decisions of people who were never proposed: a slip in a file must not make one patient of two.
fn check(candidates: &[Candidate], decided: &[Decision], wanted: &[Wanted]) -> Result<()> {
    for (object, kept, other, _) in wanted {
        let is_pair = |c: &&Candidate| {
            c.object == *object
                && (c.kept.id == *kept && c.other.id == *other || c.kept.id == *other && c.other.id == *kept)
        };
        // Of two who were merged, one is no longer planned; the decision may be taken back all the same.
        let was_one = |d: &Decision| {
            d.object == *object && (d.kept == *kept && d.other == *other || d.kept == *other && d.other == *kept)
        };
        if !candidates.iter().any(|candidate| is_pair(&candidate)) && !decided.iter().any(was_one) {
            bail!(
                "`{object}` {kept} and {other} are no pair of the review\nhint: leave the columns `object`, `kept` and `other` as `odograft duplicates` writes them"
            );
        }
    }
    Ok(())
}

/// The rows of a review that somebody has decided.
fn read(file: &Path) -> Result<Vec<Wanted>> {
    let bytes = fs::read(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let rows = if bytes.starts_with(b"PK") { of_workbook(bytes) } else { of_csv(&bytes) };
    let mut rows = rows.with_context(|| format!("`{}`", file.display()))?.into_iter();
    let heads = rows.next().unwrap_or_default();
    let place = |name: &str| {
        let found = heads.iter().position(|head| head.trim() == name);
        found.with_context(|| {
            format!(
                "`{}` has no column `{name}`\nhint: take the file that `odograft duplicates` writes",
                file.display()
            )
        })
    };
    let [decision, object, kept, other] = [COLUMNS[0], COLUMNS[1], COLUMNS[2], COLUMNS[3]].map(place);
    let (decision, object, kept, other) = (decision?, object?, kept?, other?);
    let mut wanted = Vec::new();
    for (at, row) in rows.enumerate() {
        // What a spreadsheet would have taken for a formula begins with a mark of ours.
        let cell = |place: usize| {
            row.get(place).map(|cell| cell.trim().trim_start_matches('\'').to_owned()).unwrap_or_default()
        };
        let word = cell(decision).to_lowercase();
        if word.is_empty() {
            continue;
        }
        let verdict = DuplicateVerdict::parse(&word).with_context(|| {
            format!("line {}: `{word}` is no decision\nhint: `merge`, `keep-both` or `skip`, or nothing", at + 2)
        })?;
        wanted.push((cell(object), cell(kept), cell(other), verdict));
    }
    Ok(wanted)
}

fn of_csv(bytes: &[u8]) -> Result<Vec<Vec<String>>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    // A spreadsheet of another country writes semicolons.
    let delimiter = if first.contains(&b';') && !first.contains(&b',') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| anyhow::anyhow!("this is no CSV in UTF-8"))?;
        rows.push(record.iter().map(str::to_owned).collect());
    }
    Ok(rows)
}

fn of_workbook(bytes: Vec<u8>) -> Result<Vec<Vec<String>>> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| anyhow::anyhow!("this is no workbook"))?;
    let sheet = workbook.worksheet_range_at(0).context("the workbook has no sheet")?;
    let sheet = sheet.map_err(|_| anyhow::anyhow!("its first sheet cannot be read"))?;
    let text = |cell: &Data| match cell {
        Data::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        other => other.to_string(),
    };
    Ok(sheet.rows().map(|row| row.iter().map(text).collect()).collect())
}

fn pair(candidate: &Candidate) -> Pair {
    let word = |verdict: Option<DuplicateVerdict>| verdict.map(DuplicateVerdict::as_str).unwrap_or_default().to_owned();
    Pair {
        object: candidate.object.clone(),
        kept: side(&candidate.kept),
        other: side(&candidate.other),
        score: candidate.score,
        why: candidate.reasons.join(", "),
        proposal: word(candidate.proposal),
        decision: word(candidate.decided),
    }
}

fn side(person: &Person) -> Side {
    let Person { id, name, birth, email, phone, address, .. } = person;
    Side {
        id: id.clone(),
        name: name.clone(),
        born: birth.clone().unwrap_or_default(),
        email: email.clone(),
        phone: phone.clone(),
        address: address.clone(),
    }
}

fn csv(review: &Review) -> Result<Vec<u8>> {
    // A spreadsheet takes a file without the mark for one in the machine's own encoding.
    let mut out = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    out.write_record(COLUMNS)?;
    for pair in &review.pairs {
        let mut marked = 0;
        let cells = pair.cells();
        out.write_record(cells.iter().map(|cell| spreadsheet_cell(cell, &mut marked).into_owned()))?;
    }
    out.into_inner().context("the CSV cannot be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<Wanted>> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("decisions.csv");
        fs::write(&file, text).expect("written");
        read(&file)
    }

    #[test]
    fn decisions_are_read_in_whatever_order_the_columns_stand() {
        let text = "\u{feff}kept;other;decision;object\n17;18; Merge ;patient\n19;20;;patient\n";
        let expected = ("patient".to_owned(), "17".to_owned(), "18".to_owned(), DuplicateVerdict::Merge);
        assert_eq!(rows(text).expect("reads"), [expected]);
    }

    #[test]
    fn slips_are_told_with_their_line() {
        let error = rows("decision,object,kept,other\nmrege,patient,1,2\n").expect_err("a slip");
        assert!(error.to_string().contains("line 2: `mrege`"), "{error}");
        assert!(rows("object,kept,other\n").expect_err("no column").to_string().contains("`decision`"));
    }
}
