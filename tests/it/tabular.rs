//! A fifth system, onboarded by configuration and one module alone: its export with a manifest that declares the tables, to
//! Odoo and back again.

use std::fs;
use std::path::Path;
use std::process::Command;

use odograft_odoo::Connection;
use odograft_standins::odoo::{OdooOptions, OdooStandin};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::clinic::odograft;
use crate::guests;

const KEY: &str = "test-key";

/// Values of the drop that no command may tell.
const SECRETS: [&str; 10] =
    ["Müßig", "Hara", "Jörn", "Zoe@", "zoe@", "900101", "Penicillin", "Süßwinkel", "nüchtern", "vielleicht"];

/// A client's folder with the BrightChair export and the one module that maps it.
pub(crate) struct BrightChair {
    pub(crate) folder: TempDir,
    key: String,
}

impl BrightChair {
    /// Beside a stand-in of its own.
    async fn open() -> (Self, OdooStandin) {
        let odoo = OdooStandin::start(OdooOptions { api_key: KEY.to_owned(), ..OdooOptions::default() });
        let odoo = odoo.await.expect("Odoo's stand-in starts");
        (Self::on(&Connection { url: odoo.url(), database: None, key: KEY.into() }), odoo)
    }

    /// For this Odoo.
    pub(crate) fn on(odoo: &Connection) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (export, modules) = (folder.path().join("export"), folder.path().join("modules"));
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/tabular/brightchair"), &export);
        fs::create_dir(&modules).expect("a folder for modules");
        fs::write(modules.join("fifth-system.wasm"), guests::bytes("fifth-system")).expect("a module is copied");
        let database = odoo.database.as_ref().map(|name| format!("database = \"{name}\"\n")).unwrap_or_default();
        let text = format!(
            "[migration]\nname = \"bright\"\nas_of = \"2026-11-01T00:00:00Z\"\nrehearsal = true\n\
             [source.tabular]\nfolder = \"export\"\n[odoo]\nurl = \"{}\"\n{database}\
             [[module]]\nfile = \"modules/fifth-system.wasm\"\n",
            odoo.url
        );
        fs::write(folder.path().join("odograft.toml"), text).expect("the configuration is written");
        let bright = Self { folder, key: odoo.key.expose_secret().to_owned() };
        bright.run(&["lock"], 0);
        bright
    }

    /// `odograft ARGS` in this folder, which ends with this code; what it tells is searched for the practice's values.
    pub(crate) fn run(&self, arguments: &[&str], code: i32) -> String {
        let output = Command::new(odograft())
            .args(arguments)
            .arg(self.folder.path())
            .env("ODOGRAFT_ODOO_KEY", &self.key)
            .env("ODOGRAFT_LEDGER_KEY", "a test's ledger")
            .output()
            .expect("the command starts");
        let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "`odograft {}`: {out}{errors}", arguments.join(" "));
        for secret in SECRETS {
            assert!(!out.contains(secret) && !errors.contains(secret), "`{secret}` is told: {out}{errors}");
        }
        out.into_owned()
    }

    pub(crate) fn json(&self, arguments: &[&str], code: i32) -> Value {
        serde_json::from_str(&self.run(&[arguments, &["--json"]].concat(), code)).expect("the answer is JSON")
    }
}

/// The record that was made of a row.
fn made(odoo: &OdooStandin, model: &str, object: &str, id: &str) -> Map<String, Value> {
    let name = external_id(model, object, id);
    odoo.by_external_id(&name).unwrap_or_else(|| panic!("`{name}` is in Odoo"))
}

/// The external id of the record that was made of a row.
pub(crate) fn external_id(model: &str, object: &str, id: &str) -> String {
    format!("odograft_bright.{}__{object}__{id}", model.replace('.', "_2e"))
}

/// How many records Odoo has of each model that the migration writes.
fn records(odoo: &OdooStandin) -> [usize; 4] {
    ["res.partner", "mail.activity", "ir.model.fields", "ir.model.data"].map(|model| odoo.records(model).len())
}

