//! The whole life of a large practice on the stand-ins: how long each step takes, and how much memory.

use std::fs::{self, File};
use std::process::Stdio;
use std::time::Duration;

use odograft_standins::dentally::DentallyOptions;
use odograft_standins::practice::{Practice, PracticeOptions};
use serde_json::Value;

use crate::clinic::Clinic;
use crate::sources::measure::{Measured, watch};

/// The most that a command of the life may have in memory, in MiB.
const MEMORY: u64 = 500;

/// A command of the life: its words, and how it ends where all is well.
const LIFE: [(&[&str], &[i32]); 9] = [
    (&["plan"], &[0, 3]),
    (&["pilot", "--patients", "100"], &[0, 3]),
    (&["run"], &[0, 3]),
    (&["delta"], &[0, 3]),
    (&["reconcile"], &[0, 3]),
    (&["duplicates"], &[0, 3]),
    (&["handover"], &[0, 3]),
    (&["rollback"], &[0, 3]),
    (&["rollback", "--yes", "--drop-fields"], &[0, 3]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: many minutes, and gigabytes of memory for the stand-ins"]
async fn a_hundred_thousand_patients_with_charts() {
    let patients = std::env::var("ODOGRAFT_TEST_PATIENTS").map_or(Ok(100_000), |n| n.parse()).expect("a number");
    let practice =
        PracticeOptions { patients, appointments: patients * 2, exams: patients, ..PracticeOptions::default() };
    // Dentally allows 3,600 requests an hour, which is what such a practice would wait for; it is not what is measured.
    let dentally = DentallyOptions { rate_limit: Some(u32::MAX), ..DentallyOptions::default() };
    let clinic = Clinic::with(Practice::generate(&practice), dentally).await;
    println!("{patients} patients with {} appointments and {} charts", practice.appointments, practice.exams);
    println!(
        "| command | seconds | of that its processor's | peak, MiB | its stages, seconds |\n|---|---|---|---|---|"
    );
    let mut most = 0;
    for (words, ends) in LIFE {
        let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
        let out = clinic.folder.path().join("answer.json");
        let mut command = clinic.command(&words).unsearched();
        command.stdout(File::create(&out).expect("a file")).stderr(Stdio::null());
        let measured = tokio::task::block_in_place(|| watch(command.spawn().expect("the command starts")));
        let Measured { status, took, processor, peak } = measured;
        let answer = fs::read(&out).expect("an answer");
        let command = words.join(" ");
        assert!(status.code().is_some_and(|code| ends.contains(&code)), "{command}: {status}");
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        println!("| {command} | {} | {} | {peak} | {} |", seconds(took), seconds(processor), stages(&answer));
        most = most.max(peak);
    }
    let left = clinic.odoo.records("res.partner").iter().filter(|partner| partner.contains_key("x_source_id")).count();
    assert_eq!(left, 0, "the undo takes everything back");
    // A clinic's ledger is verified in the end, every page of it: of twenty gigabytes that takes ten minutes more.
    fs::remove_file(clinic.folder.path().join("ledger.db")).expect("the ledger is there");
    assert!(most < MEMORY, "{most} MiB");
}

fn seconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64())
}

/// How long the stages of a run have taken, as it says itself.
fn stages(answer: &Value) -> String {
    let times = answer["times"].as_array().or(answer["run"]["times"].as_array());
    let stage = |time: &Value| {
        let milliseconds = Duration::from_millis(time["milliseconds"].as_u64()?);
        Some(format!("{} {}", time["stage"].as_str()?, seconds(milliseconds)))
    };
    times.into_iter().flatten().filter_map(stage).collect::<Vec<_>>().join(", ")
}
