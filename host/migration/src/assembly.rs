//! Assemble: staged rows, with those below them, put together as the records of a contract.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use odograft_engine::Contract;
use odograft_ledger::{Finding, Ledger, StagedRow};
use odograft_records::{Assemble, DecodeError, Gathered, Object, Problem, Rows, Staged, Texts};
use serde_json::Value;

use crate::error::MigrationError;
use crate::modules::Extra;
use crate::plan::{Batch, Origin};

/// Sorts after every identifier.
const AFTER_ALL: &str = "\u{10ffff}";

/// The key of the row in which a source says how its others are to be read.
const MANIFEST: &str = "manifest";

/// How a source's rows become its records of one object.
pub(crate) struct Assembly<'a, C: Contract> {
    pub(crate) object: &'a Object<'a>,
    assembler: &'a C::Assembler,
    /// What the source says of all its rows, as JSON.
    manifest: &'a str,
}

/// A record's rows.
pub(crate) struct Group {
    row: StagedRow,
    /// For each list of the object the rows below.
    lists: Vec<Vec<StagedRow>>,
    /// Whether it is its patient's newest, for objects with that flag.
    latest: bool,
}

/// The records of a page, and where it ends.
pub(crate) struct Page {
    pub(crate) groups: Vec<Group>,
    /// Rows that belong to nothing that the source has.
    pub(crate) orphans: Vec<Orphans>,
    /// How many rows were read for the records, and the last one's key; none behind the last page.
    pub(crate) rows: u64,
    pub(crate) last: Option<String>,
}

/// Rows without the row that they belong to.
pub(crate) struct Orphans {
    /// The staged object of the rows.
    staged: String,
    /// The staged object of what they belong to.
    of: String,
    /// The key of what they belong to; none for a row that does not say it.
    parent: Option<String>,
    /// Their own keys.
    pub(crate) keys: Vec<String>,
}

/// The rows of a call.
pub(crate) struct Sent {
    /// Of each record, in order.
    pub(crate) origins: Vec<Origin>,
    /// Of each row: what could not be read of it, or why it is no record.
    pub(crate) decoded: Vec<Result<Vec<Problem>, DecodeError>>,
}

impl Group {
    /// The record's own row, as JSON; empty for one without.
    pub(crate) fn own_row(&self) -> &str {
        &self.row.body
    }

    /// How many rows lie below the record's own.
    pub(crate) fn below(&self) -> usize {
        self.lists.iter().map(Vec::len).sum()
    }

    /// Bytes of text.
    pub(crate) fn bytes(&self) -> usize {
        self.row.body.len() + self.lists.iter().flatten().map(|row| row.body.len()).sum::<usize>()
    }
}

impl Orphans {
    /// Puts them aside, as a record of an object that they should have made.
    pub(crate) fn put_aside(&self, object: &Object<'_>, batch: &mut Batch) {
        let (origin, message) = match &self.parent {
            Some(parent) => (
                // What they belong to is a record of its own, or a row within one.
                origin(if self.of == object.staged { object.name } else { &self.of }, parent),
                format!(
                    "{} rows of `{}` belong to one of `{}` that the source does not have; hint: export both at the same \
                     time, or mend the key in the source",
                    self.keys.len(),
                    self.staged,
                    self.of
                ),
            ),
            None => (
                origin(&self.staged, self.keys.first().map_or("", String::as_str)),
                "the row does not say what it belongs to; hint: mend it in the source".to_owned(),
            ),
        };
        // By the rows' object, as rows of several may belong to the same one that is not there.
        batch.put_aside(&origin, "decode", "orphan-rows", Some(self.staged.clone()), message);
    }
}

/// A source's assembler, and what is said of its rows: by the source, and by the client of its own columns. None where
/// nothing of the source is staged.
pub(crate) fn open<C: Contract>(
    ledger: &Ledger,
    extras: &[Extra],
) -> Result<Option<(C::Assembler, String)>, MigrationError> {
    let manifest = match C::Assembler::MANIFEST {
        None => "{}".to_owned(),
        Some(object) => match ledger.staged_row(object, MANIFEST)? {
            None => return Ok(None),
            Some(row) => with_extras(row.body, extras),
        },
    };
    Ok(Some((C::Assembler::open(&manifest)?, manifest)))
}

/// The manifest with the client's own columns in it.
fn with_extras(manifest: String, extras: &[Extra]) -> String {
    match serde_json::from_str::<Value>(&manifest) {
        Ok(Value::Object(mut members)) if !extras.is_empty() => {
            members.insert("extras".to_owned(), serde_json::to_value(extras).unwrap_or_default());
            Value::Object(members).to_string()
        }
        _ => manifest,
    }
}

impl<'a, C: Contract> Assembly<'a, C> {
    pub(crate) fn new(object: &'a Object<'a>, assembler: &'a C::Assembler, manifest: &'a str) -> Self {
        Self { object, assembler, manifest }
    }

