//! What the misbehaving modules share: an honest small mapping to depart from.
//!
//! Each module under `examples/` shows one behaviour. Most misbehave only on the record whose
//! identifier is [`BOOM`] and map all others, so that the tests can see the others survive.

pub use odograft_sdk as sdk;

use odograft_sdk::bindings::dentally::records::Entity;
use odograft_sdk::bindings::transform::effects::{
    Cell, Finding, Outcome, Reference, Severity, SourceKey, Upsert, Value,
};
use odograft_sdk::bindings::transform::manifest::{Cardinality, Field, FieldKind, Manifest, Target};

/// The identifier of the record to misbehave on.
pub const BOOM: &str = "boom";

/// What the module of this name declares: one target with a name, a birthday and a site.
#[must_use]
pub fn manifest(name: &str) -> Manifest {
    let field = |name: &str, kind, source: &str| Field {
        name: name.into(),
        kind,
        custom: None,
        section: None,
        groups: Vec::new(),
        sources: vec![source.into()],
        rule: String::new(),
    };
    let partner = Target {
        object: "patient".into(),
        model: "res.partner".into(),
        cardinality: Cardinality::OneToOne,
        adopt_by: Vec::new(),
        may_create: true,
        needs_app: None,
        needs: Vec::new(),
        fields: vec![
            field("name", FieldKind::Char, "patient.last_name"),
            field("x_birthday", FieldKind::Date, "patient.date_of_birth"),
            field("team_id", FieldKind::Many2one("crm.team".into()), "patient.site_id"),
        ],
        note: String::new(),
    };
    Manifest {
        name: name.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        targets: vec![partner],
        handovers: Vec::new(),
        settings: Vec::new(),
        dropped: Vec::new(),
    }
}

/// A record's identifier.
#[must_use]
pub fn id(entity: &Entity) -> &str {
    match entity {
        Entity::Patient(patient) => &patient.id,
        Entity::Practitioner(practitioner) => &practitioner.id,
        Entity::Site(site) => &site.id,
        Entity::Appointment(appointment) => &appointment.id,
        Entity::Practice(practice) => &practice.id,
        Entity::PaymentPlan(plan) => &plan.id,
        Entity::AcquisitionSource(source) => &source.id,
        Entity::Treatment(treatment) => &treatment.id,
        Entity::AppointmentReason(reason) => &reason.id,
        Entity::AppointmentCancellationReason(reason) => &reason.id,
        Entity::CustomField(field) => &field.id,
        Entity::TreatmentPlan(plan) => &plan.id,
        Entity::TreatmentHistory(history) => &history.patient_id,
        Entity::AccountHistory(history) => &history.patient_id,
        Entity::Recall(recall) => &recall.id,
        Entity::Image(image) => &image.id,
        Entity::Template(template) => &template.id,
    }
}

/// Whether this is the record to misbehave on.
#[must_use]
pub fn is_boom(entity: &Entity) -> bool {
    id(entity) == BOOM
}

/// What an honest module makes of a patient.
#[must_use]
pub fn outcome(entity: &Entity) -> Outcome {
    let mut outcome = Outcome { upserts: Vec::new(), handovers: Vec::new(), findings: Vec::new() };
    let Entity::Patient(patient) = entity else { return outcome };
    let mut cells = Vec::new();
    if let Some(name) = &patient.last_name {
        cells.push(Cell { field: 0, value: Value::Text(name.trim().to_uppercase().into()) });
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
    if let Some(site) = &patient.site_id {
        let key = SourceKey { object: "site".into(), id: (*site).into() };
        cells.push(Cell { field: 2, value: Value::Reference(Reference::Source(key)) });
    }
    let key = SourceKey { object: "patient".into(), id: patient.id.into() };
    outcome.upserts.push(Upsert { target: 0, key, cells });
    outcome
}

/// The outcome with a finding that says what a module saw of the world outside: it is never a record's value.
#[must_use]
pub fn saw(mut outcome: Outcome, seen: &str) -> Outcome {
    let (severity, code, message) = (Severity::Info, "saw".into(), seen.into());
    outcome.findings.push(Finding { severity, code, field: None, message });
    outcome
}

/// Makes a Dentally mapping of a function from a batch to its answers.
#[macro_export]
macro_rules! mapping {
    ($transform:expr) => {
        $crate::mapping!(|| Ok($crate::manifest(env!("CARGO_CRATE_NAME"))), $transform);
    };
    ($describe:expr, $transform:expr) => {
        /// The module.
        pub struct Module;

        impl $crate::sdk::bindings::dentally::mapping::Guest for Module {
            fn describe(
                _settings: Vec<$crate::sdk::bindings::transform::manifest::Setting>,
            ) -> Result<
                $crate::sdk::bindings::transform::manifest::Manifest,
                $crate::sdk::bindings::transform::manifest::SettingError,
            > {
                ($describe)()
            }

            fn transform(
                _context: $crate::sdk::bindings::transform::manifest::Context,
                texts: String,
                batch: Vec<$crate::sdk::bindings::dentally::records::Entity>,
            ) -> Vec<
                Result<
                    $crate::sdk::bindings::transform::effects::Outcome,
                    $crate::sdk::bindings::transform::effects::Rejection,
                >,
            > {
                $crate::sdk::texts::enter(texts);
                ($transform)(&batch)
            }
        }

        #[cfg(target_arch = "wasm32")]
        $crate::sdk::bindings::dentally::export_mapper!(Module with_types_in $crate::sdk::bindings::dentally);
    };
}
