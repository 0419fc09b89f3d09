//! What records of a source are made of, for commands that generate records or hold a module's manifest against its source.
//!
//! Most sources have the same objects everywhere. Of one whose manifest declares its tables, the records at hand tell them;
//! where there are none, what the module itself says of its sources stands in: enough to generate records that it reads.

use std::borrow::Cow;

use odograft_records::bindings::transform::manifest::{FieldKind, Manifest};
use odograft_records::table::Kind;
use odograft_records::tabular::{self, Tables, kind_word};
use odograft_records::{Assemble, Object, Objects};
use serde_json::{Map, Value, json};

use crate::case::Input;
use crate::row::Node;

/// The objects of a source, and the manifest that declares them.
#[derive(Debug, Clone)]
pub struct Layout {
    objects: Objects,
    manifest: Option<String>,
}

impl Layout {
    /// Of a source that has the same objects everywhere.
    #[must_use]
    pub fn fixed(objects: &'static [Object<'static>]) -> Self {
        Self { objects: Objects::Fixed(objects), manifest: None }
    }

    /// The objects, of which there is at least one.
    #[must_use]
    pub fn objects(&self) -> Cow<'_, [Object<'_>]> {
        self.objects.all()
    }

    /// The manifest of records that are made; none where each has one of its own making, or none at all.
    #[must_use]
    pub fn manifest(&self) -> Option<&str> {
        self.manifest.as_deref()
    }
}

/// The tables that the manifests of a corpus declare, all together; where it has none, those that a module names.
pub(crate) fn declared(declares: &Manifest, corpus: &[Input]) -> Layout {
    let found = of_corpus(corpus).and_then(layout);
    // What is made here can be read; if it could not, there would be nothing to make records of.
    let stands_in = || layout(of_module(declares)).unwrap_or_else(|| Layout::fixed(&[]));
    found.unwrap_or_else(stands_in)
}

fn layout(mut manifest: Value) -> Option<Layout> {
    // Generated amounts are written with a point.
    manifest["decimal_mark"] = ".".into();
    let manifest = manifest.to_string();
    let tables = Tables::decode(&manifest).ok()?;
    let objects = Objects::Declared(tables);
    let empty = objects.all().is_empty();
    (!empty).then_some(Layout { objects, manifest: Some(manifest) })
}

/// The first manifest that can be read, with the tables of all others.
fn of_corpus(corpus: &[Input]) -> Option<Value> {
    let mut whole: Option<Value> = None;
    for record in corpus.iter().flat_map(|input| &input.records) {
        let manifest = Node::parse(record.get()).get("manifest").map(Node::json).unwrap_or_default();
        if tabular::Assembler::open(&manifest).is_err() {
            continue;
        }
        let Ok(Value::Object(mut manifest)) = serde_json::from_str(&manifest) else { continue };
        match &mut whole {
            None => whole = Some(manifest.into()),
            Some(whole) => {
                let (Some(Value::Object(more)), Some(tables)) =
                    (manifest.remove("tables"), whole["tables"].as_object_mut())
                else {
                    continue;
                };
                for (name, table) in more {
                    tables.entry(name).or_insert(table);
                }
            }
        }
    }
    whole
}

/// A manifest with the tables and columns that a module names among its sources, each column of a kind that suits the
/// Odoo fields that it goes to.
fn of_module(declares: &Manifest) -> Value {
    let mut tables = Map::new();
    for target in &declares.targets {
        table(&mut tables, &target.object, None);
        for field in &target.fields {
            for source in &field.sources {
                column(&mut tables, source, suits(&field.kind));
            }
        }
    }
    for kind in &declares.handovers {
        table(&mut tables, &kind.object, None);
    }
    for dropped in &declares.dropped {
        column(&mut tables, &dropped.source, Kind::Text);
    }
    if tables.is_empty() {
        table(&mut tables, "table", None);
    }
    json!({"date_order": "ymd", "decimal_mark": ".", "time_zone": "UTC", "tables": tables})
}

/// The columns of a table; one that is gathered below another has a column with that one's key.
fn table<'t>(tables: &'t mut Map<String, Value>, name: &str, above: Option<&str>) -> &'t mut Value {
    let new = || match above {
        None => json!({"columns": {}}),
        Some(above) => {
            json!({"columns": {"key_above": "text"}, "gathered": true, "parent": {"object": above, "column": "key_above"}})
        }
    };
    &mut tables.entry(name).or_insert_with(new)["columns"]
}

