//! Periodontal exams of a full mouth, flattened in the sandbox and by the same rule natively.

use anyhow::{Result, ensure};
use fastrand::Rng;
use odograft_engine::{Answer, Engine, EngineOptions, Limits, Module, Perio};
use odograft_records::Texts;
use odograft_records::bindings::perio::records as host;
use odograft_records::perio::{Conventions, assemble};
use odograft_sdk::{Date, perio as guest};
use serde_json::json;

use crate::figure::{Figure, Reach};
use crate::measure::{Side, compare};
use crate::sandbox::{context, wasm};

/// Exams in one call.
const BATCH: usize = 32;
/// The measures of each of the 192 sites.
const MEASURES: [&str; 3] = ["probing-depth", "gingival-margin", "bleeding"];

pub(crate) fn figures() -> Result<Vec<Figure>> {
    let engine = Engine::new(&EngineOptions::default())?;
    let module: Module<Perio> = Module::load(&engine, "perio-chart", &wasm("perio-chart")?, Limits::default())?;
    let (manifest, context) = (module.describe(&[])?.manifest, context());
    let (texts, exams) = exams()?;
    let native: Vec<guest::Exam> = exams.iter().map(|exam| natively(exam, &texts)).collect();
    let flat = || native.iter().map(odograft_guest_perio_chart::exam::exam).collect::<Vec<_>>();
    let sandboxed = || module.transform(&context, &manifest, &texts, &exams).answers;
    let cells = |answer: &Answer| match answer {
        Answer::Outcome(outcome) => outcome.upserts.iter().map(|upsert| upsert.cells.len()).sum(),
        Answer::Rejected(_) | Answer::Failed(_) => 0_usize,
    };
    ensure!(sandboxed().iter().all(|answer| cells(answer) > 5), "an exam was not flattened");
    ensure!(flat().iter().all(Result::is_ok), "an exam was not flattened natively");
    let compared = compare(BATCH, Side::new("native Rust", flat), Side::new("sandbox", sandboxed));
    let question = "flattening of perio exams, 192 sites with 3 measures";
    Ok(vec![Figure::ratio("perio", question, &compared, Reach::AtMost(1.4))])
}

/// A batch of full mouths.
fn exams() -> Result<(Texts, Vec<host::Exam>)> {
    let mut rng = Rng::with_seed(192);
    let mut texts = Texts::new();
    let conventions = Conventions { notation: host::Notation::Fdi, margin_sign: host::MarginSign::RecessionPositive };
    let exam = |number: usize| {
        let row = json!({ "exam_id": format!("E{number}"), "patient_id": number.to_string(), "exam_date": "2026-03-02",
            "examiner": "Dr. Example", "classification": "Stage II, Grade B" });
        let mut readings = Vec::new();
        for quadrant in 1..=4 {
            for tooth in 1..=8 {
                for measure in MEASURES {
                    let mut value = || rng.u8(if measure == "bleeding" { 0..2 } else { 0..7 }).to_string();
                    readings.push(
                        json!({ "exam_id": format!("E{number}"), "tooth": format!("{quadrant}{tooth}"), "measure": measure,
                            "mb": value(), "b": value(), "db": value(), "ml": value(), "l": value(), "dl": value() })
                        .to_string(),
                    );
                }
            }
        }
        let readings = readings.iter().map(String::as_str);
        Ok(assemble("", &row.to_string(), readings, conventions, true, &mut texts)?.record)
    };
    let exams = (0..BATCH).map(exam).collect::<Result<_>>()?;
    Ok((texts, exams))
}

/// The same exam in the module author's types.
fn natively(exam: &host::Exam, texts: &Texts) -> guest::Exam {
    let text = |span| texts.get(span).unwrap_or_default().into();
    let surface = |surface| match surface {
        host::Surface::MesioBuccal => guest::Surface::MesioBuccal,
        host::Surface::Buccal => guest::Surface::Buccal,
        host::Surface::DistoBuccal => guest::Surface::DistoBuccal,
        host::Surface::MesioLingual => guest::Surface::MesioLingual,
        host::Surface::Lingual => guest::Surface::Lingual,
        host::Surface::DistoLingual => guest::Surface::DistoLingual,
    };
    let measure = |measure| match measure {
        host::Measure::GingivalMargin => guest::Measure::GingivalMargin,
        host::Measure::Bleeding => guest::Measure::Bleeding,
        _ => guest::Measure::ProbingDepth,
    };
    let reading = |reading: &host::Reading| guest::Reading {
        tooth: text(reading.tooth),
        surface: reading.surface.map(surface),
        measure: measure(reading.measure),
        value: reading.value,
    };
    let day = exam.examined_on;
    guest::Exam {
        id: text(exam.id),
        patient_id: text(exam.patient_id),
        examined_on: Date { year: day.year, month: day.month, day: day.day },
        examiner: exam.examiner.map(text),
        notation: guest::Notation::Fdi,
        margin_sign: guest::MarginSign::RecessionPositive,
        classification: exam.classification.map(text),
        latest: exam.latest,
        readings: exam.readings.iter().map(reading).collect(),
        note: exam.note.map(text),
        extra: Vec::new(),
    }
}
