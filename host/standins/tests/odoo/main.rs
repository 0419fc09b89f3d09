//! The Odoo stand-in, over its own HTTP interface. The texts are those of the captures and of a live Odoo 19.

#![expect(clippy::needless_pass_by_value, reason = "bodies are written where they are used")]

#[path = "../common/mod.rs"]
mod common;
mod load;
mod rpc;

use common::{Answer, request};
use odograft_standins::odoo::{OdooOptions, OdooStandin};
use serde_json::{Value, json};

const KEY: &str = "test-key";

async fn start() -> OdooStandin {
    let users = vec![("dee@example.invalid".to_owned(), "Dee Ntist".to_owned())];
    OdooStandin::start(OdooOptions { api_key: KEY.to_owned(), users, ..OdooOptions::default() })
        .await
        .expect("a free port")
}

fn post(odoo: &OdooStandin, model: &str, method: &str, body: &Value) -> Answer {
    let bearer = format!("bearer {KEY}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json; charset=utf-8")];
    request("POST", &odoo.url(), &format!("/json/2/{model}/{method}"), &headers, &body.to_string())
}

#[track_caller]
fn ok(odoo: &OdooStandin, model: &str, method: &str, body: Value) -> Value {
    let answer = post(odoo, model, method, &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[track_caller]
fn refused(odoo: &OdooStandin, model: &str, method: &str, body: Value, status: u16, name: &str, message: &str) {
    let answer = post(odoo, model, method, &body);
    let fault = answer.json();
    assert_eq!((answer.status, fault["name"].as_str()), (status, Some(name)), "{}", answer.body);
    assert_eq!(fault["message"], message);
    assert_eq!(fault["arguments"][0], message);
    assert_eq!(fault["context"], json!({}));
}

fn model_id(odoo: &OdooStandin, model: &str) -> i64 {
    let found = ok(odoo, "ir.model", "search", json!({"domain": [["model", "=", model]]}));
    found[0].as_i64().expect("the model's id")
}

#[tokio::test]
async fn the_door_answers_as_odoos_does() {
    let odoo = start().await;
    let version = request("GET", &odoo.url(), "/web/version", &[], "").json();
    assert_eq!(version["version"], "19.0");
    assert_eq!(request("GET", &odoo.url(), "/web/health", &[], "").json(), json!({"status": "pass"}));

    let json_type = ("Content-Type", "application/json");
    let send = |headers: &[(&str, &str)], body: &str| {
        request("POST", &odoo.url(), "/json/2/res.partner/search_count", headers, body)
    };
    let answer = send(&[json_type], "{}");
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["message"], "User not authenticated, use an API Key with a Bearer Authorization header.");
    let answer = send(&[json_type, ("Authorization", "bearer wrong")], "{}");
    assert_eq!((answer.status, answer.json()["message"].as_str()), (401, Some("Invalid apikey")));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer "));
    let bearer = format!("Bearer {KEY}");
    let answer = send(&[("Content-Type", "text/plain"), ("Authorization", &bearer)], "{}");
    assert_eq!(answer.status, 415);
    let answer = send(&[json_type, ("Authorization", &bearer)], "{bad");
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json()["message"],
        "could not parse the body as json: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
    );
    let answer = request("GET", &odoo.url(), "/json/2/res.partner/search_count", &[json_type], "");
    assert_eq!(
        (answer.status, answer.json()["message"].as_str()),
        (404, Some("Did you mean POST /json/2/<model>/<method>?"))
    );
    assert_eq!(answer.header("connection"), Some("close"));
}

#[tokio::test]
async fn calls_are_bound_as_python_binds_them() {
    let odoo = start().await;
    let not_found = "werkzeug.exceptions.NotFound";
    let unprocessable = "werkzeug.exceptions.UnprocessableEntity";
    refused(&odoo, "res.nope", "search_count", json!({}), 404, not_found, "the model 'res.nope' does not exist");
    refused(&odoo, "res.partner", "nope", json!({}), 404, not_found, "The method 'res.partner.nope' does not exist");
    refused(
        &odoo,
        "res.partner",
        "_search",
        json!({}),
        403,
        "odoo.exceptions.AccessError",
        "Private methods (such as 'res.partner._search') cannot be called remotely.",
    );
    let body = json!({"args": [[]]});
    refused(&odoo, "res.partner", "search_count", body, 422, unprocessable, "missing a required argument: 'domain'");
    let body = json!({"domain": [], "foo": 1});
    refused(&odoo, "res.partner", "search_count", body, 422, unprocessable, "got an unexpected keyword argument 'foo'");
    let body = json!({"ids": [1], "vals_list": []});
    refused(&odoo, "res.partner", "create", body, 422, unprocessable, "cannot call res.partner.create with ids");
}

