//! What the statement of a small practice must have.

use std::collections::BTreeSet;

use super::*;
use crate::practice::PracticeOptions;

#[test]
fn every_row_of_the_promise_is_spoken_of_in_every_clinic() {
    let options =
        PracticeOptions { patients: 60, appointments: 10, exams: 40, dirt: 0.15, ..PracticeOptions::default() };
    let statement = statement(&Practice::generate(&options), 7, "2026-11-01 00:00:00");
    let rows: BTreeSet<&str> = statement.records.iter().map(|one| one.row).collect();
    let handed: BTreeSet<&str> = statement.handed.iter().map(|one| one.row).collect();
    assert_eq!(rows.union(&handed).copied().collect::<BTreeSet<_>>(), BTreeSet::from(ROWS));
    let of = |row: &str, clinic: &str| {
        let is_it = |key: &Key| matches!(key, Key::Source { id, .. } if id.starts_with(clinic));
        statement.records.iter().filter(|one| one.row == row && is_it(&one.key)).count()
    };
    for row in ["patient", "periodontal-chart", "treatment-plan", "progress-note", "clinical-flag", "file-attachment"] {
        assert!(of(row, "clinic1") > 0 && of(row, "clinic2") > 0, "{row}");
    }
    let charts = statement.records.iter().filter(|one| one.object == "exam");
    let models: BTreeSet<&str> = charts.map(|one| one.model).collect();
    assert_eq!(models, BTreeSet::from(["mail.message", "res.partner"]), "the newest exams, and earlier ones");
    let codes: BTreeSet<&str> = statement.aside.iter().map(|one| one.code).collect();
    assert_eq!(codes, BTreeSet::from(["held-back", "no-name", "no-such-record", "orphan-rows"]));
}
