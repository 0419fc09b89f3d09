//! Shredding: no value is left, and what was done can still be proved.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use secrecy::ExposeSecret;

use super::{Folder, key, record, row};
use crate::{Cursor, Handover, Ledger, LedgerError, Notes, Shreddable, Write, WriteAction};

const NAME: &str = "Quackenbush-Fotheringay";

fn filled(folder: &Folder) -> Ledger {
    let mut ledger = folder.open();
    let pass = ledger.begin_pass().expect("a pass");
    let rows: Vec<_> = (0..400).map(|id| row(&id.to_string(), &format!("{{\"name\":\"{NAME} {id}\"}}"))).collect();
    ledger.stage_page(pass, "patient", &rows, &Cursor::Done).expect("staged");
    ledger.finish_pass(pass).expect("finished");
    ledger.begin_plan(pass).expect("a plan");
    let cells = format!("{{\"name\":\"{NAME}\"}}");
    let handover = Handover {
        module: "m".into(),
        kind: "recall".into(),
        rebuild_in: "Email Marketing".into(),
        object: "patient".into(),
        source_id: "1".into(),
        document: NAME.into(),
    };
    let notes = Notes { handovers: vec![handover], ..Notes::default() };
    ledger.plan_records(&["1", "2"].map(|id| record(id, &cells)), &notes).expect("planned");
    ledger.finish_plan(pass).expect("finished");
    for rowid in [1, 2] {
        ledger.keep_before_image(rowid, &cells).expect("kept");
    }
    let write = Write {
        rowid: 1,
        moment: 20,
        action: WriteAction::Update,
        odoo_id: 101,
        fields: vec!["name".to_owned()],
        before: None,
        cells,
    };
    ledger.record_writes(&[write]).expect("written");
    ledger
}

/// Every value of every table, and pages that hold nothing, as somebody with the key sees them.
fn everything(folder: &Folder) -> (Vec<u8>, i64) {
    let conn = Connection::open(folder.path()).expect("the file opens");
    conn.pragma_update(None, "key", key().expose_secret()).expect("the key is set");
    let mut select = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").expect("tables");
    let tables: Vec<String> =
        select.query_map([], |row| row.get(0)).expect("tables").collect::<Result<_, _>>().expect("names");
    assert!(tables.len() > 15, "{tables:?}");
    let mut all = Vec::new();
    for table in tables {
        let mut select = conn.prepare(&format!("SELECT * FROM \"{table}\"")).expect("a table");
        let columns = select.column_count();
        let mut rows = select.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            for column in 0..columns {
                match row.get_ref(column).expect("a value") {
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => all.extend_from_slice(bytes),
                    _ => {}
                }
                all.push(b'\n');
            }
        }
    }
    (all, conn.query_row("PRAGMA freelist_count", [], |row| row.get(0)).expect("counted"))
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn values_go_and_the_id_map_and_the_audit_stay() {
    let folder = Folder::new();
    let ledger = filled(&folder);
    let held = ledger.shreddable().expect("counted");
    let expected = Shreddable { staged: 400, records: 2, writes: 1, images: 1, handovers: 1, undoable: 1 };
    assert_eq!(held, expected);
    drop(ledger);
    let large = std::fs::metadata(folder.path()).expect("a file").len();
    let mut ledger = folder.open();
    assert_eq!(ledger.shred(1_000).expect("shredded"), expected);
    assert_eq!(ledger.shreddable().expect("counted"), Shreddable::default());
    drop(ledger);

    let (all, free) = everything(&folder);
    assert!(!holds(&all, "Quackenbush") && !holds(&all, "Fotheringay"));
    assert_eq!(free, 0, "no page is left over");
    assert!(std::fs::metadata(folder.path()).expect("a file").len() < large, "the file was written anew");

    let mut ledger = folder.open();
    let verification = ledger.verify().expect("read");
    assert_eq!(verification.faults, []);
    let known = ledger.record("res.partner", "patient", "1").expect("read").expect("the id map is there");
    assert_eq!((known.odoo_id, known.external_id.as_str()), (Some(101), "odograft.patient_1"));
    assert_eq!(ledger.journal(0, 10).expect("read")[0].write.fields, ["name"]);
    let actions = |ledger: &Ledger| -> Vec<String> {
        ledger.audit_entries(0, 10).expect("read").into_iter().map(|entry| entry.action).collect()
    };
    assert_eq!(actions(&ledger), ["shred", "shredded"]);

    // Once is enough.
    assert_eq!(ledger.shred(2_000).expect("nothing to do"), Shreddable::default());
    assert_eq!(actions(&ledger), ["shred", "shredded"]);
    assert_eq!(ledger.shredded().expect("read").as_deref(), Some("1000"));
}

