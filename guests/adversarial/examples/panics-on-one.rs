//! Panics on one record.

use odograft_guest_adversarial::{is_boom, mapping, outcome, sdk::bindings::dentally::records::Entity};

mapping!(|batch: &[Entity]| {
    let map = |entity| {
        assert!(!is_boom(entity), "this record is more than the module can take");
        Ok(outcome(entity))
    };
    batch.iter().map(map).collect()
});
