//! A call, with a mapping below that is made up.

use crate::bindings::transform::effects::{Rejection, Text, Value};
use crate::bindings::transform::manifest::{Context as Given, Setting as Owned};
use crate::overlay::flat::{self, Answer, List, Setting};
use crate::overlay::glue::{answers, begin, rules};
use crate::overlay::{Made, Overlay, OverlaySpec};
use crate::{Context, ModuleSpec, below, info, reject, target};

target! {
    /// What the mapping below makes.
    pub contact: patient => "res.partner" {
        FULL_NAME = char("name") from [last_name];
    }
}

static BASE: ModuleSpec = ModuleSpec { name: "base", version: "1", targets: &[&contact::TARGET], ..ModuleSpec::EMPTY };

below! {
    /// What the overlay says of it.
    pub made_contact: patient => "res.partner" {
        FULL_NAME = char("name") changed from [] .rule("in capitals");
    }
}

target! {
    /// What the overlay adds.
    pub more: patient => "res.partner" {
        NAME_LENGTH = custom_integer("x_length", "Length") from [last_name];
    }
}

static OVERLAY: OverlaySpec = OverlaySpec {
    name: "own",
    version: "1",
    below: &[&made_contact::BELOW],
    targets: &[&more::TARGET],
    settings: &[crate::setting("shout", "yes", "whether to shout")],
};

/// Records are the identifiers of what the mapping below has made.
struct Loud;

impl Overlay for Loud {
    type Record = &'static str;
    const RULES: bool = true;

    fn spec() -> &'static OverlaySpec {
        &OVERLAY
    }

    fn rules(id: &&'static str, made: &mut Made<'_>, context: &Context) -> Result<(), Rejection> {
        if *id == "bad" {
            return Err(reject("bad", "patient.id", "this one is not wanted"));
        }
        let Some(mut contact) = made_contact::of(made) else { return Ok(()) };
        let name = contact.get(made_contact::FULL_NAME).map(|name| name.to_uppercase());
        let length = name.as_ref().map_or(0, String::len);
        if context.setting("shout") == "yes" {
            contact.set_or_clear(made_contact::FULL_NAME, name);
        }
        let mut row = more::upsert(*id);
        row.set(more::NAME_LENGTH, i64::try_from(length).unwrap_or(i64::MAX));
        made.add(row);
        made.remark(info("loud", "patient.last_name", "in capitals"));
        Ok(())
    }
}

fn answer(id: &str) -> Answer {
    let cells = vec![flat::Cell { field: 0, value: flat::Value::Text(Text::from("Ada").into()) }];
    let key = flat::SourceKey { object: "patient".to_owned().into(), id: Text::from(id).into() };
    let upserts = vec![flat::Upsert { target: 0, key, cells: cells.into() }];
    Answer::Outcome(flat::Outcome {
        upserts: upserts.into(),
        handovers: Vec::new().into(),
        findings: Vec::new().into(),
    })
}

/// What comes out of a call in which the mapping below makes these answers.
fn called(ids: &[&'static str], below: Vec<Answer>, settings: &[(&str, &str)]) -> Vec<Answer> {
    let flat =
        |(name, value): &(&str, &str)| Setting { name: (*name).to_owned().into(), value: (*value).to_owned().into() };
    let given: List<Setting> = settings.iter().map(flat).collect::<Vec<_>>().into();
    let transform = |down: List<Setting>| {
        assert!(down.as_slice().iter().all(|setting| setting.name.as_str() != "shout"), "it stays here");
        below.into()
    };
    if begin::<Loud>(&given, ids.len(), |down| BASE.manifest(down), transform) {
        let owned = |(name, value): &(&str, &str)| Owned { name: (*name).to_owned(), value: (*value).to_owned() };
        rules::<Loud>(Given { as_of_seconds: 0, settings: settings.iter().map(owned).collect() }, ids);
    }
    answers().as_slice().to_vec()
}

fn cells(answer: &Answer) -> Vec<(u16, Value)> {
    let Answer::Outcome(outcome) = answer else { panic!("rejected") };
    assert_eq!(outcome.upserts.as_slice().len(), 1, "the overlay's fields are on the same record");
    outcome.upserts.as_slice()[0].cells.as_slice().iter().map(|cell| (cell.field, cell.value.into())).collect()
}

#[test]
fn rules_change_and_add_and_reject() {
    let answers = called(&["17", "bad"], vec![answer("17"), answer("bad")], &[]);
    assert_eq!(cells(&answers[0]), [(0, Value::Text("ADA".into())), (1, Value::Integer(3))]);
    let Answer::Rejected(rejection) = &answers[1] else { panic!("it is not wanted") };
    assert_eq!(rejection.code.as_str(), "bad");
    let Answer::Outcome(outcome) = &answers[0] else { panic!("rejected") };
    assert_eq!(outcome.findings.as_slice()[0].code.as_str(), "loud");
}

#[test]
fn an_overlays_setting_stays_with_it() {
    let answers = called(&["17"], vec![answer("17")], &[("shout", "no")]);
    assert_eq!(cells(&answers[0])[0], (0, Value::Text("Ada".into())));
}

#[test]
fn what_the_mapping_below_has_rejected_stays_so() {
    let rejected = Answer::Rejected(reject("no-name", "patient.last_name", "nameless").into());
    let answers = called(&["17"], vec![rejected], &[]);
    assert!(matches!(&answers[0], Answer::Rejected(rejection) if rejection.code.as_str() == "no-name"));
}

#[test]
fn a_wrong_number_of_answers_is_left_for_the_host_to_refuse() {
    let answers = called(&["17", "18"], vec![answer("17")], &[]);
    assert_eq!((answers.len(), cells(&answers[0])), (1, vec![(0, Value::Text("Ada".into()))]));
}

#[test]
fn an_overlay_that_does_not_fit_rejects_instead_of_panicking() {
    let transform = |_: List<Setting>| -> List<Answer> { panic!("nothing is asked of the mapping below") };
    let describe =
        |_: &[Owned]| ModuleSpec { name: "empty", version: "1", targets: &[], ..ModuleSpec::EMPTY }.manifest(&[]);
    assert!(!begin::<Loud>(&Vec::new().into(), 2, describe, transform));
    let answers = answers();
    let misfit = |answer: &Answer| matches!(answer, Answer::Rejected(r) if r.code.as_str() == "overlay-misfit");
    assert!(answers.as_slice().len() == 2 && answers.as_slice().iter().all(misfit));
}
