//! A case's verdict: what a module does against what is expected.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use crate::case::{Case, Expected, Unreadable};
use crate::changes::{Change, Part, changes};
use crate::subject::{Ran, Ready, Subject, SubjectError};

/// What came of one case.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// The case's folder, as it was found.
    pub case: String,
    /// Whether all is as expected.
    pub passed: bool,
    /// Records that were sent.
    pub records: usize,
    /// False where the case says nothing yet.
    pub expected: bool,
    /// Answers that differ.
    pub differing: Vec<Differing>,
    /// Fields that should not be readable, and were read.
    pub readable_now: Vec<Unreadable>,
    /// Fields that should be readable, and could not be read.
    pub unreadable_now: Vec<Unreadable>,
    /// Fuel that is expected; none where it is not judged.
    pub fuel_expected: Option<u64>,
    /// Fuel of this run.
    pub fuel: u64,
    /// Whether the fuel is further from what is expected than allowed.
    pub fuel_off: bool,
}

/// A record whose answer differs.
#[derive(Debug, Clone, Serialize)]
pub struct Differing {
    /// The record, counted from 0.
    pub record: usize,
    /// The source key of its first Odoo record, where it has one: `patient/17`.
    pub key: Option<String>,
    /// What differs.
    pub changes: Vec<Change>,
}

/// A case that was run.
#[derive(Debug)]
pub struct Run {
    /// What came of it.
    pub verdict: Verdict,
    /// What the module did, ready to be written down.
    pub got: Expected,
}

/// Runs a case. `tolerance` is the share by which the fuel may differ: 0.05 for 5 %.
///
/// # Errors
/// The module cannot be asked at all: it refuses the case's settings, fails to describe itself, or the records are
/// another source's.
pub fn run(subject: &Subject, case: &Case, tolerance: f64) -> Result<Run, SubjectError> {
    let ready: Ready = subject.ready(case.input.as_of, &case.input.settings())?;
    let ran: Ran = subject.run(&ready, &case.input.rows())?;
    let got = Expected::of(&ran, &ready.manifest);
    Ok(Run { verdict: judge(case, &got, ran.fuel, tolerance), got })
}

fn judge(case: &Case, got: &Expected, fuel: u64, tolerance: f64) -> Verdict {
    let name = case.folder.display().to_string();
    let records = got.answers.len();
    let Some(expected) = &case.expected else {
        return Verdict {
            case: name,
            passed: false,
            records,
            expected: false,
            differing: Vec::new(),
            readable_now: Vec::new(),
            unreadable_now: Vec::new(),
            fuel_expected: None,
            fuel,
            fuel_off: false,
        };
    };
    let differing = differing(&expected.answers, &got.answers);
    let only_in = |a: &[Unreadable], b: &[Unreadable]| a.iter().filter(|u| !b.contains(u)).cloned().collect::<Vec<_>>();
    let readable_now = only_in(&expected.unreadable, &got.unreadable);
    let unreadable_now = only_in(&got.unreadable, &expected.unreadable);
    let off = |expected: u64| fuel.abs_diff(expected) as f64 > tolerance * expected as f64;
    let fuel_off = expected.fuel.is_some_and(off);
    Verdict {
        case: name,
        passed: differing.is_empty() && readable_now.is_empty() && unreadable_now.is_empty() && !fuel_off,
        records,
        expected: true,
        differing,
        readable_now,
        unreadable_now,
        fuel_expected: expected.fuel,
        fuel,
        fuel_off,
    }
}

/// Answers that differ between two runs of the same records; one that only one side has differs as a whole.
#[must_use]
pub fn differing(old: &[Value], new: &[Value]) -> Vec<Differing> {
    let whole = |old: Option<&Value>, new: Option<&Value>| {
        vec![Change { part: Part::End, old: old.cloned(), new: new.cloned() }]
    };
    let compare = |record: usize| {
        let (a, b) = (old.get(record), new.get(record));
        let changes = match (a, b) {
            (Some(a), Some(b)) => changes(a, b),
            _ => whole(a, b),
        };
        let key = [a, b].into_iter().flatten().find_map(|answer| answer["upserts"][0]["key"].as_str());
        Differing { record, key: key.map(str::to_owned), changes }
    };
    (0..old.len().max(new.len())).map(compare).filter(|d| !d.changes.is_empty()).collect()
}

/// `4,211 → 4,377 (+3.9 %)`.
#[must_use]
pub fn fuel_change(old: u64, new: u64) -> String {
    let percent = if old == 0 { 0.0 } else { (new as f64 / old as f64 - 1.0) * 100.0 };
    format!("{old} → {new} ({percent:+.1} %)")
}

impl Verdict {
    /// For people: a line where it passed, all differences where it did not. Values are shown: cases are synthetic.
    #[must_use]
    pub fn render(&self) -> String {
        let records = if self.records == 1 { "1 record".to_owned() } else { format!("{} records", self.records) };
        let fuel = match self.fuel_expected {
            Some(expected) if expected != self.fuel => format!("fuel {}", fuel_change(expected, self.fuel)),
            _ => format!("fuel {}", self.fuel),
        };
        let word = if self.passed { "ok    " } else { "FAILED" };
        let mut out = format!("{word} {}: {records}, {fuel}\n", self.case);
        if !self.expected {
            out += "  no expected.json yet\n";
        }
        for differing in &self.differing {
            let key = differing.key.as_ref().map(|key| format!(", {key}")).unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = writeln!(out, "  record {}{key}", differing.record);
            for change in &differing.changes {
                let side = |side: &Option<Value>| side.as_ref().map_or("nothing".to_owned(), ToString::to_string);
                let _ = writeln!(out, "    {}", change.part);
                let _ = writeln!(out, "      expected {}", side(&change.old));
                let _ = writeln!(out, "      got      {}", side(&change.new));
            }
        }
        for (list, words) in [(&self.readable_now, "is read now"), (&self.unreadable_now, "cannot be read now")] {
            for Unreadable { record, field, message } in list {
                let _ = writeln!(out, "  record {record}: `{field}` {words} ({message})");
            }
        }
        if self.fuel_off {
            out += "  the fuel is further from what is expected than allowed\n";
        }
        out
    }
}
