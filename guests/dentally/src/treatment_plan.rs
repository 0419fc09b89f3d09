//! Dentally treatment plan → `sale.order` with a line for each item; the whole plan in words as a note on the patient's
//! contact ([`told`]), so that nothing is missing where the Sales app is not installed and orders fall away.
//!
//! Dentally knows no state of a plan: whether the patient has said yes shows in its items.

pub mod line;
#[cfg(test)]
mod tests;
pub mod told;

use odograft_sdk::dentally::{TreatmentPlan, TreatmentPlanItem};
use odograft_sdk::text::trimmed;
use odograft_sdk::time::at_hour;
use odograft_sdk::{Context, Finding, Mapped, Rejection, Span, Upsert, info, reject, source, target, warning};

use crate::amount::as_float;
use crate::{lists, site};

target! {
    /// Dentally treatment plan → `sale.order`.
    pub order: treatment_plan => "sale.order" .needs_app("sale") {
        SOURCE_ID = source_id() from [id];
        PARTNER = many2one("partner_id", "res.partner") from [patient_id] .rule("the patient's contact");
        DATE = datetime("date_order") from [start_date, created_at]
            .rule("12:00 UTC of the day on which it starts, else when it was made");
        STATE = selection("state", &[("draft", "Quotation"), ("sale", "Sales Order")])
            from [completed, completed_at, items.completed, items.completed_at, items.charged, items.base_chart]
            .rule("a sales order once the plan or an item is completed or charged, else a quotation");
        REFERENCE = char("client_order_ref") from [nickname];
        USER = many2one("user_id", "res.users") from [practitioner_id] .rule("the practitioner's user");
        TEAM = many2one("team_id", "crm.team") from [site_id] .rule("the site's team, where the setting `sites` is `team`");
        SITE = custom_char("x_site_name", "Site") from [site_id] .rule("the name in the list of sites, else the number");
        DENTIST = custom_char("x_dentist_name", "Dentist") from [practitioner_id]
            .rule("the name in the list of practitioners, else the number");
        ENDED = custom_date("x_ended_on", "Ended on") from [end_date];
        COMPLETED = custom_datetime("x_completed_at", "Completed at") from [completed_at] .rule("UTC");
        LAST = custom_datetime("x_last_completed_at", "Last treatment at") from [last_completed_at] .rule("UTC");
        PRIVATE = custom_float("x_private_value", "Private value") from [private_treatment_value];
        UDA = custom_float("x_nhs_uda_value", "UDA value") from [nhs_uda_value];
        CREATED = custom_datetime("x_source_created_at", "Created in source") from [created_at] .rule("UTC");
    }
}

/// The order, its lines, and the note.
///
/// # Errors
/// A plan of nobody: Odoo has no order without a customer.
pub fn plan(p: &TreatmentPlan, context: &Context) -> Result<Mapped, Rejection> {
    let nobody = || reject("no-patient", "treatment_plan.patient_id", "the plan names no patient");
    let patient = trimmed(p.patient_id).ok_or_else(nobody)?;
    let mut mapped = Mapped { findings: remarks(p, context), ..Mapped::default() };
    mapped.upserts.push(told::note(patient, p, context));
    mapped.upserts.push(order(p, patient, context));
    for item in p.items.iter().filter(|item| is_treatment(item)) {
        mapped.upserts.extend(line::uncoded(item, context));
        mapped.upserts.push(line::line(p, item, context));
    }
    Ok(mapped)
}

fn order(p: &TreatmentPlan, patient: Span, context: &Context) -> Upsert {
    let noon = |day| at_hour(day, 12);
    let accepted = is_completed(p) || p.items.iter().filter(|item| is_treatment(item)).any(is_accepted);
    let team = site::reference(p.site_id, context).filter(|_| !site::are_companies(context));
    let mut order = order::upsert(p.id);
    order.set(order::PARTNER, source("patient", patient));
    order.set_some(order::DATE, p.start_date.map(noon).or(p.created_at));
    order.set(order::STATE, if accepted { "sale" } else { "draft" });
    order.set_or_clear(order::REFERENCE, trimmed(p.nickname));
    order.set_some(order::USER, trimmed(p.practitioner_id).map(|id| source("practitioner", id)));
    order.set_some(order::TEAM, team);
    order.set_or_clear(order::SITE, site::name(p.site_id, context));
    order.set_or_clear(order::DENTIST, lists::practitioner(context, p.practitioner_id));
    order.set_or_clear(order::ENDED, p.end_date);
    order.set_or_clear(order::COMPLETED, p.completed_at);
    order.set_or_clear(order::LAST, p.last_completed_at);
    order.set_or_clear(order::PRIVATE, p.private_treatment_value.map(as_float));
    order.set_or_clear(order::UDA, p.nhs_uda_value.map(as_float));
    order.set_or_clear(order::CREATED, p.created_at);
    order
}

/// Whether an item is something that was done or is to be done, and not what was there before the practice.
#[must_use]
pub fn is_treatment(item: &TreatmentPlanItem) -> bool {
    item.base_chart != Some(true)
}

/// What is done or charged, the patient has said yes to.
fn is_accepted(item: &TreatmentPlanItem) -> bool {
    is_done(item) || item.charged == Some(true)
}

/// Whether it was done.
#[must_use]
pub fn is_done(item: &TreatmentPlanItem) -> bool {
    item.completed.unwrap_or(item.completed_at.is_some())
}

fn is_completed(p: &TreatmentPlan) -> bool {
    p.completed.unwrap_or(p.completed_at.is_some())
}

/// What a person should look at, each said once for the plan.
fn remarks(p: &TreatmentPlan, context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    let treatments = || p.items.iter().filter(|item| is_treatment(item));
    if treatments().any(|item| item.price.is_none()) {
        let message = "an item has no price that can be read; its line costs nothing";
        findings.push(warning("no-price", "treatment_plan.items.price", message));
    }
    if is_completed(p) && treatments().any(|item| !is_done(item)) {
        let message = "the plan is completed and has items that are not; they stay in the order as they are";
        findings.push(warning("open-items", "treatment_plan.items.completed", message));
    }
    let other = |item: &TreatmentPlanItem| item.patient_id.is_some_and(|patient| Some(patient) != p.patient_id);
    if p.items.iter().any(other) {
        let message = "an item names another patient than its plan; it goes to the plan's";
        findings.push(warning("item-of-another-patient", "treatment_plan.items.patient_id", message));
    }
    let field = "treatment_plan.items.treatment_id";
    findings.extend(treatments().find_map(|item| lists::missing(context, "treatment", item.treatment_id, field)));
    if p.start_date.is_none() && p.created_at.is_none() {
        let message = "the plan has no day; Odoo dates its order by the day of the migration";
        findings.push(info("no-date", "treatment_plan.start_date", message));
    }
    findings
}
