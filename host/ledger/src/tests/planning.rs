//! Plan, journal and notes.

use super::{Folder, record};
use crate::{
    Contribution, Finding, Handover, Ledger, LedgerError, Notes, PlanCounts, PlannedRecord, Quarantined, RecordState,
    Standing, Write, WriteAction,
};

fn plan(ledger: &mut Ledger, pass: u64, records: &[PlannedRecord], notes: &Notes) -> PlanCounts {
    ledger.begin_plan(pass).expect("a plan begins");
    ledger.plan_records(records, notes).expect("records are planned");
    ledger.finish_plan(pass).expect("the plan is finished")
}

fn write(record: &PlannedRecord, action: WriteAction, odoo_id: i64) -> Write {
    Write {
        rowid: record.rowid,
        moment: 1_760_000_000,
        action,
        odoo_id,
        fields: vec!["name".to_owned()],
        before: None,
        cells: record.cells.clone(),
    }
}

fn pending(ledger: &Ledger) -> Vec<PlannedRecord> {
    ledger.pending("res.partner", None, 100).expect("pending records are read")
}

fn source_ids(records: &[PlannedRecord]) -> Vec<&str> {
    records.iter().map(|record| record.source_id.as_str()).collect()
}

#[test]
fn what_the_migration_has_made_stays_its_own_when_a_later_plan_finds_it_in_odoo() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    plan(&mut ledger, 1, &[record("1", "A")], &Notes::default());
    let made = write(&pending(&ledger)[0], WriteAction::Create, 41);
    ledger.record_writes(&[made]).expect("recorded");
    let found = |odoo_id| PlannedRecord { odoo_id: Some(odoo_id), state: RecordState::Adopted, ..record("1", "A") };
    plan(&mut ledger, 2, &[found(41)], &Notes::default());
    let known = ledger.record("res.partner", "patient", "1").expect("read").expect("it is there");
    assert_eq!(known.state, RecordState::Written);
    assert_eq!(ledger.standing("res.partner", 41).expect("read"), Standing::Ours);
    // Another one than the migration's own, which is gone.
    plan(&mut ledger, 3, &[found(42)], &Notes::default());
    assert_eq!(ledger.standing("res.partner", 42).expect("read"), Standing::Foreign);
}

#[test]
fn records_are_pending_in_plan_order_until_written_and_again_when_their_cells_change() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let records = [record("9", "A"), record("1", "B"), record("5", "C")];
    let counts = plan(&mut ledger, 1, &records, &Notes::default());
    assert_eq!(counts, PlanCounts { records: 3, new: 3, ..PlanCounts::default() });
    let waiting = pending(&ledger);
    assert_eq!(source_ids(&waiting), ["9", "1", "5"]);
    let after = ledger.pending("res.partner", Some(waiting[0].rowid), 1).expect("read");
    assert_eq!(source_ids(&after), ["1"]);

    let writes: Vec<_> = waiting.iter().map(|record| write(record, WriteAction::Create, record.rowid + 100)).collect();
    ledger.record_writes(&writes).expect("writes are recorded");
    assert!(pending(&ledger).is_empty());
    let stored = ledger.record("res.partner", "patient", "9").expect("read").expect("it is there");
    assert_eq!((stored.state, stored.odoo_id), (RecordState::Written, Some(writes[0].odoo_id)));
    assert_eq!(stored.written_cells.as_deref(), Some("A"));

    let again = plan(&mut ledger, 2, &records, &Notes::default());
    assert_eq!(again, PlanCounts { records: 3, unchanged: 3, ..PlanCounts::default() });
    assert!(pending(&ledger).is_empty(), "a second run changes nothing");

    let changed = plan(&mut ledger, 3, &[record("9", "A"), record("1", "B2")], &Notes::default());
    let expected = PlanCounts { records: 2, changed: 1, unchanged: 1, withdrawn: 1, ..PlanCounts::default() };
    assert_eq!(changed, expected);
    assert_eq!(source_ids(&pending(&ledger)), ["1"]);
    assert!(ledger.record("res.partner", "patient", "5").expect("read").is_some(), "what Odoo holds is not forgotten");
    let models = ledger.models().expect("read");
    assert_eq!((models[0].1.planned, models[0].1.written, models[0].1.pending), (2, 2, 1));

    let journal = ledger.journal(0, 100).expect("read");
    assert_eq!(journal.len(), 3);
    assert_eq!(journal[0].write, writes[0]);
    assert_eq!(journal[0].external_id, "odograft.patient_9");
    assert_eq!(ledger.journal(journal[0].id, 1).expect("read"), journal[1..2]);
}

