//! The protocol that every rival keeps: `PROGRAM INPUT OUTPUT [ROUNDS] [ARGUMENT]`.
//!
//! The tool gets ready; INPUT (JSON lines) is read wholly; each round transforms all of it from bytes in memory to
//! bytes in memory, and only that is timed; the last round's answer goes to OUTPUT, the figures go to stdout as one
//! line of JSON. The Python and Node scripts keep the same protocol by themselves.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

/// What a rival prints; times in seconds.
#[derive(Debug, Serialize)]
struct Report<'a> {
    tool: &'a str,
    version: &'a str,
    records: usize,
    /// Wall clock, by round.
    seconds: Vec<f64>,
    /// Processor time of all threads, by round.
    cpu_seconds: Vec<f64>,
    /// Wall clock from the start of `main` until the tool could take the first record.
    startup_seconds: f64,
    peak_rss_kib: u64,
}

/// One run of one rival.
#[derive(Debug)]
pub struct Meter {
    started: Instant,
    input: PathBuf,
    output: PathBuf,
    rounds: usize,
    argument: Option<String>,
}

impl Meter {
    /// Starts the clock and reads the command line; to be called first in `main`.
    ///
    /// # Errors
    /// A command line that is not `INPUT OUTPUT [ROUNDS] [ARGUMENT]`.
    pub fn start() -> Result<Self> {
        let started = Instant::now();
        let mut arguments = std::env::args().skip(1);
        let mut path = |name| arguments.next().with_context(|| format!("no {name}\nhint: INPUT OUTPUT [ROUNDS]"));
        let (input, output) = (path("INPUT")?.into(), path("OUTPUT")?.into());
        let rounds = arguments.next().map_or(Ok(1), |rounds| rounds.parse()).context("`ROUNDS` is a whole number")?;
        ensure!(rounds > 0, "`ROUNDS` is at least 1");
        Ok(Self { started, input, output, rounds, argument: arguments.next() })
    }

    /// What stands after ROUNDS.
    #[must_use]
    pub fn argument(&self) -> Option<&str> {
        self.argument.as_deref()
    }

    /// Takes the tool as ready, measures the rounds and reports. `round` appends one line of answer to each line of
    /// input; it finds the buffer empty, with the capacity of the round before.
    ///
    /// # Errors
    /// Files that can't be read or written, the tool's own error, an answer with more or fewer lines than the input.
    pub fn run(
        self,
        tool: &str,
        version: &str,
        mut round: impl FnMut(&[u8], &mut Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let startup_seconds = self.started.elapsed().as_secs_f64();
        let input = fs::read(&self.input).with_context(|| format!("`{}` is not read", self.input.display()))?;
        let mut out = Vec::new();
        let (mut seconds, mut cpu_seconds) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            out.clear();
            let (wall, cpu) = (Instant::now(), cpu_time());
            round(&input, &mut out)?;
            cpu_seconds.push((cpu_time() - cpu).as_secs_f64());
            seconds.push(wall.elapsed().as_secs_f64());
        }
        let records = lines(&input);
        ensure!(lines(&out) == records, "{records} line feeds in, {} out", lines(&out));
        fs::write(&self.output, &out).with_context(|| format!("`{}` is not written", self.output.display()))?;
        let peak_rss_kib = peak_rss_kib()?;
        let report = Report { tool, version, records, seconds, cpu_seconds, startup_seconds, peak_rss_kib };
        println!("{}", serde_json::to_string(&report)?);
        Ok(())
    }
}

/// The version of a crate in this workspace's `Cargo.lock`, so that no report names another than what was built.
///
/// # Errors
/// A crate that isn't there.
pub fn locked(name: &str) -> Result<&'static str> {
    let head = format!("name = \"{name}\"\nversion = \"");
    let (_, rest) = include_str!("../../Cargo.lock").split_once(&head).context("no such crate in `Cargo.lock`")?;
    rest.split('"').next().context("no version in `Cargo.lock`")
}

fn lines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// From `/proc`, not `getrusage`: the latter starts at the size of the process that forked this one.
fn peak_rss_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no `VmHWM` in `/proc`")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
