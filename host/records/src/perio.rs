//! Staged exams and their readings as records.
//!
//! An exam's row and its readings' rows are the columns of a perio drop (`exams.csv`,
//! `readings.csv`) as JSON text. What the drop says of itself (`manifest.json`) gives the
//! conventions, which no value can tell.

use serde_json::Value;

use crate::bindings::perio::records::{Exam, MarginSign, Measure, Notation, Reading, Surface};
use crate::bindings::transform::values::{ExtraField, Scalar};
use crate::decode::{DecodeError, Decoded, Problem, Row};

/// What a source means by its numbers.
#[derive(Debug, Clone, Copy)]
pub struct Conventions {
    /// How it names teeth.
    pub notation: Notation,
    /// What a positive margin means.
    pub margin_sign: MarginSign,
}

impl Conventions {
    /// From the staged manifest of a perio drop: `notation` and `margin_sign`.
    ///
    /// # Errors
    /// One of the two is missing or not a word that the contract knows.
    pub fn decode(manifest: &str) -> Result<Self, DecodeError> {
        let fields: Value = serde_json::from_str(manifest).unwrap_or_default();
        let word = |field: &str| fields.get(field).and_then(Value::as_str).unwrap_or_default();
        let unknown = |field: &str, what| DecodeError::Field {
            object: "perio-manifest".to_owned(),
            key: "manifest".to_owned(),
            field: field.to_owned(),
            what,
        };
        Ok(Self {
            notation: match word("notation") {
                "universal" => Notation::Universal,
                "fdi" => Notation::Fdi,
                "palmer" => Notation::Palmer,
                _ => return Err(unknown("notation", "is none of `universal`, `fdi`, `palmer`")),
            },
            margin_sign: match word("margin_sign") {
                "recession-positive" => MarginSign::RecessionPositive,
                "recession-negative" => MarginSign::RecessionNegative,
                _ => return Err(unknown("margin_sign", "is neither `recession-positive` nor `recession-negative`")),
            },
        })
    }
}

const SITES: [(&str, Surface); 6] = [
    ("mb", Surface::MesioBuccal),
    ("b", Surface::Buccal),
    ("db", Surface::DistoBuccal),
    ("ml", Surface::MesioLingual),
    ("l", Surface::Lingual),
    ("dl", Surface::DistoLingual),
];

/// One exam with its readings, in the source's order. `latest` tells whether it is the patient's newest.
///
/// # Errors
/// The exam's row is no JSON object, or has no identifier, patient or date.
pub fn assemble<'r>(
    key: &str,
    exam: &str,
    readings: impl IntoIterator<Item = &'r str>,
    conventions: Conventions,
    latest: bool,
) -> Result<Decoded<Exam>, DecodeError> {
    let mut row = Row::new("exam", key, exam)?;
    let (id, patient, day) = (row.text(&["exam_id"]), row.text(&["patient_id"]), row.date(&["exam_date"]));
    let mut assembled = Exam {
        id: row.required(id, "exam_id")?,
        patient_id: row.required(patient, "patient_id")?,
        examined_on: row.required(day, "exam_date")?,
        examiner: row.text(&["examiner"]),
        notation: conventions.notation,
        margin_sign: conventions.margin_sign,
        classification: row.text(&["classification"]),
        latest,
        readings: Vec::new(),
        note: row.text(&["note"]),
        extra: Vec::new(),
    };
    let (extra, mut problems) = row.finish();
    assembled.extra = extra;
    for (position, reading) in readings.into_iter().enumerate() {
        read_row(position, reading, &mut assembled, &mut problems);
    }
    Ok(Decoded { record: assembled, problems })
}

