//! Treatments as products; treatment plans as orders, notes and two fields of the contact.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::{Aside, Expected, Holds, Key, Said, Statement, Unsaid};
use super::rows::{Row, sum, text};
use super::{Account, contact, grouped};

const ROW: &str = "treatment-plan";

/// What stands for items whose treatment no list has.
const UNCODED: &str = "UNCODED";

pub(super) fn state(account: &Account<'_>, statement: &mut Statement) {
    let mut codes: Vec<String> = Vec::new();
    for row in account.rows("treatments") {
        let code = row.get("code");
        // Of two treatments with one code, the first one's product stands for both.
        if code.is_empty() || !codes.contains(&code) {
            statement.records.push(product(row));
        }
        codes.push(code);
    }
    let items = grouped(account.rows("treatment_plan_items"), "treatment_plan_id");
    let own = |plan: &Row<'_>| items.get(&plan.get("id")).cloned().unwrap_or_default();
    let mut is_uncoded = false;
    for plan in account.rows("treatment_plans") {
        let has_contact = account.has_contact(&plan.get("patient_id"));
        is_uncoded |= own(&plan).iter().any(|item| treatment(account, *item).is_none());
        if has_contact {
            statement.records.extend([order(account, plan, &own(&plan)), note(account, plan, &own(&plan))]);
            statement.records.extend(own(&plan).into_iter().map(|item| line(account, plan, item)));
            continue;
        }
        let aside = |object, id| Aside { row: ROW, object, id, code: "held-back" };
        statement.aside.push(aside("treatment_plan", plan.get("id")));
        statement.aside.extend(own(&plan).iter().map(|item| aside("treatment_plan_item", item.get("id"))));
    }
    uncoded(is_uncoded, statement);
    histories(account, &items, statement);
    let plans: Vec<String> = account.rows("treatment_plans").map(|plan| plan.get("id")).collect();
    let of_nothing = items.keys().filter(|plan| !plans.contains(plan));
    statement.aside.extend(of_nothing.map(|plan| {
        let code = "orphan-rows";
        Aside { row: ROW, object: "treatment_plan", id: plan.clone(), code }
    }));
}

fn product(row: Row<'_>) -> Expected {
    let told = ["patient_nomenclature", "patient_description"];
    let fields = vec![
        row.same("x_source_id", "id"),
        row.same("default_code", "code"),
        row.same("name", "nomenclature"),
        Said::always("type", Holds::Is("service".into())),
        row.plain("sale_ok", "active"),
        Said::changed("description_sale", row.all(&told), Holds::text(row.joined(&told, "\n"))),
        row.same("x_description", "description"),
        row.same("x_treatment_category_id", "treatment_category_id"),
        row.same("x_insurance_classification", "insurance_classification"),
        row.same("x_nhs_category", "nhs_treatment_cat"),
        row.same("x_uda_band", "uda_band"),
        row.same("x_region", "region"),
        row.plain("x_duration_minutes", "duration"),
        row.same("x_treatment_owner", "owner"),
        row.timed("x_source_created_at", "created_at"),
    ];
    let (object, model, key) = ("treatment", "product.product", Key::source("treatment", row.get("id")));
    Expected { row: ROW, object, model, key, fields }
}

/// The product for items of unknown treatments, where there are such items.
fn uncoded(is_there: bool, statement: &mut Statement) {
    let (object, model) = ("treatment_plan", "product.product");
    if !is_there {
        let reason = "this practice has no item of an unknown treatment";
        statement.unsaid.push(Unsaid { object, model, field: "", reason });
        return;
    }
    let fields = vec![
        Said::always("default_code", Holds::Is(UNCODED.into())),
        Said::always("name", Holds::Is("Dental treatment".into())),
        Said::always("type", Holds::Is("service".into())),
    ];
    statement.records.push(Expected { row: ROW, object, model, key: Key::holding("default_code", UNCODED), fields });
}

/// The treatment of an item as the list has it.
fn treatment<'a>(account: &'a Account<'_>, item: Row<'_>) -> Option<Row<'a>> {
    account.rows("treatments").find(|row| row.get("id") == item.get("treatment_id"))
}

fn is_done(item: Row<'_>) -> bool {
    item.is("completed")
}

fn noon(plan: Row<'_>) -> String {
    match plan.day("start_date") {
        Some(day) => format!("{day} 12:00:00"),
        None => plan.utc("created_at").unwrap_or_default(),
    }
}

