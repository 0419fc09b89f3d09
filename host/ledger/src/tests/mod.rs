//! What a ledger promises.

mod audit;
mod changes;
mod files;
mod handovers;
mod kill;
mod opening;
mod planning;
mod shred;
mod staging;

use std::path::PathBuf;

use secrecy::SecretString;
use tempfile::TempDir;

use crate::{Handover, Ledger, PlannedRecord, RecordState, StagedRow};

/// A folder of its own for a ledger, gone at the end of the test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().expect("the test needs a temporary folder"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("practice.ledger")
    }

    fn open(&self) -> Ledger {
        Ledger::open(&self.path(), &key()).expect("a ledger in a fresh folder opens")
    }
}

fn key() -> SecretString {
    SecretString::from("correct horse battery staple")
}

fn row(id: &str, body: &str) -> StagedRow {
    StagedRow { id: id.to_owned(), parent: None, position: 0, body: body.to_owned() }
}

fn record(source_id: &str, cells: &str) -> PlannedRecord {
    PlannedRecord {
        rowid: 0,
        model: "res.partner".to_owned(),
        object: "patient".to_owned(),
        source_id: source_id.to_owned(),
        external_id: format!("odograft.patient_{source_id}"),
        cells: cells.to_owned(),
        written_cells: None,
        odoo_id: None,
        state: RecordState::Planned,
    }
}

/// Every document for people, kind by kind.
fn documents(ledger: &Ledger) -> Vec<Handover> {
    let kinds = ledger.handover_kinds().expect("kinds");
    kinds.iter().flat_map(|kind| ledger.handovers(kind, None, 1_000).expect("documents")).collect()
}
