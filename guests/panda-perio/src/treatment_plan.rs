//! PANDA treatment plan → `crm.lead`, with its phases as JSON, and as a milestone note each.

pub mod milestone;
pub mod phases;
pub mod status;

use odograft_sdk::panda_perio::TreatmentPlan;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Finding, Mapped, Rejection, Text, html, info, money, reject, source, target, warning};

use self::status::Status;

target! {
    /// PANDA treatment plan → `crm.lead`. It has neither e-mail nor phone of its own: Odoo takes the contact's, and would
    /// write others back to the contact.
    pub lead: treatment-plan => "crm.lead" {
        SOURCE_ID = source_id() from [id];
        CLINIC = custom_char("x_clinic_id", "Clinic") from [clinic_id] .rule("the clinic's tag in the configuration") .section("Source");
        NAME = char("name") from [name, description, id]
            .rule("the plan's name, else the first line of its description, else `Treatment plan` with its number");
        TYPE = selection("type", &[("opportunity", "Opportunity")]) from [] .rule("always `opportunity`");
        PARTNER = many2one("partner_id", "res.partner") from [patient_id] .rule("the patient's contact");
        STAGE = many2one("stage_id", "crm.stage") from [status, proposed_on, accepted_on, completed_on]
            .rule("proposed or declined: `Treatment Proposed`; accepted: `Treatment In Progress`; completed: `Completed`; discharged: `Discharged`; where neither a status nor a day says how far it has come: `Assessment`");
        OWNER = many2one("user_id", "res.users") from [provider_id] .rule("the provider's user, else nobody");
        ACTIVE = boolean("active") from [status] .rule("archived, which is Odoo's word for lost, where the plan was declined");
        DESCRIPTION = html("description") from [description] .rule("mark-up kept without attributes and scripts, no words lost");
        REVENUE = monetary("expected_revenue") from [fee, phases.fee] .rule("the plan's fee, else the sum of its phases' fees; exact");
        STATUS = custom_selection("x_treatment_status", "Treatment status", crate::treatment_plan::status::CHOICES)
            from [status, proposed_on, accepted_on, completed_on]
            .rule("by the word of the status; where there is none that is known, by the last day that is filled; empty for a plan that was declined")
            .section("Treatment plan");
        STATUS_WORD = custom_char("x_plan_status", "Status as entered") from [status] .section("Treatment plan");
        PROPOSED = custom_date("x_proposed_on", "Proposed on") from [proposed_on] .section("Treatment plan");
        ACCEPTED = custom_date("x_accepted_on", "Accepted on") from [accepted_on] .section("Treatment plan");
        COMPLETED = custom_date("x_completed_on", "Completed on") from [completed_on] .section("Treatment plan");
        CODES = custom_char("x_ada_codes", "ADA codes") from [phases.ada_code, phases.number]
            .rule("every code of the phases once, in the phases' order, parted by commas") .section("Treatment plan") .clinical();
        PHASES = custom_text("x_treatment_phases", "Treatment phases (JSON)")
            from [phases.id, phases.number, phases.status, phases.ada_code, phases.description, phases.tooth, phases.surface,
                phases.fee, phases.planned_on, phases.completed_on, phases.provider_id, phases.note, extra.phases]
            .rule("a JSON list of the phases by their number; what is not filled is `null`, fees are texts so that no digit is lost")
            .section("Treatment plan") .clinical();
        PROVIDER_ID = custom_char("x_provider_id", "Provider's number") from [provider_id]
            .rule("it is the source id of the provider's contact") .section("Treatment plan");
    }
}

