//! Reading what has changed, by the tables' stamps.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::date;
use odograft_standins::mssql::{Cell, Kind, MssqlStandin, Table};

use super::{column, note_map, notes, options, refused, server};
use crate::panda::{Panda, PandaError, PandaOptions};
use crate::{Changes, Page};

/// Notes that were changed one a day from 1 March 2026, day 46,080 since 1900, at a third of a second past noon.
fn stamped(count: i64) -> Table {
    let mut table = notes(count);
    table.columns.push(column("LastModifiedDate", Kind::DateTime));
    for (at, row) in table.rows.iter_mut().enumerate() {
        row.push(Cell::DateTime { days: 46_080 + at as i32, ticks: 12_960_100 });
    }
    table
}

fn trusting(server: &MssqlStandin, databases: &[(&str, &str)]) -> PandaOptions {
    let overlap = Some(Duration::from_secs(24 * 3_600));
    PandaOptions { overlap, ..options(server, databases, note_map("note_table")) }
}

fn newest(stamps: &[(&str, &str)]) -> BTreeMap<String, String> {
    stamps.iter().map(|(clinic, stamp)| ((*clinic).to_owned(), (*stamp).to_owned())).collect()
}

/// All pages from a cursor on: the keys of changed rows, and of the others.
async fn walk(panda: &Panda, cursor: String) -> (Vec<String>, Vec<String>) {
    let (mut changed, mut seen, mut cursor) = (Vec::new(), Vec::new(), Some(cursor));
    while let Some(at) = cursor {
        let page = panda.extract("note", Some(&at)).await.expect("a page");
        changed.extend(page.rows.into_iter().map(|row| row.id));
        seen.extend(page.seen);
        cursor = page.next;
    }
    (changed, seen)
}

#[tokio::test]
async fn changed_rows_come_whole_and_all_others_by_their_keys() {
    let (mut north, south) = (stamped(10), stamped(1_200));
    // Nobody knows when this one was changed.
    north.rows[1][3] = Cell::Null;
    let server = server(vec![("north", vec![north]), ("south", vec![south])], None);
    server.set_clock(date(2026, 3, 20).at(8, 0, 0, 0));
    let panda = Panda::open(trusting(&server, &[("north", "N"), ("south", "S")])).await.expect("good");
    let changes = panda.changes("note").await.expect("asked").expect("rows have stamps");
    assert_eq!(changes, Changes { stamp: "modified_at", now: "2026-03-20T08:00:00.0000000".to_owned() });

    let stamps = newest(&[("N", "2026-03-09T12:00:00.333"), ("S", "2026-03-04T00:00:00.000")]);
    let (changed, seen) = walk(&panda, panda.since("note", &stamps).expect("a cursor")).await;
    let of = |ids: &[String], clinic: &str| ids.iter().filter(|id| id.starts_with(clinic)).count();
    let north: Vec<_> = changed.iter().filter(|id| id.starts_with('N')).collect();
    assert_eq!(north, ["N/2", "N/8", "N/9", "N/10"], "to the day before the newest, and the one without a stamp");
    assert_eq!((of(&seen, "N"), of(&changed, "S"), of(&seen, "S")), (6, 1_198, 2), "{seen:?}");

    // A clinic that is new is read whole.
    let (changed, seen) =
        walk(&panda, panda.since("note", &newest(&[("N", "2026-03-10T12:00:00.333")])).expect("a cursor")).await;
    assert_eq!((of(&changed, "S"), of(&seen, "S"), of(&seen, "N")), (1_200, 0, 7));
}

#[tokio::test]
async fn a_reading_that_is_broken_off_keeps_the_moment_that_it_began_with() {
    let server = server(vec![("north", vec![stamped(2_500)])], None);
    let panda = Panda::open(trusting(&server, &[("north", "N")])).await.expect("good");
    let cursor = panda.since("note", &newest(&[("N", "2026-03-03T12:00:00.333")])).expect("a cursor");
    let Page { rows, seen, next, .. } = panda.extract("note", Some(&cursor)).await.expect("a page");
    assert_eq!((rows.len(), seen.len()), (999, 1));
    // Another process goes on, and no row between the first page's newest stamp and its own is left out.
    let again = Panda::open(trusting(&server, &[("north", "N")])).await.expect("good");
    let (changed, seen) = walk(&again, next.expect("another page")).await;
    assert_eq!((changed.len(), seen.len()), (1_500, 0));
}

#[tokio::test]
async fn another_configuration_begins_anew() {
    let server = server(vec![("north", vec![stamped(1_500)])], None);
    let panda = Panda::open(trusting(&server, &[("north", "N")])).await.expect("good");
    let cursor = panda.since("note", &newest(&[("N", "2026-03-03T12:00:00.333")])).expect("a cursor");
    let next = panda.extract("note", Some(&cursor)).await.expect("a page").next.expect("another page");
    let mut other = trusting(&server, &[("north", "N")]);
    let map = other.tables.get_mut("note").and_then(Option::as_mut).expect("notes");
    map.columns = BTreeMap::from([("subjective".to_owned(), "Body".to_owned())]);
    let other = Panda::open(other).await.expect("good");
    assert_ne!(panda.form("note"), other.form("note"));
    let page = other.extract("note", Some(&next)).await.expect("a page");
    assert_eq!((page.rows[0].id.as_str(), page.rows.len(), page.seen.len()), ("N/1", 1_000, 0));
}

#[tokio::test]
async fn what_a_row_holds_has_the_rows_stamp_where_that_is_trusted() {
    let mut table = stamped(1);
    table.columns.push(column("Scan", Kind::VarBinaryMax));
    table.rows[0].push(Cell::Bytes(vec![1, 2, 3]));
    let server = server(vec![("north", vec![table])], None);
    for (overlap, stamp) in [(Some(Duration::from_secs(7_200)), Some("2026-03-01T12:00:00.333")), (None, None)] {
        let panda = Panda::open(PandaOptions { overlap, ..trusting(&server, &[("north", "N")]) }).await.expect("good");
        let file = panda.open_file("blob:note/Scan/N/1").await.expect("there");
        assert_eq!((file.length, file.stamp.as_deref()), (Some(3), stamp));
    }
}

#[tokio::test]
async fn stamps_are_trusted_where_that_is_configured_and_where_they_are_moments() {
    let mut text = notes(3);
    text.columns.push(column("LastModifiedDate", Kind::NVarChar(30)));
    text.rows.iter_mut().for_each(|row| row.push(Cell::Text("yesterday".to_owned())));
    let server = server(vec![("north", vec![stamped(3)]), ("south", vec![text]), ("west", vec![notes(3)])], None);
    let untrusting = PandaOptions { overlap: None, ..trusting(&server, &[("north", "N")]) };
    let panda = Panda::open(untrusting).await.expect("good");
    assert_eq!(panda.changes("note").await.expect("asked"), None);
    assert!(panda.form("note").is_some(), "what a later reading may trust begins here");
    for other in ["south", "west"] {
        let panda = Panda::open(trusting(&server, &[("north", "N"), (other, "O")])).await.expect("good");
        assert_eq!((panda.changes("note").await.expect("asked"), panda.form("note")), (None, None), "{other}");
    }
    let short = PandaOptions { overlap: Some(Duration::from_secs(60)), ..trusting(&server, &[("north", "N")]) };
    assert!(matches!(refused(short).await, PandaError::Option { option: "overlap_minutes", .. }));
}