    /// The record of these rows.
    ///
    /// # Errors
    /// Its own row is no record.
    pub(crate) fn assemble(&self, group: &Group, texts: &mut Texts) -> Result<Gathered<C::Record>, DecodeError> {
        let lists: Vec<_> = group.lists.iter().map(|rows| pairs(rows)).collect();
        let rows = Staged { key: &group.row.id, row: &group.row.body, lists: &lists, latest: group.latest };
        self.assembler.assemble(self.object, &rows, texts)
    }

    /// Parts rows that become records from those that do not; the latter are put aside.
    pub(crate) fn decode(&self, groups: &[Group], texts: &mut Texts, batch: &mut Batch) -> (Sent, Vec<C::Record>) {
        let (mut sent, mut records) = (Sent { origins: Vec::new(), decoded: Vec::new() }, Vec::new());
        for group in groups {
            let origin = origin(self.object.name, &group.row.id);
            match self.assemble(group, texts) {
                Ok(Gathered { record, mut problems, refused }) => {
                    batch.notes.findings.extend(problems.iter().map(|problem| unreadable(&origin, problem)));
                    for (key, error) in refused {
                        problems.push(error.problem());
                        put_aside(batch, &self::origin(error.object(), &key), &error);
                    }
                    sent.decoded.push(Ok(problems));
                    sent.origins.push(origin);
                    records.push(record);
                }
                Err(error) => {
                    put_aside(batch, &origin, &error);
                    sent.decoded.push(Err(error));
                }
            }
        }
        (sent, records)
    }

