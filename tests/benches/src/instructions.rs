//! Instructions a record, counted by callgrind: the same on a busy machine as on a quiet one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use odograft_records::Texts;
use wasmtime::InstanceAllocationStrategy;

use crate::figure::{Figure, Reach};
use crate::input;
use crate::sandbox::{self, BATCH, Bare};

/// What is counted.
const WHAT: [&str; 4] = ["transform", "decode", "overlay", "overlay's base"];
/// Records of the longer run; the shorter has one batch. Both prepare the same input, so that only the work itself is
/// left in the difference.
const RECORDS: usize = 9 * BATCH;
/// A growth that is shown as a regression.
const TOLERANCE: f64 = 1.03;

/// The counts in the repository; `ODOGRAFT_BENCH_BLESS=1` records new ones.
fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json")
}

pub(crate) fn figures() -> Result<Vec<Figure>> {
    let file = recorded();
    let mut known: BTreeMap<String, f64> = match std::fs::read_to_string(&file) {
        Ok(text) => serde_json::from_str(&text).with_context(|| format!("`{}`", file.display()))?,
        Err(_) => BTreeMap::new(),
    };
    let bless = std::env::var_os("ODOGRAFT_BENCH_BLESS").is_some();
    let mut figures = Vec::new();
    for what in WHAT {
        let counted = (count(what, RECORDS)? - count(what, BATCH)?) as f64 / (RECORDS - BATCH) as f64;
        let before = if bless { None } else { known.get(what).copied() };
        let mut figure = Figure::value("instructions", &format!("instructions a record, {what}"), "", vec![counted]);
        if let Some(before) = before {
            figure.baseline = format!("{before:.0} recorded");
            figure.reach = Some(Reach::AtMost((before * TOLERANCE).round()));
            figure.regressed = counted > before * TOLERANCE;
        } else {
            known.insert(what.to_owned(), counted.round());
        }
        figures.push(figure);
    }
    std::fs::write(&file, format!("{}\n", serde_json::to_string_pretty(&known)?))?;
    Ok(figures)
}

/// Instructions of a whole run under callgrind.
fn count(what: &str, records: usize) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["child", "count", what, &records.to_string()])
        .output()
        .context("cannot run `valgrind`\nhint: install it, such as with `apt-get install valgrind`")?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{text}");
    let line = text.lines().find_map(|line| line.split_once("Collected :")).context("callgrind counted nothing")?;
    Ok(line.1.trim().parse()?)
}

/// Prepares everything and does the work that is counted on the first `records`.
pub(crate) fn child(what: &str, records: usize) -> Result<()> {
    let lines = input::patients(RECORDS);
    match what {
        "decode" => {
            let mut texts = Texts::new();
            for line in lines.iter().take(records) {
                texts.clear();
                std::hint::black_box(odograft_records::dentally::decode("patient", "", line, &mut texts)?);
            }
        }
        "transform" | "overlay" | "overlay's base" => {
            // Valgrind has no room for the pool's address space.
            let mut config = odograft_engine::configuration();
            config.allocation_strategy(InstanceAllocationStrategy::OnDemand).memory_reservation(1 << 26);
            let module = match what {
                "overlay" => sandbox::overlaid()?,
                "overlay's base" => sandbox::wasm("dentally")?,
                _ => sandbox::wasm("bench")?,
            };
            let bare = Bare::of(&module, &config, true)?;
            for batch in sandbox::batches(&lines)?.iter().take(records / BATCH) {
                std::hint::black_box(bare.fresh(batch));
            }
        }
        _ => bail!("`{what}` is not counted"),
    }
    Ok(())
}
