//! Declares one thing and does another: the name depends on a title that no declaration names, and the team does not
//! depend on the site that its declaration names.

use odograft_guest_adversarial::{manifest, mapping, outcome, sdk::bindings::dentally::records::Entity};
use odograft_sdk::bindings::transform::effects::{Cell, Reference, Value};

mapping!(|| Ok(manifest("declares-wrongly")), |batch: &[Entity]| {
    let map = |entity: &Entity| {
        let mut outcome = outcome(entity);
        let Entity::Patient(patient) = entity else { return Ok(outcome) };
        for cells in outcome.upserts.iter_mut().map(|upsert| &mut upsert.cells) {
            cells.retain(|cell| cell.field != 2);
            let team = Reference::ExternalId("sales_team.team_sales_department".into());
            cells.push(Cell { field: 2, value: Value::Reference(team) });
            if let (Some(name), Some(title)) = (&patient.last_name, &patient.title) {
                cells.retain(|cell| cell.field != 0);
                cells.insert(0, Cell { field: 0, value: Value::Text(format!("{} {}", &**title, &**name).into()) });
            }
        }
        Ok(outcome)
    };
    batch.iter().map(map).collect()
});
