//! `manifest.json`: what the drop says about itself.

use std::io::Read;

use cap_std::fs::Dir;
use serde_json::Value;

use super::problem::DropProblem;
use super::table::Table;
use crate::SourceError;

const NAME: &str = "manifest.json";
const LARGEST: u64 = 1 << 20;

pub(crate) const EXAM_COLUMNS: &[&str] = &["exam_id", "patient_id", "exam_date", "examiner", "classification", "note"];
pub(crate) const READING_COLUMNS: &[&str] =
    &["exam_id", "tooth", "measure", "mb", "b", "db", "ml", "l", "dl", "tooth_value"];

/// The manifest's text, without a byte order mark.
pub(crate) fn read(dir: &Dir) -> Result<String, SourceError> {
    let unreadable = |reason: String, hint| SourceError::DropUnreadable { file: NAME.to_owned(), reason, hint };
    let hint = "the folder must hold a `manifest.json` beside the tables";
    let mut bytes = Vec::new();
    let file = dir.open(NAME).map_err(|error| unreadable(error.to_string(), hint))?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string(), hint))?;
    if bytes.len() as u64 > LARGEST {
        return Err(unreadable("it is larger than 1 MiB".to_owned(), hint));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned(), "save it as UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

/// The tables of exams and readings, or `None` when the manifest does not tell enough of them to look at the files.
pub(crate) fn check(text: &str, problems: &mut Vec<DropProblem>) -> Option<(Table, Table)> {
    let Ok(manifest) = serde_json::from_str::<Value>(text) else {
        problems.push(DropProblem::Manifest { key: ".".to_owned(), allowed: "a JSON object".to_owned() });
        return None;
    };
    let words: [(&str, &[&str]); 4] = [
        ("format", &["odograft-perio-drop"]),
        ("notation", &["fdi", "universal", "palmer"]),
        ("margin_sign", &["recession-positive", "recession-negative"]),
        ("encoding", &["utf-8"]),
    ];
    for (key, allowed) in words {
        let found = manifest.get(key).and_then(Value::as_str);
        if !found.is_some_and(|word| allowed.contains(&word)) {
            let allowed = allowed.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
            problems.push(DropProblem::Manifest { key: key.to_owned(), allowed });
        }
    }
    if manifest.get("version").and_then(Value::as_u64) != Some(1) {
        problems.push(DropProblem::Manifest { key: "version".to_owned(), allowed: "1".to_owned() });
    }
    let delimiter = manifest.get("delimiter").and_then(Value::as_str).and_then(delimiter);
    if delimiter.is_none() {
        let allowed = "`,`, `;`, `|` or a tabulator".to_owned();
        problems.push(DropProblem::Manifest { key: "delimiter".to_owned(), allowed });
    }
    let exams = named(&manifest, "exams", problems);
    let readings = named(&manifest, "readings", problems);
    let (delimiter, (exams, exam_rows), (readings, reading_rows)) = (delimiter?, exams?, readings?);
    Some((
        Table { one_row_per_key: true, ..Table::announced(exams, exam_rows, delimiter, EXAM_COLUMNS) },
        Table::announced(readings, reading_rows, delimiter, READING_COLUMNS),
    ))
}

fn delimiter(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte @ (b',' | b';' | b'|' | b'\t')] => Some(*byte),
        _ => None,
    }
}

fn named(manifest: &Value, table: &str, problems: &mut Vec<DropProblem>) -> Option<(String, u64)> {
    let entry = manifest.get("files").and_then(|files| files.get(table));
    let name = entry.and_then(|entry| entry.get("name")).and_then(Value::as_str);
    let rows = entry.and_then(|entry| entry.get("rows")).and_then(Value::as_u64);
    let mut missing = |key: &str, allowed: &str| {
        problems.push(DropProblem::Manifest { key: format!("files.{table}.{key}"), allowed: allowed.to_owned() });
    };
    if name.is_none() {
        missing("name", "the name of a file in the folder");
    }
    if rows.is_none() {
        missing("rows", "the number of rows without the header");
    }
    Some((name?.to_owned(), rows?))
}
