use odograft_engine::{Dentally, Perio};
use odograft_records::bindings::transform::manifest::{Choice, DroppedField, Field, FieldKind, HandoverKind};

use super::*;
use crate::source::Source;

fn field(name: &str) -> Field {
    Field {
        name: name.into(),
        kind: FieldKind::Char,
        custom: name.starts_with("x_").then(|| "Label".into()),
        section: None,
        groups: Vec::new(),
        sources: vec!["patient.last_name".into()],
        rule: "as entered".into(),
    }
}

fn good() -> Manifest {
    let target = Target {
        object: "patient".into(),
        model: "res.partner".into(),
        cardinality: Cardinality::OneToOne,
        adopt_by: Vec::new(),
        may_create: true,
        needs_app: None,
        needs: Vec::new(),
        fields: vec![field("name"), field("x_recall")],
        note: String::new(),
    };
    Manifest {
        name: "test".into(),
        version: "1".into(),
        targets: vec![target],
        handovers: Vec::new(),
        settings: Vec::new(),
        dropped: Vec::new(),
    }
}

/// The problems of a good manifest after a change, as codes.
fn codes(change: impl FnOnce(&mut Manifest)) -> Vec<&'static str> {
    let mut manifest = good();
    change(&mut manifest);
    lint(&manifest, Dentally::OBJECTS).iter().map(|problem| problem.code).collect()
}

fn of_field(change: impl FnOnce(&mut Field)) -> Vec<&'static str> {
    codes(|manifest| change(&mut manifest.targets[0].fields[1]))
}

#[test]
fn a_good_manifest_has_no_problem() {
    assert_eq!(codes(|_| ()), [] as [&str; 0]);
}

#[test]
fn names_that_odoo_refuses_are_named() {
    assert_eq!(of_field(|f| f.name = "recall".into()), ["custom-name"]);
    assert_eq!(of_field(|f| f.name = "x_récall".into()), ["field-name"]);
    assert_eq!(of_field(|f| f.name = "x_re call".into()), ["field-name"]);
    assert_eq!(of_field(|f| f.name = format!("x_{}", "a".repeat(61))), [] as [&str; 0]);
    assert_eq!(of_field(|f| f.name = format!("x_{}", "a".repeat(62))), ["field-name-length"]);
    assert_eq!(of_field(|f| f.custom = None), ["not-custom"]);
    assert_eq!(of_field(|f| f.custom = Some(" ".into())), ["no-label"]);
    assert_eq!(codes(|m| m.targets[0].fields[0].name = "write_date".into()), ["reserved-field"]);
    assert_eq!(of_field(|f| f.groups = vec!["everyone".into()]), ["group"]);
    assert_eq!(codes(|m| m.targets[0].model = "Res Partner".into()), ["model-name"]);
}

#[test]
fn what_is_declared_twice_or_not_at_all_is_named() {
    assert_eq!(codes(|m| m.targets[0].fields.push(field("name"))), ["duplicate-field"]);
    assert_eq!(codes(|m| m.targets.push(m.targets[0].clone())), ["duplicate-target"]);
    let hung = |m: &mut Manifest, models: [&str; 2]| {
        let mut other = m.targets[0].clone();
        for (target, model) in [(&mut m.targets[0], models[0]), (&mut other, models[1])] {
            target.fields.push(Field { kind: FieldKind::Many2oneReference(model.into()), ..field("res_id") });
        }
        m.targets.push(other);
    };
    assert_eq!(codes(|m| hung(m, ["res.partner", "crm.lead"])), [] as [&str; 0], "two models take two declarations");
    assert_eq!(codes(|m| hung(m, ["crm.lead", "crm.lead"])), ["duplicate-target"]);
    assert_eq!(codes(|m| m.targets[0].fields.clear()), ["no-field"]);
    assert_eq!(codes(|m| m.targets.clear()), ["no-target"]);
    assert_eq!(codes(|m| m.targets[0].adopt_by = vec!["login".into()]), ["adopt-by"]);
    assert_eq!(codes(|m| m.name.clear()), ["no-name"]);
    assert_eq!(of_field(|f| f.rule.clear()), ["no-rule"]);
}

