//! A folder of perio exams: `manifest.json`, a table of exams and a table of readings.

#[cfg(test)]
mod tests;

use std::path::Path;

use cap_std::fs::Dir;
use serde_json::Value;

use crate::tables::{DropProblem, Key, MOST, Manifest, Scanned, Shape, Table, open_folder, page, problem, scan};
use crate::{FileColumn, FileError, ObjectSpec, OpenFile, Page, SourceError, open_below};

const OBJECTS: [ObjectSpec; 3] = [
    ObjectSpec { name: "perio-manifest", parent: None },
    ObjectSpec { name: "exam", parent: Some("patient") },
    ObjectSpec { name: "reading", parent: Some("exam") },
];

const EXAMS: Shape = Shape {
    object: "exam",
    key: Key::Column("exam_id"),
    parent: Some("patient_id"),
    required: &["exam_id", "patient_id", "exam_date", "examiner", "classification", "note"],
    known: &[],
};

const READINGS: Shape = Shape {
    object: "reading",
    key: Key::Numbered("exam_id"),
    parent: Some("exam_id"),
    required: &["exam_id", "tooth", "measure", "mb", "b", "db", "ml", "l", "dl", "tooth_value"],
    known: &[],
};

/// A drop that was checked and can be read.
#[derive(Debug)]
pub struct PerioDrop {
    dir: Dir,
    manifest: String,
    exams: Box<Scanned>,
    readings: Box<Scanned>,
}

impl PerioDrop {
    /// Opens the folder and checks it whole: manifest, tables, columns, keys, encoding and numbers of rows. No path of the
    /// manifest, and no symbolic link, leads out of the folder.
    ///
    /// Errors: [`SourceError::DropUnreadable`] for folder and manifest, [`SourceError::DropRefused`] with everything else.
    pub fn open(root: &Path) -> Result<Self, SourceError> {
        let dir = open_folder(root)?;
        let manifest = Manifest::read(&dir)?;
        let mut problems = Vec::new();
        let tables = check(&manifest, &mut problems);
        let scanned = tables.map(|(exams, readings)| {
            let exams = scan(&dir, exams, &mut problems);
            let readings = scan(&dir, readings, &mut problems);
            (exams, readings)
        });
        match scanned {
            Some((Some(exams), Some(readings))) if problems.is_empty() => {
                Ok(Self { dir, manifest: manifest.text, exams: Box::new(exams), readings: Box::new(readings) })
            }
            _ => {
                problems.truncate(MOST);
                Err(SourceError::DropRefused { problems })
            }
        }
    }

    /// What the drop offers.
    pub fn objects(&self) -> &[ObjectSpec<'_>] {
        &OBJECTS
    }

    /// The page at the cursor, of up to 2,000 rows. `perio-manifest` has one row, the manifest itself; the body of a row of
    /// the other objects is a JSON object of its columns, each as the text that stands there.
    pub fn extract(&self, object: &str, cursor: Option<&str>) -> Result<Page, SourceError> {
        match object {
            "perio-manifest" => Ok(Page::manifest(&self.manifest)),
            "exam" => page(object, &self.exams, cursor),
            "reading" => page(object, &self.readings, cursor),
            _ => Err(SourceError::UnknownObject {
                object: object.to_owned(),
                known: OBJECTS.map(|spec| format!("`{}`", spec.name)).join(", "),
            }),
        }
    }

    /// The columns that the manifest lists under `attachments`.
    pub fn file_columns(&self) -> Vec<FileColumn> {
        [&self.exams, &self.readings].into_iter().flat_map(|table| table.file_columns()).collect()
    }

    /// Opens a file of the folder, such as a scanned chart; `handle` is its path below the folder.
    ///
    /// # Errors
    /// [`FileError::Closed`].
    pub async fn open_file(&self, handle: &str) -> Result<OpenFile, FileError> {
        open_below(&self.dir, handle).await
    }
}

/// The tables of exams and readings, or `None` when the manifest does not tell enough of them to look at the files.
fn check(manifest: &Manifest, problems: &mut Vec<DropProblem>) -> Option<(Table, Table)> {
    if !manifest.is_object(problems) {
        return None;
    }
    let words: [(&str, &[&str]); 3] = [
        ("format", &["odograft-perio-drop"]),
        ("notation", &["fdi", "universal", "palmer"]),
        ("margin_sign", &["recession-positive", "recession-negative"]),
    ];
    manifest.check_words(&words, problems);
    manifest.check_version(problems);
    let exams = named(manifest, "exams", EXAMS, problems);
    let readings = named(manifest, "readings", READINGS, problems);
    Some((exams?, readings?))
}

fn named(manifest: &Manifest, table: &str, shape: Shape, problems: &mut Vec<DropProblem>) -> Option<Table> {
    let name = manifest.text_at(&["files", table, "name"]);
    let rows = manifest.get(&["files", table, "rows"]).and_then(Value::as_u64);
    if name.is_none() {
        problems.push(problem(&format!("files.{table}.name"), "the name of a file in the folder"));
    }
    if rows.is_none() {
        problems.push(problem(&format!("files.{table}.rows"), "the number of rows without the header"));
    }
    let (name, rows) = (name?, rows?);
    let form = manifest.form(&["files", table], name, problems)?;
    let aliases = manifest.aliases(&["files", table], problems);
    let attachments = manifest.attachments(&["files", table], problems);
    let layout = shape.into();
    Some(Table { name: name.to_owned(), form, layout, rows: Some(rows), aliases, attachments, report: false })
}