#[test]
fn a_shredding_that_was_broken_off_goes_on() {
    let folder = Folder::new();
    let mut ledger = filled(&folder);
    // No room for the file to be written anew, or a reader in the way: here, a reader.
    let reader = Ledger::open_read_only(&folder.path(), &key()).expect("a reader");
    let tx = reader.conn.unchecked_transaction().expect("it reads");
    let seen: i64 = tx.query_row("SELECT count(*) FROM staged", [], |row| row.get(0)).expect("read");
    ledger.conn.busy_timeout(std::time::Duration::from_millis(10)).expect("set");
    let error = ledger.shred(1_000).expect_err("the reader keeps old pages");
    assert!(matches!(error, LedgerError::Busy { .. }), "{error:?}");
    assert_eq!(seen, 400);
    assert!(ledger.shredding().expect("read"), "it is known to be under way");
    drop(tx);
    drop(reader);
    drop(ledger);

    let mut ledger = folder.open();
    ledger.shred(1_001).expect("it goes on");
    assert!(!ledger.shredding().expect("read"));
    assert_eq!(ledger.verify().expect("read").faults, []);
    drop(ledger);
    assert!(!holds(&everything(&folder).0, "Quackenbush"));
}

/// What SQLite writes the ledger anew through is as encrypted as the ledger.
#[cfg(target_os = "linux")]
#[test]
fn the_copy_that_takes_the_ledgers_place_is_encrypted() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let folder = Folder::new();
    let mut ledger = folder.open();
    // Keys stay when values go.
    let ids: Vec<_> = (0..40_000).map(|n| format!("key-that-stays-{n}")).collect();
    ledger.begin_plan(1).expect("a plan");
    for page in ids.chunks(1_000) {
        let records: Vec<_> = page.iter().map(|id| record(id, "{}")).collect();
        ledger.plan_records(&records, &Notes::default()).expect("planned");
    }
    // As in a large ledger, memory has no room for the copy.
    ledger.conn.pragma_update(None, "cache_size", 50).expect("set");
    let over = AtomicBool::new(false);
    let (files, plain) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let (mut files, mut plain) = (0, 0);
            while !over.load(Ordering::Relaxed) {
                for file in temporary() {
                    files += 1;
                    plain += usize::from(holds(&file, "key-that-stays"));
                }
            }
            (files, plain)
        });
        ledger.shred(1_000).expect("shredded");
        over.store(true, Ordering::Relaxed);
        watch.join().expect("it watched")
    });
    assert!(files > 0, "no temporary file was seen: the copy was in memory");
    assert_eq!(plain, 0, "of {files} looks");
}

/// What this process's files without a name hold, the empty ones left out.
#[cfg(target_os = "linux")]
fn temporary() -> Vec<Vec<u8>> {
    let held = std::fs::read_dir("/proc/self/fd").expect("a list").flatten();
    let nameless = held.map(|entry| entry.path()).filter(|path| {
        std::fs::read_link(path).is_ok_and(|file| file.to_string_lossy().contains("etilqs") && !file.exists())
    });
    nameless.filter_map(|path| std::fs::read(path).ok()).filter(|bytes| !bytes.is_empty()).collect()
}

#[test]
fn the_hand_over_counts_from_its_first_moment() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    assert_eq!(ledger.handed_over().expect("read"), None);
    assert_eq!(ledger.hand_over(500).expect("noted"), 500);
    assert_eq!(ledger.hand_over(900).expect("known"), 500);
    assert_eq!(ledger.audit_entries(0, 10).expect("read").len(), 1);
}
