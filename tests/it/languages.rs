//! The example modules in Python and JavaScript: one client rule, two tool chains that need WASI, an inert one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use odograft_engine::{Answer, Dentally, Engine, EngineOptions, Limits, Module, Wasi};
use odograft_records::bindings::transform::manifest::{Context, Setting};
use serde_json::Value;

use crate::clinic::odograft;
use crate::guests;

const LANGUAGES: [&str; 2] = ["python", "javascript"];

fn project(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../guests/examples").join(language)
}

/// `odograft module ARGS` with the grants that `guests/README.md` names.
fn module(arguments: &[&str], paths: &[&Path]) -> Output {
    let grants = ["--wasi", "inert", "--limit", "module_mib=24", "--limit", "wall_clock_seconds=60"];
    Command::new(odograft())
        .arg("module")
        .args(grants)
        .args(arguments)
        .args(paths)
        .output()
        .expect("the command starts")
}

fn told(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[test]
#[ignore = "needs `cargo xtask guests --languages`; `cargo xtask test` runs it where the tool chains can be had"]
fn cases_come_out_as_expected_in_both_languages() {
    for language in LANGUAGES {
        let file = guests::file(&format!("recall-{language}"));
        let text = told(&module(&["test", "--module"], &[&file, &project(language)]));
        println!("{language}: {text}");
        assert!(text.contains("3 cases, all as expected"), "{text}");
    }
}

#[test]
#[ignore = "needs `cargo xtask guests --languages`; `cargo xtask test` runs it where the tool chains can be had"]
fn without_the_grant_both_are_refused_with_the_line_that_grants_it() {
    for language in LANGUAGES {
        let file = guests::file(&format!("recall-{language}"));
        let output = Command::new(odograft())
            .args(["module", "run", "--limit", "module_mib=24"])
            .arg(file)
            .arg(project(language).join("fixtures/recall-dates/input.json"))
            .output()
            .expect("the command starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{errors}");
        assert!(errors.contains("`wasi = \"inert\"` in the module's `[[module]]` table"), "{errors}");
    }
}

#[test]
#[ignore = "needs `cargo xtask guests --languages`; `cargo xtask test` runs it where the tool chains can be had"]
fn the_same_call_gives_the_same_bytes_and_the_same_fuel() {
    for language in LANGUAGES {
        let file = guests::file(&format!("recall-{language}"));
        let input = project(language).join("fixtures/recall-dates/input.json");
        let run = || told(&module(&["run"], &[&file, &input]));
        assert!(run() == run(), "{language}: two processes differ");
    }
}

/// Needs no tool chain: both languages are held to the same cases.
#[test]
fn both_languages_have_the_same_cases() {
    let cases = |language: &str| -> BTreeMap<String, (Value, Value)> {
        let folder = project(language).join("fixtures");
        let entries = std::fs::read_dir(&folder).expect("the example has fixtures").flatten();
        let json = |path: PathBuf| -> Value {
            serde_json::from_str(&std::fs::read_to_string(path).expect("a case has both files")).expect("JSON")
        };
        let case = |entry: std::fs::DirEntry| {
            let expected = json(entry.path().join("expected.json"));
            let answers = expected["answers"].clone();
            (entry.file_name().to_string_lossy().into_owned(), (json(entry.path().join("input.json")), answers))
        };
        entries.map(case).collect()
    };
    let [python, javascript] = LANGUAGES.map(cases);
    assert_eq!(python.len(), 3);
    assert!(python == javascript, "the cases differ");
}

/// The figures of `guests/README.md`; printed, not judged: they depend on the machine.
#[test]
#[ignore = "needs `cargo xtask guests --languages`; `cargo xtask test` runs it where the tool chains can be had"]
fn what_a_cold_start_costs() {
    // Where the command keeps what it has compiled.
    let home = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"))).expect("a home");
    let kept = home.join("odograft/modules");
    let limits = || Limits { module_bytes: 24 << 20, wasi: Wasi::Inert, ..Limits::default() };
    println!("{:<18} {:>9} {:>11} {:>11} {:>11}", "module", "size", "from cache", "describe", "one record");
    for name in ["dentally", "recall-javascript", "recall-python"] {
        let bytes = guests::bytes(name);
        let load = || {
            // A new engine each time, as in another run of the command.
            let engine = Engine::new(&EngineOptions { cache: Some(kept.clone()) }).expect("the sandbox runtime starts");
            let start = Instant::now();
            let module = Module::<Dentally>::load(&engine, name, &bytes, limits()).expect("it loads");
            (module, start.elapsed())
        };
        // The first may have to compile.
        load();
        let (module, cached) = load();
        let start = Instant::now();
        let manifest = module.describe(&[]).expect("it describes itself").manifest;
        let described = start.elapsed();
        let (texts, batch) = guests::patients(1, None);
        let settings =
            manifest.settings.iter().map(|spec| Setting { name: spec.name.clone(), value: spec.default.clone() });
        let context = Context { settings: settings.collect(), ..guests::context() };
        let start = Instant::now();
        let report = module.transform(&context, &manifest, &texts, &batch);
        let answered = start.elapsed();
        assert!(matches!(report.answers.as_slice(), [Answer::Outcome(_)]), "{name}: {:?}", report.answers);
        println!("{name:<18} {:>6} kB {cached:>11.1?} {described:>11.1?} {answered:>11.1?}", bytes.len() / 1000);
    }
}
