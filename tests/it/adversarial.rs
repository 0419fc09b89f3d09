//! Modules that misbehave: each gets its own clear error, and costs its guilty record only.

use std::time::{Duration, Instant};

use odograft_engine::{
    Answer, Dentally, DescribeError, Engine, EngineOptions, Fault, FaultKind, Limits, LoadError, Module, Perio,
    outcome_json,
};

use odograft_records::bindings::transform::manifest::Manifest;

use crate::guests::{self, BOOM};

/// Records of a batch, and where the guilty one stands.
const BATCH: usize = 500;
const GUILTY: usize = 321;

/// Both modules have loaded: what follows is the sandboxes' time and memory, not the compiler's.
struct Pair {
    module: Module<Dentally>,
    manifest: Manifest,
    honest: Module<Dentally>,
}

impl Pair {
    fn load(engine: &Engine, name: &str, limits: Limits) -> Self {
        let (module, described) = guests::described(engine, name, limits);
        let honest = guests::load(engine, "honest", Limits::default()).expect("an honest module loads");
        Self { module, manifest: described.manifest, honest }
    }

    /// The fault of the guilty record, and the calls that it took to find it; all other records must
    /// have the answers that an honest module gives.
    fn run(&self) -> (Fault, u32) {
        let (texts, batch) = guests::patients(BATCH, Some(GUILTY));
        let report = self.module.transform(&guests::context(), &self.manifest, &texts, &batch);
        assert_eq!(report.answers.len(), BATCH);
        assert_eq!(guests::failures(&report.answers), [GUILTY], "the guilty record alone has failed");

        let expected = self.honest.transform(&guests::context(), &self.manifest, &texts, &batch);
        assert_eq!((expected.calls, expected.answers.len()), (1, BATCH));
        for (index, answer) in report.answers.iter().enumerate().filter(|(index, _)| *index != GUILTY) {
            assert_eq!(answer, &expected.answers[index], "record {index}");
        }
        let Answer::Failed(fault) = &report.answers[GUILTY] else { panic!("it has failed") };
        assert!(!fault.message.contains(BOOM), "a message never repeats a value");
        (fault.clone(), report.calls)
    }
}

fn check(name: &str, kind: FaultKind) -> String {
    let (fault, _) = Pair::load(&guests::engine(), name, Limits::default()).run();
    assert_eq!(fault.kind, kind);
    fault.to_string()
}

#[test]
fn an_endless_loop_runs_out_of_fuel() {
    insta::assert_snapshot!(check("endless-loop", FaultKind::OutOfFuel), @"the module used up its fuel of 72000000 units; hint: look for a loop that does not end, or raise `fuel_base`, `fuel_per_record` or `fuel_per_kib`");
}

#[test]
fn an_endless_loop_runs_out_of_time_where_fuel_is_plenty() {
    let limits = Limits { fuel_base: u64::MAX, wall_clock: Duration::from_millis(100), ..Limits::default() };
    let (fault, _) = Pair::load(&guests::engine(), "endless-loop", limits).run();
    assert_eq!(fault.kind, FaultKind::OutOfTime);
    insta::assert_snapshot!(fault, @"the module ran longer than 100ms; hint: look for a loop that does not end, or raise `wall_clock`");
}

#[test]
fn a_hunger_for_memory_is_refused() {
    insta::assert_snapshot!(check("allocates-without-end", FaultKind::OutOfMemory), @"the module asked for more than its 64 MiB of memory; hint: look for a list that grows without end, or raise `memory_bytes`");
}

#[test]
fn a_panic_is_told() {
    insta::assert_snapshot!(check("panics-on-one", FaultKind::Panicked), @"the module panicked; hint: run the record through the module's native tests to read the panic's message");
}

#[test]
fn a_missing_answer_is_counted() {
    let kind = FaultKind::WrongCount { expected: 1, got: 0 };
    insta::assert_snapshot!(check("too-few-answers", kind), @"the module returned 0 answers for 1 record; hint: `transform` returns one answer for each record, in order");
}

#[test]
fn a_deep_recursion_meets_the_stack() {
    insta::assert_snapshot!(check("recurses-without-end", FaultKind::StackOverflow), @"the module's calls nest deeper than its stack of 1 MiB; hint: look for a recursion that does not end");
}

#[test]
fn an_answer_that_floods_the_host_is_cut_off() {
    insta::assert_snapshot!(check("returns-too-much", FaultKind::TooMuchReturned), @"the module returned more than 16 MiB in one answer; hint: return fewer cells or shorter text, or raise `returned_bytes`");
}

