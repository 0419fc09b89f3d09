//! Custom fields and the page that shows them.

use odograft_odoo::{
    CustomField, OdooError, Page, PageEnd, PageField, SchemaPlan, SchemaReport, SearchOptions, Section, apply,
};
use serde_json::{Value, json};

use super::{Ground, cases, failure, ids, loaded, refused};

cases![
    fields_are_made_once_and_hold_values,
    a_choice_that_a_newer_plan_knows_is_added,
    a_field_of_another_type_is_told,
    names_that_odoo_refuses,
    a_group_or_model_that_is_not_there,
    a_page_is_made_changed_and_left_alone,
    a_page_with_an_unknown_field_is_refused_by_name,
    a_page_on_a_form_without_a_notebook,
];

fn field(ground: &Ground, model: &str, name: &str, kind: &str) -> CustomField {
    CustomField {
        model: model.to_owned(),
        name: format!("x_{}_{name}", ground.word),
        kind: kind.to_owned(),
        label: format!("{name} \"label\" & <more>"),
        groups: Vec::new(),
        selection: Vec::new(),
        relation: None,
    }
}

fn plan(ground: &Ground, fields: Vec<CustomField>) -> SchemaPlan {
    SchemaPlan { fields, pages: Vec::new(), external_id_module: format!("conformance_{}", ground.word) }
}

async fn done(ground: &Ground, plan: &SchemaPlan) -> SchemaReport {
    apply(&ground.client, plan).await.expect("the plan is right")
}

/// Deletes a case's views and fields, the views first.
async fn clean_up(ground: &Ground) {
    let views = json!([["name", "like", ground.word]]);
    // A partner's field shows up on users too, who are partners; only the manual one can be deleted.
    let fields = json!([["name", "like", format!("x_{}", ground.word)], ["state", "=", "manual"]]);
    for (model, domain) in [("ir.ui.view", views), ("ir.model.fields", fields)] {
        let rows = ground.client.search_read(model, domain, &["name"], SearchOptions::default()).await.expect("found");
        let ids: Vec<i64> = rows.iter().filter_map(|row| row["id"].as_i64()).collect();
        if !ids.is_empty() {
            ground.delete(model, &ids).await;
        }
    }
}

async fn fields_are_made_once_and_hold_values(ground: Ground) {
    let mut risk = field(&ground, "res.partner", "risk", "selection");
    risk.selection = vec![("low".to_owned(), "Low risk".to_owned()), ("high".to_owned(), "High risk".to_owned())];
    let mut dentist = field(&ground, "res.partner", "dentist", "many2one");
    dentist.relation = Some("res.users".to_owned());
    let mut alert = field(&ground, "res.partner", "alert", "char");
    alert.groups = vec!["base.group_system".to_owned()];
    let chart = field(&ground, "res.partner", "chart", "html");
    let seen = field(&ground, "res.partner", "seen", "datetime");
    let score = field(&ground, "crm.lead", "score", "float");
    let plan = plan(&ground, vec![risk.clone(), dentist.clone(), alert.clone(), chart.clone(), seen.clone(), score]);

    let report = done(&ground, &plan).await;
    assert_eq!((report.created_fields.len(), report.existing_fields), (6, 0));
    assert!(report.created_fields.iter().all(|(_, _, id)| *id > 0));
    let again = done(&ground, &plan).await;
    assert_eq!(again, SchemaReport { existing_fields: 6, ..SchemaReport::default() });

    let fields = ground.client.fields_get("res.partner").await.expect("fields");
    assert_eq!(fields[&risk.name].selection, risk.selection);
    assert_eq!(fields[&dentist.name].relation.as_deref(), Some("res.users"));
    assert_eq!(fields[&chart.name].label, chart.label);

    let user = format!("{}/id", dentist.name);
    let columns = ["name", &risk.name, &user, &alert.name, &chart.name, &seen.name];
    let table = "<table><tbody><tr><td style=\"background-color:#ffd6d6\">6</td></tr></tbody></table>";
    let rows = [
        ["Ann", "high", "base.user_admin", "Penicillin", table, "2020-02-29 10:11:12"],
        ["Bob", "middling", "base.user_admin", "", "", ""],
        ["Cy", "", "", "", "", ""],
    ];
    let outcomes = ground.insert(&ground.batch("res.partner", columns, &rows)).await;
    assert_eq!(refused(&outcomes), [(1, Some(risk.name.as_str()), "bad-value")]);
    let made = ids(&outcomes);
    let ann = ground.one("res.partner", made[0], &columns.map(|column| column.trim_end_matches("/id"))).await;
    assert_eq!(ann[&risk.name], "high");
    assert_eq!(ann[&dentist.name][0], 2);
    assert_eq!(ann[&alert.name], "Penicillin");
    assert_eq!(ann[&seen.name], "2020-02-29 10:11:12");
    assert!(ann[&chart.name].to_string().contains("#ffd6d6"), "{}", ann[&chart.name]);
    ground.delete("res.partner", &made).await;
    clean_up(&ground).await;
}

