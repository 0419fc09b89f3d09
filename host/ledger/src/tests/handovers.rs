//! Documents for people: which replace which, how they are read, and what an older ledger has of them.

use rusqlite::Connection;
use secrecy::ExposeSecret as _;

use super::{Folder, documents, key, record};
use crate::{Handover, HandoverKind, Ledger, Notes, schema};

fn letter(kind: &str, source_id: &str, document: &str) -> Handover {
    Handover {
        module: "dentally".to_owned(),
        kind: kind.to_owned(),
        rebuild_in: "Email Marketing".to_owned(),
        object: "patient".to_owned(),
        source_id: source_id.to_owned(),
        document: document.to_owned(),
    }
}

fn plan(ledger: &mut Ledger, pass: u64, handovers: Vec<Handover>) {
    ledger.begin_plan(pass).expect("a plan begins");
    assert!(ledger.planning().expect("read"));
    ledger.plan_records(&[record("1", "{}")], &Notes { handovers, ..Notes::default() }).expect("planned");
    ledger.finish_plan(pass).expect("finished");
    assert!(!ledger.planning().expect("read"));
}

#[test]
fn a_record_that_is_transformed_again_replaces_its_documents_and_one_that_is_gone_withdraws_them() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    assert!(!ledger.planning().expect("read"), "none was begun");
    let first = [letter("Recall", "1", "{}"), letter("Letter", "1", "{}"), letter("Recall", "2", "{}")];
    plan(&mut ledger, 1, first.to_vec());
    assert_eq!(documents(&ledger), [&first[1], &first[0], &first[2]].map(Clone::clone));

    let changed = letter("Recall", "1", r#"{"months":6}"#);
    plan(&mut ledger, 2, vec![changed.clone()]);
    assert_eq!(documents(&ledger), [changed], "the former document, the other kind's and the other row's are gone");
    assert_eq!(ledger.verify().expect("read").faults, []);
}

#[test]
fn two_documents_of_one_record_and_kind_are_both_kept_and_the_place_is_the_newest() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let both = [letter("Recall", "1", "1"), letter("Recall", "1", "2")];
    plan(&mut ledger, 1, both.to_vec());
    assert_eq!(documents(&ledger).len(), 2);
    let moved = both.map(|one| Handover { rebuild_in: "Website".to_owned(), ..one });
    plan(&mut ledger, 2, moved.to_vec());
    let kinds = ledger.handover_kinds().expect("read");
    let expected = HandoverKind {
        module: "dentally".to_owned(),
        kind: "Recall".to_owned(),
        rebuild_in: "Website".to_owned(),
        documents: 2,
    };
    assert_eq!(kinds, [expected]);
}

#[test]
fn pages_leave_none_out_and_repeat_none() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let all: Vec<_> = (0..25).map(|n| letter("Recall", &(n / 2).to_string(), &n.to_string())).collect();
    plan(&mut ledger, 1, all);
    let kinds = ledger.handover_kinds().expect("read");
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let page = ledger.handovers(&kinds[0], after.as_ref(), 4).expect("a page");
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        read.extend(page);
    }
    assert_eq!(read, documents(&ledger));
    assert_eq!(read.len(), 25);
}

#[test]
fn a_document_that_was_changed_behind_the_ledger_is_found() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    plan(&mut ledger, 1, vec![letter("Recall", "1", "{}")]);
    ledger.conn.execute("UPDATE handover SET document = '[]'", []).expect("changed");
    let faults = ledger.verify().expect("read").faults;
    assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["document-changed"]);
}

#[test]
fn an_older_ledger_has_its_documents_and_no_place_for_them() {
    let folder = Folder::new();
    let conn = Connection::open(folder.path()).expect("the file is made");
    conn.pragma_update(None, "key", key().expose_secret()).expect("the key is set");
    schema::tests::make(&conn, 4);
    conn.execute_batch(
        "INSERT INTO handover (digest, module, kind, object, source_id, document, generation) \
         VALUES (zeroblob(32), 'dentally', 'Recall', 'recall', '7', '{}', 1); \
         INSERT INTO chain_key (key) VALUES (zeroblob(32));",
    )
    .expect("a document");
    drop(conn);
    let expected = Handover {
        module: "dentally".to_owned(),
        kind: "Recall".to_owned(),
        rebuild_in: String::new(),
        object: "recall".to_owned(),
        source_id: "7".to_owned(),
        document: "{}".to_owned(),
    };
    let reader = Ledger::open_read_only(&folder.path(), &key()).expect("it can be read as it is");
    assert_eq!(documents(&reader), std::slice::from_ref(&expected));
    drop(reader);
    assert_eq!(documents(&folder.open()), [expected]);
}
