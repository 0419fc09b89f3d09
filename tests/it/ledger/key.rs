//! The ledger's key: in its folder or in the environment, and a new one in its place.

use std::fs;
use std::path::Path;

use odograft_ledger::Ledger;
use odograft_standins::practice::PracticeOptions;
use tempfile::TempDir;

use crate::clinic::small;
use crate::sources::{client, command, dent_o_soft, odograft_in, told_by};
use crate::told::generate;

/// A Dent-O-Soft practice in a folder whose ledger's key lies in it.
fn with_key_file() -> TempDir {
    let practice = generate(&PracticeOptions { patients: 20, appointments: 20, exams: 0, ..small() });
    let folder = client("[source.dent_o_soft]\nfolder = \"export\"");
    dent_o_soft(&practice, &folder.path().join("export"));
    fs::write(folder.path().join("ledger.key"), "the first key").expect("written");
    folder
}

/// What a command says that takes the ledger's key from the folder, and that it went well.
fn with_key_of_folder(folder: &Path, words: &[&str]) -> String {
    let output = told_by(odograft_in(folder, words).env_remove("ODOGRAFT_LEDGER_KEY"));
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_new_key_takes_the_former_ones_place_and_a_change_that_was_broken_off_ends() {
    let folder = with_key_file();
    let (path, file) = (folder.path(), |name: &str| folder.path().join(name));
    with_key_of_folder(path, &["extract"]);
    let key = || fs::read_to_string(file("ledger.key")).expect("a key");
    let opens = |name: &str, key: &str| Ledger::open_read_only(&file(name), &key.into()).is_ok();
    fs::copy(file("ledger.db"), file("copy.db")).expect("a copy");
    let said = with_key_of_folder(path, &["ledger", "rekey"]);
    assert!(said.contains("which is in `ledger.key`"), "{said}");
    assert!(opens("ledger.db", &key()) && !opens("ledger.db", "the first key") && opens("copy.db", "the first key"));
    assert!(!file("ledger.key.new").exists());

    // Killed behind the ledger's own change: the new key is beside the former one.
    let new = key();
    for words in [&["status"][..], &["extract"]] {
        fs::write(file("ledger.key.new"), &new).expect("written");
        fs::write(file("ledger.key"), "the first key").expect("written");
        with_key_of_folder(path, words);
        assert_eq!((key(), file("ledger.key.new").exists()), (new.clone(), false));
    }
    // Killed before it: the key that lies beside is nobody's.
    fs::write(file("ledger.key.new"), "nobody's").expect("written");
    with_key_of_folder(path, &["extract"]);
    with_key_of_folder(path, &["ledger", "rekey"]);
    assert!(opens("ledger.db", &key()) && key() != new && !file("ledger.key.new").exists());

    // Who shreds throws the key away too, once.
    let before = key();
    let said = with_key_of_folder(path, &["ledger", "shred", "--yes"]);
    assert!(said.contains("under a new key in `ledger.key`"), "{said}");
    let after = key();
    assert!(after != before && opens("ledger.db", &after) && !opens("ledger.db", &before));
    let said = with_key_of_folder(path, &["ledger", "shred", "--yes"]);
    assert!(said.contains("nothing left to do") && key() == after, "{said}");
    with_key_of_folder(path, &["ledger", "verify"]);
}

#[test]
fn a_key_in_the_environment_gives_way_to_one_that_is_there() {
    let folder = with_key_file();
    let path = folder.path();
    assert!(command(&["extract"], path).status.success());
    let refused = command(&["ledger", "rekey"], path);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("`ODOGRAFT_LEDGER_NEW_KEY`"), "{said}");
    let done = told_by(odograft_in(path, &["ledger", "rekey"]).env("ODOGRAFT_LEDGER_NEW_KEY", "another"));
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success() && said.contains("belongs into `ODOGRAFT_LEDGER_KEY`"), "{said}");
    assert!(!command(&["status"], path).status.success(), "the former key is of no use");
    assert!(told_by(odograft_in(path, &["status"]).env("ODOGRAFT_LEDGER_KEY", "another")).status.success());
    assert_eq!(fs::read_to_string(path.join("ledger.key")).expect("a key"), "the first key", "it is not the ledger's");
}
