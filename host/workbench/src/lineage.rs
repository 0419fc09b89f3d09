//! Observed lineage: every source field is blanked over a corpus, and what changes is what the field reaches.
//!
//! A field that a record can be without is left out of every record that fills it, and once more given another value,
//! since a rule may read a missing value as it reads a usual one. A field that a record cannot be without is only given
//! other values; of a choice, each of the others. Nothing is asked of the module but to map records, so this works for
//! modules of any language. Only the corpus can show what is in it: a dependency that no record shows stays unseen.

mod judge;
mod vary;

use std::collections::{BTreeMap, BTreeSet};

use odograft_engine::Answer;
use odograft_records::table::Field;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::case::Input;
use crate::changes::{Part, changes};
use crate::row::{Act, Node};
use crate::source::Form;
use crate::subject::{Ready, Subject, SubjectError};

/// What a corpus shows of where source fields go.
#[derive(Debug, Clone, Serialize)]
pub struct Lineage {
    /// Records of the corpus.
    pub records: usize,
    /// Every source field that a record of the corpus fills, in the order of their paths.
    pub fields: Vec<SourceField>,
    /// An Odoo field depends on a source field that its declaration does not name.
    pub undeclared: Vec<Dependency>,
    /// A declaration names a source field, the corpus fills it, and it changes nothing there.
    pub without_effect: Vec<Dependency>,
    /// A declaration names a source field that no record of the corpus fills.
    pub unproven: Vec<Dependency>,
    /// Source fields that reach nothing, and that the manifest does not say are dropped: data that would be lost.
    pub lost: Vec<Lost>,
    /// Source fields that the manifest says are dropped, and that reach an Odoo field all the same.
    pub dropped_but_used: Vec<Dependency>,
}

/// A source field and what it reaches.
#[derive(Debug, Clone, Serialize)]
pub struct SourceField {
    /// As a dotted path that begins with the object.
    pub source: String,
    /// Records that fill it.
    pub filled: usize,
    /// What changes with it, each with the records that show it.
    pub reaches: Vec<Reach>,
}

/// A part of answers that a source field reaches.
#[derive(Debug, Clone, Serialize)]
pub struct Reach {
    /// What changes.
    #[serde(flatten)]
    pub part: Part,
    /// Records that show it.
    pub records: usize,
}

/// An Odoo field and a source field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependency {
    /// The Odoo field, as `res.partner.name`.
    pub field: String,
    /// The source field.
    pub source: String,
    /// Records that show it; where nothing shows, records that fill the source field.
    pub records: usize,
}

/// A source field that reaches nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// The source field.
    pub source: String,
    /// Records that fill it.
    pub records: usize,
}

impl Lineage {
    /// Whether declarations and corpus agree; what the corpus cannot prove is no disagreement.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.undeclared.is_empty()
            && self.without_effect.is_empty()
            && self.lost.is_empty()
            && self.dropped_but_used.is_empty()
    }
}

/// Records that share a context, with what the module makes of them as they are.
struct Group {
    ready: Ready,
    records: Vec<Record>,
}

struct Record {
    node: Node,
    form: Form,
    /// None where nothing was mapped: what a rejected record is made of cannot be observed.
    answer: Option<Value>,
}

/// A source field of the corpus.
struct Observed {
    field: Option<Field>,
    /// Group and record.
    filled: BTreeSet<(usize, usize)>,
    reaches: BTreeMap<Part, BTreeSet<(usize, usize)>>,
}

/// Observes a module over a corpus.
///
/// # Errors
/// The module cannot be asked: it refuses a setting of the corpus, or a record is another source's.
pub fn observe(subject: &Subject, corpus: &[Input]) -> Result<Lineage, SubjectError> {
    let groups = groups(subject, corpus)?;
    let mut fields = fields(&groups);
    for (path, observed) in &mut fields {
        for variation in vary::variations(observed.field.as_ref()) {
            for (at, group) in groups.iter().enumerate() {
                let of_group: Vec<usize> =
                    observed.filled.iter().filter(|(group, _)| *group == at).map(|(_, record)| *record).collect();
                for (record, parts) in vary_group(subject, group, &of_group, path, variation)? {
                    for part in parts {
                        observed.reaches.entry(part).or_default().insert((at, record));
                    }
                }
            }
        }
    }
    // Declarations are the same under all settings but for targets that some of them switch off.
    let manifests: Vec<_> = groups.iter().map(|group| &group.ready.manifest).collect();
    let records = groups.iter().map(|group| group.records.len()).sum();
    Ok(judge::judge(records, &manifests, &fields))
}

