//! The modules that ship: sound, with a case for what they do, and with the page that says it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use odograft_engine::Limits;
use odograft_migration::{ModuleFile, Modules};

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

#[test]
fn modules_that_fill_one_field_declare_it_alike() {
    let engine = guests::engine();
    let mut kinds: BTreeMap<(String, String), (String, String)> = BTreeMap::new();
    for (name, _) in modules().into_iter().filter(|(name, _)| runs_alone(name)) {
        let file = ModuleFile {
            bytes: guests::bytes(&name),
            name: name.clone(),
            settings: Vec::new(),
            extras: Vec::new(),
            limits: Limits::default(),
        };
        let loaded = Modules::load(&engine, &[file]).expect("the module is sound");
        for target in loaded.manifests().flat_map(|manifest| &manifest.targets) {
            for field in target.fields.iter().filter(|field| field.custom.is_some()) {
                // Two practices of different systems may go into one Odoo, which cannot change a field's type.
                let kind = format!("{:?}", field.kind);
                let own = (target.model.clone(), field.name.clone());
                let (other, known) = kinds.entry(own).or_insert_with(|| (name.clone(), kind.clone()));
                assert_eq!(*known, kind, "`{}.{}` of {other} and {name}", target.model, field.name);
            }
        }
    }
    assert!(kinds.len() > 200, "{} fields", kinds.len());
}
