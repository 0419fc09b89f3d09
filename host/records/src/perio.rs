//! Staged exams and their readings as records.
//!
//! An exam's row and its readings' rows are the columns of a perio drop (`exams.csv`,
//! `readings.csv`) as JSON text. What the drop says of itself (`manifest.json`) gives the
//! conventions, which no value can tell. A database's exams come under the same names, with conventions from the
//! configuration.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::assembly::{Assemble, Object, Part, Parts, Rows, Staged};
use crate::bindings::perio::records::{Exam, MarginSign, Measure, Notation, Reading, Surface};
use crate::decode::{DecodeError, Decoded, Gathered, Row, Slots};
use crate::names::Names;
use crate::table::{Field, Kind};
use crate::texts::Texts;

/// What `manifest.json` says of an exam.
const MANIFEST_FIELDS: &[Field] = &[
    Field::named("notation", &["notation"], Kind::Choice(&["universal", "fdi", "palmer"])).required(),
    Field::named("margin_sign", &["margin_sign"], Kind::Choice(&["recession-positive", "recession-negative"]))
        .required(),
];

/// The columns of `exams.csv`, or of a database's exams, whose rows have bookkeeping of their own.
const EXAM_FIELDS: &[Field] = &[
    Field::named("id", &["exam_id"], Kind::Text).required(),
    Field::named("patient_id", &["patient_id"], Kind::Text).required(),
    Field::named("examined_on", &["exam_date"], Kind::Date).required(),
    Field::named("examiner", &["examiner"], Kind::Text),
    Field::named("classification", &["classification"], Kind::Text),
    Field::named("note", &["note"], Kind::Text),
    Field::named("clinic_id", &["clinic_id"], Kind::Link),
    Field::named("modified_at", &["modified_at"], Kind::Link),
];

/// The columns of `readings.csv`, below the exam's `readings`.
const READING_FIELDS: &[Field] = &[
    Field::named("exam_id", &["exam_id"], Kind::Link),
    Field::named("tooth", &["tooth"], Kind::Text),
    Field::named("measure", &["measure"], Kind::Choice(MEASURES)),
    Field::named("mb", &["mb"], Kind::Integer),
    Field::named("b", &["b"], Kind::Integer),
    Field::named("db", &["db"], Kind::Integer),
    Field::named("ml", &["ml"], Kind::Integer),
    Field::named("l", &["l"], Kind::Integer),
    Field::named("dl", &["dl"], Kind::Integer),
    Field::named("tooth_value", &["tooth_value"], Kind::Integer),
    Field::named("reading_id", &["reading_id"], Kind::Link),
    Field::named("clinic_id", &["clinic_id"], Kind::Link),
    Field::named("modified_at", &["modified_at"], Kind::Link),
];

/// The words for what was measured.
const MEASURES: &[&str] = &[
    "probing-depth",
    "gingival-margin",
    "attachment-level",
    "bleeding",
    "suppuration",
    "plaque",
    "calculus",
    "furcation",
    "mobility",
    "mucogingival-junction",
    "missing",
    "implant",
];

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

/// By the source's own word for what was measured, the contract's.
type Words = BTreeMap<String, Measure>;

/// The words of a manifest's `measures`, for a source that has others than the contract.
fn words(manifest: &str) -> Result<Words, DecodeError> {
    let manifest: Value = serde_json::from_str(manifest).unwrap_or_default();
    let given = manifest.get("measures").and_then(Value::as_object).into_iter().flatten();
    let word = |(own, word): (&String, &Value)| {
        let measure = word.as_str().and_then(measure).ok_or_else(|| DecodeError::Field {
            object: "perio-manifest".to_owned(),
            key: "manifest".to_owned(),
            field: "measures".to_owned(),
            what: "names a measure that the contract does not know",
        });
        Ok((own.clone(), measure?))
    };
    given.map(word).collect()
}

/// The way of exams from rows to records.
#[derive(Debug, Clone)]
pub struct Assembler(Conventions, Words);

