//! `odograft.lock`: no module sees a record that the client has not accepted.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use odograft_engine::digest;

use crate::clinic::odograft;
use crate::guests;

/// A client's folder with one module; nothing in it is ever asked for a record.
fn client() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let init = Command::new(odograft()).arg("init").arg(folder.path()).output().expect("the command starts");
    assert!(init.status.success());
    module(folder.path(), "honest");
    folder
}

/// Puts another module where `odograft.toml` names `modules/dentally.wasm`.
fn module(folder: &Path, name: &str) {
    fs::write(folder.join("modules/dentally.wasm"), guests::bytes(name)).expect("the module is put there");
}

fn run(subcommand: &str, folder: &Path, more: &[&str]) -> Output {
    Command::new(odograft())
        .arg(subcommand)
        .args(more)
        .arg(folder)
        .env("ODOGRAFT_DENTALLY_KEY", "x")
        .env("ODOGRAFT_ODOO_KEY", "x")
        .output()
        .expect("the command starts")
}

/// One line of failure, with the folder and the digests that depend on the tool chain taken out.
fn refusal(folder: &Path) -> String {
    let output = run("run", folder, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!folder.join("ledger.db").exists(), "it stops before anything is opened");
    let mut text = String::from_utf8(output.stderr).expect("text").replace(&folder.display().to_string(), "CLIENT");
    for name in ["honest", "panics-on-one"] {
        text = text.replace(&digest(&guests::bytes(name)), &format!("<{name}>"));
    }
    text
}

#[test]
fn what_is_not_locked_is_refused_by_name_digest_and_command() {
    let folder = client();
    insta::assert_snapshot!(refusal(folder.path()), @r"
    error: `CLIENT/odograft.lock` is missing, so no module of this client is accepted
    hint: look at the modules that `odograft.toml` names, then accept them with `odograft lock CLIENT`
    ");

    assert!(run("lock", folder.path(), &[]).status.success());
    assert_eq!(run("lock", folder.path(), &["--check"]).status.code(), Some(0));
    module(folder.path(), "panics-on-one");
    insta::assert_snapshot!(refusal(folder.path()), @r"
    error: module `modules/dentally.wasm` is not the one that is locked: its SHA-256 is <panics-on-one>, and <honest> is locked
    hint: put the locked file back, or look at what changed and accept it with `odograft lock CLIENT`
    ");
    let check = run("lock", folder.path(), &["--check"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&check.stdout).contains("changed  modules/dentally.wasm"));

    let lock = folder.path().join("odograft.lock");
    let text = fs::read_to_string(&lock).expect("it was written");
    fs::write(&lock, text.split("[[module]]").next().expect("a part")).expect("written");
    insta::assert_snapshot!(refusal(folder.path()), @r"
    error: module `modules/dentally.wasm` is not locked; its SHA-256 is <panics-on-one>
    hint: look at what the module does, then accept it with `odograft lock CLIENT`
    ");
    fs::write(&lock, text.replace("relaxed_simd = false", "relaxed_simd = true")).expect("written");
    insta::assert_snapshot!(refusal(folder.path()), @r"
    error: the engine is not the one that is locked: `relaxed_simd` is false here and true in `odograft.lock`, so answers or fuel may differ
    hint: use the odograft that the lock was written with, or accept this one with `odograft lock CLIENT`
    ");
}

#[test]
fn the_lock_file_is_stable_and_says_what_changed() {
    let folder = client();
    let told = |output: Output| {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        text.replace(&digest(&guests::bytes("honest")), "<honest>")
            .replace(&digest(&guests::bytes("panics-on-one")), "<panics-on-one>")
            .replace(&folder.path().display().to_string(), "CLIENT")
    };
    insta::assert_snapshot!(told(run("lock", folder.path(), &[])), @r"
    new      modules/dentally.wasm  odograft:dentally/mapping@0.1.0
             sha256 <honest>
    wrote CLIENT/odograft.lock
    ");
    let first = fs::read_to_string(folder.path().join("odograft.lock")).expect("it was written");
    insta::assert_snapshot!(first.replace(&digest(&guests::bytes("honest")), "<honest>"), @r#"
    # What this client has accepted: `odograft run` refuses any other module, contract or engine.
    # Written by `odograft lock`, which says what changed; keep it in version control beside `odograft.toml`.
    form = 1

    [engine]
    wasmtime = "48.0.8"
    nan_canonicalization = true
    relaxed_simd = false
    fuel = true
    stack_bytes = 1048576

    [[module]]
    file = "modules/dentally.wasm"
    sha256 = "<honest>"
    contract = "odograft:dentally/mapping@0.1.0"
    "#);
    insta::assert_snapshot!(told(run("lock", folder.path(), &[])), @"unchanged CLIENT/odograft.lock");
    module(folder.path(), "panics-on-one");
    insta::assert_snapshot!(told(run("lock", folder.path(), &[])), @r"
    changed  modules/dentally.wasm  odograft:dentally/mapping@0.1.0
             sha256 <panics-on-one>
             was    <honest>
    wrote CLIENT/odograft.lock
    ");
}

#[test]
fn a_module_that_cannot_load_is_never_locked() {
    let folder = client();
    module(folder.path(), "imports-a-function");
    let output = run("lock", folder.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("host:shell/run.run"));
    assert!(!folder.path().join("odograft.lock").exists());
}