/// One row of `readings.csv`: a tooth, a measure, and up to seven numbers.
fn read_row(position: usize, json: &str, exam: &mut Exam, problems: &mut Vec<Problem>) {
    let mut unreadable = |exam: &mut Exam, column: &str, message, raw: String| {
        problems.push(Problem { field: format!("exam.readings.{position}.{column}"), message });
        exam.extra.push(ExtraField { name: format!("readings.{position}.{column}"), value: Scalar::Text(raw) });
    };
    let fields: Value = serde_json::from_str(json).unwrap_or_default();
    let column = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().trim();
    let tooth = column("tooth");
    let Some(measure) = measure(column("measure")) else {
        return unreadable(exam, "measure", "is not a measure that the contract knows", json.to_owned());
    };
    if tooth.is_empty() {
        return unreadable(exam, "tooth", "is missing", json.to_owned());
    }
    let sites = SITES.iter().map(|(name, surface)| (*name, Some(*surface)));
    for (name, surface) in sites.chain([("tooth_value", None)]) {
        match column(name) {
            "" => {}
            number => match number.parse() {
                Ok(value) => exam.readings.push(Reading { tooth: tooth.to_owned(), surface, measure, value }),
                Err(_) => unreadable(exam, name, "is not a whole number", format!("{tooth} {number}")),
            },
        }
    }
}

fn measure(word: &str) -> Option<Measure> {
    Some(match word {
        "probing-depth" => Measure::ProbingDepth,
        "gingival-margin" => Measure::GingivalMargin,
        "attachment-level" => Measure::AttachmentLevel,
        "bleeding" => Measure::Bleeding,
        "suppuration" => Measure::Suppuration,
        "plaque" => Measure::Plaque,
        "calculus" => Measure::Calculus,
        "furcation" => Measure::Furcation,
        "mobility" => Measure::Mobility,
        "mucogingival-junction" => Measure::MucogingivalJunction,
        "missing" => Measure::Missing,
        "implant" => Measure::Implant,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONVENTIONS: Conventions =
        Conventions { notation: Notation::Fdi, margin_sign: MarginSign::RecessionPositive };
    const EXAM: &str = r#"{"exam_id":"E1","patient_id":"17","exam_date":"2026-03-02","examiner":"","classification":"Stage II","note":"","room":"3"}"#;

    #[test]
    fn readings_meet_their_exam() {
        let readings = [
            r#"{"exam_id":"E1","tooth":"16","measure":"probing-depth","mb":"3","b":"2","db":"","ml":"","l":"","dl":"4","tooth_value":""}"#,
            r#"{"exam_id":"E1","tooth":"16","measure":"mobility","mb":"","b":"","db":"","ml":"","l":"","dl":"","tooth_value":"1"}"#,
            r#"{"exam_id":"E1","tooth":"16","measure":"probing-depth","mb":"deep","b":"","db":"","ml":"","l":"","dl":"","tooth_value":""}"#,
            r#"{"exam_id":"E1","tooth":"16","measure":"wobble","mb":"1","b":"","db":"","ml":"","l":"","dl":"","tooth_value":""}"#,
        ];
        let decoded = assemble("E1", EXAM, readings, CONVENTIONS, true).expect("assembles");
        let exam = decoded.record;
        assert_eq!(exam.classification.as_deref(), Some("Stage II"));
        assert_eq!(exam.examiner, None);
        let sites: Vec<_> = exam.readings.iter().map(|r| (r.surface, r.value)).collect();
        let expected =
            [(Some(Surface::MesioBuccal), 3), (Some(Surface::Buccal), 2), (Some(Surface::DistoLingual), 4), (None, 1)];
        assert_eq!(sites, expected);
        let fields: Vec<_> = decoded.problems.iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["exam.readings.2.mb", "exam.readings.3.measure"]);
        let names: Vec<_> = exam.extra.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["room", "readings.2.mb", "readings.3.measure"]);
    }

    #[test]
    fn conventions_are_never_guessed() {
        let error = Conventions::decode(r#"{"notation":"fdi"}"#).expect_err("no sign");
        assert!(error.to_string().contains("`margin_sign`"), "{error}");
        assert!(Conventions::decode(r#"{"notation":"palmer","margin_sign":"recession-negative"}"#).is_ok());
    }
}
