//! A Dent-O-Soft export all the way into Odoo and back, by the command line.

use std::fs;
use std::path::Path;

use odograft_standins::odoo::{OdooOptions, OdooStandin};
use odograft_standins::practice::PracticeOptions;
use serde_json::Value;

use crate::clinic::small;
use crate::guests;
use crate::sources::{client, command};
use crate::told::generate;

const KEY: &str = "not a key";

fn json(words: &[&str], folder: &Path) -> Value {
    let output = command(words, folder);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 3)), "{words:?}: {errors}");
    serde_json::from_slice(&output.stdout).expect("the answer is JSON")
}

fn count(summary: &Value, model: &str, what: &str) -> u64 {
    let models = summary["models"].as_array().expect("a list");
    let of_model = models.iter().find(|counted| counted["model"] == model);
    of_model.unwrap_or_else(|| panic!("no {model}: {summary:#}"))[what].as_u64().expect("a count")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_lands_in_odoo_once_and_can_be_taken_back() {
    let practice = generate(&PracticeOptions { patients: 60, appointments: 120, exams: 0, ..small() });
    let options = OdooOptions { api_key: KEY.to_owned(), users: practice.users(), ..OdooOptions::default() };
    let odoo = OdooStandin::start(options).await.expect("Odoo's stand-in starts");
    let table = "[source.dent_o_soft]\nfolder = \"export\"\n[owners]\nfallback = \"admin\"\n[[module]]\nfile = \"modules/dent-o-soft.wasm\"";
    let folder = client(table);
    let file = folder.path().join("odograft.toml");
    let text =
        fs::read_to_string(&file).expect("a configuration").replace("https://clinic.example.invalid", &odoo.url());
    fs::write(&file, text).expect("the configuration is written");
    fs::create_dir(folder.path().join("modules")).expect("a folder for modules");
    fs::write(folder.path().join("modules/dent-o-soft.wasm"), guests::bytes("dent-o-soft"))
        .expect("a module is copied");
    practice.write_dent_o_soft(7, &folder.path().join("export")).expect("the export is written");
    assert!(command(&["lock"], folder.path()).status.success());
    let models = ["res.partner", "mail.activity", "mail.message", "res.company", "utm.source", "crm.lead"];
    let mut before: Vec<usize> = models.iter().map(|model| odoo.records(model).len()).collect();

    let first = json(&["run", "--json"], folder.path());
    for model in models {
        assert!(count(&first, model, "written") + count(&first, model, "adopted") > 0, "{model}: {first:#}");
        assert_eq!(count(&first, model, "pending"), 0, "{model}: {first:#}");
    }
    // The generator has rows of patients who are not there; Odoo took every record that was sent.
    let put_aside = first["quarantined"].as_array().expect("a list");
    assert!(put_aside.iter().all(|row| row[0] != "load" || row[1] == "held-back"), "{put_aside:#?}");

    let second = json(&["run", "--json"], folder.path());
    assert_eq!((&second["created"], &second["updated"]), (&0.into(), &0.into()), "{second:#}");

    json(&["rollback", "--yes", "--drop-fields", "--json"], folder.path());
    // Odoo gives a company a contact of its own, which stays when the company is deleted.
    before[0] += usize::try_from(count(&first, "res.company", "written")).expect("a few");
    let after: Vec<usize> = models.iter().map(|model| odoo.records(model).len()).collect();
    assert_eq!(after, before, "{models:?}");
}
