//! What differs from source to source: the form of a record in a file, and how it is decoded.

use odograft_engine::{Contract, DentOSoft, Dentally, PandaPerio, Perio, PracticeByNumbers, Tabular};
use odograft_records::bindings::transform::manifest::Manifest;
use odograft_records::{Assemble, DecodeError, Decoded, Gathered, Object, Objects, Rows, Staged, Texts};
use serde_json::value::RawValue;

use crate::case::Input;
use crate::layout::{self, Layout};
use crate::row::{self, Node};

/// A contract whose records stand in files. Another source needs this and its [`Contract`], nothing else.
pub trait Source: Contract {
    /// The source's name, as `odograft module new --source` takes it.
    const NAME: &'static str;

    /// The text of its WIT package, and the world that a module of it is of.
    const WIT: (&'static str, &'static str);

    /// The form of a record, for who writes one.
    const FORM: &'static str;

    /// Its objects, and how records of each are written; empty for a source whose manifest declares them.
    const OBJECTS: &'static [Object<'static>] = <Self::Assembler as Assemble>::OBJECTS;

    /// Records of one call, as a run sends them.
    const BATCH: usize = <Self::Assembler as Assemble>::BATCH;

    /// What records of this source are made of. `declared` and `corpus` tell it of a source whose manifest declares its
    /// objects: what a module says of its sources, and records that are at hand.
    fn layout(_declared: &Manifest, _corpus: &[Input]) -> Layout {
        Layout::fixed(Self::OBJECTS)
    }

    /// The form of a record: the object that it is of. None where it says so of no object of this source.
    fn form(record: &Node) -> Option<Form> {
        let named = match record.get("object") {
            Some(Node::Leaf(name)) => Some(name.trim_matches('"')),
            _ => None,
        };
        let manifest = record.get("manifest").map_or_else(|| "{}".to_owned(), Node::json);
        let objects = Self::Assembler::objects(&manifest).ok()?;
        let at = objects.all().iter().position(|object| !object.named || named == Some(object.name))?;
        Some(Form { objects, at })
    }

    /// Decodes one record; `position` is its place in the file, which errors name it by. Its text goes into `texts`.
    ///
    /// # Errors
    /// The JSON has another form than this source's records, or the row is no record.
    fn decode(position: usize, record: &str, texts: &mut Texts) -> Result<Decoded<Self::Record>, NoRecord> {
        let misfit = |at: Misfit| NoRecord::Form { position, form: Self::FORM, line: at.line, column: at.column };
        let members = Members::read(record).map_err(misfit)?;
        let objects = Self::Assembler::objects(members.get("manifest").map_or("{}", RawValue::get))?;
        let all = objects.all();
        let object = members.object(record, &all).map_err(misfit)?;
        let parts = members.parts(record, object).map_err(misfit)?;
        let assembler = Self::Assembler::open(parts.manifest)?;
        let place = position.to_string();
        // A row of a list has its own place as its key.
        let keys: Vec<Vec<String>> = parts.lists.iter().map(|rows| keys(&place, rows.len())).collect();
        let lists: Vec<Vec<(&str, &str)>> =
            std::iter::zip(&keys, &parts.lists).map(|(keys, rows)| pairs(keys, rows)).collect();
        let key = parts.key.as_deref().unwrap_or(&place);
        let rows = Staged { key, row: parts.row, lists: &lists, latest: parts.latest };
        let Gathered { record, mut problems, refused } = assembler.assemble(object, &rows, texts)?;
        problems.extend(refused.iter().map(|(_, error)| error.problem()));
        Ok(Decoded { record, problems })
    }
}

fn keys(place: &str, rows: usize) -> Vec<String> {
    (0..rows).map(|row| format!("{place}/{row}")).collect()
}

fn pairs<'r>(keys: &'r [String], rows: &'r [&RawValue]) -> Vec<(&'r str, &'r str)> {
    std::iter::zip(keys, rows).map(|(key, row)| (key.as_str(), row.get())).collect()
}

/// The form of a record: which of its source's objects it is of.
#[derive(Debug, Clone)]
pub struct Form {
    objects: Objects,
    at: usize,
}

impl Form {
    /// The object.
    #[must_use]
    pub fn object(&self) -> Object<'_> {
        self.objects.all()[self.at].clone()
    }
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

/// Where a record has another form than its source's.
struct Misfit {
    line: usize,
    column: usize,
}

impl Misfit {
    /// At the place of a member's value, which is a part of the record.
    fn at(record: &str, value: &RawValue) -> Self {
        let offset = (value.get().as_ptr() as usize).saturating_sub(record.as_ptr() as usize).min(record.len());
        Self::behind(record.get(..offset).unwrap_or(record))
    }

    fn behind(text: &str) -> Self {
        let last = text.rsplit('\n').next().unwrap_or_default();
        Self { line: text.matches('\n').count() + 1, column: last.len() + 1 }
    }
}

/// The members of a record, each with its JSON.
struct Members<'a>(Vec<(String, &'a RawValue)>);

/// What a record's members hold.
struct Parts<'a> {
    manifest: &'a str,
    row: &'a str,
    key: Option<String>,
    lists: Vec<Vec<&'a RawValue>>,
    latest: bool,
}

