//! `odograft pack` from end to end: a practice moves into an Odoo whose API nobody calls.

pub(crate) mod administrator;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use odograft_ledger::RecordState;
use odograft_standins::practice::Practice;
use serde_json::{Value, json};

use crate::clinic::{Clinic, small};
use administrator::{Administrator, Hand, folder, sheet, steps};

/// The models that a practice's records go to.
pub(crate) const MODELS: [&str; 4] = ["crm.team", "res.partner", "mail.activity", "mail.message"];

/// The models whose fields the administrator exports; a real one exports all fields there are.
pub(crate) const DESCRIBED: [&str; 11] = [
    "crm.team",
    "crm.team.member",
    "res.partner",
    "mail.activity",
    "mail.activity.type",
    "mail.message",
    "product.product",
    "res.users",
    "sale.order",
    "sale.order.line",
    "utm.source",
];

/// A clinic whose Odoo is only reached by its administrator.
pub(crate) struct Desk {
    pub(crate) clinic: Clinic,
    pub(crate) administrator: Administrator,
    /// What the administrator exported for planning.
    pub(crate) planning: PathBuf,
    pub(crate) pack: PathBuf,
}

impl Desk {
    async fn open(practice: Practice) -> Self {
        let clinic = Clinic::of(practice, None).await;
        let administrator = Administrator { client: clinic.client(), hand: Hand::Load };
        Self::of(clinic, administrator).await
    }

    /// The same with an administrator of another Odoo than the clinic's stand-in.
    pub(crate) async fn of(clinic: Clinic, administrator: Administrator) -> Self {
        let planning = folder(clinic.folder.path(), "exports");
        administrator.export_for_planning(&DESCRIBED, &planning).await;
        let pack = clinic.folder.path().join("pack");
        Self { clinic, administrator, planning, pack }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.clinic.command(arguments).env_remove("ODOGRAFT_ODOO_KEY").output().expect("the command starts")
    }

