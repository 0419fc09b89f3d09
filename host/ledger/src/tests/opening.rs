//! Opening: what is no ledger, who holds the lock, disks that are full or can only be read.

use std::fs;
use std::process::Command;

use rusqlite::Connection;

use super::{Folder, key, row};
use crate::{Cursor, Ledger, LedgerError, Session};

fn both(folder: &Folder) -> [LedgerError; 2] {
    let open = |result: Result<Ledger, LedgerError>| result.err().expect("it is refused");
    [open(Ledger::open(&folder.path(), &key())), open(Ledger::open_read_only(&folder.path(), &key()))]
}

#[test]
fn a_database_without_encryption_is_named_as_such_and_left_alone() {
    let folder = Folder::new();
    let conn = Connection::open(folder.path()).expect("the file is made");
    conn.execute_batch("CREATE TABLE patient (name TEXT)").expect("a table");
    drop(conn);
    let before = fs::read(folder.path()).expect("read");
    for error in both(&folder) {
        assert!(matches!(error, LedgerError::NotEncrypted { .. }), "{error:?}");
        assert!(error.to_string().contains("without encryption") && error.to_string().contains("hint:"), "{error}");
    }
    assert_eq!(fs::read(folder.path()).expect("read"), before);
    assert!(!folder.path().with_extension("ledger.lock").exists(), "no lock is laid beside a stranger's file");
}

#[test]
fn a_file_of_another_kind_is_named_as_such() {
    let folder = Folder::new();
    fs::write(folder.path(), "Dear practice,\nplease find the export attached.\n").expect("written");
    for error in both(&folder) {
        assert!(matches!(error, LedgerError::NotALedger { .. }), "{error:?}");
        assert!(error.to_string().contains("hint:"), "{error}");
    }
}

#[test]
fn a_ledger_that_was_cut_off_is_damaged() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let pass = ledger.begin_pass().expect("a pass begins");
    let rows: Vec<_> = (0..400).map(|id| row(&id.to_string(), &"x".repeat(400))).collect();
    ledger.stage_page(pass, "patient", &rows, &Cursor::Done).expect("staged");
    drop(ledger);
    let bytes = fs::read(folder.path()).expect("read");
    fs::write(folder.path(), &bytes[..bytes.len() / 8192 * 4096]).expect("cut");
    for error in both(&folder) {
        assert!(matches!(error, LedgerError::Damaged { .. }), "{error:?}");
        assert!(error.to_string().contains("hint:"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn nobody_but_its_owner_may_read_a_ledger() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let mut ledger = folder.open();
    ledger.set_meta("name", "practice").expect("a fact");
    for file in [folder.path(), folder.path().with_extension("ledger-wal")] {
        let mode = fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", file.display());
    }
}

#[test]
fn another_key_opens_the_ledger_and_the_former_one_only_former_copies() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let pass = ledger.begin_pass().expect("a pass begins");
    let rows: Vec<_> = (0..400).map(|id| row(&id.to_string(), &"x".repeat(400))).collect();
    ledger.stage_page(pass, "patient", &rows, &Cursor::Done).expect("staged");
    let digest = ledger.digest().expect("a digest");
    let former = folder.0.path().join("former.ledger");
    drop(ledger);
    fs::copy(folder.path(), &former).expect("a copy");

    let mut ledger = folder.open();
    let reader = Ledger::open_read_only(&folder.path(), &key()).expect("a reader");
    let tx = reader.conn.unchecked_transaction().expect("it reads");
    let _: i64 = tx.query_row("SELECT count(*) FROM staged", [], |row| row.get(0)).expect("read");
    ledger.set_meta("name", "what the reader does not see").expect("a fact");
    ledger.conn.busy_timeout(std::time::Duration::from_millis(10)).expect("set");
    let other = secrecy::SecretString::from("it's another \"key\"");
    let error = ledger.rekey(50, &other).expect_err("a reader is in the way");
    assert!(matches!(error, LedgerError::Busy { .. }), "{error:?}");
    drop(tx);
    drop(reader);
    assert!(matches!(ledger.rekey(60, &"".into()), Err(LedgerError::EmptyKey)));
    ledger.rekey(60, &other).expect("encrypted anew");
    assert_eq!(ledger.digest().expect("it goes on"), digest);
    ledger.set_meta("name", "practice").expect("it can be written");
    drop(ledger);

    let refused = Ledger::open(&folder.path(), &key()).err().expect("the former key is of no use");
    assert!(matches!(refused, LedgerError::WrongKey { .. }), "{refused:?}");
    let ledger = Ledger::open(&folder.path(), &other).expect("the new one is");
    assert_eq!(ledger.digest().expect("a digest"), digest);
    assert_eq!((ledger.rekeyed().expect("read"), ledger.verify().expect("read").faults), (Some(60), vec![]));
    assert!(Ledger::open_read_only(&former, &key()).is_ok());
    assert!(Ledger::open_read_only(&former, &other).is_err());
}

#[test]
fn an_encrypted_database_of_something_else_is_not_made_a_ledger_of() {
    let folder = Folder::new();
    let conn = Connection::open(folder.path()).expect("the file is made");
    conn.pragma_update(None, "key", "correct horse battery staple").expect("the key is set");
    conn.execute_batch("CREATE TABLE note (text TEXT)").expect("a table");
    drop(conn);
    for error in both(&folder) {
        assert!(matches!(error, LedgerError::NotALedger { .. }), "{error:?}");
    }
}

#[test]
fn a_second_writer_is_told_which_command_holds_the_ledger_and_since_when() {
    let folder = Folder::new();
    let session = Session { command: "odograft run".into(), operator: "ada".into(), since: Some(1_793_534_400) };
    let held = Ledger::open_for(&folder.path(), &key(), session).expect("a ledger");
    let text = Ledger::open(&folder.path(), &key()).err().expect("refused").to_string();
    let expected = format!("process {} (`odograft run` since 2026-11-01T12:00:00Z)", std::process::id());
    assert!(text.contains(&expected) && text.contains("hint:"), "{text}");
    drop(held);
    folder.open();
}

#[test]
fn the_lock_of_a_dead_process_is_taken_over() {
    let folder = Folder::new();
    drop(folder.open());
    let mut child = Command::new("true").spawn().expect("a process starts");
    let pid = child.id();
    child.wait().expect("it ends");
    let lock = crate::lock::beside(&folder.path(), "lock");
    for left in [format!("{{\"pid\":{pid},\"command\":\"odograft run\",\"since\":null}}\n"), "4711".into(), "{".into()]
    {
        fs::write(&lock, left).expect("a killed process's lock file");
        let held = folder.open();
        let error = Ledger::open(&folder.path(), &key()).err().expect("refused");
        match &error {
            LedgerError::InUse { holder: Some(holder), .. } => assert_eq!(holder.pid, std::process::id()),
            other => panic!("{other:?}"),
        }
        drop(held);
    }
}

#[test]
fn a_full_disk_undoes_the_page_and_the_next_try_goes_on() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let pass = ledger.begin_pass().expect("a pass begins");
    ledger.stage_page(pass, "patient", &[row("1", "{}")], &Cursor::At("1".into())).expect("there is room");
    let pages: i64 = ledger.conn.query_row("PRAGMA page_count", [], |row| row.get(0)).expect("counted");
    ledger.conn.pragma_update(None, "max_page_count", pages + 4).expect("the disk is small");
    let large: Vec<_> = (2..200).map(|id| row(&id.to_string(), &"x".repeat(400))).collect();
    let error = ledger.stage_page(pass, "patient", &large, &Cursor::Done).expect_err("there is no room");
    assert!(matches!(error, LedgerError::DiskFull { doing: "stage a page" }), "{error:?}");
    assert!(error.to_string().contains("the disk is full") && error.to_string().contains("hint:"), "{error}");
    assert_eq!(ledger.staged_count("patient").expect("read"), 1);
    assert_eq!(ledger.cursor(pass, "patient").expect("read"), Cursor::At("1".into()));

    ledger.conn.pragma_update(None, "max_page_count", 1_000_000).expect("room is made");
    ledger.stage_page(pass, "patient", &large, &Cursor::Done).expect("it goes on");
    drop(ledger);
    assert_eq!(folder.open().staged_count("patient").expect("read"), 199);
}