/// The opportunity that a treatment plan becomes, and a note on it for each phase.
///
/// # Errors
/// A plan that names no patient: Odoo has nobody to treat.
pub fn lead(plan: &TreatmentPlan, context: &Context) -> Result<Mapped, Rejection> {
    let no_patient = || reject("no-patient", "treatment-plan.patient_id", "the plan names no patient");
    let patient = trimmed(plan.patient_id).ok_or_else(no_patient)?;
    let phases = phases::in_order(&plan.phases);
    let status = status::of_plan(plan);
    let codes = phases::codes(&phases);

    let mut lead = lead::upsert(plan.id);
    lead.set(lead::CLINIC, plan.clinic_id);
    lead.set(lead::NAME, name(plan));
    lead.set(lead::TYPE, "opportunity");
    lead.set(lead::PARTNER, source("patient", patient));
    lead.set(lead::STAGE, status::stage(status).reference());
    let provider = trimmed(plan.provider_id);
    lead.set_or_clear(lead::OWNER, provider.map(|id| source("provider", id)));
    lead.set(lead::ACTIVE, status != Some(Status::Declined));
    lead.set_or_clear(lead::DESCRIPTION, trimmed(plan.description).map(|words| html::sanitised(&words)));
    lead.set_or_clear(lead::REVENUE, plan.fee.or_else(|| phases::sum(&phases)));
    lead.set_or_clear(lead::STATUS, status::choice(plan, status));
    lead.set_or_clear(lead::STATUS_WORD, trimmed(plan.status));
    lead.set_or_clear(lead::PROPOSED, plan.proposed_on);
    lead.set_or_clear(lead::ACCEPTED, plan.accepted_on);
    lead.set_or_clear(lead::COMPLETED, plan.completed_on);
    lead.set_or_clear(lead::CODES, (!codes.is_empty()).then(|| codes.join(", ")));
    lead.set_or_clear(lead::PHASES, (!phases.is_empty()).then(|| phases::as_json(&phases).to_string()));
    lead.set_or_clear(lead::PROVIDER_ID, provider);

    let mut findings = status::remarks(plan, status);
    findings.extend(remarks(plan, &codes));
    findings.extend(lead.set_extras(&plan.extra, context));
    let mut upserts = vec![lead];
    upserts.extend(phases.iter().map(|phase| milestone::note(plan, phase, context)));
    Ok(Mapped { upserts, findings, ..Mapped::default() })
}

/// What the opportunity is called; whose it is stands beside it in Odoo's lists.
fn name(plan: &TreatmentPlan) -> Text {
    let first_line = || {
        let words = trimmed(plan.description).filter(|words| !html::is_markup(words))?;
        words.lines().next().map(|line| words.part(line).trimmed())
    };
    let named = trimmed(plan.name).or_else(first_line).map(Text::from);
    named.unwrap_or_else(|| format!("Treatment plan {}", &*plan.id).into())
}

/// What does not fit together, each said once for the plan.
fn remarks(plan: &TreatmentPlan, codes: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if plan.phases.is_empty() {
        let message = "the plan has no phases; there are neither codes nor milestone notes";
        findings.push(info("no-phases", "treatment-plan.phases", message));
    }
    if codes.iter().any(|code| !phases::is_ada_code(code)) {
        let message = "a code is none of the form `D4341`; carried as entered";
        findings.push(warning("not-an-ada-code", "treatment-plan.phases.ada_code", message));
    }
    if plan.phases.iter().any(|phase| trimmed(phase.status).is_some_and(|word| status::of_word(&word).is_none())) {
        let message = "a phase's status is none of those that are known; carried as entered";
        findings.push(warning("unknown-phase-status", "treatment-plan.phases.status", message));
    }
    let sum = phases::sum(&Vec::from_iter(&plan.phases));
    let every_fee = plan.phases.iter().all(|phase| phase.fee.is_some());
    if let (Some(fee), Some(sum), true) = (plan.fee, sum, every_fee)
        && !money::same(fee, sum)
    {
        let message = "the plan's fee is another than the sum of its phases' fees; both are carried";
        findings.push(warning("fee-contradiction", "treatment-plan.fee", message));
    }
    findings
}

#[cfg(test)]
mod tests;
