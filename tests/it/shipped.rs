//! The modules that ship: sound, with a case for what they do, and with the page that says it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::guests;
use crate::workbench::module;

/// The folders below `guests` that are modules, by name.
fn modules() -> Vec<(String, PathBuf)> {
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guests");
    let mut modules = Vec::new();
    for entry in fs::read_dir(&guests).expect("the guests are there").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().join("Cargo.toml").exists() && !["sdk", "adversarial"].contains(&name.as_str()) {
            modules.push((name, entry.path()));
        }
    }
    assert!(modules.len() >= 3, "{modules:?}");
    modules
}

/// A base that an overlay lies over, where the module is one.
fn runs_alone(name: &str) -> bool {
    name != "smile-clinic"
}

#[test]
fn every_case_of_every_module_ends_as_expected() {
    for (name, folder) in modules().into_iter().filter(|(name, _)| runs_alone(name)) {
        let file = guests::file(&name);
        let ended = module(&folder, &["test", "--module", &file.display().to_string(), "."]);
        assert!(ended.code == 0 && ended.out.contains(", all as expected"), "{name}: {}{}", ended.out, ended.errors);
    }
}

#[test]
fn every_module_is_sound_and_has_the_page_that_says_what_it_does() {
    for (name, folder) in modules().into_iter().filter(|(name, _)| runs_alone(name)) {
        let file = guests::file(&name).display().to_string();
        let checked = module(&folder, &["check", &file]);
        assert!(checked.code == 0 && checked.out.ends_with("0 errors, 0 warnings\n"), "{name}: {}", checked.out);
        let page = module(&folder, &["mapping", &file, "--write", "MAPPING.md", "--check"]);
        assert_eq!(page.code, 0, "{name}: {}{}", page.out, page.errors);
    }
}
