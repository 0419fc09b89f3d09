//! Reading changes: the newest stamps, and rows that are there as they were.

use std::collections::BTreeMap;

use super::{Folder, row};
use crate::{Cursor, LedgerError};

fn stamped(id: &str, stamp: &str) -> crate::StagedRow {
    row(id, &format!(r#"{{"id":"{id}","modified_at":{stamp}}}"#))
}

#[test]
fn the_newest_stamp_of_each_clinic_is_found_and_none_of_the_future() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let pass = ledger.begin_pass().expect("a pass begins");
    let rows = [
        stamped("north/1", r#""2026-03-01T09:00:00.000""#),
        stamped("north/2", r#""2026-03-02T09:00:00.000""#),
        stamped("north/3", r#""2199-01-01T00:00:00.000""#),
        stamped("north/4", "null"),
        stamped("south/1", r#""2025-12-31T23:59:59.997""#),
        stamped("west/1", "null"),
        row("/letters/recall.txt", "{}"),
    ];
    ledger.stage_page(pass, "note", &rows, &Cursor::Done).expect("staged");
    ledger
        .stage_page(pass, "flag", &[stamped("north/9", r#""2026-05-01T00:00:00.000""#)], &Cursor::Done)
        .expect("staged");
    let newest = ledger.newest("note", "modified_at", "2026-11-01T12:00:00.0000000").expect("read");
    let expected = [("north", "2026-03-02T09:00:00.000"), ("south", "2025-12-31T23:59:59.997")];
    assert_eq!(newest, BTreeMap::from(expected.map(|(clinic, stamp)| (clinic.to_owned(), stamp.to_owned()))));
}

#[test]
fn rows_that_are_seen_have_not_vanished_and_others_have() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let first = ledger.begin_pass().expect("a pass begins");
    let rows = [row("n/1", "a"), row("n/2", "b"), row("n/3", "c")];
    ledger.stage_page(first, "note", &rows, &Cursor::Done).expect("staged");
    ledger.finish_pass(first).expect("the pass is finished");

    let second = ledger.begin_pass().expect("another pass begins");
    let seen = ["n/1".to_owned(), "n/9".to_owned()];
    assert_eq!(ledger.see(second, "note", &seen).expect("seen"), 1, "one of them was never staged");
    ledger.stage_page(second, "note", &[row("n/2", "changed")], &Cursor::Done).expect("staged");
    assert_eq!(ledger.vanished("note", second).expect("read"), ["n/3"]);
    let left: Vec<_> = ledger.staged("note", None, 10).expect("read").into_iter().map(|row| row.body).collect();
    assert_eq!(left, ["a", "changed"]);
    ledger.finish_pass(second).expect("the pass is finished");
    assert!(matches!(ledger.see(second, "note", &seen), Err(LedgerError::NoSuchPass { .. })));
}
