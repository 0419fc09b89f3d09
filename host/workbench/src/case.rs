//! Cases on disk; the crate's documentation shows their form.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use odograft_records::bindings::transform::manifest::{Manifest, Setting};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::subject::Ran;

/// The file with what goes in.
pub const INPUT: &str = "input.json";
/// The file with what must come out.
pub const EXPECTED: &str = "expected.json";

/// 2026-11-01T00:00:00Z: what counts as now where a file is silent, so that cases stay true.
pub const AS_OF: Timestamp = Timestamp::constant(1_793_491_200, 0);

/// What goes into a module: `input.json`. A bare list of records is read too, with everything else left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The moment that counts as now.
    #[serde(default = "as_of")]
    pub as_of: Timestamp,
    /// The module's settings as `odograft.toml` has them: text as it is, all else as JSON.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
    /// Source records, byte for byte.
    pub records: Vec<Box<RawValue>>,
}

fn as_of() -> Timestamp {
    AS_OF
}

/// What must come out: `expected.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Fuel of all calls together; none where it is not judged.
    pub fuel: Option<u64>,
    /// Fields that the host could not read.
    pub unreadable: Vec<Unreadable>,
    /// One answer for each record, in order.
    pub answers: Vec<Value>,
}

/// A field that the host could not read; the module sees its text as an extra column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unreadable {
    /// The record, counted from 0.
    pub record: usize,
    /// The field as a dotted path that begins with the object.
    pub field: String,
    /// What is wrong, without the value.
    pub message: String,
}

/// A folder with an input, and with what is expected of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Where it lies.
    pub folder: PathBuf,
    /// What goes in.
    pub input: Input,
    /// What must come out; none where nobody has said so yet.
    pub expected: Option<Expected>,
}

/// A case cannot be read or written. Nothing of a file is quoted.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The file system says no.
    #[error("`{}` cannot be read or written: {cause}; hint: check the path and its rights", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is of another form.
    #[error("`{}` has another form than {form}, as line {line} column {column} shows; hint: `odograft module run --help` shows the form", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What it should be.
        form: &'static str,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// There is nothing to work with.
    #[error("no case lies below `{}`; hint: make a folder there with an `input.json`, or name another one", folder.display())]
    None {
        /// Where none was found.
        folder: PathBuf,
    },
}

fn file(path: &Path) -> impl FnOnce(std::io::Error) -> CaseError + '_ {
    |cause| CaseError::File { path: path.to_owned(), cause }
}

impl Input {
    /// Reads a file: a case's input, or a bare list of records.
    ///
    /// # Errors
    /// The file cannot be read, or is of another form.
    pub fn read(path: &Path) -> Result<Self, CaseError> {
        let text = fs::read_to_string(path).map_err(file(path))?;
        Self::parse(&text).map_err(|error| CaseError::Form {
            path: path.to_owned(),
            form: "`{\"records\": […]}` or a list of records",
            line: error.line(),
            column: error.column(),
        })
    }

    fn parse(text: &str) -> Result<Self, serde_json::Error> {
        if text.trim_start().starts_with('[') {
            let records = serde_json::from_str(text)?;
            return Ok(Self { as_of: AS_OF, settings: Map::new(), records });
        }
        serde_json::from_str(text)
    }

    /// The settings as a module takes them.
    #[must_use]
    pub fn settings(&self) -> Vec<Setting> {
        let value = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.settings.iter().map(|(name, given)| Setting { name: name.clone(), value: value(given) }).collect()
    }

    /// The records as [`crate::subject::Subject::run`] takes them.
    #[must_use]
    pub fn rows(&self) -> Vec<&RawValue> {
        self.records.iter().map(AsRef::as_ref).collect()
    }

    /// Writes it as a case's input: a record a line, each byte for byte.
    ///
    /// # Errors
    /// The folder cannot be made, or the file not be written.
    pub fn write(&self, folder: &Path) -> Result<(), CaseError> {
        fs::create_dir_all(folder).map_err(file(folder))?;
        let path = folder.join(INPUT);
        let mut text = format!("{{\n  \"as_of\": \"{}\",\n", self.as_of);
        if !self.settings.is_empty() {
            text += &format!("  \"settings\": {},\n", Value::Object(self.settings.clone()));
        }
        let records: Vec<_> = self.records.iter().map(|record| format!("    {}", record.get())).collect();
        text += &format!("  \"records\": [\n{}\n  ]\n}}\n", records.join(",\n"));
        fs::write(&path, text).map_err(file(&path))
    }
}

