//! The audit's and the journal's chains: whatever is changed from outside is found.

use std::fs;

use rusqlite::Connection;
use secrecy::ExposeSecret;
use serde_json::json;

use super::{Folder, key, record};
use crate::{Ledger, LedgerError, Notes, RecordState, Session, UndoStep, Write, WriteAction, schema};

/// A ledger with three entries, three written records, one of them updated, and one that was taken back.
fn filled() -> Folder {
    let folder = Folder::new();
    let session = Session { command: "odograft run".into(), operator: "ada".into(), since: Some(1_793_534_400) };
    let mut ledger = Ledger::open_for(&folder.path(), &key(), session).expect("a ledger");
    ledger.audit(10, "extract", json!({ "staged": { "patient": 3 } })).expect("kept");
    ledger.begin_plan(1).expect("a plan");
    let cells = r#"{"name":"Quackenbush"}"#;
    ledger.plan_records(&["1", "2", "3"].map(|id| record(id, cells)), &Notes::default()).expect("planned");
    ledger.finish_plan(1).expect("finished");
    let write = |rowid, action| Write {
        rowid,
        moment: 20,
        action,
        odoo_id: 100 + rowid,
        fields: vec!["name".to_owned()],
        before: None,
        cells: cells.to_owned(),
    };
    let creates: Vec<_> = (1..=3).map(|rowid| write(rowid, WriteAction::Create)).collect();
    ledger.record_writes(&creates).expect("written");
    ledger.audit(30, "load", json!({ "created": 3 })).expect("kept");
    ledger.keep_before_image(2, r#"{"name":"Before"}"#).expect("kept");
    ledger.record_writes(&[write(2, WriteAction::Update)]).expect("written");
    ledger.note_undo(&[(3, UndoStep::Deleted, None)], 40).expect("taken back");
    ledger.audit(50, "undo", json!({ "deleted": 1 })).expect("kept");
    folder
}

/// Changes the file as somebody with the key and another program would.
fn tamper(folder: &Folder, sql: &str) {
    let conn = Connection::open(folder.path()).expect("the file opens");
    conn.pragma_update(None, "key", key().expose_secret()).expect("the key is set");
    conn.execute_batch(sql).expect("the ledger is changed");
}

fn codes(folder: &Folder) -> Vec<&'static str> {
    let ledger = Ledger::open_read_only(&folder.path(), &key()).expect("it opens");
    let mut codes: Vec<_> = ledger.verify().expect("it can be read").faults.iter().map(|fault| fault.code).collect();
    codes.dedup();
    codes
}

#[test]
fn entries_say_who_did_what_when_and_the_ledger_verifies() {
    let folder = filled();
    let ledger = Ledger::open_read_only(&folder.path(), &key()).expect("it opens");
    let verification = ledger.verify().expect("it can be read");
    assert_eq!(verification.faults, []);
    assert_eq!((verification.entries, verification.writes, verification.records), (3, 5, 3));
    let entries = ledger.audit_entries(0, 10).expect("read");
    let told: Vec<_> = entries.iter().map(|e| (e.number, e.moment, e.action.as_str(), e.writes)).collect();
    assert_eq!(told, [(1, 10, "extract", 0), (2, 30, "load", 3), (3, 50, "undo", 5)]);
    assert!(entries.iter().all(|entry| entry.operator == "ada" && entry.command == "odograft run"));
    assert_eq!(ledger.audit_entries(2, 10).expect("read"), entries[2..]);
    assert_eq!(verification.head.entries, 3);
}

#[test]
fn every_change_from_outside_is_found() {
    let cases = [
        ("UPDATE audit SET operator = 'eve' WHERE number = 2", "audit-changed"),
        ("UPDATE audit SET detail = '{\"created\":4}' WHERE number = 2", "audit-changed"),
        ("UPDATE audit SET moment = 31 WHERE number = 3", "audit-changed"),
        ("DELETE FROM audit WHERE number = 2", "audit-removed"),
        ("DELETE FROM audit WHERE number = 1", "audit-removed"),
        ("DELETE FROM audit WHERE number = 3", "audit-cut"),
        ("DELETE FROM audit", "audit-cut"),
        (
            "UPDATE audit SET number = 9 WHERE number = 1; UPDATE audit SET number = 1 WHERE number = 2; \
             UPDATE audit SET number = 2 WHERE number = 9",
            "audit-changed",
        ),
        // Who cuts the end off and adapts the note of it has no key to seal it with.
        (
            "DELETE FROM audit WHERE number = 3; UPDATE chain SET length = 2, \
             link = (SELECT link FROM audit WHERE number = 2) WHERE name = 'audit'",
            "audit-cut",
        ),
        ("DELETE FROM chain WHERE name = 'audit'", "audit-cut"),
        (
            "INSERT INTO audit SELECT 4, 60, 'eve', 'odograft run', 'load', '{}', writes, written, link FROM audit \
             WHERE number = 3",
            "audit-changed",
        ),
        ("UPDATE journal SET odoo_id = 999 WHERE id = 1", "writes-changed"),
        ("UPDATE journal SET fields = '[\"email\"]' WHERE id = 1", "writes-changed"),
        ("UPDATE journal SET moment = 21 WHERE id = 2", "writes-changed"),
        ("UPDATE journal SET record = 2 WHERE id = 1", "writes-changed"),
        ("UPDATE journal SET operator = 'eve' WHERE id = 1", "writes-changed"),
        ("UPDATE journal SET before = '{\"name\":\"Other\"}' WHERE id = 4", "values-changed"),
        ("UPDATE journal SET cells = '{}' WHERE id = 1", "values-changed"),
        ("DELETE FROM journal WHERE id = 2", "writes-changed"),
        ("DELETE FROM journal WHERE id = 5", "writes-cut"),
        ("UPDATE record SET source_id = '9' WHERE number = 1", "writes-changed"),
        ("UPDATE record SET external_id = 'odograft.other' WHERE number = 1", "writes-changed"),
        ("UPDATE record SET odoo_id = 999 WHERE number = 1", "id-map"),
        ("UPDATE record SET odoo_id = NULL WHERE number = 2", "id-map"),
        ("UPDATE record SET odoo_id = 103, state = 'written' WHERE number = 3", "id-map"),
        ("UPDATE record SET odoo_id = 101 WHERE number = 2", "id-map-twice"),
        ("UPDATE record SET cells = '{\"name\":\"Other\"}' WHERE number = 1", "cells-changed"),
        ("INSERT INTO meta VALUES ('shredded', '60')", "shred-unaudited"),
    ];
    let folder = filled();
    let ledger = folder.open();
    let sql = |sql: &str| ledger.conn.execute_batch(sql).expect("it is done");
    for (change, expected) in cases {
        sql("SAVEPOINT as_it_was");
        sql(change);
        let codes: Vec<_> = ledger.verify().expect("it can be read").faults.iter().map(|fault| fault.code).collect();
        assert!(codes.contains(&expected), "{change}: expected `{expected}` among {codes:?}");
        sql("ROLLBACK TO as_it_was; RELEASE as_it_was");
    }
    assert_eq!(ledger.verify().expect("it can be read").faults, [], "as it was");
    drop(ledger);
    // The same from another process's point of view, once.
    let (change, expected) = cases[0];
    tamper(&folder, change);
    assert_eq!(codes(&folder), [expected]);
}

