//! Cells between a module's answer and Odoo: canonical JSON in the ledger, text in `load()`, JSON in `write`.

use std::collections::BTreeMap;

use odograft_ledger::PlannedRecord;
use odograft_records::bindings::transform::effects::{Lookup, Reference, Text, Value as Returned};
use odograft_records::bindings::transform::manifest::FieldKind;
use odograft_records::bindings::transform::values::Instant;
use odograft_records::{Texts, utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::MigrationError;

/// The fields of one Odoo record by name: canonical, so that equal cells are equal text.
pub type Cells = BTreeMap<String, Cell>;

/// Cells of a record as the ledger keeps them: those that are planned, or those that were written.
pub(crate) fn parse(record: &PlannedRecord, cells: &str) -> Result<Cells, MigrationError> {
    serde_json::from_str(cells).map_err(|_| MigrationError::UnreadableCells { rowid: record.rowid })
}

/// What one field is to hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    /// Nothing.
    Empty,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// An exact number as text, such as `12.30`.
    Decimal(String),
    /// Text, a selection's value, a date `2024-02-29` or a moment `2024-02-29 08:30:00` in UTC.
    Text(String),
    /// The record that this migration makes of a source record.
    Source {
        /// The Odoo model.
        model: String,
        /// The source object.
        object: String,
        /// Its identifier.
        id: String,
        /// Whether the field is an integer that holds the id (`res_id`) and not a many2one.
        as_integer: bool,
    },
    /// A record by the external id that every Odoo has.
    ExternalId(String),
    /// A record by its database id.
    Id(i64),
    /// Several records, each by one of the three ways above.
    Many(Vec<Cell>),
    /// A file's bytes, which are opened when the record is sent.
    File {
        /// The source object whose row names it.
        object: String,
        /// What the source knows it by.
        handle: String,
    },
}

/// A reference in a cell that the host cannot follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsupported(pub(crate) &'static str);

/// A module's value as a cell, for a row of this source object. Lookups come resolved: `lookup` gives the database id,
/// or nothing.
pub(crate) fn cell(
    object: &str,
    kind: &FieldKind,
    texts: &Texts,
    value: Returned,
    lookup: &dyn Fn(&Lookup) -> Option<i64>,
) -> Result<Option<Cell>, Unsupported> {
    Ok(Some(match value {
        Returned::Empty => Cell::Empty,
        Returned::Boolean(truth) => Cell::Boolean(truth),
        Returned::Integer(number) => Cell::Integer(number),
        Returned::Float(number) => Cell::Float(number),
        Returned::Decimal(number) => Cell::Decimal(number.to_string()),
        Returned::Text(text) => Cell::Text(owned(texts, text)),
        Returned::Date(day) => Cell::Text(day.to_string()),
        Returned::Datetime(moment) => Cell::Text(datetime(moment)),
        Returned::Reference(Reference::ExternalId(id)) => Cell::ExternalId(id),
        Returned::Reference(Reference::Lookup(wanted)) => match lookup(&wanted) {
            Some(id) => Cell::Id(id),
            None => return Ok(None),
        },
        Returned::Reference(Reference::Source(key)) => {
            let (model, as_integer) = match kind {
                FieldKind::Many2one(model) => (model, false),
                FieldKind::Many2oneReference(model) => (model, true),
                _ => return Err(Unsupported("a reference in a field that holds none")),
            };
            Cell::Source { model: model.clone(), object: key.object, id: owned(texts, key.id), as_integer }
        }
        Returned::References(references) => {
            let FieldKind::Many2many(model) = kind else {
                return Err(Unsupported("references in a field that holds none"));
            };
            let one = FieldKind::Many2one(model.clone());
            let mut items = Vec::with_capacity(references.len());
            for reference in references {
                match cell(object, &one, texts, Returned::Reference(reference), lookup)? {
                    Some(item) => items.push(item),
                    None => return Ok(None),
                }
            }
            Cell::Many(items)
        }
        Returned::File(file) => match kind {
            FieldKind::Binary => Cell::File { object: object.to_owned(), handle: file.handle },
            _ => return Err(Unsupported("a file in a field that holds none")),
        },
    }))
}

/// What a text of an answer says; one that the module has made is not copied.
pub(crate) fn owned(texts: &Texts, text: Text) -> String {
    match text {
        Text::Made(text) => text,
        Text::Given(_) => texts.read(&text).to_owned(),
    }
}

