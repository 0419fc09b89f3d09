//! The call alone: typed records in memory to outcomes in memory.

use std::hint::black_box;

use anyhow::{Result, ensure};
use odograft_bench_plain::Patient;

use crate::figure::{Figure, Reach};
use crate::input;
use crate::measure::{Side, compare};
use crate::sandbox::{self, BATCH, Loaded};

pub(crate) fn figures() -> Result<Vec<Figure>> {
    let Loaded { module, manifest, context } = sandbox::load()?;
    let lines = input::patients(16 * BATCH);
    let batches = sandbox::batches(&lines)?;
    let patients = lines.iter().map(|line| serde_json::from_str(line)).collect::<Result<Vec<Patient>, _>>()?;
    // Batch by batch, as the other side keeps its answers.
    let native = |patients: Vec<Patient>| {
        let mut patients = patients.into_iter();
        let mut count = 0;
        while !patients.as_slice().is_empty() {
            let answers: Vec<_> = patients.by_ref().take(BATCH).map(odograft_bench_plain::partner).collect();
            count += black_box(&answers).len();
        }
        count
    };
    let sandboxed = || {
        batches
            .iter()
            .map(|(texts, records)| module.transform(&context, &manifest, texts, records).answers.len())
            .sum::<usize>()
    };
    ensure!(native(patients.clone()) == sandboxed(), "the two sides give different numbers of answers");
    let compared = compare(
        lines.len(),
        Side::prepared("native Rust", || patients.clone(), native),
        Side::new("sandbox", sandboxed),
    );
    let question = "the call alone, records in memory to outcomes in memory";
    Ok(vec![Figure::ratio("call", question, &compared, Reach::AtMost(1.6))])
}
