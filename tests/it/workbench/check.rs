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
    insta::assert_snapshot!(out, @r"
    perio-chart 0.1.0 maps perio: 19 fields of 2 targets; imports nothing
    0 errors, 0 warnings
    ");
}

#[test]
fn a_refused_import_says_what_would_grant_it() {
    let (code, out) = check("imports-a-function");
    assert_eq!(code, 1);
    insta::assert_snapshot!(out, @r"
    imports host:shell/run.run; nothing grants it
    error [imports] the file: the module imports `host:shell/run.run`, which the host does not offer; hint: a module computes from its records and its context alone
    1 errors, 0 warnings
    ");
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
    insta::assert_snapshot!(out, @r"
    honest 0.1.0 maps dentally: 3 fields of 1 targets; imports nothing
    error [no-rule] patient → res.partner.name: its rule is empty; say in a few words how it is made, `as entered` where it is carried
    error [not-custom] patient → res.partner.x_birthday: a name with `x_` is a custom field's, and without a label the schema plan does not create it
    error [no-rule] patient → res.partner.x_birthday: its rule is empty; say in a few words how it is made, `as entered` where it is carried
    error [no-rule] patient → res.partner.team_id: its rule is empty; say in a few words how it is made, `as entered` where it is carried
    4 errors, 0 warnings
    ");
}

#[test]
fn what_is_no_file_is_no_verdict() {
    let (folder, _) = with_module("honest");
    let ended = module(folder.path(), &["check", "nothing.wasm"]);
    assert_eq!((ended.code, ended.out.as_str()), (4, ""));
    assert!(ended.errors.contains("`nothing.wasm` cannot be read"), "{}", ended.errors);
}
