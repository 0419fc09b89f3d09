//! `odograft audit`: what is staged, put together as a run would.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use odograft_standins::practice::PracticeOptions;
use serde_json::{Value, json};

use crate::clinic::small;
use crate::sources::{client, command, dent_o_soft, extracted};
use crate::told::generate;

/// The rows that make a record, where it has another name than its rows.
const GATHERED: [(&str, &str); 3] =
    [("insurance", "policy"), ("treatment-history", "treatment"), ("billing", "account-line")];

fn audited(folder: &Path, code: i32) -> Vec<Value> {
    let output = command(&["audit", "--json"], folder);
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a list")
}

fn export(folder: &Path) -> BTreeMap<&'static str, u64> {
    let practice = generate(&PracticeOptions { patients: 300, appointments: 600, exams: 0, ..small() });
    let truths = dent_o_soft(&practice, &folder.join("export"));
    truths.into_iter().map(|truth| (truth.object, truth.rows)).collect()
}

#[test]
fn every_staged_row_is_in_a_record() {
    let folder = client("[source.dent_o_soft]\nfolder = \"export\"");
    let truth = export(folder.path());
    let early = command(&["audit"], folder.path());
    let said = String::from_utf8_lossy(&early.stderr).into_owned();
    assert!(!early.status.success() && said.contains("hint: `odograft extract`"), "{said}");
    extracted(folder.path());
    let found = audited(folder.path(), 0);
    assert_eq!(found.len(), truth.len());
    for object in &found {
        let name = object["object"].as_str().expect("a name");
        let below = GATHERED.iter().find(|(own, _)| *own == name).map(|(_, rows)| *rows);
        assert_eq!(object["rows"], truth[below.unwrap_or(name)], "{name}");
        assert_eq!((&object["refused"], &object["orphans"]), (&json!(0), &json!(0)), "{name}");
        match below {
            None => assert_eq!(object["records"], object["rows"], "{name}"),
            Some(_) => assert!(object["records"].as_u64() < object["rows"].as_u64(), "several rows for a record"),
        }
    }
    let unreadable = |object: &Value| object["unreadable"].as_object().map_or(0, serde_json::Map::len);
    assert_eq!(found.iter().map(unreadable).sum::<usize>(), 1, "days of birth that the generator soiled: {found:#?}");
}

#[test]
fn rows_that_belong_to_nothing_are_counted_and_told() {
    let folder = client("[source.dent_o_soft]\nfolder = \"export\"");
    export(folder.path());
    let file = folder.path().join("export/policy.csv");
    let text = fs::read_to_string(&file).expect("a table");
    let mut lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let column =
        lines[0].iter().position(|name| name.to_lowercase().contains("patient")).expect("the patient's column");
    // Two of a patient who is not there and would stand behind all others, and one of another who is not there.
    lines[1][column] = "zzz";
    lines[2][column] = "zzz";
    lines[3][column] = "0";
    let text: Vec<String> = lines.iter().map(|cells| cells.join(",")).collect();
    fs::write(&file, text.join("\n")).expect("written");
    extracted(folder.path());
    let found = audited(folder.path(), 3);
    let insurance = found.iter().find(|object| object["object"] == "insurance").expect("insurance");
    assert_eq!(insurance["orphans"], 3);
    let rows = lines.len() as u64 - 1 - 3;
    assert_eq!(insurance["rows"], rows);
    let told = command(&["audit"], folder.path());
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(said.contains("belong to nothing") && !said.contains("zzz"), "{said}");
}

#[test]
fn columns_that_no_mapping_names_are_proposed_and_a_run_takes_what_was_confirmed() {
    let folder = client("[source.practice_by_numbers]\nfolder = \"export\"");
    let practice = generate(&PracticeOptions { patients: 300, appointments: 300, exams: 0, ..small() });
    practice.write_practice_by_numbers(crate::sources::SEED, &folder.path().join("export")).expect("written");
    extracted(folder.path());
    let proposed = |found: &[Value]| -> BTreeMap<String, Value> {
        let of = found.iter().flat_map(|object| object["proposed"].as_array().expect("a list"));
        of.map(|column| (column["column"].as_str().expect("a name").to_owned(), column.clone())).collect()
    };
    let found = audited(folder.path(), 0);
    let columns = proposed(&found);
    // What the generator says of the columns that are its own.
    for (column, field, kind) in odograft_standins::practice::truth::practice_by_numbers::OWN_COLUMNS {
        let own = columns.get(column).unwrap_or_else(|| panic!("`{column}` is not proposed: {:?}", columns.keys()));
        assert_eq!((own["field"].as_str(), own["object"].as_str()), (Some(field), Some("patient")));
        assert_eq!(own["kind"], kind, "{own}");
        assert!(own["reason"].as_str().is_some_and(|reason| !reason.is_empty()) && own["choices"].is_null());
    }
    let patients = found.iter().find(|object| object["object"] == "patient").expect("patients");
    assert!(patients["filled"].as_object().is_some_and(|filled| filled.len() > 10), "{}", patients["filled"]);

    let file = folder.path().join("proposed.toml");
    let name = file.display().to_string();
    let told = command(&["audit", "--propose", &name], folder.path());
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    println!("{said}");
    assert!(said.contains("Columns that no mapping names") && said.contains("confidence"), "{said}");
    let again = command(&["audit", "--propose", &name], folder.path());
    assert!(String::from_utf8_lossy(&again.stderr).contains("hint: name a file that is not there yet"));
    let config = folder.path().join("odograft.toml");
    let text = fs::read_to_string(&config).expect("a configuration") + &fs::read_to_string(&file).expect("proposals");
    fs::write(&config, text).expect("written");
    assert!(proposed(&audited(folder.path(), 0)).is_empty(), "what is confirmed is proposed no more");
}