/// Odoo takes nothing but this form, in UTC, without fractions.
fn datetime(moment: Instant) -> String {
    // The engine lets no other moment through than those of the calendar.
    utc(moment).map_or(String::new(), |utc| utc.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

impl Cell {
    /// The column of `load()` that takes this cell.
    pub(crate) fn column(&self, field: &str) -> String {
        match self {
            Self::ExternalId(_) => format!("{field}/id"),
            Self::Source { as_integer: false, .. } | Self::Id(_) | Self::Many(_) => format!("{field}/.id"),
            _ => field.to_owned(),
        }
    }

    /// The cell in the text form of `load()`; `resolved` are the database ids of what it refers to.
    pub(crate) fn text(&self, resolved: &[i64]) -> String {
        match self {
            // A file stands in the call's body alone.
            Self::Empty | Self::File { .. } => String::new(),
            Self::Boolean(true) => "True".to_owned(),
            Self::Boolean(false) => "False".to_owned(),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Decimal(text) | Self::Text(text) | Self::ExternalId(text) => text.clone(),
            Self::Source { .. } | Self::Many(_) => {
                let ids: Vec<String> = resolved.iter().map(i64::to_string).collect();
                ids.join(",")
            }
            Self::Id(id) => id.to_string(),
        }
    }

    /// The cell as `write` takes it.
    pub(crate) fn json(&self, resolved: &[i64]) -> Value {
        match self {
            Self::Empty | Self::File { .. } => Value::Bool(false),
            Self::Boolean(truth) => json!(truth),
            Self::Integer(number) => json!(number),
            Self::Float(number) => json!(number),
            Self::Decimal(text) => text.parse::<serde_json::Number>().map_or_else(|_| json!(text), Value::Number),
            Self::Text(text) => json!(text),
            Self::Source { .. } | Self::ExternalId(_) => resolved.first().map_or(Value::Bool(false), |id| json!(id)),
            Self::Id(id) => json!(id),
            Self::Many(_) => json!([[6, 0, resolved]]),
        }
    }

    /// The same in a field of this kind: mark-up may have its quotation marks written otherwise.
    pub(crate) fn is_held_in(&self, kind: &str, resolved: &[i64], held: &Value) -> bool {
        match (kind, self, held) {
            ("html", Self::Text(text), Value::String(held)) => plain(&unquoted(text)) == plain(&unquoted(held)),
            _ => self.is_held(resolved, held),
        }
    }

    /// Whether Odoo holds this cell, read with references as ids. Text is compared without its markup, which Odoo
    /// rewrites; numbers as far as Odoo keeps their digits.
    pub(crate) fn is_held(&self, resolved: &[i64], held: &Value) -> bool {
        match (self, held) {
            (Self::Text(text), Value::String(held)) => text == held || plain(text) == plain(held),
            (Self::Text(text), Value::Bool(false)) => text.is_empty(),
            (Self::Empty, held) => *held == Value::Bool(false) || held.as_array().is_some_and(Vec::is_empty),
            (Self::Float(_) | Self::Decimal(_) | Self::Integer(_), Value::Number(held)) => {
                let wanted: f64 = self.text(resolved).parse().unwrap_or(f64::NAN);
                (wanted - held.as_f64().unwrap_or(f64::NAN)).abs() < 0.005
            }
            (Self::Many(_), Value::Array(held)) => {
                let mut held: Vec<i64> = held.iter().filter_map(Value::as_i64).collect();
                let mut wanted = resolved.to_vec();
                held.sort_unstable();
                wanted.sort_unstable();
                held == wanted
            }
            (_, held) => self.json(resolved) == *held,
        }
    }
}

/// Mark-up with quotation marks as themselves, as Odoo writes it.
fn unquoted(html: &str) -> String {
    html.replace("&quot;", "\"").replace("&#39;", "'").replace("&#x27;", "'")
}

/// Text without tags, entities and space.
fn plain(text: &str) -> String {
    let mut tag = false;
    let bare = text.replace("&amp;", "&").replace("&lt;", "\u{1}").replace("&gt;", "\u{2}").replace("&nbsp;", " ");
    bare.chars()
        .filter(|c| {
            let outside = !tag && *c != '<';
            tag = if *c == '<' { true } else { tag && *c != '>' };
            outside && !c.is_whitespace()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use odograft_records::bindings::transform::effects::SourceKey;
    use odograft_records::bindings::transform::values::Instant;

    use super::*;

    fn plain_cell(kind: &FieldKind, value: Returned) -> Cell {
        cell("patient", kind, &Texts::new(), value, &|_| None).expect("supported").expect("a cell")
    }

    #[test]
    fn text_is_given_or_made() {
        let mut texts = Texts::new();
        texts.add("before");
        let given = texts.add("Zoë");
        for text in [Text::Given(given), Text::Made("Zoë".into())] {
            let value = Returned::Text(text.clone());
            assert_eq!(cell("patient", &FieldKind::Char, &texts, value, &|_| None), Ok(Some(Cell::Text("Zoë".into()))));
            let source = Returned::Reference(Reference::Source(SourceKey { object: "patient".into(), id: text }));
            let Ok(Some(Cell::Source { id, .. })) =
                cell("patient", &FieldKind::Many2one("res.partner".into()), &texts, source, &|_| None)
            else {
                panic!("a reference to a source record")
            };
            assert_eq!(id, "Zoë");
        }
    }

    #[test]
    fn moments_have_odoos_form() {
        let value = Returned::Datetime(Instant { seconds: 951_782_400, nanoseconds: 999 });
        assert_eq!(plain_cell(&FieldKind::Datetime, value), Cell::Text("2000-02-29 00:00:00".into()));
    }

    #[test]
    fn references_choose_their_column() {
        let key = SourceKey { object: "patient".into(), id: "17".into() };
        let source = Returned::Reference(Reference::Source(key));
        let many2one = plain_cell(&FieldKind::Many2one("res.partner".into()), source.clone());
        let integer = plain_cell(&FieldKind::Many2oneReference("res.partner".into()), source);
        assert_eq!((many2one.column("parent_id"), many2one.text(&[5])), ("parent_id/.id".into(), "5".into()));
        assert_eq!((integer.column("res_id"), integer.text(&[5])), ("res_id".into(), "5".into()));
        let external = Cell::ExternalId("base.uk".into());
        assert_eq!(external.column("country_id"), "country_id/id");
    }

    #[test]
    fn a_lookup_without_a_match_leaves_the_field_alone() {
        let wanted = Lookup { model: "res.country".into(), by: Vec::new(), take: String::new() };
        let value = Returned::Reference(Reference::Lookup(wanted));
        let kind = FieldKind::Many2one("res.country".into());
        assert_eq!(cell("patient", &kind, &Texts::new(), value.clone(), &|_| None), Ok(None));
        assert_eq!(cell("patient", &kind, &Texts::new(), value, &|_| Some(9)), Ok(Some(Cell::Id(9))));
    }

    #[test]
    fn several_references_travel_as_ids() {
        let external = |id: &str| Reference::ExternalId(id.into());
        let value = Returned::References(vec![external("base.a"), external("base.b")]);
        let many = plain_cell(&FieldKind::Many2many("res.partner.category".into()), value);
        assert_eq!((many.column("category_id"), many.text(&[4, 5])), ("category_id/.id".into(), "4,5".into()));
        assert_eq!(many.json(&[4, 5]), json!([[6, 0, [4, 5]]]));
        assert!(many.is_held(&[4, 5], &json!([5, 4])) && !many.is_held(&[4], &json!([5, 4])));
        let wanted = Lookup { model: "res.partner.category".into(), by: Vec::new(), take: String::new() };
        let value = Returned::References(vec![external("base.a"), Reference::Lookup(wanted)]);
        let kind = FieldKind::Many2many("res.partner.category".into());
        assert_eq!(
            cell("patient", &kind, &Texts::new(), value, &|_| None),
            Ok(None),
            "one without a match leaves the field alone"
        );
    }

    #[test]
    fn what_odoo_rewrites_is_held_all_the_same() {
        let text = |text: &str| Cell::Text(text.into());
        assert!(text("<p>a &amp; b</p>").is_held(&[], &json!("<p data-x=\"1\">a & b</p>")));
        let (quoted, held) = (text("<p>&quot;it&#39;s&quot;</p>"), json!("<p>\"it's\"</p>"));
        assert!(quoted.is_held_in("html", &[], &held) && !quoted.is_held_in("char", &[], &held));
        assert!(!text("Leeds").is_held(&[], &json!("York")));
        assert!(Cell::Decimal("12.30".into()).is_held(&[], &json!(12.3)));
        assert!(Cell::Empty.is_held(&[], &json!(false)) && !Cell::Empty.is_held(&[], &json!("x")));
        let source = Cell::Source { model: "m".into(), object: "o".into(), id: "1".into(), as_integer: false };
        assert!(source.is_held(&[7], &json!(7)) && !source.is_held(&[7], &json!(8)));
    }

    #[test]
    fn cells_are_canonical() {
        let one: Cells = [("b".to_owned(), Cell::Boolean(true)), ("a".to_owned(), Cell::Empty)].into();
        let text = serde_json::to_string(&one).expect("serialises");
        assert_eq!(text, r#"{"a":"empty","b":{"boolean":true}}"#);
        assert_eq!(serde_json::from_str::<Cells>(&text).expect("reads back"), one);
    }
}
