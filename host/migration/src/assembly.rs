//! Assemble: staged rows, with those below them, put together as the records of a contract.

use std::collections::{BTreeMap, BTreeSet};

use odograft_engine::Contract;
use odograft_ledger::{Finding, StagedRow};
use odograft_records::{Assemble, DecodeError, Gathered, Object, Problem, Rows, Staged, Texts};

use crate::error::MigrationError;
use crate::plan::{Batch, Origin, Planner};

/// Sorts after every identifier.
const AFTER_ALL: &str = "\u{10ffff}";

/// How a source's rows become its records of one object.
pub(crate) struct Assembly<'a, C: Contract> {
    pub(crate) object: &'static Object,
    pub(crate) assembler: &'a C::Assembler,
    /// What the source says of all its rows, as JSON.
    pub(crate) manifest: &'a str,
    /// The keys of the records that are their patient's newest, for objects with that flag.
    pub(crate) newest: BTreeSet<String>,
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
    /// How many rows were read for them, and the last one's key; none behind the last page.
    pub(crate) rows: u64,
    pub(crate) last: Option<String>,
}

/// The rows of a call.
pub(crate) struct Sent {
    /// Of each record, in order.
    pub(crate) origins: Vec<Origin>,
    /// Of each row: what could not be read of it, or why it is no record.
    pub(crate) decoded: Vec<Result<Vec<Problem>, DecodeError>>,
}

impl Group {
    /// Bytes of text.
    pub(crate) fn bytes(&self) -> usize {
        self.row.body.len() + self.lists.iter().flatten().map(|row| row.body.len()).sum::<usize>()
    }
}

impl<C: Contract> Assembly<'_, C> {
    /// Parts rows that become records from those that do not; the latter are put aside.
    pub(crate) fn decode(&self, groups: &[Group], texts: &mut Texts, batch: &mut Batch) -> (Sent, Vec<C::Record>) {
        let (mut sent, mut records) = (Sent { origins: Vec::new(), decoded: Vec::new() }, Vec::new());
        for group in groups {
            let origin = origin(self.object.name, &group.row.id);
            let lists: Vec<_> = group.lists.iter().map(|rows| pairs(rows)).collect();
            let latest = self.newest.contains(&group.row.id);
            let staged = Staged { key: &group.row.id, row: &group.row.body, lists: &lists, latest };
            match self.assembler.assemble(self.object, &staged, texts) {
                Ok(Gathered { record, mut problems, refused }) => {
                    batch.notes.findings.extend(problems.iter().map(|problem| unreadable(&origin, problem)));
                    for (key, error) in refused {
                        problems.push(error.problem());
                        let below = self.object.below().next().unwrap_or(self.object.name);
                        put_aside(batch, &self::origin(below, &key), &error);
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
            members.push(format!(r#""{}":{}"#, Object::KEY, serde_json::Value::from(group.row.id.as_str())));
        }
        let mut lists = group.lists.iter();
        for part in self.object.parts {
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

impl Planner<'_> {
    /// The next records of an object. Rows below nothing that the source has are put aside.
    pub(crate) fn page(
        &self,
        object: &Object,
        after: Option<&str>,
        limit: usize,
        batch: &mut Batch,
    ) -> Result<Page, MigrationError> {
        let rows = self.ledger.staged(object.staged, after, limit)?;
        let (count, last) = (rows.len() as u64, rows.last().map(|row| row.id.clone()));
        let mut below = Vec::new();
        for staged in object.below() {
            if after.is_none() {
                self.parentless(staged, batch)?;
            }
            let mut lists: BTreeMap<String, Vec<StagedRow>> = BTreeMap::new();
            let until = last.as_deref().unwrap_or(AFTER_ALL);
            for row in self.ledger.staged_children(staged, after.unwrap_or_default(), until)? {
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
            for (parent, orphans) in lists {
                let message = format!(
                    "{} rows of `{staged}` belong to one of `{}` that the source does not have; hint: export both at the \
                     same time, or mend the key in the source",
                    orphans.len(),
                    object.staged
                );
                batch.put_aside(&origin(object.name, &parent), "decode", "orphan-rows", None, message);
            }
        }
        Ok(Page { groups, rows: count, last })
    }

    /// Puts aside the rows of an object that name no parent.
    fn parentless(&self, staged: &str, batch: &mut Batch) -> Result<(), MigrationError> {
        for id in self.ledger.staged_alone(staged)? {
            let message = "the row does not say what it belongs to; hint: mend it in the source".to_owned();
            batch.put_aside(&origin(staged, &id), "decode", "orphan-rows", None, message);
        }
        Ok(())
    }
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
