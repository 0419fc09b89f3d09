//! A client's own rules over a mapping: in the configuration, by command, and what is refused.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::clinic::{Clinic, odograft, small};
use crate::guests;

/// `odograft module compose BASE OVERLAYS --out FILE` in a folder that holds these modules.
fn compose(folder: &Path, parts: &[&str]) -> Output {
    let files = parts.iter().map(|part| format!("{part}.wasm"));
    for (part, file) in std::iter::zip(parts, files.clone()) {
        fs::write(folder.join(file), guests::bytes(part)).expect("a module is copied");
    }
    let mut command = Command::new(odograft());
    command.current_dir(folder).args(["module", "compose", "--json", "--out", "composed.wasm"]).args(files);
    command.output().expect("the command starts")
}

fn composed(parts: &[&str]) -> (tempfile::TempDir, Value) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = compose(folder.path(), parts);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = serde_json::from_slice(&output.stdout).expect("JSON");
    (folder, told)
}

/// The practice, with these modules over Dentally's mapping.
async fn clinic_with(overlays: &[&str]) -> Clinic {
    let clinic = Clinic::open(&small(), None).await;
    let folder = clinic.folder.path();
    for overlay in overlays {
        fs::write(folder.join(format!("modules/{overlay}.wasm")), guests::bytes(overlay)).expect("a module is copied");
    }
    let names: Vec<String> = overlays.iter().map(|overlay| format!("\"modules/{overlay}.wasm\"")).collect();
    let file = folder.join("odograft.toml");
    let before = fs::read_to_string(&file).expect("the configuration");
    let base = "file = \"modules/dentally.wasm\"";
    assert!(before.contains(base));
    fs::write(&file, before.replace(base, &format!("{base}\noverlays = [{}]", names.join(", ")))).expect("written");
    clinic
}

fn lock(clinic: &Clinic) -> String {
    let output = clinic.command(&["lock"]).output().expect("the command starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_s_rules_run_from_the_configuration() {
    let clinic = clinic_with(&["smile-clinic"]).await;
    let refused = clinic.command(&["run"]).output().expect("the command starts");
    let errors = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(errors.contains("module `modules/smile-clinic.wasm` is not locked"), "each part is pinned: {errors}");
    let told = lock(&clinic);
    assert!(told.contains("new      modules/smile-clinic.wasm  odograft:dentally/mapping@0.1.0"), "{told}");

    clinic.json("run");
    let partners = clinic.odoo.records("res.partner");
    let filled = |field: &str| partners.iter().filter(|p| p.get(field).is_some_and(Value::is_string)).count();
    assert!(filled("x_next_recall") > 0 && filled("x_recall_with") == filled("x_next_recall"));
    assert!(partners.iter().all(|partner| !partner.contains_key("x_nhs_number")), "dropped by policy");
    let fields = clinic.odoo.records("ir.model.fields");
    assert!(!fields.iter().any(|field| field["name"] == "x_nhs_number"), "and never made");
    let again = clinic.json("run");
    assert_eq!((&again["created"], &again["updated"]), (&0.into(), &0.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn overlays_without_rules_change_nothing() {
    let over = ["overlay-without-rules", "overlay-without-rules"];
    let (plain, twice) = (Clinic::open(&small(), None).await, clinic_with(&over).await);
    lock(&twice);
    let (alone, laid) = (plain.json("run"), twice.json("run"));
    assert_eq!(alone["models"], laid["models"]);
    assert!(plain.odoo_content() == twice.odoo_content(), "what is below comes through as it is");
}

#[test]
fn the_same_parts_make_the_same_bytes() {
    let (_one, first) = composed(&["dentally", "smile-clinic"]);
    let (_two, second) = composed(&["dentally", "smile-clinic"]);
    assert_eq!(first["digest"], second["digest"]);
    assert_eq!(first["parts"].as_array().map(Vec::len), Some(2));
}

/// Golden cases of the overlay that ships; what runs alone is tested in `shipped`.
#[test]
fn the_shipped_overlay_passes_its_cases() {
    let (folder, _) = composed(&["dentally", "smile-clinic"]);
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guests/smile-clinic");
    let mut command = Command::new(odograft());
    command.args(["module", "test", "--module"]).arg(folder.path().join("composed.wasm")).arg(&project);
    let output = command.output().expect("the command starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.ends_with("3 cases, all as expected\n"), "{text}");
}

#[test]
fn what_does_not_lie_over_one_another_is_refused_by_name() {
    let overlay = "overlay-without-rules";
    let mut refused = String::new();
    for parts in [
        &[overlay, "dentally"][..],
        &[overlay, "smile-clinic"],
        &["dentally", "honest"],
        &["perio-chart", overlay],
        &["speaks-the-version-before", overlay],
        &["dentally", "overlay-that-does-not-fit"],
        &["dentally", overlay, overlay, overlay, overlay],
        &["changes-a-type", overlay],
        &["core", overlay],
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let output = if let ["core", over] = parts {
            fs::write(folder.path().join("core.wasm"), b"\0asm\x01\0\0\0").expect("written");
            fs::write(folder.path().join("over.wasm"), guests::bytes(over)).expect("written");
            let mut command = Command::new(odograft());
            command.current_dir(folder.path()).args(["module", "compose", "core.wasm", "over.wasm", "-o", "x.wasm"]);
            command.output().expect("the command starts")
        } else {
            compose(folder.path(), parts)
        };
        assert_eq!(output.status.code(), Some(4), "{parts:?}");
        assert!(!folder.path().join("composed.wasm").exists(), "nothing is written");
        refused += &format!("{}\n{}\n", parts.join(" < "), String::from_utf8_lossy(&output.stderr));
    }
    insta::assert_snapshot!(refused, @r"
    overlay-without-rules < dentally
    error: `overlay-without-rules` is an overlay and `dentally` is the base: they stand in the wrong order; hint: `file` is the base, `overlays` lie over it, the last of them on top

    overlay-without-rules < smile-clinic
    error: `overlay-without-rules` is an overlay, and nothing lies below it; hint: name the module that it was made for as `file`, and this one among its `overlays`

    dentally < honest
    error: `honest` is no overlay: it calls no mapping below it; hint: give it a `[[module]]` table of its own, after the other's

    perio-chart < overlay-without-rules
    error: `overlay-without-rules` is an overlay over `odograft:dentally/mapping`, but `perio-chart` below it is a module for `odograft:perio/flattening`; hint: lay it over a module of its own source

    speaks-the-version-before < overlay-without-rules
    error: `overlay-without-rules` speaks version 0.1.0 of `odograft:dentally/mapping` and `speaks-the-version-before` below it version 0.0.9; hint: build both against the WIT packages of this host

    dentally < overlay-that-does-not-fit
    error: `overlay-that-does-not-fit` names `res.partner.x_nhs_no`, which `dentally` below it does not declare; the nearest: `x_nhs_number`, `phone`, `x_county`; hint: correct the overlay, or lay it over the module that it was made for

    dentally < overlay-without-rules < overlay-without-rules < overlay-without-rules < overlay-without-rules
    error: 5 components lie over one another, and a sandbox has room for 4; hint: put the rules of several overlays into one

    changes-a-type < overlay-without-rules
    error: `overlay-without-rules` and `changes-a-type` below it have other types in `odograft:dentally/mapping@0.1.0` (instance is missing expected record export `context`); hint: build both against the WIT packages of this host

    core < overlay-without-rules
    error: `core` is no component: it is a core WebAssembly module; hint: name `.wasm` files that `cargo xtask guests` or `odograft module build` wrote
    ");
}