#[tokio::test]
async fn records_read_as_odoo_answers_them() {
    let odoo = start().await;
    assert_eq!(
        ok(&odoo, "res.partner", "read", json!({"ids": [1], "fields": ["name", "email", "country_id"]})),
        json!([{"id": 1, "name": "My Company", "email": false, "country_id": [233, "United States"]}])
    );
    assert_eq!(ok(&odoo, "res.partner", "read", json!({"ids": [999_999], "fields": ["name"]})), json!([]));
    assert_eq!(ok(&odoo, "res.users", "context_get", json!({})), json!({"lang": "en_US", "tz": false, "uid": 2}));
    let users = ok(
        &odoo,
        "res.users",
        "search_read",
        json!({"domain": [["login", "=", "dee@example.invalid"]], "fields": ["name", "email"]}),
    );
    assert_eq!(
        (users[0]["name"].as_str(), users[0]["email"].as_str()),
        (Some("Dee Ntist"), Some("dee@example.invalid"))
    );
    let gb = ok(&odoo, "res.country", "search_read", json!({"domain": [["code", "=", "GB"]], "fields": ["name"]}));
    assert_eq!(gb, json!([{"id": 231, "name": "United Kingdom"}]));
    let value = "builtins.ValueError";
    let body = json!({"ids": [1], "fields": ["nope"]});
    refused(&odoo, "res.partner", "read", body, 500, value, "Invalid field 'nope' on 'res.partner'");
    let body = json!({"domain": [["nope", "=", 1]]});
    refused(
        &odoo,
        "res.partner",
        "search",
        body,
        500,
        value,
        "Invalid field res.partner.nope in condition ('nope', '=', 1)",
    );
    let body = json!({"domain": [["name", "bad", 1]]});
    refused(&odoo, "res.partner", "search", body, 500, value, "Invalid operator in condition ('name', 'bad', 1)");
    refused(&odoo, "res.partner", "search", json!({"domain": ["&"]}), 500, value, "Domain() malformed domain ['&']");
}

#[tokio::test]
async fn a_create_commits_wholly_or_not_at_all() {
    let odoo = start().await;
    let before = odoo.count("res.partner");
    let create = |values: Value| json!({"vals_list": [{"name": "Good"}, values]});
    let value = "builtins.ValueError";
    let validation = "odoo.exceptions.ValidationError";
    let cases = [
        (json!({"name": "E", "nope_field": 1}), 500, value, "Invalid field 'nope_field' in 'res.partner'"),
        (json!({"name": "E", "type": "zzz"}), 500, value, "Wrong value for res.partner.type: 'zzz'"),
        (
            json!({"email": "a@example.invalid"}),
            422,
            validation,
            "The operation cannot be completed: Contacts require a name",
        ),
        (
            json!({"name": "E", "country_id": 999_999}),
            422,
            validation,
            "The operation cannot be completed: Another model is using the record you are trying to delete.\n\nThe troublemaker is: 'Contact' (res.partner)\nThanks to the following constraint: 'Country' (country_id)\nHow about archiving the record instead?",
        ),
        (json!({"name": "x\u{0}"}), 500, value, "A string literal cannot contain NUL (0x00) characters."),
    ];
    for (values, status, name, message) in cases {
        refused(&odoo, "res.partner", "create", create(values), status, name, message);
    }
    refused(
        &odoo,
        "crm.lead",
        "create",
        json!({"vals_list": [{"email_from": "a@example.invalid"}]}),
        422,
        validation,
        "The operation cannot be completed: Missing required value for the field 'Opportunity' (name).\nModel: 'Lead' (crm.lead)\n- create/update: a mandatory field is not set\n- delete: another model requires the record being deleted, you can archive it instead\n",
    );
    assert_eq!(odoo.count("res.partner"), before);
    assert_eq!(odoo.writes(), 0);

    let made = ok(&odoo, "res.partner", "create", json!({"vals_list": {"name": "One"}}));
    assert_eq!(odoo.count("res.partner"), before + 1);
    let id = made[0].as_i64().expect("an id");
    let row =
        ok(&odoo, "res.partner", "read", json!({"ids": [id], "fields": ["active", "type", "display_name", "lang"]}));
    assert_eq!(row, json!([{"id": id, "active": true, "type": "contact", "display_name": "One", "lang": "en_US"}]));
    let missing = "Record does not exist or has been deleted.\n(Record: res.partner(99999999,), User: 2)";
    for (method, body) in [
        ("write", json!({"ids": [id, 99_999_999], "vals": {"name": "x"}})),
        ("unlink", json!({"ids": [id, 99_999_999]})),
    ] {
        refused(&odoo, "res.partner", method, body, 404, "odoo.exceptions.MissingError", missing);
    }
    refused(&odoo, "res.partner", "write", json!({"ids": [id], "vals": {"nope": 1}}), 500, "builtins.KeyError", "nope");
    assert_eq!(
        odoo.records("res.partner").last().and_then(|row| row["name"].as_str().map(str::to_owned)),
        Some("One".to_owned())
    );
}

