//! Says a patient's town in a finding.

use odograft_guest_adversarial::{mapping, outcome, sdk::bindings::dentally::records::Entity};
use odograft_sdk::bindings::transform::effects::{Finding, Severity};

mapping!(|batch: &[Entity]| {
    let map = |entity: &Entity| {
        let mut outcome = outcome(entity);
        if let Entity::Patient(patient) = entity
            && let Some(town) = &patient.town
        {
            outcome.findings.push(Finding {
                severity: Severity::Info,
                code: "far-away".into(),
                field: Some("patient.town".into()),
                message: format!("{} is far from here", &**town),
            });
        }
        Ok(outcome)
    };
    batch.iter().map(map).collect()
});