#[test]
fn an_undeclared_field_cannot_be_written() {
    insta::assert_snapshot!(check("undeclared-field", FaultKind::UndeclaredField), @"the module wrote to field 99 of `res.partner`, its manifest declares 3 fields there; hint: declare the field in `describe`, under the same settings");
}

#[test]
fn broken_text_is_refused() {
    insta::assert_snapshot!(check("invalid-utf8", FaultKind::BadText), @"the module returned text that is not valid UTF-8; hint: return strings as the language makes them, never raw bytes");
}

#[test]
fn a_module_that_never_describes_itself_is_stopped() {
    let module = guests::load(&guests::engine(), "spins-in-describe", Limits::default()).expect("it loads");
    let error = module.describe(&[]).expect_err("it spins");
    assert!(matches!(&error, DescribeError::Fault(fault) if fault.kind == FaultKind::OutOfFuel));
    insta::assert_snapshot!(error, @"the module cannot be described: the module used up its fuel of 20000000 units; hint: look for a loop that does not end, or raise `fuel_base`, `fuel_per_record` or `fuel_per_kib`");
}

#[test]
fn an_import_is_refused_by_its_name() {
    let error = guests::load(&guests::engine(), "imports-a-function", Limits::default()).expect_err("it imports");
    assert!(matches!(&error, LoadError::Imports { names } if names == &["host:shell/run.run"]));
    insta::assert_snapshot!(error, @"the module imports `host:shell/run.run`, which the host does not offer; hint: a module computes from its records and its context alone");
    let error = guests::load(&guests::engine(), "rolls-dice", Limits::default()).expect_err("it imports");
    insta::assert_snapshot!(error, @r#"the module imports `wasi:random/random.get-random-bytes` and 2 more, which the host does not offer; hint: build for `wasm32-unknown-unknown`; where the tool chain cannot do without WASI, `wasi = "inert"` in the module's `[[module]]` table grants one that answers and gives nothing"#);
}

#[test]
fn another_version_of_the_contract_is_named() {
    let error =
        guests::load(&guests::engine(), "speaks-another-version", Limits::default()).expect_err("another version");
    insta::assert_snapshot!(error, @"the module exports `odograft:dentally/mapping@0.2.0`, but `odograft:dentally/mapping@0.1.0` is needed; hint: it speaks version 0.2.0 of the contract and this host 0.1.0: build it against the WIT packages of this host");
}

#[test]
fn another_type_in_the_contract_is_named() {
    let error = guests::load(&guests::engine(), "changes-a-type", Limits::default()).expect_err("another type");
    insta::assert_snapshot!(error, @"the module's `describe` is not the one of `odograft:dentally/mapping@0.1.0`: `mapping.describe` takes `settings`, and the module's does not; hint: build the module against the WIT packages of this host");
}

#[test]
fn another_source_s_module_is_named() {
    let bytes = guests::bytes("honest");
    let error =
        Module::<Perio>::load(&guests::engine(), "honest", &bytes, Limits::default()).expect_err("another source");
    insta::assert_snapshot!(error, @"the module exports `odograft:dentally/mapping@0.1.0`, but `odograft:perio/flattening@0.1.0` is needed; hint: this is a module for `odograft:dentally/mapping`: name it under that source");
}

#[test]
fn what_is_no_component_is_told_apart() {
    let engine = guests::engine();
    let refusal = |bytes: &[u8], limits| {
        Module::<Perio>::load(&engine, "x", bytes, limits).expect_err("it is no component").to_string()
    };
    insta::assert_snapshot!(refusal(b"#!/bin/sh", Limits::default()), @"the file is no WebAssembly component; hint: name the `.wasm` file that `cargo xtask guests` writes");
    insta::assert_snapshot!(refusal(b"\0asm\x01\0\0\0", Limits::default()), @"the file is a core WebAssembly module, not a component; hint: encode it with `cargo xtask guests` or `wasm-tools component new`");
    insta::assert_snapshot!(refusal(b"\0asm\x0d\0\x01\0\xff\xff", Limits::default()), @"the module does not compile: failed to parse WebAssembly module: malformed section id (at offset 0x8); hint: build it again with the tool chain that `cargo xtask guests` sets up");
    let small = Limits { module_bytes: 4, ..Limits::default() };
    insta::assert_snapshot!(refusal(b"\0asm\x0d\0\x01\0", small), @"the module has 8 bytes, more than the 4 bytes allowed; hint: build it with `--profile guest`, which strips it, or raise `module_bytes`");
}

#[test]
fn a_module_that_starts_too_large_is_refused() {
    let limits = Limits { memory_bytes: 65_536, ..Limits::default() };
    let error = guests::load(&guests::engine(), "honest", limits).expect_err("its stack alone is larger");
    // How large depends on the tool chain that built it.
    assert!(matches!(error, LoadError::InitialMemory { initial, limit: 65_536 } if initial > 65_536), "{error}");
}

#[test]
fn an_honest_module_s_answers_read_well() {
    let (module, described) = guests::described(&guests::engine(), "honest", Limits::default());
    let (texts, batch) = guests::patients(2, None);
    let report = module.transform(&guests::context(), &described.manifest, &texts, &batch);
    let answers: Vec<_> =
        report.answers.iter().map(|answer| outcome_json(&described.manifest, &texts, answer)).collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&answers).expect("it is JSON"), @r#"
    [
      {
        "upserts": [
          {
            "model": "res.partner",
            "key": "patient/0",
            "fields": {
              "name": "Ó BRAONÁIN-0",
              "team_id": {
                "source": "site/north"
              }
            }
          }
        ],
        "findings": [
          {
            "severity": "info",
            "code": "no-birthday",
            "field": "patient.date_of_birth",
            "message": "the birthday is missing"
          }
        ],
        "handovers": []
      },
      {
        "upserts": [
          {
            "model": "res.partner",
            "key": "patient/1",
            "fields": {
              "name": "Ó BRAONÁIN-1",
              "x_birthday": "1901-02-28",
              "team_id": {
                "source": "site/south"
              }
            }
          }
        ],
        "findings": [],
        "handovers": []
      }
    ]
    "#);
}

