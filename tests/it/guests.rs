//! The modules under test, and batches for them.

use std::path::PathBuf;
use std::process::Command;

use odograft_engine::{Answer, Dentally, Described, Engine, EngineOptions, Limits, LoadError, Module};
use odograft_records::Texts;
use odograft_records::bindings::dentally::records::Entity;
use odograft_records::bindings::transform::manifest::Context;

/// The identifier that the misbehaving modules wait for.
pub(crate) const BOOM: &str = "boom";

/// Where built modules lie.
pub(crate) fn folder() -> PathBuf {
    std::env::var_os("ODOGRAFT_GUESTS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/guests")), PathBuf::from)
}

/// A built module's file.
pub(crate) fn file(name: &str) -> PathBuf {
    folder().join(format!("{name}.wasm"))
}

/// A built module's bytes. A missing file fails the test: skipping would hide that nothing ran.
pub(crate) fn bytes(name: &str) -> Vec<u8> {
    let file = file(name);
    std::fs::read(&file)
        .unwrap_or_else(|error| panic!("cannot read `{}`: {error}; hint: run `cargo xtask guests`", file.display()))
}

pub(crate) fn engine() -> Engine {
    Engine::new(&EngineOptions::default()).expect("the sandbox runtime starts")
}

pub(crate) fn load(engine: &Engine, name: &str, limits: Limits) -> Result<Module<Dentally>, LoadError> {
    Module::load(engine, name, &bytes(name), limits)
}

/// A module that loads and describes itself.
pub(crate) fn described(engine: &Engine, name: &str, limits: Limits) -> (Module<Dentally>, Described) {
    let module = load(engine, name, limits).expect("the module is sound");
    let described = module.describe(&[]).expect("the module describes itself");
    (module, described)
}

/// So many synthetic patients with their texts; the one at `boom` is the record to misbehave on.
pub(crate) fn patients(count: usize, boom: Option<usize>) -> (Texts, Vec<Entity>) {
    let mut texts = Texts::new();
    let records = (0..count)
        .map(|index| {
            let id = if boom == Some(index) { BOOM.to_owned() } else { index.to_string() };
            let born = (!index.is_multiple_of(7)).then(|| format!("19{:02}-{:02}-28", index % 100, index % 12 + 1));
            let patient = serde_json::json!({
                "id": id,
                "last_name": format!("Ó Braonáin-{index}"),
                "email_address": format!("patient{index}@example.invalid"),
                "date_of_birth": born,
                "site_id": if index.is_multiple_of(2) { "north" } else { "south" },
            });
            odograft_records::dentally::decode("patient", &id, &patient.to_string(), &mut texts)
                .expect("a synthetic patient")
                .record
        })
        .collect();
    (texts, records)
}

pub(crate) fn context() -> Context {
    // 2024-02-29, a day that only exists in a leap year.
    Context { as_of_seconds: 1_709_195_400, settings: Vec::new() }
}

pub(crate) fn failures(answers: &[Answer]) -> Vec<usize> {
    let failed = answers.iter().enumerate().filter(|(_, answer)| matches!(answer, Answer::Failed(_)));
    failed.map(|(index, _)| index).collect()
}

/// This test binary again, in a process of its own, running one test only. It is named by the
/// process, not by its path: a build that runs meanwhile may replace the file.
pub(crate) fn again(test: &str) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.args(["--exact", test, "--nocapture"]);
    command
}