#[tokio::test]
async fn activities_need_a_document_and_keep_their_dates() {
    let odoo = start().await;
    let partner = model_id(&odoo, "res.partner");
    let validation = "odoo.exceptions.ValidationError";
    let not_null = "The operation cannot be completed: Activities have to be linked to records with a not null res_id.";
    let one = |values: Value| json!({"vals_list": [values]});
    refused(
        &odoo,
        "mail.activity",
        "create",
        one(json!({"res_model": "res.partner", "res_id": 3})),
        422,
        validation,
        not_null,
    );
    refused(
        &odoo,
        "mail.activity",
        "create",
        one(json!({"res_model_id": partner, "summary": "s"})),
        422,
        validation,
        not_null,
    );
    refused(
        &odoo,
        "mail.activity",
        "create",
        one(json!({"summary": "x"})),
        422,
        validation,
        "The operation cannot be completed: Activities must be assigned if not attached to a document.",
    );
    let ids = ok(
        &odoo,
        "mail.activity",
        "create",
        json!({"vals_list": [
            {"res_model_id": partner, "res_id": 3, "date_deadline": "2018-01-01", "summary": "Past"},
            {"res_model_id": partner, "res_id": 3, "active": false, "date_done": "2018-01-02"},
        ]}),
    );
    let rows = ok(
        &odoo,
        "mail.activity",
        "read",
        json!({"ids": ids, "fields": ["res_model", "res_name", "state", "date_done", "display_name", "activity_type_id"]}),
    );
    assert_eq!(
        (&rows[0]["res_model"], &rows[0]["res_name"], &rows[0]["state"]),
        (&json!("res.partner"), &json!("Administrator"), &json!("overdue"))
    );
    assert_eq!(
        (&rows[1]["state"], &rows[1]["date_done"], &rows[1]["display_name"]),
        (&json!("done"), &json!("2018-01-02"), &json!("To-Do"))
    );
    assert_eq!(rows[1]["activity_type_id"], json!([4, "To-Do"]));
}

