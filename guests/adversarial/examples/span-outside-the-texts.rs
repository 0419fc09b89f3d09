//! Passes on a part of the texts that is none: beyond their end, where other memory may lie.

use odograft_guest_adversarial::{is_boom, mapping, outcome, sdk::bindings::dentally::records::Entity};
use odograft_sdk::bindings::transform::effects::{Cell, Text, Value};
use odograft_sdk::bindings::transform::values::Span;

mapping!(|batch: &[Entity]| {
    let map = |entity| {
        let mut outcome = outcome(entity);
        if is_boom(entity) {
            let beyond = Value::Text(Text::Given(Span { start: u32::MAX - 7, length: 8 }));
            let name = outcome.upserts.iter_mut().flat_map(|upsert| &mut upsert.cells).find(|cell| cell.field == 0);
            if let Some(cell) = name {
                *cell = Cell { field: 0, value: beyond };
            }
        }
        Ok(outcome)
    };
    batch.iter().map(map).collect()
});
