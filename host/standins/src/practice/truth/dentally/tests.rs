//! What the statement of a small practice must have.

use super::*;
use crate::practice::PracticeOptions;

#[test]
fn every_row_of_the_promise_is_spoken_of() {
    let options =
        PracticeOptions { patients: 60, appointments: 120, exams: 0, dirt: 0.15, ..PracticeOptions::default() };
    let statement = statement(&Practice::generate(&options), "2026-11-01 00:00:00");
    let rows = statement.records.iter().map(|one| one.row).chain(statement.handed.iter().map(|one| one.row));
    assert_eq!(rows.collect::<BTreeSet<_>>(), BTreeSet::from(ROWS));
    let codes: BTreeSet<&str> = statement.aside.iter().map(|one| one.code).collect();
    assert!(codes.contains("no-name") && codes.contains("held-back"), "{codes:?}");
}
