//! Documents that carry rows, as CSV for Odoo's import.
//!
//! Such a document has `columns`, the names of Odoo's import, and `rows`, a list of texts each. A row whose first cell is
//! empty belongs to the entry before it. A cell of a column that ends in `/id` names a source record, `patient/17`: the
//! external id of that record's contact goes into its place. `left_out` tells what the module could make no row of, each
//! with its `why`.

use odograft_ledger::{Handover, Ledger, PlannedRecord, RecordState};
use odograft_odoo::{CsvFile, CsvPart, NewFolder};
use serde_json::Value;

use super::HandedFile;
use super::cells::cell;
use crate::error::MigrationError;
use crate::fill::CONTACT;

/// The headers of what was left out.
const LEFT_OUT: [&str; 4] = ["object", "id", "why", "what"];

/// The CSV files of a kind.
pub(super) struct Tables<'a> {
    folder: &'a NewFolder,
    ledger: &'a Ledger,
    /// Where the files lie, without an ending.
    place: &'a str,
    /// Columns and file: one kind may have several forms.
    open: Vec<(Vec<String>, CsvPart)>,
    left_out: Option<CsvPart>,
    waiting: u64,
    /// The last contact that was looked for, by what names it.
    contact: Option<(String, Option<PlannedRecord>)>,
}

/// One entry with external ids in place, or why it cannot be imported.
struct Entry {
    rows: Vec<Row>,
    fault: Option<&'static str>,
    waits: bool,
}

/// What a cell that names a contact becomes.
enum Contact {
    /// The contact's external id, and whether it is not in Odoo yet.
    Known { external_id: String, waits: bool },
    /// There is none to name, and why.
    Absent(&'static str),
}

/// The cells of a row.
type Row = Vec<String>;

impl<'a> Tables<'a> {
    pub(super) fn new(folder: &'a NewFolder, ledger: &'a Ledger, place: &'a str) -> Self {
        Self { folder, ledger, place, open: Vec::new(), left_out: None, waiting: 0, contact: None }
    }

    /// Writes the rows of a document, where it carries any.
    pub(super) fn take(&mut self, handover: &Handover, marked: &mut u64) -> Result<(), MigrationError> {
        let Ok(document) = serde_json::from_str::<Value>(&handover.document) else { return Ok(()) };
        let Some((columns, entries)) = table(&document) else { return Ok(()) };
        for told in document["left_out"].as_array().into_iter().flatten() {
            let why = told["why"].as_str().unwrap_or("not said");
            self.leave_out(handover, why, told, marked)?;
        }
        for entry in entries {
            let Entry { rows, fault, waits } = self.entry(&columns, entry)?;
            if let Some(why) = fault {
                self.leave_out(handover, why, &rows.into(), marked)?;
                continue;
            }
            self.waiting += u64::from(waits);
            let file = self.file(&columns)?;
            for row in rows {
                let row: Vec<_> = row.iter().map(|text| cell(text, marked)).collect();
                file.row(row.iter().map(AsRef::as_ref))?;
            }
        }
        Ok(())
    }

    /// The files, what was left out, and how many entries wait for a contact.
    pub(super) fn finish(self) -> Result<(Vec<HandedFile>, Option<HandedFile>, u64), MigrationError> {
        let files = self.open.into_iter().map(|(_, part)| done(part)).collect::<Result<_, _>>()?;
        Ok((files, self.left_out.map(done).transpose()?, self.waiting))
    }

    /// Puts external ids into an entry.
    fn entry(&mut self, columns: &[String], rows: Vec<Row>) -> Result<Entry, MigrationError> {
        let mut entry = Entry { rows, fault: None, waits: false };
        if entry.rows.iter().any(|row| row.len() != columns.len()) {
            entry.fault = Some("not as many cells as columns");
            return Ok(entry);
        }
        for row in &mut entry.rows {
            for (text, _) in std::iter::zip(row, columns).filter(|(_, column)| column.ends_with("/id")) {
                match self.contact(text)? {
                    Some(Contact::Known { external_id, waits }) => {
                        entry.waits |= waits;
                        *text = external_id;
                    }
                    Some(Contact::Absent(why)) => entry.fault = Some(why),
                    None => {}
                }
            }
        }
        Ok(entry)
    }

