//! Two sides in turns, so that a busy machine slows both: the ratio is what counts.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::Serialize;

/// Rounds of each side; an odd number has a median.
const ROUNDS: usize = 11;
/// A round lasts at least this long, so that the clock and the scheduler matter little.
const ROUND: Duration = Duration::from_millis(60);

/// What one side is asked to do.
pub(crate) struct Side<'a> {
    /// What reports call it.
    pub(crate) name: &'a str,
    /// One repetition and the time it took.
    run: Box<dyn FnMut() -> Duration + 'a>,
}

impl<'a> Side<'a> {
    /// What `run` returns is never optimised away; dropping it counts.
    pub(crate) fn new<T>(name: &'a str, mut run: impl FnMut() -> T + 'a) -> Self {
        Self::prepared(name, || (), move |()| run())
    }

    /// What `prepare` does is not timed.
    pub(crate) fn prepared<P, T>(
        name: &'a str,
        mut prepare: impl FnMut() -> P + 'a,
        mut run: impl FnMut(P) -> T + 'a,
    ) -> Self {
        let timed = move || {
            let prepared = prepare();
            let began = Instant::now();
            drop(black_box(run(black_box(prepared))));
            began.elapsed()
        };
        Self { name, run: Box::new(timed) }
    }
}

/// Median and quartiles of some rounds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Spread {
    /// The middle one.
    pub(crate) median: f64,
    /// A quarter is below it.
    pub(crate) lower: f64,
    /// A quarter is above it.
    pub(crate) upper: f64,
}

impl Spread {
    /// Of at least one value.
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |part: usize| values[(values.len() - 1) * part / 4];
        Self { median: at(2), lower: at(1), upper: at(3) }
    }
}

/// One side against the baseline.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Compared {
    /// What is measured.
    pub(crate) name: String,
    /// What it is measured against.
    pub(crate) baseline: String,
    /// Nanoseconds a unit (a record, an exam, a batch).
    pub(crate) nanoseconds: Spread,
    /// The baseline's.
    pub(crate) baseline_nanoseconds: Spread,
    /// Time of each round through the time of the baseline's round beside it.
    pub(crate) ratio: Spread,
    /// Rounds of each side.
    pub(crate) rounds: usize,
}

/// Runs both in turns; `units` is how many records one repetition works on.
pub(crate) fn compare(units: usize, mut baseline: Side<'_>, mut side: Side<'_>) -> Compared {
    let repetitions = [calibrate(&mut baseline), calibrate(&mut side)];
    let (mut base_times, mut times, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // Who goes first changes, so that neither always has the warmer machine.
        let (base, own) = if round % 2 == 0 {
            let base = time(&mut baseline, repetitions[0], units);
            (base, time(&mut side, repetitions[1], units))
        } else {
            let own = time(&mut side, repetitions[1], units);
            (time(&mut baseline, repetitions[0], units), own)
        };
        base_times.push(base);
        times.push(own);
        ratios.push(own / base);
    }
    Compared {
        name: side.name.to_owned(),
        baseline: baseline.name.to_owned(),
        nanoseconds: Spread::of(times),
        baseline_nanoseconds: Spread::of(base_times),
        ratio: Spread::of(ratios),
        rounds: ROUNDS,
    }
}

/// How often a side runs in a round; warms it up on the way.
fn calibrate(side: &mut Side<'_>) -> u32 {
    let mut repetitions = 1;
    loop {
        if repeat(side, repetitions) >= ROUND {
            return repetitions;
        }
        repetitions *= 2;
    }
}

/// Nanoseconds a unit.
fn time(side: &mut Side<'_>, repetitions: u32, units: usize) -> f64 {
    repeat(side, repetitions).as_nanos() as f64 / f64::from(repetitions) / units as f64
}

fn repeat(side: &mut Side<'_>, repetitions: u32) -> Duration {
    (0..repetitions).map(|_| (side.run)()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_in_the_middle() {
        let spread = Spread::of(vec![9.0, 1.0, 5.0, 3.0, 7.0]);
        assert_eq!((spread.lower, spread.median, spread.upper), (3.0, 5.0, 7.0));
        assert_eq!(Spread::of(vec![2.0]).median, 2.0);
    }
}
