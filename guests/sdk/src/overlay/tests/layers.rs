//! An overlay over a base, as manifests.

use crate::bindings::transform::effects::{Text, Value};
use crate::bindings::transform::manifest::{Setting, SettingError, Target};
use crate::overlay::flat::{self, Cell, Outcome};
use crate::overlay::layers::NOWHERE;
use crate::overlay::{BelowSpec, Layers, OverlaySpec};
use crate::{ModuleSpec, TargetSpec, below, setting, target};

target! {
    /// What the base makes of a patient.
    pub contact: patient => "res.partner" .adopt_by(&["email"]) {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [first_name, last_name] .rule("joined by a space");
        EMAIL = char("email") from [email_address] .rule("");
        NHS_NUMBER = custom_char("x_nhs_number", "NHS number") from [nhs_number];
        ACTIVE = boolean("active") from [active];
    }
}

target! {
    /// What the base makes of a site.
    pub team: site => "crm.team" {
        TEAM_NAME = char("name") from [name];
    }
}

static BASE: ModuleSpec = ModuleSpec {
    name: "base",
    version: "1",
    targets: &[&team::TARGET, &contact::TARGET],
    settings: &[setting("greeting", "hello", "how to greet")],
    dropped: &[("patient.image_url", "a link that ends")],
    ..ModuleSpec::EMPTY
};

/// What the overlay declares.
pub mod own {
    use super::*;

    below! {
        /// What it does with the base's.
        pub below: patient => "res.partner" {
            NHS_NUMBER = char("x_nhs_number") dropped "policy";
            ACTIVE = boolean("active") read;
            NAME = char("name") changed from [last_name, title] .rule("then in capitals");
            EMAIL = char("email") replaced from [legacy_id] .rule("made up");
        }
    }

    target! {
        /// Fields behind the base's.
        pub more: patient => "res.partner" {
            IMAGE_LINK = custom_char("x_image", "Image") from [image_url];
        }
    }

    target! {
        /// A kind of record that the base has not.
        pub lead: patient => "crm.lead" {
            LEAD_NAME = char("name") from [last_name];
        }
    }
}

target! {
    /// For few eyes.
    pub secret: patient => "res.partner" {
        ALERT_TEXT = custom_text("x_alert", "Alert") from [medical_alert_text] .clinical();
    }
}

below! {
    /// What an overlay over the overlay says.
    pub upper: patient => "res.partner" {
        IMAGE_LINK = char("x_image") dropped "no pictures";
        NAME = char("name") changed from [] .rule("and backwards");
    }
}

const PLAIN: OverlaySpec = OverlaySpec { name: "plain", version: "2", below: &[], targets: &[], settings: &[] };

static OVERLAY: OverlaySpec = OverlaySpec {
    name: "own",
    below: &[&own::below::BELOW],
    targets: &[&own::more::TARGET, &own::lead::TARGET],
    settings: &[setting("shout", "no", "whether to shout").allowed(&["no", "yes"])],
    ..PLAIN
};

fn over(overlay: &OverlaySpec, given: &[(&str, &str)]) -> Result<Layers, SettingError> {
    let given: Vec<_> =
        given.iter().map(|(name, value)| Setting { name: (*name).to_owned(), value: (*value).to_owned() }).collect();
    overlay.over(&given, |down| BASE.manifest(down))
}

fn fields(target: &Target) -> Vec<&str> {
    target.fields.iter().map(|field| field.name.as_str()).collect()
}

#[test]
fn without_declarations_only_name_and_version_differ() {
    let plain = over(&PLAIN, &[]).expect("fits").manifest;
    let base = BASE.manifest(&[]).expect("describes itself");
    assert_eq!((plain.name.as_str(), plain.version.as_str()), ("plain over base", "2 over 1"));
    assert_eq!(
        (plain.targets, plain.settings.len(), plain.dropped.len()),
        (base.targets, base.settings.len(), base.dropped.len())
    );
}

