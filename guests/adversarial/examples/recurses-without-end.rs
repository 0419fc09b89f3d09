//! Calls itself on one record until the stack is full.

use std::hint::black_box;

use odograft_guest_adversarial::{is_boom, mapping, outcome, sdk::bindings::dentally::records::Entity};

fn depth(entity: &Entity) -> u64 {
    // The addition after the call keeps the compiler from making a loop of it.
    if black_box(is_boom(entity)) { black_box(depth(entity)) + 1 } else { 0 }
}

mapping!(|batch: &[Entity]| {
    let map = |entity| {
        black_box(depth(entity));
        Ok(outcome(entity))
    };
    batch.iter().map(map).collect()
});