fn order(account: &Account<'_>, plan: Row<'_>, items: &[Row<'_>]) -> Expected {
    let is_accepted = plan.is("completed") || items.iter().any(|item| is_done(*item) || item.is("charged"));
    let state = if is_accepted { "sale" } else { "draft" };
    let told: Value = items.iter().map(|item| item.all(&["completed", "charged"])).collect();
    let (site, practitioner) = (plan.get("site_id"), plan.get("practitioner_id"));
    let fields = vec![
        plan.same("x_source_id", "id"),
        plan.changed("partner_id", "patient_id", contact(&plan.get("patient_id"))),
        Said::changed("date_order", plan.all(&["start_date", "created_at"]), Holds::text(noon(plan))),
        Said::changed("state", json!([plan.raw("completed"), told]), Holds::Is(state.into())),
        plan.same("client_order_ref", "nickname"),
        plan.changed("user_id", "practitioner_id", account.owners.holds(&practitioner)),
        plan.changed("team_id", "site_id", Holds::Record("crm.team", Key::source("site", site.clone()))),
        plan.changed("x_site_name", "site_id", Holds::text(account.site(&site))),
        plan.changed("x_dentist_name", "practitioner_id", Holds::text(account.practitioner(&practitioner))),
        plan.dated("x_ended_on", "end_date"),
        plan.timed("x_completed_at", "completed_at"),
        plan.timed("x_last_completed_at", "last_completed_at"),
        plan.amount("x_private_value", "private_treatment_value"),
        plan.amount("x_nhs_uda_value", "nhs_uda_value"),
        plan.timed("x_source_created_at", "created_at"),
    ];
    let (object, model, key) = ("treatment_plan", "sale.order", Key::source("treatment_plan", plan.get("id")));
    Expected { row: ROW, object, model, key, fields }
}

fn words(value: &Value, between: &str) -> String {
    value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(between)
}

/// `Composite, two surfaces; tooth UR6; surfaces M O`.
fn name(item: Row<'_>) -> String {
    let several = |name: &str| item.raw(name).as_array().is_some_and(|list| list.len() > 1);
    let mut whole = item.get("nomenclature");
    for (list, one, many) in [("teeth", "tooth", "teeth"), ("surfaces", "surface", "surfaces")] {
        let told = words(item.raw(list), " ");
        if !told.is_empty() {
            whole = format!("{whole}; {} {told}", if several(list) { many } else { one });
        }
    }
    whole
}

/// A line for each of the practice's own fields.
fn own_fields(item: Row<'_>) -> Vec<String> {
    let values = item.raw("custom_fields").as_array().into_iter().flatten();
    values.map(|value| format!("{}: {}", text(&value["name"]), text(&value["value"]))).collect()
}

fn line(account: &Account<'_>, plan: Row<'_>, item: Row<'_>) -> Expected {
    let product = match treatment(account, item) {
        None => Key::holding("default_code", UNCODED),
        Some(row) if row.get("code").is_empty() => Key::source("treatment", row.get("id")),
        Some(row) => Key::holding("default_code", row.get("code")),
    };
    let state = if is_done(item) { "done" } else { "planned" };
    let done = item.utc("completed_at").map(|moment| moment[..10].to_owned()).unwrap_or_default();
    let plan_name = account.named("payment_plans", &item.get("payment_plan_id"), "name");
    let dentist = account.practitioner(&item.get("practitioner_id"));
    let told = ["nomenclature", "teeth", "surfaces"];
    let order = Holds::Record("sale.order", Key::source("treatment_plan", plan.get("id")));
    let fields = vec![
        item.same("x_source_id", "id"),
        item.changed("order_id", "treatment_plan_id", order),
        item.changed("product_id", "treatment_id", Holds::Record("product.product", product)),
        Said::changed("name", item.all(&told), Holds::Is(name(item).into())),
        item.plain("sequence", "position"),
        Said::always("product_uom_qty", Holds::Is(1.into())),
        item.amount("price_unit", "price"),
        item.changed("x_item_state", "completed", Holds::Is(state.into())),
        item.changed("x_completed_on", "completed_at", Holds::text(done)),
        item.plain("x_is_charged", "charged"),
        item.same("x_invoice_id", "invoice_id"),
        item.changed("x_dentist_name", "practitioner_id", Holds::text(dentist)),
        item.changed("x_payment_plan", "payment_plan_id", Holds::text(plan_name)),
        item.changed("x_teeth", "teeth", Holds::text(words(item.raw("teeth"), ", "))),
        item.changed("x_surfaces", "surfaces", Holds::text(words(item.raw("surfaces"), ", "))),
        item.same("x_region", "region"),
        item.plain("x_duration_minutes", "duration"),
        item.same("x_nhs_category", "nhs_treatment_cat"),
        item.same("x_uda_band", "uda_band"),
        item.same("x_clinical_notes", "notes"),
        item.changed("x_custom_fields", "custom_fields", Holds::text(own_fields(item).join("\n"))),
    ];
    let key = Key::source("treatment_plan_item", item.get("id"));
    Expected { row: ROW, object: "treatment_plan", model: "sale.order.line", key, fields }
}

/// The plan in words: a heading with day, state and total, and a line for each item.
fn told(account: &Account<'_>, plan: Row<'_>, items: &[Row<'_>]) -> String {
    let done = items.iter().filter(|item| is_done(**item)).count();
    let id = plan.get("id");
    let called = match plan.get("nickname").as_str() {
        "" => id,
        name => format!("{name} ({id})"),
    };
    let state = match (plan.is("completed"), plan.day("end_date"), done) {
        (true, ..) => "completed",
        (_, Some(_), _) => "ended",
        (_, None, 0) => "proposed",
        _ => "under way",
    };
    let mut head = vec![format!("Plan {called}")];
    head.extend(plan.day("start_date").map(|day| format!("from {day}")));
    head.extend(plan.day("end_date").map(|day| format!("to {day}")));
    let prices: Vec<String> = items.iter().map(|item| item.get("price")).collect();
    head.push(state.to_owned());
    head.push(format!("{done} of {} done", items.len()));
    head.push(format!("total {}", sum(prices.iter().map(String::as_str))));
    let line = |item: &Row<'_>| {
        let when = match item.utc("completed_at") {
            Some(moment) if is_done(*item) => format!("done {}", &moment[..10]),
            _ => "planned".to_owned(),
        };
        let mut parts = vec![name(*item), item.get("price"), account.practitioner(&item.get("practitioner_id"))];
        let invoice = item.get("invoice_id");
        parts.extend((!invoice.is_empty()).then(|| format!("invoice {invoice}")));
        parts.extend(own_fields(*item));
        let notes = item.get("notes");
        parts.extend((!notes.is_empty()).then(|| format!("notes: {notes}")));
        format!("- {when}: {}", parts.join("; "))
    };
    std::iter::once(head.join(", ")).chain(items.iter().map(line)).collect::<Vec<_>>().join("\n")
}

fn note(account: &Account<'_>, plan: Row<'_>, items: &[Row<'_>]) -> Expected {
    let called = if plan.get("nickname").is_empty() { plan.get("id") } else { plan.get("nickname") };
    let source: Value =
        std::iter::once(plan.0).chain(items.iter().map(|item| item.0)).map(|row| row["id"].clone()).collect();
    let practitioner = account.practitioner(&plan.get("practitioner_id"));
    let body = Holds::Reads { text: told(account, plan, items), with: vec![] };
    let fields = vec![
        plan.same("x_source_id", "id"),
        Said::always("model", Holds::Is("res.partner".into())),
        plan.changed("res_id", "patient_id", contact(&plan.get("patient_id"))),
        Said::changed("date", plan.all(&["start_date", "created_at"]), Holds::text(noon(plan))),
        Said::changed("subject", plan.all(&["nickname", "id"]), Holds::text(format!("Treatment plan {called}"))),
        Said::changed("body", source, body),
        plan.changed("email_from", "practitioner_id", Holds::text(practitioner)),
        Said::always("message_type", Holds::Is("comment".into())),
        Said::always("subtype_id", Holds::Record("mail.message.subtype", Key::External("mail.mt_note"))),
    ];
    let (object, model, key) = ("treatment_plan", "mail.message", Key::source("treatment_plan", plan.get("id")));
    Expected { row: ROW, object, model, key, fields }
}

/// All plans of a patient on the contact, and what was done last.
fn histories(account: &Account<'_>, items: &BTreeMap<String, Vec<Row<'_>>>, statement: &mut Statement) {
    for (patient, plans) in grouped(account.rows("treatment_plans"), "patient_id") {
        if !account.has_contact(&patient) {
            let (object, code) = ("treatment_history", "no-such-record");
            statement.aside.push(Aside { row: ROW, object, id: patient, code });
            continue;
        }
        let own = |plan: &Row<'_>| items.get(&plan.get("id")).cloned().unwrap_or_default();
        let all: Vec<String> = plans.iter().map(|plan| told(account, *plan, &own(plan))).collect();
        // Of several on one day the last in the order of the plans.
        let mut last: Option<(String, Row<'_>)> = None;
        for item in plans.iter().flat_map(own).filter(|item| is_done(*item)) {
            let Some(day) = item.utc("completed_at").map(|moment| moment[..10].to_owned()) else { continue };
            if last.as_ref().is_none_or(|(newest, _)| *newest <= day) {
                last = Some((day, item));
            }
        }
        let last = last.map(|(day, item)| format!("{day}: {}", name(item))).unwrap_or_default();
        let source: Value = plans.iter().map(|plan| plan.all(&["id", "nickname"])).collect();
        let fields = vec![
            Said::changed("x_treatment_plan", source.clone(), Holds::text(all.join("\n\n"))),
            Said::changed("x_last_treatment", source, Holds::text(last)),
        ];
        let (object, model, key) = ("treatment_history", "res.partner", Key::source("patient", patient));
        statement.records.push(Expected { row: ROW, object, model, key, fields });
    }
}
