//! All treatment plans of a Dentally patient → two fields of the contact: what is planned and was done, and what was done
//! last. Each plan is an order ([`crate::treatment_plan`]) and a note besides.

use odograft_sdk::dentally::{TreatmentHistory, TreatmentPlan, TreatmentPlanItem};
use odograft_sdk::time::{days_between, iso};
use odograft_sdk::{Context, Date, Mapped, Rejection, target};

use crate::clock::day;
use crate::treatment_plan::{is_done, is_treatment, line, told::told};

target! {
    /// All plans of a patient → two fields of the contact.
    pub contact: treatment_history => "res.partner" .existing_only().many_to_one() {
        PLAN = custom_text("x_treatment_plan", "Treatment plan")
            from [plans.id, plans.nickname, plans.start_date, plans.end_date, plans.completed, plans.completed_at,
                items.treatment_plan_id, items.nomenclature, items.patient_nomenclature, items.teeth, items.surfaces, items.price,
                items.completed, items.completed_at, items.practitioner_id, items.invoice_id, items.base_chart, items.notes,
                items.custom_fields, extra.items]
            .rule("for each plan a heading with day, state and total, and a line for each item; plans by a blank line apart, in the order of their numbers")
            .section("Treatment") .clinical();
        LAST = custom_char("x_last_treatment", "Last treatment")
            from [items.completed, items.completed_at, items.nomenclature, items.patient_nomenclature, items.teeth, items.surfaces,
                items.base_chart]
            .rule("day and name of the item that was completed last, in whichever plan") .section("Treatment") .clinical();
    }
}

/// The two fields.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn contact(h: &TreatmentHistory, context: &Context) -> Result<Mapped, Rejection> {
    let told_with_items = |plan: &TreatmentPlan| {
        let of_plan = |item: &&TreatmentPlanItem| item.treatment_plan_id == Some(plan.id);
        told(plan, &h.items.iter().filter(of_plan).collect::<Vec<_>>(), context)
    };
    let plans: Vec<String> = h.plans.iter().map(told_with_items).collect();
    let mut contact = contact::upsert(h.patient_id).on("patient");
    contact.set(contact::PLAN, plans.join("\n\n"));
    contact.set_or_clear(contact::LAST, last(&h.items, context));
    Ok(contact.into())
}

/// Day and name of the item that was completed last.
fn last(items: &[TreatmentPlanItem], context: &Context) -> Option<String> {
    let done = items.iter().filter(|item| is_treatment(item) && is_done(item));
    let dated = done.filter_map(|item| Some((day(item.completed_at?, context), item)));
    // Of several on one day the last in the plan's order.
    let later = |one: (Date, _), other: (Date, _)| if days_between(one.0, other.0) >= 0 { other } else { one };
    let (day, item): (Date, &TreatmentPlanItem) = dated.reduce(later)?;
    Some(format!("{}: {}", iso(day), line::name(item)))
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::{Instant, Upsert, examples};

    use super::*;
    use crate::MODULE;

    /// 2026-03-02T09:00:00Z.
    const DONE: i64 = 1_772_442_000;
    const DAY: i64 = 86_400;

    fn item(plan: &'static str, name: &'static str, done: Option<i64>) -> TreatmentPlanItem {
        TreatmentPlanItem {
            treatment_plan_id: Some(plan.into()),
            completed: Some(done.is_some()),
            completed_at: done.map(|seconds| Instant { seconds, nanoseconds: 0 }),
            nomenclature: Some(name.into()),
            ..examples::treatment_plan_item(name)
        }
    }

    fn told_of(items: Vec<TreatmentPlanItem>) -> Upsert {
        let plans = vec![examples::treatment_plan("600001"), examples::treatment_plan("600002")];
        let history = TreatmentHistory { patient_id: "17".into(), plans, items };
        let mapped = contact(&history, &Context::at(&MODULE, 0)).expect("maps");
        mapped.only(&contact::TARGET).expect("one contact").clone()
    }

    #[test]
    fn the_contact_tells_every_plan_with_its_own_items() {
        let row = told_of(vec![
            item("600001", "Filling", Some(DONE)),
            item("600002", "Crown", None),
            item("600001", "Polish", None),
        ]);
        let text = "Plan 600001, under way, 1 of 2 done, total 0\n- done 2026-03-02: Filling\n- planned: Polish\n\n\
            Plan 600002, proposed, 0 of 1 done, total 0\n- planned: Crown";
        assert_eq!(row.text(contact::PLAN), Some(text));
    }

    #[test]
    fn the_last_treatment_is_the_newest_of_all_plans() {
        let last = |items| told_of(items).text(contact::LAST).map(str::to_owned);
        let (older, newer) = (item("600002", "Crown", Some(DONE)), item("600001", "Filling", Some(DONE + DAY)));
        assert_eq!(last(vec![older.clone(), newer.clone()]).as_deref(), Some("2026-03-03: Filling"));
        assert_eq!(last(vec![newer.clone(), older]).as_deref(), Some("2026-03-03: Filling"));
        let before = TreatmentPlanItem { base_chart: Some(true), ..item("600001", "Amalgam", Some(DONE + 2 * DAY)) };
        assert_eq!(
            last(vec![newer, before]).as_deref(),
            Some("2026-03-03: Filling"),
            "nobody here did what was there before"
        );
        assert_eq!(told_of(vec![item("600001", "Polish", None)]).get(contact::LAST), Some(&Value::Empty));
    }
}
