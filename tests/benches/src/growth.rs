//! What more records cost: each size in a process of its own, and chunk by chunk beside plain Rust, since a machine's
//! speed changes within the seconds that the largest takes.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::figure::Figure;
use crate::input::Patients;
use crate::measure::Spread;
use crate::pipe;
use crate::sandbox::{self, BATCH};

const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const ROUNDS: usize = 5;

#[derive(Serialize, Deserialize)]
struct Grown {
    records_a_second: f64,
    /// Its time as a multiple of what plain Rust takes.
    ratio: f64,
    peak_kib: u64,
}

pub(crate) fn figures() -> Result<Vec<Figure>> {
    // All sizes in turns, so that a busy minute does not fall upon one of them.
    let mut all: [Vec<Grown>; SIZES.len()] = Default::default();
    for _ in 0..ROUNDS {
        for (size, grown) in std::iter::zip(SIZES, &mut all) {
            grown.push(run(size)?);
        }
    }
    let figure = |(size, grown): (usize, &Vec<Grown>)| {
        let speeds = grown.iter().map(|one| one.records_a_second).collect();
        let peak = Spread::of(grown.iter().map(|one| one.peak_kib as f64 / 1024.0).collect()).median;
        let ratio = Spread::of(grown.iter().map(|one| one.ratio).collect()).median;
        Figure::value("growth", &format!("{size} patients, JSON line to JSON line"), "records/s", speeds)
            .note(format!("{ratio:.2} x plain Rust in the same minute, peak {peak:.0} MiB"))
    };
    Ok(std::iter::zip(SIZES, &all).map(figure).collect())
}

fn run(size: usize) -> Result<Grown> {
    let output = Command::new(std::env::current_exe()?).args(["child", "growth", &size.to_string()]).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Generates and maps so many records, a few batches at a time; only the mapping is timed.
pub(crate) fn child(size: usize) -> Result<()> {
    let loaded = sandbox::load()?;
    let mut patients = Patients::new();
    let (mut left, mut spent, mut plain, mut out) = (size, Duration::ZERO, Duration::ZERO, Vec::new());
    // What a first batch costs, a run of any size pays once.
    let warm: Vec<String> = Patients::new().take(BATCH).collect();
    pipe::sandboxed(&loaded, warm.iter().map(String::as_str), &mut out)?;
    pipe::plain(&warm, &mut out)?;
    while left > 0 {
        let lines: Vec<String> = patients.by_ref().take(left.min(4 * BATCH)).collect();
        left -= lines.len();
        out.clear();
        let began = Instant::now();
        pipe::sandboxed(&loaded, lines.iter().map(String::as_str), &mut out)?;
        spent += began.elapsed();
        out.clear();
        let began = Instant::now();
        pipe::plain(&lines, &mut out)?;
        plain += began.elapsed();
    }
    let (spent, plain) = (spent.as_secs_f64(), plain.as_secs_f64());
    let records_a_second = size as f64 / spent;
    let grown = Grown { records_a_second, ratio: spent / plain, peak_kib: peak_kib().context("no peak")? };
    println!("{}", serde_json::to_string(&grown)?);
    Ok(())
}

/// The most memory that this process has had, in KiB; Linux tells.
pub(crate) fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
