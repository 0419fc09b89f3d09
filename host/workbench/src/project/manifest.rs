//! `Cargo.toml` files: the SDK's without its workspace, and the name of a project's package.

use std::fs;
use std::path::Path;

use super::{ProjectError, file};

const SDK: &str = include_str!("../../../../guests/sdk/Cargo.toml");
const WORKSPACE: &str = include_str!("../../../../Cargo.toml");

/// The SDK's manifest with what it takes from the workspace written out, and its dependencies pinned.
pub(super) fn of_sdk() -> String {
    let mut out = String::new();
    for line in SDK.lines() {
        match line.split_once(".workspace = true") {
            Some((name, "")) => {
                let line = written_out(name);
                out.push_str(&line);
            }
            _ if line == "[lints]" => out.push_str("[lints.rust]"),
            // `workspace = true` below `[lints]`.
            _ if line == "workspace = true" => out.push_str(section("[workspace.lints.rust]").trim_end()),
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// What the workspace says of a key of `[package]`, or of a dependency.
fn written_out(name: &str) -> String {
    for part in ["[workspace.package]", "[workspace.dependencies]"] {
        if let Some(line) = section(part).lines().find(|line| line.split([' ', '=']).next() == Some(name)) {
            return match part {
                "[workspace.dependencies]" => pinned(line),
                _ => line.to_owned(),
            };
        }
    }
    String::new()
}

/// A dependency with exactly the version that the workspace names.
fn pinned(line: &str) -> String {
    match line.split_once("version = \"") {
        Some((before, after)) => format!("{before}version = \"={}", after.trim_start_matches('=')),
        None => line.replacen(" = \"", " = \"=", 1).replace("\"==", "\"="),
    }
}

/// The lines below a heading.
fn section(heading: &str) -> &'static str {
    let below = WORKSPACE.split_once(&format!("{heading}\n")).map_or("", |(_, below)| below);
    below.split_once("\n[").map_or(below, |(section, _)| section)
}

/// The name in a project's `[package]`.
pub(super) fn name_of(folder: &Path) -> Result<String, ProjectError> {
    let path = folder.join("Cargo.toml");
    let text = fs::read_to_string(&path).map_err(file(&path))?;
    let package = text.split_once("[package]").map_or("", |(_, below)| below);
    let package = package.split_once("\n[").map_or(package, |(section, _)| section);
    let value = |line: &str| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "name").then(|| value.trim().trim_matches('"').to_owned())
    };
    package.lines().find_map(value).ok_or(ProjectError::NoPackage { file: path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sdk_stands_on_its_own() {
        let manifest = of_sdk();
        assert!(!manifest.contains("workspace"), "{manifest}");
        for line in ["name = \"odograft-sdk\"", "edition = \"2024\"", "[lints.rust]", "unsafe_code = \"deny\""] {
            assert!(manifest.contains(line), "{line} in {manifest}");
        }
    }

    #[test]
    fn versions_are_pinned() {
        assert_eq!(pinned("a = \"1.2\""), "a = \"=1.2\"");
        assert_eq!(pinned("a = { version = \"=1.2\", x = 1 }"), "a = { version = \"=1.2\", x = 1 }");
        assert_eq!(pinned("a = { version = \"1.2\" }"), "a = { version = \"=1.2\" }");
    }
}