async fn a_choice_that_a_newer_plan_knows_is_added(ground: Ground) {
    let mut risk = field(&ground, "res.partner", "risk", "selection");
    risk.selection = vec![("low".to_owned(), "Low".to_owned())];
    done(&ground, &plan(&ground, vec![risk.clone()])).await;
    risk.selection.push(("high".to_owned(), "High".to_owned()));
    let report = done(&ground, &plan(&ground, vec![risk.clone()])).await;
    assert_eq!(report.added_choices, [("res.partner".to_owned(), risk.name.clone(), "high".to_owned())]);
    assert_eq!(ground.client.fields_get("res.partner").await.expect("fields")[&risk.name].selection, risk.selection);
    let made = loaded(&ground.insert(&ground.batch("res.partner", ["name", &risk.name], &[["Ann", "high"]])).await);
    ground.delete("res.partner", &made).await;
    clean_up(&ground).await;
}

async fn a_field_of_another_type_is_told(ground: Ground) {
    let text = field(&ground, "res.partner", "note", "text");
    done(&ground, &plan(&ground, vec![text.clone()])).await;
    let html = CustomField { kind: "html".to_owned(), ..text.clone() };
    let expected = OdooError::FieldDiffers {
        model: "res.partner".to_owned(),
        field: text.name.clone(),
        wanted: "`html`".to_owned(),
        found: "`text`".to_owned(),
    };
    assert_eq!(failure(apply(&ground.client, &plan(&ground, vec![html.clone()])).await), expected);
    let found = OdooError::FieldDiffers {
        model: "res.partner".to_owned(),
        field: "country_id".to_owned(),
        wanted: "`char`".to_owned(),
        found: "`many2one` to `res.country`".to_owned(),
    };
    let country = CustomField { name: "country_id".to_owned(), kind: "char".to_owned(), ..text.clone() };
    assert_eq!(failure(apply(&ground.client, &plan(&ground, vec![country])).await), found);
    clean_up(&ground).await;
}

async fn names_that_odoo_refuses(ground: Ground) {
    let long = format!("x_{}", "a".repeat(62));
    for name in ["PPD_Chart_Data__c", "x_with-dash", "x_with space", "x_ümlaut", &long] {
        let bad = CustomField { name: name.to_owned(), ..field(&ground, "res.partner", "bad", "char") };
        let error = failure(apply(&ground.client, &plan(&ground, vec![bad])).await);
        assert_eq!(error, OdooError::BadFieldName { model: "ir.model.fields".to_owned() }, "{name}");
    }
    let mut twice = field(&ground, "res.partner", "twice", "selection");
    twice.selection = vec![("a".to_owned(), "A".to_owned()), ("a".to_owned(), "B".to_owned())];
    assert_eq!(failure(apply(&ground.client, &plan(&ground, vec![twice])).await).code(), "not-unique");
    let picklist = field(&ground, "res.partner", "bad", "picklist");
    let error = failure(apply(&ground.client, &plan(&ground, vec![picklist])).await);
    assert_eq!((error.code(), error.field()), ("bad-value", Some("ttype")));
}

async fn a_group_or_model_that_is_not_there(ground: Ground) {
    let mut hidden = field(&ground, "res.partner", "hidden", "char");
    hidden.groups = vec!["base.group_nope".to_owned()];
    let error = failure(apply(&ground.client, &plan(&ground, vec![hidden])).await);
    assert_eq!(error, OdooError::NoSuchExternalId { external_id: "base.group_nope".to_owned() });
    let elsewhere = field(&ground, "res.nope", "x", "char");
    let no_model = OdooError::NoModel { model: "res.nope".to_owned() };
    assert_eq!(failure(apply(&ground.client, &plan(&ground, vec![elsewhere])).await), no_model);
    let mut related = field(&ground, "res.partner", "related", "many2one");
    related.relation = Some("res.nope".to_owned());
    assert_eq!(failure(apply(&ground.client, &plan(&ground, vec![related])).await), no_model);
}

