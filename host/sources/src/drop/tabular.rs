//! Tables that the manifest itself declares, of a system without a contract of its own: for each its file, its columns with
//! their kinds, the column with a row's key, and what a row belongs to. What the manifest does not say cannot be guessed
//! later, so it is held to all of it.

use serde_json::{Map, Value};

use super::{Declared, table};
use crate::tables::{DropProblem, Key, Layout, Manifest, fold, problem};

#[cfg(test)]
mod tests;

/// What a table may say of itself.
const KEYS: [&str; 12] = [
    "file",
    "rows",
    "encoding",
    "delimiter",
    "sheet",
    "report",
    "aliases",
    "attachments",
    "key",
    "parent",
    GATHERED,
    "columns",
];

/// Says that a table's rows are a part of the record that they belong to.
const GATHERED: &str = "gathered";

/// More columns than tables have that people keep, and few enough for a row of each to be a record.
const MOST_COLUMNS: usize = 2_000;

/// What a column may hold.
const KINDS: [&str; 6] = ["text", "integer", "decimal", "boolean", "date", "datetime"];

/// Names that no table can have: members of a record in a file, what stands before columns that nobody declares, and
/// objects that are staged beside.
const TAKEN: [&str; 9] = ["object", "manifest", "row", "key", "extra", "file", "exam", "reading", "absent_list"];

/// The tables, parents first.
pub(super) fn declared(manifest: &Manifest, problems: &mut Vec<DropProblem>) -> Vec<Declared> {
    let entries = manifest.get(&["tables"]).and_then(Value::as_object).filter(|entries| !entries.is_empty());
    let Some(entries) = entries else {
        problems.push(problem("tables", "an object: a table's name, then its `file`, `columns` and `key`"));
        return Vec::new();
    };
    for key in ["true_words", "false_words"] {
        manifest.names(key, problems);
    }
    let mut found: Vec<Declared> =
        entries.iter().filter_map(|(name, entry)| one(manifest, name, entry, entries, problems)).collect();
    found.sort_by_key(|declared| depth(declared, entries));
    found
}

fn one(
    manifest: &Manifest,
    name: &str,
    entry: &Value,
    all: &Map<String, Value>,
    problems: &mut Vec<DropProblem>,
) -> Option<Declared> {
    let at = |key: &str| format!("tables.{name}.{key}");
    if !is_name(name) || TAKEN.contains(&name) {
        let words = "named with small letters, digits and `_`, a letter first, and not as one of odograft's own words";
        problems.push(problem(&format!("tables.{name}"), words));
        return None;
    }
    let Some(said) = entry.as_object() else {
        problems.push(problem(&format!("tables.{name}"), "an object with `file`, `columns` and `key`"));
        return None;
    };
    for key in said.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        let known = KEYS.map(|key| format!("`{key}`")).join(", ");
        problems.push(problem(&at(key), &format!("left out, or one of {known}")));
    }
    let columns = columns(said.get("columns"), &at, problems)?;
    let has = |column: &str| columns.iter().any(|own| own == column);
    for column in manifest.aliases(&["tables", name], problems).keys().filter(|column| !has(column)) {
        problems.push(problem(&at(&format!("aliases.{column}")), "for a column that `columns` declares"));
    }
    let parent = parent(said, all, &at, &has, problems);
    // Each of a circle's tables sees it; one of them tells it.
    if let Some(circle) = circle(name, all).filter(|circle| circle.iter().min() == Some(&name)) {
        let words = format!(
            "a table above this one, but {} stand above one another in a circle; leave out one `parent`, its column is read \
             all the same",
            circle.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        );
        problems.push(problem(&at("parent.object"), &words));
    }
    let key = key(said, &at, &has, parent.as_ref(), problems)?;
    let (parent, link) = parent.unzip();
    let layout = Layout { object: name.to_owned(), key, parent: link, required: columns, known: Vec::new() };
    let mut table = table(manifest, layout, problems)?;
    table.report = flag(said, "report", &at, problems);
    Some(Declared { table, parent })
}

