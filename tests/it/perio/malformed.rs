//! Exams that a source should never hold, and does: each gives its finding and loses no reading.

use odograft_records::Texts;
use odograft_records::bindings::perio::records::{MarginSign, Notation};
use odograft_records::perio::Conventions;
use serde_json::{Value, json};

use super::{UNIVERSAL, document, exam_of, flatten, flatten_one, row};

/// The findings of one newest exam in Universal notation, as severity and code.
fn check(rows: &[Value], expected: &[(&str, &str)]) -> Value {
    let outcome = flatten_one(|texts| exam_of(texts, rows, UNIVERSAL));
    let findings = outcome["findings"].as_array().expect("findings").iter();
    let found: Vec<_> =
        findings.map(|f| (f["severity"].as_str().unwrap_or(""), f["code"].as_str().unwrap_or(""))).collect();
    assert_eq!(found, expected);
    outcome
}

#[test]
fn an_impossible_value_leaves_the_chart_and_is_listed() {
    for (measure, column, value, field, code) in [
        ("probing-depth", "mb", 20, "x_ppd_chart_data", "probing-depth-out-of-range"),
        ("probing-depth", "mb", -1, "x_ppd_chart_data", "probing-depth-out-of-range"),
        ("gingival-margin", "mb", -20, "x_recession_chart_data", "gingival-margin-out-of-range"),
        ("furcation", "b", 4, "x_furcation_chart_data", "furcation-out-of-range"),
        ("mobility", "tooth_value", 7, "x_mobility_chart_data", "mobility-out-of-range"),
        ("bleeding", "b", 3, "x_bop_chart_data", "bleeding-out-of-range"),
        ("attachment-level", "b", 50, "x_cal_chart_data", "attachment-level-out-of-range"),
    ] {
        let outcome = check(&[row("3", measure, &[(column, value)])], &[("error", code)]);
        let listed = &document(&outcome, field)["left_out"][0];
        assert_eq!(
            (&listed["tooth"], &listed["value"], &listed["reason"]),
            (&json!("16"), &json!(value), &json!("out-of-range"))
        );
        assert_eq!(document(&outcome, field)["teeth"], json!({}), "{code}");
        let finding = &outcome["findings"][0];
        assert_eq!(finding["field"], json!(format!("readings.16.{measure}")));
        assert!(finding["message"].as_str().is_some_and(|words| words.starts_with("tooth 3 (FDI 16): ")));
    }
}

#[test]
fn a_furcation_where_roots_dont_part_is_kept() {
    let rows = [row("8", "furcation", &[("b", 2)]), row("3", "furcation", &[("b", 2), ("ml", 1)])];
    let outcome = check(&rows, &[("warning", "furcation-without-entrance")]);
    assert_eq!(
        document(&outcome, "x_furcation_chart_data")["teeth"],
        json!({ "11": { "b": 2 }, "16": { "b": 2, "ml": 1 } })
    );
}

#[test]
fn of_contradicting_readings_the_last_stands_and_the_first_is_listed() {
    let rows = [row("3", "probing-depth", &[("mb", 4), ("b", 2)]), row("3", "probing-depth", &[("mb", 6), ("b", 2)])];
    let outcome = check(&rows, &[("info", "duplicate-reading"), ("warning", "contradicting-readings")]);
    let depths = document(&outcome, "x_ppd_chart_data");
    assert_eq!(depths["teeth"], json!({ "16": { "mb": 6, "b": 2 } }));
    let superseded =
        json!([{ "tooth": "16", "site": "mb", "measure": "probing-depth", "value": 4, "reason": "superseded" }]);
    assert_eq!(depths["left_out"], superseded);
}

#[test]
fn a_stored_level_that_contradicts_its_own_depth_and_margin_is_kept_beside_the_calculated_one() {
    let rows = [
        row("3", "probing-depth", &[("mb", 5), ("b", 3)]),
        row("3", "gingival-margin", &[("mb", 2)]),
        row("3", "attachment-level", &[("mb", 6), ("b", 4)]),
    ];
    let outcome = check(&rows, &[("warning", "attachment-level-contradiction")]);
    let levels = document(&outcome, "x_cal_chart_data");
    assert_eq!(levels["teeth"], json!({ "16": { "mb": 7 } }), "none is calculated without a margin");
    assert_eq!(levels["charted"], json!({ "16": { "mb": 6, "b": 4 } }));
}

#[test]
fn readings_on_a_missing_tooth_are_kept() {
    let rows = [row("1", "missing", &[("tooth_value", 1)]), row("1", "probing-depth", &[("b", 3)])];
    let outcome = check(&rows, &[("warning", "reading-on-missing-tooth")]);
    let depths = document(&outcome, "x_ppd_chart_data");
    assert_eq!((&depths["missing"], &depths["teeth"]), (&json!(["18"]), &json!({ "18": { "b": 3 } })));
}

#[test]
fn a_tooth_of_another_notation_is_listed_by_its_name() {
    let rows = [row("3", "probing-depth", &[("b", 3)]), row("UR6", "probing-depth", &[("b", 4)])];
    let outcome = check(&rows, &[("error", "unknown-tooth")]);
    let listed = json!([{ "tooth": null, "name": "UR6", "site": "b", "measure": "probing-depth", "value": 4, "reason": "unknown-tooth" }]);
    assert_eq!(document(&outcome, "x_ppd_chart_data")["left_out"], listed);
    assert!(!outcome["findings"].to_string().contains("UR6"), "a finding repeats nothing that was entered");
}

#[test]
fn a_site_measure_without_a_site_is_listed() {
    let outcome = check(&[row("3", "probing-depth", &[("tooth_value", 4)])], &[("error", "reading-without-site")]);
    assert_eq!(document(&outcome, "x_ppd_chart_data")["left_out"][0]["reason"], "no-site");
}

#[test]
fn an_exam_in_the_wrong_notation_is_rejected_and_its_neighbours_go_on() {
    let rows = [row("UR6", "probing-depth", &[("b", 3)])];
    let palmer = Conventions { notation: Notation::Palmer, margin_sign: MarginSign::RecessionPositive };
    let mut texts = Texts::new();
    let exams = [palmer, UNIVERSAL, palmer].map(|conventions| exam_of(&mut texts, &rows, conventions));
    let outcomes = flatten(&texts, &exams);
    assert_eq!(outcomes[0], outcomes[2]);
    assert!(outcomes[0]["upserts"].is_array());
    let rejected = &outcomes[1]["rejected"];
    assert_eq!(
        (rejected["code"].as_str(), rejected["field"].as_str()),
        (Some("no-known-tooth"), Some("exam.notation"))
    );
}

#[test]
fn what_no_column_could_hold_is_shown_with_the_chart() {
    let mut unreadable = row("3", "probing-depth", &[("b", 3)]);
    unreadable["mb"] = json!("deep");
    let outcome = check(&[unreadable], &[]);
    let table = super::fields(&outcome)["x_perio_chart"].as_str().expect("mark-up");
    assert!(table.contains("readings.0.mb: 3 deep"), "{table}");
}