    /// A record's rows in the form in which cases keep records.
    pub(crate) fn written(&self, group: &Group) -> String {
        let mut members = Vec::new();
        if self.object.named {
            members.push(format!(r#""object":"{}""#, self.object.name));
        }
        if !self.object.own() {
            members.push(format!(r#""{}":{}"#, Object::KEY, Value::from(group.row.id.as_str())));
        }
        let mut lists = group.lists.iter();
        for part in self.object.parts.iter() {
            let text = match part.rows {
                Rows::Manifest => self.manifest.to_owned(),
                Rows::Own => group.row.body.clone(),
                Rows::Below { .. } | Rows::Under { .. } => {
                    let bodies = lists.next().into_iter().flatten().map(|row| row.body.as_str());
                    format!("[{}]", bodies.collect::<Vec<_>>().join(","))
                }
            };
            members.push(format!(r#""{}":{text}"#, part.member));
        }
        for flag in self.object.flags {
            members.push(format!(r#""{flag}":{}"#, group.latest));
        }
        format!("{{{}}}", members.join(","))
    }
}

/// Rows by their parents' keys.
type ByParent = BTreeMap<String, Vec<StagedRow>>;

/// The next records of an object.
pub(crate) fn page(
    ledger: &Ledger,
    object: &Object<'_>,
    after: Option<&str>,
    limit: usize,
) -> Result<Page, MigrationError> {
    let rows = ledger.staged(object.staged, after, limit)?;
    let (count, last) = (rows.len() as u64, rows.last().map(|row| row.id.clone()));
    let mut orphans = Vec::new();
    if after.is_none() {
        alone(ledger, object, &mut orphans)?;
    }
    let mut lists: Vec<(Rows<'_>, ByParent)> = Vec::new();
    for rows in object.lists() {
        let by_parent = match rows {
            Rows::Below { staged, .. } => between(ledger, staged, after, last.as_deref())?,
            _ => BTreeMap::new(),
        };
        lists.push((rows, by_parent));
    }
    let groups = gather(ledger, object, rows, &mut lists)?;
    // What is left belongs to nothing: with it, all that lies below it.
    let parents: BTreeSet<String> = lists.iter().flat_map(|(_, by_parent)| by_parent.keys().cloned()).collect();
    for parent in parents {
        for (rows, list) in std::iter::zip(object.below(), take(ledger, &mut lists, &parent)?) {
            if !list.is_empty() {
                let keys = list.into_iter().map(|row| row.id).collect();
                let (staged, of) = (rows.to_owned(), object.staged.to_owned());
                orphans.push(Orphans { staged, of, parent: Some(parent.clone()), keys });
            }
        }
    }
    Ok(Page { groups, orphans, rows: count, last })
}

/// The records of an object that have these keys, as far as they are there.
pub(crate) fn with_keys(ledger: &Ledger, object: &Object<'_>, keys: &[String]) -> Result<Vec<Group>, MigrationError> {
    let mut lists: Vec<(Rows<'_>, ByParent)> = object.lists().map(|rows| (rows, ByParent::new())).collect();
    let mut own = Vec::with_capacity(keys.len());
    for key in keys {
        let Some(row) = ledger.staged_row(object.staged, key)? else { continue };
        for (rows, by_parent) in &mut lists {
            if let Rows::Below { staged, .. } = rows {
                by_parent.insert(key.clone(), ledger.staged_children(staged, key, key)?);
            }
        }
        own.push(row);
    }
    gather(ledger, object, own, &mut lists)
}

/// Rows with what lies below them, which is taken out of the lists.
fn gather(
    ledger: &Ledger,
    object: &Object<'_>,
    rows: Vec<StagedRow>,
    lists: &mut [(Rows<'_>, ByParent)],
) -> Result<Vec<Group>, MigrationError> {
    let newest = if object.flags.is_empty() { BTreeSet::new() } else { newest(ledger, object, &rows)? };
    let mut groups = Vec::with_capacity(rows.len());
    for row in rows {
        let own = take(ledger, lists, &row.id)?;
        if object.own() || own.iter().any(|list| !list.is_empty()) {
            let latest = newest.contains(&row.id);
            groups.push(Group { row, lists: own, latest });
        }
    }
    Ok(groups)
}

/// Rows that say of nothing that they belong to it, and rows below those of another list that are below none that is there.
fn alone(ledger: &Ledger, object: &Object<'_>, orphans: &mut Vec<Orphans>) -> Result<(), MigrationError> {
    for rows in object.lists() {
        let (staged, of) = match rows {
            Rows::Below { staged, .. } => (staged, object.staged),
            Rows::Under { of, staged, .. } => (staged, of),
            Rows::Manifest | Rows::Own => continue,
        };
        let orphan = |parent, keys| Orphans { staged: staged.to_owned(), of: of.to_owned(), parent, keys };
        orphans.extend(ledger.staged_alone(staged)?.into_iter().map(|key| orphan(None, vec![key])));
        if let Rows::Under { .. } = rows {
            let mut by_parent: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (parent, key) in ledger.staged_orphans(staged, of)? {
                by_parent.entry(parent).or_default().push(key);
            }
            for parent in ledger.staged_alone(of)? {
                let keys = ledger.staged_children(staged, &parent, &parent)?.into_iter().map(|row| row.id);
                by_parent.entry(parent).or_default().extend(keys);
            }
            by_parent.retain(|_, keys| !keys.is_empty());
            orphans.extend(by_parent.into_iter().map(|(parent, keys)| orphan(Some(parent), keys)));
        }
    }
    Ok(())
}

/// The rows whose parents lie behind one key and not behind another.
fn between(ledger: &Ledger, staged: &str, after: Option<&str>, last: Option<&str>) -> Result<ByParent, MigrationError> {
    let mut by_parent = ByParent::new();
    for row in ledger.staged_children(staged, after.unwrap_or_default(), last.unwrap_or(AFTER_ALL))? {
        let parent = row.parent.clone().unwrap_or_default();
        if Some(parent.as_str()) != after {
            by_parent.entry(parent).or_default().push(row);
        }
    }
    Ok(by_parent)
}

/// The lists of one parent, taken out of those of all.
fn take(
    ledger: &Ledger,
    lists: &mut [(Rows<'_>, ByParent)],
    parent: &str,
) -> Result<Vec<Vec<StagedRow>>, MigrationError> {
    let mut own: Vec<Vec<StagedRow>> = Vec::with_capacity(lists.len());
    for at in 0..lists.len() {
        let (rows, by_parent) = &mut lists[at];
        let list = match *rows {
            Rows::Under { of, staged, .. } => {
                let upper = lists[..at]
                    .iter()
                    .position(|(rows, _)| matches!(rows, Rows::Below { staged, .. } if *staged == of));
                let mut list = Vec::new();
                for row in upper.and_then(|upper| own.get(upper)).into_iter().flatten() {
                    list.extend(ledger.staged_children(staged, &row.id, &row.id)?);
                }
                list
            }
            _ => by_parent.remove(parent).unwrap_or_default(),
        };
        own.push(list);
    }
    Ok(own)
}

/// Which of these exams is its patient's newest; of several on one day, the last by identifier. Every patient's exams are
/// looked at by themselves, so that memory holds those of a page.
fn newest(ledger: &Ledger, object: &Object<'_>, rows: &[StagedRow]) -> Result<BTreeSet<String>, MigrationError> {
    let patients: BTreeSet<&str> = rows.iter().filter_map(|row| row.parent.as_deref()).collect();
    let mut newest = BTreeSet::new();
    for patient in patients {
        let dated = ledger.staged_children(object.staged, patient, patient)?.into_iter().filter_map(|exam| {
            let fields: Value = serde_json::from_str(&exam.body).ok()?;
            let day: Date = fields.get("exam_date")?.as_str()?.split('T').next()?.parse().ok()?;
            Some((day, exam.id))
        });
        newest.extend(dated.max().map(|(_, id)| id));
    }
    Ok(newest)
}

fn pairs(rows: &[StagedRow]) -> Vec<(&str, &str)> {
    rows.iter().map(|row| (row.id.as_str(), row.body.as_str())).collect()
}

fn origin(object: &str, id: &str) -> Origin {
    Origin { object: object.to_owned(), id: id.to_owned() }
}

fn put_aside(batch: &mut Batch, origin: &Origin, error: &DecodeError) {
    let field = match error {
        DecodeError::Field { field, .. } => Some(field.clone()),
        _ => None,
    };
    batch.put_aside(origin, "decode", "unreadable", field, error.to_string());
}

fn unreadable(origin: &Origin, problem: &Problem) -> Finding {
    let message = format!("`{}` {}; its text is carried as an extra column", problem.field, problem.message);
    Finding::warning(&origin.object, &origin.id, "unreadable-field", &problem.field, message)
}
