//! Approval: who has said yes to what a run would do, and whether it is still that.

use odograft_ledger::Ledger;
use odograft_odoo::SchemaPlan;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::MigrationError;

/// The ledger's facts: the hash of what was planned last, and the newest approval.
const PLAN: &str = "plan_hash";
const APPROVAL: &str = "approval";

/// The fewest digits by which a plan is named.
const FEWEST: usize = 8;

/// A practice's yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The plan's hash.
    pub plan: String,
    /// Who said it.
    pub by: String,
    /// When, in seconds since 1970-01-01T00:00:00Z.
    pub moment: i64,
}

/// The hash of a plan: what modules under which settings make, the fields and pages that Odoo gets for it, the order, and
/// who stands in for whom. How many records there are is no part of it: a practice goes on working after its yes.
pub(crate) fn hash(fingerprint: &str, schema: &SchemaPlan, models: &[String]) -> String {
    blake3::hash(format!("{fingerprint} {schema:?} {models:?}").as_bytes()).to_hex().to_string()
}

/// The first digits of a hash, by which people name a plan.
#[must_use]
pub fn short(plan: &str) -> &str {
    plan.get(..12).unwrap_or(plan)
}

/// The hash of what was planned last; none before the first plan.
///
/// # Errors
/// The ledger's.
pub fn planned(ledger: &Ledger) -> Result<Option<String>, MigrationError> {
    Ok(ledger.meta(PLAN)?)
}

pub(crate) fn keep_planned(ledger: &mut Ledger, plan: &str) -> Result<(), MigrationError> {
    Ok(ledger.set_meta(PLAN, plan)?)
}

/// The newest approval, of whatever plan.
///
/// # Errors
/// The ledger's.
pub fn approval(ledger: &Ledger) -> Result<Option<Approval>, MigrationError> {
    Ok(ledger.meta(APPROVAL)?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Keeps that `by` has approved the plan that begins with these digits: it must be the one that was planned last.
///
/// # Errors
/// [`MigrationError::NothingPlanned`], [`MigrationError::OtherPlan`]; the ledger's.
pub fn approve(ledger: &mut Ledger, plan: &str, by: &str, moment: i64) -> Result<Approval, MigrationError> {
    let Some(planned) = planned(ledger)? else { return Err(MigrationError::NothingPlanned) };
    if plan.len() < FEWEST || !planned.starts_with(&plan.to_ascii_lowercase()) {
        return Err(MigrationError::OtherPlan { plan: short(&planned).to_owned() });
    }
    let approval = Approval { plan: planned, by: by.to_owned(), moment };
    ledger.audit(moment, "approve", json!({ "plan": approval.plan, "by": approval.by }))?;
    ledger.set_meta(APPROVAL, &serde_json::to_string(&approval).unwrap_or_default())?;
    Ok(approval)
}

/// Stops what would write without a yes to this plan.
pub(crate) fn demand(ledger: &Ledger, plan: &str) -> Result<(), MigrationError> {
    let approval = approval(ledger)?;
    let plan = short(plan).to_owned();
    match approval {
        Some(approval) if short(&approval.plan) == plan => Ok(()),
        Some(approval) => Err(MigrationError::PlanChanged { approved: short(&approval.plan).to_owned(), plan }),
        None => Err(MigrationError::NotApproved { plan }),
    }
}
