//! The ledger as the command line shows it: one writer, keys, full disks, the audit, shredding, and what its files hold.

mod key;

use std::fs;
use std::path::Path;

use odograft_standins::Stuck;
use serde_json::Value;

use crate::clinic::{Clinic, small};
use crate::guests;

/// What a command tells that must fail.
fn refusal(clinic: &Clinic, arguments: &[&str]) -> String {
    let output = clinic.command(arguments).output().expect("the command starts");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("hint: "), "{errors}");
    errors
}

/// What a command prints that must be well.
fn printed(clinic: &Clinic, arguments: &[&str]) -> String {
    let output = clinic.command(arguments).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The audit, entry by entry.
fn audit(clinic: &Clinic) -> Vec<Value> {
    let told = printed(clinic, &["ledger", "audit", "--json"]);
    told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn actions(audit: &[Value]) -> Vec<&str> {
    audit.iter().map(|entry| entry["action"].as_str().expect("a word")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_writer_is_refused_by_name_and_a_dead_one_s_lock_is_taken_over() {
    let clinic = Clinic::open(&small(), None).await;
    let mut stuck = clinic.dentally.stick(3, Stuck::Before);
    let (mut first, _) = clinic.command(&["run"]).spawn().expect("the command starts");
    while stuck.try_recv().is_err() {
        assert_eq!(first.try_wait().expect("it can be asked"), None, "it ended before its request got stuck");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    for second in [&["run"][..], &["check"], &["rollback", "--yes"], &["ledger", "shred"], &["ledger", "hand-over"]] {
        let errors = refusal(&clinic, second);
        let named = format!("is in use by process {} (`odograft run` since 20", first.id());
        assert!(errors.contains(&named), "{second:?}: {errors}");
    }
    assert!(printed(&clinic, &["status"]).contains("is under way"), "a reader is let in");
    first.kill().expect("killed");
    first.wait().expect("it ends");
    clinic.json("run");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_and_what_is_no_ledger_are_told_apart_as_far_as_can_be() {
    let clinic = Clinic::open(&small(), None).await;
    clinic.json("run");
    let ledger = clinic.folder.path().join("ledger.db");
    for command in [&["run"][..], &["status"], &["ledger", "verify"]] {
        let wrong = clinic.command(command).env("ODOGRAFT_LEDGER_KEY", "another key").output().expect("it starts");
        let errors = String::from_utf8_lossy(&wrong.stderr);
        assert_eq!(wrong.status.code(), Some(1), "{errors}");
        assert!(errors.contains("the key does not open the ledger") && errors.contains("hint: "), "{errors}");
        assert!(!errors.contains("another key"), "{errors}");
    }
    let kept = fs::read(&ledger).expect("read");
    let mut plain = b"SQLite format 3\0".to_vec();
    plain.resize(4096, 0);
    fs::write(&ledger, plain).expect("written");
    assert!(refusal(&clinic, &["run"]).contains("is an SQLite database without encryption"));
    fs::write(&ledger, "patient,name\n").expect("written");
    assert!(refusal(&clinic, &["status"]).contains("is not a ledger"));
    fs::write(&ledger, kept).expect("put back");
    clinic.json("status");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_says_who_did_what_and_a_cut_ledger_does_not_verify() {
    let clinic = Clinic::open(&small(), None).await;
    let checked = clinic.command(&["check"]).env("ODOGRAFT_OPERATOR", "ada").output().expect("it starts");
    assert!(checked.status.success());
    let early = fs::read(clinic.folder.path().join("ledger.db")).expect("a copy");
    clinic.json("run");
    clinic.command(&["rollback", "--yes"]).output().expect("it starts");
    let audit = audit(&clinic);
    assert_eq!(actions(&audit), ["extract", "plan", "schema", "load-begun", "load", "undo-begun", "undo"]);
    assert_eq!((&audit[0]["operator"], &audit[0]["command"]), (&"ada".into(), &"odograft check".into()));
    assert_eq!(audit[0]["detail"]["staged"]["patient"], clinic.practice.patients.len());
    assert_eq!(audit[3]["command"], "odograft run");
    assert_eq!(audit[3]["detail"]["context"]["tracking_disable"], true, "the flags that were set are told");
    assert!(audit[4]["detail"]["written"]["created"].as_u64() > Some(100), "{}", audit[4]);
    assert!(audit.iter().all(|entry| entry["moment"].as_i64() > Some(1_700_000_000)));
    assert!(printed(&clinic, &["ledger", "audit"]).contains("odograft rollback"));
    let writes = clinic.command(&["ledger", "writes"]).env("ODOGRAFT_OPERATOR", "eve").output().expect("it starts");
    let mut writes = csv::Reader::from_reader(writes.stdout.as_slice());
    let columns =
        ["number", "moment", "operator", "action", "model", "odoo_id", "object", "source_id", "external_id", "fields"];
    assert_eq!(writes.headers().expect("a header"), &csv::StringRecord::from(columns.to_vec()));
    let writes: Vec<csv::StringRecord> = writes.records().collect::<Result<_, _>>().expect("lines");
    assert!(writes.iter().any(|write| &write[3] == "create") && writes.iter().any(|write| &write[3] == "undo"));
    assert!(writes.iter().all(|write| &write[2] != "eve"), "who reads did not write");
    assert!(printed(&clinic, &["ledger", "verify"]).starts_with("The ledger is whole: 7 entries of the audit, "));

    // An older copy in its place: everything in it is as it was written, and its end is cut off.
    let ledger = clinic.folder.path().join("ledger.db");
    let whole = fs::read(&ledger).expect("read");
    fs::write(&ledger, early).expect("the copy is put in its place");
    let output = clinic.command(&["ledger", "verify", "--json"]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    let verification: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(verification["faults"][0]["code"], "head", "{verification}");
    fs::write(&ledger, whole).expect("put back");
}

/// A limit on the size of files stands in for a disk that is full: no right is needed for that.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_runs_full_ends_a_run_cleanly_and_the_next_one_goes_on() {
    let undisturbed = Clinic::open(&small(), None).await;
    undisturbed.json("run");
    let expected = undisturbed.json("status")["digest"].clone();
    let clinic = Clinic::open(&small(), None).await;
    let mut stopped = 0;
    // In blocks of 512 bytes; each time there is room for a little more.
    for blocks in [400, 800, 1_200, 1_600, 2_400, 3_200, 4_800, 6_400] {
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}");
        let output = clinic.command(&["run"]).under(&limit).output().expect("the command starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0 | 3) => break,
            Some(1) => assert!(errors.contains("ledger") && errors.contains("hint: "), "{blocks}: {errors}"),
            other => panic!("{blocks}: it ended with {other:?}: {errors}"),
        }
        stopped += 1;
    }
    assert!(stopped >= 2, "the disk was full {stopped} times only");
    clinic.json("run");
    assert_eq!(clinic.json("status")["digest"], expected, "nothing is lost, nothing is there twice");
    for ((model, held), (_, all)) in std::iter::zip(clinic.odoo_content(), undisturbed.odoo_content()) {
        assert_eq!(held.len(), all.len(), "`{model}` has more or fewer records");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_shredded_when_their_time_is_over_and_not_before() {
    let clinic = Clinic::open(&small(), None).await;
    clinic.json("run");
    let dry = printed(&clinic, &["ledger", "shred"]);
    assert!(dry.contains("What would be shredded") && dry.contains("has not taken the migration over"), "{dry}");
    let refused = refusal(&clinic, &["ledger", "shred", "--yes"]);
    assert!(refused.contains("is still possible") && refused.contains("hand-over"), "{refused}");
    assert!(printed(&clinic, &["ledger", "hand-over"]).contains("The client has had the migration since 20"));
    assert!(printed(&clinic, &["ledger", "shred"]).contains("The values are kept until 20"));
    refusal(&clinic, &["ledger", "shred", "--yes"]);
    let before: Value = serde_json::from_str(&printed(&clinic, &["status", "--json"])).expect("JSON");
    assert!(before["staged"].as_array().is_some_and(|staged| !staged.is_empty()), "nothing is gone yet");

    let file = clinic.folder.path().join("odograft.toml");
    let text = fs::read_to_string(&file).expect("a configuration");
    fs::write(&file, format!("{text}\n[retention]\ndays = 0\n")).expect("written");
    let done: Value = serde_json::from_str(&printed(&clinic, &["ledger", "shred", "--yes", "--json"])).expect("JSON");
    assert_eq!((&done["written"], &done["refused"]), (&true.into(), &false.into()));
    assert!(done["held"]["staged"].as_u64() > Some(500), "{done}");
    let again = printed(&clinic, &["ledger", "shred", "--yes"]);
    assert!(again.contains("were shredded before"), "{again}");

    // What is left proves what was done, and no more can be done with it.
    printed(&clinic, &["ledger", "verify"]);
    assert!(actions(&audit(&clinic)).ends_with(&["load", "hand-over", "shred", "shredded"]));
    for command in [&["run"][..], &["check"], &["rollback", "--yes"], &["rollback"]] {
        assert!(refusal(&clinic, command).contains("were shredded"), "{command:?}");
    }
    let ledger = clinic.ledger();
    let patient = clinic.practice.patients[5]["id"].to_string();
    let record = ledger.record("res.partner", "patient", &patient).expect("read").expect("the id map is there");
    assert!(record.odoo_id.is_some() && record.cells == "{}");
    assert_eq!(ledger.staged_count("patient").expect("read"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_may_be_given_up() {
    let clinic = Clinic::open(&small(), None).await;
    clinic.json("run");
    let done = printed(&clinic, &["ledger", "shred", "--yes", "--give-up-undo"]);
    assert!(done.contains("records that can no longer be taken back"), "{done}");
}

/// A crash must not write memory, which holds records, to the disk.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_command_at_work_would_leave_no_image_of_its_memory() {
    let clinic = Clinic::open(&small(), None).await;
    let mut stuck = clinic.dentally.stick(3, Stuck::Before);
    let (mut child, _) = clinic.command(&["extract"]).under("ulimit -c 1000000").spawn().expect("the command starts");
    while stuck.try_recv().is_err() {
        assert_eq!(child.try_wait().expect("it can be asked"), None, "it ended too early");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).expect("a list");
    child.kill().expect("killed");
    child.wait().expect("it ends");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a line");
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
}

/// In how many files below a folder, of how many, one of the practice's texts stands.
fn plain_text_in(folder: &Path, secrets: &[&[u8]]) -> (usize, usize) {
    let mut found = (0, 0);
    for entry in fs::read_dir(folder).expect("the folder is read").flatten() {
        // A file of the database may be gone by now.
        let Ok(bytes) = fs::read(entry.path()) else { continue };
        found.1 += 1;
        found.0 += usize::from(secrets.iter().any(|secret| memchr::memmem::find(&bytes, secret).is_some()));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_of_the_ledger_holds_a_value_of_the_practice() {
    let clinic = Clinic::open(&small(), None).await;
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let files = tempfile::tempdir().expect("a temporary folder");
    // Shorter ones are found by chance in so many encrypted bytes.
    let secrets: Vec<&[u8]> = clinic.told.secrets.iter().map(str::as_bytes).filter(|text| text.len() > 7).collect();
    assert!(secrets.len() > 500, "{} texts to look for", secrets.len());
    let copy = || {
        let of_ledger = |name: &str| name.starts_with("ledger.db");
        for entry in fs::read_dir(clinic.folder.path()).expect("a folder").flatten() {
            if of_ledger(&entry.file_name().to_string_lossy()) {
                fs::copy(entry.path(), files.path().join(entry.file_name())).expect("copied");
            }
        }
        let (found, all) = plain_text_in(files.path(), &secrets);
        let (spilled, _) = plain_text_in(temporary.path(), &secrets);
        assert_eq!((found, spilled), (0, 0));
        all
    };
    // While rows come in, while records go out, after both were killed, and in the end.
    for reading in [true, false] {
        let stuck = if reading { clinic.dentally.stick(4, Stuck::After) } else { clinic.odoo.stick(30, Stuck::After) };
        let mut stuck = stuck;
        let run = clinic.command(&["run"]).env("TMPDIR", temporary.path()).env("SQLITE_TMPDIR", temporary.path());
        let (mut child, _) = run.spawn().expect("the command starts");
        while stuck.try_recv().is_err() {
            assert_eq!(child.try_wait().expect("it can be asked"), None, "it ended too early");
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        assert!(copy() >= 4, "ledger, log, its index and the lock are there");
        child.kill().expect("killed");
        child.wait().expect("it ends");
        copy();
    }
    clinic.json("run");
    assert!(copy() >= 2);
    // The search finds what is there: the source's own export is not encrypted.
    let names = clinic.practice.exams.iter().map(|exam| exam.note.as_bytes()).filter(|note| note.len() > 5);
    let export = plain_text_in(&clinic.folder.path().join("perio"), &names.collect::<Vec<_>>());
    assert!(export.0 > 0, "{export:?}");
}

/// Everything that a command tells with the log wide open, when a module panics, a cell is refused and a server fails.
#[tokio::test(flavor = "multi_thread")]
async fn logs_and_crashes_tell_no_value() {
    let clinic = Clinic::open(&small(), None).await;
    assert!(clinic.told.secrets.len() > 500);
    let log = |arguments: &[&str]| {
        clinic.command(arguments).env("ODOGRAFT_LOG", "trace").env("RUST_BACKTRACE", "1").output().expect("it starts")
    };
    // A module that panics on names whose first letter has two bytes.
    let folder = clinic.folder.path();
    fs::write(folder.join("modules/panics.wasm"), guests::bytes("panics-on-letters")).expect("a module is copied");
    let file = folder.join("odograft.toml");
    let text = fs::read_to_string(&file).expect("a configuration");
    let module = "max_failed_share = 1.0\n[source.dentally]";
    let with = text.replace("[source.dentally]", module) + "\n[[module]]\nfile = \"modules/panics.wasm\"\n";
    fs::write(&file, with).expect("written");
    assert!(log(&["lock"]).status.success());
    let run = log(&["run"]);
    let told = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    println!("{}", told.lines().take(200).collect::<Vec<_>>().join("\n"));
    log(&["status", "--json"]);
    log(&["rollback", "--json"]);
    log(&["ledger", "verify"]);
    log(&["ledger", "audit"]);
    // The search finds what is there.
    let patient = &clinic.practice.patients[0];
    assert!(clinic.told.secrets.found_in(&patient.to_string()).is_some());
}