#[test]
fn writes_that_are_cut_off_with_the_note_of_their_end_are_missed_by_the_audit() {
    let folder = filled();
    // The worst case: an insider with the key, who seals the journal's end anew.
    let ledger = folder.open();
    let mut chain = crate::chain::Chain::load(&ledger.conn, crate::chain::JOURNAL).expect("read");
    ledger.conn.execute("DELETE FROM journal WHERE id >= 4", []).expect("cut");
    chain.length = 3;
    chain.link = ledger.conn.query_row("SELECT link FROM journal WHERE id = 3", [], |row| row.get(0)).expect("read");
    chain.store(&ledger.conn).expect("sealed");
    drop(ledger);
    assert!(codes(&folder).contains(&"writes-cut"), "{:?}", codes(&folder));
}

#[test]
fn an_older_copy_does_not_fit_the_head_and_the_head_stays_as_evidence() {
    let folder = filled();
    let copy = fs::read(folder.path()).expect("a copy");
    folder.open().audit(60, "extract", json!({})).expect("kept");
    assert_eq!(codes(&folder), <[&str; 0]>::default());
    fs::write(folder.path(), copy).expect("the copy is put back");
    assert_eq!(codes(&folder), ["head"]);
    folder.open().audit(70, "extract", json!({})).expect("kept");
    assert_eq!(codes(&folder), ["head"], "going on does not cover it up");
    fs::remove_file(crate::audit::head_path(&folder.path())).expect("the operator accepts the copy");
    assert_eq!(codes(&folder), <[&str; 0]>::default());
}

#[test]
fn a_damaged_page_is_found() {
    let folder = filled();
    let mut bytes = fs::read(folder.path()).expect("read");
    let middle = bytes.len() / 2 + 100;
    bytes[middle] ^= 1;
    fs::write(folder.path(), bytes).expect("written");
    match Ledger::open_read_only(&folder.path(), &key()).and_then(|ledger| ledger.verify()) {
        Ok(verification) => assert!(verification.faults.iter().any(|f| f.code == "damaged-page"), "{verification:?}"),
        Err(error) => assert!(matches!(error, LedgerError::Damaged { .. }), "{error:?}"),
    }
}

#[test]
fn a_ledger_of_an_earlier_version_is_brought_up_to_date_with_all_it_holds() {
    let folder = Folder::new();
    let conn = Connection::open(folder.path()).expect("the file is made");
    conn.pragma_update(None, "key", key().expose_secret()).expect("the key is set");
    schema::tests::make(&conn, 3);
    conn.execute_batch(
        "INSERT INTO record (model, object, source_id, external_id, cells, planned_digest, odoo_id, state, adopted, generation) \
         VALUES ('res.partner', 'patient', '1', 'odograft.patient_1', '{}', zeroblob(32), 101, 'written', 0, 1); \
         INSERT INTO journal (record, moment, action, odoo_id, fields, before, cells) \
         VALUES (1, 5, 'create', 101, '[\"name\"]', NULL, '{}'), (1, 6, 'update', 101, '[\"name\"]', '{\"name\":1}', '{}');",
    )
    .expect("a record");
    drop(conn);
    let reader = Ledger::open_read_only(&folder.path(), &key()).expect("it can be read as it is");
    assert!(matches!(reader.verify(), Err(LedgerError::OlderSchema { .. })));
    drop(reader);

    let mut ledger = folder.open();
    assert_eq!(ledger.journal(0, 10).expect("read").len(), 2);
    assert_eq!(ledger.planned(1).expect("read").map(|r| r.state), Some(RecordState::Written));
    ledger.audit(7, "extract", json!({})).expect("kept");
    drop(ledger);
    // Its planned digest is made up.
    assert_eq!(codes(&folder), ["cells-changed"]);
    tamper(&folder, "UPDATE journal SET moment = 4 WHERE id = 1");
    assert!(codes(&folder).contains(&"writes-changed"));
}
