//! A client's folder with stand-ins on both sides, and the command run in it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use odograft_ledger::Ledger;
use odograft_odoo::{Client, Connection};
use odograft_standins::dentally::{DentallyOptions, DentallyStandin};
use odograft_standins::odoo::{OdooOptions, OdooStandin};
use odograft_standins::practice::{Practice, PracticeOptions};
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::guests;
use crate::told::{Odograft, Told};

const KEY: &str = "test-key";
const LEDGER_KEY: &str = "a test's ledger";

/// A practice, its two servers and the folder of its migration; gone when dropped, after a search of all that was told.
pub(crate) struct Clinic {
    pub(crate) folder: TempDir,
    pub(crate) practice: Arc<Practice>,
    pub(crate) odoo: OdooStandin,
    pub(crate) dentally: DentallyStandin,
    pub(crate) told: Told,
}

impl Drop for Clinic {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.told.search(&self.folder.path().join("ledger.db"), LEDGER_KEY);
        }
    }
}

/// The command under test: built beside this test by `cargo xtask test`.
pub(crate) fn odograft() -> PathBuf {
    let here = std::env::current_exe().expect("this test has a path");
    let file =
        here.ancestors().nth(2).expect("tests lie in `deps`").join(format!("odograft{}", std::env::consts::EXE_SUFFIX));
    assert!(file.exists(), "`{}` is not built; hint: run `cargo xtask test`", file.display());
    file
}

/// A small practice with everything in it.
pub(crate) fn small() -> PracticeOptions {
    PracticeOptions { patients: 120, appointments: 480, exams: 40, ..PracticeOptions::default() }
}

impl Clinic {
    /// Starts the servers; every answer of Dentally takes `latency`.
    pub(crate) async fn open(options: &PracticeOptions, latency: Option<Duration>) -> Self {
        Self::of(Practice::generate(options), latency).await
    }

    /// The same for a practice that is at hand.
    pub(crate) async fn of(practice: Practice, latency: Option<Duration>) -> Self {
        Self::with(practice, DentallyOptions { latency, ..DentallyOptions::default() }).await
    }

    /// The same with a Dentally that behaves so.
    pub(crate) async fn with(practice: Practice, dentally: DentallyOptions) -> Self {
        let latency = dentally.latency;
        let practice = Arc::new(practice);
        let folder = tempfile::tempdir().expect("a temporary folder");
        practice.write_perio_drop(&folder.path().join("perio")).expect("the perio export is written");
        let dentally = DentallyOptions { token: KEY.to_owned(), ..dentally };
        let dentally =
            DentallyStandin::start(Arc::clone(&practice), dentally).await.expect("Dentally's stand-in starts");
        let odoo = OdooOptions { api_key: KEY.to_owned(), users: practice.users(), latency, ..OdooOptions::default() };
        let odoo = OdooStandin::start(odoo).await.expect("Odoo's stand-in starts");
        configure(folder.path(), &dentally.url(), &odoo.url());
        let told = Told::new(&practice);
        let clinic = Self { folder, practice, odoo, dentally, told };
        let locked = clinic.command(&["lock"]).output().expect("the command starts");
        assert!(locked.status.success(), "{}", String::from_utf8_lossy(&locked.stderr));
        clinic
    }

    /// `odograft ARGS` in this folder, with the keys in the environment. What it tells is searched for the practice.
    pub(crate) fn command(&self, arguments: &[&str]) -> Odograft<'_> {
        let mut command = Command::new(odograft());
        command
            .args(arguments)
            .arg(self.folder.path())
            .env("ODOGRAFT_DENTALLY_KEY", KEY)
            .env("ODOGRAFT_ODOO_KEY", KEY)
            .env("ODOGRAFT_LEDGER_KEY", LEDGER_KEY);
        Odograft::new(command, &self.told)
    }

    /// Runs `odograft ARGS --json` and returns its answer; 0 and 3 are good ends.
    pub(crate) fn json(&self, subcommand: &str) -> Value {
        let output = self.command(&[subcommand, "--json"]).output().expect("the command starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            matches!(output.status.code(), Some(0 | 3)),
            "`odograft {subcommand}` ended with {}: {errors}",
            output.status
        );
        serde_json::from_slice(&output.stdout).expect("the answer is JSON")
    }

    /// The migration's ledger, for reading.
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::open_read_only(&self.folder.path().join("ledger.db"), &LEDGER_KEY.into()).expect("the ledger opens")
    }

    /// A hand in Odoo besides the migration's.
    pub(crate) fn client(&self) -> Client {
        // Only the first call counts.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Client::new(Connection { url: self.odoo.url(), database: None, key: KEY.into() }).expect("a client")
    }

    /// The Odoo id of a patient whom the migration made.
    pub(crate) fn practice_patient(&self, ledger: &Ledger) -> i64 {
        let made = ledger.made("res.partner", None, 1_000).expect("readable");
        made.iter().find(|made| made.created && made.object == "patient").expect("a patient was made").odoo_id
    }

    /// Everything that Odoo holds, without the moments of writing.
    pub(crate) fn odoo_content(&self) -> Vec<(String, Vec<Map<String, Value>>)> {
        const MODELS: [&str; 8] = [
            "crm.team",
            "res.users",
            "res.partner",
            "mail.activity",
            "mail.message",
            "ir.model.fields",
            "ir.ui.view",
            "ir.model.data",
        ];
        let content = |model: &&str| {
            let mut records = self.odoo.records(model);
            for record in &mut records {
                record.retain(|field, _| !matches!(field.as_str(), "create_date" | "write_date"));
            }
            ((*model).to_owned(), records)
        };
        MODELS.iter().map(content).collect()
    }
}

fn configure(folder: &Path, dentally: &str, odoo: &str) {
    std::fs::create_dir(folder.join("modules")).expect("a folder for modules");
    for name in ["dentally", "perio-chart"] {
        let file = folder.join("modules").join(format!("{name}.wasm"));
        std::fs::write(file, guests::bytes(name)).expect("a module is copied");
    }
    let config = format!(
        r#"
        [migration]
        name = "test"
        as_of = "2026-11-01T00:00:00Z"
        rehearsal = true
        [source.dentally]
        url = "{dentally}"
        appointments_from = "2023-01-01"
        appointments_until = "2027-12-31"
        [source.perio_drop]
        folder = "perio"
        [odoo]
        url = "{odoo}"
        [[module]]
        file = "modules/dentally.wasm"
        [[module]]
        file = "modules/perio-chart.wasm"
        [owners]
        fallback = "admin"
        "#
    );
    std::fs::write(folder.join("odograft.toml"), config).expect("the configuration is written");
}
