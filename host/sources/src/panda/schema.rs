//! Tables and columns: what they are called, whether they are there, and the statements that read them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::client::Param;
use super::problem::{PandaError, SchemaProblem};

/// Every column's own name and its type, by schema, table and column in small letters.
pub(super) type Catalogue = BTreeMap<(String, String, String), (String, String)>;

/// By object, the columns of a database's table: name and type.
pub(super) type Columns = BTreeMap<&'static str, Vec<(String, String)>>;

/// Letters of a name, as SQL Server allows.
const LONGEST_NAME: usize = 128;

/// A table of an object.
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
    /// By odograft's name of a column, the table's. Columns that are not named here keep their own names.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// The columns with paths of files below the share.
    #[serde(default)]
    pub attachments: Vec<String>,
}

impl TableMap {
    /// What rows call a column of the table.
    pub(super) fn shown<'a>(&'a self, column: &'a str) -> &'a str {
        let mapped = self.columns.iter().find(|(_, theirs)| theirs.eq_ignore_ascii_case(column));
        mapped.map_or(column, |(name, _)| name.as_str())
    }
}

/// An object, and what its table is called where nobody says otherwise. The names are placeholders: PANDA's own are not known.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) name: &'static str,
    pub(super) parent: Option<&'static str>,
    table: &'static str,
    key: &'static str,
    parent_key: Option<&'static str>,
}

const fn object(
    name: &'static str,
    table: &'static str,
    key: &'static str,
    parent: Option<(&'static str, &'static str)>,
) -> Object {
    match parent {
        Some((parent, parent_key)) => Object { name, parent: Some(parent), table, key, parent_key: Some(parent_key) },
        None => Object { name, parent: None, table, key, parent_key: None },
    }
}

const OF_PATIENT: Option<(&str, &str)> = Some(("patient", "PatientID"));

/// PANDA's objects, parents first.
pub(super) const OBJECTS: &[Object] = &[
    object("clinic", "clinic_table", "ClinicID", None),
    object("provider", "provider_table", "ProviderID", None),
    object("referral", "referral_table", "ReferralID", None),
    object("patient", "patient_table", "PatientID", None),
    object("exam", "exam_table", "ExamID", OF_PATIENT),
    object("reading", "chart_table", "ReadingID", Some(("exam", "ExamID"))),
    object("treatment-plan", "treatment_plan_table", "PlanID", OF_PATIENT),
    object("phase", "treatment_phase_table", "PhaseID", Some(("treatment-plan", "PlanID"))),
    object("note", "note_table", "NoteID", OF_PATIENT),
    object("flag", "flag_table", "FlagID", OF_PATIENT),
    object("attachment", "attachment_table", "AttachmentID", OF_PATIENT),
];

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
        let map = match given.get(object.name) {
            Some(None) => continue,
            Some(Some(map)) => map.clone(),
            None => TableMap {
                table: format!("dbo.{}", object.table),
                key: object.key.to_owned(),
                parent: object.parent_key.map(str::to_owned),
                modified: Some("LastModifiedDate".to_owned()),
                columns: BTreeMap::new(),
                attachments: Vec::new(),
            },
        };
        let (schema, table) = parts(&map.table);
        let names = [schema, table, &map.key].into_iter().chain(named(&map));
        let good = |name: &str| {
            !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control)
        };
        if !names.into_iter().all(good) {
            return Err(PandaError::Name { object: object.name.to_owned() });
        }
        tables.insert(object.name, map);
    }
    Ok(tables)
}

