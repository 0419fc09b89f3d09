//! Reading and writing records one by one.

use std::collections::BTreeSet;

use odograft_odoo::{SearchOptions, ServerVersion, bulk_context, read_plain, update};
use serde_json::{Map, Value, json};

use super::{Ground, cases};

cases![
    version,
    access,
    a_partners_life,
    update_writes_one_record,
    a_company_shows_the_address_of_its_contact,
    a_lead_follows_the_email_and_phone_of_its_contact,
    create_gives_an_id_for_each_value_and_none_for_none,
    search_read_keeps_order_limit_and_offset,
    archived_records_are_found_only_when_asked_for,
    a_list_leaves_archived_records_out_unless_they_are_asked_for,
    fields_are_described,
    defaults_are_told,
    external_ids_resolve,
    more_external_ids_than_one_page_resolve,
];

async fn version(ground: Ground) {
    let version = ground.client.version().await.expect("a version");
    assert_eq!(version, ServerVersion { version: "19.0".to_owned(), major: 19 });
}

async fn access(ground: Ground) {
    let uid = ground.client.check_access().await.expect("the key works");
    assert_eq!(ground.one("res.users", uid, &["login"]).await["login"], "admin");
}

async fn a_partners_life(ground: Ground) {
    let Ground { client, word, .. } = &ground;
    let values = vec![
        json!({ "name": "Zoë O'Neill 🦷", "ref": word, "email": "zoe@example.invalid" }),
        json!({ "name": "מרים לוי", "ref": word, "is_company": false }),
    ];
    let made = client.create("res.partner", values, bulk_context()).await.expect("two partners");
    let reversed: Vec<i64> = made.iter().rev().copied().collect();
    let read = client.read("res.partner", &reversed, &["name", "email", "parent_id"]).await.expect("readable");
    let names: Vec<&Value> = read.iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["מרים לוי", "Zoë O'Neill 🦷"], "in the order asked for");
    assert_eq!((&read[0]["email"], &read[0]["parent_id"]), (&json!(false), &json!(false)), "nothing is `false`");

    client
        .write("res.partner", &made, json!({ "email": "both@example.invalid" }), bulk_context())
        .await
        .expect("written");
    let domain = json!([["ref", "=", word], ["email", "=", "both@example.invalid"]]);
    assert_eq!(client.search_count("res.partner", domain, false).await, Ok(2));

    ground.delete("res.partner", &made).await;
    assert_eq!(client.read("res.partner", &made, &["name"]).await, Ok(Vec::new()));
}

async fn a_lead_follows_the_email_and_phone_of_its_contact(ground: Ground) {
    let Ground { client, word, .. } = &ground;
    let contact = json!({ "name": word, "email": "before@example.invalid", "phone": "555-0101" });
    let contact = client.create("res.partner", vec![contact], bulk_context()).await.expect("a contact")[0];
    let lead = json!({ "name": word, "partner_id": contact });
    let lead = client.create("crm.lead", vec![lead], bulk_context()).await.expect("a lead")[0];
    let held = async || {
        let row = ground.one("crm.lead", lead, &["email_from", "phone"]).await;
        (row["email_from"].clone(), row["phone"].clone())
    };
    assert_eq!(held().await, (json!("before@example.invalid"), json!("555-0101")));
    let change = json!({ "email": "after@example.invalid", "phone": "555-0102" });
    client.write("res.partner", &[contact], change, bulk_context()).await.expect("written");
    assert_eq!(held().await, (json!("after@example.invalid"), json!("555-0102")));
    client.write("res.partner", &[contact], json!({ "email": false }), bulk_context()).await.expect("written");
    assert_eq!(held().await.0, json!("after@example.invalid"), "nothing is no e-mail to follow");
    ground.delete("crm.lead", &[lead]).await;
    ground.delete("res.partner", &[contact]).await;
}

