//! Staging: counts, order, cursors, and that nothing is staged twice or by half.

use proptest::prelude::*;

use super::{Folder, row};
use crate::{Cursor, Inventory, Ledger, LedgerError, PageCounts, StagedRow};

#[test]
fn a_page_says_what_is_new_changed_unchanged_and_repeated() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let first = ledger.begin_pass().expect("a pass begins");
    let page = [row("1", "a"), row("2", "b"), row("3", "c"), row("1", "later")];
    let counts = ledger.stage_page(first, "patient", &page, &Cursor::Done).expect("a page is staged");
    assert_eq!(counts, PageCounts { new: 3, changed: 0, unchanged: 0, repeated: 1 });
    assert_eq!(ledger.staged_row("patient", "1").expect("read"), Some(row("1", "later")), "the later content is kept");
    ledger.finish_pass(first).expect("the pass is finished");

    let second = ledger.begin_pass().expect("another pass begins");
    assert_eq!(second, first + 1);
    let page = [row("1", "later"), row("2", "changed"), row("4", "d")];
    let counts = ledger.stage_page(second, "patient", &page, &Cursor::Done).expect("a page is staged");
    assert_eq!(counts, PageCounts { new: 1, changed: 1, unchanged: 1, repeated: 0 });
    assert_eq!(ledger.vanished("patient", second).expect("read"), ["3"]);
    assert_eq!(ledger.staged_objects().expect("read"), [("patient".to_owned(), 4)]);
}

#[test]
fn a_row_that_only_has_another_place_is_unchanged_and_stands_there() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let line = |id: &str, position| StagedRow { parent: Some("7".to_owned()), position, ..row(id, "paid") };
    for rows in [[line("a", 0), line("b", 1)], [line("a", 5), line("b", 4)]] {
        let pass = ledger.begin_pass().expect("a pass begins");
        let counts = ledger.stage_page(pass, "account-line", &rows, &Cursor::Done).expect("a page is staged");
        assert_eq!((counts.new + counts.unchanged, counts.changed), (2, 0));
        ledger.finish_pass(pass).expect("the pass is finished");
    }
    let lines = ledger.staged_children("account-line", "7", "7").expect("read");
    assert_eq!(lines.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ["b", "a"]);
}

#[test]
fn a_pass_with_an_unread_object_cannot_be_finished_nor_a_finished_one_staged_into() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    assert_eq!(ledger.current_pass().expect("read"), None);
    let pass = ledger.begin_pass().expect("a pass begins");
    assert_eq!(ledger.cursor(pass, "site").expect("read"), Cursor::Start);
    ledger.stage_page(pass, "site", &[], &Cursor::At("2".to_owned())).expect("a page is staged");
    match ledger.finish_pass(pass) {
        Err(LedgerError::PassIncomplete { object, .. }) => assert_eq!(object, "site"),
        other => panic!("an incomplete pass gave {other:?}"),
    }
    ledger.stage_page(pass, "site", &[], &Cursor::Done).expect("the last page is staged");
    ledger.finish_pass(pass).expect("the pass is finished");
    assert_eq!(ledger.current_pass().expect("read"), Some((pass, true)));
    let late = ledger.stage_page(pass, "site", &[row("1", "{}")], &Cursor::Done);
    assert!(matches!(late, Err(LedgerError::NoSuchPass { .. })));
    assert_eq!(ledger.staged_count("site").expect("read"), 0);
}

#[test]
fn rows_come_in_bytewise_order_and_children_by_parent_and_position() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let pass = ledger.begin_pass().expect("a pass begins");
    let ids = ["é", "a", "B", "10", "9", ""];
    let rows: Vec<_> = ids.iter().map(|id| row(id, "{}")).collect();
    ledger.stage_page(pass, "patient", &rows, &Cursor::Done).expect("staged");
    let mut sorted = ids;
    sorted.sort_unstable();
    let mut walked = Vec::new();
    loop {
        let page = ledger.staged("patient", walked.last().map(String::as_str), 2).expect("read");
        if page.is_empty() {
            break;
        }
        walked.extend(page.into_iter().map(|row| row.id));
    }
    assert_eq!(walked, sorted);

    let child = |parent: &str, position: u32| StagedRow {
        id: format!("{parent}/{position}"),
        parent: Some(parent.to_owned()),
        position,
        body: "{}".to_owned(),
    };
    let rows = [child("b", 10), child("a", 1), child("b", 9), child("c", 0), child("a", 0)];
    ledger.stage_page(pass, "reading", &rows, &Cursor::Done).expect("staged");
    let children = ledger.staged_children("reading", "a", "b").expect("read");
    let ids: Vec<_> = children.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["a/0", "a/1", "b/9", "b/10"]);
}