/// Looks every configured table and column up; the columns that the database has of each, all of which are read.
pub(super) fn check(
    database: &str,
    tables: &BTreeMap<&'static str, TableMap>,
    catalogue: &Catalogue,
    problems: &mut Vec<SchemaProblem>,
) -> Columns {
    let mut read = Columns::new();
    for (object, map) in tables {
        let (schema, table) = parts(&map.table);
        let (schema, table) = (schema.to_lowercase(), table.to_lowercase());
        let own = catalogue.iter().filter(|((s, t, _), _)| *s == schema && *t == table);
        let own: BTreeMap<&str, &(String, String)> =
            own.map(|((_, _, name), column)| (name.as_str(), column)).collect();
        if own.is_empty() {
            problems.push(SchemaProblem::NoTable {
                database: database.to_owned(),
                object: (*object).to_owned(),
                table: map.table.clone(),
            });
            continue;
        }
        let missing = |name: &&str| !own.contains_key(name.to_lowercase().as_str());
        let absent: Vec<String> =
            std::iter::once(map.key.as_str()).chain(named(map)).filter(missing).map(str::to_owned).collect();
        if !absent.is_empty() {
            let table = map.table.clone();
            problems.push(SchemaProblem::NoColumns { database: database.to_owned(), table, columns: absent });
            continue;
        }
        read.insert(*object, own.into_values().cloned().collect());
    }
    read
}

/// The columns that the configuration names beside the key.
fn named(map: &TableMap) -> impl Iterator<Item = &str> {
    let others = map.parent.iter().chain(&map.modified).chain(map.columns.values()).chain(&map.attachments);
    others.map(String::as_str)
}

/// Schema and table of `schema.table`.
fn parts(name: &str) -> (&str, &str) {
    name.split_once('.').unwrap_or(("dbo", name))
}

/// A name as SQL Server takes any: in brackets, of which a closing one is doubled.
fn quoted(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

fn source(map: &TableMap) -> String {
    let (schema, table) = parts(&map.table);
    format!("{}.{}", quoted(schema), quoted(table))
}

/// Whether a column is read apart, a piece at a time.
pub(super) fn is_blob(kind: &str) -> bool {
    matches!(kind, "varbinary" | "binary" | "image")
}

/// Whether a column is the server's own counter of changes, which is nobody's data.
fn is_counter(kind: &str) -> bool {
    matches!(kind, "timestamp" | "rowversion")
}

/// The statement for the rows behind a key, and its parameters.
pub(super) fn page(
    map: &TableMap,
    columns: &[(String, String)],
    rows: i64,
    after: Option<&Param>,
    since: Option<&str>,
) -> (String, Vec<Param>) {
    let columns = columns.iter().filter(|(_, kind)| !is_counter(kind)).map(|(column, kind)| {
        let name = quoted(column);
        match kind.as_str() {
            kind if is_blob(kind) => format!("DATALENGTH({name}) AS {name}"),
            // The driver does not know the types that are made of code.
            "geography" | "geometry" | "hierarchyid" => format!("CAST({name} AS NVARCHAR(MAX)) AS {name}"),
            // The driver makes floats of money.
            "money" | "smallmoney" => format!("CAST({name} AS DECIMAL(19, 4)) AS {name}"),
            _ => name,
        }
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    let key = quoted(&map.key);
    let mut parameters = vec![Param::Int(rows)];
    let mut conditions = Vec::new();
    let mut condition = |column: &str, sign: &str, parameter: Param| {
        parameters.push(parameter);
        conditions.push(format!("{column} {sign} @P{}", parameters.len()));
    };
    if let Some(after) = after {
        condition(&key, ">", after.clone());
    }
    if let (Some(modified), Some(since)) = (&map.modified, since) {
        condition(&quoted(modified), ">=", Param::Text(since.to_owned()));
    }
    let conditions = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    (format!("SELECT TOP (@P1) {columns} FROM {}{conditions} ORDER BY {key}", source(map)), parameters)
}

/// The statement for how many bytes a row's binary column holds.
pub(super) fn length(map: &TableMap, column: &str) -> String {
    format!("SELECT DATALENGTH({}) FROM {} WHERE {} = @P1", quoted(column), source(map), quoted(&map.key))
}

/// The statement for a piece of a binary column: from which byte, how many, of which row.
pub(super) fn part(map: &TableMap, column: &str) -> String {
    let (column, key) = (quoted(column), quoted(&map.key));
    format!("SELECT SUBSTRING({column}, @P1, @P2) AS {column} FROM {} WHERE {key} = @P3", source(map))
}