/// The names of the columns, each of which has a kind; none where there is nothing to go on with.
fn columns(said: Option<&Value>, at: &dyn Fn(&str) -> String, problems: &mut Vec<DropProblem>) -> Option<Vec<String>> {
    let Some(columns) = said.and_then(Value::as_object).filter(|columns| !columns.is_empty()) else {
        problems.push(problem(&at("columns"), "an object: a column's name, then its kind, such as `text`"));
        return None;
    };
    if columns.len() > MOST_COLUMNS {
        let words =
            format!("an object of at most {MOST_COLUMNS} columns; those that no rule reads need not stand there");
        problems.push(problem(&at("columns"), &words));
        return None;
    }
    for (column, kind) in columns {
        if !is_name(column) || column == "extra" {
            let words = "named with small letters, digits and `_`, a letter first, and not `extra`; its header goes into `aliases`";
            problems.push(problem(&at(&format!("columns.{column}")), words));
        }
        if !kind.as_str().is_some_and(|kind| KINDS.contains(&kind)) {
            let kinds = KINDS.map(|kind| format!("`{kind}`")).join(" or ");
            problems.push(problem(&at(&format!("columns.{column}")), &kinds));
        }
    }
    Some(columns.keys().cloned().collect())
}

/// The table that rows belong to, and the column that says to which row of it.
fn parent(
    said: &Map<String, Value>,
    all: &Map<String, Value>,
    at: &dyn Fn(&str) -> String,
    has: &dyn Fn(&str) -> bool,
    problems: &mut Vec<DropProblem>,
) -> Option<(String, String)> {
    let gathered = flag(said, GATHERED, at, problems);
    let Some(parent) = said.get("parent") else {
        if gathered {
            problems
                .push(problem(&at(GATHERED), "left out, or beside the `parent` below whose rows its own are gathered"));
        }
        return None;
    };
    let text = |key: &str| parent.get(key).and_then(Value::as_str);
    let (Some(object), Some(column)) = (text("object"), text("column")) else {
        problems
            .push(problem(&at("parent"), "an object with `object`, a table, and `column`, which holds its rows' keys"));
        return None;
    };
    match all.get(object) {
        None => problems.push(problem(&at("parent.object"), "one of `tables`")),
        Some(above) if above.get("key").is_none() => {
            problems.push(problem(&at("parent.object"), "a table with a `key`, which rows can name"));
        }
        Some(above) if gathered && above.get(GATHERED).and_then(Value::as_bool) == Some(true) => {
            problems.push(problem(&at("parent.object"), "a table whose rows are records, not `gathered` themselves"));
        }
        Some(_) => {}
    }
    if !has(column) {
        problems.push(problem(&at("parent.column"), "one of `columns`"));
    }
    Some((object.to_owned(), column.to_owned()))
}

/// How rows are told apart: by their key, or by their content below what they belong to.
fn key(
    said: &Map<String, Value>,
    at: &dyn Fn(&str) -> String,
    has: &dyn Fn(&str) -> bool,
    parent: Option<&(String, String)>,
    problems: &mut Vec<DropProblem>,
) -> Option<Key<String>> {
    match (said.get("key"), parent) {
        (Some(Value::String(column)), _) if has(column) => Some(Key::Column(column.clone())),
        (None, Some((_, link))) => Some(Key::Content(link.clone())),
        _ => {
            problems.push(problem(&at("key"), "one of `columns`; left out only beside a `parent`"));
            None
        }
    }
}

fn flag(said: &Map<String, Value>, key: &str, at: &dyn Fn(&str) -> String, problems: &mut Vec<DropProblem>) -> bool {
    match said.get(key) {
        None => false,
        Some(Value::Bool(flag)) => *flag,
        Some(_) => {
            problems.push(problem(&at(key), "true or false"));
            false
        }
    }
}

/// The table above another. One that stands above itself, as families hang on one of their own, has none.
fn above<'a>(name: &str, all: &'a Map<String, Value>) -> Option<&'a str> {
    let parent = all.get(name)?.get("parent")?.get("object")?.as_str()?;
    Some(parent).filter(|parent| *parent != name)
}

/// The tables that stand above one another in a circle, this one first; none where the way up ends elsewhere.
fn circle<'a>(name: &'a str, all: &'a Map<String, Value>) -> Option<Vec<&'a str>> {
    let mut way = vec![name];
    for _ in all {
        match above(way.last()?, all)? {
            first if first == name => return Some(way),
            next => way.push(next),
        }
    }
    None
}

/// How many tables stand above one. No way up is longer than there are tables, but for a circle, which is refused.
fn depth(declared: &Declared, all: &Map<String, Value>) -> usize {
    let name = declared.table.layout.object.as_str();
    std::iter::successors(above(name, all), |name| above(name, all)).take(all.len()).count()
}

/// Whether rules can name it: a word of Rust, and the same when a header is read.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && fold(text) == text
}