    /// `odograft pack write --json`.
    pub(crate) fn write(&self) -> Value {
        let output = self.run(&["pack", "write", "--json"]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{errors}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// `odograft pack reconcile EXPORTS --json`, which must end so.
    fn reconcile(&self, exports: &Path, code: i32) -> Value {
        let output = self.run(&["pack", "reconcile", "--json", exports.to_str().expect("a path in UTF-8")]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{errors}{}", String::from_utf8_lossy(&output.stdout));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Imports the pack, exports, reconciles.
    pub(crate) async fn round(&self, name: &str) -> Value {
        self.administrator.import(&self.pack).await;
        let exports = folder(self.clinic.folder.path(), name);
        self.administrator.export_all(&self.pack, &exports).await;
        self.reconcile(&exports, 0)
    }
}

/// Every file of a folder.
fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("there").map(|entry| entry.expect("there"));
    entries.map(|e| (e.file_name().to_string_lossy().into_owned(), fs::read(e.path()).expect("readable"))).collect()
}

fn model<'v>(list: &'v Value, name: &str) -> &'v Value {
    list.as_array().expect("a list").iter().find(|m| m["model"] == name).unwrap_or(&Value::Null)
}

/// What Odoo holds of the migration's records, by external id, without what every database numbers for itself.
fn held(clinic: &Clinic) -> BTreeMap<String, Value> {
    let mut held = BTreeMap::new();
    let of = |model: &str| clinic.odoo.records(model);
    let names: BTreeMap<(String, i64), String> = of("ir.model.data")
        .into_iter()
        .filter(|row| row["module"] == "odograft_test")
        .map(|row| {
            let text = |name: &str| row[name].as_str().expect("text").to_owned();
            ((text("model"), row["res_id"].as_i64().expect("an id")), text("name"))
        })
        .collect();
    let name = |model: &str, id: &Value| id.as_i64().and_then(|id| names.get(&(model.to_owned(), id)));
    for model in MODELS {
        for mut record in of(model) {
            let Some(external) = name(model, &record["id"]).cloned() else { continue };
            record.retain(|field, _| !matches!(field.as_str(), "id" | "create_date" | "write_date" | "date_done"));
            for (field, other) in [("res_id", "res.partner"), ("x_site_team", "crm.team")] {
                if let Some(known) = record.get(field).and_then(|id| name(other, id)) {
                    record.insert(field.to_owned(), json!(known));
                }
            }
            // A contact and a message name themselves by number.
            record.retain(|field, _| !matches!(field.as_str(), "commercial_partner_id" | "message_id"));
            held.insert(format!("{model} {external}"), Value::Object(record));
        }
    }
    held
}

#[tokio::test(flavor = "multi_thread")]
async fn a_practice_moves_by_files_alone() {
    let mut practice = Practice::generate(&small());
    practice.patients[0]["first_name"] = json!("=1+1");
    practice.patients[1]["first_name"] = json!("+44 \"a\"");
    practice.patients[2]["first_name"] = json!("@Zoë, -x");
    let desk = Desk::open(practice.clone()).await;
    let clinic = &desk.clinic;
    let calls = clinic.odoo.calls();

    let first = desk.write();
    let once = bytes(&desk.pack);
    desk.write();
    assert!(once == bytes(&desk.pack), "two runs write the same bytes");
    assert_eq!(clinic.odoo.calls(), calls, "nobody calls Odoo");
    for name in ["res.partner", "crm.team"] {
        assert!(steps(&desk.pack).iter().any(|step| step.model == name), "{name}");
    }
    let waiting: Vec<&str> =
        first["next_round"].as_array().expect("a list").iter().filter_map(|row| row[0].as_str()).collect();
    assert_eq!(waiting, ["mail.activity", "mail.message"], "what holds a database id waits for it");
    let page = String::from_utf8(once["index.html"].clone()).expect("UTF-8");
    for step in steps(&desk.pack) {
        assert!(page.contains(&step.file) && page.contains(&step.path), "the page leads to {}", step.file);
    }
    for patient in &clinic.practice.patients {
        for field in ["last_name", "email_address"] {
            let value = patient[field].as_str().unwrap_or_default();
            assert!(value.len() < 6 || !page.contains(value), "the page holds nothing of a patient");
        }
    }

    // As long as nobody knows what of it is in Odoo, nothing is written another way.
    let run = clinic.command(&["run"]).output().expect("the command starts");
    let errors = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(1));
    assert!(errors.contains("a pack of this migration is out") && errors.contains("hint: "), "{errors}");

    let found = desk.round("first").await;
    let partners = model(&found["models"], "res.partner");
    assert_eq!((&partners["missing"], &partners["surplus"]), (&json!(0), &json!(0)));
    assert_eq!(found["differing"], json!([]), "every value arrives");
    assert_eq!(found["unread"], json!([]));
    assert_eq!(desk.reconcile(&clinic.folder.path().join("first"), 0)["models"][1]["written"], 0, "it can be repeated");

    let second = desk.write();
    assert_eq!(second["next_round"], json!([]));
    let models: Vec<String> = steps(&desk.pack).into_iter().map(|step| step.model).collect();
    assert_eq!(models.first().map(String::as_str), Some("ir.actions.act_window"));
    assert!(models.iter().skip(1).all(|model| model.starts_with("mail.")), "only the rest: {models:?}");
    let found = desk.round("second").await;
    assert_eq!((&found["differing"], &found["remaining"]), (&json!([]), &json!(0)));

    let third = desk.write();
    assert_eq!(third["steps"], json!([]), "nothing is left");

    let through_the_api = Clinic::of(practice, None).await;
    through_the_api.json("run");
    let (by_files, by_calls) = (held(clinic), held(&through_the_api));
    assert_eq!(by_files.keys().collect::<Vec<_>>(), by_calls.keys().collect::<Vec<_>>());
    for (name, record) in &by_files {
        let other = &by_calls[name];
        let record = record.as_object().expect("an object");
        let differing: Vec<&String> = record.keys().filter(|field| record[*field] != other[*field]).collect();
        assert!(differing.is_empty(), "{name}: {differing:?} differ");
    }
    let ledger = clinic.ledger();
    let id = clinic.practice.patients[0]["id"].to_string();
    let patient = ledger.record("res.partner", "patient", &id).expect("readable").expect("planned");
    assert_eq!(patient.state, RecordState::Written);
    let partner = clinic.odoo.by_external_id(&patient.external_id).expect("it is in Odoo");
    assert_eq!(partner["id"].as_i64(), patient.odoo_id);
    assert!(partner["name"].as_str().is_some_and(|name| name.contains("=1+1")), "text stays text");