impl<'a> Members<'a> {
    fn read(record: &'a str) -> Result<Self, Misfit> {
        // The reader's own words may quote a value; the place is enough.
        let read: Result<row::Members<'_>, _> = serde_json::from_str(record);
        let row::Members(members) = read.map_err(|error| Misfit { line: error.line(), column: error.column() })?;
        for (at, (name, value)) in members.iter().enumerate() {
            if members[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(Misfit::at(record, value));
            }
        }
        Ok(Self(members))
    }

    fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| *value)
    }

    fn object<'o>(&self, record: &str, objects: &'o [Object<'o>]) -> Result<&'o Object<'o>, Misfit> {
        let named: Option<String> = match self.get("object") {
            None => None,
            Some(value) => Some(serde_json::from_str(value.get()).map_err(|_| Misfit::at(record, value))?),
        };
        let is = |object: &&Object<'_>| match &named {
            Some(name) => object.named && object.name == name,
            None => !object.named,
        };
        let unknown = || self.get("object").map_or_else(|| Misfit::behind(record), |value| Misfit::at(record, value));
        objects.iter().find(is).ok_or_else(unknown)
    }

    /// Every member in its place; one that is missing or that the object does not have is a misfit.
    fn parts(&self, record: &str, object: &Object<'_>) -> Result<Parts<'a>, Misfit> {
        let mut parts = Parts { manifest: "{}", row: "", key: None, lists: Vec::new(), latest: true };
        let needed = |name: &str| self.get(name).ok_or_else(|| Misfit::behind(record));
        for part in object.parts.iter() {
            let value = needed(part.member)?;
            match part.rows {
                Rows::Manifest => parts.manifest = value.get(),
                Rows::Own => parts.row = value.get(),
                Rows::Below { .. } | Rows::Under { .. } => {
                    parts.lists.push(serde_json::from_str(value.get()).map_err(|_| Misfit::at(record, value))?);
                }
            }
        }
        if !object.own() {
            let value = needed(Object::KEY)?;
            parts.key = Some(serde_json::from_str(value.get()).map_err(|_| Misfit::at(record, value))?);
        }
        for flag in object.flags {
            if let Some(value) = self.get(flag) {
                parts.latest = serde_json::from_str(value.get()).map_err(|_| Misfit::at(record, value))?;
            }
        }
        let known = |name: &str| {
            object.parts.iter().any(|part| part.member == name)
                || object.flags.contains(&name)
                || object.named && name == "object"
                || !object.own() && name == Object::KEY
        };
        match self.0.iter().find(|(name, _)| !known(name)) {
            Some((_, value)) => Err(Misfit::at(record, value)),
            None => Ok(parts),
        }
    }
}

impl Source for Dentally {
    const NAME: &'static str = "dentally";
    // Files of one package are one text, as only the first names it.
    const WIT: (&'static str, &'static str) = (
        concat!(
            include_str!("../../../wit/dentally/dentally.wit"),
            include_str!("../../../wit/dentally/lists.wit"),
            include_str!("../../../wit/dentally/care.wit"),
            include_str!("../../../wit/dentally/money.wit"),
        ),
        "mapper",
    );
    const FORM: &'static str = r#"`{"object": "patient", "row": {…}}`, `{"object": "treatment_plan", "row": {…}, "items": [{…}]}`, `{"object": "treatment_history", "key": "17", "plans": [{…}], "items": [{…}]}` or `{"object": "account_history", "key": "17", "accounts": [{…}], "invoices": [{…}], "invoice_items": [{…}], "payments": [{…}]}`"#;
}

impl Source for DentOSoft {
    const NAME: &'static str = "dent-o-soft";
    const WIT: (&'static str, &'static str) = (include_str!("../../../wit/dent-o-soft/dent-o-soft.wit"), "mapper");
    const FORM: &'static str = r#"`{"object": "patient", "manifest": {…}, "row": {…}}` or `{"object": "insurance", "manifest": {…}, "key": "17", "policies": [{…}]}`"#;
}

impl Source for PracticeByNumbers {
    const NAME: &'static str = "practice-by-numbers";
    const WIT: (&'static str, &'static str) =
        (include_str!("../../../wit/practice-by-numbers/practice-by-numbers.wit"), "mapper");
    const FORM: &'static str = r#"`{"object": "patient", "manifest": {…}, "row": {…}}` or `{"object": "ledger", "manifest": {…}, "key": "17", "lines": [{…}]}`"#;
}

impl Source for PandaPerio {
    const NAME: &'static str = "panda-perio";
    const WIT: (&'static str, &'static str) = (include_str!("../../../wit/panda-perio/panda-perio.wit"), "mapper");
    const FORM: &'static str = r#"`{"object": "note", "manifest": {…}, "row": {…}}` or `{"object": "treatment-plan", "manifest": {…}, "row": {…}, "phases": [{…}]}`"#;
}

impl Source for Tabular {
    const NAME: &'static str = "tabular";
    const WIT: (&'static str, &'static str) = (include_str!("../../../wit/tabular/tabular.wit"), "mapper");
    const FORM: &'static str = r#"`{"object": "client", "manifest": {…}, "row": {…}, "balance": [{…}]}` with a list for each table that the manifest declares to be gathered below"#;

    fn layout(declared: &Manifest, corpus: &[Input]) -> Layout {
        layout::declared(declared, corpus)
    }
}

impl Source for Perio {
    const NAME: &'static str = "perio";
    const WIT: (&'static str, &'static str) = (include_str!("../../../wit/perio/perio.wit"), "flattener");
    const FORM: &'static str = r#"`{"manifest": {…}, "exam": {…}, "readings": [{…}], "latest": true}`"#;
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