/// Copies the files of a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in fs::read_dir(from).expect("the export is there").flatten() {
        fs::copy(file.path(), to.join(file.file_name())).expect("a table is copied");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fifth_system_moves_by_configuration_and_one_module_and_back_again() {
    let (bright, odoo) = BrightChair::open().await;
    let before = records(&odoo);

    let extracted = bright.json(&["extract"], 0);
    assert_eq!(extracted["staged"], json!([["balance", 6], ["client", 7], ["tabular-manifest", 1], ["visit", 8]]));
    let client = extracted["tables"].as_array().and_then(|tables| tables.iter().find(|t| t["object"] == "client"));
    assert_eq!(client.expect("a table")["surplus"], json!(["Schuhgröße"]));

    // What belongs to a client who is not there is told, and so is every value that is not what it is declared to be.
    let audited = bright.json(&["audit"], 3);
    let of =
        |object: &str| audited.as_array().and_then(|all| all.iter().find(|a| a["object"] == object)).expect("audited");
    let counts =
        |object: &str| ["records", "rows", "refused", "orphans"].map(|count| of(object)[count].as_u64().unwrap_or(99));
    assert_eq!((counts("client"), counts("visit")), ([7, 12, 0, 1], [8, 8, 0, 0]));
    let unreadable: Vec<&String> = [of("client"), of("visit")]
        .into_iter()
        .flat_map(|audited| audited["unreadable"].as_object().expect("an object").keys())
        .collect();
    let fields: Vec<&str> = unreadable.iter().map(|what| what.split(": ").next().unwrap_or_default()).collect();
    assert_eq!(
        fields,
        [
            "client.active",
            "client.balance.amount",
            "client.born",
            "client.since",
            "visit.begins",
            "visit.begins",
            "visit.minutes"
        ]
    );

    let first = bright.json(&["run"], 3);
    // Of 7 clients one has no name; of 8 visits one is blocked time, one has no start, one belongs to nobody who is there.
    assert_eq!(first["created"], 6 + 5);
    let zoe = made(&odoo, "res.partner", "client", "1001");
    let held = ["name", "email", "phone", "x_mobile", "zip", "city", "x_date_of_birth", "x_source_created_at"];
    assert_eq!(
        held.map(|field| zoe[field].as_str().unwrap_or_default()),
        [
            "Frau Zoë Müßig-Größer",
            "zoe@example.invalid",
            "07700 900101",
            "07700 900101",
            "99099",
            "Übersee",
            "1988-02-29",
            "2019-03-14 08:30:00"
        ]
    );
    assert_eq!(zoe["x_outstanding_balance"], json!(1000.0), "1.234,50 € less 200,00 € and 34,50 €");
    assert_eq!(
        zoe["x_account_statement"],
        "2026-09-14: invoice R-2026-17, charged 1234.50, paid 200.00\n2026-10-01: paid 34.50"
    );
    let joern = made(&odoo, "res.partner", "client", "1002");
    assert_eq!((&joern["x_date_of_birth"], &joern["x_outstanding_balance"]), (&json!("1899-12-01"), &json!(0.0)));
    assert_eq!(made(&odoo, "res.partner", "client", "1004")["active"], json!(false));
    let visit = made(&odoo, "mail.activity", "visit", "T1");
    assert_eq!((&visit["res_id"], &visit["x_appointment_start"]), (&zoe["id"], &json!("2026-12-02 08:00:00")));
    assert_eq!((&visit["x_duration_minutes"], &visit["active"]), (&json!(30), &json!(true)));
    let done = made(&odoo, "mail.activity", "visit", "T2");
    assert_eq!((&done["active"], &done["date_done"]), (&json!(false), &json!("2026-09-14")));

    let (loaded, writes) = (records(&odoo), odoo.writes());
    let second = bright.json(&["run"], 3);
    assert_eq!((&second["created"], &second["updated"], &second["fields_created"]), (&json!(0), &json!(0), &json!(0)));
    assert_eq!((records(&odoo), odoo.writes()), (loaded, writes), "a second run writes nothing");

    bright.run(&["rollback", "--yes", "--drop-fields"], 0);
    assert_eq!(records(&odoo), before, "nothing is left");
}

#[test]
fn the_module_makes_of_every_row_what_was_written_down_by_hand() {
    let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guests/fifth-system");
    let module = guests::file("fifth-system").display().to_string();
    let tested = crate::workbench::module(&guest, &["test", ".", "--module", &module]);
    assert_eq!(tested.code, 0, "{}{}", tested.out, tested.errors);
    let lineage = crate::workbench::module(&guest, &["lineage", &module, "--corpus", "fixtures"]);
    assert_eq!(
        lineage.code, 0,
        "every source field goes where it is declared to go: {}{}",
        lineage.out, lineage.errors
    );
    let checked = crate::workbench::module(&guest, &["check", &module, "--corpus", "fixtures"]);
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.errors);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_export_writes_what_differs_and_a_wrong_one_nothing() {
    let (bright, odoo) = BrightChair::open().await;
    bright.json(&["run"], 3);
    let clients = bright.folder.path().join("export/klienten.csv");
    let text = fs::read(&clients).expect("a table");
    // One more day of birth, in Windows-1252 as before.
    let at = text.windows(10).position(|window| window == b"31.02.1990").expect("a day");
    let mut other = text.clone();
    other[at..at + 10].copy_from_slice(b"28.02.1990");
    fs::write(&clients, &other).expect("written");
    let second = bright.json(&["run"], 3);
    assert_eq!((&second["created"], &second["updated"]), (&json!(0), &json!(1)));
    assert_eq!(made(&odoo, "res.partner", "client", "1003")["x_date_of_birth"], "1990-02-28");

    let writes = odoo.writes();
    let manifest = bright.folder.path().join("export/manifest.json");
    let declared = fs::read_to_string(&manifest).expect("a manifest");
    fs::write(&manifest, declared.replace("\"born\": \"date\"", "\"born\": \"birthday\"")).expect("written");
    bright.run(&["run"], 1);
    assert_eq!(odoo.writes(), writes);
}
