//! `manifest.json`: what a drop says about itself.

use std::collections::BTreeMap;
use std::io::Read;

use cap_std::fs::Dir;
use serde_json::Value;

use super::doubles::doubles;
use super::{DropProblem, Encoding, Form};
use crate::SourceError;

pub(crate) const NAME: &str = "manifest.json";
const LARGEST: u64 = 1 << 20;

/// A manifest's text and what it says.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// Without a byte order mark.
    pub(crate) text: String,
    value: Value,
    /// Members that stand twice in it.
    doubles: Vec<String>,
}

impl Manifest {
    /// Reads the manifest of a folder. A text that is no JSON is one that says nothing.
    pub(crate) fn read(dir: &Dir) -> Result<Self, SourceError> {
        let unreadable = |reason: String, hint| SourceError::DropUnreadable { file: NAME.to_owned(), reason, hint };
        let hint = "the folder must hold a `manifest.json` beside the tables";
        let mut bytes = Vec::new();
        let file = dir.open(NAME).map_err(|error| unreadable(error.to_string(), hint))?;
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string(), hint))?;
        if bytes.len() as u64 > LARGEST {
            return Err(unreadable("it is larger than 1 MiB".to_owned(), hint));
        }
        let text =
            String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned(), "save it as UTF-8"))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        let value = serde_json::from_str(&text).unwrap_or_default();
        let doubles = doubles(&text);
        Ok(Self { text, value, doubles })
    }

    /// Whether it is a JSON object; otherwise that is the one problem. What it says twice is a problem too.
    pub(crate) fn is_object(&self, problems: &mut Vec<DropProblem>) -> bool {
        problems.extend(self.doubles.iter().map(|key| DropProblem::DoubleMember { key: key.clone() }));
        if !self.value.is_object() {
            problems.push(problem(".", "a JSON object, nested no deeper than 127 levels"));
        }
        self.value.is_object()
    }

    /// The value at a path such as `files.exams.name`.
    pub(crate) fn get(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(&self.value, |value, key| value.get(key))
    }

    /// The text at a path.
    pub(crate) fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.get(path)?.as_str()
    }

    /// Checks that each key has one of its words.
    pub(crate) fn check_words(&self, words: &[(&str, &[&str])], problems: &mut Vec<DropProblem>) {
        for (key, allowed) in words {
            if !self.text_at(&[*key]).is_some_and(|word| allowed.contains(&word)) {
                let allowed = allowed.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
                problems.push(DropProblem::Manifest { key: (*key).to_owned(), allowed });
            }
        }
    }

    /// Checks that the manifest is of the version that this program reads.
    pub(crate) fn check_version(&self, problems: &mut Vec<DropProblem>) {
        if self.get(&["version"]).and_then(Value::as_u64) != Some(1) {
            problems.push(problem("version", "1"));
        }
    }

    /// The form of the file that `table` (a path) declares. What a table does not say of itself, the manifest says of all.
    pub(crate) fn form(&self, table: &[&str], file: &str, problems: &mut Vec<DropProblem>) -> Option<Form> {
        let own = |key: &str| self.get(table).and_then(|entry| entry.get(key)).or_else(|| self.value.get(key));
        let at = |key: &str| format!("{}.{key}", table.join("."));
        if file.to_ascii_lowercase().ends_with(".xlsx") {
            let sheet = self.get(table).and_then(|entry| entry.get("sheet"));
            return Some(Form::Sheet(sheet.and_then(Value::as_str).map(str::to_owned)));
        }
        let encoding = own("encoding").and_then(Value::as_str).and_then(Encoding::named);
        if encoding.is_none() {
            problems.push(problem(&at("encoding"), &encoding_words()));
        }
        let delimiter = own("delimiter").and_then(Value::as_str).and_then(delimiter);
        if delimiter.is_none() {
            problems.push(problem(&at("delimiter"), "`,`, `;`, `|` or a tabulator"));
        }
        Some(Form::Csv { delimiter: delimiter?, encoding: encoding? })
    }

    /// By column, the headers that a table may have in its place.
    pub(crate) fn aliases(&self, table: &[&str], problems: &mut Vec<DropProblem>) -> BTreeMap<String, Vec<String>> {
        let Some(declared) = self.get(table).and_then(|entry| entry.get("aliases")) else { return BTreeMap::new() };
        let read = serde_json::from_value(declared.clone());
        read.unwrap_or_else(|_| {
            let allowed = "an object of lists: the column's name, then the headers that stand for it";
            problems.push(problem(&format!("{}.aliases", table.join(".")), allowed));
            BTreeMap::new()
        })
    }

    /// The names in a list; empty where there is none.
    pub(crate) fn names(&self, key: &str, problems: &mut Vec<DropProblem>) -> Vec<String> {
        self.list(&[key], problems)
    }

    /// The columns of a table that hold paths of files.
    pub(crate) fn attachments(&self, table: &[&str], problems: &mut Vec<DropProblem>) -> Vec<String> {
        self.list(&[table, &["attachments"]].concat(), problems)
    }

    fn list(&self, path: &[&str], problems: &mut Vec<DropProblem>) -> Vec<String> {
        let Some(list) = self.get(path) else { return Vec::new() };
        serde_json::from_value(list.clone()).unwrap_or_else(|_| {
            problems.push(problem(&path.join("."), "a list of names"));
            Vec::new()
        })
    }
}

/// The encodings that a manifest may name, for messages.
pub(crate) fn encoding_words() -> String {
    "`utf-8` or `utf-16` or `windows-1252`".to_owned()
}

pub(crate) fn problem(key: &str, allowed: &str) -> DropProblem {
    DropProblem::Manifest { key: key.to_owned(), allowed: allowed.to_owned() }
}

fn delimiter(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte @ (b',' | b';' | b'|' | b'\t')] => Some(*byte),
        _ => None,
    }
}
