//! What `load()` makes of cells, by type and by model.

use odograft_odoo::Protocol;
use serde_json::{Value, json};

use super::{Ground, cases, ids, loaded, refused};

cases![
    a_blank_cell_is_no_value,
    choices_by_value_and_by_label,
    dates_and_moments,
    a_moment_is_utc_whatever_the_users_time_zone,
    numbers_and_truth_values,
    a_character_that_postgres_or_xml_has_not,
    references_by_external_and_database_id,
    references_to_nothing,
    a_lead_needs_its_name,
    a_child_that_keeps_its_own_address,
    an_activity_that_is_done_keeps_its_day_and_tells_nobody,
    an_activity_needs_its_record,
    a_message_keeps_its_moment_and_its_author,
    an_html_table_keeps_its_colours,
];

async fn a_blank_cell_is_no_value(ground: Ground) {
    let columns = ["name", "email", "street", "is_company", "country_id/id", "type"];
    let batch = ground.batch("res.partner", columns, &[["Ann", "", "", "", "", ""]]);
    let made = loaded(&ground.insert(&batch).await);
    let fields = ["name", "email", "street", "is_company", "country_id", "type", "active"];
    let partner = ground.one("res.partner", made[0], &fields).await;
    for field in ["email", "street", "is_company", "country_id", "type"] {
        assert_eq!(partner[field], false, "{field}");
    }
    assert_eq!((&partner["name"], &partner["active"]), (&json!("Ann"), &json!(true)));
    ground.delete("res.partner", &made).await;
}

async fn choices_by_value_and_by_label(ground: Ground) {
    let rows = [["Ann", "invoice"], ["Bob", "Delivery"], ["Cy", "zzz"]];
    let outcomes = ground.insert(&ground.batch("res.partner", ["name", "type"], &rows)).await;
    assert_eq!(refused(&outcomes), [(2, Some("type"), "bad-value")]);
    let made = ids(&outcomes);
    assert_eq!(ground.one("res.partner", made[0], &["type"]).await["type"], "invoice");
    assert_eq!(ground.one("res.partner", made[1], &["type"]).await["type"], "delivery");
    ground.delete("res.partner", &made).await;
}

async fn dates_and_moments(ground: Ground) {
    let columns = ["name", "date_deadline", "date_closed"];
    let rows = [
        ["leap day", "2020-02-29", "2020-02-29 10:11:12"],
        ["day first", "29.02.2020", ""],
        ["no such day", "2021-02-29", ""],
        ["with a T", "", "2020-02-29T10:11:12"],
        ["with a Z", "", "2020-02-29 10:11:12Z"],
        ["midnight", "", "2020-02-29"],
        ["cut", "2020-02-29 23:59:59", ""],
    ];
    let outcomes = ground.insert(&ground.batch("crm.lead", columns, &rows)).await;
    let expected = [
        (1, Some("date_deadline"), "bad-value"),
        (2, Some("date_deadline"), "bad-value"),
        (3, Some("date_closed"), "bad-value"),
        (4, Some("date_closed"), "bad-value"),
    ];
    assert_eq!(refused(&outcomes), expected);
    let made = ids(&outcomes);
    let read = ground.client.read("crm.lead", &made, &["date_deadline", "date_closed"]).await.expect("readable");
    let values: Vec<[&Value; 2]> = read.iter().map(|lead| [&lead["date_deadline"], &lead["date_closed"]]).collect();
    let (none, day) = (json!(false), json!("2020-02-29"));
    let (moment, midnight) = (json!("2020-02-29 10:11:12"), json!("2020-02-29 00:00:00"));
    assert_eq!(values, [[&day, &moment], [&none, &midnight], [&day, &none]]);
    ground.delete("crm.lead", &made).await;
}

async fn a_moment_is_utc_whatever_the_users_time_zone(ground: Ground) {
    let user = ground.client.check_access().await.expect("the key has a user");
    let before = ground.one("res.users", user, &["tz"]).await["tz"].clone();
    let set = async |zone: Value| {
        let written = ground.client.write("res.users", &[user], json!({ "tz": zone }), json!({})).await;
        written.expect("a user's time zone can be written");
    };
    set(json!("Asia/Tokyo")).await;
    let batch = ground.batch("crm.lead", ["name", "date_closed"], &[["moment", "2020-02-29 10:11:12"]]);
    let outcomes = ground.insert(&batch).await;
    set(before).await;
    let made = loaded(&outcomes);
    assert_eq!(ground.one("crm.lead", made[0], &["date_closed"]).await["date_closed"], "2020-02-29 10:11:12");
    ground.delete("crm.lead", &made).await;
}

