//! Treatment plan → `sale.order` with a line for each procedure, and a text on the patient's `res.partner`.
//!
//! The text holds all of it, so that nothing is missing where the Sales app is not installed and the orders fall away.

use odograft_sdk::practice_by_numbers::{PlanItem, TreatmentPlan};
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::time::{at_hour, days_between, iso};
use odograft_sdk::{
    Date, Finding, Mapped, Reference, Rejection, Upsert, columns, info, money, source, target, warning,
};

use crate::{amounts, provider};

target! {
    /// All plans of a patient, on the contact that the patient became.
    pub partner: treatment-plan => "res.partner" .existing_only().many_to_one() {
        PLAN = custom_text("x_treatment_plan", "Treatment plan")
            from [items.plan_id, items.plan_date, items.ada_code, items.tooth, items.surface, items.description, items.fee,
                items.status, items.accepted_on, items.provider, extra.items]
            .rule("a heading for each plan with its day and total, a line for each procedure") .section("Treatment plan") .clinical();
    }
}

target! {
    /// The product that stands for a procedure.
    pub product: treatment-plan => "product.product" .needs_app("sale").adopt_by(&["default_code"]).many_to_one()
        .note("one for each procedure code; what a procedure is called stands in the order's line, since reports call one code by several names") {
        CODE = char("default_code") from [items.ada_code] .rule("the code; `UNCODED` for procedures without one");
        NAME = char("name") from [items.ada_code] .rule("`Dental procedure` and the code");
        TYPE = selection("type", &[("service", "Service")]) from [] .rule("always a service");
    }
}

target! {
    /// Treatment plan → `sale.order`.
    pub order: treatment-plan => "sale.order" .needs_app("sale").one_to_many()
        .note("one for each plan number, or for each day where plans have none") {
        SOURCE_ID = source_id() from [patient_id, items.plan_id, items.plan_date];
        PARTNER = many2one("partner_id", "res.partner") from [patient_id] .rule("the patient's contact");
        DATE = datetime("date_order") from [items.plan_date] .rule("12:00 UTC of the plan's first day");
        STATE = selection("state", &[("draft", "Quotation"), ("sale", "Sales Order")]) from [items.status, items.accepted_on]
            .rule("a sales order where every procedure is accepted or completed, else a quotation");
        REFERENCE = char("client_order_ref") from [items.plan_id] .rule("the plan's number");
        USER = many2one("user_id", "res.users") from [items.provider] .rule("the provider's user, where it is one for the whole plan");
        ACCEPTED = custom_date("x_accepted_on", "Accepted on") from [items.accepted_on] .rule("the last day on which a procedure was accepted");
    }
}

target! {
    /// Planned procedure → `sale.order.line`.
    pub line: treatment-plan => "sale.order.line" .needs_app("sale").one_to_many() {
        SOURCE_ID = source_id() from [patient_id, items.plan_id, items.plan_date, items.ada_code, items.tooth, items.surface];
        ORDER = many2one("order_id", "sale.order") from [patient_id, items.plan_id, items.plan_date] .rule("the plan's order");
        PRODUCT = many2one("product_id", "product.product") from [items.ada_code] .rule("the procedure's product");
        NAME = text("name") from [items.description, items.ada_code, items.tooth, items.surface] .rule("the description, else the code; tooth and surface behind it");
        QUANTITY = float("product_uom_qty") from [] .rule("always 1");
        PRICE = float("price_unit") from [items.fee] .rule("the fee; 0 where there is none");
        PROVIDER = custom_char("x_provider_name", "Provider") from [items.provider];
        USER = custom_many2one("x_provider_id", "Provider's user", "res.users") from [items.provider] .rule("the provider's user, found by number or name");
        TOOTH = custom_char("x_tooth", "Tooth") from [items.tooth];
        SURFACE = custom_char("x_surface", "Surface") from [items.surface];
        STATUS = custom_char("x_item_status", "Status") from [items.status];
    }
}

/// What stands for procedures without a code.
const UNCODED: &str = "UNCODED";

/// Beginnings of words for what a patient has said yes to.
const ACCEPTED: [&str; 5] = ["accept", "complet", "approv", "scheduled", "in progress"];
/// The same for what is still a proposal.
const PROPOSED: [&str; 6] = ["propos", "present", "plan", "recommend", "pending", "unscheduled"];
/// The same for what a patient has said no to.
const DECLINED: [&str; 4] = ["reject", "declin", "refus", "cancel"];

