//! Insert-only `load()`: identity, the rows that it refuses, and what it does with the others.

use odograft_odoo::{LoadBatch, OdooError, Row, RowOutcome, SearchOptions, bulk_context, insert};
use serde_json::json;

use super::{Ground, cases, failure, ids, loaded, refused};

cases![
    an_empty_batch_is_nothing,
    the_same_batch_twice_gives_the_same_ids_and_keeps_the_customers_edit,
    an_archived_record_stays_archived,
    a_deleted_record_is_made_again,
    one_bad_row_of_twenty_is_named_and_the_others_are_in,
    more_bad_rows_than_odoo_reports_at_once,
    the_first_row_is_not_blamed_for_a_later_one,
    a_reference_within_the_batch_holds,
    a_refused_parent_takes_its_child_along,
    an_unknown_column_is_a_fault_of_the_call,
    a_model_that_is_not_there_is_a_fault_of_the_call,
    batches_that_cannot_be_right_are_not_sent,
    an_external_id_with_a_space_is_refused,
    odd_characters_in_external_ids_are_stored,
    an_external_id_of_another_model_is_refused,
];

async fn an_empty_batch_is_nothing(ground: Ground) {
    let batch = ground.batch("res.nope", ["name"], &[]);
    let inserted = insert(&ground.client, &batch).await.expect("nothing has to be sent");
    assert_eq!(inserted.outcomes, [], "and no call is made");
}

async fn the_same_batch_twice_gives_the_same_ids_and_keeps_the_customers_edit(ground: Ground) {
    let batch = ground.batch("res.partner", ["name", "city"], &[["Ann", "Leeds"], ["Bob", "York"], ["Cy", "Hull"]]);
    let first = loaded(&ground.insert(&batch).await);
    ground.client.write("res.partner", &[first[1]], json!({ "city": "Bath" }), bulk_context()).await.expect("written");
    let mut again = batch.clone();
    "Whitby".clone_into(&mut again.rows[0].cells[1]);
    assert_eq!(loaded(&ground.insert(&again).await), first);
    let rows = ground.client.read("res.partner", &first, &["city"]).await.expect("readable");
    let cities: Vec<&str> = rows.iter().filter_map(|row| row["city"].as_str()).collect();
    assert_eq!(cities, ["Leeds", "Bath", "Hull"], "insert only");
    ground.delete("res.partner", &first).await;
}

async fn an_archived_record_stays_archived(ground: Ground) {
    let batch = ground.batch("res.partner", ["name"], &[["Ann"]]);
    let made = loaded(&ground.insert(&batch).await);
    ground.client.write("res.partner", &made, json!({ "active": false }), bulk_context()).await.expect("archived");
    assert_eq!(loaded(&ground.insert(&batch).await), made);
    assert_eq!(ground.one("res.partner", made[0], &["active"]).await["active"], false);
    ground.delete("res.partner", &made).await;
}

async fn a_deleted_record_is_made_again(ground: Ground) {
    let batch = ground.batch("res.partner", ["name"], &[["Ann"]]);
    let first = loaded(&ground.insert(&batch).await);
    ground.delete("res.partner", &first).await;
    let second = loaded(&ground.insert(&batch).await);
    assert_ne!(first, second);
    ground.delete("res.partner", &second).await;
}

fn twenty(ground: &Ground, good: &str, bad: &str, guilty: &[usize], count: usize) -> LoadBatch {
    let rows: Vec<[&str; 2]> =
        (0..count).map(|row| [if guilty.contains(&row) { bad } else { good }, &ground.word]).collect();
    ground.batch("res.partner", ["name", "ref"], &rows)
}

async fn one_bad_row_of_twenty_is_named_and_the_others_are_in(ground: Ground) {
    let batch = twenty(&ground, "Ann", "", &[7], 20);
    let outcomes = ground.insert(&batch).await;
    assert_eq!(refused(&outcomes), [(7, Some("name"), "missing-required")]);
    let domain = json!([["ref", "=", ground.word]]);
    assert_eq!(ground.client.search_count("res.partner", domain, true).await, Ok(19));
    // The ids stand in the order of the rows although one was taken out.
    let found = ground.client.resolve_external_ids(&[ground.external_id("t")]).await.expect("resolved");
    assert_eq!(outcomes[19], RowOutcome::Loaded { id: found[&ground.external_id("t")].1 });
    assert_eq!(refused(&ground.insert(&batch).await), refused(&outcomes), "again the same");
    ground.delete("res.partner", &ids(&outcomes)).await;
}

async fn more_bad_rows_than_odoo_reports_at_once(ground: Ground) {
    let guilty: Vec<usize> = (3..33).filter(|row| row % 3 != 1).chain([39]).collect();
    let outcomes = ground.insert(&twenty(&ground, "Ann", "", &guilty, 40)).await;
    let named: Vec<usize> = refused(&outcomes).into_iter().map(|(row, ..)| row).collect();
    assert_eq!(named, guilty);
    ground.delete("res.partner", &ids(&outcomes)).await;
}

