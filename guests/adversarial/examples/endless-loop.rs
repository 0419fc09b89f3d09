//! Never comes back from one record.

use std::hint::black_box;

use odograft_guest_adversarial::{is_boom, mapping, outcome, sdk::bindings::dentally::records::Entity};

mapping!(|batch: &[Entity]| {
    let map = |entity| {
        while black_box(is_boom(entity)) {}
        Ok(outcome(entity))
    };
    batch.iter().map(map).collect()
});