async fn update_writes_one_record(ground: Ground) {
    let id = ground.partner().await;
    let country = ground.client.resolve_external_ids(&["base.uk".to_owned()]).await.expect("resolved")["base.uk"].1;
    let mut values = Map::new();
    values.insert("street".to_owned(), json!("1 Mill Lane"));
    values.insert("country_id".to_owned(), json!(country));
    update(&ground.client, "res.partner", id, values).await.expect("written");
    let partner = ground.one("res.partner", id, &["street", "country_id"]).await;
    assert_eq!(partner["street"], "1 Mill Lane");
    assert_eq!(partner["country_id"], json!([country, "United Kingdom"]));
    ground.delete("res.partner", &[id]).await;
}

async fn a_company_shows_the_address_of_its_contact(ground: Ground) {
    let Ground { client, word, .. } = &ground;
    let fields = ["street", "city", "zip", "phone", "website", "vat", "country_id", "partner_id"];
    let country = client.resolve_external_ids(&["base.uk".to_owned()]).await.expect("resolved")["base.uk"].1;
    let company = json!({
        "name": format!("Otterby {word}"), "street": "1 Mill Lane", "city": "Otterby", "zip": "ZZ1 1AA",
        "phone": "0113 496 0000", "website": "https://practice.example.invalid", "vat": "GB999999973",
        "country_id": country,
    });
    let made = client.create("res.company", vec![company], bulk_context()).await.expect("a company");
    let company = ground.one("res.company", made[0], &fields).await;
    let contact = company["partner_id"][0].as_i64().expect("a contact of its own");
    assert_eq!((&company["street"], &company["vat"]), (&json!("1 Mill Lane"), &json!("GB999999973")));
    assert_eq!(company["country_id"], json!([country, "United Kingdom"]));
    let values = json!({ "street": "2 Mill Lane", "website": false });
    client.write("res.company", &made, values, bulk_context()).await.expect("written");
    let (company, contact) =
        (ground.one("res.company", made[0], &fields).await, ground.one("res.partner", contact, &fields[..6]).await);
    for field in &fields[..6] {
        assert_eq!(company[*field], contact[*field], "{field}");
    }
    assert_eq!((&company["street"], &company["website"]), (&json!("2 Mill Lane"), &json!(false)));
    ground.delete("res.company", &made).await;
}

async fn create_gives_an_id_for_each_value_and_none_for_none(ground: Ground) {
    assert_eq!(ground.client.create("res.partner", Vec::new(), Value::Null).await, Ok(Vec::new()));
    let values = (0..7).map(|number| json!({ "name": format!("{number}") })).collect();
    let made = ground.client.create("res.partner", values, Value::Null).await.expect("seven partners");
    let names: Vec<Value> = ground
        .client
        .read("res.partner", &made, &["name"])
        .await
        .expect("readable")
        .into_iter()
        .map(|row| row["name"].clone())
        .collect();
    assert_eq!(names, ["0", "1", "2", "3", "4", "5", "6"]);
    ground.delete("res.partner", &made).await;
}

async fn search_read_keeps_order_limit_and_offset(ground: Ground) {
    let Ground { client, word, .. } = &ground;
    let values = ["B", "D", "A", "C"].map(|name| json!({ "name": name, "ref": word })).to_vec();
    let made = client.create("res.partner", values, Value::Null).await.expect("four partners");
    let names = async |options: SearchOptions| -> Vec<String> {
        let rows = client.search_read("res.partner", json!([["ref", "=", word]]), &["name"], options).await;
        rows.expect("found").iter().filter_map(|row| row["name"].as_str().map(str::to_owned)).collect()
    };
    let order = Some("name desc".to_owned());
    assert_eq!(names(SearchOptions { order: order.clone(), ..SearchOptions::default() }).await, ["D", "C", "B", "A"]);
    assert_eq!(names(SearchOptions { order, limit: Some(2), offset: 1, ..SearchOptions::default() }).await, ["C", "B"]);
    let by_id = Some("id".to_owned());
    assert_eq!(names(SearchOptions { order: by_id, ..SearchOptions::default() }).await, ["B", "D", "A", "C"]);
    ground.delete("res.partner", &made).await;
}