    // A run through the API has nothing to add.
    let again = clinic.json("run");
    assert_eq!((&again["created"], &again["updated"]), (&json!(0), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_that_are_missing_are_told_all_at_once() {
    let desk = Desk::open(Practice::generate(&small())).await;
    folder(desk.clinic.folder.path(), "exports");
    let output = desk.run(&["pack", "write"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    let told = errors.lines().skip_while(|line| !line.starts_with("error:")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(told, @r#"
    error: these exports from Odoo are missing, or lack a column:
      `ir.model.fields.csv` with Field Name, Field Type, Model Name, Readonly, Related Model, Stored
      `mail.activity.type.csv` with External ID, ID, name
      `product.product.csv` with External ID, ID, default_code
      `res.users.csv` with External ID, ID, Login
      `utm.source.csv` with External ID, ID, name
    hint: in Odoo, with the developer mode on and the language English, open each list, select all its records (archived ones too), Actions > Export, without "I want to update data", format CSV, with these columns; put the files into the folder that `--exports` names
    "#);
    assert!(!desk.pack.exists());
    fs::write(desk.planning.join("User (res.users).xlsx"), "PK\u{3}\u{4}").expect("written");
    let output = desk.run(&["pack", "write"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("`User (res.users).xlsx` is a workbook\nhint: choose the format CSV"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_pack_that_was_imported_in_part_the_rest_is_packed_again() {
    let desk = Desk::open(Practice::generate(&small())).await;
    desk.write();
    let all = steps(&desk.pack);
    let half = all.iter().find(|step| step.model == "res.partner").expect("contacts");
    // The files behind it would not go in: their rows refer to contacts that are not there.
    for step in all.iter().take_while(|step| step.file != half.file) {
        desk.administrator.import_file(&desk.pack, step, usize::MAX).await;
    }
    desk.administrator.import_file(&desk.pack, half, 40).await;
    let exports = folder(desk.clinic.folder.path(), "half");
    desk.administrator.export_all(&desk.pack, &exports).await;
    let found = desk.reconcile(&exports, 1);
    let partners = model(&found["models"], "res.partner");
    assert_eq!(partners["missing"].as_u64(), Some(half.rows - 40), "{partners}");
    assert_eq!(partners["written"], 40, "the rest is known to be in Odoo");
    let again = desk.reconcile(&exports, 1);
    let partners = model(&again["models"], "res.partner");
    assert_eq!((&partners["known"], &partners["written"]), (&json!(40), &json!(0)));

    let missing = sheet(&desk.pack.join(&half.file)).1.split_off(40);
    desk.write();
    let partners: Vec<_> = steps(&desk.pack).into_iter().filter(|step| step.model == "res.partner").collect();
    assert_eq!(partners.len(), 1);
    assert_eq!(sheet(&desk.pack.join(&partners[0].file)).1, missing, "the very rows that were missing");

    // An export that is not there proves nothing.
    let none = folder(desk.clinic.folder.path(), "none");
    let found = desk.reconcile(&none, 1);
    assert!(found["not_exported"].as_array().is_some_and(|models| models.contains(&json!("res.partner"))), "{found}");
    assert_eq!(desk.run(&["run"]).status.code(), Some(1), "the pack is still out");
    let dropped = desk.run(&["pack", "drop"]);
    assert_eq!(String::from_utf8_lossy(&dropped.stdout), "The pack is forgotten; its files may be deleted.\n");
    desk.clinic.json("run");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_run_through_the_api_a_pack_holds_what_has_changed() {
    let desk = Desk::open(Practice::generate(&small())).await;
    desk.clinic.json("run");
    desk.administrator.export_for_planning(&DESCRIBED, &desk.planning).await;
    let drop = desk.clinic.folder.path().join("perio");
    let all = fs::read_to_string(drop.join("readings.csv")).expect("readings");
    let manifest = fs::read_to_string(drop.join("manifest.json")).expect("a manifest");
    let ledger = desk.clinic.ledger();
    let earlier = |exam: &str| ledger.record("mail.message", "exam", exam).expect("read").is_some();
    let mut lines: Vec<&str> = all.lines().collect();
    let count = lines.len() - 1;
    // Two exams change in the source, one of them in Odoo as well.
    let exam = |line: &&str| line.split(',').next().map(str::to_owned);
    let mut changed: Vec<String> = Vec::new();
    for _ in 0..2 {
        let depth = |line: &&str| {
            line.contains(",probing-depth,") && exam(line).is_some_and(|e| earlier(&e) && !changed.contains(&e))
        };
        let at = lines.iter().rposition(depth).expect("an earlier exam with a depth");
        changed.extend(exam(&lines.remove(at)));
    }
    fs::write(drop.join("readings.csv"), format!("{}\n", lines.join("\n"))).expect("written");
    fs::write(drop.join("manifest.json"), manifest.replace(&format!(" {count}"), &format!(" {}", count - 2)))
        .expect("written");
    let known = |exam: &str| ledger.record("mail.message", "exam", exam).expect("read").expect("planned");
    let [theirs, ours] = [known(&changed[0]), known(&changed[1])];
    let their_id = theirs.odoo_id.expect("in Odoo");
    let client = &desk.administrator.client;
    let body = json!({ "body": "<p>Read again by the practice</p>" });
    client.write("mail.message", &[their_id], body, Value::Null).await.expect("written");

    // Look-ups go elsewhere now: the first brings the plan up to them from what is staged, the second reads the source.
    assert_eq!(desk.write()["steps"], json!([]), "Odoo has everything");
    let output = desk.run(&["pack", "write"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    let asked = errors.contains("`mail.message.csv` with External ID, ID, ");
    assert!(output.status.code() == Some(1) && asked, "what Odoo holds has to be seen: {errors}");
    desk.administrator.export_columns("mail.message", &["id", "body"], &Value::Null, &desk.planning).await;
    let summary = desk.write();
    let files = steps(&desk.pack);
    let change = files.last().expect("files");
    assert_eq!((change.model.as_str(), change.rows), ("mail.message", 1), "{summary}");
    assert!(change.path.contains(".change_mail_message"), "{}", change.path);
    let findings = desk.clinic.ledger().findings().expect("readable");
    let told: Vec<_> = findings.iter().filter(|f| f.code == "changed-in-odoo").map(|f| f.source_id.as_str()).collect();
    assert_eq!(told, [changed[0].as_str()], "the practice's own change stays, and is told");
    let (headers, rows) = sheet(&desk.pack.join(&change.file));
    assert!(headers.contains(&"body".to_owned()) && !headers.contains(&"date".to_owned()), "{headers:?}");

    let exports = folder(desk.clinic.folder.path(), "before");
    desk.administrator.export_all(&desk.pack, &exports).await;
    let found = desk.reconcile(&exports, 1);
    assert_eq!(model(&found["models"], "mail.message")["missing"], 1, "the change has not arrived");
    desk.write();
    let found = desk.round("after").await;
    assert_eq!(model(&found["models"], "mail.message")["changed"], 1);
    assert_eq!(rows[0][0], ours.external_id);
    let message = desk.clinic.odoo.by_external_id(&rows[0][0]).expect("it is in Odoo");
    let place = headers.iter().position(|header| header == "body").expect("there");
    assert_eq!(message["body"], rows[0][place].as_str());
    let kept = desk.clinic.odoo.by_external_id(&theirs.external_id).expect("it is in Odoo");
    assert_eq!(kept["body"], "<p>Read again by the practice</p>");
    assert_eq!(desk.write()["steps"], json!([]));
}