/// Odoo puts the message of the first attempt at the head, in the name of the batch's first row.
async fn the_first_row_is_not_blamed_for_a_later_one(ground: Ground) {
    let partner = ground.partner().await;
    let (model, there) = (ground.model_id("res.partner").await.to_string(), partner.to_string());
    let columns = ["res_model_id/.id", "res_id", "summary"];
    let rows = [there.as_str(), &there, "99999999", &there].map(|id| [model.as_str(), id, ground.word.as_str()]);
    let outcomes = ground.insert(&ground.batch("mail.activity", columns, &rows)).await;
    assert_eq!(refused(&outcomes), [(2, None, "no-rights-on-record")]);
    let activities = ids(&outcomes);
    assert_eq!(activities.len(), 3);
    ground.delete("mail.activity", &activities).await;
    ground.delete("res.partner", &[partner]).await;
}

async fn a_reference_within_the_batch_holds(ground: Ground) {
    let parent = ground.external_id("a");
    let rows = [["Family", ""], ["Child", parent.as_str()], ["Other child", parent.as_str()]];
    let made = loaded(&ground.insert(&ground.batch("res.partner", ["name", "parent_id/id"], &rows)).await);
    for child in &made[1..] {
        assert_eq!(ground.one("res.partner", *child, &["parent_id"]).await["parent_id"][0], made[0]);
    }
    ground.delete("res.partner", &[made[1], made[2], made[0]]).await;
}

async fn a_refused_parent_takes_its_child_along(ground: Ground) {
    let parent = ground.external_id("a");
    let rows = [["", ""], ["Child", parent.as_str()], ["Alone", ""]];
    let outcomes = ground.insert(&ground.batch("res.partner", ["name", "parent_id/id"], &rows)).await;
    let expected = [(0, Some("name"), "missing-required"), (1, Some("parent_id"), "no-reference")];
    assert_eq!(refused(&outcomes), expected);
    ground.delete("res.partner", &ids(&outcomes)).await;
}

async fn an_unknown_column_is_a_fault_of_the_call(ground: Ground) {
    for column in ["nope", "nope/id"] {
        let batch = ground.batch("res.partner", ["name", column], &[["Ann", "x"]]);
        let error = failure(insert(&ground.client, &batch).await);
        assert_eq!(error, OdooError::NoField { model: "res.partner".to_owned(), field: "nope".to_owned() });
    }
}

async fn a_model_that_is_not_there_is_a_fault_of_the_call(ground: Ground) {
    let batch = ground.batch("res.nope", ["name"], &[["Ann"]]);
    assert_eq!(failure(insert(&ground.client, &batch).await), OdooError::NoModel { model: "res.nope".to_owned() });
}

async fn batches_that_cannot_be_right_are_not_sent(ground: Ground) {
    let good = ground.batch("res.partner", ["name", "ref"], &[["Ann", &ground.word], ["Bob", &ground.word]]);
    let change = |change: fn(&mut Row)| {
        let mut batch = good.clone();
        change(&mut batch.rows[1]);
        batch
    };
    let mut twice = good.clone();
    twice.rows[1].external_id.clone_from(&good.rows[0].external_id);
    for batch in [twice, change(|row| row.cells.truncate(1)), change(|row| row.external_id.clear())] {
        match failure(insert(&ground.client, &batch).await) {
            OdooError::BadBatch { row, .. } => assert_eq!(row, 1),
            other => panic!("{other}"),
        }
    }
    let domain = json!([["ref", "=", ground.word]]);
    assert_eq!(ground.client.search_count("res.partner", domain, true).await, Ok(0));
}

async fn an_external_id_with_a_space_is_refused(ground: Ground) {
    let mut batch = ground.batch("res.partner", ["name"], &[["Ann"], ["Bob"], ["Cy"]]);
    batch.rows[1].external_id.push_str(" jr");
    let outcomes = ground.insert(&batch).await;
    assert_eq!(refused(&outcomes), [(1, None, "bad-external-id")]);
    ground.delete("res.partner", &ids(&outcomes)).await;
}

async fn odd_characters_in_external_ids_are_stored(ground: Ground) {
    let mut batch = ground.batch("res.partner", ["name"], &[["Ann"], ["Bob"], ["Cy"]]);
    for (position, row) in batch.rows.iter_mut().enumerate() {
        row.external_id.push_str(["ü/1", ".dot.ted", "-A_9:é"][position]);
    }
    let made = loaded(&ground.insert(&batch).await);
    let asked: Vec<String> = batch.rows.iter().map(|row| row.external_id.clone()).collect();
    let found = ground.client.resolve_external_ids(&asked).await.expect("resolved");
    assert_eq!(found[&asked[0]].1, made[0]);
    assert_eq!(found[&asked[1]].1, made[1]);
    assert_eq!(found[&asked[2]].1, made[2]);
    assert_eq!(loaded(&ground.insert(&batch).await), made);
    ground.delete("res.partner", &made).await;
}

async fn an_external_id_of_another_model_is_refused(ground: Ground) {
    let made = loaded(&ground.insert(&ground.batch("res.partner", ["name"], &[["Ann"]])).await);
    let outcomes = ground.insert(&ground.batch("crm.lead", ["name"], &[["Implant"], ["Crown"]])).await;
    assert_eq!(refused(&outcomes), [(0, None, "external-id-taken")]);
    let domain = json!([["id", "in", ids(&outcomes)]]);
    let leads = ground.client.search_read("crm.lead", domain, &["name"], SearchOptions::default()).await;
    assert_eq!(leads.expect("found")[0]["name"], "Crown");
    ground.delete("crm.lead", &ids(&outcomes)).await;
    ground.delete("res.partner", &made).await;
}
