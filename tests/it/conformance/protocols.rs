//! What the protocols themselves may change: nothing.

use odograft_odoo::{Client, OdooError, Problem, Protocol, Settings};
use serde_json::{Value, json};

use super::{Ground, cases, failure};

cases![
    the_best_protocol_is_chosen,
    texts_arrive_as_they_are,
    numbers_arrive_as_they_are,
    what_xml_cannot_carry_is_told_before_it_is_sent,
    an_old_protocol_wants_a_log_in_name,
];

async fn the_best_protocol_is_chosen(ground: Ground) {
    let client = Client::new(ground.connection.clone()).expect("a client");
    assert_eq!(client.protocol().await, Ok(Protocol::Json2));
    assert_eq!(ground.client.protocol().await, Ok(ground.protocol));
}

async fn texts_arrive_as_they_are(ground: Ground) {
    let texts = [
        "plain",
        " blanks  around ",
        "two\nlines",
        "two\r\nlines and a bare\rreturn\ttab",
        "<b>not \"bold\" & 'quoted'</b> ]]> &amp; &#65;",
        "Zoë O'Neill 🦷 מרים \u{2028} \u{a0}",
    ];
    let values = texts.map(|text| json!({ "name": "x", "street": text })).to_vec();
    let made = ground.client.create("res.partner", values, Value::Null).await.expect("partners");
    let read = ground.client.read("res.partner", &made, &["street"]).await.expect("readable");
    let streets: Vec<&str> = read.iter().filter_map(|row| row["street"].as_str()).collect();
    assert_eq!(streets, texts);
    for (position, text) in texts.iter().enumerate() {
        let found = ground.client.search_count("res.partner", json!([["id", "in", made], ["street", "=", text]]), true);
        assert_eq!(found.await, Ok(1), "text {position} is found by itself");
    }
    ground.delete("res.partner", &made).await;
}

async fn numbers_arrive_as_they_are(ground: Ground) {
    let numbers = [0.0, 1234.5, -0.25, 1e9, 12_345_678.9];
    let values = numbers.map(|number| json!({ "name": "x", "expected_revenue": number, "color": 7 })).to_vec();
    let made = ground.client.create("crm.lead", values, Value::Null).await.expect("leads");
    let read = ground.client.read("crm.lead", &made, &["expected_revenue", "color"]).await.expect("readable");
    let revenues: Vec<f64> = read.iter().filter_map(|row| row["expected_revenue"].as_f64()).collect();
    assert_eq!(revenues, numbers);
    assert!(read.iter().all(|row| row["color"] == 7), "a whole number is one");
    let beyond = json!([["id", "=", 4_294_967_296_i64]]);
    assert_eq!(ground.client.search_count("res.partner", beyond, true).await, Ok(0), "more than 32 bits");
    ground.delete("crm.lead", &made).await;
}

async fn what_xml_cannot_carry_is_told_before_it_is_sent(ground: Ground) {
    let values = json!({ "name": "bell", "ref": ground.word, "street": "a\u{7}b" });
    let made = ground.client.create("res.partner", vec![values], Value::Null).await;
    if ground.protocol == Protocol::XmlRpc {
        let (model, field) = ("res.partner".to_owned(), "street".to_owned());
        assert_eq!(failure(made), OdooError::BadValue { model, field, problem: Problem::Control });
        let domain = json!([["ref", "=", ground.word]]);
        assert_eq!(ground.client.search_count("res.partner", domain, true).await, Ok(0));
        return;
    }
    let made = made.expect("JSON carries it");
    assert_eq!(ground.one("res.partner", made[0], &["street"]).await["street"], "a\u{7}b");
    ground.delete("res.partner", &made).await;
}

async fn an_old_protocol_wants_a_log_in_name(ground: Ground) {
    let settings = Settings { login: None, ..ground.settings.clone() };
    let client = Client::with_settings(&ground.connection, settings).expect("a client");
    match ground.protocol {
        Protocol::Json2 => assert!(client.check_access().await.is_ok()),
        Protocol::JsonRpc | Protocol::XmlRpc => assert_eq!(client.check_access().await, Err(OdooError::NoLogin)),
    }
    let settings = Settings { login: Some(format!("nobody-{}", ground.word)), ..ground.settings.clone() };
    let client = Client::with_settings(&ground.connection, settings).expect("a client");
    match ground.protocol {
        Protocol::Json2 => assert!(client.check_access().await.is_ok(), "the key alone tells whose it is"),
        Protocol::JsonRpc | Protocol::XmlRpc => assert_eq!(client.check_access().await, Err(OdooError::WrongKey)),
    }
}
