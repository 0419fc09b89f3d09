//! The same module, batch and context give the same bytes and the same fuel in every process.

use std::fmt::Write as _;
use std::path::Path;

use odograft_engine::{Engine, EngineOptions, Limits, outcome_json};

use crate::guests;

/// Names the file that a child process writes its answers to.
const OUT: &str = "ODOGRAFT_TEST_DETERMINISM_OUT";
/// Names the folder of compiled artefacts that the process uses, if any.
const CACHE: &str = "ODOGRAFT_TEST_DETERMINISM_CACHE";

/// Every answer as a line of JSON, after the fuel and the calls of its batch: one good batch, and
/// batches that are halved.
fn transcript(cache: Option<&Path>) -> String {
    let engine = Engine::new(&EngineOptions { cache: cache.map(Path::to_owned) }).expect("the sandbox runtime starts");
    let mut text = String::new();
    for (name, boom) in [
        ("honest", None),
        ("panics-on-one", Some(321)),
        ("allocates-without-end", Some(0)),
        ("recurses-without-end", Some(7)),
        ("undeclared-field", Some(42)),
    ] {
        let (module, described) = guests::described(&engine, name, Limits::default());
        let (texts, batch) = guests::patients(500, boom);
        let report = module.transform(&guests::context(), &described.manifest, &texts, &batch);
        writeln!(text, "{name} {} fuel {}+{}, calls {}", module.digest(), described.fuel, report.fuel, report.calls)
            .expect("a string takes it");
        for answer in &report.answers {
            text += &serde_json::to_string(&outcome_json(&described.manifest, &texts, answer)).expect("it is JSON");
            text.push('\n');
        }
    }
    text
}

#[test]
fn two_processes_give_the_same_bytes_and_the_same_fuel() {
    let cache = std::env::var_os(CACHE);
    if let Some(out) = std::env::var_os(OUT) {
        std::fs::write(out, transcript(cache.as_deref().map(Path::new))).expect("the parent made the folder");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let here = transcript(None);
    // One child compiles, one fills a cache, one reads from it.
    for (child, cached) in [("compiles", false), ("fills", true), ("reads", true)] {
        let out = folder.path().join(child);
        let mut command = guests::again("determinism::two_processes_give_the_same_bytes_and_the_same_fuel");
        command.env(OUT, &out);
        if cached {
            command.env(CACHE, folder.path().join("cache"));
        }
        let output = command.output().expect("the test runs again");
        assert!(output.status.success(), "the child that {child} failed: {}", String::from_utf8_lossy(&output.stderr));
        let there = std::fs::read_to_string(&out).expect("the child wrote its answers");
        assert_eq!(there.len(), here.len(), "the process that {child} wrote another number of bytes");
        let mut lines = there.lines();
        let difference = here.lines().position(|line| lines.next() != Some(line));
        assert_eq!(difference, None, "the line in which the process that {child} differs");
        assert!(here == there);
    }
    let batches: Vec<&str> = here.lines().filter(|line| line.contains(" fuel ")).collect();
    println!("{} bytes of answers, equal in 4 processes:\n{}", here.len(), batches.join("\n"));
    assert_eq!(batches.len(), 5);
    assert_eq!(here.lines().count(), 5 * 501);
}
