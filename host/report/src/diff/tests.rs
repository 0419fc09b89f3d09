use super::*;

fn row(field: &str, value: &str, held: Option<&str>, verdict: Verdict) -> DiffRow {
    DiffRow {
        object: "patient".into(),
        id: "17".into(),
        model: if field.is_empty() { String::new() } else { "res.partner".into() },
        odoo_id: (!field.is_empty()).then_some(5),
        field: field.into(),
        sources: vec![SourceValue { path: "patient.email".into(), value: value.into() }],
        rule: "lower-cased".into(),
        planned: held.map(str::to_owned),
        held: held.map(str::to_owned),
        verdict,
    }
}

fn diff() -> Diff {
    let pair = ChartPair {
        id: "E9".into(),
        odoo_id: Some(5),
        source: Ok("<svg><title>drawn</title></svg>".into()),
        odoo: Err("`x_cal_chart_data` is missing".into()),
    };
    Diff {
        name: "a<b".into(),
        redacted: false,
        records: 1,
        rows: vec![
            row("email", "ANN@example.invalid", Some("ann@example.invalid"), Verdict::Changed),
            row("", "<script>alert(1)</script>", None, Verdict::Lost),
        ],
        charts: vec![pair],
    }
}

#[test]
fn a_page_stands_alone_and_runs_nothing_of_a_value() {
    let html = diff().html();
    assert!(html.contains("ANN@example.invalid") && html.contains("changed by rule") && html.contains("patient.email"));
    assert!(!html.contains("<script>alert") && !html.contains("a<b"), "values are escaped");
    assert!(html.contains("<title>drawn</title>") && html.contains("x_cal_chart_data"), "charts are drawn, or why not");
    for outside in ["src=", "<link", "@import", "url(", "http:", "https:"] {
        assert!(!html.contains(outside), "`{outside}` would need a network");
    }
}

#[test]
fn a_redacted_one_tells_no_value_in_any_form() {
    let redacted = diff().redacted();
    let sheet = String::from_utf8_lossy(&redacted.xlsx().expect("a workbook")).into_owned();
    for text in [redacted.html(), redacted.json(), sheet] {
        assert!(!text.contains("example.invalid") && !text.contains("alert(1)") && !text.contains("drawn"), "{text}");
    }
    assert_eq!(redacted.rows[0].sources[0].value, "text, 19 characters");
    assert!(redacted.html().contains("lower-cased"), "rules are nobody's data");
}

#[test]
fn kinds_are_told_by_what_values_look_like() {
    let kinds = ["", "True", "2024-02-29", "2024-02-29 08:30:00", "-12.50", "{\"a\":1}", "<p>x</p>", "Ann", "2024-2-9"];
    assert_eq!(
        kinds.map(kind_of),
        [
            "nothing",
            "truth value",
            "day",
            "moment",
            "number, 6 characters",
            "JSON, 7 characters",
            "mark-up, 8 characters",
            "text, 3 characters",
            "text, 8 characters"
        ]
    );
}

#[test]
fn what_needs_a_person_comes_first() {
    let words: Vec<&str> = diff().counts().iter().map(|(verdict, _)| verdict.word()).collect();
    assert_eq!(words, ["differs", "lost", "same", "changed", "handed", "dropped"]);
    assert_eq!(diff().counts().iter().map(|(_, count)| count).sum::<usize>(), 2);
}