impl Assemble for Assembler {
    type Record = Exam;
    // `latest` is no field of the source: the host finds it out from all exams of a patient.
    const OBJECTS: &'static [Object<'static>] = &[Object {
        name: "exam",
        staged: "exam",
        named: false,
        flags: &["latest"],
        parts: Parts::Fixed(&[
            Part::manifest(MANIFEST_FIELDS),
            Part { member: "exam", rows: Rows::Own, fields: EXAM_FIELDS, extras: true, carried: true },
            Part::below("reading", "readings", READING_FIELDS),
        ]),
    }];
    const MANIFEST: Option<&'static str> = Some("perio-manifest");
    // Exams carry hundreds of readings each, so fewer of them fill a sandbox.
    const BATCH: usize = 32;

    fn open(manifest: &str) -> Result<Self, DecodeError> {
        Ok(Self(Conventions::decode(manifest)?, words(manifest)?))
    }

    fn assemble(&self, _: &Object<'_>, rows: &Staged<'_>, texts: &mut Texts) -> Result<Gathered<Exam>, DecodeError> {
        let readings = rows.first_list().map(|(_, json)| json);
        let Self(conventions, words) = self;
        in_words(rows.key, rows.row, readings, *conventions, words, rows.latest, texts).map(Gathered::from)
    }
}

/// The columns of `exams.csv`, in the order in which [`assemble`] reads them.
static EXAM: Names = Names::new(&[
    &["exam_id"],
    &["patient_id"],
    &["exam_date"],
    &["examiner"],
    &["classification"],
    &["note"],
    &["clinic_id"],
    &["modified_at"],
]);

/// One exam with its readings, in the source's order. `latest` tells whether it is the patient's newest. Its text goes
/// into the batch's `texts`, which the record points into.
///
/// # Errors
/// The exam's row is no JSON object, or has no identifier, patient or date.
pub fn assemble<'a>(
    key: &str,
    exam: &str,
    readings: impl IntoIterator<Item = &'a str>,
    conventions: Conventions,
    latest: bool,
    texts: &mut Texts,
) -> Result<Decoded<Exam>, DecodeError> {
    in_words(key, exam, readings, conventions, &Words::new(), latest, texts)
}

/// The same for a source with words of its own for what was measured.
fn in_words<'a>(
    key: &str,
    exam: &str,
    readings: impl IntoIterator<Item = &'a str>,
    conventions: Conventions,
    words: &Words,
    latest: bool,
    texts: &mut Texts,
) -> Result<Decoded<Exam>, DecodeError> {
    let mut slots = [None; EXAM.len()];
    let mut row = Row::new("exam", key, exam, Slots::new(&EXAM, &mut slots), texts)?;
    let (id, patient, day) = (row.text(), row.text(), row.day());
    let mut record = Exam {
        id: row.required(id, "exam_id")?,
        patient_id: row.required(patient, "patient_id")?,
        examined_on: row.required(day, "exam_date")?,
        examiner: row.text(),
        notation: conventions.notation,
        margin_sign: conventions.margin_sign,
        classification: row.text(),
        latest,
        readings: Vec::new(),
        note: row.text(),
        extra: Vec::new(),
    };
    for (position, reading) in readings.into_iter().enumerate() {
        read_row(position, reading, words, &mut row, &mut record.readings);
    }
    let (extra, problems) = row.finish();
    record.extra = extra;
    Ok(Decoded { record, problems })
}

/// The columns of `readings.csv`: a tooth, a measure, the numbers of its sites and that of the tooth itself.
/// What stands behind them ties rows together.
static READING: Names = Names::new(&[
    &["exam_id"],
    &["tooth"],
    &["measure"],
    &["mb"],
    &["b"],
    &["db"],
    &["ml"],
    &["l"],
    &["dl"],
    &["tooth_value"],
    &["reading_id"],
    &["clinic_id"],
    &["modified_at"],
]);

/// Bytes of a tooth's name: more than any notation needs. Every number that cannot be read repeats it.
const LONGEST_TOOTH: usize = 64;

