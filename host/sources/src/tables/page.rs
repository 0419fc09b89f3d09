//! Pages of a table, and cursors between them.

use serde::{Deserialize, Serialize};

use super::{Key, Scanned, spool};
use crate::{Page, SourceError, SourceRow};

/// Rows of a page.
const PAGE_ROWS: usize = 2_000;

/// Where the reading of a table stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mark {
    /// The file's digest, as a cursor into another file means nothing.
    file: String,
    /// Bytes from the text's start.
    offset: u64,
    /// Rows before it.
    #[serde(default)]
    rows: u32,
    /// Of numbered rows, the key of the row before and how many rows of it were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<(String, u32)>,
}

/// The page at the cursor, of up to 2,000 rows; the body of a row is a JSON object of its columns, each as the text that
/// stands there.
pub(crate) fn page(object: &str, scanned: &Scanned, cursor: Option<&str>) -> Result<Page, SourceError> {
    let bad_cursor = || SourceError::BadCursor { object: object.to_owned() };
    let mut mark: Mark = match cursor {
        Some(text) => serde_json::from_str(text).map_err(|_| bad_cursor())?,
        None => Mark { file: scanned.digest.clone(), ..Mark::default() },
    };
    if mark.file != scanned.digest {
        return Err(SourceError::DropChanged { file: scanned.table.name.clone() });
    }
    let refused = |problem| SourceError::DropRefused { problems: vec![problem] };
    let key = &scanned.table.layout.key;
    let mut reader = scanned.open().map_err(refused)?;
    if cursor.is_some() {
        reader.seek(mark.offset).map_err(refused)?;
    }
    let spooling = |error: std::io::Error| refused(spool::spooling(&scanned.table.name, &error));
    let mut repeats = scanned.repeats.walk(mark.offset).map_err(spooling)?;
    let (mut rows, total) = (Vec::new(), Some(scanned.rows));
    while rows.len() < PAGE_ROWS {
        let Some((offset, row)) = reader.next_row().map_err(refused)? else {
            return Ok(Page { rows, total, ..Page::default() });
        };
        let taken_up = repeats.number(offset).map_err(spooling)?;
        let number = match (key, &mark.group) {
            (Key::Numbered(_), Some((current, next))) if current == row.key() => *next,
            _ => taken_up,
        };
        if matches!(key, Key::Numbered(_)) {
            mark.group = Some((row.key().to_owned(), number + 1));
        }
        let (id, parent, position) = row.identity(key, number, mark.rows);
        mark.rows = mark.rows.saturating_add(1);
        rows.push(SourceRow { id, parent, position, body: row.body() });
    }
    mark.offset = reader.place();
    let next = serde_json::to_string(&mark).map_err(|_| bad_cursor())?;
    Ok(Page { rows, next: Some(next), total, ..Page::default() })
}