#[tokio::test]
async fn a_custom_field_is_made_shown_and_filled() {
    let odoo = start().await;
    let partner = model_id(&odoo, "res.partner");
    let field = |name: &str, kind: &str| json!({"name": name, "model_id": partner, "ttype": kind, "field_description": "F", "state": "manual"});
    let create = |values: Value| json!({"vals_list": [values]});
    let validation = "odoo.exceptions.ValidationError";
    let cases = [
        (
            field("PPD_Chart__c", "char"),
            422,
            validation,
            "The operation cannot be completed: Custom fields must have a name that starts with 'x_'!",
        ),
        (
            field("x_a-b", "char"),
            422,
            validation,
            "Field names can only contain characters, digits and underscores (up to 63).",
        ),
        (
            field(&format!("x_{}", "a".repeat(62)), "char"),
            422,
            validation,
            "Field names can only contain characters, digits and underscores (up to 63).",
        ),
        (field("x_a", "picklist"), 500, "builtins.ValueError", "Wrong value for ir.model.fields.ttype: 'picklist'"),
    ];
    for (values, status, name, message) in cases {
        refused(&odoo, "ir.model.fields", "create", create(values), status, name, message);
    }
    let mut choice = field("x_kind", "selection");
    choice["selection_ids"] = json!([[0, 0, {"value": "a", "name": "Alpha", "sequence": 1}], [0, 0, {"value": "b", "name": "Beta", "sequence": 2}]]);
    let made = ok(&odoo, "ir.model.fields", "create", json!({"vals_list": [field("x_chart", "html"), choice]}));
    let again = create(field("x_chart", "char"));
    refused(
        &odoo,
        "ir.model.fields",
        "create",
        again,
        422,
        validation,
        "The operation cannot be completed: Field names must be unique per model.",
    );
    let described = ok(
        &odoo,
        "res.partner",
        "fields_get",
        json!({"allfields": ["x_kind"], "attributes": ["type", "selection", "manual"]}),
    );
    assert_eq!(
        described,
        json!({"x_kind": {"type": "selection", "manual": true, "selection": [["a", "Alpha"], ["b", "Beta"]]}})
    );

    let data = json!([["mig.c", "C", "<p onclick=\"x()\">t<script>1</script></p>", "Beta"]]);
    ok(&odoo, "res.partner", "load", json!({"fields": ["id", "name", "x_chart", "x_kind"], "data": data}));
    let stored = odoo.by_external_id("mig.c").expect("the record");
    assert_eq!((stored["x_chart"].as_str(), stored["x_kind"].as_str()), (Some("<p>t</p>"), Some("b")));

    let parent =
        ok(&odoo, "ir.model.data", "check_object_reference", json!({"module": "base", "xml_id": "view_partner_form"}));
    let view = |field: &str| {
        let arch = format!(
            "<data><xpath expr=\"//notebook\" position=\"inside\"><page string=\"Dental\" name=\"x_dental\"><field name=\"{field}\"/></page></xpath></data>"
        );
        create(
            json!({"name": "dental", "model": "res.partner", "inherit_id": parent[1], "type": "form", "priority": 99, "arch": arch}),
        )
    };
    let refusal = post(&odoo, "ir.ui.view", "create", &view("x_nope"));
    assert_eq!(refusal.status, 422);
    assert!(
        refusal.json()["message"]
            .as_str()
            .expect("a text")
            .ends_with("Field \"x_nope\" does not exist in model \"res.partner\"")
    );
    ok(&odoo, "ir.ui.view", "create", view("x_chart"));
    let form = ok(&odoo, "res.partner", "get_view", json!({"view_type": "form"}));
    assert!(form["arch"].as_str().expect("an arch").contains("name=\"x_dental\""));

    let blocked = post(&odoo, "ir.model.fields", "unlink", &json!({"ids": [made[0]]}));
    assert_eq!(blocked.json()["name"], "odoo.exceptions.UserError");
    ok(&odoo, "ir.model.fields", "unlink", json!({"ids": [made[1]]}));
    assert_eq!(odoo.by_external_id("mig.c").expect("the record").get("x_kind"), None);
    refused(
        &odoo,
        "res.partner",
        "create",
        create(json!({"name": "E", "x_kind": "a"})),
        500,
        "builtins.ValueError",
        "Invalid field 'x_kind' in 'res.partner'",
    );
}

#[tokio::test]
async fn what_hangs_on_a_partner_goes_with_it() {
    let odoo = start().await;
    let partner = model_id(&odoo, "res.partner");
    let loaded = ok(
        &odoo,
        "res.partner",
        "load",
        json!({"fields": ["id", "name"], "data": [["mig.gone", "Gone"]], "context": {"tracking_disable": true}}),
    );
    let id = loaded["ids"][0].clone();
    let before = (odoo.count("mail.activity"), odoo.count("mail.message"), odoo.count("crm.lead"));
    ok(&odoo, "mail.activity", "create", json!({"vals_list": [{"res_model_id": partner, "res_id": id}]}));
    ok(
        &odoo,
        "mail.message",
        "create",
        json!({"vals_list": [{"model": "res.partner", "res_id": id, "body": "old", "date": "2015-05-05 05:05:05"}]}),
    );
    let lead = ok(
        &odoo,
        "crm.lead",
        "create",
        json!({"vals_list": [{"name": "L", "partner_id": id}], "context": {"tracking_disable": true}}),
    );
    let message = odoo.records("mail.message").pop().expect("the message");
    assert_eq!((message["date"].as_str(), message["author_id"].as_i64()), (Some("2015-05-05 05:05:05"), Some(3)));
    ok(&odoo, "res.partner", "unlink", json!({"ids": [id]}));
    assert_eq!((odoo.count("mail.activity"), odoo.count("mail.message")), (before.0, before.1));
    assert_eq!(ok(&odoo, "crm.lead", "read", json!({"ids": lead, "fields": ["partner_id"]}))[0]["partner_id"], false);
    assert_eq!(odoo.by_external_id("mig.gone"), None);
    let admin = post(&odoo, "res.partner", "unlink", &json!({"ids": [3]}));
    assert_eq!(admin.json()["name"], "odoo.exceptions.RedirectWarning");
}