/// The column that a path stands for: `client.surname`, and `client.balance.amount` of a table gathered below.
fn column(tables: &mut Map<String, Value>, path: &str, kind: Kind) {
    let columns = match path.split('.').collect::<Vec<_>>()[..] {
        [object, name] if name != "extra" => table(tables, object, None).as_object_mut().map(|own| (own, name)),
        [object, list, name] if list != "extra" => {
            table(tables, object, None);
            table(tables, list, Some(object)).as_object_mut().map(|own| (own, name))
        }
        _ => None,
    };
    if let Some((columns, name)) = columns {
        let word = columns.entry(name).or_insert_with(|| kind_word(kind).into());
        // A day that goes to a text too is a day.
        if *word == kind_word(Kind::Text) {
            *word = kind_word(kind).into();
        }
    }
}

fn suits(kind: &FieldKind) -> Kind {
    match kind {
        FieldKind::Integer => Kind::Integer,
        FieldKind::Float | FieldKind::Monetary => Kind::Decimal,
        FieldKind::Boolean => Kind::Boolean,
        FieldKind::Date => Kind::Date,
        FieldKind::Datetime => Kind::Instant,
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use odograft_records::bindings::transform::manifest::{Cardinality, DroppedField, Field, Target};

    use super::*;

    fn module() -> Manifest {
        let field = |kind, sources: &[&str]| Field {
            name: "x".into(),
            kind,
            custom: None,
            section: None,
            groups: Vec::new(),
            sources: sources.iter().map(|&source| source.into()).collect(),
            rule: String::new(),
        };
        let fields = vec![
            field(FieldKind::Char, &["client.name", "client.born", "client.extra.shoe"]),
            field(FieldKind::Date, &["client.born"]),
            field(FieldKind::Float, &["client.balance.amount"]),
        ];
        let target = Target {
            object: "client".into(),
            model: "res.partner".into(),
            cardinality: Cardinality::OneToOne,
            adopt_by: Vec::new(),
            may_create: true,
            needs_app: None,
            needs: Vec::new(),
            fields,
            note: String::new(),
        };
        Manifest {
            name: "m".into(),
            version: "0".into(),
            targets: vec![target],
            handovers: Vec::new(),
            settings: Vec::new(),
            dropped: vec![DroppedField { source: "visit.room".into(), reason: "gone".into() }],
        }
    }

    /// Every path of a layout with its kind.
    fn paths(layout: &Layout) -> Vec<(String, Kind)> {
        let mut paths = Vec::new();
        for object in layout.objects().iter() {
            for part in object.parts.iter().filter(|part| part.member != "manifest") {
                let list = part.list().map_or(String::new(), |list| format!("{list}."));
                let path = |name: &str| format!("{}.{list}{name}", object.name);
                paths.extend(part.fields.iter().map(|field| (path(&field.name), field.kind)));
            }
        }
        paths
    }

    fn own(paths: &[(&str, Kind)]) -> Vec<(String, Kind)> {
        paths.iter().map(|(path, kind)| ((*path).to_owned(), *kind)).collect()
    }

    #[test]
    fn without_records_a_module_s_own_words_stand_in() {
        let expected = [
            ("client.name", Kind::Text),
            ("client.born", Kind::Date),
            ("client.balance.key_above", Kind::Link),
            ("client.balance.amount", Kind::Decimal),
            ("visit.room", Kind::Text),
        ];
        assert_eq!(paths(&declared(&module(), &[])), own(&expected));
        let nothing = Manifest { targets: Vec::new(), dropped: Vec::new(), ..module() };
        assert_eq!(declared(&nothing, &[]).objects().len(), 1, "records can be made all the same");
    }

    #[test]
    fn the_records_at_hand_have_the_word() {
        let record = |tables: Value| {
            let manifest = json!({"date_order": "dmy", "decimal_mark": ",", "time_zone": "UTC", "tables": tables});
            serde_json::value::to_raw_value(&json!({"object": "client", "manifest": manifest, "row": {}}))
                .expect("JSON")
        };
        let client = json!({"client": {"key": "id", "columns": {"id": "text"}}});
        let both = json!({"client": {"columns": {}}, "visit": {"columns": {"at": "datetime"}}});
        let none = serde_json::value::to_raw_value(&json!({"object": "client"})).expect("JSON");
        let records = vec![none, record(client), record(both), record("no tables".into())];
        let corpus = [Input { as_of: crate::case::AS_OF, settings: Map::new(), records }];
        let layout = declared(&module(), &corpus);
        assert_eq!(paths(&layout), own(&[("client.id", Kind::Text), ("visit.at", Kind::Instant)]));
        assert!(layout.manifest().is_some_and(|text| text.contains(r#""date_order":"dmy","decimal_mark":".""#)));
    }
}
