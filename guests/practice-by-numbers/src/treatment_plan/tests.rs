use odograft_sdk::bindings::transform::effects::Value;
use odograft_sdk::{ExtraField, Scalar};

use super::*;
use crate::examples::{cents, plan_item};

const JANUARY: Date = Date { year: 2026, month: 1, day: 5 };
const LEAP: Date = Date { year: 2024, month: 2, day: 29 };

fn mapped(items: Vec<PlanItem>) -> Mapped {
    orders(&TreatmentPlan { patient_id: "17".into(), items }).expect("maps")
}

fn of(mapped: &Mapped, is: fn(&Upsert) -> Option<&str>) -> Vec<&Upsert> {
    mapped.upserts.iter().filter(|upsert| is(upsert).is_some()).collect()
}

fn on(day: Date, code: &str, status: &str) -> PlanItem {
    PlanItem { plan_date: Some(day), provider: Some("Lee, Sam".into()), ..plan_item(code, status) }
}

fn codes(items: Vec<PlanItem>) -> Vec<String> {
    mapped(items).findings.into_iter().map(|finding| finding.code).collect()
}

/// Patient, products, then each order with its lines.
fn order_of(mapped: &Mapped) -> &Upsert {
    mapped.only(&order::TARGET).expect("one order")
}

#[test]
fn an_accepted_plan_is_a_sales_order_of_its_own_day() {
    let item = PlanItem {
        plan_id: Some("TP-9".into()),
        tooth: Some("14".into()),
        surface: Some("MO".into()),
        description: Some("Resin composite".into()),
        accepted_on: Some(LEAP),
        ..on(LEAP, "D2391", "Accepted")
    };
    let mapped = mapped(vec![item]);
    let order = order_of(&mapped);
    assert_eq!((order.text(order::SOURCE_ID), order.text(order::STATE)), (Some("17/TP-9"), Some("sale")));
    assert_eq!(order.get(order::DATE), Some(&Value::Datetime(at_hour(LEAP, 12))));
    assert_eq!(order.text(order::REFERENCE), Some("TP-9"));
    assert_eq!(order.get(order::ACCEPTED), Some(&Value::Date(LEAP)));
    assert_eq!(order.get(order::USER), provider::reference(Some("Dr Sam Lee".into())).map(Value::Reference).as_ref());
    let line = mapped.only(&line::TARGET).expect("one line");
    assert_eq!(line.text(line::SOURCE_ID), Some("17/TP-9/D2391-14-MO"));
    assert_eq!(line.text(line::NAME), Some("Resin composite, tooth 14, surface MO"));
    assert_eq!(line.get(line::PRICE), Some(&Value::Float(250.0)));
    assert_eq!(line.get(line::ORDER), Some(&Value::Reference(source("treatment-plan", "17/TP-9"))));
    assert_eq!(line.get(line::PRODUCT), Some(&Value::Reference(source("treatment-plan", "D2391"))));
    assert_eq!((line.text(line::PROVIDER), line.text(line::STATUS)), (Some("Lee, Sam"), Some("Accepted")));
    let product = mapped.only(&product::TARGET).expect("one product");
    assert_eq!((product.text(product::CODE), product.text(product::TYPE)), (Some("D2391"), Some("service")));
    assert_eq!(mapped.findings, []);
}

#[test]
fn the_state_follows_every_procedure() {
    let state = |statuses: &[&str]| {
        let mapped = mapped(statuses.iter().map(|status| on(JANUARY, "D1110", status)).collect());
        let codes: Vec<_> = mapped.findings.iter().map(|finding| finding.code.clone()).collect();
        (order_of(&mapped).text(order::STATE).unwrap_or_default().to_owned(), codes)
    };
    assert_eq!(state(&["Completed", "ACCEPTED"]), ("sale".into(), vec![]));
    assert_eq!(state(&["Proposed"]), ("draft".into(), vec![]));
    assert_eq!(state(&["Unscheduled", ""]), ("draft".into(), vec![]));
    assert_eq!(state(&["Accepted", "Proposed"]), ("draft".into(), vec!["partly-accepted".to_owned()]));
    assert_eq!(state(&["Accepted", "Declined"]), ("draft".into(), vec!["partly-accepted".to_owned()]));
    assert_eq!(state(&["Wishful"]), ("draft".into(), vec!["unknown-plan-status".to_owned()]));
}