/// One plan: the procedures that share a number, or a day where they have none.
struct Plan<'p> {
    /// The number or the day; the same in every export.
    name: String,
    items: Vec<&'p PlanItem>,
}

/// Orders, lines and products of a patient's plans, and the text that tells them on the contact.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn orders(record: &TreatmentPlan) -> Result<Mapped, Rejection> {
    let plans = plans(&record.items);
    let mut mapped = Mapped { findings: findings(&record.items, &plans), ..Mapped::default() };
    let mut partner = partner::upsert(record.patient_id).on("patient");
    let texts: Vec<String> = plans.iter().map(told).collect();
    partner.set(partner::PLAN, texts.join("\n\n"));
    mapped.upserts.push(partner);
    let mut codes: Vec<String> = record.items.iter().map(code).collect();
    codes.sort_unstable();
    codes.dedup();
    mapped.upserts.extend(codes.iter().map(|code| product(code)));
    for plan in &plans {
        let id = format!("{}/{}", &*record.patient_id, plan.name);
        mapped.upserts.push(order(&id, plan, source("patient", record.patient_id)));
        mapped.upserts.extend(lines(&id, plan));
    }
    Ok(mapped)
}

/// Procedures by plan, in the report's order.
fn plans(items: &[PlanItem]) -> Vec<Plan<'_>> {
    let mut plans: Vec<Plan<'_>> = Vec::new();
    for item in items {
        let number = trimmed(item.plan_id).map(|id| id.to_string());
        let name = number.or_else(|| item.plan_date.map(iso)).unwrap_or_else(|| "undated".to_owned());
        match plans.iter_mut().find(|plan| plan.name == name) {
            Some(plan) => plan.items.push(item),
            None => plans.push(Plan { name, items: vec![item] }),
        }
    }
    plans
}

fn product(code: &str) -> Upsert {
    let mut product = product::upsert(code);
    product.set(product::CODE, code);
    product.set(
        product::NAME,
        if code == UNCODED { "Dental procedure".to_owned() } else { format!("Dental procedure {code}") },
    );
    product.set(product::TYPE, "service");
    product
}

fn order(id: &str, plan: &Plan<'_>, patient: Reference) -> Upsert {
    let providers: Vec<_> = plan.items.iter().map(|item| provider::reference(item.provider)).collect();
    let one = providers.first().filter(|first| providers.iter().all(|other| other == *first)).cloned().flatten();
    let mut order = order::upsert(id);
    order.set(order::PARTNER, patient);
    order.set_some(order::DATE, day(plan).map(|day| at_hour(day, 12)));
    order.set(order::STATE, if is_accepted(plan) { "sale" } else { "draft" });
    order.set_or_clear(order::REFERENCE, plan.items.iter().find_map(|item| trimmed(item.plan_id)));
    order.set_or_clear(order::USER, one);
    let accepted = plan.items.iter().filter_map(|item| item.accepted_on);
    order.set_or_clear(
        order::ACCEPTED,
        accepted.reduce(|one, other| if days_between(one, other) > 0 { other } else { one }),
    );
    order
}

/// A line for each procedure. Code, tooth and surface tell it from the others of its plan, and a number where they are
/// the same: so a line stays the same one when the next export has a procedure before it, or another status.
fn lines(order: &str, plan: &Plan<'_>) -> Vec<Upsert> {
    let mut ids: Vec<String> = Vec::with_capacity(plan.items.len());
    let mut lines = Vec::with_capacity(plan.items.len());
    for item in &plan.items {
        let (tooth, surface) = (trimmed(item.tooth), trimmed(item.surface));
        let place =
            joined(&[tooth.as_deref(), surface.as_deref()], "-").map_or(String::new(), |place| format!("-{place}"));
        let own = format!("{order}/{}{place}", code(item));
        let before = ids.iter().filter(|id| **id == own).count();
        let mut line = line::upsert(if before == 0 { own.clone() } else { format!("{own}/{}", before + 1) });
        ids.push(own);
        line.set(line::ORDER, source("treatment-plan", order));
        line.set(line::PRODUCT, source("treatment-plan", code(item)));
        line.set(line::NAME, name(item));
        line.set(line::QUANTITY, 1.0);
        line.set(line::PRICE, item.fee.map_or(0.0, amounts::as_float));
        line.set_or_clear(line::PROVIDER, trimmed(item.provider));
        line.set_or_clear(line::USER, provider::reference(item.provider));
        line.set_or_clear(line::TOOTH, tooth);
        line.set_or_clear(line::SURFACE, surface);
        line.set_or_clear(line::STATUS, trimmed(item.status));
        lines.push(line);
    }
    lines
}

