//! Tables and columns: what they are called, whether they are there, and what rows call their values.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::objects::{Above, CLINIC, Holds, MODIFIED, OBJECTS, Object};
use super::problem::{PandaError, SchemaProblem};

/// Every column's own name and its type, by schema, table and column in small letters.
pub(super) type Catalogue = BTreeMap<(String, String, String), (String, String)>;

/// By object, how a database's table is read.
pub(super) type Layouts = BTreeMap<&'static str, Layout>;

/// Letters of a name, as SQL Server allows.
const LONGEST_NAME: usize = 128;

/// A table of an object. Columns that nobody names are looked for under the default names, and read where they are there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableMap {
    /// `schema.table`, or the table alone in `dbo`.
    pub table: String,
    /// The column that tells rows apart and gives their order.
    pub key: String,
    /// The column with the parent's key.
    #[serde(default)]
    pub parent: Option<String>,
    /// The column with the moment of the last change.
    #[serde(default)]
    pub modified: Option<String>,
    /// By odograft's name of a column, the table's. Columns that no name stands for keep their own names.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// The columns with paths of files below the share.
    #[serde(default)]
    pub attachments: Vec<String>,
}

/// A column as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// Its name in the table.
    pub(super) own: String,
    /// Its type, in small letters.
    pub(super) kind: String,
    /// What rows call it, and what each of the names holds.
    pub(super) members: Vec<(String, Holds)>,
    /// Whether no name of odograft's stands for it.
    pub(super) surplus: bool,
}

/// A table of one database as it is read.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// In the order in which they are asked for.
    pub(super) columns: Vec<Column>,
    /// The column with the parent's key, and the one with the moment of the last change.
    pub(super) parent: Option<String>,
    pub(super) modified: Option<String>,
    /// Members that the table has no column for.
    pub(super) missing: Vec<String>,
}

impl Layout {
    /// The column of this name, however it is spelled.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.own.eq_ignore_ascii_case(name))
    }

    /// The column with the moment of the last change, where it is one that sorts as text and knows no zone.
    pub(super) fn stamp(&self) -> Option<&str> {
        let column = self.column(self.modified.as_deref()?)?;
        matches!(column.kind.as_str(), "datetime" | "datetime2" | "smalldatetime").then_some(column.own.as_str())
    }
}

impl Column {
    /// Whether it is read apart, a piece at a time.
    pub(super) fn is_blob(&self) -> bool {
        matches!(self.kind.as_str(), "varbinary" | "binary" | "image")
    }

    /// What rows call it first.
    pub(super) fn shown(&self) -> &str {
        self.members.first().map_or(self.own.as_str(), |(name, _)| name.as_str())
    }
}

/// The tables of all objects, the given ones in place of the defaults.
pub(super) fn tables(
    given: &BTreeMap<String, Option<TableMap>>,
) -> Result<BTreeMap<&'static str, TableMap>, PandaError> {
    if let Some(object) = given.keys().find(|name| !OBJECTS.iter().any(|object| object.name == **name)) {
        let known = OBJECTS.iter().map(|object| format!("`{}`", object.name)).collect::<Vec<_>>().join(", ");
        return Err(PandaError::UnknownObject { object: object.clone(), known });
    }
    let mut tables = BTreeMap::new();
    for object in OBJECTS {
        let whole = match object.above {
            Above::Row { object: above, part: true, .. } => tables.contains_key(above).then_some(above).ok_or(above),
            _ => Ok(object.name),
        };
        let map = match (given.get(object.name), whole) {
            // What is a part of something falls away with it.
            (Some(None), _) | (None, Err(_)) => continue,
            (Some(Some(_)), Err(above)) => {
                return Err(PandaError::Part { object: object.name.to_owned(), of: above });
            }
            (Some(Some(map)), Ok(_)) => map.clone(),
            (None, Ok(_)) => TableMap {
                table: format!("dbo.{}", object.table),
                key: object.key.1.to_owned(),
                parent: match object.above {
                    Above::Row { column, .. } => Some(column.to_owned()),
                    _ => None,
                },
                modified: None,
                columns: BTreeMap::new(),
                attachments: Vec::new(),
            },
        };
        check_names(object, &map)?;
        tables.insert(object.name, map);
    }
    Ok(tables)
}

/// Refuses what can be no name of a table or column, and names of columns that the object does not have.
fn check_names(object: &Object, map: &TableMap) -> Result<(), PandaError> {
    let (schema, table) = parts(&map.table);
    let names = [schema, table, &map.key].into_iter().chain(named(map));
    let good =
        |name: &str| !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    if !names.into_iter().all(good) {
        return Err(PandaError::Name { object: object.name.to_owned() });
    }
    match map.columns.keys().find(|name| !object.members.iter().any(|member| member.name == **name)) {
        None => Ok(()),
        Some(name) => Err(PandaError::UnknownColumn {
            object: object.name.to_owned(),
            name: name.clone(),
            known: object.members.iter().map(|member| format!("`{}`", member.name)).collect::<Vec<_>>().join(", "),
        }),
    }
}