#[test]
fn a_day_of_acceptance_says_yes_where_no_word_does() {
    let item = |status: Option<&str>| PlanItem {
        accepted_on: Some(JANUARY),
        status: status.map(Into::into),
        ..on(JANUARY, "D1110", "")
    };
    assert_eq!(order_of(&mapped(vec![item(None)])).text(order::STATE), Some("sale"));
    assert_eq!(order_of(&mapped(vec![item(Some("Declined"))])).text(order::STATE), Some("draft"));
}

#[test]
fn plans_are_told_apart_by_number_else_by_day() {
    let numbered = |id: &str| PlanItem { plan_id: Some(id.into()), ..on(JANUARY, "D1110", "Proposed") };
    let items =
        vec![numbered("A"), on(JANUARY, "D1110", "Proposed"), numbered("B"), numbered("A"), plan_item("D1", "")];
    let mapped = mapped(items);
    let ids: Vec<_> = of(&mapped, |u| u.text(order::STATE)).iter().filter_map(|u| u.text(order::SOURCE_ID)).collect();
    assert!(["17/A", "17/2026-01-05", "17/B", "17/undated"].iter().all(|id| ids.contains(id)), "{ids:?}");
    let undated = mapped.upserts.iter().find(|u| u.text(order::SOURCE_ID) == Some("17/undated")).expect("an order");
    assert_eq!(undated.get(order::DATE), None);
    assert_eq!(mapped.findings[0].code, "no-plan-date");
}

#[test]
fn procedures_that_are_the_same_stay_two() {
    let mapped = mapped(vec![on(JANUARY, "D1110", "Proposed"), on(JANUARY, "D1110", "Proposed")]);
    let ids: Vec<_> = mapped.upserts.iter().filter_map(|upsert| upsert.text(line::SOURCE_ID)).collect();
    assert!(ids.contains(&"17/2026-01-05/D1110") && ids.contains(&"17/2026-01-05/D1110/2"), "{ids:?}");
    assert!(mapped.only(&product::TARGET).is_some(), "one product for both");
}

#[test]
fn a_procedure_without_code_or_fee_is_still_there() {
    let bare = PlanItem { ada_code: Some(" ".into()), fee: None, status: None, ..on(JANUARY, "", "") };
    let mapped = mapped(vec![bare]);
    let line = mapped.only(&line::TARGET).expect("one line");
    assert_eq!((line.text(line::NAME), line.get(line::PRICE)), (Some("UNCODED"), Some(&Value::Float(0.0))));
    assert_eq!(mapped.findings[0].code, "no-fee");
    assert!(codes(vec![on(JANUARY, "D1110", "Proposed")]).is_empty());
}

#[test]
fn a_plan_of_two_providers_is_nobodys() {
    let other = PlanItem { provider: Some("Shah, Priya".into()), ..on(JANUARY, "D0120", "Proposed") };
    let mapped = mapped(vec![on(JANUARY, "D1110", "Proposed"), other]);
    assert_eq!(order_of(&mapped).get(order::USER), Some(&Value::Empty));
}

#[test]
fn the_contact_tells_the_whole_plan_without_the_sales_app() {
    let own = ExtraField { name: "Phase".into(), value: Scalar::Integer(2) };
    let filling = PlanItem {
        plan_id: Some("TP-9".into()),
        tooth: Some("14".into()),
        surface: Some("MO".into()),
        description: Some("Resin <composite>".into()),
        accepted_on: Some(LEAP),
        extra: vec![own],
        ..on(LEAP, "D2391", "Accepted")
    };
    let cleaning =
        PlanItem { plan_id: Some("TP-9".into()), fee: Some(cents(9_950)), ..on(JANUARY, "D1110", "Completed") };
    let mapped = mapped(vec![cleaning, filling]);
    let text = "Plan TP-9 of 2024-02-29, accepted, total 349.50\n\
        - D1110; planned 2026-01-05; fee 99.50; Completed; Lee, Sam\n\
        - D2391 Resin <composite>, tooth 14, surface MO; planned 2024-02-29; fee 250.00; Accepted; accepted 2024-02-29; Lee, Sam; Phase: 2";
    let contact = mapped.only(&partner::TARGET).expect("one contact");
    assert_eq!(contact.text(partner::PLAN), Some(text));
    assert_eq!(order_of(&mapped).get(order::DATE), Some(&Value::Datetime(at_hour(LEAP, 12))));
}
