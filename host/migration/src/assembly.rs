//! Assemble: staged rows, with those below them, put together as the records of a contract.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use odograft_engine::Contract;
use odograft_ledger::{Finding, Ledger, StagedRow};
use odograft_records::{Assemble, DecodeError, Gathered, Object, Problem, Rows, Staged, Texts};
use serde_json::Value;

use crate::error::MigrationError;
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
    /// The keys of the records that are their patient's newest, for objects with that flag.
    newest: BTreeSet<String>,
}

/// A record's rows.
pub(crate) struct Group {
    row: StagedRow,
    /// For each list of the object the rows below.
    lists: Vec<Vec<StagedRow>>,
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
                origin(object.name, parent),
                format!(
                    "{} rows of `{}` belong to one of `{}` that the source does not have; hint: export both at the same \
                     time, or mend the key in the source",
                    self.keys.len(),
                    self.staged,
                    object.staged
                ),
            ),
            None => (
                origin(&self.staged, self.keys.first().map_or("", String::as_str)),
                "the row does not say what it belongs to; hint: mend it in the source".to_owned(),
            ),
        };
        batch.put_aside(&origin, "decode", "orphan-rows", None, message);
    }
}

/// A source's assembler, and what the source says of its rows; none where nothing of it is staged.
pub(crate) fn open<C: Contract>(ledger: &Ledger) -> Result<Option<(C::Assembler, String)>, MigrationError> {
    let manifest = match C::Assembler::MANIFEST {
        None => "{}".to_owned(),
        Some(object) => match ledger.staged_row(object, MANIFEST)? {
            None => return Ok(None),
            Some(row) => row.body,
        },
    };
    Ok(Some((C::Assembler::open(&manifest)?, manifest)))
}

impl<'a, C: Contract> Assembly<'a, C> {
    pub(crate) fn new(
        ledger: &Ledger,
        object: &'a Object<'a>,
        assembler: &'a C::Assembler,
        manifest: &'a str,
    ) -> Result<Self, MigrationError> {
        let newest = if object.flags.is_empty() { BTreeSet::new() } else { newest_exams(ledger)? };
        Ok(Self { object, assembler, manifest, newest })
    }

    /// The record of these rows.
    ///
    /// # Errors
    /// Its own row is no record.
    pub(crate) fn assemble(&self, group: &Group, texts: &mut Texts) -> Result<Gathered<C::Record>, DecodeError> {
        let lists: Vec<_> = group.lists.iter().map(|rows| pairs(rows)).collect();
        let latest = self.newest.contains(&group.row.id);
        let rows = Staged { key: &group.row.id, row: &group.row.body, lists: &lists, latest };
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
                        let mut lists = std::iter::zip(self.object.below(), &group.lists);
                        let of = lists.find(|(_, rows)| rows.iter().any(|row| row.id == key));
                        put_aside(
                            batch,
                            &self::origin(of.map_or(self.object.name, |(staged, _)| staged), &key),
                            &error,
                        );
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
                Rows::Below { .. } => {
                    let bodies = lists.next().into_iter().flatten().map(|row| row.body.as_str());
                    format!("[{}]", bodies.collect::<Vec<_>>().join(","))
                }
            };
            members.push(format!(r#""{}":{text}"#, part.member));
        }
        for flag in self.object.flags {
            members.push(format!(r#""{flag}":{}"#, self.newest.contains(&group.row.id)));
        }
        format!("{{{}}}", members.join(","))
    }
}

/// The next records of an object.
pub(crate) fn page(
    ledger: &Ledger,
    object: &Object<'_>,
    after: Option<&str>,
    limit: usize,
) -> Result<Page, MigrationError> {
    let rows = ledger.staged(object.staged, after, limit)?;
    let (count, last) = (rows.len() as u64, rows.last().map(|row| row.id.clone()));
    let (mut below, mut orphans) = (Vec::new(), Vec::new());
    for staged in object.below() {
        if after.is_none() {
            let alone = ledger.staged_alone(staged)?.into_iter();
            orphans.extend(alone.map(|key| Orphans { staged: staged.to_owned(), parent: None, keys: vec![key] }));
        }
        let mut lists: BTreeMap<String, Vec<StagedRow>> = BTreeMap::new();
        let until = last.as_deref().unwrap_or(AFTER_ALL);
        for row in ledger.staged_children(staged, after.unwrap_or_default(), until)? {
            let parent = row.parent.clone().unwrap_or_default();
            if Some(parent.as_str()) != after {
                lists.entry(parent).or_default().push(row);
            }
        }
        below.push((staged, lists));
    }
    let mut groups = Vec::with_capacity(rows.len());
    for row in rows {
        let lists: Vec<_> = below.iter_mut().map(|(_, lists)| lists.remove(&row.id).unwrap_or_default()).collect();
        if object.own() || lists.iter().any(|list| !list.is_empty()) {
            groups.push(Group { row, lists });
        }
    }
    for (staged, lists) in below {
        let orphan = |(parent, rows): (String, Vec<StagedRow>)| Orphans {
            staged: staged.to_owned(),
            parent: Some(parent),
            keys: rows.into_iter().map(|row| row.id).collect(),
        };
        orphans.extend(lists.into_iter().map(orphan));
    }
    Ok(Page { groups, orphans, rows: count, last })
}

/// The identifier of each patient's newest exam; of several on one day, the last by identifier.
pub(crate) fn newest_exams(ledger: &Ledger) -> Result<BTreeSet<String>, MigrationError> {
    let mut newest: HashMap<String, (Date, String)> = HashMap::new();
    let mut after: Option<String> = None;
    loop {
        let rows = ledger.staged("exam", after.as_deref(), 1_000)?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id.clone());
        for row in rows {
            let fields: Value = serde_json::from_str(&row.body).unwrap_or_default();
            let day = fields.get("exam_date").and_then(Value::as_str).and_then(|d| d.parse().ok());
            let (Some(day), Some(patient)) = (day, row.parent) else { continue };
            let this = (day, row.id);
            match newest.get(&patient) {
                Some(known) if *known >= this => {}
                _ => {
                    newest.insert(patient, this);
                }
            }
        }
    }
    Ok(newest.into_values().map(|(_, id)| id).collect())
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