async fn archived_records_are_found_only_when_asked_for(ground: Ground) {
    let Ground { client, word, .. } = &ground;
    let values = vec![json!({ "name": "here", "ref": word }), json!({ "name": "gone", "ref": word, "active": false })];
    let made = client.create("res.partner", values, Value::Null).await.expect("two partners");
    let domain = json!([["ref", "=", word]]);
    assert_eq!(client.search_count("res.partner", domain.clone(), false).await, Ok(1));
    assert_eq!(client.search_count("res.partner", domain.clone(), true).await, Ok(2));
    let options = SearchOptions { include_archived: true, order: Some("id".to_owned()), ..SearchOptions::default() };
    let rows = client.search_read("res.partner", domain, &["active"], options).await.expect("found");
    let active: Vec<&Value> = rows.iter().map(|row| &row["active"]).collect();
    assert_eq!(active, [true, false]);
    ground.delete("res.partner", &made).await;
}

async fn a_list_leaves_archived_records_out_unless_they_are_asked_for(ground: Ground) {
    let Ground { client, word, .. } = &ground;
    let tags = [true, false].map(|active| json!({ "name": format!("{word} {active}"), "active": active })).to_vec();
    let tags = client.create("res.partner.category", tags, Value::Null).await.expect("two tags");
    let partner = ground.partner().await;
    let tagged = json!({ "category_id": [[6, 0, tags]] });
    client.write("res.partner", &[partner], tagged, bulk_context()).await.expect("written");
    assert_eq!(ground.one("res.partner", partner, &["category_id"]).await["category_id"], json!([tags[0]]));
    let whole = read_plain(client, "res.partner", &[partner], &["category_id"]).await.expect("readable");
    // They come in the order of their names.
    let held: BTreeSet<i64> =
        whole[0]["category_id"].as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
    assert_eq!(held, tags.iter().copied().collect(), "what a migration reads back is what it has written");
    ground.delete("res.partner", &[partner]).await;
    ground.delete("res.partner.category", &tags).await;
}

async fn fields_are_described(ground: Ground) {
    let fields = ground.client.fields_get("res.partner").await.expect("fields");
    let address = &fields["type"];
    assert_eq!((address.kind.as_str(), address.label.as_str()), ("selection", "Address Type"));
    let choices: Vec<&str> = address.selection.iter().map(|(value, _)| value.as_str()).collect();
    assert_eq!(choices, ["contact", "invoice", "delivery", "other"]);
    let country = &fields["country_id"];
    assert_eq!((country.kind.as_str(), country.relation.as_deref()), ("many2one", Some("res.country")));
    assert!(fields["display_name"].readonly && !fields["display_name"].store || fields["display_name"].kind == "char");
    let lead = ground.client.fields_get("crm.lead").await.expect("fields");
    assert!(lead["name"].required && !lead["partner_id"].required);
    assert_eq!(lead["expected_revenue"].kind, "monetary");
    assert!(!fields.contains_key("mobile"), "Odoo 19 has no mobile number");
}

async fn defaults_are_told(ground: Ground) {
    let defaults = ground.client.default_get("res.partner", &["type", "email"]).await.expect("defaults");
    assert_eq!(Value::Object(defaults), json!({ "type": "contact" }));
}

async fn external_ids_resolve(ground: Ground) {
    let made = ground.external_id("never.made");
    let asked = ["base.main_partner".to_owned(), "base.model_res_partner".to_owned(), made.clone()];
    let found = ground.client.resolve_external_ids(&asked).await.expect("resolved");
    assert_eq!(found.get("base.main_partner"), Some(&("res.partner".to_owned(), 1)));
    assert_eq!(found["base.model_res_partner"].0, "ir.model");
    assert!(!found.contains_key(&made));
}

async fn more_external_ids_than_one_page_resolve(ground: Ground) {
    let mut asked: Vec<String> = (0..1500).map(|number| ground.external_id(&number.to_string())).collect();
    asked.push("base.uk".to_owned());
    let batch = ground.batch("res.partner", ["name"], &[["a"], ["b"]]);
    let made = super::loaded(&ground.insert(&batch).await);
    asked.extend(batch.rows.iter().map(|row| row.external_id.clone()));
    let found = ground.client.resolve_external_ids(&asked).await.expect("resolved");
    assert_eq!(found.len(), 3);
    assert_eq!(found[&ground.external_id("b")], ("res.partner".to_owned(), made[1]));
    ground.delete("res.partner", &made).await;
}
