//! What a module costs, beside the empty module on the same records in the same minute.

use std::time::{Duration, Instant};

use odograft_engine::{Engine, Limits};
use odograft_records::bindings::transform::manifest::Setting;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::case::{AS_OF, Input};
use crate::empty::EmptyError;
use crate::fuzz::{Style, record};
use crate::subject::{Ready, Subject, SubjectError};

/// Rounds of each side; an odd number has a median.
const ROUNDS: usize = 11;

/// Records that are generated where no corpus is given, and their seed.
const GENERATED: (u64, u64) = (2_048, 1);

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// Records of a round.
    pub records: usize,
    /// Records a second, decoding included: the middle of all rounds.
    pub records_per_second: u64,
    /// Time of a record in nanoseconds.
    pub nanoseconds: u64,
    /// The same of the empty module: decoding, crossing into the sandbox and back.
    pub empty_nanoseconds: u64,
    /// Fuel of a record; the same in every run.
    pub fuel: u64,
    /// The same of the empty module.
    pub empty_fuel: u64,
}

/// A module cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// It cannot be asked.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// There is nothing to measure against.
    #[error(transparent)]
    Empty(#[from] EmptyError),
    /// There is nothing to measure with.
    #[error("the corpus has no record; hint: name another one, or none: records are generated then")]
    NoRecord,
}

/// Measures a module over records, or over generated ones where there is none; `tables` then tells the tables of a source
/// that declares them.
///
/// # Errors
/// The module or the corpus cannot be used.
pub fn measure(
    engine: &Engine,
    subject: &Subject,
    settings: &[Setting],
    corpus: Option<Vec<Box<RawValue>>>,
    tables: &[Input],
) -> Result<Measured, BenchError> {
    let empty = Subject::load(engine, "empty", &subject.empty()?, Limits::default())?;
    let (ready, none) = (subject.ready(AS_OF, settings)?, empty.ready(AS_OF, &[])?);
    let generated = || {
        let layout = subject.layout(&ready.manifest, tables);
        let record = |number| record(&layout, Style::Plausible, GENERATED.1, number);
        (0..GENERATED.0).map(record).collect()
    };
    let records: Vec<Box<RawValue>> = corpus.unwrap_or_else(generated);
    if records.is_empty() {
        return Err(BenchError::NoRecord);
    }
    let rows: Vec<&RawValue> = records.iter().map(AsRef::as_ref).collect();
    let (mut own, mut base) = (Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS));
    let (mut fuel, mut empty_fuel) = (0, 0);
    // The first round warms up, and is not counted.
    for round in 0..=ROUNDS {
        let (time, used) = timed(subject, &ready, &rows)?;
        let (empty_time, empty_used) = timed(&empty, &none, &rows)?;
        (fuel, empty_fuel) = (used, empty_used);
        if round > 0 {
            own.push(time);
            base.push(empty_time);
        }
    }
    let count = records.len() as u64;
    let each = |times: &mut Vec<Duration>| {
        times.sort();
        u64::try_from(times[ROUNDS / 2].as_nanos()).unwrap_or(u64::MAX) / count
    };
    let (nanoseconds, empty_nanoseconds) = (each(&mut own), each(&mut base));
    Ok(Measured {
        records: records.len(),
        records_per_second: 1_000_000_000 / nanoseconds.max(1),
        nanoseconds,
        empty_nanoseconds,
        fuel: fuel / count,
        empty_fuel: empty_fuel / count,
    })
}

fn timed(subject: &Subject, ready: &Ready, rows: &[&RawValue]) -> Result<(Duration, u64), SubjectError> {
    let began = Instant::now();
    let ran = subject.run(ready, rows)?;
    let time = began.elapsed();
    Ok((time, ran.fuel))
}
