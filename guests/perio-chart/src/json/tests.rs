//! Examples of documents.

use odograft_sdk::Date;
use odograft_sdk::perio::{MarginSign, Reading};

use super::*;

fn exam(notation: Notation, margin_sign: MarginSign, readings: Vec<Reading>) -> Exam {
    Exam {
        id: "E-1".into(),
        patient_id: "7".into(),
        examined_on: Date { year: 987, month: 3, day: 5 },
        examiner: None,
        notation,
        margin_sign,
        classification: None,
        latest: true,
        readings,
        note: None,
        extra: Vec::new(),
    }
}

fn reading(tooth: &str, surface: Option<Surface>, measure: Measure, value: i16) -> Reading {
    Reading { tooth: tooth.into(), surface, measure, value }
}

fn documents(exam: &Exam) -> Vec<String> {
    let chart = Chart::new(&exam.readings, exam.notation, exam.margin_sign);
    Document::ALL.into_iter().map(|document| write(document, exam, &chart)).collect()
}

const HEAD: &str = "\"exam_id\":\"E-1\",\"examined_on\":\"0987-03-05\",\"notation\":\"fdi\"";

#[test]
fn an_exam_without_readings_gives_empty_documents_not_noughts() {
    let documents = documents(&exam(Notation::Fdi, MarginSign::RecessionPositive, Vec::new()));
    assert_eq!(
        documents[0],
        format!(
            r#"{{"version":1,"document":"ppd",{HEAD},"unit":"mm","missing":[],"implants":[],"teeth":{{}},"left_out":[]}}"#
        )
    );
    assert!(documents.iter().all(|document| document.ends_with(r#""teeth":{},"left_out":[]}"#)));
}

#[test]
fn every_measure_has_its_document() {
    let (b, dl) = (Some(Surface::Buccal), Some(Surface::DistoLingual));
    let readings = vec![
        reading("26", dl, Measure::ProbingDepth, 12),
        reading("26", dl, Measure::GingivalMargin, -2),
        reading("16", b, Measure::ProbingDepth, 4),
        reading("16", b, Measure::AttachmentLevel, 5),
        reading("16", b, Measure::Bleeding, 0),
        reading("16", b, Measure::Plaque, 1),
        reading("16", b, Measure::MucogingivalJunction, 6),
        reading("16", b, Measure::Furcation, 2),
        reading("16", None, Measure::Mobility, 1),
        reading("46", None, Measure::Missing, 1),
        reading("36", None, Measure::Implant, 1),
    ];
    let documents = documents(&exam(Notation::Fdi, MarginSign::RecessionPositive, readings));
    let tails = [
        r#""teeth":{"16":{"b":4},"26":{"dl":12}},"left_out":[]}"#,
        r#""teeth":{"16":{"b":0}},"plaque":{"16":{"b":1}},"left_out":[]}"#,
        r#""teeth":{"26":{"dl":-2}},"mucogingival_junction":{"16":{"b":6}},"left_out":[]}"#,
        r#""teeth":{"16":{"b":2}},"left_out":[]}"#,
        r#""teeth":{"16":1},"left_out":[]}"#,
        r#""teeth":{"26":{"dl":10}},"charted":{"16":{"b":5}},"left_out":[]}"#,
    ];
    for (place, tail) in tails.into_iter().enumerate() {
        let document = &documents[place];
        assert!(document.ends_with(&format!(r#""missing":["46"],"implants":["36"],{tail}"#)), "{document}");
    }
}

#[test]
fn a_reading_outside_the_chart_is_listed_once_with_its_number() {
    let readings = vec![
        reading("16", Some(Surface::Buccal), Measure::ProbingDepth, 25),
        reading("6\"\n", None, Measure::Missing, 1),
        reading("16", Some(Surface::Buccal), Measure::Mobility, 9),
    ];
    let documents = documents(&exam(Notation::Fdi, MarginSign::RecessionPositive, readings));
    let listed = |place: usize| documents[place].split_once("\"left_out\":").expect("every document lists them").1;
    assert_eq!(
        listed(0),
        r#"[{"tooth":"16","site":"b","measure":"probing-depth","value":25,"reason":"out-of-range"}]}"#
    );
    assert_eq!(
        listed(4),
        r#"[{"tooth":null,"name":"6\"\u000a","measure":"missing","value":1,"reason":"unknown-tooth"},{"tooth":"16","measure":"mobility","value":9,"reason":"out-of-range"}]}"#
    );
    assert_eq!([listed(1), listed(2), listed(3), listed(5)], ["[]}"; 4]);
}

#[test]
fn notation_and_margin_sign_leave_no_trace() {
    let sites = |name: &str, margin: i16| {
        vec![
            reading(name, Some(Surface::Buccal), Measure::ProbingDepth, 5),
            reading(name, Some(Surface::Buccal), Measure::GingivalMargin, margin),
        ]
    };
    let universal = documents(&exam(Notation::Universal, MarginSign::RecessionPositive, sites("19", 2)));
    let fdi = documents(&exam(Notation::Fdi, MarginSign::RecessionNegative, sites("36", -2)));
    let palmer = documents(&exam(Notation::Palmer, MarginSign::RecessionPositive, sites("LL6", 2)));
    assert_eq!(universal, fdi);
    assert_eq!(universal, palmer);
}

#[test]
fn numbers_are_written_in_full() {
    for number in [0, 7, -7, 10, i32::MAX, i32::MIN] {
        let mut out = String::new();
        push_number(number, &mut out);
        assert_eq!(out, number.to_string());
    }
}
