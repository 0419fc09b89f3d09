use odograft_sdk::bindings::transform::effects::Value;
use odograft_sdk::dentally::CustomValue;
use odograft_sdk::text::escaped;
use odograft_sdk::{Date, Decimal, ExtraField, Instant, Scalar, examples};

use super::*;
use crate::MODULE;
use crate::treatment_plan::told::note;

/// 2026-03-02T09:00:00Z.
const DONE: Instant = Instant { seconds: 1_772_442_000, nanoseconds: 0 };

fn price(pence: i64) -> Option<Decimal> {
    Some(Decimal { unscaled: pence, scale: 2 })
}

fn filling() -> TreatmentPlanItem {
    TreatmentPlanItem {
        treatment_id: Some("310".into()),
        patient_id: Some("17".into()),
        practitioner_id: Some("7".into()),
        price: price(14_500),
        charged: Some(true),
        completed: Some(true),
        completed_at: Some(DONE),
        teeth: vec!["UR6".into()],
        surfaces: vec!["M".into(), "O".into()],
        nomenclature: Some("Composite, two surfaces".into()),
        patient_nomenclature: Some("White filling".into()),
        invoice_id: Some("700001".into()),
        notes: Some("Shade A2 & gum line".into()),
        custom_fields: vec![CustomValue {
            id: Some("44".into()),
            name: Some("Lab".into()),
            value: Some(Scalar::Text("Wharfe".into())),
        }],
        position: Some(0),
        extra: vec![ExtraField { name: "referrer_id".into(), value: Scalar::Integer(3) }],
        ..examples::treatment_plan_item("i1")
    }
}

fn cleaning() -> TreatmentPlanItem {
    TreatmentPlanItem {
        treatment_id: Some("306".into()),
        price: price(6_200),
        nomenclature: Some("Scale and polish".into()),
        position: Some(1),
        ..examples::treatment_plan_item("i2")
    }
}

fn before() -> TreatmentPlanItem {
    TreatmentPlanItem {
        base_chart: Some(true),
        completed: Some(true),
        completed_at: Some(Instant { seconds: DONE.seconds + 86_400, ..DONE }),
        price: None,
        nomenclature: Some("Amalgam".into()),
        teeth: vec!["LL5".into(), "LL6".into()],
        ..examples::treatment_plan_item("i3")
    }
}

fn whole() -> TreatmentPlan {
    TreatmentPlan {
        nickname: Some("Upper right".into()),
        patient_id: Some("17".into()),
        practitioner_id: Some("7".into()),
        site_id: Some("north".into()),
        start_date: Some(Date { year: 2026, month: 3, day: 1 }),
        private_treatment_value: price(20_700),
        items: vec![filling(), cleaning(), before()],
        ..examples::treatment_plan("600001")
    }
}

fn context() -> Context {
    Context::at(&MODULE, 0)
}

fn mapped(p: &TreatmentPlan) -> Mapped {
    plan(p, &context()).expect("maps")
}

fn order_of(p: &TreatmentPlan) -> Upsert {
    mapped(p).only(&order::TARGET).expect("one order").clone()
}

/// The lines, which come in the plan's order.
fn lines(mapped: &Mapped) -> Vec<&Upsert> {
    mapped.all(&line::line::TARGET).collect()
}

#[test]
fn a_plan_is_an_order_of_its_patient() {
    let row = order_of(&whole());
    assert_eq!(row.get(order::PARTNER), Some(&Value::Reference(source("patient", "17"))));
    assert_eq!(row.get(order::DATE), Some(&Value::Datetime(at_hour(Date { year: 2026, month: 3, day: 1 }, 12))));
    assert_eq!((row.text(order::STATE), row.text(order::REFERENCE)), (Some("sale"), Some("Upper right")));
    assert_eq!(row.get(order::TEAM), Some(&Value::Reference(source("site", "north"))));
    assert_eq!(row.get(order::PRIVATE), Some(&Value::Float(207.0)));
    let company = plan(&whole(), &context().set("sites", "company")).expect("maps");
    assert_eq!(company.only(&order::TARGET).expect("one order").get(order::TEAM), None, "there is no team");
}

#[test]
fn a_patient_has_said_yes_to_what_is_done_or_charged() {
    let state = |items: Vec<TreatmentPlanItem>, completed| {
        order_of(&TreatmentPlan { items, completed, ..whole() }).text(order::STATE).map(str::to_owned)
    };
    let charged = TreatmentPlanItem { charged: Some(true), ..cleaning() };
    assert_eq!(state(vec![cleaning()], None).as_deref(), Some("draft"));
    assert_eq!(state(vec![cleaning(), before()], None).as_deref(), Some("draft"), "what was there before says nothing");
    assert_eq!(state(vec![cleaning(), charged], None).as_deref(), Some("sale"));
    assert_eq!(state(vec![cleaning(), filling()], Some(false)).as_deref(), Some("sale"));
    assert_eq!(state(Vec::new(), Some(true)).as_deref(), Some("sale"));
}

