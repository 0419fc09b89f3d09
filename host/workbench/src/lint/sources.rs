//! Source fields that a manifest names: whether the interface has them.

use std::collections::BTreeSet;

use odograft_records::bindings::transform::manifest::{Field, Manifest, Target};
use odograft_records::table::{Field as Column, Kind};

use super::{At, Problem};
use crate::row::covers;
use odograft_records::Object;

pub(super) fn of_field(target: &Target, field: &Field, objects: &[Object<'_>], at: &mut At<'_>) {
    let mut seen = BTreeSet::new();
    for source in &field.sources {
        if !seen.insert(source) {
            at.warning("duplicate-source", format!("`{source}` is named twice"));
        }
        match source.split_once('.') {
            Some((object, _)) if object == target.object => {
                if let Some(message) = unknown(source, objects) {
                    at.error("no-such-source", message);
                }
            }
            _ => at.error(
                "source-object",
                format!("`{source}` does not begin with the target's object, as `{}.…`", target.object),
            ),
        }
    }
}

pub(super) fn dropped(manifest: &Manifest, objects: &[Object<'_>], problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for dropped in &manifest.dropped {
        let mut at = At { place: format!("dropped `{}`", dropped.source), problems };
        if !seen.insert(&dropped.source) {
            at.error("duplicate-dropped", "an earlier entry has the same source field");
        }
        if dropped.reason.trim().is_empty() {
            at.error("no-reason", "the mapping sheet needs the reason");
        }
        if let Some(message) = unknown(&dropped.source, objects) {
            at.error("no-such-source", message);
        }
        for (target, field) in manifest.targets.iter().flat_map(|t| t.fields.iter().map(move |f| (t, f))) {
            if field.sources.iter().any(|source| covers(&dropped.source, source)) {
                at.error(
                    "dropped-and-used",
                    format!("{} → {}.{} is declared to be made from it", target.object, target.model, field.name),
                );
            }
        }
    }
}

/// Why the interface does not have this path, with the nearest name that it has; none where it has it.
fn unknown(path: &str, objects: &[Object<'_>]) -> Option<String> {
    let (object, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(found) = objects.iter().find(|own| own.name == object) else {
        return Some(format!("`{path}` does not begin with an object of the source"));
    };
    // Extra columns are the practice's own; no interface names them.
    if rest == "extra" || rest.starts_with("extra.") {
        return None;
    }
    let known = paths(found);
    if known.iter().any(|known| known == rest || covers(rest, known)) {
        return None;
    }
    let near =
        known.iter().min_by_key(|known| distance(known, rest)).map(|near| format!("; did you mean `{object}.{near}`?"));
    Some(format!("the interface has no `{path}`{}", near.unwrap_or_default()))
}

/// Every path below an object, in the contract's names.
fn paths(object: &Object<'_>) -> Vec<String> {
    fn add(prefix: &str, columns: &[Column], out: &mut Vec<String>) {
        for column in columns {
            match column.kind {
                Kind::Link => {}
                Kind::Nested(inner) | Kind::List(inner) => add(&format!("{prefix}{}.", column.name), inner, out),
                _ => out.push(format!("{prefix}{}", column.name)),
            }
        }
    }
    let mut out = Vec::new();
    // A record of all that lies below a parent has the parent's key.
    if !object.own() {
        out.push(format!("{}_id", object.staged));
    }
    for part in object.parts.iter().filter(|part| part.carried) {
        let prefix = part.list().map_or(String::new(), |list| format!("{list}."));
        add(&prefix, part.fields, &mut out);
    }
    out
}

/// How many letters must be changed, put in or taken out to get from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = corner + usize::from(letter != *other);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in
            [("", "", 0), ("town", "town", 0), ("town", "twon", 2), ("a", "", 1), ("abc", "xbcd", 2)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
