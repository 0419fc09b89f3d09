//! Must show 1, 2 and 7: from an empty folder to a tested module; a change of one line; the same bytes in two folders.

use std::path::Path;

use super::{Ended, module};

fn good(folder: &Path, args: &[&str]) -> Ended {
    let ended = module(folder, args);
    assert_eq!(ended.code, 0, "`odograft module {}`: {}{}", args.join(" "), ended.out, ended.errors);
    ended
}

fn change(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).expect("a file of the project");
    assert!(text.contains(from), "`{from}` is in {}", file.display());
    std::fs::write(file, text.replace(from, to)).expect("written");
}

#[test]
fn a_mapper_from_an_empty_folder_to_a_reviewed_change() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let made = good(folder.path(), &["new", "smile", "--source", "dentally"]);
    assert!(made.out.contains("passed ./smile/fixtures/three-patients, fuel "), "{}", made.out);
    let project = folder.path().join("smile");
    good(&project, &["build"]);
    let tested = good(&project, &["test"]);
    assert!(tested.out.ends_with("1 case, all as expected\n"), "{}", tested.out);
    good(&project, &["check", "smile.wasm"]);
    good(&project, &["lineage", "smile.wasm"]);
    good(&project, &["bench", "smile.wasm"]);
    good(&project, &["fuzz", "smile.wasm", "--records", "500"]);

    // One line of one rule.
    std::fs::copy(project.join("smile.wasm"), project.join("target-old.wasm")).expect("copied");
    change(&project.join("src/patient.rs"), "email.to_lowercase()", "email.to_uppercase()");
    let tested = module(&project, &["test"]);
    assert_eq!(tested.code, 1, "{}", tested.errors);
    let shown = tested.out.replace("./fixtures", "fixtures");
    let line = shown.lines().next().expect("a line of the case");
    assert!(line.starts_with("FAILED fixtures/three-patients: 3 records, fuel "), "{line}");
    assert!(line.contains(" → "), "the fuel's change: {line}");
    let difference: Vec<&str> = shown.lines().skip(1).take(4).map(str::trim).collect();
    let expected = [
        "record 0, patient/17",
        "res.partner.email",
        r#"expected "ada@example.invalid""#,
        r#"got      "ADA@EXAMPLE.INVALID""#,
    ];
    assert_eq!(difference, expected);

    let args = ["diff", "target-old.wasm", "smile.wasm", "--json"];
    let ended = module(&project, &args);
    let difference = ended.json()["difference"].clone();
    assert_eq!(ended.code, 1);
    assert_eq!(difference["changed"].as_array().map(Vec::len), Some(1), "only one record has an e-mail and is mapped");
    assert_eq!(difference["changed"][0]["key"], "patient/17");
    assert_eq!(difference["parts"][0]["field"], "email");
    assert!(!ended.out.to_lowercase().contains("ada@example.invalid"), "no value unless it is asked for");
    let shown = module(&project, &["diff", "target-old.wasm", "smile.wasm", "--show-values"]);
    assert!(shown.out.contains("new \"ADA@EXAMPLE.INVALID\""), "{}", shown.out);

    // What is wanted is written down, without a value, and is no difference from then on.
    good(&project, &["diff", "target-old.wasm", "smile.wasm", "--accept"]);
    let accepted = std::fs::read_to_string(project.join("smile.accepted.json")).expect("written");
    assert!(!accepted.to_lowercase().contains("ada@"), "{accepted}");
    good(&project, &args);
    good(&project, &["test", "--bless"]);
    good(&project, &["test"]);
}

#[test]
fn a_flattener_builds_to_the_same_bytes_in_two_folders() {
    let digests = ["one", "two/deeper"].map(|place| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let into = folder.path().join(place);
        std::fs::create_dir_all(&into).expect("a folder");
        good(&into, &["new", "charts", "--source", "perio", "--flattener"]);
        let project = into.join("charts");
        good(&project, &["lineage", "charts.wasm"]);
        good(&project, &["check", "charts.wasm"]);
        // The compiler's own folder is shared: without this it would take the first one's for the second's.
        let lib = project.join("src/lib.rs");
        let text = std::fs::read_to_string(&lib).expect("the rules");
        std::fs::write(&lib, text).expect("written anew");
        good(&project, &["build", "--json"]).json()["digest"].clone()
    });
    assert!(digests[0].as_str().is_some_and(|digest| digest.len() == 64));
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn an_overlay_is_tested_over_its_base() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let base = folder.path().join("dentally.wasm");
    std::fs::write(&base, crate::guests::bytes("dentally")).expect("a module is copied");
    good(folder.path(), &["new", "clinic", "--source", "dentally", "--overlay", "--base", "dentally.wasm"]);
    let project = folder.path().join("clinic");
    let tested = good(&project, &["test"]);
    assert!(tested.out.ends_with("1 case, all as expected\n"), "{}", tested.out);
    let expected = std::fs::read_to_string(project.join("fixtures/two-patients/expected.json")).expect("blessed");
    assert!(expected.contains("\"x_text_message_agreed\": true") && expected.contains("\"name\": \"Ada O'Neill\""));
    let checked = good(&project, &["check", "clinic.wasm"]);
    assert!(checked.out.contains("174 fields of 17 targets"), "the base's and its own: {}", checked.out);
    good(&project, &["fuzz", "clinic.wasm", "--records", "500"]);
    let over = module(&project, &["lineage", "clinic.wasm", "--json"]).json();
    assert_eq!(over["lineage"]["undeclared"], serde_json::json!([]));
    // Without a base it is no module that anything can be asked of.
    std::fs::remove_dir_all(project.join("base")).expect("gone");
    let alone = module(&project, &["check", "clinic.wasm"]);
    assert_eq!(alone.code, 1);
    assert!(alone.out.contains("it is an overlay"), "{}", alone.out);
}

#[test]
fn slips_are_told_in_one_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (args, hint) in [
        (&["new", "Smile", "--source", "dentally"][..], "lower-case letters"),
        (&["new", "smile", "--source", "dentist"], "a mapper or an overlay for `dentally`"),
        (&["new", "smile", "--source", "dentally", "--flattener"], "a flattener for `perio`"),
        (&["build"], "hint: "),
        (&["test"], "`odograft module build` makes it"),
    ] {
        let ended = module(folder.path(), args);
        assert_eq!((ended.code, ended.out.as_str()), (4, ""), "{args:?}");
        assert!(ended.errors.contains(hint) && ended.errors.trim_end().lines().count() == 1, "{}", ended.errors);
    }
}
