use super::*;
use crate::practice::PracticeOptions;
use crate::practice::truth::Holds;

/// A practice as it is moved into the real Odoo has everything in it that the promise speaks of.
#[test]
fn every_row_of_the_promise_has_something_to_show() {
    let options =
        PracticeOptions { patients: 500, appointments: 1_000, exams: 0, dirt: 0.15, ..PracticeOptions::default() };
    let statement = statement(&Practice::generate(&options), 7, "2026-11-01 00:00:00");
    for row in ROWS {
        let shown = statement.records.iter().any(|record| record.row == row);
        assert!(shown || statement.handed.iter().any(|handed| handed.row == row), "{row}");
    }
    let held = |field: &str| -> Vec<String> {
        let said = statement.records.iter().flat_map(|record| &record.fields).filter(|said| said.field == field);
        let texts = said.filter_map(|said| match &said.odoo {
            Holds::Is(value) => Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
            _ => None,
        });
        texts.collect()
    };
    let born = held("x_date_of_birth");
    assert!(born.iter().any(|day| day.ends_with("-02-29")) && born.iter().any(|day| day.starts_with("18")));
    assert!(held("active").iter().any(|active| active == "false"));
    assert!(held("x_treatment_history").iter().any(|history| history.contains("\n- | ")), "one without a day");
    assert!(held("x_insurance_group_number").iter().any(|group| group.ends_with(' ')), "as entered");
    assert!(statement.aside.iter().any(|aside| aside.code == "held-back"));
    assert!(statement.aside.iter().any(|aside| aside.code == "no-name"));
}
