//! The workbench through the command line: what a module's author types, and what it answers.

mod check;
mod fuzz;
mod lineage;
mod project;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::clinic::odograft;
use crate::guests;

/// What `odograft module …` ended with.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) errors: String,
}

impl Ended {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.errors))
    }
}

/// Runs `odograft module ARGS` in a folder. Modules are compiled where `cargo xtask guests` compiles, so that the standard
/// library and the SDK's dependencies are there already.
pub(crate) fn module(folder: &Path, args: &[&str]) -> Ended {
    let compiled = guests::folder().parent().expect("a folder of the target's").join("guest-build");
    let output = Command::new(odograft())
        .current_dir(folder)
        .arg("module")
        .args(args)
        .env("CARGO_TARGET_DIR", compiled)
        .output()
        .expect("the command starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ended { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), errors: text(&output.stderr) }
}

/// A folder with a module that `cargo xtask guests` built.
pub(crate) fn with_module(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join(format!("{name}.wasm"));
    std::fs::write(&file, guests::bytes(name)).expect("a module is copied");
    (folder, file)
}

/// Writes a corpus of Dentally rows.
pub(crate) fn corpus(folder: &Path, object: &str, rows: &[&str]) {
    let records: Vec<_> = rows.iter().map(|row| format!(r#"{{"object": "{object}", "row": {row}}}"#)).collect();
    std::fs::write(folder.join("corpus.json"), format!("[{}]", records.join(","))).expect("the corpus is written");
}
