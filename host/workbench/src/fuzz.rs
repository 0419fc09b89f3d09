//! Records that break rules, sent to a module until it fails or there are enough of them.
//!
//! A failure is a trap, a limit that was met, an answer out of the manifest, or a rejection or finding that says a value
//! of its record. The first two need no proof. A value in a message does: the field gets a text that no rule holds, and
//! the module must say that. Each kind of failure is shrunk to the smallest record that still shows it.

mod generate;
mod judge;
mod shrink;
mod values;

use std::time::{Duration, Instant};

pub use generate::{Style, record};
use odograft_engine::Answer;
use odograft_records::bindings::transform::manifest::Setting;
use serde::Serialize;
use serde_json::Map;
use serde_json::value::RawValue;

use self::judge::Wrong;
use crate::case::{AS_OF, Input};
use crate::layout::Layout;
use crate::row::Node;
use crate::subject::{Ready, Subject, SubjectError};
use odograft_records::Object;

/// Records that are made, sent and judged at a time.
const STEP: u64 = 2_048;

/// Kinds of failure after which a module is left alone: it needs mending, not more proof.
const KINDS: usize = 20;

/// How a module is fuzzed.
#[derive(Debug, Clone)]
pub struct Options {
    /// The same seed gives the same records.
    pub seed: u64,
    /// How many.
    pub records: u64,
    /// When to stop even so.
    pub time: Option<Duration>,
    /// The module's settings.
    pub settings: Vec<Setting>,
    /// Records that tell the tables of a source that declares them.
    pub corpus: Vec<Input>,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Records that were sent.
    pub records: u64,
    /// Records that the module mapped.
    pub mapped: u64,
    /// Records that it rejected.
    pub rejected: u64,
    /// Rows that the host refused before the module saw them.
    pub undecodable: u64,
    /// One for each kind of failure.
    pub failures: Vec<Failure>,
}

/// One kind of failure.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// A stable word: the fault's code, or `value-in-message`.
    pub code: String,
    /// The source object.
    pub object: String,
    /// What happened, without any value.
    pub message: String,
    /// The first record that showed it, counted from 0.
    pub record: u64,
    /// Records that showed it.
    pub times: u64,
    /// The smallest record that shows it.
    #[serde(skip)]
    pub input: Input,
}

/// Fuzzes a module; `progress` hears how many records were sent.
///
/// # Errors
/// The module cannot be asked at all.
pub fn fuzz(subject: &Subject, options: &Options, progress: &mut dyn FnMut(u64)) -> Result<Report, SubjectError> {
    let ready = subject.ready(AS_OF, &options.settings)?;
    let began = Instant::now();
    let mut fuzzer = Fuzzer {
        subject,
        ready: &ready,
        layout: subject.layout(&ready.manifest, &options.corpus),
        report: Report { seed: options.seed, records: 0, mapped: 0, rejected: 0, undecodable: 0, failures: Vec::new() },
        input: Input { as_of: AS_OF, settings: Map::new(), records: Vec::new() },
    };
    for setting in &options.settings {
        fuzzer.input.settings.insert(setting.name.clone(), setting.value.clone().into());
    }
    while fuzzer.report.records < options.records
        && options.time.is_none_or(|time| began.elapsed() < time)
        && fuzzer.report.failures.len() < KINDS
    {
        fuzzer.step(STEP.min(options.records - fuzzer.report.records))?;
        progress(fuzzer.report.records);
    }
    Ok(fuzzer.report)
}

struct Fuzzer<'s> {
    subject: &'s Subject,
    ready: &'s Ready,
    layout: Layout,
    report: Report,
    /// What every case of this run has besides its record.
    input: Input,
}

impl Fuzzer<'_> {
    fn step(&mut self, count: u64) -> Result<(), SubjectError> {
        let first = self.report.records;
        let make = |number| record(&self.layout, Style::Nasty, self.report.seed, number);
        let records: Vec<Box<RawValue>> = (first..first + count).map(make).collect();
        let ran = self.subject.run(self.ready, &records.iter().map(AsRef::as_ref).collect::<Vec<_>>())?;
        self.report.records += count;
        for (at, row) in ran.rows.iter().enumerate() {
            let answer = match &row.answer {
                Ok(answer) => answer,
                Err(_) => {
                    self.report.undecodable += 1;
                    continue;
                }
            };
            match answer {
                Answer::Outcome(outcome) => {
                    self.report.mapped += 1;
                    if outcome.findings.is_empty() {
                        continue;
                    }
                }
                Answer::Rejected(_) => self.report.rejected += 1,
                Answer::Failed(_) => {}
            }
            let node = Node::parse(records[at].get());
            let Some(form) = self.subject.form(&node) else { continue };
            let object = form.object();
            for wrong in judge::suspects(answer, &node, &object) {
                self.take(first + at as u64, &node, &object, &wrong)?;
            }
        }
        Ok(())
    }

    /// Counts a failure; of a new kind, makes the smallest record that shows it.
    fn take(&mut self, number: u64, node: &Node, object: &Object<'_>, wrong: &Wrong) -> Result<(), SubjectError> {
        let (code, message) = match wrong {
            Wrong::Failed(fault) => (fault.kind.code().to_owned(), fault.message.clone()),
            Wrong::Leak(leak) => (
                "value-in-message".to_owned(),
                format!(
                    "what `{}` says holds the value of `{}`; hint: name the field, never its value",
                    leak.code, leak.source
                ),
            ),
        };
        // Of faults the kind tells one from another; numbers in a message do not. Of leaks, where they leak.
        let same = |failure: &&mut Failure| {
            failure.object == object.name
                && failure.code == code
                && (matches!(wrong, Wrong::Failed(_)) || failure.message == message)
        };
        if let Some(known) = self.report.failures.iter_mut().find(same) {
            known.times += 1;
            return Ok(());
        }
        if !self.shows(node, object, wrong)?.0 {
            return Ok(());
        }
        let mut shows = |node: &Node| self.shows(node, object, wrong).unwrap_or((false, 0));
        let smallest = shrink::shrink(node.clone(), object, &mut shows);
        let input = Input { records: vec![smallest.raw()], ..self.input.clone() };
        let object = object.name.to_owned();
        self.report.failures.push(Failure { code, object, message, record: number, times: 1, input });
        Ok(())
    }

    /// Whether a record alone shows this failure, and the fuel that it took.
    fn shows(&self, node: &Node, object: &Object<'_>, wrong: &Wrong) -> Result<(bool, u64), SubjectError> {
        let answer = |node: &Node| -> Result<(Option<Answer>, u64), SubjectError> {
            let mut ran = self.subject.run(self.ready, &[&node.raw()])?;
            let answer = ran.rows.pop().and_then(|row| row.answer.ok());
            let failed = if let Some(Answer::Failed(fault)) = &answer { fault.fuel } else { 0 };
            Ok((answer, ran.fuel + failed))
        };
        match wrong {
            Wrong::Failed(fault) => {
                let (answer, fuel) = answer(node)?;
                let same = matches!(answer, Some(Answer::Failed(other)) if other.kind.code() == fault.kind.code());
                Ok((same, fuel))
            }
            Wrong::Leak(leak) => {
                let Some((marked, mark)) = judge::marked(node, object, leak) else { return Ok((false, 0)) };
                let (answer, fuel) = answer(&marked)?;
                Ok((answer.is_some_and(|answer| judge::confirmed(&answer, mark, &leak.code)), fuel))
            }
        }
    }
}