fn groups(subject: &Subject, corpus: &[Input]) -> Result<Vec<Group>, SubjectError> {
    let mut by_context: Vec<(&Input, Vec<&RawValue>)> = Vec::new();
    for input in corpus {
        let same = |other: &&mut (&Input, _)| other.0.as_of == input.as_of && other.0.settings == input.settings;
        match by_context.iter_mut().find(same) {
            Some((_, rows)) => rows.extend(input.rows()),
            None => by_context.push((input, input.rows())),
        }
    }
    let group = |(input, rows): (&Input, Vec<&RawValue>)| {
        let ready = subject.ready(input.as_of, &input.settings())?;
        let ran = subject.run(&ready, &rows)?;
        let answers = ran.answers(&ready.manifest);
        let records = rows.iter().enumerate().filter_map(|(at, row)| {
            let node = Node::parse(row.get());
            let form = subject.form(&node)?;
            let mapped = matches!(ran.rows[at].answer, Ok(Answer::Outcome(_)));
            let answer = mapped.then(|| answers[at].clone());
            Some(Record { node, form, answer })
        });
        Ok(Group { records: records.collect(), ready })
    };
    by_context.into_iter().map(group).collect()
}

fn fields(groups: &[Group]) -> BTreeMap<String, Observed> {
    let mut fields: BTreeMap<String, Observed> = BTreeMap::new();
    for (at, group) in groups.iter().enumerate() {
        for (number, record) in group.records.iter().enumerate().filter(|(_, record)| record.answer.is_some()) {
            record.node.clone().visit(&record.form.object(), &mut |place, _| {
                let new =
                    || Observed { field: place.field.cloned(), filled: BTreeSet::new(), reaches: BTreeMap::new() };
                let observed = match fields.get_mut(place.path) {
                    Some(observed) => observed,
                    None => fields.entry(place.path.to_owned()).or_insert_with(new),
                };
                observed.filled.insert((at, number));
                Act::Keep
            });
        }
    }
    fields
}

/// What changes in each of these records when the field is varied: one call, or as few as the records fit.
fn vary_group(
    subject: &Subject,
    group: &Group,
    records: &[usize],
    path: &str,
    variation: vary::Variation,
) -> Result<Vec<(usize, BTreeSet<Part>)>, SubjectError> {
    let varied: Vec<Box<RawValue>> = records
        .iter()
        .map(|record| {
            let Record { node, form, .. } = &group.records[*record];
            let mut node = node.clone();
            node.visit(&form.object(), &mut |place, json| {
                if place.path == path { vary::vary(variation, place.field, json) } else { Act::Keep }
            });
            node.raw()
        })
        .collect();
    let ran = subject.run(&group.ready, &varied.iter().map(AsRef::as_ref).collect::<Vec<_>>())?;
    let answers = ran.answers(&group.ready.manifest);
    let parts = |(at, answer): (usize, Value)| {
        let record = records[at];
        let before = group.records[record].answer.as_ref()?;
        let mut parts: BTreeSet<Part> = changes(before, &answer).into_iter().map(|change| change.part).collect();
        // Which record it is decides over all its fields, and says nothing of any.
        let key = |part: &Part| match part {
            Part::Key { model } => Some(model.clone()),
            _ => None,
        };
        let others: BTreeSet<String> = parts.iter().filter_map(key).collect();
        parts.retain(|part| !matches!(part, Part::Field { model, .. } if others.contains(model)));
        Some((record, parts))
    };
    Ok(answers.into_iter().enumerate().filter_map(parts).collect())
}
