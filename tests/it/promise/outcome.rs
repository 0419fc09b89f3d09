//! What a comparison has found, row by row.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::Destination;
use crate::clinic::odograft;

/// Of all failures so many are shown; the file has them all.
const SHOWN: usize = 25;

/// What was found of one row of the promise.
#[derive(Debug, Default)]
struct Row {
    /// Records and documents that were compared.
    records: u64,
    /// Fields that hold what the source says.
    same: u64,
    /// Fields that hold something else by a declared rule: how many by field and rule.
    changed: BTreeMap<String, u64>,
    failures: Vec<String>,
}

/// What was found of a source.
#[derive(Debug)]
pub(super) struct Outcome {
    rows: BTreeMap<&'static str, Row>,
    /// What is wrong with no row in particular.
    failures: Vec<String>,
}

/// How long each part took.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) pilot: Duration,
    pub(super) run: Duration,
    pub(super) delta: Duration,
    pub(super) compare: Duration,
    pub(super) again: Duration,
    pub(super) rollback: Duration,
}

impl Outcome {
    pub(super) fn of(rows: &'static [&'static str]) -> Self {
        Self { rows: rows.iter().map(|row| (*row, Row::default())).collect(), failures: Vec::new() }
    }

    fn row(&mut self, row: &'static str) -> &mut Row {
        self.rows.get_mut(row).unwrap_or_else(|| panic!("`{row}` is no row of the promise"))
    }

    /// A record or a document is compared.
    pub(super) fn record(&mut self, row: &'static str) {
        self.row(row).records += 1;
    }

    /// A field holds what the source says.
    pub(super) fn same(&mut self, row: &'static str) {
        self.row(row).same += 1;
    }

    /// A field holds something else, for this reason.
    pub(super) fn changed(&mut self, row: &'static str, field: &str, rule: &str) {
        *self.row(row).changed.entry(format!("{field}: {rule}")).or_default() += 1;
    }

    /// Something of a row is not as it must be.
    pub(super) fn fail(&mut self, row: &'static str, what: String) {
        self.row(row).failures.push(what);
    }

    /// Something must be so, whatever the row.
    pub(super) fn check(&mut self, is_so: bool, what: impl FnOnce() -> String) {
        if !is_so {
            self.failures.push(what());
        }
    }

    /// Leaves what was found in `target/promise`, for `cargo xtask promise`.
    pub(super) fn write(&self, source: &str, destination: Destination, patients: usize, times: Times) {
        let row = |row: &Row| {
            json!({
                "records": row.records,
                "same": row.same,
                "changed": row.changed,
                "failures": row.failures,
            })
        };
        let rows: BTreeMap<&str, Value> = self.rows.iter().map(|(name, found)| (*name, row(found))).collect();
        let Times { pilot, run, delta, compare, again, rollback } = times;
        let seconds = |time: Duration| (time.as_secs_f64() * 10.0).round() / 10.0;
        let found = json!({
            "source": source,
            "odoo": destination.word(),
            "patients": patients,
            "seconds": {
                "pilot": seconds(pilot), "run": seconds(run), "delta": seconds(delta), "compare": seconds(compare),
                "delta without changes": seconds(again), "rollback": seconds(rollback),
            },
            "rows": rows,
            "failures": self.failures,
        });
        leave(&format!("{source}-{}.json", destination.word()), &found);
        println!("{source} on {}: {patients} patients; {found:#}", destination.word());
    }

    /// Fails with what is not as it must be: models, fields and numbers, never values.
    pub(super) fn assert_kept(&self, source: &str) {
        let of_rows =
            self.rows.iter().flat_map(|(row, found)| found.failures.iter().map(move |what| format!("{row}: {what}")));
        let bare = self
            .rows
            .iter()
            .filter(|(_, found)| found.records == 0)
            .map(|(row, _)| format!("{row}: nothing was compared"));
        let failures: Vec<String> = of_rows.chain(bare).chain(self.failures.iter().cloned()).collect();
        let shown: Vec<&str> = failures.iter().take(SHOWN).map(String::as_str).collect();
        assert!(failures.is_empty(), "{source}: {} failures\n{}", failures.len(), shown.join("\n"));
    }
}

/// Leaves how often a life that came to the same end was interrupted, and how, for `cargo xtask lifecycle`.
pub(super) fn interrupted(source: &str, destination: Destination, times: usize, how: &str) {
    let place = destination.word();
    let told = json!({ "source": source, "odoo": place, "times": times, "how": how });
    leave(&format!("interrupted-{source}-{place}.json"), &told);
    println!("{source} on {place}: interrupted {times} times ({how}); the same end");
}

/// Leaves a file in `target/promise`.
fn leave(file: &str, content: &Value) {
    let folder = odograft().ancestors().nth(2).expect("commands lie in a profile's folder").join("promise");
    std::fs::create_dir_all(&folder).expect("a folder for what was found");
    std::fs::write(folder.join(file), format!("{content:#}\n")).expect("what was found is written");
}
