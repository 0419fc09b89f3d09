//! `cargo xtask bench`: builds what is measured, the way users build it, and runs it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::guests;
use crate::run::{cargo, root, run, say, succeeds, target};
use odograft_toolchain::{TARGET, Toolchain};

/// Rust programs of the rivals' workspace; one by one, so that none gets another's features.
const RIVALS: [&str; 4] = ["rival-plain", "rival-extism", "rival-vrl", "rival-jaq"];

/// All benchmarks, or those named; `rivals` builds the rivals first.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    let guests = guests::build()?;
    say("building the benchmarks for release (the first time takes some ten minutes)");
    run(cargo().args(["build", "--quiet", "--release", "--package", "odograft-benches"]))?;
    let results = target().join("bench");
    std::fs::create_dir_all(&results)?;
    let mut command = Command::new(target().join("release/odograft-benches"));
    if args.iter().any(|arg| arg == "rivals") {
        command.env("ODOGRAFT_RIVALS", rivals()?);
    }
    run(command
        .current_dir(root())
        .env("ODOGRAFT_GUESTS", guests)
        .args(args)
        .arg("--json")
        .arg(results.join("figures.json")))
}

/// Builds the rivals; returns the folder of their programs.
fn rivals() -> Result<PathBuf> {
    let (folder, target) = (root().join("tests/benches/rivals"), target().join("rivals"));
    say("building the rivals (the first time takes half an hour)");
    for package in RIVALS {
        let mut command = cargo();
        command.current_dir(&folder).env("CARGO_TARGET_DIR", &target);
        run(command.args(["build", "--quiet", "--locked", "--release", "--package", package]))?;
    }
    let toolchain = guests::toolchain()?;
    let mut command = toolchain.cargo(&folder);
    command.args(["build", "--quiet", "--locked", "--profile", "guest"]);
    command.args(["--target", TARGET, "--target-dir"]).arg(&target).args(["--package", "rival-extism-plugin"]);
    if matches!(toolchain, Toolchain::Debian) {
        command.arg("-Zbuild-std=std,panic_abort");
    }
    run(&mut command)?;
    for tool in ["python3", "node"] {
        if !succeeds(Command::new(tool).arg("--version")) {
            say(&format!("`{tool}` is not installed: its rival will not run"));
        }
    }
    Ok(target.join("release"))
}
