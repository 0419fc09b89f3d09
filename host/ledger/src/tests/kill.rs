//! A process that is killed while it stages, at twenty points: every page is there with its cursor, or neither is.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Folder, key, row};
use crate::{Cursor, Ledger};

const PATH: &str = "ODOGRAFT_LEDGER_TEST_PATH";
const PAGE: u64 = 5;

/// The process to be killed: stages pages without end. It is run by the test below only, which names the ledger.
#[test]
fn stages_until_it_is_killed() {
    let Ok(path) = std::env::var(PATH) else { return };
    let mut ledger = Ledger::open(path.as_ref(), &key()).expect("the killed one's lock is free");
    let pass = ledger.begin_pass().expect("the pass goes on");
    loop {
        let page: u64 = match ledger.cursor(pass, "patient").expect("read") {
            Cursor::At(mark) => mark.parse().expect("a cursor of this test"),
            Cursor::Start | Cursor::Done => 0,
        };
        let rows: Vec<_> = (page * PAGE..(page + 1) * PAGE).map(|n| row(&n.to_string(), "{}")).collect();
        ledger.stage_page(pass, "patient", &rows, &Cursor::At((page + 1).to_string())).expect("staged");
    }
}

#[test]
fn a_killed_process_leaves_whole_pages() {
    let folder = Folder::new();
    let mut last = 0;
    for attempt in 0..20 {
        let mut child = Command::new(std::env::current_exe().expect("the test knows itself"))
            .args(["--exact", "tests::kill::stages_until_it_is_killed"])
            .env(PATH, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the child starts");
        let begun = std::time::Instant::now();
        // Let it get to work, then strike at another moment each time.
        while pages_staged(&folder).is_none_or(|pages| pages <= last) {
            assert!(begun.elapsed() < Duration::from_secs(60), "the child stages nothing");
            assert!(child.try_wait().expect("the child is watched").is_none(), "the child ended by itself");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_micros(attempt * 739));
        child.kill().expect("the child is killed");
        child.wait().expect("the child is gone");

        let ledger = folder.open();
        let Cursor::At(mark) = ledger.cursor(1, "patient").expect("read") else { panic!("the cursor is lost") };
        let pages: u64 = mark.parse().expect("a cursor of this test");
        assert!(pages > last, "pages that were committed are lost");
        assert_eq!(ledger.staged_count("patient").expect("read"), pages * PAGE);
        last = pages;
    }
}

fn pages_staged(folder: &Folder) -> Option<u64> {
    let reader = Ledger::open_read_only(&folder.path(), &key()).ok()?;
    match reader.cursor(1, "patient").ok()? {
        Cursor::At(mark) => mark.parse().ok(),
        Cursor::Start | Cursor::Done => None,
    }
}