#[test]
fn each_item_is_a_line_with_its_treatments_product() {
    let mapped = mapped(&whole());
    let lines = lines(&mapped);
    assert_eq!(lines.len(), 2, "what was there before is no line");
    let filling = lines[0];
    assert_eq!(filling.get(line::line::ORDER), Some(&Value::Reference(source("treatment_plan", "600001"))));
    assert_eq!(filling.get(line::line::PRODUCT), Some(&Value::Reference(source("treatment", "310"))));
    assert_eq!(filling.text(line::line::NAME), Some("Composite, two surfaces; tooth UR6; surfaces M O"));
    assert_eq!(filling.get(line::line::PRICE), Some(&Value::Float(145.0)));
    assert_eq!(filling.get(line::line::DONE), Some(&Value::Date(Date { year: 2026, month: 3, day: 2 })));
    assert_eq!((filling.text(line::line::STATE), lines[1].text(line::line::STATE)), (Some("done"), Some("planned")));
    assert_eq!(filling.text(line::line::OWN_FIELDS), Some("Lab: Wharfe"));
    assert_eq!(filling.text(line::line::SOURCE_ID), Some("i1"));
    assert!(mapped.only(&line::product::TARGET).is_none());
}

#[test]
fn an_item_whose_treatment_nobody_knows_has_a_product_all_the_same() {
    let unnamed = TreatmentPlanItem { treatment_id: None, ..cleaning() };
    let mapped = mapped(&TreatmentPlan { items: vec![unnamed], ..whole() });
    assert_eq!(mapped.only(&line::product::TARGET).expect("one").text(line::product::CODE), Some("UNCODED"));
    assert_eq!(
        lines(&mapped)[0].get(line::line::PRODUCT),
        Some(&Value::Reference(source("treatment_plan", "UNCODED")))
    );
    let listed = context().set("lists", r#"{"treatment": {}}"#);
    let unlisted = plan(&TreatmentPlan { items: vec![filling(), cleaning()], ..whole() }, &listed).expect("maps");
    let codes: Vec<_> = unlisted.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["not-in-list"], "said once");
}

#[test]
fn a_note_tells_the_whole_plan() {
    let mapped = mapped(&whole());
    let note = mapped.only(&note::TARGET).expect("one note");
    assert_eq!(note.text(note::SUBJECT), Some("Treatment plan Upper right"));
    let text = "Plan Upper right (600001), from 2026-03-01, under way, 1 of 2 done, total 207.00\n\
        - done 2026-03-02: Composite, two surfaces; tooth UR6; surfaces M O; 145.00; 7; invoice 700001; Lab: Wharfe; \
        notes: Shade A2 & gum line; referrer_id: 3\n\
        - planned: Scale and polish; 62.00\n\
        - there before: Amalgam; teeth LL5 LL6";
    assert_eq!(note.text(note::BODY), Some(escaped(text).as_str()));
}

#[test]
fn how_far_a_plan_has_come_is_told_in_a_word() {
    let heading = |p: &TreatmentPlan| {
        let mapped = mapped(p);
        let text = mapped.only(&note::TARGET).expect("one note").text(note::BODY).unwrap_or_default().to_owned();
        text.split("<br").next().unwrap_or_default().to_owned()
    };
    let open = TreatmentPlan { nickname: None, items: vec![cleaning()], ..whole() };
    assert_eq!(heading(&open), "Plan 600001, from 2026-03-01, proposed, 0 of 1 done, total 62.00");
    let ended = TreatmentPlan { end_date: Some(Date { year: 2026, month: 5, day: 1 }), ..open };
    assert_eq!(heading(&ended), "Plan 600001, from 2026-03-01, to 2026-05-01, ended, 0 of 1 done, total 62.00");
    let completed = TreatmentPlan { completed_at: Some(DONE), ..ended };
    assert!(heading(&completed).contains(", completed, "));
}

#[test]
fn what_a_person_must_decide_is_told_once() {
    let codes = |p: &TreatmentPlan| mapped(p).findings.into_iter().map(|finding| finding.code).collect::<Vec<_>>();
    assert!(codes(&whole()).is_empty());
    let free = TreatmentPlanItem { price: None, ..cleaning() };
    assert_eq!(codes(&TreatmentPlan { items: vec![free.clone(), free], ..whole() }), ["no-price"]);
    assert_eq!(codes(&TreatmentPlan { completed: Some(true), ..whole() }), ["open-items"]);
    let strange = TreatmentPlanItem { patient_id: Some("18".into()), ..cleaning() };
    assert_eq!(codes(&TreatmentPlan { items: vec![strange], ..whole() }), ["item-of-another-patient"]);
    assert_eq!(codes(&TreatmentPlan { start_date: None, ..whole() }), ["no-date"]);
    let nobody = TreatmentPlan { patient_id: Some(" ".into()), ..whole() };
    assert_eq!(plan(&nobody, &context()).expect_err("put aside").code, "no-patient");
}