#[test]
fn rows_whose_parent_is_not_there_are_orphans_and_what_vanished_is_nobodys_parent() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let child = |id: &str, parent: Option<&str>| StagedRow { parent: parent.map(str::to_owned), ..row(id, "{}") };
    let pass = ledger.begin_pass().expect("a pass begins");
    ledger.stage_page(pass, "invoice", &[row("1", "{}"), row("2", "{}")], &Cursor::Done).expect("staged");
    let items = [child("a", Some("1")), child("b", Some("2")), child("c", Some("9")), child("d", None)];
    ledger.stage_page(pass, "invoice_item", &items, &Cursor::Done).expect("staged");
    let pair = |parent: &str, id: &str| (parent.to_owned(), id.to_owned());
    assert_eq!(ledger.staged_orphans("invoice_item", "invoice").expect("read"), [pair("9", "c")]);
    assert_eq!(ledger.staged_orphans("invoice_item", "site").expect("read").len(), 3, "a list that was never read");
    ledger.finish_pass(pass).expect("the pass is finished");

    let pass = ledger.begin_pass().expect("another pass begins");
    ledger.stage_page(pass, "invoice", &[row("1", "{}")], &Cursor::Done).expect("staged");
    assert_eq!(ledger.staged_orphans("invoice_item", "invoice").expect("read"), [pair("2", "b"), pair("9", "c")]);
    ledger.stage_page(pass, "invoice_item", &items[..1], &Cursor::Done).expect("staged");
    assert_eq!(ledger.staged_orphans("invoice_item", "invoice").expect("read"), []);
}

#[test]
fn what_vanished_from_the_source_is_kept_and_not_read_again() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let child =
        |position: u32| StagedRow { parent: Some("e".to_owned()), position, ..row(&format!("e/{position}"), "{}") };
    let staged = |ledger: &Ledger| -> Vec<String> {
        let rows = ledger.staged("reading", None, 10).expect("read");
        let children = ledger.staged_children("reading", "e", "e").expect("read");
        assert_eq!(rows, children);
        rows.into_iter().map(|row| row.id).collect()
    };
    let first = ledger.begin_pass().expect("a pass begins");
    ledger.stage_page(first, "reading", &[child(0), child(1)], &Cursor::Done).expect("staged");
    ledger.finish_pass(first).expect("the pass is finished");

    let second = ledger.begin_pass().expect("another pass begins");
    ledger.stage_page(second, "reading", &[child(0)], &Cursor::At("2".to_owned())).expect("staged");
    assert_eq!(staged(&ledger), ["e/0", "e/1"], "a reading that is under way says nothing about what vanished");
    ledger.stage_page(second, "reading", &[], &Cursor::Done).expect("staged");
    assert_eq!(staged(&ledger), ["e/0"]);
    assert_eq!(ledger.vanished("reading", second).expect("read"), ["e/1"]);
    ledger.finish_pass(second).expect("the pass is finished");

    let third = ledger.begin_pass().expect("a third pass begins");
    ledger.finish_pass(third).expect("a source that is no longer configured is not read");
    assert_eq!(staged(&ledger), ["e/0"], "and has lost nothing by it");
}

