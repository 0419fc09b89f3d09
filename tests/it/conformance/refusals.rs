//! What Odoo refuses outside `load()`, and as what.

use odograft_odoo::{Client, Connection, OdooError, Problem, SearchOptions};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::{Ground, cases, failure};

cases![
    a_wrong_key,
    a_wrong_database,
    a_model_that_is_not_there,
    a_method_that_is_not_there,
    arguments_that_do_not_fit,
    a_field_that_is_not_there,
    a_missing_required_value_undoes_the_whole_create,
    a_choice_that_is_not_there,
    a_reference_to_nothing,
    values_of_another_type,
    a_record_that_is_gone,
    an_external_id_taken_twice,
];

fn partner(field: &str) -> (String, String) {
    ("res.partner".to_owned(), field.to_owned())
}

fn no_field(field: &str) -> OdooError {
    let (model, field) = partner(field);
    OdooError::NoField { model, field }
}

fn body(object: &Value) -> Map<String, Value> {
    object.as_object().cloned().unwrap_or_default()
}

async fn a_wrong_key(ground: Ground) {
    let connection = Connection { key: SecretString::from("not the key"), ..ground.connection.clone() };
    let client = Client::with_settings(&connection, ground.settings.clone()).expect("a client");
    assert_eq!(client.check_access().await, Err(OdooError::WrongKey));
    assert_eq!(client.version().await.expect("needs no key").major, 19);
}

async fn a_wrong_database(ground: Ground) {
    let database = Some(format!("no{}", ground.word));
    let connection = Connection { database: database.clone(), ..ground.connection.clone() };
    let client = Client::with_settings(&connection, ground.settings.clone()).expect("a client");
    assert_eq!(client.check_access().await, Err(OdooError::WrongDatabase { database }));
}

async fn a_model_that_is_not_there(ground: Ground) {
    let gone = OdooError::NoModel { model: "res.nope".to_owned() };
    assert_eq!(failure(ground.client.search_count("res.nope", json!([]), false).await), gone);
    assert_eq!(failure(ground.client.fields_get("res.nope").await), gone);
    assert_eq!(failure(ground.client.create("res.nope", vec![json!({})], Value::Null).await), gone);
}

async fn a_method_that_is_not_there(ground: Ground) {
    for method in ["nope", "_search"] {
        let error = failure(ground.client.call("res.partner", method, Map::new()).await);
        assert_eq!(error, OdooError::NoMethod { model: "res.partner".to_owned(), method: method.to_owned() });
    }
}

async fn arguments_that_do_not_fit(ground: Ground) {
    let bad = |argument: &str| OdooError::BadArguments {
        model: "res.partner".to_owned(),
        method: "search_count".to_owned(),
        argument: argument.to_owned(),
    };
    let call = async |object| failure(ground.client.call("res.partner", "search_count", body(&object)).await);
    assert_eq!(call(json!({})).await, bad("domain"));
    assert_eq!(call(json!({ "domain": [], "foo": 1 })).await, bad("foo"));
}

async fn a_field_that_is_not_there(ground: Ground) {
    let Ground { client, .. } = &ground;
    let id = ground.partner().await;
    let search = async |domain, fields: &[&str], order: Option<&str>| {
        let options = SearchOptions { order: order.map(str::to_owned), limit: Some(1), ..SearchOptions::default() };
        failure(client.search_read("res.partner", domain, fields, options).await)
    };
    assert_eq!(search(json!([]), &["nope"], None).await, no_field("nope"), "in fields");
    assert_eq!(search(json!([["nope", "=", 1]]), &["name"], None).await, no_field("nope"), "in the domain");
    assert_eq!(search(json!([]), &["name"], Some("nope desc")).await, no_field("nope"), "in the order");
    assert_eq!(failure(client.read("res.partner", &[id], &["nope"]).await), no_field("nope"));
    let values = vec![json!({ "name": "x", "nope_field": 1 })];
    assert_eq!(failure(client.create("res.partner", values, Value::Null).await), no_field("nope_field"));
    let write = client.write("res.partner", &[id], json!({ "nope_field": 1 }), Value::Null).await;
    assert_eq!(failure(write), no_field("nope_field"));
    ground.delete("res.partner", &[id]).await;
}

