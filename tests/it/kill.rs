//! `kill -9` at random points: nothing is lost, nothing is there twice.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::clinic::{Clinic, small};

/// Migrations, each killed twice while it reads and twice while it writes: twenty kills.
const MIGRATIONS: u32 = 5;
/// Makes stages last long enough to be hit.
const LATENCY: Duration = Duration::from_millis(4);

/// Kills the run after `events` events of the stage and a moment more; false when it ended before.
fn run_and_kill(clinic: &Clinic, stage: &str, events: usize, moment: Duration) -> bool {
    let mut child = clinic
        .command(&["run", "--json"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let lines = BufReader::new(child.stderr.take().expect("stderr is piped")).lines();
    let wanted = format!("\"stage\":\"{stage}\"");
    let seen = lines.map_while(Result::ok).filter(|line| line.contains(&wanted)).take(events).count();
    std::thread::sleep(moment);
    let hit = seen == events && child.try_wait().expect("the child can be asked").is_none();
    kill(&mut child);
    hit
}

/// SIGKILL: no handler runs, nothing is flushed.
fn kill(child: &mut Child) {
    // A child that has ended already cannot be killed, which is all right.
    let _ = child.kill();
    child.wait().expect("the child ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_end_like_none() {
    let undisturbed = Clinic::open(&small(), None).await;
    undisturbed.json("run");
    let (digest, content) = (undisturbed.json("status")["digest"].clone(), undisturbed.odoo_content());

    let mut random = fastrand::Rng::with_seed(20);
    let mut hits = 0;
    for migration in 0..MIGRATIONS {
        let clinic = Clinic::open(&small(), Some(LATENCY)).await;
        for stage in ["extract", "extract", "load", "load"] {
            // Few events after a resumption are sure to come; the rest of the point is time.
            let (events, moment) = (random.usize(1..=2), Duration::from_millis(random.u64(0..60)));
            let hit = run_and_kill(&clinic, stage, events, moment);
            println!(
                "migration {migration}: {stage}, event {events} + {moment:?}: {}",
                if hit { "killed" } else { "was over" }
            );
            hits += u32::from(hit);
        }
        clinic.json("run");
        assert_eq!(clinic.json("status")["digest"], digest, "migration {migration}: the ledger differs");
        for (disturbed, expected) in std::iter::zip(clinic.odoo_content(), &content) {
            assert!(disturbed == *expected, "migration {migration}: `{}` in Odoo differs", expected.0);
        }
    }
    assert!(hits >= MIGRATIONS * 4 / 2, "only {hits} runs were alive when they were killed");
}