#[test]
fn rows_are_counted_by_site_with_the_newest_stamp_and_those_that_are_gone() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let first = ledger.begin_pass().expect("a pass begins");
    let deep = format!("{{\"at\":\"9999-01-01\",\"site\":{}1{}}}", "[".repeat(3_000), "]".repeat(3_000));
    let rows = [
        row("1", r#"{"site":"n","at":"2026-03-14T23:30:00-05:00"}"#),
        row("2", r#"{"site":"n","at":"2026-03-15T03:00:00Z"}"#),
        row("3", r#"{"site":7,"at":"yesterday"}"#),
        row("4", r#"{"at":null}"#),
        row("5", &deep),
        row("6", r#"{"site":"s","at":"2027-01-01T00:00:00Z"}"#),
    ];
    ledger.stage_page(first, "patient", &rows, &Cursor::Done).expect("staged");
    ledger.finish_pass(first).expect("finished");
    let second = ledger.begin_pass().expect("a pass begins");
    ledger.stage_page(second, "patient", &rows[..5], &Cursor::Done).expect("staged");
    let inventory = ledger.inventory("patient", Some("site"), Some("at")).expect("counted");
    let sites = [("7".to_owned(), 1), ("n".to_owned(), 2)];
    let newest = Some("2026-03-14T23:30:00-05:00".to_owned());
    assert_eq!(inventory, Inventory { rows: 5, gone: 1, newest, sites: sites.into() });
    let counted = Inventory { rows: 5, gone: 1, ..Inventory::default() };
    assert_eq!(ledger.inventory("patient", None, None).expect("counted"), counted);
    assert_eq!(ledger.inventory("patient", Some("a\"b"), None).expect("counted"), counted);
    assert_eq!(ledger.inventory("recall", Some("site"), None).expect("counted"), Inventory::default());
}

#[test]
fn a_transaction_that_is_torn_leaves_nothing() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let pass = ledger.begin_pass().expect("a pass begins");
    ledger.stage_page(pass, "patient", &[row("1", "{}")], &Cursor::At("2".to_owned())).expect("staged");
    let before = ledger.digest().expect("a digest");
    let tx = ledger.transaction("stage half a page").expect("a transaction begins");
    tx.execute("UPDATE staged SET body = 'torn'", []).expect("the row changes inside");
    tx.execute("UPDATE cursor SET mark = '3'", []).expect("the cursor changes inside");
    drop(tx);
    assert_eq!(ledger.digest().expect("a digest"), before);
    assert_eq!(ledger.cursor(pass, "patient").expect("read"), Cursor::At("2".to_owned()));
}

#[test]
fn the_digest_does_not_see_page_sizes_but_sees_every_row() {
    let rows: Vec<_> = (0..40).map(|n| row(&n.to_string(), &format!("{{\"n\":{n}}}"))).collect();
    let whole = staged_in_pages_of(&rows, 40);
    assert_eq!(staged_in_pages_of(&rows, 7), whole);
    assert_eq!(staged_in_pages_of(&rows, 1), whole);
    assert_ne!(staged_in_pages_of(&rows[1..], 40), whole);
    let mut other = rows;
    other[3].position = 1;
    assert_ne!(staged_in_pages_of(&other, 40), whole);
}

fn staged_in_pages_of(rows: &[StagedRow], size: usize) -> String {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let pass = ledger.begin_pass().expect("a pass begins");
    for (number, page) in rows.chunks(size).enumerate() {
        ledger.stage_page(pass, "patient", page, &Cursor::At(number.to_string())).expect("a page is staged");
    }
    ledger.digest().expect("a digest")
}

/// Not a benchmark: a ledger that stages row by row takes minutes for this.
#[test]
fn a_hundred_thousand_rows_stage_in_seconds() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let pass = ledger.begin_pass().expect("a pass begins");
    let body = "x".repeat(500);
    let rows: Vec<_> = (0..100_000).map(|n| row(&n.to_string(), &body)).collect();
    let begun = std::time::Instant::now();
    for page in rows.chunks(1_000) {
        ledger.stage_page(pass, "patient", page, &Cursor::At("on".to_owned())).expect("a page is staged");
    }
    let taken = begun.elapsed();
    assert_eq!(ledger.staged_count("patient").expect("read"), 100_000);
    assert!(taken.as_secs() < 60, "staging took {taken:?}");
    eprintln!("100,000 rows of 500 bytes in pages of 1,000: {taken:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn staging_pages_twice_is_staging_them_once(
        pages in prop::collection::vec(prop::collection::vec((0_u8..12, "[a-z]{0,6}"), 0..8), 0..6),
    ) {
        let folder = Folder::new();
        let mut ledger = folder.open();
        let pass = ledger.begin_pass().expect("a pass begins");
        let pages: Vec<Vec<_>> = pages
            .iter()
            .map(|page| page.iter().map(|(id, body)| row(&id.to_string(), body)).collect())
            .collect();
        for page in &pages {
            stage(&mut ledger, pass, page);
            let once = ledger.digest().expect("a digest");
            let counts = stage(&mut ledger, pass, page);
            prop_assert_eq!(counts.repeated, page.len() as u64);
            prop_assert_eq!(ledger.digest().expect("a digest"), once);
        }
        // What is there is, for each id, its last content.
        let mut last = std::collections::BTreeMap::new();
        for staged in pages.iter().flatten() {
            last.insert(staged.id.clone(), staged.clone());
        }
        let expected: Vec<_> = last.into_values().collect();
        prop_assert_eq!(ledger.staged("patient", None, 1_000).expect("read"), expected);
        prop_assert!(ledger.vanished("patient", pass).expect("read").is_empty());
    }
}

fn stage(ledger: &mut Ledger, pass: u64, page: &[StagedRow]) -> PageCounts {
    ledger.stage_page(pass, "patient", page, &Cursor::At("on".to_owned())).expect("a page is staged")
}