/// Root may write anywhere, so the folder is looked at by a process of another user: this test, once more.
#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_read_and_refused_by_name() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65_534;
    let folder = Folder::new();
    let mut ledger = folder.open();
    ledger.set_meta("name", "practice").expect("a fact");
    drop(ledger);
    for entry in fs::read_dir(folder.0.path()).expect("the folder is read") {
        let file = entry.expect("an entry").path();
        fs::set_permissions(file, fs::Permissions::from_mode(0o444)).expect("set");
    }
    fs::set_permissions(folder.0.path(), fs::Permissions::from_mode(0o555)).expect("set");
    let this = std::env::current_exe().expect("the test knows itself");
    let mut child = Command::new(&this);
    child.args(["--exact", "tests::opening::looks_into_a_folder", "--nocapture"]).env(READ_ONLY, folder.path());
    let root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if root {
        child.uid(NOBODY).gid(NOBODY);
    }
    let output = child.output();
    fs::set_permissions(folder.0.path(), fs::Permissions::from_mode(0o755)).expect("set back");
    let Ok(output) = output else {
        println!("skipped: this test's program lies where no other user may start it, and root may write anywhere");
        return;
    };
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("looked"), "{told} {}", String::from_utf8_lossy(&output.stderr));
}

const READ_ONLY: &str = "ODOGRAFT_LEDGER_TEST_READ_ONLY";

/// What the test above starts; by itself it does nothing.
#[test]
fn looks_into_a_folder() {
    let Ok(path) = std::env::var(READ_ONLY) else { return };
    let reader = Ledger::open_read_only(path.as_ref(), &key()).expect("it can be read");
    assert_eq!(reader.meta("name").expect("read").as_deref(), Some("practice"));
    let error = Ledger::open(path.as_ref(), &key()).err().expect("it cannot be written");
    assert!(matches!(error, LedgerError::File { .. }), "{error:?}");
    assert!(error.to_string().contains("may be written"), "{error}");
    println!("looked");
}