#[test]
fn the_mapping_sheet_stays_true() {
    let manifest = over(&OVERLAY, &[]).expect("fits").manifest;
    let contact = &manifest.targets[1];
    assert_eq!(fields(contact), ["x_source_id", "name", "email", "active", "x_image"]);
    let words = |at: usize| (contact.fields[at].sources.join(" "), contact.fields[at].rule.as_str());
    let names = "patient.first_name patient.last_name patient.title".to_owned();
    assert_eq!(words(1), (names, "joined by a space; then in capitals"));
    assert_eq!(words(2), ("patient.legacy_id".to_owned(), "made up"));
    assert_eq!(contact.note, "`x_nhs_number` is left out: policy");
    let dropped: Vec<_> = manifest.dropped.iter().map(|d| (d.source.as_str(), d.reason.as_str())).collect();
    assert_eq!(dropped, [("patient.nhs_number", "policy")], "what the overlay carries is dropped no more");
    assert_eq!(manifest.targets[2].model, "crm.lead");
    let settings: Vec<_> = manifest.settings.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(settings, ["greeting", "shout"]);
}

#[test]
fn cells_move_to_their_new_places_and_nothing_undeclared_passes_for_the_overlays() {
    let layers = over(&OVERLAY, &[]).expect("fits");
    let upsert = |target: u16, fields: &[u16]| flat::Upsert {
        target,
        key: flat::SourceKey { object: "patient".to_owned().into(), id: Text::from("17").into() },
        cells: fields
            .iter()
            .map(|&field| Cell { field, value: Value::Integer(field.into()).into() })
            .collect::<Vec<_>>()
            .into(),
    };
    let upserts = vec![upsert(1, &[4, 3, 2, 1, 0, 5]), upsert(0, &[0, 7]), upsert(2, &[0])];
    let mut outcome = Outcome { upserts: upserts.into(), handovers: Vec::new().into(), findings: Vec::new().into() };
    layers.fit(&mut outcome);
    let upserts = outcome.upserts.as_slice();
    let cells = |at: usize| -> Vec<(u16, Value)> {
        upserts[at].cells.as_slice().iter().map(|cell| (cell.field, cell.value.into())).collect()
    };
    // Dropped and replaced cells are gone; the field that the base does not declare would be the overlay's `x_image`.
    assert_eq!(
        cells(0),
        [(3, Value::Integer(4)), (1, Value::Integer(1)), (0, Value::Integer(0)), (NOWHERE, Value::Integer(5))]
    );
    assert_eq!(cells(1).iter().map(|(field, _)| *field).collect::<Vec<_>>(), [0, 7], "nothing changes for teams");
    assert_eq!(upserts.iter().map(|upsert| upsert.target).collect::<Vec<_>>(), [1, 0, NOWHERE]);
    assert_eq!(layers.place(&own::below::BELOW).map(|place| place.fields.clone()), Some(vec![NOWHERE, 3, 1, 2]));
    let place = |target| layers.own(target).map(|own| (own.target, own.before));
    assert_eq!((place(&own::more::TARGET), place(&own::lead::TARGET)), (Some((1, 4)), Some((2, 0))));
}

#[test]
fn settings_are_split_and_unknown_ones_refused_with_both_lists() {
    let down = |given: &[(&str, &str)]| {
        let seen = core::cell::RefCell::new(Vec::new());
        let given: Vec<_> =
            given.iter().map(|(name, value)| Setting { name: (*name).into(), value: (*value).into() }).collect();
        OVERLAY
            .over(&given, |down| {
                seen.borrow_mut().extend(down.iter().map(|setting| setting.name.clone()));
                BASE.manifest(down)
            })
            .expect("fits");
        seen.into_inner()
    };
    assert_eq!(down(&[("shout", "yes"), ("greeting", "hi")]), ["greeting"]);
    let error = over(&OVERLAY, &[("shuot", "yes")]).expect_err("unknown");
    assert_eq!(error.name, "shuot");
    assert_eq!(error.message, "neither a setting of `own`, which knows: shout; nor of `base`, which knows: greeting");
    let error = over(&OVERLAY, &[("shout", "maybe")]).expect_err("not allowed");
    assert_eq!((error.name.as_str(), error.message.as_str()), ("shout", "`maybe` is not allowed; one of: no, yes"));
    static SAME: OverlaySpec = OverlaySpec { settings: &[setting("greeting", "hi", "")], ..PLAIN };
    assert!(over(&SAME, &[]).expect_err("twice").message.starts_with("`plain` has a setting `greeting`, and so has"));
}

