//! The statements that are sent: names are quoted, values are parameters.

use super::client::Param;
use super::schema::{Layout, TableMap, parts};

/// The statement for the server's clock.
pub(super) const NOW: &str = "SELECT SYSDATETIME() AS [now]";

/// A name as SQL Server takes any: in brackets, of which a closing one is doubled.
fn quoted(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

fn source(map: &TableMap) -> String {
    let (schema, table) = parts(&map.table);
    format!("{}.{}", quoted(schema), quoted(table))
}

/// A table's columns as they are asked for.
fn columns(layout: &Layout) -> String {
    let columns = layout.columns.iter().map(|column| {
        let name = quoted(&column.own);
        match column.kind.as_str() {
            _ if column.is_blob() => format!("DATALENGTH({name}) AS {name}"),
            // The driver does not know the types that are made of code.
            "geography" | "geometry" | "hierarchyid" => format!("CAST({name} AS NVARCHAR(MAX)) AS {name}"),
            // The driver makes floats of money.
            "money" | "smallmoney" => format!("CAST({name} AS DECIMAL(19, 4)) AS {name}"),
            _ => name,
        }
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// The statement for the rows behind a key, and its parameters.
pub(super) fn page(map: &TableMap, layout: &Layout, rows: i64, after: Option<&Param>) -> (String, Vec<Param>) {
    behind(map, &columns(layout), rows, after)
}

/// The statement for the keys behind a key, and its parameters.
pub(super) fn keys(map: &TableMap, rows: i64, after: Option<&Param>) -> (String, Vec<Param>) {
    behind(map, &quoted(&map.key), rows, after)
}

fn behind(map: &TableMap, columns: &str, rows: i64, after: Option<&Param>) -> (String, Vec<Param>) {
    let key = quoted(&map.key);
    let (condition, after) = match after {
        Some(after) => (format!(" WHERE {key} > @P2"), Some(after.clone())),
        None => (String::new(), None),
    };
    let parameters = std::iter::once(Param::Int(rows)).chain(after).collect();
    (format!("SELECT TOP (@P1) {columns} FROM {}{condition} ORDER BY {key}", source(map)), parameters)
}

/// The statement for the rows from behind a key up to another that have changed at a moment or later, or that do not say
/// when; and its parameters.
pub(super) fn changed(
    map: &TableMap,
    layout: &Layout,
    stamp: &str,
    since: &str,
    after: Option<&Param>,
    last: &Param,
) -> (String, Vec<Param>) {
    let (key, stamp) = (quoted(&map.key), quoted(stamp));
    let mut parameters = vec![Param::Text(since.to_owned()), last.clone()];
    let mut conditions = format!("({stamp} >= @P1 OR {stamp} IS NULL) AND {key} <= @P2");
    if let Some(after) = after {
        conditions.push_str(&format!(" AND {key} > @P3"));
        parameters.push(after.clone());
    }
    (format!("SELECT {} FROM {} WHERE {conditions} ORDER BY {key}", columns(layout), source(map)), parameters)
}

/// The statement for how many bytes a row's binary column holds and, where that is to be trusted, when the row was last
/// changed.
pub(super) fn length(map: &TableMap, column: &str, stamp: Option<&str>) -> String {
    let stamp = stamp.map(|stamp| format!(", {}", quoted(stamp))).unwrap_or_default();
    format!("SELECT DATALENGTH({}){stamp} FROM {} WHERE {} = @P1", quoted(column), source(map), quoted(&map.key))
}

/// The statement for a piece of a binary column: from which byte, how many, of which row.
pub(super) fn part(map: &TableMap, column: &str) -> String {
    let (column, key) = (quoted(column), quoted(&map.key));
    format!("SELECT SUBSTRING({column}, @P1, @P2) AS {column} FROM {} WHERE {key} = @P3", source(map))
}
