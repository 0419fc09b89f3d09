//! What holds for the module as a whole.

use std::collections::{BTreeMap, BTreeSet};

use odograft_sdk::bindings::transform::manifest;
use odograft_sdk::{ExtraField, Scalar};

use super::*;

#[test]
fn every_object_is_mapped_by_its_own_rule() {
    let context = Context::at(&MODULE, 0);
    let objects = [
        Entity::Clinic(examples::clinic("N")),
        Entity::Provider(examples::provider("N/501")),
        Entity::Referral(examples::referral("N/1")),
        Entity::Patient(Patient { last_name: Some("Moss".into()), ..examples::patient("N/17") }),
        Entity::TreatmentPlan(examples::treatment_plan("N/7")),
        Entity::Note(odograft_sdk::panda_perio::Note { body: Some("Seen".into()), ..examples::note("N/1") }),
        Entity::Flag(examples::flag("N/1")),
    ];
    let made = objects.map(|entity| map(&entity, &context).expect("maps").upserts.len());
    assert_eq!(made, [7, 1, 2, 1, 1, 1, 2]);
}

#[test]
fn a_referred_patient_is_a_contact_and_an_opportunity() {
    let (last_name, referral_id) = (Some("Moss".into()), Some("N/5".into()));
    let patient = Entity::Patient(Patient { last_name, referral_id, ..examples::patient("N/17") });
    let mapped = map(&patient, &Context::at(&MODULE, 0)).expect("maps");
    assert!(mapped.only(&patient::partner::TARGET).is_some() && mapped.only(&referrals::lead::TARGET).is_some());
    let no = manifest::Setting { name: "referral_leads".into(), value: "no".into() };
    let declared = MODULE.manifest(&[no]).expect("a good setting");
    assert!(
        declared
            .targets
            .iter()
            .all(|target| (target.object.as_str(), target.model.as_str()) != ("patient", "crm.lead"))
    );
}

#[test]
fn every_record_that_is_created_carries_its_source_id() {
    let manifest = MODULE.manifest(&[]).expect("no settings");
    let shared = ["crm.stage", "mail.activity.type", "utm.source"];
    for target in manifest.targets.iter().filter(|target| target.may_create && !shared.contains(&target.model.as_str()))
    {
        assert!(target.fields.iter().any(|field| field.name == "x_source_id"), "{} → {}", target.object, target.model);
    }
}

/// Two headings for one field would show it twice on the form that all contacts share.
#[test]
fn every_field_stands_under_one_heading() {
    let manifest = MODULE.manifest(&[]).expect("no settings");
    let mut headings: BTreeMap<(String, String), String> = BTreeMap::new();
    for target in &manifest.targets {
        for (field, section) in target.fields.iter().filter_map(|field| Some((field, field.section.clone()?))) {
            let known = headings.entry((target.model.clone(), field.name.clone())).or_insert_with(|| section.clone());
            assert_eq!(*known, section, "{}.{}", target.model, field.name);
        }
    }
}

/// Odoo's users are contacts too: a field of both would be one field under two declarations.
#[test]
fn no_custom_field_of_users_is_one_of_contacts() {
    let manifest = MODULE.manifest(&[]).expect("no settings");
    let custom = |model: &str| -> BTreeSet<String> {
        let fields = manifest.targets.iter().filter(|target| target.model == model).flat_map(|target| &target.fields);
        fields.filter(|field| field.custom.is_some()).map(|field| field.name.clone()).collect()
    };
    assert_eq!(custom("res.users").intersection(&custom("res.partner")).count(), 0);
    assert_eq!(custom("res.users").len(), 2);
}

#[test]
fn a_confirmed_column_becomes_a_field() {
    let confirmed =
        r#"[{"object": "patient", "column": "RecallMonths", "field": "x_recall_months", "kind": "integer"}]"#;
    let settings = vec![manifest::Setting { name: "extras".into(), value: confirmed.into() }];
    let context = Context::new(&MODULE, manifest::Context { as_of_seconds: 0, settings });
    let extra = vec![ExtraField { name: "RecallMonths".into(), value: Scalar::Text("six".into()) }];
    let patient = Patient { last_name: Some("Moss".into()), extra, ..examples::patient("N/17") };
    let mapped = map(&Entity::Patient(patient), &context).expect("maps");
    let codes: Vec<_> = mapped.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["no-contact", "not-as-confirmed"]);
}
