//! Two threads, each with batches of its own, against one.

use std::thread;
use std::time::Instant;

use anyhow::Result;

use crate::figure::{Figure, Reach};
use crate::input;
use crate::sandbox::{self, BATCH, Loaded};

const ROUNDS: usize = 11;

pub(crate) fn figures() -> Result<Vec<Figure>> {
    let Loaded { module, manifest, context } = sandbox::load()?;
    let lines = input::patients(32 * BATCH);
    let batches = sandbox::batches(&lines)?;
    let work = || {
        for (texts, records) in &batches {
            std::hint::black_box(module.transform(&context, &manifest, texts, records));
        }
    };
    let records_a_second = |threads: usize| {
        let began = Instant::now();
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
        (threads * lines.len()) as f64 / began.elapsed().as_secs_f64()
    };
    records_a_second(2);
    let gains = (0..ROUNDS)
        .map(|_| {
            let one = records_a_second(1);
            records_a_second(2) / one
        })
        .collect();
    let mut figure = Figure::value("cores", "records a second on two cores", "x", gains).reach(Reach::AtLeast(1.8));
    figure.baseline = "one core".to_owned();
    Ok(vec![figure])
}
