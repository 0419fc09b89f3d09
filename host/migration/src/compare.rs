//! Reading back: what Odoo holds beside what was sent. Odoo cuts, cleans and overwrites values without a word.

use std::collections::{BTreeMap, HashMap};

use odograft_ledger::{Finding, Ledger, Notes};
use odograft_odoo::FieldInfo;
use serde_json::{Map, Value};

use crate::cells::{Cell, Cells};
use crate::error::MigrationError;
use crate::follow::{Followed, blames_record};
use crate::load::Loader;

/// What was sent of a record since it was read back last.
pub(crate) struct Sent {
    pub(crate) rowid: i64,
    pub(crate) odoo_id: i64,
    /// The fields that were sent; a field that the customer has changed and keeps is not among them.
    pub(crate) fields: Vec<String>,
    /// It was read back before.
    pub(crate) again: bool,
    object: String,
    source_id: String,
    cells: Cells,
}

impl Sent {
    /// The source record, with the fields.
    pub(crate) fn key(&self) -> (&str, &str, &[String]) {
        (&self.object, &self.source_id, &self.fields)
    }
}

/// What the ledger knows of what was sent.
pub(crate) fn sent(ledger: &Ledger, rowid: i64, odoo_id: i64) -> Result<Option<Sent>, MigrationError> {
    let Some(record) = ledger.planned(rowid)? else { return Ok(None) };
    let Some(cells) = &record.written_cells else { return Ok(None) };
    let cells = serde_json::from_str(cells).map_err(|_| MigrationError::UnreadableCells { rowid })?;
    let (fields, again) = ledger.sent_since_seal(rowid)?;
    Ok(Some(Sent { rowid, odoo_id, fields, again, object: record.object, source_id: record.source_id, cells }))
}

impl Loader<'_> {
    /// Compares what was sent with the rows that Odoo holds, and notes each field that differs: how many do.
    pub(crate) async fn compare(
        &mut self,
        fields: &BTreeMap<String, FieldInfo>,
        records: &[Sent],
        rows: &HashMap<i64, Map<String, Value>>,
    ) -> Result<u64, MigrationError> {
        let mut findings = Vec::new();
        for record in records {
            let Some(row) = rows.get(&record.odoo_id) else { continue };
            for field in &record.fields {
                let (Some(cell), Some(info), Some(held)) = (record.cells.get(field), fields.get(field), row.get(field))
                else {
                    continue;
                };
                let Some(ids) = self.resolved(field, cell).await? else { continue };
                if !holds(info, cell, &ids, held) {
                    let message = format!("Odoo holds something else in `{field}` than was written");
                    let (object, source_id) = (&record.object, &record.source_id);
                    findings.push(Finding::warning(object, source_id, "differs-in-odoo", field, message));
                }
            }
        }
        let differing = findings.len() as u64;
        if differing > 0 {
            self.ledger.note(&Notes { findings, ..Notes::default() })?;
        }
        Ok(differing)
    }

    /// The database ids that a cell refers to, none for one that refers to nothing; `None` where they can't be told any more.
    pub(crate) async fn resolved(&mut self, field: &str, cell: &Cell) -> Result<Option<Vec<i64>>, MigrationError> {
        match cell {
            Cell::ExternalId(external) => match self.external_id(external).await {
                Ok(id) => Ok(Some(vec![id])),
                Err(error) if blames_record(&error) => Ok(None),
                Err(error) => Err(error.into()),
            },
            Cell::Source { .. } | Cell::Many(_) => {
                let single = Cells::from([(field.to_owned(), cell.clone())]);
                match self.follow("", &single, true).await? {
                    Followed::All { mut ids, later } if later.is_empty() => {
                        Ok(Some(ids.remove(field).unwrap_or_default()))
                    }
                    _ => Ok(None),
                }
            }
            _ => Ok(Some(Vec::new())),
        }
    }
}

/// Whether a field of this kind holds a cell. HTML is compared by its text, since Odoo writes its tags anew; every other
/// text to the letter.
pub(crate) fn holds(info: &FieldInfo, cell: &Cell, ids: &[i64], held: &Value) -> bool {
    match (info.kind.as_str(), cell, held) {
        ("selection", Cell::Text(text), Value::String(held)) => {
            text == held || info.selection.iter().any(|(value, label)| value == held && label == text)
        }
        ("html", ..) => cell.is_held_in("html", ids, held),
        (_, Cell::Text(text), Value::String(held)) => text == held,
        ("integer" | "float" | "monetary" | "many2one_reference", Cell::Empty, Value::Number(held)) => {
            held.as_f64() == Some(0.0)
        }
        _ => cell.is_held(ids, held),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn info(kind: &str) -> FieldInfo {
        let selection = vec![("other".to_owned(), "Other Address".to_owned())];
        FieldInfo { selection, ..FieldInfo::column(kind) }
    }

    #[test]
    fn what_odoo_makes_of_a_value_is_told_from_the_same_value() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let cases = [
            ("char", text("Anna "), json!("Anna"), false),
            ("char", text("Anna"), json!("Anna"), true),
            ("char", text(""), json!(false), true),
            ("char", text("Anna"), json!(false), false),
            ("html", text("<p>a <b>b</b></p>"), json!("<p data-x=\"1\">a <b>b</b></p>"), true),
            ("html", text("<p>a<script>b()</script></p>"), json!("<p>a</p>"), false),
            ("selection", text("Other Address"), json!("other"), true),
            ("selection", text("contact"), json!("other"), false),
            ("integer", Cell::Empty, json!(0), true),
            ("float", Cell::Empty, json!(0.5), false),
            ("monetary", Cell::Decimal("12.30".to_owned()), json!(12.3), true),
            ("boolean", Cell::Boolean(false), json!(false), true),
            ("many2one", Cell::Id(5), json!(6), false),
            ("many2one", Cell::Empty, json!(6), false),
        ];
        for (kind, cell, held, expected) in cases {
            assert_eq!(holds(&info(kind), &cell, &[], &held), expected, "{kind} {cell:?} {held}");
        }
    }
}
