//! A module's file before anyone relies on it.

use super::{module, with_module};

fn check(name: &str) -> (i32, String) {
    let (folder, _) = with_module(name);
    let ended = module(folder.path(), &["check", &format!("{name}.wasm")]);
    assert_eq!(ended.errors, "");
    // The first line has size and digest, which every change of the SDK changes.
    (ended.code, ended.out.lines().skip(1).map(|line| format!("{line}\n")).collect())
}

#[test]
fn the_modules_that_ship_are_sound() {
    assert_eq!(check("dentally").0, 0);
    let (code, out) = check("perio-chart");
    assert_eq!(code, 0);
    insta::assert_snapshot!(out, @"");
}

#[test]
fn a_refused_import_says_what_would_grant_it() {
    let (code, out) = check("imports-a-function");
    assert_eq!(code, 1);
    insta::assert_snapshot!(out, @"");
}

#[test]
fn another_contract_is_named() {
    let (code, out) = check("speaks-another-version");
    assert_eq!(code, 1);
    assert!(
        out.contains("error [wrong-contract] the file: the module exports `odograft:dentally/mapping@0.2.0`"),
        "{out}"
    );
    assert_eq!(check("changes-a-type").0, 1);
}

#[test]
fn a_manifest_is_read_closely_and_the_module_tried() {
    let (code, out) = check("honest");
    assert_eq!(code, 1);
    insta::assert_snapshot!(out, @"");
}

#[test]
fn what_is_no_file_is_no_verdict() {
    let (folder, _) = with_module("honest");
    let ended = module(folder.path(), &["check", "nothing.wasm"]);
    assert_eq!((ended.code, ended.out.as_str()), (4, ""));
    assert!(ended.errors.contains("`nothing.wasm` cannot be read"), "{}", ended.errors);
}