async fn numbers_and_truth_values(ground: Ground) {
    let columns = ["name", "expected_revenue", "color", "active"];
    let rows = [
        ["plain", "1234.5", "7", "True"],
        ["negative", "-0.25", "-1", "1"],
        ["comma", "1,25", "0", "True"],
        ["word", "0", "red", "True"],
        ["fraction", "0", "1.5", "True"],
        ["maybe", "0", "0", "maybe"],
        ["archived", "", "", "False"],
    ];
    let outcomes = ground.insert(&ground.batch("crm.lead", columns, &rows)).await;
    let expected =
        [(2, Some("expected_revenue"), "bad-value"), (3, Some("color"), "bad-value"), (4, Some("color"), "bad-value")];
    let refused = refused(&outcomes);
    assert_eq!(refused[..3], expected);
    let made = ids(&outcomes);
    let plain = ground.one("crm.lead", made[0], &["expected_revenue", "color", "active"]).await;
    assert_eq!(plain["expected_revenue"], 1234.5);
    assert_eq!((&plain["color"], &plain["active"]), (&json!(7), &json!(true)));
    let negative = ground.one("crm.lead", made[1], &["expected_revenue", "color"]).await;
    assert_eq!(negative["expected_revenue"], -0.25);
    assert_eq!(negative["color"], -1);
    let archived = ground.one("crm.lead", made[made.len() - 1], &["expected_revenue", "active"]).await;
    assert_eq!(archived["active"], false);
    assert_eq!(archived["expected_revenue"].as_f64(), Some(0.0));
    assert_eq!(refused[3..], [(5, Some("active"), "bad-value")]);
    ground.delete("crm.lead", &made).await;
}

/// NUL is refused by PostgreSQL, other control characters by XML only: over the others they are stored.
async fn a_character_that_postgres_or_xml_has_not(ground: Ground) {
    let rows = [["Ann"], ["B\u{0}b"], ["Cy\u{7}"]];
    let outcomes = ground.insert(&ground.batch("res.partner", ["name"], &rows)).await;
    let made = ids(&outcomes);
    if ground.protocol == Protocol::XmlRpc {
        assert_eq!(refused(&outcomes), [(1, Some("name"), "bad-value"), (2, Some("name"), "bad-value")]);
    } else {
        assert_eq!(refused(&outcomes), [(1, None, "bad-value")]);
        assert_eq!(ground.one("res.partner", made[1], &["name"]).await["name"], "Cy\u{7}");
    }
    ground.delete("res.partner", &made).await;
}

async fn references_by_external_and_database_id(ground: Ground) {
    let asked = ["base.uk".to_owned(), "base.us".to_owned()];
    let found = ground.client.resolve_external_ids(&asked).await.expect("resolved");
    let (uk, us) = (found["base.uk"].1, found["base.us"].1);
    let by_name =
        loaded(&ground.insert(&ground.batch("res.partner", ["name", "country_id/id"], &[["Ann", "base.uk"]])).await);
    assert_eq!(
        ground.one("res.partner", by_name[0], &["country_id"]).await["country_id"],
        json!([uk, "United Kingdom"])
    );
    ground.delete("res.partner", &by_name).await;
    let rows = [["Ann", &us.to_string()[..]]];
    let by_id = loaded(&ground.insert(&ground.batch("res.partner", ["name", "country_id/.id"], &rows)).await);
    assert_eq!(ground.one("res.partner", by_id[0], &["country_id"]).await["country_id"], json!([us, "United States"]));
    ground.delete("res.partner", &by_id).await;
}

async fn references_to_nothing(ground: Ground) {
    let missing = ground.external_id("never_made");
    let rows = [["Ann", missing.as_str()], ["Bob", "base.main_partner"]];
    let outcomes = ground.insert(&ground.batch("res.partner", ["name", "parent_id/id"], &rows)).await;
    assert_eq!(refused(&outcomes), [(0, Some("parent_id"), "no-reference")]);
    ground.delete("res.partner", &ids(&outcomes)).await;
    let rows = [["Ann", "999999"], ["Bob", "abc"], ["Cy", ""]];
    let outcomes = ground.insert(&ground.batch("res.partner", ["name", "country_id/.id"], &rows)).await;
    let expected = [(0, Some("country_id"), "no-reference"), (1, Some("country_id"), "bad-value")];
    assert_eq!(refused(&outcomes), expected);
    ground.delete("res.partner", &ids(&outcomes)).await;
}

async fn a_lead_needs_its_name(ground: Ground) {
    let rows = [["Implant", "a@example.invalid"], ["", "b@example.invalid"]];
    let outcomes = ground.insert(&ground.batch("crm.lead", ["name", "email_from"], &rows)).await;
    assert_eq!(refused(&outcomes), [(1, Some("name"), "missing-required")]);
    ground.delete("crm.lead", &ids(&outcomes)).await;
}

