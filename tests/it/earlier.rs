//! The version of the contract before today's goes on running, through conversion. No version is released yet: the
//! package in `guests/adversarial/released/0.0.9` stands for one, and is spoken as the next release will speak 0.1.0.

mod conversion;

use odograft_engine::{Answer, Dentally, Limits, LoadError, Module, Version, outcome_json};
use odograft_records::Texts;
use odograft_records::bindings::dentally::records::Entity;
use odograft_records::bindings::transform::manifest::Setting;

use crate::guests;

const NAME: &str = "speaks-the-version-before";

const EARLIER: &[Version<Dentally>] = &[conversion::VERSION];

fn load() -> Module<Dentally> {
    Module::load_speaking(&guests::engine(), NAME, &guests::bytes(NAME), Limits::default(), EARLIER)
        .expect("the version before is spoken")
}

#[test]
fn a_module_of_the_version_before_gives_today_s_answers() {
    let module = load();
    assert_eq!(module.interface(), "odograft:dentally/mapping@0.0.9");
    let manifest = module.describe(&[]).expect("it describes itself").manifest;
    assert_eq!(manifest.dropped[0].source, "patient.active");
    let (texts, batch) = guests::patients(300, Some(7));
    let report = module.transform(&guests::context(), &manifest, &texts, &batch);

    let (honest, described) = guests::described(&guests::engine(), "honest", Limits::default());
    let expected = honest.transform(&guests::context(), &described.manifest, &texts, &batch);
    let json = |manifest, answer| serde_json::to_string(&outcome_json(manifest, &texts, answer)).expect("JSON");
    assert_eq!((report.answers.len(), report.calls), (300, 1));
    for (position, answer) in report.answers.iter().enumerate() {
        if position == 7 {
            assert!(matches!(answer, Answer::Rejected(rejection) if rejection.code == "boom"));
        } else {
            let honest = json(&described.manifest, &expected.answers[position]);
            assert_eq!(json(&manifest, answer), honest, "record {position}");
        }
    }
    let again = module.transform(&guests::context(), &manifest, &texts, &batch);
    assert_eq!((again.fuel, again.answers), (report.fuel, report.answers));
}

#[test]
fn a_record_that_the_version_before_did_not_have_is_told_and_costs_nobody_else() {
    let module = load();
    let manifest = module.describe(&[]).expect("it describes itself").manifest;
    let mut texts = Texts::new();
    let mut batch: Vec<Entity> = Vec::new();
    for (object, row) in [("patient", r#"{"id": 1, "last_name": "Neill"}"#), ("site", r#"{"id": "north"}"#)] {
        batch.push(odograft_records::dentally::decode(object, "1", row, &mut texts).expect("decodes").record);
    }
    let report = module.transform(&guests::context(), &manifest, &texts, &batch);
    let [Answer::Outcome(patient), Answer::Outcome(site)] = report.answers.as_slice() else {
        panic!("two outcomes: {:?}", report.answers)
    };
    assert_eq!(patient.upserts.len(), 1);
    assert!(site.upserts.is_empty());
    assert_eq!(site.findings[0].code, "object-newer-than-module");
}

#[test]
fn its_refusal_of_a_setting_is_passed_on() {
    let setting = Setting { name: "colour".into(), value: "red".into() };
    let error = load().describe(&[setting]).expect_err("it has none");
    insta::assert_snapshot!(error, @"setting `colour` does not suit the module: there are none; hint: change it in the client's configuration");
}

#[test]
fn what_this_build_does_not_speak_is_refused_with_both_versions() {
    let error = guests::load(&guests::engine(), NAME, Limits::default()).expect_err("0.0.9 was never released");
    assert!(matches!(error, LoadError::WrongContract { .. }));
    insta::assert_snapshot!(error, @"the module exports `odograft:dentally/mapping@0.0.9`, but `odograft:dentally/mapping@0.1.0` is needed; hint: it speaks version 0.0.9 of the contract and this host 0.1.0: build it against the WIT packages of this host");
}