fn code(item: &PlanItem) -> String {
    trimmed(item.ada_code).map_or_else(|| UNCODED.to_owned(), |code| code.to_string())
}

/// `Resin composite, tooth 14, surface MO`.
fn name(item: &PlanItem) -> String {
    let what = trimmed(item.description).map_or_else(|| code(item), |words| words.to_string());
    let tooth = trimmed(item.tooth).map(|tooth| format!("tooth {}", &*tooth));
    let surface = trimmed(item.surface).map(|surface| format!("surface {}", &*surface));
    joined(&[Some(&what), tooth.as_deref(), surface.as_deref()], ", ").unwrap_or(what)
}

/// The day of a plan: the first of its procedures'.
fn day(plan: &Plan<'_>) -> Option<Date> {
    let days = plan.items.iter().filter_map(|item| item.plan_date);
    days.reduce(|one, other| if days_between(one, other) < 0 { other } else { one })
}

fn begins(item: &PlanItem, words: &[&str]) -> bool {
    let status = trimmed(item.status).map_or(String::new(), |status| status.to_lowercase());
    words.iter().any(|word| status.starts_with(word))
}

/// A day of acceptance says yes where no word says otherwise.
fn says_yes(item: &PlanItem) -> bool {
    begins(item, &ACCEPTED) || trimmed(item.status).is_none() && item.accepted_on.is_some()
}

fn is_accepted(plan: &Plan<'_>) -> bool {
    plan.items.iter().all(|item| says_yes(item))
}

/// A plan as text.
fn told(plan: &Plan<'_>) -> String {
    let number = plan.items.iter().find_map(|item| trimmed(item.plan_id));
    let number = number.map_or(String::new(), |number| format!(" {}", &*number));
    let day = day(plan).map_or(String::new(), |day| format!(" of {}", iso(day)));
    let state = if is_accepted(plan) { "accepted" } else { "not accepted" };
    let total =
        money::sum(plan.items.iter().filter_map(|item| item.fee)).map_or(String::new(), |sum| format!(", total {sum}"));
    let lines: Vec<String> = plan.items.iter().map(|item| told_item(item)).collect();
    format!("Plan{number}{day}, {state}{total}\n{}", lines.join("\n"))
}

fn told_item(item: &PlanItem) -> String {
    let planned = item.plan_date.map(|day| format!("planned {}", iso(day)));
    let fee = item.fee.map(|fee| format!("fee {fee}"));
    let accepted = item.accepted_on.map(|day| format!("accepted {}", iso(day)));
    let (status, provider) = (trimmed(item.status), trimmed(item.provider));
    let code = trimmed(item.description).and_then(|_| trimmed(item.ada_code));
    let parts = [
        joined(&[code.as_deref(), Some(&name(item))], " "),
        planned,
        fee,
        status.map(|status| status.to_string()),
        accepted,
        provider.map(|provider| provider.to_string()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("- {}{}", parts.join("; "), columns::behind(&item.extra))
}

/// What a person must decide or mend, each said once for the patient.
fn findings(items: &[PlanItem], plans: &[Plan<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let known = |item: &PlanItem| {
        trimmed(item.status).is_none() || [&ACCEPTED[..], &PROPOSED, &DECLINED].iter().any(|words| begins(item, words))
    };
    if !items.iter().all(known) {
        let message = "a status is none of those that are known, and is taken for a proposal";
        findings.push(warning("unknown-plan-status", "treatment-plan.items.status", message));
    }
    if plans.iter().any(|plan| !is_accepted(plan) && plan.items.iter().any(|item| says_yes(item))) {
        let message = "a plan is accepted in part; it stays a quotation, and each line shows its status";
        findings.push(warning("partly-accepted", "treatment-plan.items.status", message));
    }
    if items.iter().any(|item| item.fee.is_none()) {
        let message = "a procedure has no fee that can be read; its line costs nothing";
        findings.push(warning("no-fee", "treatment-plan.items.fee", message));
    }
    if plans.iter().any(|plan| day(plan).is_none()) {
        let message = "a plan has no day that can be read; Odoo dates its order by the day of the migration";
        findings.push(info("no-plan-date", "treatment-plan.items.plan_date", message));
    }
    findings
}

#[cfg(test)]
mod tests;