#[test]
fn held_back_records_are_not_pending_and_come_back_as_what_they_were() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    let records = [record("1", "A"), record("2", "B"), record("3", "C")];
    plan(&mut ledger, 1, &records, &Notes::default());
    let waiting = pending(&ledger);
    let writes = [write(&waiting[0], WriteAction::Adopt, 41), write(&waiting[1], WriteAction::Create, 42)];
    ledger.record_writes(&writes).expect("recorded");
    ledger.set_state(&[(waiting[2].rowid, RecordState::Unmatched, None)]).expect("set");
    assert!(pending(&ledger).is_empty());

    let held =
        records.clone().map(|record| PlannedRecord { state: RecordState::Held, cells: "new".to_owned(), ..record });
    let counts = plan(&mut ledger, 2, &held, &Notes::default());
    assert_eq!((counts.held_back, pending(&ledger).len()), (3, 0));

    let back = records.map(|record| PlannedRecord { cells: "new".to_owned(), ..record });
    plan(&mut ledger, 3, &back, &Notes::default());
    let states: Vec<_> = pending(&ledger).iter().map(|record| (record.state, record.odoo_id)).collect();
    let expected = [(RecordState::Adopted, Some(41)), (RecordState::Written, Some(42)), (RecordState::Planned, None)];
    assert_eq!(states, expected);
    let adopted = &pending(&ledger)[0];
    ledger.record_writes(&[write(adopted, WriteAction::Update, 41)]).expect("recorded");
    let adopted = ledger.record("res.partner", "patient", "1").expect("read").expect("it is there");
    assert_eq!(adopted.state, RecordState::Adopted, "an update does not make it ours");
}

#[test]
fn the_first_before_image_of_an_update_is_the_one_that_stands() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    plan(&mut ledger, 1, &[record("1", "A")], &Notes::default());
    let known = pending(&ledger).remove(0);
    ledger.keep_before_image(known.rowid, "before").expect("kept");
    drop(ledger);

    // Killed after Odoo took the update: what is read now is the update's own doing.
    let mut ledger = folder.open();
    ledger.keep_before_image(known.rowid, "after").expect("kept");
    ledger.record_writes(&[write(&known, WriteAction::Update, 7)]).expect("recorded");
    ledger.record_writes(&[write(&known, WriteAction::Update, 7)]).expect("recorded");
    let images: Vec<_> = ledger.journal(0, 10).expect("read").into_iter().map(|row| row.write.before).collect();
    assert_eq!(images, [Some("before".to_owned()), None], "an image belongs to one update");
}

#[test]
fn an_unknown_row_id_stores_none_of_the_writes() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    plan(&mut ledger, 1, &[record("1", "A")], &Notes::default());
    let known = pending(&ledger).remove(0);
    let good = write(&known, WriteAction::Create, 7);
    let bad = Write { rowid: 999, ..good.clone() };
    let refused = ledger.record_writes(&[good, bad]);
    assert!(matches!(refused, Err(LedgerError::NoSuchRecord { rowid: 999 })));
    assert!(ledger.journal(0, 10).expect("read").is_empty());
    assert_eq!(pending(&ledger), std::slice::from_ref(&known));
    let refused = ledger.set_state(&[(known.rowid, RecordState::Held, None), (999, RecordState::Held, None)]);
    assert!(matches!(refused, Err(LedgerError::NoSuchRecord { rowid: 999 })));
    assert_eq!(pending(&ledger), [known]);
}

#[test]
fn an_interrupted_plan_begins_afresh_and_forgets_what_never_reached_odoo() {
    let folder = Folder::new();
    let mut ledger = folder.open();
    assert!(matches!(ledger.plan_records(&[], &Notes::default()), Err(LedgerError::NoPlan)));
    ledger.begin_plan(1).expect("a plan begins");
    ledger.plan_records(&[record("gone", "A"), record("1", "A")], &Notes::default()).expect("planned");
    drop(ledger);
    let mut ledger = folder.open();
    assert_eq!(ledger.planned_pass().expect("read"), None);
    plan(&mut ledger, 1, &[record("1", "A")], &Notes::default());
    assert_eq!(ledger.planned_pass().expect("read"), Some(1));
    assert_eq!(source_ids(&pending(&ledger)), ["1"]);
    assert_eq!(ledger.records_by_source("patient", "gone").expect("read"), []);
    assert!(matches!(ledger.finish_plan(1), Err(LedgerError::NoPlan)));

    let undisturbed = Folder::new();
    let mut other = undisturbed.open();
    plan(&mut other, 1, &[record("1", "A")], &Notes::default());
    assert_eq!(ledger.digest().expect("a digest"), other.digest().expect("a digest"));
}