impl Expected {
    /// What a module did, in the form that is kept.
    #[must_use]
    pub fn of(ran: &Ran, manifest: &Manifest) -> Self {
        let unreadable = ran.rows.iter().enumerate().flat_map(|(record, row)| {
            let problem = move |p: &odograft_records::Problem| Unreadable {
                record,
                field: p.field.clone(),
                message: p.message.to_owned(),
            };
            row.problems.iter().map(problem)
        });
        Self { fuel: Some(ran.fuel), unreadable: unreadable.collect(), answers: ran.answers(manifest) }
    }

    /// Writes it beside its input.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), CaseError> {
        let path = folder.join(EXPECTED);
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        fs::write(&path, text).map_err(file(&path))
    }
}

impl Case {
    /// Reads one case.
    ///
    /// # Errors
    /// One of its files cannot be read; an `expected.json` that is not there is none.
    pub fn read(folder: &Path) -> Result<Self, CaseError> {
        let input = Input::read(&folder.join(INPUT))?;
        let path = folder.join(EXPECTED);
        let expected = match fs::read_to_string(&path) {
            Ok(text) => Some(serde_json::from_str(&text).map_err(|error: serde_json::Error| CaseError::Form {
                path,
                form: "`{\"fuel\": …, \"unreadable\": […], \"answers\": […]}`",
                line: error.line(),
                column: error.column(),
            })?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(cause) => return Err(CaseError::File { path, cause }),
        };
        Ok(Self { folder: folder.to_owned(), input, expected })
    }

    /// Every case at or below a folder, in the order of their paths.
    ///
    /// # Errors
    /// There is none, or one cannot be read.
    pub fn all(folder: &Path) -> Result<Vec<Self>, CaseError> {
        let mut folders = Vec::new();
        find(folder, &mut folders)?;
        if folders.is_empty() {
            return Err(CaseError::None { folder: folder.to_owned() });
        }
        folders.sort();
        folders.iter().map(|folder| Self::read(folder)).collect()
    }
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), CaseError> {
    if folder.join(INPUT).is_file() {
        found.push(folder.to_owned());
    }
    for entry in fs::read_dir(folder).map_err(file(folder))? {
        let path = entry.map_err(file(folder))?.path();
        if path.is_dir() {
            find(&path, found)?;
        }
    }
    Ok(())
}

/// The inputs of a corpus: a file of records, or every case below a folder.
///
/// # Errors
/// There is none, or one cannot be read.
pub fn corpus(path: &Path) -> Result<Vec<Input>, CaseError> {
    if path.is_dir() {
        return Ok(Case::all(path)?.into_iter().map(|case| case.input).collect());
    }
    Ok(vec![Input::read(path)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_byte_for_byte() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let text = r#"{"as_of": "2026-02-03T04:05:06Z", "settings": {"a": "b", "c": [1]}, "records": [{"row": {"n": 1.10}}, 1e400]}"#;
        let input = Input::parse(text).expect("an input");
        input.write(folder.path()).expect("written");
        let read = Case::read(folder.path()).expect("read");
        assert_eq!(read.input.as_of, input.as_of);
        let rows: Vec<_> = read.input.records.iter().map(|row| row.get()).collect();
        assert_eq!(rows, [r#"{"row": {"n": 1.10}}"#, "1e400"]);
        let settings = read.input.settings();
        assert_eq!((settings[0].value.as_str(), settings[1].value.as_str()), ("b", "[1]"));
        assert!(read.expected.is_none());
    }

    #[test]
    fn a_bare_list_has_the_usual_moment() {
        let input = Input::parse(" [{}]").expect("an input");
        assert_eq!((input.as_of.to_string().as_str(), input.records.len()), ("2026-11-01T00:00:00Z", 1));
    }

    #[test]
    fn a_slip_is_placed_and_never_quoted() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for text in [r#"{"Quackenbush": 1}"#, "Quackenbush", "[1,\nQuackenbush]"] {
            fs::write(folder.path().join(INPUT), text).expect("written");
            let error = Case::all(folder.path()).expect_err("a slip");
            assert!(error.to_string().contains("line") && !format!("{error:?}").contains("Quackenbush"), "{error:?}");
        }
    }

    #[test]
    fn a_folder_without_cases_is_an_error() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(matches!(Case::all(folder.path()), Err(CaseError::None { .. })));
    }
}
