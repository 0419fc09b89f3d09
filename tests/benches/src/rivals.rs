//! The tools that users would pick instead, each a process of its own, in turns with ours.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use crate::figure::{Figure, Reach};
use crate::input;
use crate::measure::Spread;

const RECORDS: usize = 50_000;
const ROUNDS: usize = 7;

/// What every program prints.
#[derive(Deserialize)]
struct Run {
    tool: String,
    version: String,
    records: usize,
    seconds: Vec<f64>,
    startup_seconds: f64,
    peak_rss_kib: u64,
}

/// A rival: its name, the words that start it, and what odograft's time may be of its time.
struct Rival {
    command: Vec<PathBuf>,
    /// Behind INPUT and OUTPUT.
    more: &'static [&'static str],
    reach: f64,
}

pub(crate) fn figures() -> Result<Vec<Figure>> {
    let built = PathBuf::from(
        std::env::var_os("ODOGRAFT_RIVALS")
            .context("`ODOGRAFT_RIVALS` names no folder\nhint: `cargo xtask bench rivals` builds the rivals")?,
    );
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("rivals");
    let program = |name: &str| vec![built.join(name)];
    let script = |tool: &str, file: &str| vec![PathBuf::from(tool), sources.join(file)];
    let rival = |command, more, reach| Rival { command, more, reach };
    let rivals = [
        rival(program("rival-plain"), &[], 1.8),
        rival(program("rival-extism"), &[], 0.9),
        rival(program("rival-extism"), &["1", "1"], 1.0),
        rival(program("rival-vrl"), &[], 1.0),
        rival(program("rival-jaq"), &[], 1.0),
        rival(script("python3", "python/rule.py"), &[], 1.0),
        rival(script("node", "node/rule.mjs"), &[], 1.0),
    ];
    let folder = std::env::temp_dir().join(format!("odograft-rivals-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let input = folder.join("patients.jsonl");
    std::fs::write(&input, input::patients(RECORDS).into_iter().map(|line| line + "\n").collect::<String>())?;
    let own = Rival { command: vec![std::env::current_exe()?], more: &[], reach: 1.0 };

    let mut figures = Vec::new();
    for rival in &rivals {
        let (mut ratios, mut times, mut own_times) = (Vec::new(), Vec::new(), Vec::new());
        let mut last = None;
        for round in 0..ROUNDS {
            let theirs = run(rival, &input, &folder.join("theirs"), false)?;
            let ours = run(&own, &input, &folder.join("ours"), true)?;
            if round == 0 {
                same(&folder.join("theirs"), &folder.join("ours")).with_context(|| theirs.tool.clone())?;
            }
            let each = |run: &Run| run.seconds[0] / run.records as f64 * 1e9;
            ratios.push(each(&ours) / each(&theirs));
            times.push(each(&theirs));
            own_times.push(each(&ours));
            last = Some(theirs);
        }
        let last = last.context("no round")?;
        let mode = if rival.more.is_empty() { "" } else { ", one record a call" };
        figures.push(Figure {
            benchmark: "rivals",
            question: "patients, JSON line in to upsert out, against other tools".to_owned(),
            baseline: format!("{} {}{mode}", last.tool, last.version),
            value: Spread::of(ratios),
            unit: "x",
            nanoseconds: Some([Spread::of(own_times).median, Spread::of(times).median]),
            rounds: ROUNDS,
            reach: Some(Reach::AtMost(rival.reach)),
            regressed: false,
            note: format!(
                "starts in {:.0} ms, peak {:.0} MiB",
                last.startup_seconds * 1000.0,
                last.peak_rss_kib as f64 / 1024.0
            ),
        });
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(figures)
}

fn run(rival: &Rival, input: &Path, output: &Path, own: bool) -> Result<Run> {
    let (program, words) = rival.command.split_first().context("no program")?;
    let mut command = Command::new(program);
    command.args(words);
    if own {
        command.args(["child", "pipe"]);
    }
    let done = command.arg(input).arg(output).args(rival.more).output();
    let done = done.with_context(|| format!("cannot run `{}`", program.display()))?;
    ensure!(done.status.success(), "`{}`: {}", program.display(), String::from_utf8_lossy(&done.stderr));
    Ok(serde_json::from_slice(&done.stdout)?)
}

/// The same answers; some tools write the members of an object in another order.
fn same(theirs: &Path, ours: &Path) -> Result<()> {
    let (theirs, ours) = (std::fs::read_to_string(theirs)?, std::fs::read_to_string(ours)?);
    ensure!(theirs.lines().count() == ours.lines().count(), "another number of lines");
    for (theirs, ours) in std::iter::zip(theirs.lines(), ours.lines()) {
        let sorted = |line: &str| serde_json::from_str::<Value>(line).map(sort);
        ensure!(theirs == ours || sorted(theirs)? == sorted(ours)?, "another answer: {theirs}");
    }
    Ok(())
}

fn sort(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().map(|(name, value)| (name, sort(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => items.into_iter().map(sort).collect(),
        other => other,
    }
}