/// Looks every configured table and column up; how each is read, with all columns that the database has of it.
pub(super) fn check(
    database: &str,
    tables: &BTreeMap<&'static str, TableMap>,
    catalogue: &Catalogue,
    problems: &mut Vec<SchemaProblem>,
) -> Layouts {
    let mut read = Layouts::new();
    for object in OBJECTS {
        let Some(map) = tables.get(object.name) else { continue };
        let (schema, table) = parts(&map.table);
        let (schema, table) = (schema.to_lowercase(), table.to_lowercase());
        let own = catalogue.iter().filter(|((s, t, _), _)| *s == schema && *t == table);
        let own: BTreeMap<&str, &(String, String)> =
            own.map(|((_, _, name), column)| (name.as_str(), column)).collect();
        if own.is_empty() {
            problems.push(SchemaProblem::NoTable {
                database: database.to_owned(),
                object: object.name.to_owned(),
                table: map.table.clone(),
            });
            continue;
        }
        // What a row is a part of must be told.
        let part = match object.above {
            Above::Row { column, part: true, .. } if map.parent.is_none() => Some(column),
            _ => None,
        };
        let missing = |name: &&str| !own.contains_key(name.to_lowercase().as_str());
        let needed = std::iter::once(map.key.as_str()).chain(part).chain(named(map));
        let absent: Vec<String> = needed.filter(missing).map(str::to_owned).collect();
        if !absent.is_empty() {
            let table = map.table.clone();
            problems.push(SchemaProblem::NoColumns { database: database.to_owned(), table, columns: absent });
            continue;
        }
        read.insert(object.name, layout(object, map, &own));
    }
    read
}

/// How a table is read that has these columns.
fn layout(object: &Object, map: &TableMap, own: &BTreeMap<&str, &(String, String)>) -> Layout {
    let there = |name: &str| own.get(name.to_lowercase().as_str()).map(|(own, _)| own.clone());
    let or_default = |given: &Option<String>, default: &str| there(given.as_deref().unwrap_or(default));
    let (parent_member, parent) = match object.above {
        Above::Row { member, column, .. } => (member, or_default(&map.parent, column)),
        _ => ("", map.parent.as_deref().and_then(there)),
    };
    let modified = or_default(&map.modified, MODIFIED.1);
    let mut named: Vec<(&str, String, Holds)> = Vec::new();
    named.extend(there(&map.key).map(|column| (object.key.0, column, Holds::Key)));
    named.extend(parent.clone().filter(|_| !parent_member.is_empty()).map(|own| (parent_member, own, Holds::Key)));
    named.extend(modified.clone().map(|column| (MODIFIED.0, column, Holds::Value)));
    // A column that the configuration gives to one member is no other's by default.
    let claimed: BTreeSet<String> = map.columns.values().map(|column| column.to_lowercase()).collect();
    let free = |name: &str| there(name).filter(|own| !claimed.contains(&own.to_lowercase()));
    let mut missing = Vec::new();
    for member in object.members {
        let column = match map.columns.get(member.name) {
            Some(given) => there(given),
            None => free(member.column).or_else(|| free(member.name)),
        };
        match column {
            Some(column) => named.push((member.name, column, member.holds)),
            None => missing.push(member.name.to_owned()),
        }
    }
    let taken: BTreeSet<&str> = named.iter().map(|(name, ..)| *name).chain([CLINIC]).collect();
    let column = |(own, kind): &(String, String)| {
        let of = named.iter().filter(|(_, column, _)| column == own);
        let mut members: Vec<_> = of.map(|(name, _, holds)| ((*name).to_owned(), *holds)).collect();
        let surplus = members.is_empty();
        if surplus {
            // A column that is called like a member and is another one keeps its name behind a mark.
            let name = if taken.contains(own.as_str()) { format!("column.{own}") } else { own.clone() };
            members.push((name, Holds::Value));
        }
        Column { own: own.clone(), kind: kind.clone(), members, surplus }
    };
    let columns = own.values().filter(|(_, kind)| !is_counter(kind)).map(|pair| column(pair)).collect();
    Layout { columns, parent, modified, missing }
}

/// The columns that the configuration names beside the key.
fn named(map: &TableMap) -> impl Iterator<Item = &str> {
    let others = map.parent.iter().chain(&map.modified).chain(map.columns.values()).chain(&map.attachments);
    others.map(String::as_str)
}

/// Schema and table of `schema.table`.
pub(super) fn parts(name: &str) -> (&str, &str) {
    name.split_once('.').unwrap_or(("dbo", name))
}

/// Whether a column is the server's own counter of changes, which is nobody's data.
fn is_counter(kind: &str) -> bool {
    matches!(kind, "timestamp" | "rowversion")
}
