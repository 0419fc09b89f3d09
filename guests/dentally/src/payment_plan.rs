//! Dentally payment plan → a document: Odoo's contacts tell the plan's name; what the plan means is set up by a person.

use odograft_sdk::dentally::PaymentPlan;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, HandoverSpec, Mapped, Rejection, columns, handover, json};

use crate::site;

/// What is handed over of a plan.
pub static PLAN: HandoverSpec =
    handover("payment_plan", "Payment plans and their recall intervals", "Email Marketing, and Sales › Pricelists");

/// The document of one plan.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn plan(p: &PaymentPlan, context: &Context) -> Result<Mapped, Rejection> {
    let document = json!({
        "name": trimmed(p.name),
        "name_for_patients": trimmed(p.patient_friendly_name),
        "active": p.active.unwrap_or(true),
        "colour": trimmed(p.colour),
        "site": site::name(p.site_id, context),
        "recall": {
            "dentist_months": p.dentist_recall_interval,
            "hygienist_months": p.hygienist_recall_interval,
            "channel": trimmed(p.recall_method),
        },
        "minutes": {
            "exam": p.exam_duration,
            "scale_and_polish": p.scale_and_polish_duration,
            "emergency": p.emergency_duration,
        },
        "other_columns": columns::document(&p.extra),
    });
    Ok(PLAN.document(p.id, &document).into())
}

#[cfg(test)]
mod tests {
    use odograft_sdk::{Json, examples};

    use super::*;
    use crate::MODULE;

    #[test]
    fn a_plan_is_handed_over_with_its_intervals() {
        let p = PaymentPlan {
            name: Some("Care Plan".into()),
            active: Some(false),
            dentist_recall_interval: Some(6),
            recall_method: Some("email".into()),
            exam_duration: Some(20),
            ..examples::payment_plan("9003")
        };
        let document = plan(&p, &Context::at(&MODULE, 0)).expect("maps").handovers[0].json();
        assert_eq!(document["recall"], json!({"dentist_months": 6, "hygienist_months": null, "channel": "email"}));
        assert_eq!((&document["name"], &document["active"]), (&json!("Care Plan"), &json!(false)));
        assert_eq!((&document["minutes"]["exam"], &document["site"]), (&json!(20), &Json::Null));
    }
}
