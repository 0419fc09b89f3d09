//! A fifth system, onboarded by configuration and one module alone: its export with a manifest that declares the tables, to
//! Odoo and back again.

use std::fs;
use std::path::Path;
use std::process::Command;

use odograft_odoo::{Client, Connection};
use odograft_standins::odoo::{OdooOptions, OdooStandin};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::clinic::odograft;
use crate::guests;

const KEY: &str = "test-key";

/// Values of the drop that no command may tell.
const SECRETS: [&str; 10] =
    ["Müßig", "Hara", "Jörn", "Zoe@", "zoe@", "900101", "Penicillin", "Süßwinkel", "nüchtern", "vielleicht"];

/// A client's folder with the BrightChair export and the one module that maps it.
struct BrightChair {
    folder: TempDir,
    odoo: OdooStandin,
}

impl BrightChair {
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (export, modules) = (folder.path().join("export"), folder.path().join("modules"));
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/tabular/brightchair"), &export);
        fs::create_dir(&modules).expect("a folder for modules");
        fs::write(modules.join("fifth-system.wasm"), guests::bytes("fifth-system")).expect("a module is copied");
        let odoo = OdooStandin::start(OdooOptions { api_key: KEY.to_owned(), ..OdooOptions::default() });
        let odoo = odoo.await.expect("Odoo's stand-in starts");
        let text = format!(
            "[migration]\nname = \"bright\"\nas_of = \"2026-11-01T00:00:00Z\"\nrehearsal = true\n\
             [source.tabular]\nfolder = \"export\"\n[odoo]\nurl = \"{}\"\n[[module]]\nfile = \"modules/fifth-system.wasm\"\n",
            odoo.url()
        );
        fs::write(folder.path().join("odograft.toml"), text).expect("the configuration is written");
        let bright = Self { folder, odoo };
        bright.run(&["lock"], 0);
        bright
    }

    /// `odograft ARGS` in this folder, which ends with this code; what it tells is searched for the practice's values.
    fn run(&self, arguments: &[&str], code: i32) -> String {
        let output = Command::new(odograft())
            .args(arguments)
            .arg(self.folder.path())
            .env("ODOGRAFT_ODOO_KEY", KEY)
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

    fn json(&self, arguments: &[&str], code: i32) -> Value {
        serde_json::from_str(&self.run(&[arguments, &["--json"]].concat(), code)).expect("the answer is JSON")
    }

    /// The record that was made of a row.
    fn made(&self, model: &str, object: &str, id: &str) -> Map<String, Value> {
        let name = format!("odograft_bright.{}__{object}__{id}", model.replace('.', "_2e"));
        self.odoo.by_external_id(&name).unwrap_or_else(|| panic!("`{name}` is in Odoo"))
    }

    /// How many records Odoo has of each model that the migration writes.
    fn counts(&self) -> [usize; 4] {
        ["res.partner", "mail.activity", "ir.model.fields", "ir.model.data"].map(|model| self.odoo.records(model).len())
    }
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
    let bright = BrightChair::open().await;
    let before = bright.counts();

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
    let zoe = bright.made("res.partner", "client", "1001");
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
    let joern = bright.made("res.partner", "client", "1002");
    assert_eq!((&joern["x_date_of_birth"], &joern["x_outstanding_balance"]), (&json!("1899-12-01"), &json!(0.0)));
    assert_eq!(bright.made("res.partner", "client", "1004")["active"], json!(false));
    let visit = bright.made("mail.activity", "visit", "T1");
    assert_eq!((&visit["res_id"], &visit["x_appointment_start"]), (&zoe["id"], &json!("2026-12-02 08:00:00")));
    assert_eq!((&visit["x_duration_minutes"], &visit["active"]), (&json!(30), &json!(true)));
    let done = bright.made("mail.activity", "visit", "T2");
    assert_eq!((&done["active"], &done["date_done"]), (&json!(false), &json!("2026-09-14")));

    let (loaded, writes) = (bright.counts(), bright.odoo.writes());
    let second = bright.json(&["run"], 3);
    assert_eq!((&second["created"], &second["updated"], &second["fields_created"]), (&json!(0), &json!(0), &json!(0)));
    assert_eq!((bright.counts(), bright.odoo.writes()), (loaded, writes), "a second run writes nothing");

    bright.run(&["rollback", "--yes", "--drop-fields"], 0);
    assert_eq!(bright.counts(), before, "nothing is left");
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
    let bright = BrightChair::open().await;
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
    assert_eq!(bright.made("res.partner", "client", "1003")["x_date_of_birth"], "1990-02-28");

    let writes = bright.odoo.writes();
    let manifest = bright.folder.path().join("export/manifest.json");
    let declared = fs::read_to_string(&manifest).expect("a manifest");
    fs::write(&manifest, declared.replace("\"born\": \"date\"", "\"born\": \"birthday\"")).expect("written");
    bright.run(&["run"], 1);
    assert_eq!(bright.odoo.writes(), writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delta_goes_three_ways_and_what_is_gone_is_archived_where_the_policy_says_so() {
    let bright = BrightChair::open().await;
    bright.json(&["run"], 3);
    let config = bright.folder.path().join("odograft.toml");
    let text = fs::read_to_string(&config).expect("a configuration");
    fs::write(&config, text + "\n[delta]\ndeleted = \"archive\"\n").expect("written");
    let id = |client: &str| bright.made("res.partner", "client", client)["id"].as_i64().expect("an id");
    let held = |client: &str, field: &str| bright.made("res.partner", "client", client)[field].clone();
    let (zoe, joern, kim) = (id("1001"), id("1002"), id("1006"));

    // A moment of writing has a second's length.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let connection = Connection { url: bright.odoo.url(), database: None, key: KEY.into() };
    let practice = Client::new(connection).expect("a client");
    for (contact, field, value) in
        [(zoe, "phone", "555-0199"), (joern, "phone", "555-0188"), (kim, "website", "https://kim.example.invalid")]
    {
        practice.write("res.partner", &[contact], json!({ field: value }), Value::Null).await.expect("written");
    }
    let (clients, manifest) =
        (bright.folder.path().join("export/klienten.csv"), bright.folder.path().join("export/manifest.json"));
    let (rows, declared) = (fs::read(&clients).expect("a table"), fs::read_to_string(&manifest).expect("a manifest"));
    let replaced = |rows: &[u8], from: &[u8], to: &[u8]| -> Vec<u8> {
        let at = rows.windows(from.len()).position(|window| window == from).expect("it stands there");
        [&rows[..at], to, &rows[at + from.len()..]].concat()
    };
    let without = |rows: &[u8], number: &[u8]| -> Vec<u8> {
        let lines = rows.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.starts_with(number));
        lines.collect::<Vec<_>>().concat()
    };
    let changed = replaced(&replaced(&rows, b"31.02.1990", b"28.02.1990"), b"07700 900101", b"07700 900108");
    fs::write(&clients, without(&without(&changed, b"1006;"), b"1007;")).expect("written");
    fs::write(&manifest, declared.replacen("\"rows\": 7", "\"rows\": 5", 1)).expect("written");

    let delta = bright.json(&["delta"], 3);
    assert_eq!(held("1003", "x_date_of_birth"), "1990-02-28", "what changed in the source alone goes to Odoo");
    assert_eq!(held("1002", "phone"), "555-0188", "what changed in Odoo alone stays");
    assert_eq!((&held("1001", "phone"), &held("1001", "x_mobile")), (&json!("555-0199"), &json!("07700 900108")));
    assert_eq!(delta["both_sides"], 1, "what changed on both sides stays as it is in Odoo, and is told");
    let gone: Vec<(&str, &str)> = delta["gone"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|gone| gone["model"] == "res.partner")
        .map(|gone| (gone["source_id"].as_str().unwrap_or_default(), gone["end"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(gone, [("1006", "changed-in-odoo"), ("1007", "archived")]);
    assert_eq!((held("1006", "active"), held("1007", "active")), (json!(true), json!(false)));
    let told = bright.run(&["delta"], 3);
    assert!(told.contains("Gone from the source") && told.contains("stays: changed in Odoo"), "{told}");

    // What comes back to the source comes back from the archive.
    fs::write(&clients, &changed).expect("written");
    fs::write(&manifest, &declared).expect("written");
    let back = bright.json(&["delta"], 3);
    assert_eq!(back["gone"].as_array().map(Vec::len), Some(0), "{}", back["gone"]);
    assert_eq!(held("1007", "active"), json!(true));
    assert_eq!(bright.json(&["reconcile"], 0)["gaps"], json!([]));
}