#[test]
fn the_group_of_clinical_fields_is_one_for_both() {
    static SECRET: OverlaySpec = OverlaySpec { targets: &[&secret::TARGET], ..PLAIN };
    // The base has no clinical field, so it does not know the setting.
    let layers = over(&SECRET, &[("clinical_group", "base.group_system")]).expect("fits");
    assert_eq!(layers.manifest.targets[1].fields[5].groups, ["base.group_system"]);
}

#[test]
fn an_overlay_lies_over_another() {
    static TOP: OverlaySpec = OverlaySpec { name: "top", below: &[&upper::BELOW], ..PLAIN };
    let both = TOP.over(&[], |down| Ok(OVERLAY.over(down, |down| BASE.manifest(down))?.manifest)).expect("fits");
    assert_eq!(both.manifest.name, "top over own over base");
    assert_eq!(fields(&both.manifest.targets[1]), ["x_source_id", "name", "email", "active"]);
    assert_eq!(both.manifest.targets[1].fields[1].rule, "joined by a space; then in capitals; and backwards");
}

/// Overlays that do not fit.
pub mod misfits {
    use super::*;

    below!(/// One slip.
    pub model: patient => "res.parner" { FULL_NAME = char("name") read; });
    below!(/// One slip.
    pub object: exam => "res.partner" { FULL_NAME = char("name") read; });
    below!(/// One slip.
    pub field: patient => "res.partner" { NHS_NO = char("x_nhs_no") read; });
    below!(/// One slip.
    pub kind: patient => "res.partner" { IS_ACTIVE = char("active") read; });
    below!(/// One slip.
    pub key: patient => "res.partner" { E_MAIL = char("email") dropped "no mail"; });
    below!(/// One slip.
    pub twice: patient => "res.partner" {
        FULL_NAME = char("name") dropped "no names";
        AGAIN = char("name") read;
    });
    target!(/// One slip.
    pub there: patient => "res.partner" { FULL_NAME = char("name") from [last_name]; });
    target!(/// One slip.
    pub unplain: patient => "res.partner" .existing_only() { X_X = custom_char("x_x", "X") from [title]; });

    fn message(below: &[&'static BelowSpec], targets: &[&'static TargetSpec]) -> String {
        let (below, targets) = (below.to_vec().leak(), targets.to_vec().leak());
        let error = over(&OverlaySpec { below, targets, ..PLAIN }, &[]).expect_err("does not fit");
        assert_eq!(error.name, "", "no setting is to blame");
        error.message
    }

    #[test]
    fn are_told_with_the_nearest_names() {
        assert_eq!(
            message(&[&model::BELOW], &[]),
            "`plain` names `res.parner`, which `base` below it does not make; the nearest: `res.partner`, `crm.team`"
        );
        assert_eq!(
            message(&[&object::BELOW], &[]),
            "`plain` names `res.partner` of `exam`, but `base` below it makes `res.partner` of `patient`"
        );
        assert_eq!(
            message(&[&field::BELOW], &[]),
            "`plain` names `res.partner.x_nhs_no`, which `base` below it does not declare; the nearest: `x_nhs_number`, `name`, `active`"
        );
        assert_eq!(
            message(&[&kind::BELOW], &[]),
            "`plain` takes `res.partner.active` for `char`, but `base` below it declares `boolean`"
        );
        assert_eq!(
            message(&[&key::BELOW], &[]),
            "`plain` drops `res.partner.email`, by which records that Odoo has already are recognised"
        );
        assert_eq!(message(&[&twice::BELOW], &[]), "`plain` both drops and uses `res.partner.name`");
        assert_eq!(
            message(&[], &[&there::TARGET]),
            "`plain` declares `res.partner.name`, which is there already: say in `below!` that it is changed or replaced"
        );
        assert_eq!(
            message(&[], &[&unplain::TARGET]),
            "`plain` adds fields to the `res.partner` below it and says how its records are made: that stays as it is below"
        );
    }
}