#[tokio::test]
async fn the_journal_brings_everything_back_but_a_torn_line() {
    let folder = std::env::temp_dir().join(format!("standin-journal-{}", std::process::id()));
    let journal = folder.join("odoo.jsonl");
    let options = || OdooOptions { api_key: KEY.to_owned(), journal: Some(journal.clone()), ..OdooOptions::default() };
    let odoo = OdooStandin::start(options()).await.expect("a free port");
    let partner = model_id(&odoo, "res.partner");
    ok(
        &odoo,
        "ir.model.fields",
        "create",
        json!({"vals_list": [{"name": "x_note", "model_id": partner, "ttype": "char", "field_description": "N"}]}),
    );
    ok(&odoo, "res.partner", "load", json!({"fields": ["id", "name", "x_note"], "data": [["mig.j", "J", "kept"]]}));
    post(&odoo, "res.partner", "create", &json!({"vals_list": [{"nope": 1}]}));
    // The first records of all are made when it starts, at another moment then.
    let records = |odoo: &OdooStandin| {
        let mut records = odoo.records("res.partner");
        for record in &mut records {
            for stamp in ["create_date", "write_date"] {
                record.shift_remove(stamp);
            }
        }
        records
    };
    let before = records(&odoo);
    odoo.shutdown();
    let mut torn = std::fs::read(&journal).expect("the journal");
    let whole = torn.len();
    torn.extend_from_slice(b"{\"now\":\"2026-01-01");
    std::fs::write(&journal, &torn).expect("the journal is writable");
    let again = OdooStandin::start(options()).await.expect("a free port");
    assert_eq!(records(&again), before);
    assert_eq!(again.by_external_id("mig.j").expect("the record")["x_note"], "kept");
    assert_eq!(std::fs::metadata(&journal).expect("the journal").len(), whole as u64);
    again.shutdown();
    std::fs::remove_dir_all(folder).expect("the folder is ours");
}

/// Each of these once differed from a live Odoo.
#[tokio::test]
async fn details_agree_with_a_live_server() {
    let odoo = start().await;
    let quiet = json!({"tracking_disable": true});
    let family = json!({"vals_list": [{"name": "Up", "country_id": 231, "child_ids": [[0, 0, {"name": "kid"}]]}], "context": quiet});
    let parent = ok(&odoo, "res.partner", "create", family)[0].clone();
    let kid = ok(&odoo, "res.partner", "search", json!({"domain": [["parent_id", "=", parent]]}));
    let fields = ["display_name", "country_id", "commercial_partner_id"];
    let read = json!({"ids": kid, "fields": fields});
    assert_eq!(
        ok(&odoo, "res.partner", "read", read.clone())[0]["display_name"],
        "Up, kid",
        "a contact is shown with its parent"
    );
    assert_eq!(ok(&odoo, "res.partner", "read", read.clone())[0]["country_id"][0], 231, "and lives where it lives");
    ok(&odoo, "res.partner", "unlink", json!({"ids": [parent]}));
    let orphan = ok(&odoo, "res.partner", "read", read);
    assert_eq!((&orphan[0]["display_name"], &orphan[0]["commercial_partner_id"][0]), (&json!("kid"), &kid[0]));

    let missing = "odoo.exceptions.MissingError";
    let gone = "Record does not exist or has been deleted.\n(Record: res.partner(99999999,), User: 2)";
    let message = json!({"vals_list": [{"model": "res.partner", "res_id": 99_999_999, "body": "x"}]});
    refused(&odoo, "mail.message", "create", message, 404, missing, gone);
    let spaced = json!({"vals_list": [{"module": "m", "name": "a b", "model": "res.partner", "res_id": 3}]});
    let spaces = "The operation cannot be completed: External IDs cannot contain spaces";
    refused(&odoo, "ir.model.data", "create", spaced, 422, "odoo.exceptions.ValidationError", spaces);

    // Texts sort by code point, as PostgreSQL does under the C collation.
    let names = json!({"vals_list": [{"name": "b"}, {"name": "C"}, {"name": "a"}], "context": quiet});
    let made = ok(&odoo, "res.partner", "create", names);
    let sorted = json!({"domain": [["id", "in", made]], "fields": ["name"], "order": "name"});
    let found = ok(&odoo, "res.partner", "search_read", sorted);
    let order: Vec<&str> = found.as_array().expect("rows").iter().filter_map(|row| row["name"].as_str()).collect();
    assert_eq!(order, ["C", "a", "b"]);
    let company = post(&odoo, "res.company", "create", &json!({"vals_list": [{"name": "My Company"}]}));
    assert_eq!(company.json()["message"], "The operation cannot be completed: The company name must be unique!");
}
