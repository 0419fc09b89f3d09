//! What differs from source to source: the form of a record in a file, and how it is decoded.

use odograft_engine::{Contract, Dentally, Perio};
use odograft_records::perio::Conventions;
use odograft_records::table::Field;
use odograft_records::{DecodeError, Decoded, Texts, dentally, perio};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::row::{Node, Object, Part};

/// A contract whose records stand in files. Another source needs this and its [`Contract`], nothing else.
pub trait Source: Contract {
    /// The source's name, as `odograft module new --source` takes it.
    const NAME: &'static str;

    /// Records of one call, as a run sends them.
    const BATCH: usize;

    /// The text of its WIT package, and the world that a module of it is of.
    const WIT: (&'static str, &'static str);

    /// Its objects, and how records of each are written.
    const OBJECTS: &'static [Object];

    /// The object that a record is of; none where it says so of no object of this source.
    fn object(record: &Node) -> Option<&'static Object>;

    /// Decodes one record; `position` is its place in the file, which errors name it by. Its text goes into `texts`.
    ///
    /// # Errors
    /// The JSON has another form than this source's records, or the row is no record.
    fn decode(position: usize, record: &str, texts: &mut Texts) -> Result<Decoded<Self::Record>, NoRecord>;
}

/// Why there is no record. Nothing of the file is quoted: it can hold a patient's data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRecord {
    /// The JSON is not of the form that the source's records have.
    #[error(
        "record {position} has another form than {form}, as its line {line} column {column} shows; hint: `odograft module run --help` shows the form"
    )]
    Form {
        /// The record, counted from 0.
        position: usize,
        /// The form of a record of this source.
        form: &'static str,
        /// Where, counted from 1 in the record's own text.
        line: usize,
        /// Where, counted from 1.
        column: usize,
    },
    /// The row cannot be decoded; a run would put it aside.
    #[error(transparent)]
    Row(#[from] DecodeError),
}

fn read<'a, T: Deserialize<'a>>(position: usize, record: &'a str, form: &'static str) -> Result<T, NoRecord> {
    // The reader's own words may quote a value; the place is enough.
    serde_json::from_str(record).map_err(|error| NoRecord::Form {
        position,
        form,
        line: error.line(),
        column: error.column(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DentallyRecord<'a> {
    object: String,
    #[serde(borrow)]
    row: &'a RawValue,
}

/// An object whose records name it beside their row.
const fn object(name: &'static str, parts: &'static [Part]) -> Object {
    Object { name, named: true, flags: &[], parts }
}

/// The part of a record that is its row.
const fn row(fields: &'static [Field]) -> Part {
    Part { member: "row", list: None, fields, extras: true }
}

impl Source for Dentally {
    const NAME: &'static str = "dentally";
    const WIT: (&'static str, &'static str) = (include_str!("../../../wit/dentally/dentally.wit"), "mapper");
    const BATCH: usize = 256;
    const OBJECTS: &'static [Object] = &[
        object("site", &[row(dentally::SITE)]),
        object("practitioner", &[row(dentally::PRACTITIONER)]),
        object("patient", &[row(dentally::PATIENT)]),
        object("appointment", &[row(dentally::APPOINTMENT)]),
    ];

    fn object(record: &Node) -> Option<&'static Object> {
        let Node::Leaf(name) = record.get("object")? else { return None };
        Self::OBJECTS.iter().find(|object| name.trim_matches('"') == object.name)
    }

    fn decode(position: usize, record: &str, texts: &mut Texts) -> Result<Decoded<Self::Record>, NoRecord> {
        let record: DentallyRecord<'_> = read(position, record, r#"`{"object": "patient", "row": {…}}`"#)?;
        Ok(dentally::decode(&record.object, &position.to_string(), record.row.get(), texts)?)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PerioRecord<'a> {
    #[serde(borrow)]
    manifest: &'a RawValue,
    #[serde(borrow)]
    exam: &'a RawValue,
    #[serde(borrow)]
    readings: Vec<&'a RawValue>,
    #[serde(default = "newest")]
    latest: bool,
}

fn newest() -> bool {
    true
}

impl Source for Perio {
    const NAME: &'static str = "perio";
    const WIT: (&'static str, &'static str) = (include_str!("../../../wit/perio/perio.wit"), "flattener");
    const BATCH: usize = 32;
    // `latest` is no field of the source: the host finds it out from all exams of a patient.
    const OBJECTS: &'static [Object] = &[Object {
        name: "exam",
        named: false,
        flags: &["latest"],
        parts: &[
            Part { member: "manifest", list: None, fields: perio::MANIFEST_FIELDS, extras: false },
            Part { member: "exam", list: None, fields: perio::EXAM_FIELDS, extras: true },
            Part { member: "readings", list: Some("readings"), fields: perio::READING_FIELDS, extras: true },
        ],
    }];

    fn object(_: &Node) -> Option<&'static Object> {
        Self::OBJECTS.first()
    }

    fn decode(position: usize, record: &str, texts: &mut Texts) -> Result<Decoded<Self::Record>, NoRecord> {
        let form = r#"`{"manifest": {…}, "exam": {…}, "readings": [{…}], "latest": true}`"#;
        let record: PerioRecord<'_> = read(position, record, form)?;
        let conventions = Conventions::decode(record.manifest.get())?;
        let readings = record.readings.iter().map(|reading| reading.get());
        Ok(perio::assemble(&position.to_string(), record.exam.get(), readings, conventions, record.latest, texts)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_form_is_placed_and_never_quoted() {
        for record in [r#""Quackenbush""#, r#"{"object": "patient", "row": {}, "Quackenbush": 1}"#, r#"{"exam": {}}"#] {
            let error = Dentally::decode(3, record, &mut Texts::new()).expect_err("another form");
            assert!(error.to_string().starts_with("record 3 has another form than `{\"object\""), "{error}");
            assert!(!format!("{error:?}").contains("Quackenbush"), "{error:?}");
        }
    }

    #[test]
    fn an_exam_is_the_newest_unless_it_says_otherwise() {
        let mut texts = Texts::new();
        let exam = |latest: &str| {
            format!(
                r#"{{"manifest":{{"notation":"fdi","margin_sign":"recession-positive"}},"exam":{{"exam_id":"E1","patient_id":"17","exam_date":"2026-03-02"}},"readings":[]{latest}}}"#
            )
        };
        assert!(Perio::decode(0, &exam(""), &mut texts).expect("decodes").record.latest);
        assert!(!Perio::decode(0, &exam(r#","latest":false"#), &mut texts).expect("decodes").record.latest);
    }
}
