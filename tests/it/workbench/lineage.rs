//! Must show 3: lineage finds a planted undeclared dependency, an unused source field and a source without effect.

use serde_json::json;

use super::{corpus, module, with_module};

const ROWS: [&str; 3] = [
    r#"{"id": 1, "title": "Ms", "last_name": "O'Neill", "site_id": 3, "town": "Exampleham", "date_of_birth": "1990-02-28"}"#,
    r#"{"id": 2, "last_name": "Okonkwo", "site_id": 4, "metadata": {"shoe": 39}}"#,
    r#"{"id": 3, "title": "Dr", "town": "Mockford"}"#,
];

#[test]
fn what_is_declared_wrongly_is_found() {
    let (folder, _) = with_module("declares-wrongly");
    corpus(folder.path(), "patient", &ROWS);
    let ended = module(folder.path(), &["lineage", "declares-wrongly.wasm", "--corpus", "corpus.json"]);
    assert_eq!((ended.code, ended.errors.as_str()), (1, ""));
    insta::assert_snapshot!(ended.out, @r"
    Undeclared: the Odoo field depends on it, its declaration does not say so
      Odoo field        source field   records
      ----------------  -------------  -------
      res.partner.name  patient.title        1

    Without effect: declared, filled in the corpus, and nothing depends on it
      Odoo field           source field     records
      -------------------  ---------------  -------
      res.partner.team_id  patient.site_id        2

    Lost: reaches nothing, and the manifest does not say it is dropped
      source field                 records
      ---------------------------  -------
      patient.extra.metadata.shoe        1
      patient.site_id                    2
      patient.town                       2

    3 records fill 7 source fields; 4 reach something: 1 undeclared, 1 without effect, 3 lost, 0 dropped and used
    hint: declare it, use it, or list it in `dropped` with a reason; a fallback shows no effect until a record needs it
    ");
    let ended = module(folder.path(), &["lineage", "declares-wrongly.wasm", "--corpus", "corpus.json", "--json"]);
    let lineage = &ended.json()["lineage"];
    let of =
        |field: &str, source: &str, records: u32| json!([{ "field": field, "source": source, "records": records }]);
    assert_eq!(lineage["undeclared"], of("res.partner.name", "patient.title", 1));
    assert_eq!(lineage["without_effect"], of("res.partner.team_id", "patient.site_id", 2));
    assert_eq!(lineage["lost"][0], json!({ "source": "patient.extra.metadata.shoe", "records": 1 }));
}

#[test]
fn an_honest_module_agrees() {
    let (folder, _) = with_module("honest");
    corpus(
        folder.path(),
        "patient",
        &[r#"{"id": 1, "last_name": "O'Neill", "site_id": 3, "date_of_birth": "1990-02-28"}"#],
    );
    let ended = module(folder.path(), &["lineage", "honest.wasm", "--corpus", "corpus.json"]);
    assert_eq!(ended.code, 0, "{}", ended.out);
}

#[test]
fn exams_are_observed_like_any_other_record() {
    let (folder, _) = with_module("perio-chart");
    let reading = |tooth: u32, measure: &str, value: u32| json!({ "exam_id": "E1", "tooth": tooth.to_string(), "measure": measure, "mb": value.to_string(), "dl": "2" });
    let exam = |id: &str, latest: bool| {
        json!({
            "manifest": { "notation": "fdi", "margin_sign": "recession-positive" },
            "exam": { "exam_id": id, "patient_id": "17", "exam_date": "2026-03-02", "examiner": "Dr. R. Okafor",
                      "classification": "Stage II", "note": "Reassess", "room": "3" },
            "readings": [reading(16, "probing-depth", 5), reading(16, "gingival-margin", 1)],
            "latest": latest,
        })
    };
    let records = json!([exam("E1", true), exam("E0", false)]);
    std::fs::write(folder.path().join("exams.json"), records.to_string()).expect("written");
    let ended = module(folder.path(), &["lineage", "perio-chart.wasm", "--corpus", "exams.json", "--json"]);
    let answer = ended.json();
    let lineage = &answer["lineage"];
    assert_eq!(lineage["lost"], json!([]), "an exam keeps everything");
    let field = |source: &str| {
        let fields = lineage["fields"].as_array().expect("fields");
        fields.iter().find(|field| field["source"] == source).unwrap_or_else(|| panic!("{source}")).clone()
    };
    assert_eq!(field("exam.readings.mb")["filled"], 2);
    assert!(field("exam.margin_sign")["reaches"].to_string().contains("x_recession_chart_data"));
    assert_eq!(lineage["undeclared"], json!([]), "an extra column is shown with the chart");
}
