//! A folder of perio exams: `manifest.json`, a table of exams and a table of readings, as CSV.
//!
//! The whole drop is checked when it is opened, so that everything that is wrong with it is said at once and before a single
//! row is staged. Reading it page by page then holds one page in memory.

mod manifest;
mod problem;
mod scan;
mod table;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};

pub use problem::DropProblem;
use table::Table;

use crate::{FileError, ObjectSpec, OpenFile, Page, SourceError, SourceRow, open_below};

const OBJECTS: [ObjectSpec; 3] = [
    ObjectSpec { name: "perio-manifest", parent: None },
    ObjectSpec { name: "exam", parent: Some("patient") },
    ObjectSpec { name: "reading", parent: Some("exam") },
];

/// Rows of a page.
const PAGE_ROWS: usize = 2_000;

/// A drop that was checked and can be read.
#[derive(Debug)]
pub struct PerioDrop {
    dir: Dir,
    manifest: String,
    exams: Table,
    readings: Table,
    /// Readings of one exam need not stand together: by the byte offset of a reading that takes an exam up again, the number
    /// of that exam's readings before it.
    taken_up: HashMap<u64, u32>,
}

/// Where the reading of a table stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    /// The file's digest, as a cursor into another file means nothing.
    file: String,
    /// Bytes from the file's start.
    offset: u64,
    /// The line there, from 1.
    line: u64,
    /// The exam of the reading before, and how many readings of it were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exam: Option<(String, u32)>,
}

impl PerioDrop {
    /// Opens the folder and checks it whole: manifest, tables, columns, keys, encoding and numbers of rows. No path of the
    /// manifest, and no symbolic link, leads out of the folder.
    ///
    /// Errors: [`SourceError::DropUnreadable`] for folder and manifest, [`SourceError::DropRefused`] with everything else.
    pub fn open(root: &Path) -> Result<Self, SourceError> {
        let dir = Dir::open_ambient_dir(root, ambient_authority()).map_err(|error| SourceError::DropUnreadable {
            file: ".".to_owned(),
            reason: error.to_string(),
            hint: "give the folder that holds `manifest.json`",
        })?;
        let manifest = manifest::read(&dir)?;
        let mut problems = Vec::new();
        let tables = manifest::check(&manifest, &mut problems);
        let scanned = tables.map(|(exams, readings)| {
            let exams = scan::scan(&dir, exams, &mut problems);
            let readings = scan::scan(&dir, readings, &mut problems);
            (exams, readings)
        });
        match scanned {
            Some((Some((exams, _)), Some((readings, taken_up)))) if problems.is_empty() => {
                Ok(Self { dir, manifest, exams, readings, taken_up })
            }
            _ => {
                problems.truncate(problem::MOST);
                Err(SourceError::DropRefused { problems })
            }
        }
    }

    /// What the drop offers.
    pub fn objects(&self) -> &[ObjectSpec] {
        &OBJECTS
    }

    /// The page at the cursor, of up to 2,000 rows. `perio-manifest` has one row, the manifest itself; the body of a row of
    /// the other objects is a JSON object of its columns, each as the text that stands there.
    pub fn extract(&self, object: &str, cursor: Option<&str>) -> Result<Page, SourceError> {
        match object {
            "perio-manifest" => {
                let row =
                    SourceRow { id: "manifest".to_owned(), parent: None, position: 0, body: self.manifest.clone() };
                Ok(Page { rows: vec![row], next: None, total: Some(1) })
            }
            "exam" => self.page(object, &self.exams, cursor, |row, _, _| {
                let patient = row.cell("patient_id");
                Ok((row.key().to_owned(), (!patient.is_empty()).then(|| patient.to_owned()), 0))
            }),
            "reading" => self.page(object, &self.readings, cursor, |row, offset, mark| {
                let exam = row.key();
                let position = match &mark.exam {
                    Some((current, next)) if current == exam => *next,
                    _ => self.taken_up.get(&offset).copied().unwrap_or(0),
                };
                mark.exam = Some((exam.to_owned(), position + 1));
                Ok((format!("{exam}/{position}"), Some(exam.to_owned()), position))
            }),
            _ => Err(SourceError::UnknownObject {
                object: object.to_owned(),
                known: OBJECTS.map(|spec| format!("`{}`", spec.name)).join(", "),
            }),
        }
    }

    /// Opens a file of the folder, such as a scanned chart; `handle` is its path below the folder.
    ///
    /// # Errors
    /// [`FileError::Closed`].
    pub async fn open_file(&self, handle: &str) -> Result<OpenFile, FileError> {
        open_below(&self.dir, handle).await
    }

    fn page(
        &self,
        object: &str,
        table: &Table,
        cursor: Option<&str>,
        mut identify: impl FnMut(&table::Row<'_>, u64, &mut Mark) -> Result<(String, Option<String>, u32), SourceError>,
    ) -> Result<Page, SourceError> {
        let bad_cursor = || SourceError::BadCursor { object: object.to_owned() };
        let mut mark: Mark = match cursor {
            Some(text) => serde_json::from_str(text).map_err(|_| bad_cursor())?,
            None => Mark { file: table.digest.clone(), ..Mark::default() },
        };
        if mark.file != table.digest {
            return Err(SourceError::DropChanged { file: table.name.clone() });
        }
        let refused = |problem| SourceError::DropRefused { problems: vec![problem] };
        let mut reader = table.open(&self.dir).map_err(refused)?;
        if cursor.is_some() {
            reader.seek(mark.offset, mark.line).map_err(refused)?;
        }
        let mut rows = Vec::new();
        while rows.len() < PAGE_ROWS {
            let Some((offset, row)) = reader.next_row().map_err(refused)? else {
                return Ok(Page { rows, next: None, total: Some(table.rows) });
            };
            let (id, parent, position) = identify(&row, offset, &mut mark)?;
            rows.push(SourceRow { id, parent, position, body: row.body() });
        }
        (mark.offset, mark.line) = reader.place();
        let next = serde_json::to_string(&mark).map_err(|_| bad_cursor())?;
        Ok(Page { rows, next: Some(next), total: Some(table.rows) })
    }
}
