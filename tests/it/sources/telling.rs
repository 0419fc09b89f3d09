//! What commands tell of each system with the log wide open, while all is well and when things break: never a value.

use std::fs;
use std::process::{Command, Output};

use odograft_standins::practice::PracticeOptions;

use super::whole::systems;
use super::{odograft_in, told_by};
use crate::clinic::small;

/// Every command that looks at a source or at what was read of it.
const COMMANDS: [&[&str]; 12] = [
    &["extract"],
    &["extract", "--json"],
    &["audit"],
    &["audit", "--json"],
    &["status"],
    &["status", "--json"],
    &["ledger", "verify"],
    &["ledger", "audit"],
    &["ledger", "shred"],
    &["check"],
    &["run"],
    &["pack", "write"],
];

/// Runs a command with its log wide open; what it tells is searched.
fn loudly(mut command: Command) -> Output {
    told_by(command.env("ODOGRAFT_LOG", "trace").env("RUST_BACKTRACE", "full"))
}

fn refused(command: Command, why: &str) {
    let output = loudly(command);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{why}: {said}");
    assert!(said.contains("hint: "), "{why}: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_tells_a_value_of_any_system() {
    let practice = PracticeOptions { patients: 120, appointments: 240, exams: 20, ..small() };
    for system in systems(&practice).await {
        let folder = (system.make)();
        for words in COMMANDS {
            let output = loudly(odograft_in(folder.path(), words));
            assert!(output.status.code().is_some(), "{}: {words:?} ended with {}", system.name, output.status);
        }
        let file = folder.path().join("odograft.toml");
        let text = fs::read_to_string(&file).expect("a configuration");
        // Somebody whom the server does not know.
        if !["Dent-O-Soft", "Practice by Numbers"].contains(&system.name) {
            fs::write(&file, text.replace("user = \"reader\"", "user = \"nobody\"")).expect("written");
            let mut command = odograft_in(folder.path(), &["extract"]);
            command.env("ODOGRAFT_DENTALLY_KEY", "other").env("ODOGRAFT_PRACTICE_BY_NUMBERS_TOKEN", "other");
            refused(command, system.name);
        }
    }
}

/// A table, what is done to its bytes, and what that comes to.
type Damage = (&'static str, fn(&str) -> Vec<u8>);

#[test]
fn a_damaged_table_is_refused_without_a_word_of_its_rows() {
    let damages: [Damage; 6] = [
        ("a quotation mark that is never closed", |text| text.replacen(',', ",\"", 20).into_bytes()),
        ("a cell too many", |text| format!("{},more\r\n", text.trim_end()).into_bytes()),
        ("a line that stands twice", |text| format!("{text}{}", last(text)).into_bytes()),
        ("a zero byte", |text| format!("{text}\0{}", last(text)).into_bytes()),
        ("a byte that is no letter", |text| [text.as_bytes(), b"\xff", last(text).as_bytes()].concat()),
        ("no header", |text| text.lines().skip(1).flat_map(|line| [line, "\r\n"]).collect::<String>().into_bytes()),
    ];
    let practice = crate::told::generate(&PracticeOptions { patients: 60, appointments: 120, exams: 0, ..small() });
    let folder = super::client("[source.dent_o_soft]\nfolder = \"export\"");
    let export = folder.path().join("export");
    super::dent_o_soft(&practice, &export);
    for table in ["emergency-contact.csv", "appointment.csv"] {
        let file = export.join(table);
        let good = fs::read_to_string(&file).expect("a table");
        for (what, damage) in damages {
            fs::write(&file, damage(&good)).expect("written");
            refused(odograft_in(folder.path(), &["extract"]), what);
        }
        fs::write(&file, good).expect("written");
    }
    assert!(loudly(odograft_in(folder.path(), &["extract"])).status.success());
}

/// A table's last line.
fn last(text: &str) -> &str {
    text.trim_end().rsplit('\n').next().unwrap_or_default()
}
