//! Fills a field that its manifest does not declare.

use odograft_guest_adversarial::{is_boom, mapping, outcome, sdk::bindings::dentally::records::Entity};
use odograft_sdk::bindings::transform::effects::{Cell, Value};

mapping!(|batch: &[Entity]| {
    let map = |entity| {
        let mut outcome = outcome(entity);
        if is_boom(entity) {
            let cells = outcome.upserts.iter_mut().map(|upsert| &mut upsert.cells);
            cells.for_each(|cells| cells.push(Cell { field: 99, value: Value::Empty }));
        }
        Ok(outcome)
    };
    batch.iter().map(map).collect()
});
