//! The fast path: one server action that does what insert-only `load()` does.

use odograft_odoo::{FastPath, OdooError, SearchOptions, bulk_context};
use serde_json::{Map, Value, json};

use super::{Ground, cases, failure};

cases![
    the_fast_path_makes_skips_and_makes_again,
    the_fast_path_refuses_a_batch_as_a_whole,
    the_fast_path_leaves_nothing_behind,
];

fn rows(ground: &Ground, values: &[Value]) -> Vec<(String, Map<String, Value>)> {
    let row = |(position, values): (usize, &Value)| {
        (ground.external_id(&format!("fast{position}")), values.as_object().expect("values").clone())
    };
    values.iter().enumerate().map(row).collect()
}

async fn actions(ground: &Ground) -> u64 {
    ground.client.search_count("ir.actions.server", json!([["name", "=", "odograft"]]), true).await.expect("counted")
}

fn module(ground: &Ground) -> String {
    format!("conformance_{}", ground.word)
}

async fn the_fast_path_makes_skips_and_makes_again(ground: Ground) {
    let fast = FastPath::set_up(&ground.client, &module(&ground)).await.expect("made");
    let country = ground.client.resolve_external_ids(&["base.uk".to_owned()]).await.expect("resolved")["base.uk"].1;
    let values = [
        json!({ "name": "Ann", "city": "Leeds", "country_id": country, "active": false }),
        json!({ "name": "Bob", "city": "York" }),
        json!({ "name": "Cy", "city": "Hull", "category_id": [[6, 0, []]] }),
    ];
    let batch = rows(&ground, &values);
    let (first, _) = fast.insert(&ground.client, "res.partner", &batch).await.expect("made");
    assert_eq!(first.len(), 3);
    let ann = ground.one("res.partner", first[0], &["country_id", "active"]).await;
    assert_eq!((&ann["country_id"][0], &ann["active"]), (&json!(country), &json!(false)));
    ground.client.write("res.partner", &[first[1]], json!({ "city": "Bath" }), bulk_context()).await.expect("written");
    ground.delete("res.partner", &[first[2]]).await;
    let (second, _) = fast.insert(&ground.client, "res.partner", &batch).await.expect("made");
    assert_eq!(second[..2], first[..2]);
    assert_ne!(second[2], first[2], "made again");
    assert_eq!(ground.one("res.partner", first[1], &["city"]).await["city"], "Bath", "insert only");
    ground.delete("res.partner", &second).await;
    FastPath::remove(&ground.client, &module(&ground)).await.expect("removed");
}

async fn the_fast_path_refuses_a_batch_as_a_whole(ground: Ground) {
    let fast = FastPath::set_up(&ground.client, &module(&ground)).await.expect("made");
    let batch = rows(&ground, &[json!({ "name": "Ann", "ref": ground.word }), json!({ "ref": ground.word })]);
    let error = failure(fast.insert(&ground.client, "res.partner", &batch).await);
    assert!(!error.may_pass(), "{error}");
    let found = ground.client.search_count("res.partner", json!([["ref", "=", ground.word]]), true).await;
    assert_eq!(found, Ok(0), "nothing of it is in");
    let error = failure(fast.insert(&ground.client, "res.nope", &batch).await);
    assert!(!matches!(error, OdooError::Timeout), "{error}");
    FastPath::remove(&ground.client, &module(&ground)).await.expect("removed");
}

async fn the_fast_path_leaves_nothing_behind(ground: Ground) {
    let before = actions(&ground).await;
    FastPath::set_up(&ground.client, &module(&ground)).await.expect("made");
    FastPath::set_up(&ground.client, &module(&ground)).await.expect("made anew");
    assert_eq!(actions(&ground).await, before + 1);
    for _ in 0..2 {
        FastPath::remove(&ground.client, &module(&ground)).await.expect("removed, or not there");
        assert_eq!(actions(&ground).await, before);
    }
    let options = SearchOptions::default();
    let left = ground.client.search_read("ir.model.data", json!([["module", "=", module(&ground)]]), &["id"], options);
    assert_eq!(left.await.expect("readable").len(), 0);
}