/// The columns with numbers, as [`READING`] orders them.
const SITES: [(&str, Option<Surface>); 7] = [
    ("mb", Some(Surface::MesioBuccal)),
    ("b", Some(Surface::Buccal)),
    ("db", Some(Surface::DistoBuccal)),
    ("ml", Some(Surface::MesioLingual)),
    ("l", Some(Surface::Lingual)),
    ("dl", Some(Surface::DistoLingual)),
    ("tooth_value", None),
];

/// One row of `readings.csv`. What cannot be read becomes a problem and an extra column of the exam; columns that the
/// drop does not have become extra columns.
fn read_row(position: usize, json: &str, words: &Words, exam: &mut Row<'_, '_>, readings: &mut Vec<Reading>) {
    let mut slots = [None; READING.len()];
    let mut row = Slots::new(&READING, &mut slots);
    let column = |name: &str| format!("readings.{position}.{name}");
    if row.fill(json, |name, json| exam.carry(&column(&name), json)).is_err() {
        return exam.report(&format!("readings.{position}"), "is not a JSON object", json);
    }
    // The exam's own identifier: the rows were grouped by it.
    row.words();
    let (tooth, word) = (row.words(), row.words());
    let tooth = tooth.trim();
    let word = word.trim();
    let Some(measure) = words.get(word).copied().or_else(|| measure(word)) else {
        return exam.report(&column("measure"), "is not a measure that the contract knows", json);
    };
    if tooth.is_empty() {
        return exam.report(&column("tooth"), "is missing", json);
    }
    if tooth.len() > LONGEST_TOOTH {
        return exam.report(&column("tooth"), "is too long for a tooth's name", json);
    }
    let span = exam.add(tooth);
    for (name, surface) in SITES {
        match row.words().trim() {
            "" => {}
            number => match number.parse().or_else(|error| truth(number).ok_or(error)) {
                Ok(value) => readings.push(Reading { tooth: span, surface, measure, value }),
                Err(_) => exam.report(&column(name), "is not a whole number", &format!("{tooth} {number}")),
            },
        }
    }
}

