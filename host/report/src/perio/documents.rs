//! The six documents, looked up by tooth and site.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ReportError;

/// Fields on the partner, and the name that each document calls itself.
const FIELDS: [(&str, &str); 6] = [
    ("x_ppd_chart_data", "ppd"),
    ("x_bop_chart_data", "bop"),
    ("x_recession_chart_data", "recession"),
    ("x_furcation_chart_data", "furcation"),
    ("x_mobility_chart_data", "mobility"),
    ("x_cal_chart_data", "cal"),
];

/// The documents of one exam.
pub(super) struct Documents {
    by_name: BTreeMap<&'static str, Value>,
    pub(super) examined_on: String,
    pub(super) exam_id: String,
    /// Readings outside the chart, one line each.
    pub(super) left_out: Vec<String>,
}

impl Documents {
    pub(super) fn read(fields: &BTreeMap<String, Value>) -> Result<Self, ReportError> {
        let mut documents =
            Self { by_name: BTreeMap::new(), examined_on: String::new(), exam_id: String::new(), left_out: Vec::new() };
        for (field, name) in FIELDS {
            // Odoo gives `false` for an empty field.
            let document = match fields.get(field) {
                None | Some(Value::Null | Value::Bool(false)) => return Err(ReportError::Missing(field)),
                Some(Value::String(text)) => serde_json::from_str(text).map_err(|_| ReportError::Unreadable(field))?,
                Some(parsed) => parsed.clone(),
            };
            documents.take(field, name, document)?;
        }
        Ok(documents)
    }

    fn take(&mut self, field: &'static str, name: &'static str, document: Value) -> Result<(), ReportError> {
        let unreadable = || ReportError::Unreadable(field);
        let text = |key: &str| document[key].as_str().ok_or_else(unreadable);
        if document["version"] != 1 || text("document")? != name || !document["teeth"].is_object() {
            return Err(unreadable());
        }
        text("examined_on")?.clone_into(&mut self.examined_on);
        text("exam_id")?.clone_into(&mut self.exam_id);
        for reading in document["left_out"].as_array().ok_or_else(unreadable)? {
            let words = ["tooth", "name", "site", "measure"].map(|key| reading[key].as_str());
            let mut line: Vec<String> = words.into_iter().flatten().map(str::to_owned).collect();
            line.push(reading["value"].to_string());
            line.push(format!("({})", reading["reason"].as_str().unwrap_or_default()));
            self.left_out.push(line.join(" "));
        }
        self.by_name.insert(name, document);
        Ok(())
    }

    /// A site's number in one list of a document.
    pub(super) fn site(&self, document: &str, list: &str, tooth: u8, site: &str) -> Option<i64> {
        self.tooth(document, list, tooth)?.get(site)?.as_i64()
    }

    pub(super) fn mobility(&self, tooth: u8) -> Option<i64> {
        self.tooth("mobility", "teeth", tooth)?.as_i64()
    }

    pub(super) fn is_missing(&self, tooth: u8) -> bool {
        self.lists(tooth, "missing")
    }

    pub(super) fn is_implant(&self, tooth: u8) -> bool {
        self.lists(tooth, "implants")
    }

    /// Whether anything was charted at the tooth, other than that it is missing.
    pub(super) fn has(&self, tooth: u8) -> bool {
        let charted = super::ROWS.iter().any(|(_, document, list)| self.tooth(document, list, tooth).is_some());
        charted || self.is_implant(tooth) || self.mobility(tooth).is_some()
    }

    fn tooth(&self, document: &str, list: &str, tooth: u8) -> Option<&Value> {
        self.by_name.get(document)?.get(list)?.get(tooth.to_string())
    }

    fn lists(&self, tooth: u8, list: &str) -> bool {
        let number = tooth.to_string();
        let teeth = self.by_name.get("mobility").and_then(|document| document[list].as_array());
        teeth.is_some_and(|teeth| teeth.iter().any(|listed| listed == number.as_str()))
    }
}
