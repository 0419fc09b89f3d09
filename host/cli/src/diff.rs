//! From records that were compared to the lines and drawings of a diff.

use std::collections::{BTreeMap, BTreeSet};

use odograft_migration::{Compared, ComparedField};
use odograft_records::Object;
use odograft_report::diff::{ChartPair, Diff, DiffRow, SourceValue, Verdict};
use odograft_report::perio::svg::Chart;
use odograft_workbench::row::{Act, Node, covers};
use serde_json::Value;

/// The fields that hold a periodontal chart.
const CHART: &str = "_chart_data";
/// Why a field is not in Odoo.
const ASIDE: &str = "its record was put aside or matches nobody: `odograft status` says why";
/// Why it holds something else than one of several says, as of a provider of two clinics.
const LAST_WORD: &str = "another record of the source is the same in Odoo, and has the last word";
/// Charts that a page draws.
const CHARTS: usize = 30;

/// A diff in the making.
#[derive(Default)]
pub(crate) struct Drawn {
    records: u64,
    rows: Vec<DiffRow>,
    charts: Vec<ChartPair>,
}

impl Drawn {
    /// Takes a record in.
    pub(crate) fn take(&mut self, object: &Object<'_>, compared: &Compared) {
        self.records += 1;
        let leaves = leaves(object, &compared.record);
        let told: BTreeSet<&str> =
            compared.fields.iter().flat_map(|field| &field.sources).map(String::as_str).collect();
        for field in &compared.fields {
            self.rows.push(of_field(compared, field, &leaves));
        }
        let is_told = |path: &str| told.iter().any(|declared| covers(declared, path));
        for leaf in leaves.iter().filter(|leaf| !is_told(&leaf.path)) {
            self.rows.push(left(compared, leaf.clone()));
        }
        if self.charts.len() < CHARTS {
            self.charts.extend(chart(compared));
        }
    }

    pub(crate) fn diff(self, name: String) -> Diff {
        let Self { records, rows, charts } = self;
        Diff { name, redacted: false, records, rows, charts }
    }
}

/// What the source says, by the contract's names.
fn leaves(object: &Object<'_>, record: &str) -> Vec<SourceValue> {
    let mut leaves = Vec::new();
    Node::parse(record).visit(object, &mut |place, json| {
        leaves.push(SourceValue { path: place.path.to_owned(), value: words(json) });
        Act::Keep
    });
    leaves
}

/// A JSON value as a person reads it.
fn words(json: &str) -> String {
    match serde_json::from_str(json) {
        Ok(Value::String(text)) => text,
        Ok(Value::Null) => String::new(),
        _ => json.to_owned(),
    }
}

/// A field that a module filled.
fn of_field(compared: &Compared, field: &ComparedField, leaves: &[SourceValue]) -> DiffRow {
    let is_source = |leaf: &&SourceValue| field.sources.iter().any(|declared| covers(declared, &leaf.path));
    let sources: Vec<SourceValue> = leaves.iter().filter(is_source).cloned().collect();
    let verdict = match (field.same, &field.held) {
        _ if field.aside => Verdict::Dropped,
        (Some(false), _) if field.shared => Verdict::Changed,
        (Some(false), _) => Verdict::Differs,
        (Some(true), _) | (None, Some(_)) => {
            let said = sources.iter().map(|source| source.value.as_str()).collect::<Vec<_>>();
            if said == [field.planned.as_str()] { Verdict::Same } else { Verdict::Changed }
        }
        // A file's bytes are compared by their checksum when they are sent.
        (None, None) if field.odoo_id.is_some() && field.is_file() => Verdict::Changed,
        (None, None) => Verdict::Differs,
    };
    DiffRow {
        object: compared.object.clone(),
        id: compared.id.clone(),
        model: field.model.clone(),
        odoo_id: field.odoo_id,
        field: field.name.clone(),
        sources,
        rule: rule(field),
        planned: Some(field.planned.clone()),
        held: field.held.clone(),
        verdict,
    }
}

/// How a field came about, or why it did not.
fn rule(field: &ComparedField) -> String {
    match (field.aside, field.shared && field.same == Some(false)) {
        (true, _) => ASIDE.to_owned(),
        (false, true) if field.rule.is_empty() => LAST_WORD.to_owned(),
        (false, true) => format!("{}; {LAST_WORD}", field.rule),
        (false, false) => field.rule.clone(),
    }
}

/// A source field that no field of this record was declared to be made from.
fn left(compared: &Compared, leaf: SourceValue) -> DiffRow {
    let dropped = compared.dropped.iter().find(|(declared, _)| covers(declared, &leaf.path));
    let (verdict, rule) = match dropped {
        Some((_, reason)) => (Verdict::Dropped, reason.clone()),
        None if !compared.documents.is_empty() => (Verdict::Handed, compared.documents.join("; ")),
        None if compared.keys.contains(&leaf.value) => (Verdict::Same, "the key of a record".to_owned()),
        None if compared.taken.iter().any(|declared| covers(declared, &leaf.path)) => {
            (Verdict::Dropped, "the rule that takes it makes nothing of this value".to_owned())
        }
        None => (Verdict::Lost, String::new()),
    };
    DiffRow {
        object: compared.object.clone(),
        id: compared.id.clone(),
        model: String::new(),
        odoo_id: None,
        field: String::new(),
        sources: vec![leaf],
        rule,
        planned: None,
        held: None,
        verdict,
    }
}

/// A periodontal chart, where the record is one that Odoo holds as the contact's chart.
fn chart(compared: &Compared) -> Option<ChartPair> {
    let fields: Vec<&ComparedField> = compared.fields.iter().filter(|field| field.name.ends_with(CHART)).collect();
    let odoo_id = fields.first()?.odoo_id;
    let record: Value = serde_json::from_str(&compared.record).ok()?;
    let source = Chart::of_readings(&record);
    let held: BTreeMap<String, Value> =
        fields.iter().filter_map(|f| Some((f.name.clone(), Value::from(f.held.clone()?)))).collect();
    Some(ChartPair {
        id: compared.id.clone(),
        odoo_id,
        source: if source.is_empty() { Err("nothing of it can be drawn".to_owned()) } else { Ok(source.svg()) },
        odoo: Chart::of_documents(&held).map(|chart| chart.svg()).map_err(|error| error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn values_are_read_as_people_read_them() {
        assert_eq!(
            ["\"a \\\"b\\\"\"", "12.50", "null", "true", "{\"a\":1}"].map(words),
            ["a \"b\"", "12.50", "", "true", "{\"a\":1}"]
        );
    }
}
