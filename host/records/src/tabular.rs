//! Rows of tables that a manifest declares, as records: the way of every source that has no contract of its own.
//!
//! Of each table the manifest says its columns with their kinds, the column with a row's key, the one with the key of the
//! row that it belongs to, and whether it is gathered below that. `host/sources` holds manifest and tables against one
//! another before anything is staged; here the manifest is read once more, for what records need of it.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Deserializer as _};
use serde_json::{Map, Value};

use crate::assembly::{Assemble, Object, Objects, Part, Parts, Staged};
use crate::bindings::tabular::records::{Child, Row};
use crate::bindings::transform::values::{ExtraField, Scalar, Span};
use crate::decode::{DecodeError, Gathered, Problem};
use crate::locale::{Locale, Moment};
use crate::scalars::{Members, instant, spread, text, truth};
use crate::table::{Field, Kind};
use crate::texts::Texts;

#[cfg(test)]
mod tests;

/// The staged object whose one row is the manifest.
const MANIFEST: &str = "tabular-manifest";

/// What the manifest says of rows.
const MANIFEST_FIELDS: &[Field] = &[
    Field::named("date_order", &[], Kind::Choice(&["ymd", "mdy", "dmy"])).required(),
    Field::named("decimal_mark", &[], Kind::Choice(&[".", ","])).required(),
    Field::named("time_zone", &[], Kind::Text).required(),
    Field::named("true_words", &[], Kind::Texts),
    Field::named("false_words", &[], Kind::Texts),
    Field::named("tables", &[], Kind::Json).required(),
];

/// The tables that a manifest declares.
#[derive(Debug, Clone)]
pub struct Tables(Vec<Table>);

#[derive(Debug, Clone)]
struct Table {
    name: String,
    /// The column with a row's key; without one, rows are known by their content.
    key: Option<String>,
    /// The column with the key of the row that a row belongs to.
    link: Option<String>,
    /// The table below whose rows its own are gathered; without one, each row is a record.
    below: Option<String>,
    columns: Vec<Field>,
    /// By a column's name, its place: rows of a thousand columns are read as fast as those of ten.
    places: HashMap<String, usize>,
}

/// A table in the manifest.
#[derive(Deserialize)]
struct DeclaredTable {
    key: Option<String>,
    parent: Option<DeclaredParent>,
    #[serde(default)]
    gathered: bool,
    columns: Map<String, Value>,
}

#[derive(Deserialize)]
struct DeclaredParent {
    object: String,
    column: String,
}

/// What the manifest says of all tables.
#[derive(Deserialize)]
struct Declared {
    tables: Map<String, Value>,
    #[serde(default)]
    true_words: Vec<String>,
    #[serde(default)]
    false_words: Vec<String>,
}

/// The word of a kind in a manifest.
#[must_use]
pub fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "integer",
        Kind::Decimal => "decimal",
        Kind::Boolean => "boolean",
        Kind::Date => "date",
        Kind::Instant => "datetime",
        _ => "text",
    }
}

fn kind(word: &str) -> Option<Kind> {
    let kinds = [Kind::Text, Kind::Integer, Kind::Decimal, Kind::Boolean, Kind::Date, Kind::Instant];
    kinds.into_iter().find(|kind| kind_word(*kind) == word)
}

fn undeclared(field: String, what: &'static str) -> DecodeError {
    DecodeError::Field { object: MANIFEST.to_owned(), key: "manifest".to_owned(), field, what }
}

impl Declared {
    fn read(manifest: &str) -> Result<Self, DecodeError> {
        let what = "must stand there, an object: a table's name, then its `columns`";
        serde_json::from_str(manifest).map_err(|_| undeclared("tables".to_owned(), what))
    }
}

impl Table {
    fn read(name: &str, declared: Value) -> Result<Self, DecodeError> {
        let at = |field: &str| format!("tables.{name}.{field}");
        let table: DeclaredTable = serde_json::from_value(declared).map_err(|_| {
            undeclared(
                at("columns"),
                "must stand there, a column's name with its kind, beside `key`, or `parent`, or both",
            )
        })?;
        let (below, link) = match table.parent {
            Some(parent) => (table.gathered.then_some(parent.object), Some(parent.column)),
            None => (None, None),
        };
        let column = |(column, word): (String, Value)| {
            let kind = word.as_str().and_then(kind).ok_or_else(|| {
                let what = "must be `text`, `integer`, `decimal`, `boolean`, `date` or `datetime`";
                undeclared(at(&format!("columns.{column}")), what)
            })?;
            // The key of the record that a row is gathered below is the record's own.
            let kind = if below.is_some() && link.as_ref() == Some(&column) { Kind::Link } else { kind };
            let required = table.key.as_ref() == Some(&column);
            Ok(Field { name: Cow::Owned(column), names: &[], kind, required })
        };
        let columns: Vec<Field> = table.columns.into_iter().map(column).collect::<Result<_, _>>()?;
        let places = columns.iter().enumerate().map(|(at, column)| (column.name.to_string(), at)).collect();
        Ok(Self { name: name.to_owned(), key: table.key, link, below, columns, places })
    }

