//! Speaks the version of the contract before today's, with other types in it, and maps as `honest` does.
#![cfg_attr(target_arch = "wasm32", expect(unsafe_code, reason = "generated: the canonical ABI is raw pointers"))]

mod contract {
    wit_bindgen::generate!({
        world: "odograft:dentally/mapper",
        path: ["released/0.0.9/transform", "released/0.0.9/dentally"],
        generate_all,
    });
}

use contract::exports::odograft::dentally::mapping::{
    Context, Entity, Manifest, Outcome, Rejection, Setting, SettingError,
};
use contract::odograft::transform::effects::{Cell, Finding, Reference, Severity, SourceKey, Upsert, Value};
use contract::odograft::transform::manifest::{Field, FieldKind, Target};

/// The module.
pub struct Module;

impl contract::exports::odograft::dentally::mapping::Guest for Module {
    fn describe(settings: Vec<Setting>) -> Result<Manifest, SettingError> {
        if let Some(setting) = settings.into_iter().next() {
            return Err(SettingError { name: setting.name, message: "there are none".into() });
        }
        let field = |name: &str, kind, source: &str| Field {
            name: name.into(),
            kind,
            custom: None,
            sources: vec![source.into()],
            rule: String::new(),
        };
        let fields = vec![
            field("name", FieldKind::Char, "patient.last_name"),
            field("x_birthday", FieldKind::Date, "patient.date_of_birth"),
            field("team_id", FieldKind::Many2one("crm.team".into()), "patient.site_id"),
        ];
        let partner = Target { object: "patient".into(), model: "res.partner".into(), fields };
        let dropped = vec![("patient.active".into(), "an example of a drop".into())];
        Ok(Manifest { name: "before".into(), version: "0.0.9".into(), targets: vec![partner], dropped })
    }

    fn transform(_: Context, batch: Vec<Entity>) -> Vec<Result<Outcome, Rejection>> {
        batch.into_iter().map(map).collect()
    }
}

fn map(entity: Entity) -> Result<Outcome, Rejection> {
    let mut outcome = Outcome { upserts: Vec::new(), findings: Vec::new() };
    let Entity::Patient(patient) = entity else { return Ok(outcome) };
    if patient.id == "boom" {
        return Err(Rejection { code: "boom".into(), field: Some("patient.id".into()), message: "turned down".into() });
    }
    let mut cells = Vec::new();
    if let Some(name) = patient.last_name {
        cells.push(Cell { field: 0, value: Value::Text(name.trim().to_uppercase()) });
    }
    match patient.date_of_birth {
        Some(date) => cells.push(Cell { field: 1, value: Value::Date(date) }),
        None => outcome.findings.push(Finding {
            severity: Severity::Info,
            code: "no-birthday".into(),
            field: Some("patient.date_of_birth".into()),
            message: "the birthday is missing".into(),
        }),
    }
    if let Some(site) = patient.site_id {
        let key = SourceKey { object: "site".into(), id: site };
        cells.push(Cell { field: 2, value: Value::Reference(Reference::Source(key)) });
    }
    let key = SourceKey { object: "patient".into(), id: patient.id };
    outcome.upserts.push(Upsert { target: 0, key, cells });
    Ok(outcome)
}

#[cfg(target_arch = "wasm32")]
contract::export!(Module with_types_in contract);
