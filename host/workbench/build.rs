//! Puts the SDK's sources and the WIT packages into the program, so that a module's project can be made anywhere.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    let mut files = Vec::new();
    add(&root.join("guests/sdk/src"), "vendor/odograft-sdk/src", &mut files);
    add(&root.join("wit"), "wit", &mut files);
    files.sort();
    let mut out = String::from("/// Path in a project, and text.\npub(super) static FILES: &[(&str, &str)] = &[\n");
    for (path, file) in &files {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "    ({path:?}, include_str!({:?})),", file.display().to_string());
    }
    out.push_str("];\n");
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(folder.join("embedded.rs"), out).expect("cargo's folder takes a file");
}

/// Every file at or below a folder, under its place in a project.
fn add(folder: &Path, place: &str, files: &mut Vec<(String, PathBuf)>) {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder).expect("a folder of the workspace") {
        let path = entry.expect("a file of the workspace").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("names are text").to_owned();
        let place = format!("{place}/{name}");
        if path.is_dir() {
            add(&path, &place, files);
        } else {
            files.push((place, fs::canonicalize(&path).expect("it was just listed")));
        }
    }
}