#[test]
fn notes_replace_what_earlier_plans_left() {
    let quarantined = |code: &str, stage: &str| Quarantined {
        object: "patient".to_owned(),
        source_id: "1".to_owned(),
        stage: stage.to_owned(),
        module_digest: None,
        code: code.to_owned(),
        field: None,
        message: "no name".to_owned(),
        fuel: Some(12),
    };
    let finding = |field: Option<&str>| Finding {
        object: "patient".to_owned(),
        source_id: "2".to_owned(),
        severity: "warning".to_owned(),
        code: "odd-phone".to_owned(),
        field: field.map(str::to_owned),
        message: "not a number".to_owned(),
    };
    let handover = Handover {
        module: "dentally".to_owned(),
        kind: "letter".to_owned(),
        rebuild_in: "Templates".to_owned(),
        object: "patient".to_owned(),
        source_id: "3".to_owned(),
        document: "Dear".to_owned(),
    };
    let folder = Folder::new();
    let mut ledger = folder.open();
    let notes = Notes {
        quarantined: vec![quarantined("no-name", "transform")],
        findings: vec![finding(None), finding(Some("mobile")), finding(None)],
        handovers: vec![handover.clone()],
        ..Notes::default()
    };
    plan(&mut ledger, 1, &[], &notes);
    ledger.quarantine(&[quarantined("refused", "load"), quarantined("refused", "load")]).expect("quarantined");
    assert_eq!(ledger.quarantined().expect("read").len(), 2, "the same reason twice is one");
    assert_eq!(ledger.finding_counts().expect("read"), [("odd-phone".to_owned(), 2)]);
    assert_eq!(super::documents(&ledger), std::slice::from_ref(&handover));

    ledger.begin_plan(2).expect("a plan begins");
    let later = Notes { findings: vec![finding(Some("mobile"))], ..Notes::default() };
    ledger.plan_records(&[record("1", "A")], &later).expect("planned");
    assert_eq!(ledger.quarantined().expect("read"), [], "a record that is planned is out of quarantine");
    assert_eq!(ledger.findings().expect("read"), [finding(Some("mobile"))]);
    assert_eq!(super::documents(&ledger), [handover], "nothing was said of it yet");
    ledger.finish_plan(2).expect("finished");
    assert_eq!(super::documents(&ledger), [], "the finished plan has no such handover");
}

#[test]
fn debug_shows_no_values() {
    let text = format!("{:?} {:?}", record("1", "Quackenbush"), super::row("1", "Quackenbush"));
    assert!(!text.contains("Quackenbush"), "{text}");
    let mut write = write(&record("1", "Quackenbush"), WriteAction::Update, 3);
    write.before = Some("Quackenbush".to_owned());
    assert!(!format!("{write:?}").contains("Quackenbush"));
}

#[test]
fn a_pilot_is_made_of_its_records_own_rows_and_of_what_else_the_newest_plan_made_them_of() {
    let from = |object: &str, id: &str, of: &str| Contribution {
        model: "res.partner".to_owned(),
        object: "patient".to_owned(),
        source_id: of.to_owned(),
        from_object: object.to_owned(),
        from_id: id.to_owned(),
    };
    let notes = |contributions| Notes { contributions, ..Notes::default() };
    let folder = Folder::new();
    let mut ledger = folder.open();
    let records = [record("1", "A"), record("2", "B")];
    let made = [from("account", "9", "1"), from("exam", "7", "1"), from("exam", "8", "2"), from("exam", "6", "nobody")];
    plan(&mut ledger, 1, &records, &notes(made.to_vec()));
    let first = ledger.record("res.partner", "patient", "1").expect("read").expect("planned").rowid;
    ledger.set_pilot(&[first]).expect("kept");
    let of = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let sources = |ledger: &Ledger| ledger.pilot_sources().expect("read").into_iter().collect::<Vec<_>>();
    let expected = [("account", "9"), ("exam", "7"), ("patient", "1")];
    assert_eq!(sources(&ledger), expected.map(|(object, id)| (object.to_owned(), of(&[id]))));

    plan(&mut ledger, 2, &records, &notes(vec![from("exam", "7", "1")]));
    let expected = [("exam", "7"), ("patient", "1")];
    assert_eq!(sources(&ledger), expected.map(|(object, id)| (object.to_owned(), of(&[id]))));
}
