//! Capture, replay and other names, from end to end on a practice.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::clinic::{Clinic, odograft, small};

/// Runs the practice and captures every call.
async fn captured() -> (Clinic, tempfile::TempDir) {
    let clinic = Clinic::open(&small(), None).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let into = folder.path().join("captured");
    let run = clinic.command(&["run", "--json", "--capture"]).value(&into).output().expect("the command starts");
    assert!(matches!(run.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&run.stderr));
    (clinic, folder)
}

fn command(arguments: &[&str], paths: &[&Path]) -> Output {
    Command::new(odograft()).args(arguments).args(paths).output().expect("the command starts")
}

fn told(output: &Output, code: i32) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}{errors}");
    text
}

/// Every `input.json` below a folder.
fn inputs(folder: &Path) -> Vec<Value> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let file = entry.path().join("input.json");
        if file.exists() {
            files.push(serde_json::from_str(&fs::read_to_string(file).expect("read")).expect("JSON"));
        }
    }
    files
}

/// Every string of the records longer than two characters, beside the member that holds it.
fn strings(value: &Value, member: &str, found: &mut BTreeSet<(String, String)>) {
    match value {
        Value::String(text) if text.chars().count() > 2 => {
            found.insert((member.to_owned(), text.clone()));
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, member, found)),
        Value::Object(members) => members.iter().for_each(|(name, value)| strings(value, name, found)),
        _ => {}
    }
}

/// Members whose words are structure: they steer rules and name nobody.
const STRUCTURE: [&str; 18] = [
    "object",
    "state",
    "measure",
    "notation",
    "margin_sign",
    "tooth",
    "teeth",
    "surfaces",
    "gender",
    "recall_method",
    "recall_type",
    "method",
    "status",
    "field_type",
    "entity",
    "home_phone_country",
    "mobile_phone_country",
    "role",
];

