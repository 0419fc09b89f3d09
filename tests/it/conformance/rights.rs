//! What a user without rights is refused, and as what; and whose document an attachment may hang on.

use odograft_odoo::{Client, Connection, OdooError, Protocol, SearchOptions};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{Ground, cases, failure, loaded, refused};

cases![a_user_without_sales_rights, an_attachment_hangs_on_a_record_that_is_there, content_is_told_by_its_checksum];

/// A plain internal user, who goes by a password: a key for another user can't be made over the API, so that JSON-2, which
/// takes nothing else, has none.
async fn plain_user(ground: &Ground) -> (Client, i64) {
    let login = format!("{}@example.invalid", ground.word);
    let values = json!({ "name": "Reception", "login": login, "password": "a plain password" });
    let user = ground.client.create("res.users", vec![values], Value::Null).await.expect("a user")[0];
    let connection = Connection { key: SecretString::from("a plain password"), ..ground.connection.clone() };
    let settings = odograft_odoo::Settings { login: Some(login), ..ground.settings.clone() };
    (Client::with_settings(&connection, settings).expect("a client"), user)
}

fn no_rights(model: &str, operation: &str) -> OdooError {
    OdooError::NoRights { model: model.to_owned(), operation: operation.to_owned() }
}

async fn a_user_without_sales_rights(ground: Ground) {
    if ground.protocol == Protocol::Json2 {
        return;
    }
    let (client, user) = plain_user(&ground).await;
    let partner = ground.partner().await;
    assert_eq!(client.check_access().await, Ok(user));
    let read = client.search_read("crm.lead", json!([]), &["name"], SearchOptions::default()).await;
    assert_eq!(failure(read), no_rights("crm.lead", "access"));
    let count = client.search_count("sale.order.line", json!([]), false).await;
    assert_eq!(failure(count), no_rights("sale.order.line", "access"));
    let order = json!({ "partner_id": partner });
    let create = client.create("sale.order", vec![order], Value::Null).await;
    assert_eq!(failure(create), no_rights("sale.order", "create"));
    let write = client.write("res.partner", &[partner], json!({ "ref": "no" }), Value::Null).await;
    assert_eq!(failure(write), no_rights("res.partner", "modify"));
    assert_eq!(failure(client.unlink("res.partner", &[partner]).await), no_rights("res.partner", "delete"));
    let batch = ground.batch("res.partner", ["name"], &[["a"], ["b"]]);
    let insert = odograft_odoo::insert(&client, &batch).await;
    assert_eq!(failure(insert), no_rights("res.partner", "create"), "a fault of the call, not of its rows");
    let field = json!({ "name": "x_low", "model_id": 1, "ttype": "char", "field_description": "Low" });
    let create = client.create("ir.model.fields", vec![field], Value::Null).await;
    assert_eq!(failure(create), no_rights("ir.model", "access"), "its model is read first");
    let names = client.resolve_external_ids(&["base.main_partner".to_owned()]).await;
    assert_eq!(failure(names), no_rights("ir.model.data", "access"));
    // What anybody may.
    assert!(client.fields_get("crm.lead").await.expect("fields").contains_key("partner_id"));
    assert_eq!(client.read("res.partner", &[partner], &["id"]).await.expect("readable").len(), 1);
    let on_partner = json!({ "name": "x", "res_model": "res.partner", "res_id": partner });
    let create = client.create("ir.attachment", vec![on_partner], Value::Null).await;
    let model = "ir.attachment".to_owned();
    assert_eq!(failure(create), OdooError::NoRightsOnRecord { model }, "who may not change it adds nothing to it");
    let free = json!({ "name": "x", "datas": "QQ==" });
    let free = client.create("ir.attachment", vec![free], Value::Null).await.expect("an attachment of nobody's");
    let own = ground.one("ir.attachment", free[0], &["create_uid"]).await;
    assert_eq!(own["create_uid"][0], json!(user));
    ground.delete("ir.attachment", &free).await;
    ground.delete("res.partner", &[partner]).await;
    ground.client.write("res.users", &[user], json!({ "active": false }), Value::Null).await.expect("archived");
}

async fn an_attachment_hangs_on_a_record_that_is_there(ground: Ground) {
    let partner = ground.partner().await;
    let refusal = || OdooError::NoRightsOnRecord { model: "ir.attachment".to_owned() };
    let gone = json!({ "name": "x", "res_model": "res.partner", "res_id": 99_999_999 });
    assert_eq!(failure(ground.client.create("ir.attachment", vec![gone], Value::Null).await), refusal());
    let nowhere = json!({ "name": "x", "res_model": "res.nope", "res_id": 1 });
    assert_eq!(failure(ground.client.create("ir.attachment", vec![nowhere], Value::Null).await), refusal());
    let id = partner.to_string();
    let columns = ["name", "res_model", "res_id"];
    let rows = [["a", "res.partner", &id], ["b", "res.partner", "99999999"], ["c", "res.partner", &id]];
    let outcomes = ground.insert(&ground.batch("ir.attachment", columns, &rows)).await;
    assert_eq!(refused(&outcomes), [(1, None, "no-rights-on-record")], "the others are in");
    ground.delete("ir.attachment", &super::ids(&outcomes)).await;
    ground.delete("res.partner", &[partner]).await;
}

async fn content_is_told_by_its_checksum(ground: Ground) {
    let columns = ["name", "datas"];
    let rows = [["a.txt", "QQ=="], ["b.pdf", "TGV0dGVy"], ["c", ""]];
    let made = loaded(&ground.insert(&ground.batch("ir.attachment", columns, &rows)).await);
    let fields = ["checksum", "file_size", "mimetype"];
    let a = ground.one("ir.attachment", made[0], &fields).await;
    assert_eq!((&a["checksum"], &a["file_size"]), (&json!("6dcd4ce23d88e2ee9568ba546c007c63d9131c1b"), &json!(1)));
    assert_eq!(a["mimetype"], "text/plain");
    let b = ground.one("ir.attachment", made[1], &fields).await;
    assert_eq!((&b["file_size"], &b["mimetype"]), (&json!(6), &json!("application/pdf")));
    let c = ground.one("ir.attachment", made[2], &fields).await;
    assert_eq!((&c["checksum"], &c["file_size"]), (&json!(false), &json!(0)));
    ground.client.write("ir.attachment", &[made[0]], json!({ "datas": "QUI=" }), Value::Null).await.expect("written");
    assert_eq!(ground.one("ir.attachment", made[0], &fields).await["file_size"], 2);
    ground.delete("ir.attachment", &made).await;
}
