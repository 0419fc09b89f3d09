//! One practice in all four systems: what is staged is what the generator says, however often the reading was killed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use odograft_standins::dentally::{DentallyOptions, DentallyStandin};
use odograft_standins::mssql::MssqlStandin;
use odograft_standins::practice::{Practice, PracticeOptions, Truth};
use serde_json::Value;
use tempfile::TempDir;

use super::attachments::{source, start};
use super::{LEDGER_KEY, PASSWORD, client, command, extracted, held, ledger};
use crate::clinic::{odograft, small};

const KILLS: u32 = 20;

/// A system that holds the practice, and what is true of it.
struct System {
    name: &'static str,
    /// The `[source.…]` table, in a folder that is ready for it.
    make: Box<dyn Fn() -> TempDir>,
    truths: Vec<Truth>,
    /// Alive as long as this is.
    _dentally: Option<DentallyStandin>,
    _panda: Option<MssqlStandin>,
}

async fn systems(options: &PracticeOptions) -> Vec<System> {
    let practice = Arc::new(Practice::generate(options));
    let text = |object, rows: &[Value]| Truth::of(object, rows.iter().map(ToString::to_string).collect());
    let dentally = DentallyOptions { token: "token".to_owned(), ..DentallyOptions::default() };
    let dentally = DentallyStandin::start(Arc::clone(&practice), dentally).await.expect("the stand-in starts");
    let url = dentally.url();
    let table = format!(
        "[source.dentally]\nurl = \"{url}\"\nappointments_from = \"2020-01-01\"\nappointments_until = \"2027-12-31\""
    );
    let mut systems = vec![System {
        name: "Dentally",
        make: Box::new(move || client(&table)),
        truths: vec![
            text("site", &practice.sites),
            text("practitioner", &practice.practitioners),
            text("patient", &practice.patients),
            text("appointment", &practice.appointments),
        ],
        _dentally: Some(dentally),
        _panda: None,
    }];

    type Write = fn(&Practice, u64, &std::path::Path) -> std::io::Result<Vec<Truth>>;
    let drops: [(&str, &str, Write); 2] = [
        ("Dent-O-Soft", "dent_o_soft", Practice::write_dent_o_soft),
        ("Practice by Numbers", "practice_by_numbers", Practice::write_practice_by_numbers),
    ];
    for (name, key, write) in drops {
        let written = tempfile::tempdir().expect("a temporary folder");
        let truths = write(&practice, options.seed, written.path()).expect("the export is written");
        let make = move || client(&format!("[source.{key}]\nfolder = \"{}\"", written.path().display()));
        systems.push(System { name, make: Box::new(make), truths, _dentally: None, _panda: None });
    }

    let (databases, truths) = practice.panda_databases(options.seed);
    let names: Vec<_> = databases.iter().map(|(clinic, own)| format!("{clinic} = \"{}\"", own.name)).collect();
    let server = start(databases.into_iter().map(|(_, own)| own).collect());
    let table = source(&server, &names.join(", "), "");
    let make = Box::new(move || client(&table));
    systems.push(System { name: "PANDA Perio", make, truths, _dentally: None, _panda: Some(server) });
    systems
}

/// Starts an extraction and kills it some time after its first sign of life; whether it was still alive.
fn killed(folder: &std::path::Path, moment: Duration) -> bool {
    let mut child: Child = Command::new(odograft())
        .args(["extract", "--json"])
        .arg(folder)
        .env("ODOGRAFT_LEDGER_KEY", LEDGER_KEY)
        .env("ODOGRAFT_PANDA_PASSWORD", PASSWORD)
        .env("ODOGRAFT_DENTALLY_KEY", "token")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe"));
    let _ = lines.read_line(&mut String::new());
    // What it tells from here on is not waited for, and not held back either.
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    std::thread::sleep(moment);
    let _ = child.kill();
    let status = child.wait().expect("the child ends");
    assert!(status.code().is_none_or(|code| code == 0), "the extraction failed: {status}");
    status.code().is_none()
}

async fn show(options: &PracticeOptions) {
    let mut random = fastrand::Rng::with_seed(options.seed);
    for system in systems(options).await {
        let name = system.name;
        let undisturbed = (system.make)();
        let began = Instant::now();
        extracted(undisturbed.path());
        let took = began.elapsed();
        let (expected, digest) = {
            let ledger = ledger(undisturbed.path());
            (held(&ledger, &system.truths), ledger.digest().expect("a digest"))
        };
        assert_eq!(expected, system.truths, "{name}");

        let folder = (system.make)();
        let (mut kills, mut starts) = (0, 0);
        while kills < KILLS {
            starts += 1;
            assert!(starts < 40 * KILLS, "{name}: the extraction ends before it can be killed");
            kills += u32::from(killed(folder.path(), took.mul_f64(random.f64() * 0.5)));
        }
        extracted(folder.path());
        let ledger = ledger(folder.path());
        assert_eq!(held(&ledger, &system.truths), system.truths, "{name}");
        assert_eq!(ledger.digest().expect("a digest"), digest, "{name}");
        drop(ledger);
        let rows: u64 = system.truths.iter().map(|truth| truth.rows).sum();
        let audited = command(&["audit", "--json"], folder.path());
        let code = audited.status.code();
        let audited: Vec<Value> = serde_json::from_slice(&audited.stdout).expect("a list");
        let sum = |what: &str| audited.iter().filter_map(|object| object[what].as_u64()).sum::<u64>();
        // Rows of patients who are not there were planted: 3 says that some were found.
        let orphans = sum("orphans");
        assert_eq!((code, sum("refused")), (Some(if orphans > 0 { 3 } else { 0 }), 0), "{name}: {audited:#?}");
        assert_eq!(sum("rows") + orphans, rows, "{name}: {audited:#?}");
        println!(
            "{name}: {rows} rows in {:.1} s; killed {kills} times in {starts} starts, the same digest; {} records, {orphans} rows of nobody",
            took.as_secs_f64(),
            sum("records")
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_practice_is_staged_whole_from_each_system_however_often_it_is_killed() {
    show(&PracticeOptions { patients: 300, appointments: 900, exams: 20, years: 5, ..small() }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: minutes"]
async fn twenty_thousand_patients_from_each_system() {
    let exams = PracticeOptions { patients: 20_000, appointments: 80_000, exams: 2_000, years: 5, ..small() };
    show(&exams).await;
}
