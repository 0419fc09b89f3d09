//! The life of a migration through the command line: plan, yes, owners, pilot, reconciliation, an orderly stop.

use std::collections::BTreeMap;
use std::fs;
use std::process::Output;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clinic::{Clinic, small};

fn reconfigure(clinic: &Clinic, from: &str, to: &str) {
    let file = clinic.folder.path().join("odograft.toml");
    let text = fs::read_to_string(&file).expect("a configuration");
    assert!(text.contains(from), "`{from}` stands in the configuration");
    fs::write(file, text.replacen(from, to, 1)).expect("written");
}

fn output(clinic: &Clinic, arguments: &[&str]) -> Output {
    clinic.command(arguments).output().expect("the command starts")
}

/// What a command says where it fails.
fn refused(clinic: &Clinic, arguments: &[&str]) -> String {
    let output = output(clinic, arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "`{}` fails: {told}", arguments.join(" "));
    told
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("the answer is JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_without_a_yes_to_this_very_plan() {
    let clinic = Clinic::open(&small(), None).await;
    reconfigure(&clinic, "rehearsal = true", "");
    assert!(refused(&clinic, &["approve", "--plan", "12345678", "--by", "Ada"]).contains("hint: `odograft plan`"));
    for command in ["run", "pilot"] {
        let told = refused(&clinic, &[command]);
        assert!(told.contains("is not approved") && told.contains("hint: `odograft plan`"), "{told}");
    }
    let plan = output(&clinic, &["plan"]);
    println!("{}", String::from_utf8_lossy(&plan.stdout));
    let plan = clinic.json("plan");
    let hash = plan["plan"].as_str().expect("a hash").to_owned();
    assert_eq!((plan["approval"].is_null(), plan["rate"].is_null()), (true, true));
    assert_eq!(clinic.odoo.writes(), 0, "neither a plan nor a refused run writes");
    assert!(plan["fields"].as_array().is_some_and(|fields| fields.len() > 30), "{}", plan["fields"]);
    let sites = plan["structure"].as_array().into_iter().flatten().find(|of| of["model"] == "crm.team");
    assert_eq!(sites.expect("teams are proposed")["made"].as_array().map(Vec::len), Some(clinic.practice.sites.len()));

    let (short, other) = (&hash[..12], "0123456789ab");
    assert!(refused(&clinic, &["approve", "--plan", other, "--by", "Ada"]).contains(short));
    assert!(refused(&clinic, &["approve", "--plan", &hash[..4], "--by", "Ada"]).contains("eight"));
    assert!(refused(&clinic, &["approve", "--plan", short, "--by", " "]).contains("needs a name"));
    let approved = output(&clinic, &["approve", "--plan", short, "--by", "Ada of the practice"]);
    assert!(String::from_utf8_lossy(&approved.stdout).contains("is approved by Ada of the practice"));
    assert_eq!(clinic.json("plan")["approval"]["by"], "Ada of the practice");
    let run = clinic.json("run");
    assert!(run["created"].as_u64() > Some(100));
    assert_eq!(clinic.json("plan")["plan"], hash.as_str(), "what is in Odoo since then makes it no other plan");
    assert!(clinic.json("plan")["rate"]["records"].as_u64() > Some(100), "the run has measured how fast it is");

    // A setting makes it another plan.
    reconfigure(
        &clinic,
        "file = \"modules/dentally.wasm\"",
        "file = \"modules/dentally.wasm\"\nsettings = { appointments = \"both\" }",
    );
    let told = refused(&clinic, &["run"]);
    assert!(told.contains(&format!("is another than {short}")), "{told}");
    let again = clinic.json("plan");
    assert!(again["plan"] != hash.as_str() && again["approval"].is_null());
    let audited = output(&clinic, &["ledger", "audit", "--json"]);
    assert!(String::from_utf8_lossy(&audited.stdout).contains("Ada of the practice"), "the yes is in the audit");
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_are_decided_before_anything_is_written() {
    let clinic = Clinic::open(&small(), None).await;
    reconfigure(&clinic, "fallback = \"admin\"", "");
    let told = refused(&clinic, &["run"]);
    assert!(told.contains("nobody has decided who stands in") && told.contains("practitioner/"), "{told}");
    assert_eq!(clinic.odoo.writes(), 0);
    let plan = output(&clinic, &["plan", "--json"]);
    assert_eq!(plan.status.code(), Some(1), "a plan with undecided owners is none to approve");
    let plan = json_of(&plan);
    assert_eq!(plan["recommended_fallback"], "admin");
    let owners = plan["owners"].as_array().expect("owners");
    assert!(
        !owners.is_empty() && owners.iter().all(|o| o["stands_in"].is_null() && o["references"].as_u64() > Some(0))
    );

    // One by one, and the last of them by the fallback.
    let of = |owner: &Value| format!("practitioner/{}", owner["source_id"].as_str().expect("an id"));
    reconfigure(
        &clinic,
        "[owners]",
        &format!("[owners]\nusers = {{ \"{}\" = \"nobody@example.invalid\" }}", of(&owners[0])),
    );
    let told = refused(&clinic, &["run"]);
    assert!(told.contains("is not a user of this Odoo") && told.contains(&of(&owners[0])), "{told}");
    reconfigure(&clinic, "\"nobody@example.invalid\"", "\"admin\"");
    reconfigure(&clinic, "[owners]", "[owners]\nleave_empty = true");
    let plan = clinic.json("plan");
    let stands_in: Vec<&str> =
        plan["owners"].as_array().into_iter().flatten().filter_map(|owner| owner["stands_in"].as_str()).collect();
    assert_eq!(stands_in.iter().filter(|who| **who == "admin").count(), 1, "{stands_in:?}");
    assert!(stands_in.iter().all(|who| ["admin", "nobody"].contains(who)), "{stands_in:?}");
    assert!(clinic.json("run")["created"].as_u64() > Some(100));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pilot_shows_what_the_practice_differs_in_and_a_run_brings_the_rest() {
    let clinic = Clinic::open(&small(), None).await;
    let whole = Clinic::open(&small(), None).await;
    whole.json("run");

    let done = output(&clinic, &["pilot", "--patients", "25", "--json"]);
    assert!(matches!(done.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&done.stderr));
    let done = json_of(&done);
    assert_eq!(done["pilot"]["patients"], 25);
    let patients = |clinic: &Clinic| {
        clinic.odoo.records("res.partner").iter().filter(|p| p.get("x_source_id").is_some_and(Value::is_string)).count()
    };
    assert!((25..40).contains(&patients(&clinic)), "{} contacts", patients(&clinic));
    let (all, shown) = (done["pilot"]["strata"][0].as_u64(), done["pilot"]["strata"][1].as_u64());
    assert!(shown > Some(30) && shown <= all, "{shown:?} of {all:?}");
    let folder = clinic.folder.path().join("pilot");
    let counts = &done["diff"];
    println!("{counts}");
    assert_eq!((counts["lost"].as_u64(), counts["differs"].as_u64()), (Some(0), Some(0)), "{counts}");
    assert!(counts["same"].as_u64() > Some(100) && counts["changed"].as_u64() > Some(100), "{counts}");
    let page = fs::read_to_string(folder.join("diff.html")).expect("a page");
    assert!(page.contains("<svg") && page.contains("changed by rule"));
    let rows: Value = serde_json::from_slice(&fs::read(folder.join("diff.json")).expect("JSON")).expect("JSON");
    let row = |field: &str| rows["rows"].as_array().into_iter().flatten().find(|row| row["field"] == field);
    assert!(row("birthdate").or(row("x_date_of_birth")).or(row("email")).is_some(), "fields are told by their names");
    fs::write(folder.join("other.txt"), "x").expect("written");
    assert!(refused(&clinic, &["pilot", "--patients", "25"]).contains("something else than an earlier one"));
    fs::remove_file(folder.join("other.txt")).expect("removed");

    let writes = clinic.odoo.writes();
    let again = output(&clinic, &["pilot", "--patients", "25", "--redacted"]);
    assert!(matches!(again.status.code(), Some(0 | 3)));
    println!("{}", String::from_utf8_lossy(&again.stdout));
    assert_eq!(clinic.odoo.writes(), writes, "the same sample once more writes nothing");
    let redacted = fs::read_to_string(folder.join("diff.html")).expect("a page");
    let name = clinic
        .practice
        .patients
        .iter()
        .filter_map(|p| p["last_name"].as_str())
        .find(|name| name.len() > 5 && page.contains(*name));
    assert!(!redacted.contains(name.expect("a patient of the sample")), "a redacted page has no values");

    clinic.json("run");
    let counts = |clinic: &Clinic| -> BTreeMap<String, usize> {
        clinic.odoo_content().into_iter().map(|(model, rows)| (model, rows.len())).collect()
    };
    assert_eq!(counts(&clinic), counts(&whole), "pilot and run end as a run alone");
    assert_eq!(clinic.json("status")["digest"], whole.json("status")["digest"], "and the ledgers say the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_behind_the_tools_back_is_found() {
    let clinic = Clinic::open(&small(), None).await;
    assert!(refused(&clinic, &["reconcile"]).contains("nothing has been planned"));
    clinic.json("run");
    let (writes, done) = (clinic.odoo.writes(), output(&clinic, &["reconcile"]));
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    println!("{told}");
    assert_eq!((done.status.code(), clinic.odoo.writes()), (Some(0), writes), "{told}");
    assert!(told.contains("No gap"), "{told}");

    let ledger = clinic.ledger();
    let made = ledger.made("mail.activity", None, 3).expect("readable");
    let (gone, patient) = (&made[0], clinic.practice_patient(&ledger));
    clinic.client().unlink("mail.activity", &[gone.odoo_id]).await.expect("deleted");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let note = json!({ "website": "https://changed.example.invalid" });
    clinic.client().write("res.partner", &[patient], note, Value::Null).await.expect("written");
    let found = output(&clinic, &["reconcile", "--json"]);
    assert_eq!(found.status.code(), Some(1), "a gap is told by the exit code");
    let found = json_of(&found);
    let gaps = found["gaps"].as_array().expect("gaps");
    assert_eq!(gaps.len(), 1, "what the practice has changed is no gap: {gaps:?}");
    assert_eq!((&gaps[0]["kind"], &gaps[0]["odoo_id"]), (&json!("missing"), &json!(gone.odoo_id)));
    assert_eq!(gaps[0]["source_id"], gone.source_id.as_str());
    let changed: u64 = found["models"].as_array().into_iter().flatten().filter_map(|of| of["changed"].as_u64()).sum();
    assert_eq!(changed, 1);
    let told = output(&clinic, &["reconcile"]);
    assert!(String::from_utf8_lossy(&told.stdout).contains("is gone from Odoo"));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_wish_to_stop_is_met_between_two_batches_and_the_same_command_goes_on() {
    let whole = Clinic::open(&small(), None).await;
    whole.json("run");
    let clinic = Clinic::open(&small(), Some(Duration::from_millis(15))).await;
    let mut stopped = 0;
    for _ in 0..20 {
        let (mut child, _) = clinic.command(&["run"]).spawn().expect("the command starts");
        std::thread::sleep(Duration::from_millis(900));
        let interrupt = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(interrupt.is_ok());
        match child.wait().expect("it ends").code() {
            Some(130) => stopped += 1,
            Some(0 | 3) => break,
            other => panic!("it ended with {other:?}"),
        }
    }
    assert!(stopped > 0, "it was never stopped");
    let again = output(&clinic, &["run"]);
    assert!(matches!(again.status.code(), Some(0 | 3)));
    assert_eq!(clinic.json("status")["digest"], whole.json("status")["digest"], "it ends as one that nobody stopped");
}

/// The practice's exams without the last of them, or with all again.
fn exams(clinic: &Clinic, all: &[String; 3]) -> (String, String) {
    let drop = clinic.folder.path().join("perio");
    let (manifest, exams, readings) = (&all[0], &all[1], &all[2]);
    let last = exams.lines().next_back().and_then(|line| line.split(',').next()).expect("an exam").to_owned();
    let without = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.split(',').next() != Some(last.as_str())).map(str::to_owned).collect()
    };
    let (fewer_exams, fewer_readings) = (without(exams), without(readings));
    let count = |text: &str| text.lines().count() - 1;
    let mut manifest = manifest.clone();
    for (text, fewer) in [(exams, &fewer_exams), (readings, &fewer_readings)] {
        manifest = manifest.replace(&format!(" {}", count(text)), &format!(" {}", fewer.len() - 1));
    }
    fs::write(drop.join("exams.csv"), fewer_exams.join("\n") + "\n").expect("written");
    fs::write(drop.join("readings.csv"), fewer_readings.join("\n") + "\n").expect("written");
    fs::write(drop.join("manifest.json"), &manifest).expect("written");
    (last, manifest)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delta_tells_what_is_gone_and_the_practices_own_changes_stay() {
    let clinic = Clinic::open(&small(), None).await;
    let drop = clinic.folder.path().join("perio");
    let all = ["manifest.json", "exams.csv", "readings.csv"]
        .map(|file| fs::read_to_string(drop.join(file)).expect("the perio export"));
    clinic.json("run");
    let nothing = clinic.json("delta");
    assert_eq!((&nothing["created"], &nothing["updated"], &nothing["gone"]), (&0.into(), &0.into(), &json!([])));

    let (exam, _) = exams(&clinic, &all);
    let gone = clinic.json("delta");
    let records = gone["gone"].as_array().expect("a list");
    let messages: Vec<&Value> = records.iter().filter(|gone| gone["source_id"] == exam.as_str()).collect();
    assert!(messages.iter().all(|gone| gone["end"] == "stays"), "by default what is gone is told: {records:?}");
    let told = output(&clinic, &["delta"]);
    println!("{}", String::from_utf8_lossy(&told.stdout));

    for (file, text) in std::iter::zip(["manifest.json", "exams.csv", "readings.csv"], &all) {
        fs::write(drop.join(file), text).expect("written");
    }
    let back = clinic.json("delta");
    assert_eq!(back["gone"], json!([]), "what comes back is in the plan again");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_may_be_one_are_decided_by_a_person_and_the_plan_goes_by_it() {
    let clinic = Clinic::open(&small(), None).await;
    assert!(refused(&clinic, &["duplicates"]).contains("nothing has been planned"));
    clinic.json("plan");
    let found = output(&clinic, &["duplicates", "--json"]);
    assert_eq!(found.status.code(), Some(0), "{}", String::from_utf8_lossy(&found.stderr));
    println!("{}", json_of(&found));
    let folder = clinic.folder.path().join("duplicates");
    let review = fs::read_to_string(folder.join("duplicates.csv")).expect("a review");
    let mut reader = csv::Reader::from_reader(review.as_bytes());
    let rows: Vec<Vec<String>> =
        reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
    assert!(!rows.is_empty(), "the practice has people who look alike");
    let (kept, other) = (rows[0][2].clone(), rows[0][3].clone());
    let take = |text: String| {
        let file = clinic.folder.path().join("decisions.csv");
        fs::write(&file, text).expect("written");
        output(&clinic, &["duplicates", "--json", "--take", file.to_str().expect("a path")])
    };
    let stranger = take(format!("decision,object,kept,other\nmerge,patient,{kept},nobody\n"));
    assert!(String::from_utf8_lossy(&stranger.stderr).contains("are no pair of the review"));
    let taken = take(format!("decision,object,kept,other\nmerge,patient,{kept},{other}\n"));
    let taken = json_of(&taken);
    assert_eq!((&taken["taken"], &taken["counts"]["merge"]), (&json!(1), &json!(1)), "{taken}");
    assert_eq!(json_of(&take(format!("decision,object,kept,other\nmerge,patient,{kept},{other}\n")))["taken"], 0);

    clinic.json("run");
    let ledger = clinic.ledger();
    let record = |id: &str| ledger.record("res.partner", "patient", id).expect("readable").and_then(|r| r.odoo_id);
    assert!(record(&kept).is_some() && record(&other).is_none(), "one contact is made of two");
    let visits = |id: &str| {
        let of = |visit: &&Value| visit["patient_id"].as_i64() == id.parse::<i64>().ok();
        clinic.practice.appointments.iter().filter(of).count()
    };
    let contact = record(&kept);
    let on_contact = clinic.odoo.records("mail.activity").iter().filter(|a| a["res_id"].as_i64() == contact).count();
    assert_eq!(on_contact, visits(&kept) + visits(&other), "the visits of both are the one's");
    let reconciled = json_of(&output(&clinic, &["reconcile", "--json"]));
    assert_eq!((&reconciled["gaps"], &reconciled["merged"]), (&json!([]), &json!(1)));
    let writes = clinic.odoo.writes();
    clinic.json("run");
    assert_eq!(clinic.odoo.writes(), writes, "a merge stays one");

    // A decision can be taken back: the other is made after all.
    let back = take(format!("decision,object,kept,other\nkeep-both,patient,{kept},{other}\n"));
    assert_eq!(json_of(&back)["taken"], 1, "{}", String::from_utf8_lossy(&back.stderr));
    clinic.json("run");
    let ledger = clinic.ledger();
    let both = [&kept, &other]
        .map(|id| ledger.record("res.partner", "patient", id).expect("readable").and_then(|r| r.odoo_id));
    assert!(both[0].is_some() && both[1].is_some() && both[0] != both[1], "{both:?}");
}
