//! The `perio-chart` component in its sandbox: staged exams in, what Odoo gets out.

mod hand_checked;
mod malformed;
mod nothing_lost;
mod schema;

use std::path::Path;
use std::sync::OnceLock;

use odograft_engine::{BatchReport, Limits, Module, Perio, outcome_json};
use odograft_records::Texts;
use odograft_records::bindings::perio::records::{Exam, MarginSign, Notation};
use odograft_records::bindings::transform::manifest::Manifest;
use odograft_records::perio::{Conventions, assemble};
use serde_json::{Value, json};

use crate::guests;

/// The six fields that hold one JSON document each.
const DOCUMENTS: [&str; 6] = [
    "x_ppd_chart_data",
    "x_bop_chart_data",
    "x_recession_chart_data",
    "x_furcation_chart_data",
    "x_mobility_chart_data",
    "x_cal_chart_data",
];

const UNIVERSAL: Conventions =
    Conventions { notation: Notation::Universal, margin_sign: MarginSign::RecessionPositive };

struct Flattener {
    module: Module<Perio>,
    manifest: Manifest,
}

fn flattener() -> &'static Flattener {
    static LOADED: OnceLock<Flattener> = OnceLock::new();
    LOADED.get_or_init(|| {
        let bytes = guests::bytes("perio-chart");
        let module =
            Module::load(&guests::engine(), "perio-chart", &bytes, Limits::default()).expect("the component loads");
        let manifest = module.describe(&[]).expect("it describes itself").manifest;
        Flattener { module, manifest }
    })
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace")
}

fn fixture(name: &str) -> Value {
    let file = root().join("fixtures/perio-chart").join(name);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

fn run(texts: &Texts, exams: &[Exam]) -> BatchReport {
    let Flattener { module, manifest } = flattener();
    module.transform(&guests::context(), manifest, texts, exams)
}

/// Outcomes as golden files keep them, one for each exam.
fn flatten(texts: &Texts, exams: &[Exam]) -> Vec<Value> {
    golden(texts, &run(texts, exams))
}

fn golden(texts: &Texts, report: &BatchReport) -> Vec<Value> {
    let manifest = &flattener().manifest;
    let json = |answer| serde_json::to_value(outcome_json(manifest, texts, answer)).expect("it is JSON");
    report.answers.iter().map(json).collect()
}

/// The outcome of an exam that is built with texts of its own.
fn flatten_one(build: impl FnOnce(&mut Texts) -> Exam) -> Value {
    let mut texts = Texts::new();
    let exam = build(&mut texts);
    flatten(&texts, &[exam]).pop().expect("one exam has one answer")
}

/// The fields of an outcome's only upsert.
fn fields(outcome: &Value) -> &Value {
    assert_eq!(outcome["upserts"].as_array().map(Vec::len), Some(1), "{outcome}");
    &outcome["upserts"][0]["fields"]
}

fn document(outcome: &Value, field: &str) -> Value {
    let text = fields(outcome)[field].as_str().unwrap_or_else(|| panic!("`{field}` is text"));
    serde_json::from_str(text).unwrap_or_else(|e| panic!("`{field}` is JSON: {e}"))
}

/// An exam from staged rows, as the host assembles it.
fn staged(texts: &mut Texts, exam: &Value, rows: &[Value], conventions: Conventions, latest: bool) -> Exam {
    let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    let decoded = assemble("staged", &exam.to_string(), rows.iter().map(String::as_str), conventions, latest, texts);
    decoded.expect("the rows decode").record
}

/// A staged row of `readings.csv`; `values` names its filled columns.
fn row(tooth: &str, measure: &str, values: &[(&str, i16)]) -> Value {
    let mut row = json!({ "exam_id": "E-1", "tooth": tooth, "measure": measure });
    for column in ["mb", "b", "db", "ml", "l", "dl", "tooth_value"] {
        let value = values.iter().find(|(name, _)| *name == column);
        row[column] = json!(value.map(|(_, value)| value.to_string()).unwrap_or_default());
    }
    row
}

/// A newest exam with these rows, nothing else remarkable about it.
fn exam_of(texts: &mut Texts, rows: &[Value], conventions: Conventions) -> Exam {
    let exam = json!({
        "exam_id": "E-1", "patient_id": "17", "exam_date": "2025-11-30", "examiner": "", "classification": "", "note": "",
    });
    staged(texts, &exam, rows, conventions, true)
}
