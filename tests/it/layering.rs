//! Dependencies point one way: `wit ← records ← engine ← migration ← cli`; guests and host meet only in WIT.

use std::collections::BTreeMap;
use std::path::Path;

/// What a crate may use of this workspace.
const MAY_USE: [(&str, &[&str]); 21] = [
    ("odograft-records", &[]),
    ("odograft-ledger", &[]),
    ("odograft-sources", &[]),
    ("odograft-odoo", &[]),
    ("odograft-report", &[]),
    ("odograft-engine", &["odograft-records"]),
    ("odograft-workbench", &["odograft-records", "odograft-engine", "odograft-toolchain"]),
    ("odograft-toolchain", &[]),
    (
        "odograft-migration",
        &["odograft-records", "odograft-engine", "odograft-ledger", "odograft-sources", "odograft-odoo"],
    ),
    ("odograft-standins", &[]),
    (
        "odograft",
        &[
            "odograft-records",
            "odograft-engine",
            "odograft-workbench",
            "odograft-toolchain",
            "odograft-ledger",
            "odograft-sources",
            "odograft-odoo",
            "odograft-migration",
            "odograft-report",
            "odograft-standins",
        ],
    ),
    ("xtask", &["odograft-toolchain"]),
    ("odograft-sdk", &[]),
    ("odograft-guest-dentally", &["odograft-sdk"]),
    ("odograft-guest-dent-o-soft", &["odograft-sdk"]),
    ("odograft-guest-panda-perio", &["odograft-sdk"]),
    ("odograft-guest-perio-chart", &["odograft-sdk"]),
    ("odograft-guest-practice-by-numbers", &["odograft-sdk"]),
    ("odograft-guest-smile-clinic", &["odograft-sdk"]),
    ("odograft-guest-fifth-system", &["odograft-sdk"]),
    ("odograft-guest-adversarial", &["odograft-sdk"]),
];

#[test]
fn dependencies_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.into();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut seen = 0;
    for side in ["host", "guests"] {
        for folder in std::fs::read_dir(root.join(side)).expect("the folder is there") {
            let manifest = folder.expect("readable").path().join("Cargo.toml");
            let Ok(text) = std::fs::read_to_string(&manifest) else { continue };
            let name = text.lines().find_map(|l| l.strip_prefix("name = ")).expect("a name").trim_matches('"');
            let may = allowed.get(name).unwrap_or_else(|| panic!("`{name}` has no place in the order; add it here"));
            let used = text.split("[dependencies]").nth(1).unwrap_or_default();
            let used = used.split("\n[").next().unwrap_or_default();
            for dependency in used.lines().filter_map(|l| l.split(['.', ' ', '=']).next()) {
                if dependency.starts_with("odograft") {
                    assert!(may.contains(&dependency), "`{name}` must not use `{dependency}`");
                }
            }
            seen += 1;
        }
    }
    assert_eq!(seen, allowed.len(), "a crate of the order is gone");
}
