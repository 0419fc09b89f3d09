//! An overlay composed with its base, against the base alone.

use anyhow::{Result, ensure};
use odograft_engine::{Dentally, Engine, EngineOptions, Limits, Module, compose};

use crate::figure::{Figure, Reach};
use crate::input;
use crate::measure::{Side, compare};
use crate::sandbox::{self, BATCH};

pub(crate) fn figures() -> Result<Vec<Figure>> {
    let engine = Engine::new(&EngineOptions::default())?;
    let lines = input::patients(16 * BATCH);
    let batches = sandbox::batches(&lines)?;
    let name = std::env::var("OV_BASE").unwrap_or("bench".into());
    let base_bytes = sandbox::wasm(&name)?;
    let base: Module<Dentally> = Module::load(&engine, "base", &base_bytes, Limits::default())?;
    let bm = base.describe(&[])?.manifest;
    let mut figures = vec![];
    for over in std::env::var("OV").unwrap().split(',') {
        let composed = compose(&base_bytes, &sandbox::wasm(over)?)?;
        let composed: Module<Dentally> = Module::load(&engine, "composed", &composed, Limits::default())?;
        let cm = composed.describe(&[])?.manifest;
        let run = |module: &Module<Dentally>, manifest| {
            batches.iter().map(|(texts, records)| module.transform(&sandbox::context(), manifest, texts, records).answers.len()).sum::<usize>()
        };
        let (t, r) = &batches[0];
        let (a, b) = (base.transform(&sandbox::context(), &bm, t, r), composed.transform(&sandbox::context(), &cm, t, r));
        eprintln!("{over}: fuel a record {} {}", a.fuel / 256, b.fuel / 256);
        ensure!(b.calls == 1, "{:?}", b.answers[0]);
        let compared = compare(lines.len(), Side::new("base", || run(&base, &bm)), Side::new("composed", || run(&composed, &cm)));
        figures.push(Figure::ratio("overlay", over, &compared, Reach::AtMost(1.5)));
    }
    Ok(figures)
}