    fn column(&self, name: &str) -> Option<&Field> {
        self.places.get(name).map(|at| &self.columns[*at])
    }
}

impl Tables {
    /// What a manifest declares.
    ///
    /// # Errors
    /// It declares no tables, or one without what it should say of it.
    pub fn decode(manifest: &str) -> Result<Self, DecodeError> {
        Self::of(Declared::read(manifest)?.tables)
    }

    fn of(declared: Map<String, Value>) -> Result<Self, DecodeError> {
        declared.into_iter().map(|(name, table)| Table::read(&name, table)).collect::<Result<_, _>>().map(Self)
    }

    fn get(&self, name: &str) -> Option<&Table> {
        self.0.iter().find(|table| table.name == name)
    }

    /// The tables that are gathered below one, in the manifest's order.
    fn below(&self, name: &str) -> impl Iterator<Item = &Table> {
        self.0.iter().filter(move |table| table.below.as_deref() == Some(name))
    }

    /// Each table whose rows are records, with what is gathered below it.
    pub(crate) fn objects(&self) -> Vec<Object<'_>> {
        self.0.iter().filter(|table| table.below.is_none()).map(|table| self.object(table)).collect()
    }

    fn object<'a>(&'a self, table: &'a Table) -> Object<'a> {
        let own = [Part::locale(MANIFEST_FIELDS), Part::row(&table.columns)];
        let below = self.below(&table.name).map(|below| Part::below(&below.name, &below.name, &below.columns));
        let parts = Parts::Declared(own.into_iter().chain(below).collect());
        Object { name: &table.name, staged: &table.name, named: true, flags: &[], parts }
    }
}

/// The way from rows of declared tables to records.
#[derive(Debug, Clone)]
pub struct Assembler {
    locale: Locale,
    /// What says yes and no besides `true` and `false`, in lower case.
    words: [Vec<String>; 2],
    tables: Tables,
}

impl Assemble for Assembler {
    type Record = Row;
    const OBJECTS: &'static [Object<'static>] = &[];
    const MANIFEST: Option<&'static str> = Some(MANIFEST);
    const BATCH: usize = 256;

    fn objects(manifest: &str) -> Result<Objects, DecodeError> {
        Tables::decode(manifest).map(Objects::Declared)
    }

    fn open(manifest: &str) -> Result<Self, DecodeError> {
        let locale = Locale::decode(MANIFEST, manifest)?;
        let Declared { tables, true_words, false_words } = Declared::read(manifest)?;
        let lower = |words: Vec<String>| words.iter().map(|word| word.trim().to_lowercase()).collect();
        Ok(Self { locale, words: [lower(true_words), lower(false_words)], tables: Tables::of(tables)? })
    }

    fn assemble(
        &self,
        object: &Object<'_>,
        rows: &Staged<'_>,
        texts: &mut Texts,
    ) -> Result<Gathered<Row>, DecodeError> {
        let no_such = || DecodeError::NoSuchObject { object: object.name.to_owned() };
        let table = self.tables.get(object.name).ok_or_else(no_such)?;
        let mut problems = Vec::new();
        let own = self.cells(table, object.name, (rows.key, rows.row), texts, &mut problems)?;
        let (mut children, mut refused) = (Vec::new(), Vec::new());
        for (below, rows) in std::iter::zip(self.tables.below(&table.name), rows.lists) {
            let path = format!("{}.{}", object.name, below.name);
            for &(key, json) in rows {
                match self.cells(below, &path, (key, json), texts, &mut problems) {
                    Ok(Cells { id, cells, .. }) => children.push(Child { object: texts.add(&below.name), id, cells }),
                    Err(error) => refused.push((key.to_owned(), error)),
                }
            }
        }
        let Cells { id, parent, cells } = own;
        let record = Row { object: texts.add(&table.name), id, parent, cells, children };
        Ok(Gathered { record, problems, refused })
    }
}

