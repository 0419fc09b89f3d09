//! `odograft check` and the preflight of a run: what Odoo would refuse, told in full before anything is written.

use serde_json::{Value, json};

use crate::clinic::{Clinic, small};

/// Makes a custom field of contacts before the migration does.
async fn field(clinic: &Clinic, name: &str, kind: &str, size: i64) {
    let client = clinic.client();
    let found = client.resolve_external_ids(&["base.model_res_partner".to_owned()]).await.expect("resolved");
    let values = json!({
        "model_id": found["base.model_res_partner"].1, "name": name, "ttype": kind, "field_description": name,
        "state": "manual", "size": size,
    });
    client.create("ir.model.fields", vec![values], Value::Null).await.expect("made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_practice_is_found_good_and_nothing_is_written() {
    let clinic = Clinic::open(&small(), None).await;
    let output = clinic.command(&["check"]).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Odoo takes everything that is planned.\n");
    assert_eq!(clinic.odoo.writes(), 0);
    clinic.json("run");
    assert!(clinic.odoo.writes() > 0, "a run goes on from there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_another_type_stops_a_run_before_it_writes() {
    let clinic = Clinic::open(&small(), None).await;
    field(&clinic, "x_medical_alert", "integer", 0).await;
    let writes = clinic.odoo.writes();
    let run = clinic.command(&["run"]).output().expect("the command starts");
    let errors = String::from_utf8_lossy(&run.stderr);
    assert_eq!((run.status.code(), clinic.odoo.writes()), (Some(1), writes), "{errors}");
    assert!(errors.contains("`res.partner.x_medical_alert`: the field is of another type"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_odoo_would_cut_is_put_aside_and_the_rest_goes_on() {
    let clinic = Clinic::open(&small(), None).await;
    field(&clinic, "x_mobile", "char", 2).await;
    let output = clinic.command(&["check", "--json"]).output().expect("the command starts");
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((output.status.code(), found.as_array().map(Vec::len)), (Some(3), Some(1)), "{found}");
    assert_eq!((&found[0]["field"], &found[0]["flaw"]), (&json!("x_mobile"), &json!("too-long")));
    let long = found[0]["records"].as_u64().expect("a count");
    let summary = clinic.json("run");
    let aside = summary["quarantined"].as_array().into_iter().flatten().find(|row| row[0] == "preflight");
    assert_eq!(aside, Some(&json!(["preflight", "too-long", long])));
    assert!(summary["created"].as_u64() > Some(0), "the rest goes on");
}