fn is_structure(member: &str) -> bool {
    STRUCTURE.contains(&member)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_captured_run_replays_byte_for_byte_and_under_other_names() {
    let (_clinic, folder) = captured().await;
    let at = |name: &str| folder.path().join(name);
    let captured = at("captured");

    // The same bytes and the same fuel.
    let replay = told(&command(&["module", "replay"], &[&captured]), 0);
    println!("{replay}");
    assert!(replay.contains("the same bytes, the same fuel"), "{replay}");
    let json: Value =
        serde_json::from_str(&told(&command(&["module", "replay", "--json"], &[&captured]), 0)).expect("JSON");
    let bundles = json["bundles"].as_array().expect("a list");
    assert!(bundles.iter().any(|b| b["bundle"].as_str().is_some_and(|name| name.ends_with("perio-chart-exam"))));
    let records: u64 = bundles.iter().filter_map(|bundle| bundle["records"].as_u64()).sum();
    assert!(records >= 120 + 480 + 40, "{records}");

    // Another answer is told by its field and its fuel, without a value.
    let single = fs::read_dir(&captured).expect("a folder").flatten().map(|entry| entry.path());
    let patients =
        single.into_iter().find(|path| path.ends_with_name("dentally-patient")).expect("a bundle of patients");
    let expected = patients.join("expected.json");
    let text = fs::read_to_string(&expected).expect("read");
    let mut other: Value = serde_json::from_str(&text).expect("JSON");
    let record =
        other["answers"].as_array().expect("a list").iter().position(|a| a["upserts"][0]["fields"]["name"].is_string());
    let record = record.expect("a patient with a name");
    let name = other["answers"][record]["upserts"][0]["fields"]["name"].take();
    other["fuel"] = 1.into();
    fs::write(&expected, other.to_string()).expect("written");
    let differs = told(&command(&["module", "replay"], &[&patients]), 1);
    assert!(differs.contains(&format!("record {record}: res.partner.name\n")), "{differs}");
    assert!(differs.contains("fuel 1 -> ") && !differs.contains(name.as_str().expect("text")), "{differs}");
    fs::write(&expected, text).expect("written");

    // Other names.
    let key = at("key");
    fs::write(&key, "a secret of a test, long enough").expect("written");
    let pseudonymised = at("pseudonymised");
    let said = told(&command(&["bundle", "pseudonymise"], &[&captured, &pseudonymised, Path::new("--key"), &key]), 0);
    println!("{said}");
    assert!(said.contains("every record ends as before"), "{said}");

    // It replays too, and nothing of the original is left.
    told(&command(&["module", "replay"], &[&pseudonymised]), 0);
    let (mut originals, mut others) = (BTreeSet::new(), BTreeSet::new());
    inputs(&captured).iter().for_each(|input| strings(&input["records"], "", &mut originals));
    inputs(&pseudonymised).iter().for_each(|input| strings(&input["records"], "", &mut others));
    // A day that comes to lie on a leap day goes to the day before, which may be another's.
    let told_apart = |strings: &BTreeSet<(String, String)>| {
        let is_day = |text: &str| text.get(..10).is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok());
        let mut members: BTreeMap<String, usize> = BTreeMap::new();
        for (member, _) in strings.iter().filter(|(member, text)| !is_day(text) && !is_structure(member)) {
            *members.entry(member.clone()).or_default() += 1;
        }
        members
    };
    assert_eq!(told_apart(&originals), told_apart(&others), "what was told apart still is");
    // Words of structure may stand elsewhere too: a way of recall is one of reminding, an object's name an owner's.
    let kept: BTreeSet<&String> =
        originals.iter().filter(|(member, _)| is_structure(member)).map(|(_, text)| text).collect();
    let others: BTreeSet<&String> = others.iter().map(|(_, text)| text).collect();
    let mut seen = 0;
    for (member, text) in &originals {
        // An amount measures something and stays.
        let is_amount = text.contains('.') && text.parse::<f64>().is_ok();
        if kept.contains(text) || is_amount || !text.chars().any(char::is_alphanumeric) {
            continue;
        }
        seen += 1;
        assert!(!others.contains(text), "`{member}` still says what it said");
    }
    println!("{seen} different strings of the originals, none of them left");
    assert!(seen > 1000, "{seen}");
    let written = everything(&pseudonymised);
    for (member, text) in originals.iter().filter(|(_, text)| text.chars().count() >= 8) {
        if !kept.contains(text) && text.chars().any(char::is_alphanumeric) {
            assert!(!written.contains(text.as_str()), "`{member}` stands somewhere still");
        }
    }

    // A bundle becomes a case of the module's own tests.
    let project = at("project");
    let fixtures = project.join("fixtures");
    told(
        &command(
            &["module", "replay", "--emit-test"],
            &[&fixtures, &pseudonymised.join(patients.file_name().expect("a name"))],
        ),
        0,
    );
    let dentally = crate::guests::file("dentally");
    let test = told(&command(&["module", "test", "--module"], &[&dentally, &project]), 0);
    assert!(test.contains("1 case, all as expected"), "{test}");
}

/// All files of all bundles but the modules, in one text.
fn everything(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("modules") {
            for file in fs::read_dir(&path).expect("a folder").flatten() {
                text += &fs::read_to_string(file.path()).expect("text");
            }
        }
    }
    text
}

trait EndsWithName {
    fn ends_with_name(&self, end: &str) -> bool;
}

impl EndsWithName for std::path::PathBuf {
    fn ends_with_name(&self, end: &str) -> bool {
        self.file_name().is_some_and(|name| name.to_string_lossy().ends_with(end))
    }
}

#[test]
fn a_key_that_is_too_short_and_a_folder_without_bundles_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let key = folder.path().join("key");
    fs::write(&key, "short").expect("written");
    let output =
        command(&["bundle", "pseudonymise"], &[folder.path(), &folder.path().join("out"), Path::new("--key"), &key]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("a key has 16 or more\nhint: "));
    let output = command(&["module", "replay"], &[folder.path()]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no bundle lies below"));
}
