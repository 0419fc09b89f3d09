use super::*;
use crate::practice::PracticeOptions;
use crate::practice::truth::Holds;

/// A practice as the fast suite moves it has everything in it that the promise speaks of.
#[test]
fn every_row_of_the_promise_has_something_to_show() {
    let options =
        PracticeOptions { patients: 60, appointments: 120, exams: 0, dirt: 0.15, ..PracticeOptions::default() };
    let statement = statement(&Practice::generate(&options), 7, "2026-11-01 00:00:00");
    for row in ROWS {
        assert!(statement.records.iter().any(|record| record.row == row), "{row}");
    }
    let held = |field: &str| -> Vec<String> {
        let said = statement.records.iter().flat_map(|record| &record.fields).filter(|said| said.field == field);
        let texts = said.filter_map(|said| match &said.odoo {
            Holds::Is(value) => Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
            _ => None,
        });
        texts.collect()
    };
    let states = held("state");
    assert!(states.iter().any(|state| state == "sale") && states.iter().any(|state| state == "draft"));
    assert!(held("x_recall_history").iter().any(|history| history.contains("; Completed")));
    assert!(held("x_insurance_details").iter().any(|line| line.starts_with("Tertiary; ")));
    assert!(held("x_treatment_plan").iter().any(|text| text.contains("\n- D1110 Prophylaxis - adult; planned ")));
    assert_eq!(spoken(", Cher").as_deref(), Some("Cher"));
    assert_eq!(spoken(" , "), None);
}
