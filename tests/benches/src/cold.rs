//! From nothing to the first record: a process of its own for each start.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use odograft_engine::{Dentally, Engine, EngineOptions, Limits, Module};

use crate::figure::{Figure, Reach};
use crate::input;
use crate::sandbox::{self, context};

const ROUNDS: usize = 11;

pub(crate) fn figures() -> Result<Vec<Figure>> {
    let folder = std::env::temp_dir().join(format!("odograft-bench-{}", std::process::id()));
    let cached = folder.join("cached");
    start(&cached)?;
    let with = (0..ROUNDS).map(|_| start(&cached)).collect::<Result<Vec<_>>>()?;
    let without = (0..ROUNDS).map(|round| start(&folder.join(round.to_string()))).collect::<Result<Vec<_>>>()?;
    std::fs::remove_dir_all(&folder)?;
    let size = format!("dentally.wasm, {} kB", sandbox::wasm("dentally")?.len() / 1000);
    Ok(vec![
        Figure::value("cold", "first record from a cached artefact", "ms", with).reach(Reach::AtMost(10.0)).note(&size),
        Figure::value("cold", "first record from an uncached module", "ms", without)
            .reach(Reach::AtMost(1000.0))
            .note(&size),
    ])
}

/// Milliseconds that one start took.
fn start(cache: &std::path::Path) -> Result<f64> {
    let output = Command::new(std::env::current_exe()?).args(["child", "cold", "dentally"]).arg(cache).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// Starts the runtime, loads the module and maps one record.
pub(crate) fn child(module: &str, cache: &str) -> Result<()> {
    let began = Instant::now();
    let engine = Engine::new(&EngineOptions { cache: Some(cache.into()) })?;
    let module: Module<Dentally> = Module::load(&engine, module, &sandbox::wasm(module)?, Limits::default())?;
    let manifest = module.describe(&[])?.manifest;
    let lines = input::patients(1);
    let (texts, records) = sandbox::batches(&lines)?.into_iter().next().context("one batch")?;
    let report = module.transform(&context(), &manifest, &texts, &records);
    let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
    ensure!(report.answers.len() == 1 && report.calls == 1, "the record was not mapped");
    println!("{milliseconds}");
    Ok(())
}