#[test]
fn selections_need_choices() {
    let choices = |list: &[(&str, &str)]| {
        let choices = list.iter().map(|(value, label)| Choice { value: (*value).into(), label: (*label).into() });
        FieldKind::Selection(choices.collect())
    };
    assert_eq!(of_field(|f| f.kind = choices(&[])), ["no-choices"]);
    assert_eq!(of_field(|f| f.kind = choices(&[("a", "A"), ("a", "B")])), ["duplicate-choice"]);
    assert_eq!(of_field(|f| f.kind = choices(&[("a", "")])), ["empty-choice"]);
    assert_eq!(of_field(|f| f.kind = FieldKind::Many2one(String::new())), ["model-name"]);
}

#[test]
fn sources_must_be_in_the_interface() {
    let mut manifest = good();
    manifest.targets[0].fields[1].sources = vec!["patient.lastname".into()];
    let problems = lint(&manifest, Dentally::OBJECTS);
    assert_eq!(problems[0].message, "the interface has no `patient.lastname`; did you mean `patient.last_name`?");
    assert_eq!(of_field(|f| f.sources = vec!["site.name".into()]), ["source-object"]);
    assert_eq!(of_field(|f| f.sources = vec!["patient.extra.shoe".into(), "patient.extra".into()]), [] as [&str; 0]);
    assert_eq!(of_field(|f| f.sources.push("patient.last_name".into())), ["duplicate-source"]);
    assert_eq!(codes(|m| m.targets[0].object = "dog".into()).first(), Some(&"no-such-object"));
    let mut manifest = good();
    manifest.targets[0].object = "exam".into();
    for field in &mut manifest.targets[0].fields {
        field.sources = vec!["exam.readings".into(), "exam.readings.mb".into(), "exam.margin_sign".into()];
    }
    assert_eq!(lint(&manifest, Perio::OBJECTS), []);
}

#[test]
fn what_is_dropped_has_a_reason_and_is_not_used() {
    let dropped = |source: &str, reason: &str| DroppedField { source: source.into(), reason: reason.into() };
    assert_eq!(codes(|m| m.dropped = vec![dropped("patient.image_url", "")]), ["no-reason"]);
    assert_eq!(codes(|m| m.dropped = vec![dropped("patient.picture", "old")]), ["no-such-source"]);
    let used = codes(|m| m.dropped = vec![dropped("patient.last_name", "old")]);
    assert_eq!(used, ["dropped-and-used", "dropped-and-used"]);
}

#[test]
fn settings_and_handovers_are_sound() {
    let spec = |name: &str, default: &str, allowed: &[&str], help: &str| SettingSpec {
        name: name.into(),
        default: default.into(),
        allowed: allowed.iter().map(|&value| value.into()).collect(),
        help: help.into(),
    };
    assert_eq!(codes(|m| m.settings = vec![spec("a", "x", &["y"], "does")]), ["default-not-allowed"]);
    assert_eq!(codes(|m| m.settings = vec![spec("A b", "", &[], "does")]), ["setting-name"]);
    assert_eq!(codes(|m| m.settings = vec![spec("a", "", &[], "does"); 2]), ["duplicate-setting"]);
    assert_eq!(codes(|m| m.settings = vec![spec("a", "", &[], "")]), ["no-help"]);
    let kind = |object: &str, title: &str| HandoverKind {
        object: object.into(),
        title: title.into(),
        rebuild_in: "Sales".into(),
    };
    assert_eq!(codes(|m| m.handovers = vec![kind("patient", " ")]), ["no-words"]);
    assert_eq!(codes(|m| m.handovers = vec![kind("dog", "Dogs")]), ["no-such-object"]);
    assert_eq!(codes(|m| m.handovers = vec![kind("site", "Sites"); 2]), ["duplicate-handover"]);
}
