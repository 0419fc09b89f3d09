//! The file: key, lock, schema version, what can be read in it without the key.

use std::path::Path;

use rusqlite::Connection;
use secrecy::{ExposeSecret, SecretString};

use super::{Folder, key, row};
use crate::{Cursor, Ledger, LedgerError};

const PLAIN: &str = "Zebulon Quackenbush-Fotheringay";

#[test]
fn what_was_staged_is_there_after_reopening() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let pass = ledger.begin_pass().expect("a pass begins");
    let cursor = Cursor::At("{\"page\":2}".to_owned());
    ledger.stage_page(pass, "patient", &[row("7", "{}")], &cursor).expect("a page is staged");
    ledger.set_meta("name", "practice").expect("a fact is set");
    drop(ledger);

    let mut ledger = folder.open();
    assert_eq!(ledger.begin_pass().expect("the pass goes on"), pass);
    assert_eq!(ledger.cursor(pass, "patient").expect("the cursor is read"), cursor);
    assert_eq!(ledger.staged_row("patient", "7").expect("the row is read"), Some(row("7", "{}")));
    assert_eq!(ledger.meta("name").expect("the fact is read").as_deref(), Some("practice"));
}

#[test]
fn a_wrong_key_is_refused_and_neither_key_is_shown() {
    let folder = Folder::new();
    drop(folder.open());
    let wrong = SecretString::from("it's another \"key\"");
    for result in [Ledger::open(&folder.path(), &wrong), Ledger::open_read_only(&folder.path(), &wrong)] {
        let error = result.err().expect("a wrong key does not open a ledger");
        assert!(matches!(error, LedgerError::WrongKey { .. }), "{error:?}");
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains(wrong.expose_secret()) && !text.contains(key().expose_secret()), "{text}");
        }
        assert!(error.to_string().contains("hint:"), "{error}");
    }
    drop(folder.open());
}

#[test]
fn an_empty_key_is_refused_and_leaves_no_file() {
    let folder = Folder::new();
    let empty = SecretString::from("");
    assert!(matches!(Ledger::open(&folder.path(), &empty), Err(LedgerError::EmptyKey)));
    assert!(!folder.path().exists());
}

#[test]
fn no_file_of_the_ledger_holds_plain_text() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let pass = ledger.begin_pass().expect("a pass begins");
    let body = format!("{{\"name\":\"{PLAIN}\"}}");
    ledger.stage_page(pass, "patient", &[row("7", &body)], &Cursor::Done).expect("a page is staged");
    // While it is open the rows are in the write-ahead log, afterwards in the file itself.
    let while_open = plain_text_in(folder.0.path());
    drop(ledger);
    let afterwards = plain_text_in(folder.0.path());
    for (files, hits) in [while_open, afterwards] {
        assert!(files >= 2, "only {files} files were searched");
        assert_eq!(hits, 0);
    }
}

/// How many files the folder has, and in how many of them the name, a column or SQLite's header stands.
fn plain_text_in(folder: &Path) -> (usize, usize) {
    let mut found = (0, 0);
    for entry in std::fs::read_dir(folder).expect("the folder is read") {
        let bytes = std::fs::read(entry.expect("the folder has entries").path()).expect("a file is read");
        found.0 += 1;
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        found.1 += usize::from(holds(PLAIN) || holds("source_id") || holds("SQLite format 3"));
    }
    found
}

#[test]
fn a_second_writer_is_told_who_holds_the_ledger_and_a_reader_is_let_in() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    match Ledger::open(&folder.path(), &key()) {
        Err(LedgerError::InUse { holder, .. }) => assert_eq!(holder.map(|h| h.pid), Some(std::process::id())),
        other => panic!("a second writer got {:?}", other.err()),
    }
    ledger.set_meta("name", "practice").expect("the first writer goes on");
    let mut reader = Ledger::open_read_only(&folder.path(), &key()).expect("a reader is let in");
    assert_eq!(reader.meta("name").expect("the fact is read").as_deref(), Some("practice"));
    assert!(reader.set_meta("name", "other").is_err(), "a reader must not write");
    drop(reader);
    drop(ledger);
    drop(folder.open());
}

#[test]
fn a_newer_schema_is_refused() {
    let folder = Folder::new();
    drop(folder.open());
    let conn = Connection::open(folder.path()).expect("the file opens");
    conn.pragma_update(None, "key", key().expose_secret()).expect("the key is set");
    conn.execute("UPDATE schema_version SET version = 99", []).expect("the version is changed");
    drop(conn);
    for result in [Ledger::open(&folder.path(), &key()), Ledger::open_read_only(&folder.path(), &key())] {
        match result {
            Err(error @ LedgerError::NewerSchema { found: 99, .. }) => assert!(error.to_string().contains("hint:")),
            other => panic!("a newer schema gave {:?}", other.err()),
        }
    }
}

#[test]
fn a_missing_ledger_is_not_made_by_reading() {
    let folder = Folder::new();
    let read = Ledger::open_read_only(&folder.path(), &key());
    assert!(matches!(read, Err(LedgerError::Missing { .. })));
    assert!(!folder.path().exists());
}

#[test]
fn a_ledger_may_move_between_threads() {
    fn send<T: Send>() {}
    send::<Ledger>();
}