async fn a_missing_required_value_undoes_the_whole_create(ground: Ground) {
    let Ground { client, word, .. } = &ground;
    let values = vec![json!({ "name": "good", "ref": word }), json!({ "ref": word })];
    let (model, field) = partner("name");
    let error = failure(client.create("res.partner", values, Value::Null).await);
    assert_eq!(error, OdooError::MissingRequired { model, field });
    assert_eq!(client.search_count("res.partner", json!([["ref", "=", word]]), true).await, Ok(0));

    let error = failure(client.create("crm.lead", vec![json!({ "description": word })], Value::Null).await);
    assert_eq!(error, OdooError::MissingRequired { model: "crm.lead".to_owned(), field: "name".to_owned() });
}

async fn a_choice_that_is_not_there(ground: Ground) {
    let Ground { client, .. } = &ground;
    let id = ground.partner().await;
    let (model, field) = partner("type");
    let bad = OdooError::BadValue { model, field, problem: Problem::Selection };
    let values = vec![json!({ "name": "x", "type": "zzz" })];
    assert_eq!(failure(client.create("res.partner", values, Value::Null).await), bad);
    assert_eq!(failure(client.write("res.partner", &[id], json!({ "type": "zzz" }), Value::Null).await), bad);
    ground.delete("res.partner", &[id]).await;
}

async fn a_reference_to_nothing(ground: Ground) {
    let values = vec![json!({ "name": "x", "country_id": 999_999 })];
    let (model, field) = partner("country_id");
    let error = failure(ground.client.create("res.partner", values, Value::Null).await);
    assert_eq!(error, OdooError::NoReference { model, field });
}

async fn values_of_another_type(ground: Ground) {
    for (field, value, wanted) in [
        ("date_deadline", json!("29.02.2020"), Problem::Date),
        ("date_deadline", json!("2021-02-29"), Problem::Date),
        ("date_closed", json!("2020-02-29T10:00:00Z"), Problem::Datetime),
        ("expected_revenue", json!("1,25"), Problem::Number),
        ("color", json!("red"), Problem::Integer),
        ("name", json!("a\u{0}b"), Problem::Nul),
    ] {
        let mut values = json!({ "name": "x" });
        values[field] = value;
        match failure(ground.client.create("crm.lead", vec![values], Value::Null).await) {
            OdooError::BadValue { problem, .. } => assert_eq!(problem, wanted, "{field}"),
            other => panic!("{field}: {other}"),
        }
    }
}

async fn a_record_that_is_gone(ground: Ground) {
    let Ground { client, .. } = &ground;
    let id = ground.partner().await;
    let gone = OdooError::MissingRecord { model: "res.partner".to_owned() };
    assert_eq!(client.read("res.partner", &[99_999_999], &["name"]).await, Ok(Vec::new()));
    assert_eq!(failure(client.unlink("res.partner", &[99_999_999]).await), gone);
    let both = [id, 99_999_999];
    assert_eq!(failure(client.write("res.partner", &both, json!({ "ref": "no" }), Value::Null).await), gone);
    assert_eq!(ground.one("res.partner", id, &["ref"]).await["ref"], false, "all or none");
    assert_eq!(failure(client.unlink("res.partner", &both).await), gone);
    ground.delete("res.partner", &[id]).await;
}

async fn an_external_id_taken_twice(ground: Ground) {
    let id = ground.partner().await;
    let values = json!({ "module": "conformance", "name": ground.word, "model": "res.partner", "res_id": id });
    ground.client.create("ir.model.data", vec![values.clone()], Value::Null).await.expect("free until now");
    let error = failure(ground.client.create("ir.model.data", vec![values], Value::Null).await);
    let constraint = "ir_model_data_module_name_uniq_index".to_owned();
    assert_eq!(error, OdooError::NotUnique { model: "ir.model.data".to_owned(), constraint });
    ground.delete("res.partner", &[id]).await;
    let left = json!([["module", "=", "conformance"], ["name", "=", ground.word]]);
    assert_eq!(ground.client.search_count("ir.model.data", left, true).await, Ok(0), "it goes with its record");
}