fn page(ground: &Ground, model: &str, fields: &[&CustomField]) -> Page {
    let fields = fields
        .iter()
        .map(|field| PageField { name: field.name.clone(), groups: field.groups.clone(), wide: field.kind == "html" })
        .collect();
    let sections = vec![Section { title: "Alerts & <risks>".to_owned(), fields }];
    Page { model: model.to_owned(), title: format!("Dental {}", ground.word), sections }
}

/// The form as its user gets it.
async fn form(ground: &Ground, model: &str) -> String {
    let body = json!({ "view_type": "form" }).as_object().cloned().unwrap_or_default();
    let view = ground.client.call(model, "get_view", body).await.expect("a form");
    view["arch"].as_str().expect("an arch").to_owned()
}

async fn a_page_is_made_changed_and_left_alone(ground: Ground) {
    for model in ["res.partner", "crm.lead"] {
        page_comes_and_goes(&ground, model).await;
    }
}

async fn page_comes_and_goes(ground: &Ground, model: &str) {
    let mut alert = field(ground, model, "alert", "char");
    alert.groups = vec!["base.group_system".to_owned()];
    let chart = field(ground, model, "chart", "html");
    let mut plan = plan(ground, vec![alert.clone(), chart.clone()]);
    plan.pages = vec![page(ground, model, &[&alert])];

    let report = done(ground, &plan).await;
    let (of, id, end) = report.pages[0].clone();
    assert_eq!((of.as_str(), end), (model, PageEnd::Created));
    let external_id = format!("{}.dental_page_{}", plan.external_id_module, model.replace('.', "_"));
    let found = ground.client.resolve_external_ids(std::slice::from_ref(&external_id)).await.expect("resolved");
    assert_eq!(found[&external_id], ("ir.ui.view".to_owned(), id));
    let arch = form(ground, model).await;
    assert!(arch.contains(&format!("string=\"Dental {}\"", ground.word)), "the page is on the form");
    assert!(arch.contains(&alert.name) && !arch.contains(&chart.name));

    assert_eq!(done(ground, &plan).await.pages, [(model.to_owned(), id, PageEnd::Unchanged)]);
    plan.pages = vec![page(ground, model, &[&alert, &chart])];
    assert_eq!(done(ground, &plan).await.pages, [(model.to_owned(), id, PageEnd::Updated)]);
    assert_eq!(done(ground, &plan).await.pages, [(model.to_owned(), id, PageEnd::Unchanged)]);
    assert!(form(ground, model).await.contains(&chart.name));
    clean_up(ground).await;
    assert!(!form(ground, model).await.contains(&ground.word));
}

async fn a_page_with_an_unknown_field_is_refused_by_name(ground: Ground) {
    let never = field(&ground, "crm.lead", "never_made", "char");
    let mut plan = plan(&ground, Vec::new());
    plan.pages = vec![page(&ground, "crm.lead", &[&never])];
    let error = failure(apply(&ground.client, &plan).await);
    assert_eq!(error, OdooError::NoField { model: "crm.lead".to_owned(), field: never.name });

    // Odoo's own check of a view, which odograft's page never reaches.
    let values = json!({ "name": ground.word, "model": "res.partner", "type": "form", "arch": "<form><field name=\"nope\"/></form>" });
    let error = failure(ground.client.create("ir.ui.view", vec![values], Value::Null).await);
    assert_eq!(error, OdooError::BadView { model: "ir.ui.view".to_owned() });
}

async fn a_page_on_a_form_without_a_notebook(ground: Ground) {
    let reason = field(&ground, "mail.activity", "reason", "char");
    let mut plan = plan(&ground, vec![reason.clone()]);
    plan.pages = vec![page(&ground, "mail.activity", &[&reason])];
    let id = done(&ground, &plan).await.pages[0].1;
    assert!(form(&ground, "mail.activity").await.contains(&reason.name));
    assert_eq!(done(&ground, &plan).await.pages, [("mail.activity".to_owned(), id, PageEnd::Unchanged)]);
    clean_up(&ground).await;
}
