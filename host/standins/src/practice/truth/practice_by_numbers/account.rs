//! Treatment plans as orders, and patients' accounts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::rows::{Row, american_day, amount, cents, decimal};
use super::super::{Aside, Expected, Holds, Key, Said, Statement};
use super::Reports;

pub(super) fn state(reports: &Reports<'_>, statement: &mut Statement) {
    plans(reports, statement);
    ledgers(reports, statement);
}

/// What was put aside of a patient of whom there is no contact.
fn aside(reports: &Reports<'_>, row: &'static str, object: &'static str, patient: &str) -> Aside {
    Aside { row, object, id: patient.to_owned(), code: reports.code(patient) }
}

fn plans(reports: &Reports<'_>, statement: &mut Statement) {
    let expected =
        |model, key, fields| Expected { row: "treatment-plan", object: "treatment-plan", model, key, fields };
    let (own, nobodies) = reports.by_patient("plan-item");
    for patient in nobodies {
        statement.aside.push(aside(reports, "treatment-plan", "treatment-plan", patient));
        // Its orders and their lines wait for the contact.
        if reports.known.contains(patient) {
            let (row, object, id) = ("treatment-plan", "treatment-plan", format!("{patient}/"));
            statement.aside.push(Aside { row, object, id, code: "held-back" });
        }
    }
    let mut codes = BTreeSet::new();
    for (patient, items) in own {
        let mut plans: Vec<(&str, Vec<Row<'_>>)> = Vec::new();
        for item in &items {
            match plans.iter_mut().find(|(plan, _)| *plan == item.get("plan_id")) {
                Some((_, items)) => items.push(*item),
                None => plans.push((item.get("plan_id"), vec![*item])),
            }
        }
        let texts: Vec<String> = plans.iter().map(|(plan, items)| told(plan, items)).collect();
        let cells: Value = items.iter().map(|row| row.all(&["plan_id", "ada_code", "fee", "status"])).collect();
        let text = vec![Said::changed("x_treatment_plan", cells, Holds::text(texts.join("\n\n")))];
        statement.records.push(expected("res.partner", Key::source("patient", patient), text));
        for (plan, items) in plans {
            let order = format!("{patient}/{plan}");
            statement.records.push(expected(
                "sale.order",
                Key::source("treatment-plan", &*order),
                order_fields(reports, patient, &order, &items),
            ));
            for item in items {
                codes.insert(item.get("ada_code"));
                let id = format!("{order}/{}{}", item.get("ada_code"), place(item));
                let fields = line_fields(reports, &order, &id, item);
                statement.records.push(expected("sale.order.line", Key::source("treatment-plan", id), fields));
            }
        }
    }
    for code in codes {
        let fields = vec![
            Said::same("default_code", code),
            Said::changed("name", code, Holds::Is(format!("Dental procedure {code}").into())),
            Said::always("type", Holds::Is("service".into())),
        ];
        statement.records.push(expected("product.product", Key::holding("default_code", code), fields));
    }
}

/// `-14-MO`; nothing where the procedure is of no tooth.
fn place(item: Row<'_>) -> String {
    let parts = [item.get("tooth"), item.get("surface")];
    parts.iter().filter(|part| !part.is_empty()).map(|part| format!("-{part}")).collect()
}

/// `Resin composite, one surface, tooth 14, surface MO`.
fn called(item: Row<'_>) -> String {
    let mut name = item.get("description").to_owned();
    for what in ["tooth", "surface"] {
        if !item.get(what).is_empty() {
            name.push_str(&format!(", {what} {}", item.get(what)));
        }
    }
    name
}

/// Whether the patient has said yes to all of it.
fn is_accepted(items: &[Row<'_>]) -> bool {
    items.iter().all(|item| ["Accepted", "Completed"].contains(&item.get("status")))
}

fn day(item: Row<'_>, column: &str) -> String {
    american_day(item.get(column)).map(|day| day.to_string()).unwrap_or_default()
}

fn order_fields(reports: &Reports<'_>, patient: &str, id: &str, items: &[Row<'_>]) -> Vec<Said> {
    let first = items[0];
    let state = if is_accepted(items) { "sale" } else { "draft" };
    let accepted = items.iter().map(|item| day(*item, "accepted_on")).max().unwrap_or_default();
    let cells = |column: &str| items.iter().map(|item| Value::from(item.raw(column))).collect::<Value>();
    vec![
        Said::changed("x_source_id", first.all(&["patient_id", "plan_id"]), Holds::Is(id.into())),
        Said::changed("partner_id", patient, Holds::Record("res.partner", Key::source("patient", patient))),
        Said::changed(
            "date_order",
            cells("plan_date"),
            Holds::Is(format!("{} 12:00:00", day(first, "plan_date")).into()),
        ),
        Said::changed("state", cells("status"), Holds::Is(state.into())),
        first.same("client_order_ref", "plan_id"),
        reports.by_name.said("user_id", first, "provider"),
        Said::changed("x_accepted_on", cells("accepted_on"), Holds::text(accepted)),
    ]
}

fn line_fields(reports: &Reports<'_>, order: &str, id: &str, item: Row<'_>) -> Vec<Said> {
    let product = Holds::Record("product.product", Key::holding("default_code", item.get("ada_code")));
    vec![
        Said::changed("x_source_id", item.all(&["patient_id", "plan_id", "ada_code"]), Holds::Is(id.into())),
        Said::changed(
            "order_id",
            item.raw("plan_id"),
            Holds::Record("sale.order", Key::source("treatment-plan", order)),
        ),
        Said::changed("product_id", item.raw("ada_code"), product),
        Said::changed("name", item.all(&["description", "tooth", "surface"]), Holds::Is(called(item).into())),
        Said::always("product_uom_qty", Holds::Is(json!(1))),
        Said::changed("price_unit", item.raw("fee"), amount(cents(item.get("fee")).unwrap_or_default())),
        item.same("x_provider_name", "provider"),
        reports.by_name.said("x_provider_id", item, "provider"),
        item.same("x_tooth", "tooth"),
        item.same("x_surface", "surface"),
        item.same("x_item_status", "status"),
    ]
}

/// A plan as text: a heading with day and total, a line for each procedure.
fn told(plan: &str, items: &[Row<'_>]) -> String {
    let state = if is_accepted(items) { "accepted" } else { "not accepted" };
    let total: i64 = items.iter().filter_map(|item| cents(item.get("fee"))).sum();
    let line = |item: &Row<'_>| {
        let fee = decimal(cents(item.get("fee")).unwrap_or_default());
        let planned = day(*item, "plan_date");
        let mut line = format!("- {} {}; planned {planned}; fee {fee}", item.get("ada_code"), called(*item));
        line.push_str(&format!("; {}", item.get("status")));
        if !item.get("accepted_on").is_empty() {
            line.push_str(&format!("; accepted {}", day(*item, "accepted_on")));
        }
        format!("{line}; {}", item.get("provider"))
    };
    let lines: Vec<String> = items.iter().map(line).collect();
    let heading = format!("Plan {plan} of {}, {state}, total {}", day(items[0], "plan_date"), decimal(total));
    format!("{heading}\n{}", lines.join("\n"))
}

/// Every line of an account in the report's order, the total of each type, and what is owed.
fn ledgers(reports: &Reports<'_>, statement: &mut Statement) {
    let (own, nobodies) = reports.by_patient("ledger-line");
    statement.aside.extend(nobodies.into_iter().map(|patient| aside(reports, "payment-ledger", "ledger", patient)));
    for (patient, own) in own {
        let money = |row: &Row<'_>, column: &str| cents(row.get(column)).unwrap_or_default();
        let line = |row: &Row<'_>| {
            let mut line = json!({
                "date": day(*row, "date"),
                "type": row.get("type"),
                "code": row.get("code"),
                "description": row.get("description"),
                "amount": decimal(money(row, "amount")),
                "balance": decimal(money(row, "balance")),
            });
            if let Value::Object(members) = &mut line {
                members.retain(|_, value| value != "");
            }
            line
        };
        let mut totals: BTreeMap<&str, i64> = BTreeMap::new();
        for row in &own {
            *totals.entry(row.get("type")).or_default() += money(row, "amount");
        }
        let owed: i64 = own.iter().map(|row| money(row, "amount")).sum();
        let totals: serde_json::Map<String, Value> =
            totals.into_iter().map(|(kind, cents)| (kind.to_owned(), decimal(cents).into())).collect();
        let lines: Vec<Value> = own.iter().map(line).collect();
        let history = json!({"version": 1, "lines": lines, "totals": totals, "balance": decimal(owed)});
        let cells: Value = own.iter().map(|row| row.all(&["date", "type", "amount"])).collect();
        let fields = vec![
            Said::changed("x_payment_history", cells.clone(), Holds::Json(history)),
            Said::changed("x_ledger_balance", cells, amount(owed)),
        ];
        let key = Key::source("patient", patient);
        let (row, object, model) = ("payment-ledger", "ledger", "res.partner");
        statement.records.push(Expected { row, object, model, key, fields });
    }
}
