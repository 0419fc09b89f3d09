//! An overlay of three rules composed with its base, against the base alone.

use anyhow::{Result, ensure};
use odograft_engine::{Answer, Dentally, Engine, EngineOptions, Limits, Module};
use odograft_records::bindings::transform::manifest::Manifest;

use crate::figure::{Figure, Reach};
use crate::input;
use crate::measure::{Side, compare};
use crate::sandbox::{self, BATCH};

pub(crate) fn figures() -> Result<Vec<Figure>> {
    let engine = Engine::new(&EngineOptions::default())?;
    let lines = input::patients(16 * BATCH);
    let batches = sandbox::batches(&lines)?;
    let load = |name, bytes: &[u8]| -> Result<(Module<Dentally>, Manifest)> {
        let module = Module::load(&engine, name, bytes, Limits::default())?;
        let manifest = module.describe(&[])?.manifest;
        Ok((module, manifest))
    };
    let base = sandbox::wasm("dentally")?;
    let both = sandbox::overlaid()?;
    let (base, both) = (load("dentally", &base)?, load("smile-clinic", &both)?);
    let answers = |(module, manifest): &(Module<Dentally>, Manifest)| -> Vec<Vec<Answer>> {
        let call =
            |(texts, records): &(_, Vec<_>)| module.transform(&sandbox::context(), manifest, texts, records).answers;
        batches.iter().map(call).collect()
    };
    let mapped = |answers: Vec<Vec<Answer>>| {
        answers.iter().flatten().map(|answer| matches!(answer, Answer::Outcome(_))).collect::<Vec<_>>()
    };
    ensure!(
        mapped(answers(&base)) == mapped(answers(&both)),
        "the overlay does not map the records that its base maps"
    );
    let compared = compare(
        lines.len(),
        Side::new("base alone", || answers(&base).len()),
        Side::new("overlay on base", || answers(&both).len()),
    );
    let question = "an overlay of three rules composed with its base";
    Ok(vec![Figure::ratio("overlay", question, &compared, Reach::AtMost(1.5))])
}
