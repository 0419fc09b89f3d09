//! One practice in all four systems: what is staged is what the generator says, however often the reading was killed.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use odograft_standins::dentally::{DentallyOptions, DentallyStandin};
use odograft_standins::mssql::MssqlStandin;
use odograft_standins::numbers_api::NumbersApiStandin;
use odograft_standins::practice::{Practice, PracticeOptions, Truth};
use serde_json::Value;
use tempfile::TempDir;

use super::attachments::{source, start};
use super::{client, command, held, ledger, numbers_api, numbers_truths, odograft_in};
use crate::clinic::small;
use crate::told::{self, generate};

const KILLS: u32 = 20;

/// A system that holds the practice, and what is true of it.
pub(super) struct System {
    pub(super) name: &'static str,
    /// The `[source.…]` table, in a folder that is ready for it.
    pub(super) make: Box<dyn Fn() -> TempDir>,
    truths: Vec<Truth>,
    /// Its stand-in, alive as long as this is.
    _server: Server,
}

enum Server {
    None,
    Dentally { _it: DentallyStandin },
    Numbers { _it: NumbersApiStandin },
    Panda { _it: MssqlStandin },
}

/// The practice in every system.
pub(super) async fn systems(options: &PracticeOptions) -> Vec<System> {
    let practice = Arc::new(generate(options));
    let dentally = DentallyOptions { token: "token".to_owned(), ..DentallyOptions::default() };
    let dentally = DentallyStandin::start(Arc::clone(&practice), dentally).await.expect("the stand-in starts");
    let url = dentally.url();
    let files = tempfile::tempdir().expect("a temporary folder");
    let mut truths = practice.dentally_truths();
    let also: Vec<String> = truths.iter().map(|truth| format!("\"{}\"", truth.object)).collect();
    truths.extend(practice.write_dentally_files(files.path()).expect("the folder is written"));
    let (also, beside) = (also.join(", "), files.path().display());
    let table = format!(
        "[source.dentally]\nurl = \"{url}\"\nappointments_from = \"2020-01-01\"\nappointments_until = \"2027-12-31\"\n\
         also = [{also}]\nfiles = \"{beside}\""
    );
    let make = move || {
        // The folder is there as long as this is.
        let _ = &files;
        client(&table)
    };
    let server = Server::Dentally { _it: dentally };
    let mut systems = vec![System { name: "Dentally", make: Box::new(make), truths, _server: server }];

    type Write = fn(&Practice, u64, &std::path::Path) -> std::io::Result<Vec<Truth>>;
    let drops: [(&str, &str, Write); 2] = [
        ("Dent-O-Soft", "dent_o_soft", Practice::write_dent_o_soft),
        ("Practice by Numbers", "practice_by_numbers", Practice::write_practice_by_numbers),
    ];
    for (name, key, write) in drops {
        let written = tempfile::tempdir().expect("a temporary folder");
        let truths = write(&practice, options.seed, written.path()).expect("the export is written");
        let make = move || client(&format!("[source.{key}]\nfolder = \"{}\"", written.path().display()));
        systems.push(System { name, make: Box::new(make), truths, _server: Server::None });
    }
    let (server, table) = numbers_api(&practice, None).await;
    let (name, truths, make) = ("Practice by Numbers' API", numbers_truths(&server), move || client(&table));
    systems.push(System { name, make: Box::new(make), truths, _server: Server::Numbers { _it: server } });

    let (databases, truths) = practice.panda_databases(options.seed);
    let names: Vec<_> = databases.iter().map(|(clinic, own)| format!("{clinic} = \"{}\"", own.name)).collect();
    let server = start(databases.into_iter().map(|(_, own)| own).collect());
    let table = source(&server, &names.join(", "), "");
    let make = Box::new(move || client(&table));
    systems.push(System { name: "PANDA Perio", make, truths, _server: Server::Panda { _it: server } });
    systems
}

/// Starts an extraction and kills it a moment after so many of its signs of life; whether it was still alive.
fn killed(folder: &std::path::Path, signs: usize, moment: Duration) -> bool {
    let mut command = odograft_in(folder, &["extract", "--json"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the command starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    let mut told: Vec<String> = lines.by_ref().take(signs).collect();
    // What it tells from here on is not waited for, and not held back either.
    let rest = std::thread::spawn(move || lines.collect::<Vec<_>>());
    std::thread::sleep(moment);
    let _ = child.kill();
    let status = child.wait().expect("the child ends");
    assert!(status.code().is_none_or(|code| code == 0), "the extraction failed: {status}");
    told.extend(rest.join().expect("it was read"));
    told::search_text("an extraction that was killed", &told.join("\n"));
    status.code().is_none()
}

async fn show(options: &PracticeOptions) {
    let mut random = fastrand::Rng::with_seed(options.seed);
    for system in systems(options).await {
        let name = system.name;
        let undisturbed = (system.make)();
        let began = Instant::now();
        let output = command(&["extract", "--json"], undisturbed.path());
        let took = began.elapsed();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let signs = String::from_utf8_lossy(&output.stderr).lines().count();
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
            // So that the kills of one reading lie all over it, however long it is.
            let signs = random.usize(..=(signs / 10).max(2));
            kills += u32::from(killed(folder.path(), signs, Duration::from_micros(random.u64(..20_000))));
        }
        assert!(command(&["extract"], folder.path()).status.success(), "{name}: it goes on to its end");
        let ledger = ledger(folder.path());
        assert_eq!(held(&ledger, &system.truths), system.truths, "{name}");
        assert_eq!(ledger.digest().expect("a digest"), digest, "{name}");
        drop(ledger);
        let rows: u64 = system.truths.iter().map(|truth| truth.rows).sum();
        let audited = command(&["audit", "--json"], folder.path());
        let code = audited.status.code();
        let audited: Vec<Value> = serde_json::from_slice(&audited.stdout).expect("a list");
        // The rows of treatment plans make two records each.
        let once = || audited.iter().filter(|object| object["object"] != "treatment_history");
        let sum = |what: &str| once().filter_map(|object| object[what].as_u64()).sum::<u64>();
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
