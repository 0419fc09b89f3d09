//! `odograft rollback`: Odoo as it was before, through the command line, killed or not.

use std::time::Duration;

use odograft_standins::Stuck;
use serde_json::{Map, Value, json};

use crate::clinic::{Clinic, small};

type Content = Vec<(String, Vec<Map<String, Value>>)>;

/// `odograft rollback ARGS --json`.
fn rollback(clinic: &Clinic, arguments: &[&str]) -> Value {
    let arguments = [&["rollback", "--json"], arguments].concat();
    let output = clinic.command(&arguments).output().expect("the command starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 3)), "it ended with {}: {errors}", output.status);
    serde_json::from_slice(&output.stdout).expect("the answer is JSON")
}

fn assert_same(now: &Content, before: &Content) {
    for ((model, now), (_, before)) in std::iter::zip(now, before) {
        let ids = |rows: &[Map<String, Value>]| rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(now), ids(before), "`{model}` has more or fewer records");
        for (now, before) in std::iter::zip(now, before) {
            let differing: Vec<&String> = now
                .keys()
                .chain(before.keys())
                .filter(|field| *field != "write_uid" && now.get(*field) != before.get(*field))
                .collect();
            assert!(differing.is_empty(), "`{model}` {}: {differing:?} differ", before["id"]);
        }
    }
}

fn without(content: Content, models: &[&str]) -> Content {
    content.into_iter().filter(|(model, _)| !models.contains(&model.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn odoo_is_as_it_was_and_the_schema_goes_only_when_asked_twice() {
    let clinic = Clinic::open(&small(), None).await;
    let before = clinic.odoo_content();
    clinic.json("run");
    let (loaded, writes) = (clinic.odoo_content(), clinic.odoo.writes());

    let dry = rollback(&clinic, &[]);
    assert_eq!((clinic.odoo.writes(), dry["written"].as_bool()), (writes, Some(false)), "a dry run writes nothing");
    assert_same(&clinic.odoo_content(), &loaded);
    let refused = clinic.command(&["rollback", "--drop-fields"]).output().expect("the command starts");
    assert_eq!(refused.status.code(), Some(2), "`--drop-fields` alone is not understood");

    let done = rollback(&clinic, &["--yes"]);
    assert_eq!(done["counts"], dry["counts"], "a dry run says what will be");
    let schema = ["ir.model.fields", "ir.ui.view", "ir.model.data"];
    assert_same(&without(clinic.odoo_content(), &schema), &without(before.clone(), &schema));
    let parts = done["schema"].as_array().expect("a list");
    assert!(parts.iter().any(|part| part["kind"] == "page") && parts.len() > 10, "the schema stays");
    let holding: Vec<&Value> = parts.iter().filter(|part| part["holding"] != 0).collect();
    assert!(holding.is_empty(), "and holds nothing any more: {holding:?}");

    let dropped = rollback(&clinic, &["--yes", "--drop-fields"]);
    assert_eq!(dropped["dropped"].as_array().map(Vec::len), Some(parts.len()));
    assert_same(&clinic.odoo_content(), &before);
    assert_eq!(rollback(&clinic, &["--yes", "--drop-fields"])["dropped"], json!([]));

    clinic.json("run");
    let counts = |content: Content| content.into_iter().map(|(model, rows)| (model, rows.len())).collect::<Vec<_>>();
    assert_eq!(counts(clinic.odoo_content()), counts(loaded), "a run after an undo loads everything again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_since_stays_and_is_named() {
    let clinic = Clinic::open(&small(), None).await;
    clinic.json("run");
    let ledger = clinic.ledger();
    let patient = clinic.practice_patient(&ledger);
    drop(ledger);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    clinic
        .client()
        .write("res.partner", &[patient], json!({ "website": "https://changed.example.invalid" }), Value::Null)
        .await
        .expect("written");
    let done = rollback(&clinic, &["--yes"]);
    let kept = done["records"].as_array().into_iter().flatten().filter(|record| record["end"] == "kept");
    // What the contact refers to stays with it.
    let (used, left): (Vec<&Value>, Vec<&Value>) = kept.partition(|record| record["reason"] == "in-use");
    assert!(used.len() <= 1 && used.iter().all(|record| record["model"] == "utm.source"), "{used:?}");
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!((&left[0]["odoo_id"], &left[0]["reason"]), (&json!(patient), &json!("changed")));
    assert_eq!(clinic.odoo.records("res.partner").iter().filter(|row| row["id"] == patient).count(), 1);
    let output = clinic.command(&["rollback", "--yes"]).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(3), "told by the exit code");
    assert!(String::from_utf8_lossy(&output.stdout).contains("changed in Odoo since"));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_point_it_goes_on_and_ends_the_same() {
    let mut random = fastrand::Rng::with_seed(31);
    let (run, requests) = {
        let clinic = Clinic::open(&small(), None).await;
        clinic.json("run");
        let before: u64 = clinic.odoo.calls().values().sum();
        rollback(&clinic, &["--yes"]);
        (before, clinic.odoo.calls().values().sum::<u64>() - before)
    };
    for round in 0..3 {
        let clinic = Clinic::open(&small(), None).await;
        let before = without(clinic.odoo_content(), &["ir.model.fields", "ir.ui.view", "ir.model.data"]);
        // In one round the load itself is killed first.
        if round == 0 {
            kill(&clinic, &["run"], random.u64(run / 2..run - 2), Stuck::After);
        } else {
            clinic.json("run");
        }
        for stuck in [Stuck::Before, Stuck::After] {
            kill(&clinic, &["rollback", "--yes"], random.u64(1..requests / 5), stuck);
            let run = clinic.command(&["run"]).output().expect("the command starts");
            assert!(String::from_utf8_lossy(&run.stderr).contains("an undo of this migration is under way"));
        }
        rollback(&clinic, &["--yes"]);
        let now = without(clinic.odoo_content(), &["ir.model.fields", "ir.ui.view", "ir.model.data"]);
        assert_same(&now, &before);
    }
}

/// Starts a command and kills it while one of its requests to Odoo is stuck.
fn kill(clinic: &Clinic, arguments: &[&str], pass: u64, stuck: Stuck) {
    println!("`{}` is killed at request {pass}, {stuck:?}", arguments.join(" "));
    let mut told = clinic.odoo.stick(pass, stuck);
    let (mut child, _) = clinic.command(arguments).spawn().expect("the command starts");
    while told.try_recv().is_err() {
        let ended = child.try_wait().expect("the child can be asked");
        assert_eq!(ended, None, "it ended before its request got stuck");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
}