/// Kibibytes of a line of `/proc/self/status`.
fn kibibytes(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let found = status.lines().find_map(|text| text.strip_prefix(line)?.strip_suffix("kB"));
    found.and_then(|number| number.trim().parse().ok()).expect("a number of kB")
}

/// In a process of its own, so that its memory is nobody else's.
#[test]
fn memory_stays_bounded_whatever_a_module_does() {
    const CHILD: &str = "ODOGRAFT_TEST_ADVERSARIAL_CHILD";
    if std::env::var_os(CHILD).is_none() {
        let mut command = guests::again("adversarial::memory_stays_bounded_whatever_a_module_does");
        let output = command.env(CHILD, "1").output().expect("the test runs again");
        print!("{}", String::from_utf8_lossy(&output.stdout));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    let engine = guests::engine();
    let pairs = [
        "endless-loop",
        "allocates-without-end",
        "panics-on-one",
        "too-few-answers",
        "recurses-without-end",
        "returns-too-much",
        "undeclared-field",
        "invalid-utf8",
    ]
    .map(|name| Pair::load(&engine, name, Limits::default()));
    let before = kibibytes("VmHWM:");
    println!("{:<22} {:>5} {:>9} {:>8} {:>9}  fault", "behaviour", "calls", "fuel", "time", "peak RSS");
    for pair in &pairs {
        let start = Instant::now();
        let (fault, calls) = pair.run();
        let (time, grown) = (start.elapsed().as_millis(), (kibibytes("VmHWM:") - before) / 1024);
        let (name, kind, fuel) = (pair.module.name(), fault.kind.code(), fault.fuel);
        println!("{name:<22} {calls:>5} {fuel:>9} {time:>5} ms {grown:>+5} MiB  {kind}");
    }
    let grown = (kibibytes("VmHWM:") - before) / 1024;
    assert!(grown < 256, "the process grew by {grown} MiB");
}

#[test]
fn a_second_load_compiles_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = EngineOptions { cache: Some(folder.path().join("modules")) };
    let bytes = guests::bytes("dentally");
    let mut digests = Vec::new();
    for load in ["first", "second"] {
        // A new engine each time, as in a second run of the command.
        let engine = Engine::new(&options).expect("the sandbox runtime starts");
        let start = Instant::now();
        let module = Module::<Dentally>::load(&engine, "dentally", &bytes, Limits::default()).expect("it loads");
        println!(
            "{load} load of dentally.wasm ({} kB): {:.1} ms",
            bytes.len() / 1000,
            start.elapsed().as_secs_f64() * 1000.0
        );
        digests.push((module.digest().to_owned(), files_below(folder.path())));
    }
    assert_eq!(digests[0].0, digests[1].0);
    // Beside an artefact stand its statistics, and hidden files of the cache's housekeeping.
    let artefacts = |files: &[String]| files.iter().filter(|name| !name.contains('.')).count();
    assert_eq!(artefacts(&digests[0].1), 1, "the first load keeps one artefact: {:?}", digests[0].1);
    assert_eq!(artefacts(&digests[1].1), 1, "the second load finds it: {:?}", digests[1].1);
}

fn files_below(folder: &std::path::Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
    }
    files
}