/// What one row holds.
struct Cells {
    id: Span,
    parent: Option<Span>,
    cells: Vec<ExtraField>,
}

impl Assembler {
    /// Reads a row, its key and its JSON; `path` stands before its columns' names in what is said of them.
    fn cells(
        &self,
        table: &Table,
        path: &str,
        (key, json): (&str, &str),
        texts: &mut Texts,
        problems: &mut Vec<Problem>,
    ) -> Result<Cells, DecodeError> {
        let (mut id, mut parent, mut cells) = (None, None, Vec::new());
        let member = |name: Cow<'_, str>, json: &str| {
            let Some(column) = table.column(&name) else {
                return spread(&name, json, 0, texts, &mut cells);
            };
            let Some(written) = text(json).or_else(|| plain(json)) else {
                problems.push(Problem { field: format!("{path}.{name}"), message: "is not text" });
                return spread(&name, json, 0, texts, &mut cells);
            };
            let trimmed = written.trim();
            if table.key.as_deref() == Some(&*name) && !trimmed.is_empty() {
                id = Some(texts.add(trimmed));
            }
            if table.link.as_deref() == Some(&*name) && !trimmed.is_empty() {
                parent = Some(texts.add(trimmed));
            }
            let (value, message) = self.scalar(column.kind, &written, texts);
            if value.is_none() && message.is_none() {
                return;
            }
            let called = texts.add(&name);
            cells.extend(value.map(|value| ExtraField { name: called, value }));
            if let Some(message) = message {
                problems.push(Problem { field: format!("{path}.{name}"), message });
                cells.push(ExtraField { name: called, value: Scalar::Text(texts.add(&written)) });
            }
        };
        let mut reader = serde_json::Deserializer::from_str(json);
        let read = reader.deserialize_map(Members(member, 0)).and_then(|()| reader.end());
        read.map_err(|_| DecodeError::NotAnObject { object: table.name.clone(), key: key.to_owned() })?;
        let id = match (id, &table.key) {
            (Some(id), _) => id,
            (None, None) => texts.add(key),
            (None, Some(column)) => {
                let (object, key, field) = (table.name.clone(), key.to_owned(), column.clone());
                return Err(DecodeError::Field { object, key, field, what: "is missing or cannot be read" });
            }
        };
        Ok(Cells { id, parent, cells })
    }

    /// A value of a kind as it is written, if it says anything, and what is to be said of it: then its text is carried too.
    fn scalar(&self, kind: Kind, written: &str, texts: &mut Texts) -> (Option<Scalar>, Option<&'static str>) {
        let trimmed = written.trim();
        if written.is_empty() || kind == Kind::Link || kind != Kind::Text && trimmed.is_empty() {
            return (None, None);
        }
        let or = |read: Option<Scalar>, message| (read, if read.is_none() { Some(message) } else { None });
        match kind {
            Kind::Boolean => or(self.truth(trimmed).map(Scalar::Boolean), "is neither true nor false"),
            Kind::Integer => or(trimmed.parse().ok().map(Scalar::Integer), "is not a whole number"),
            Kind::Decimal => or(self.locale.decimal(trimmed).map(Scalar::Decimal), Locale::NO_AMOUNT),
            Kind::Date => or(self.locale.date(trimmed).map(Scalar::Date), Locale::NO_DAY),
            Kind::Instant => match instant(trimmed).map(Moment::Once).or_else(|| self.locale.moment(trimmed)) {
                Some(Moment::Once(moment)) => (Some(Scalar::Instant(moment)), None),
                Some(Moment::Twice(moment)) => (Some(Scalar::Instant(moment)), Some(Moment::TWICE)),
                Some(Moment::Never(moment)) => (Some(Scalar::Instant(moment)), Some(Moment::NEVER)),
                None => (None, Some(Locale::NO_MOMENT)),
            },
            _ => (Some(Scalar::Text(texts.add(written))), None),
        }
    }

    fn truth(&self, text: &str) -> Option<bool> {
        let (word, [yes, no]) = (text.to_lowercase(), &self.words);
        match (yes.contains(&word), no.contains(&word)) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => truth(text, true),
        }
    }
}

/// A number or a truth value as it is written, and nothing for null; none for an object, a list and half a surrogate pair.
fn plain(json: &str) -> Option<Cow<'_, str>> {
    match json.as_bytes().first() {
        Some(b'{' | b'[' | b'"') | None => None,
        Some(b'n') => Some(Cow::Borrowed("")),
        Some(_) => Some(Cow::Borrowed(json)),
    }
}
