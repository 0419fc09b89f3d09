//! Must show 4: fuzz finds a planted panic and writes the smallest case; the shipped modules survive.

use std::path::Path;

use serde_json::Value;

use super::{module, with_module};

/// The only failure that a module shows.
fn only_failure(folder: &Path, name: &str) -> Value {
    let ended = module(folder, &["fuzz", name, "--records", "20000", "--time", "30", "--json"]);
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.errors);
    let found = ended.json();
    assert_eq!(found["failures"].as_array().map(Vec::len), Some(1), "{found}");
    found["failures"][0].clone()
}

#[test]
fn a_planted_panic_is_found_and_shrunk_to_its_letter() {
    let (folder, _) = with_module("panics-on-letters");
    let failure = only_failure(folder.path(), "panics-on-letters.wasm");
    assert_eq!((&failure["failure"]["code"], &failure["failure"]["object"]), (&"panicked".into(), &"patient".into()));
    let case = folder.path().join(failure["case"].as_str().expect("a folder")).join("input.json");
    let input: Value = serde_json::from_str(&std::fs::read_to_string(case).expect("written")).expect("JSON");
    let row = input["records"][0]["row"].as_object().expect("a row");
    assert_eq!(row.keys().collect::<Vec<_>>(), ["id", "last_name"], "nothing else is needed");
    assert_eq!(row["last_name"].as_str().map(|name| name.chars().count()), Some(1), "{row:?}");
    // The command that it names shows the failure again, and a test of the folder keeps failing.
    let command = failure["reproduce"].as_str().expect("a command");
    let words: Vec<&str> = command.strip_prefix("odograft module ").expect("ours").split(' ').collect();
    let again = module(folder.path(), &words);
    assert_eq!(again.code, 3, "{command}");
    assert_eq!(again.json()["answers"][0]["failed"]["kind"], "panicked");
    assert_eq!(module(folder.path(), &["test"]).code, 1);
    let blessed = module(folder.path(), &["test", "--bless"]);
    assert_eq!(blessed.code, 4, "a failure is never blessed");
    assert!(blessed.errors.contains("a failure is never what is expected"), "{}", blessed.errors);
}

#[test]
fn a_value_in_a_finding_is_found() {
    let (folder, _) = with_module("tells-a-value");
    let failure = only_failure(folder.path(), "tells-a-value.wasm");
    assert_eq!(failure["failure"]["code"], "value-in-message");
    assert_eq!(
        failure["failure"]["message"],
        "what `far-away` says holds the value of `patient.town`; hint: name the field, never its value"
    );
}

#[test]
fn the_same_seed_gives_the_same_verdict() {
    let (folder, _) = with_module("panics-on-letters");
    let run = |seed: &str| {
        module(folder.path(), &["fuzz", "panics-on-letters.wasm", "--records", "2048", "--seed", seed, "--json"]).out
    };
    assert_eq!(run("7"), run("7"));
    assert_ne!(run("7"), run("8"));
}

/// A hundredth of what `odograft module fuzz` sends by itself; the whole takes a release build a minute.
#[test]
fn the_modules_that_ship_survive() {
    for (name, records) in [("dentally", "4096"), ("perio-chart", "1024")] {
        let (folder, _) = with_module(name);
        let ended = module(folder.path(), &["fuzz", &format!("{name}.wasm"), "--records", records]);
        assert_eq!(ended.code, 0, "{}", ended.out);
    }
}
