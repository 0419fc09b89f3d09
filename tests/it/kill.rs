//! `kill -9` at random points: nothing is lost, nothing is there twice.

use std::process::Child;
use std::time::Duration;

use odograft_standins::Stuck;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::clinic::{Clinic, small};

/// Migrations, each killed twice while it reads and twice while it writes: twenty kills.
const MIGRATIONS: u32 = 5;
/// Migrations that are killed by the clock, wherever they are, decoding and planning included.
const BY_THE_CLOCK: u32 = 2;

/// How an undisturbed migration ends, and how many requests it takes.
struct Undisturbed {
    digest: Value,
    content: Vec<(String, Vec<serde_json::Map<String, Value>>)>,
    reads: u64,
    writes: u64,
}

impl Undisturbed {
    async fn run() -> Self {
        let clinic = Clinic::open(&small(), None).await;
        clinic.json("run");
        let digest = clinic.json("status")["digest"].clone();
        let (reads, writes) = (clinic.dentally.requests(), clinic.odoo.calls().values().sum());
        Self { digest, content: clinic.odoo_content(), reads, writes }
    }

    /// Lets a killed migration go on to its end, and compares.
    fn assert_same_end(&self, clinic: &Clinic, name: &str) {
        clinic.json("run");
        assert_eq!(clinic.json("status")["digest"], self.digest, "{name}: the ledger differs");
        for (disturbed, expected) in std::iter::zip(clinic.odoo_content(), &self.content) {
            assert!(disturbed == *expected, "{name}: `{}` in Odoo differs", expected.0);
        }
    }
}

/// Starts a run and kills it while one of its requests is stuck, so that it is alive for certain.
fn kill_when_stuck(clinic: &Clinic, mut stuck: oneshot::Receiver<()>) {
    let (mut child, _) = clinic.command(&["run"]).spawn().expect("the command starts");
    while stuck.try_recv().is_err() {
        let ended = child.try_wait().expect("the child can be asked");
        assert_eq!(ended, None, "the run ended before its request got stuck");
        std::thread::sleep(Duration::from_millis(1));
    }
    kill(&mut child);
}

/// Starts a run and kills it some time after its first sign of life; it may have ended by then.
fn kill_by_the_clock(clinic: &Clinic, moment: Duration) {
    let (mut child, told) = clinic.command(&["run", "--json"]).spawn().expect("the command starts");
    while std::fs::metadata(&told).is_ok_and(|told| told.len() == 0) {
        if child.try_wait().expect("the child can be asked").is_some() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(moment);
    kill(&mut child);
}

/// SIGKILL: no handler runs, nothing is flushed.
fn kill(child: &mut Child) {
    // A child that has ended already cannot be killed, which is all right.
    let _ = child.kill();
    child.wait().expect("the child ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_end_like_none() {
    let undisturbed = Undisturbed::run().await;
    let mut random = fastrand::Rng::with_seed(20);
    for migration in 0..MIGRATIONS {
        let clinic = Clinic::open(&small(), None).await;
        for stage in ["extract", "extract", "load", "load"] {
            // Each third leaves enough requests for the kills after it.
            let requests = if stage == "extract" { undisturbed.reads } else { undisturbed.writes };
            let (pass, stuck) = (random.u64(0..requests / 3), random.choice([Stuck::Before, Stuck::After]));
            let stuck = stuck.expect("there are two");
            println!("migration {migration}: killed in {stage}, request {pass} of {requests}, {stuck:?}");
            let told = match stage {
                "extract" => clinic.dentally.stick(pass, stuck),
                _ => clinic.odoo.stick(pass, stuck),
            };
            kill_when_stuck(&clinic, told);
        }
        undisturbed.assert_same_end(&clinic, &format!("migration {migration}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_by_the_clock_end_like_none() {
    let undisturbed = Undisturbed::run().await;
    let mut random = fastrand::Rng::with_seed(21);
    for migration in 0..BY_THE_CLOCK {
        let clinic = Clinic::open(&small(), Some(Duration::from_millis(2))).await;
        for _ in 0..4 {
            kill_by_the_clock(&clinic, Duration::from_millis(random.u64(0..250)));
        }
        undisturbed.assert_same_end(&clinic, &format!("migration {migration}"));
    }
}