    /// The contact that a cell names; none for a cell that names no source record.
    fn contact(&mut self, text: &str) -> Result<Option<Contact>, MigrationError> {
        let Some((object, id)) = text.split_once('/') else { return Ok(None) };
        if self.contact.as_ref().is_none_or(|(known, _)| known != text) {
            self.contact = Some((text.to_owned(), self.ledger.record(CONTACT, object, id)?));
        }
        let record = self.contact.as_ref().and_then(|(_, record)| record.as_ref());
        Ok(Some(match record {
            None => Contact::Absent("its contact is not in the plan"),
            Some(record) => match record.state {
                RecordState::Written | RecordState::Planned => {
                    Contact::Known { external_id: record.external_id.clone(), waits: record.odoo_id.is_none() }
                }
                RecordState::Adopted => {
                    Contact::Absent("its contact was in Odoo before, under an external id that is not known here")
                }
                RecordState::Unmatched | RecordState::Held | RecordState::Quarantined => {
                    Contact::Absent("its contact was put aside and is not in Odoo")
                }
            },
        }))
    }

    /// The file of these columns.
    fn file(&mut self, columns: &[String]) -> Result<&mut CsvPart, MigrationError> {
        let at = match self.open.iter().position(|(known, _)| known == columns) {
            Some(at) => at,
            None => {
                let number = self.open.len() + 1;
                let name = if number == 1 { String::new() } else { format!(".{number}") };
                let part = self.folder.csv(&format!("{}{name}.csv", self.place), columns)?;
                self.open.push((columns.to_vec(), part));
                self.open.len() - 1
            }
        };
        Ok(&mut self.open[at].1)
    }

    fn leave_out(
        &mut self,
        handover: &Handover,
        why: &str,
        what: &Value,
        marked: &mut u64,
    ) -> Result<(), MigrationError> {
        let part = match &mut self.left_out {
            Some(part) => part,
            none => none.insert(self.folder.csv(&format!("{}.left-out.csv", self.place), &LEFT_OUT)?),
        };
        let what = what.to_string();
        let row = [handover.object.as_str(), &handover.source_id, why, &what].map(|text| cell(text, marked));
        Ok(part.row(row.iter().map(AsRef::as_ref))?)
    }
}

fn done(part: CsvPart) -> Result<HandedFile, MigrationError> {
    let CsvFile { file, rows, sha256 } = part.finish()?;
    Ok(HandedFile { file, rows, sha256 })
}

/// Columns and entries of a document that carries rows.
fn table(document: &Value) -> Option<(Row, Vec<Vec<Row>>)> {
    let texts = |list: &Value| -> Option<Row> { list.as_array()?.iter().map(text).collect() };
    let columns = texts(&document["columns"]).filter(|columns| !columns.is_empty())?;
    let rows: Vec<Row> = document["rows"].as_array()?.iter().map(texts).collect::<Option<_>>()?;
    let mut entries: Vec<Vec<Row>> = Vec::new();
    for row in rows {
        match entries.last_mut() {
            Some(entry) if row.first().is_none_or(String::is_empty) => entry.push(row),
            _ => entries.push(vec![row]),
        }
    }
    Some((columns, entries))
}

/// What stands in a cell; nothing for what is no scalar.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Null => Some(String::new()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_without_a_first_cell_belong_to_the_entry_before() {
        let (columns, entries) =
            table(&json!({"columns": ["date", "debit"], "rows": [["d", 1], ["", 2.5], ["e", null]]})).expect("a table");
        assert_eq!(columns, ["date", "debit"]);
        let row = |date: &str, debit: &str| vec![date.to_owned(), debit.to_owned()];
        assert_eq!(entries, [vec![row("d", "1"), row("", "2.5")], vec![row("e", "")]]);
    }

    #[test]
    fn other_documents_are_no_tables() {
        for document in [
            json!({}),
            json!([1]),
            json!({"columns": ["a"]}),
            json!({"columns": [], "rows": []}),
            json!({"columns": ["a"], "rows": [[["b"]]]}),
            json!({"columns": ["a"], "rows": [{"a": 1}]}),
        ] {
            assert!(table(&document).is_none(), "{document}");
        }
    }
}