async fn a_child_that_keeps_its_own_address(ground: Ground) {
    let parent = ground.external_id("a");
    let columns = ["name", "parent_id/id", "type", "street"];
    let rows = [["Family", "", "contact", "1 Mill Lane"], ["Aunt", parent.as_str(), "other", "9 High Street"]];
    let made = loaded(&ground.insert(&ground.batch("res.partner", columns, &rows)).await);
    let read = ground.client.read("res.partner", &made, &["street"]).await.expect("readable");
    assert_eq!([&read[0]["street"], &read[1]["street"]], ["1 Mill Lane", "9 High Street"]);
    ground.delete("res.partner", &[made[1], made[0]]).await;
}

async fn an_activity_that_is_done_keeps_its_day_and_tells_nobody(ground: Ground) {
    let partner = ground.partner().await;
    let (model, record) = (ground.model_id("res.partner").await.to_string(), partner.to_string());
    let before = ground.client.search_count("mail.message", json!([]), true).await.expect("counted");
    let columns = [
        "res_model_id/.id",
        "res_id",
        "summary",
        "date_deadline",
        "activity_type_id/id",
        "user_id/id",
        "active",
        "date_done",
    ];
    let done = [&model, &record, "check-up", "2018-01-01", "mail.mail_activity_data_call", "", "False", "2018-01-02"];
    // For another user than the key's: Odoo would tell that user.
    let due = [&model, &record, "recall", "2019-05-06", "mail.mail_activity_data_todo", "base.user_root", "True", ""];
    let made = loaded(&ground.insert(&ground.batch("mail.activity", columns, &[done, due])).await);
    let fields = ["active", "date_done", "date_deadline", "res_model", "res_id", "user_id"];
    let done = ground.one("mail.activity", made[0], &fields).await;
    assert_eq!((&done["active"], &done["date_done"]), (&json!(false), &json!("2018-01-02")));
    assert_eq!((&done["res_model"], &done["res_id"]), (&json!("res.partner"), &json!(partner)));
    assert_eq!(done["user_id"], false);
    let due = ground.one("mail.activity", made[1], &fields).await;
    assert_eq!((&due["active"], &due["date_deadline"]), (&json!(true), &json!("2019-05-06")));
    assert_eq!(due["user_id"][0], 1);
    let after = ground.client.search_count("mail.message", json!([]), true).await.expect("counted");
    assert_eq!(after, before, "no message to anybody");
    ground.delete("mail.activity", &made).await;
    ground.delete("res.partner", &[partner]).await;
}

async fn an_activity_needs_its_record(ground: Ground) {
    let rows = [["res.partner", "1", "by the model's name"]];
    let outcomes = ground.insert(&ground.batch("mail.activity", ["res_model", "res_id", "summary"], &rows)).await;
    assert_eq!(refused(&outcomes), [(0, Some("res_model_id"), "missing-required")]);
}

async fn a_message_keeps_its_moment_and_its_author(ground: Ground) {
    let partner = ground.partner().await;
    let record = partner.to_string();
    let columns = ["model", "res_id", "date", "body", "author_id/.id", "message_type"];
    let rows = [
        ["res.partner", &record, "2015-05-05 05:06:07", "<p>Referred <b>twice</b></p>", &record, "comment"],
        ["res.partner", &record, "2015-05-05T05:06:07Z", "<p>x</p>", &record, "comment"],
        ["res.partner", &record, "2015-05-05 05:06:07", "<p>x</p>", &record, "gossip"],
    ];
    let outcomes = ground.insert(&ground.batch("mail.message", columns, &rows)).await;
    assert_eq!(refused(&outcomes), [(1, Some("date"), "bad-value"), (2, Some("message_type"), "bad-value")]);
    let made = ids(&outcomes);
    let message = ground.one("mail.message", made[0], &["date", "author_id", "body", "model", "res_id"]).await;
    assert_eq!(message["date"], "2015-05-05 05:06:07");
    assert_eq!(message["author_id"][0], partner);
    assert_eq!(message["body"], "<p>Referred <b>twice</b></p>");
    assert_eq!((&message["model"], &message["res_id"]), (&json!("res.partner"), &json!(partner)));
    ground.delete("mail.message", &made).await;
    ground.delete("res.partner", &[partner]).await;
}

async fn an_html_table_keeps_its_colours(ground: Ground) {
    let table = "<table style=\"border-collapse:collapse\"><tbody><tr><td style=\"background-color:#ffd6d6\">6</td></tr></tbody></table>";
    let made = loaded(&ground.insert(&ground.batch("res.partner", ["name", "comment"], &[["Ann", table]])).await);
    let comment = ground.one("res.partner", made[0], &["comment"]).await["comment"].to_string();
    assert!(comment.contains("<table") && comment.contains("#ffd6d6") && comment.contains(">6</td>"), "{comment}");
    ground.delete("res.partner", &made).await;
}