/// A database may keep a finding that is there or not as a truth value.
fn truth(word: &str) -> Option<i16> {
    match word {
        "true" => Some(1),
        "false" => Some(0),
        _ => None,
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
    const ROW: &str = r#"{"exam_id":"E1","patient_id":"17","exam_date":"2026-03-02","examiner":"","classification":"Stage II","note":"","room":"3"}"#;

    #[test]
    fn readings_meet_their_exam() {
        let readings = [
            r#"{"exam_id":"E1","tooth":"16","measure":"probing-depth","mb":"3","b":"2","db":"","ml":"","l":"","dl":"4","tooth_value":""}"#,
            r#"{"exam_id":"E1","tooth":"16","measure":"mobility","mb":"","b":"","db":"","ml":"","l":"","dl":"","tooth_value":"1"}"#,
            r#"{"exam_id":"E1","tooth":"16","measure":"probing-depth","mb":"deep","b":"","db":"","ml":"","l":"","dl":"","tooth_value":""}"#,
            r#"{"exam_id":"E1","tooth":"16","measure":"wobble","mb":"1","b":"","db":"","ml":"","l":"","dl":"","tooth_value":""}"#,
        ];
        let mut texts = Texts::new();
        let decoded = assemble("E1", ROW, readings, CONVENTIONS, true, &mut texts).expect("assembles");
        let exam = decoded.record;
        assert_eq!(exam.classification.and_then(|words| texts.get(words)), Some("Stage II"));
        assert_eq!(exam.examiner, None);
        let sites: Vec<_> = exam.readings.iter().map(|r| (r.surface, r.value)).collect();
        let expected =
            [(Some(Surface::MesioBuccal), 3), (Some(Surface::Buccal), 2), (Some(Surface::DistoLingual), 4), (None, 1)];
        assert_eq!(sites, expected);
        let fields: Vec<_> = decoded.problems.iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["exam.readings.2.mb", "exam.readings.3.measure"]);
        let names: Vec<_> = exam.extra.iter().filter_map(|e| texts.get(e.name)).collect();
        assert_eq!(names, ["room", "readings.2.mb", "readings.3.measure"]);
    }

    #[test]
    fn a_text_that_is_no_tooth_is_carried_once() {
        let reading = format!(r#"{{"tooth":"{}","measure":"mobility","mb":"deep","b":"deep"}}"#, "x".repeat(65));
        let mut texts = Texts::new();
        let decoded = assemble("E1", ROW, [reading.as_str()], CONVENTIONS, true, &mut texts).expect("assembles");
        assert_eq!(decoded.problems[0].field, "exam.readings.0.tooth");
        assert_eq!((decoded.problems.len(), texts.as_str().matches("xxx").count()), (1, 21));
    }

    #[test]
    fn tables_name_what_is_read() {
        for (table, names) in [(EXAM_FIELDS, &EXAM), (READING_FIELDS, &READING)] {
            assert_eq!(table.len(), names.len());
            for (at, field) in table.iter().enumerate() {
                assert_eq!(names.find(field.names[0]), Some((at, 0)), "{}", field.name);
            }
        }
        assert!(MEASURES.iter().all(|word| measure(word).is_some()));
        let words = |at: usize| match MANIFEST_FIELDS[at].kind {
            Kind::Choice(words) => words,
            _ => &[],
        };
        for notation in words(0) {
            for sign in words(1) {
                let manifest = format!(r#"{{"notation":"{notation}","margin_sign":"{sign}"}}"#);
                assert!(Conventions::decode(&manifest).is_ok(), "{manifest}");
            }
        }
    }

    #[test]
    fn a_database_has_words_stamps_and_truth_values_of_its_own() {
        let manifest = r#"{"notation":"fdi","margin_sign":"recession-positive","measures":{"4":"probing-depth","BOP":"bleeding"}}"#;
        let assembler = Assembler::open(manifest).expect("good");
        let exam = r#"{"clinic_id":"N","exam_id":"N/1","patient_id":"N/17","exam_date":"2026-03-02T14:30:00.000","modified_at":"2026-03-02T14:31:00.000"}"#;
        let readings = [
            ("N/1", r#"{"clinic_id":"N","reading_id":"N/1","exam_id":"N/1","tooth":16,"measure":4,"mb":3,"dl":null}"#),
            (
                "N/2",
                r#"{"clinic_id":"N","reading_id":"N/2","exam_id":"N/1","tooth":16,"measure":"BOP","mb":true,"b":false}"#,
            ),
        ];
        let mut texts = Texts::new();
        let rows = Staged { key: "N/1", row: exam, lists: &[readings.to_vec()], latest: true };
        let gathered = assembler.assemble(&Assembler::OBJECTS[0], &rows, &mut texts).expect("assembles");
        let exam = gathered.record;
        assert_eq!((gathered.problems, exam.extra.len()), (Vec::new(), 0));
        assert_eq!(exam.examined_on.to_string(), "2026-03-02");
        assert_eq!((texts.get(exam.id), texts.get(exam.patient_id)), (Some("N/1"), Some("N/17")));
        let values: Vec<_> = exam.readings.iter().map(|reading| (reading.measure, reading.value)).collect();
        assert_eq!(values, [(Measure::ProbingDepth, 3), (Measure::Bleeding, 1), (Measure::Bleeding, 0)]);
        let error = Assembler::open(&manifest.replace("bleeding", "wobble")).expect_err("no such measure");
        assert!(error.to_string().contains("`measures`"), "{error}");
    }

    #[test]
    fn conventions_are_never_guessed() {
        let error = Conventions::decode(r#"{"notation":"fdi"}"#).expect_err("no sign");
        assert!(error.to_string().contains("`margin_sign`"), "{error}");
        assert!(Conventions::decode(r#"{"notation":"palmer","margin_sign":"recession-negative"}"#).is_ok());
    }
}
