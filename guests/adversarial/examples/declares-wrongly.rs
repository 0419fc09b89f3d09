//! Declares one thing and does another: the name depends on a title that no declaration names, and the team does not
//! depend on the site that its declaration names.

use odograft_guest_adversarial::{manifest, mapping, outcome, sdk::bindings::dentally::records::Entity};
use odograft_sdk::bindings::transform::effects::{Reference, Value};

mapping!(|| Ok(manifest("declares-wrongly")), |batch: &[Entity]| {
    let map = |entity: &Entity| {
        let mut outcome = outcome(entity);
        let Entity::Patient(patient) = entity else { return Ok(outcome) };
        for cell in outcome.upserts.iter_mut().flat_map(|upsert| &mut upsert.cells) {
            match (cell.field, &patient.title, &patient.last_name) {
                (0, Some(title), Some(name)) => cell.value = Value::Text(format!("{} {}", &**title, &**name).into()),
                (2, ..) => {
                    cell.value = Value::Reference(Reference::ExternalId("sales_team.team_sales_department".into()));
                }
                _ => {}
            }
        }
        Ok(outcome)
    };
    batch.iter().map(map).collect()
});
