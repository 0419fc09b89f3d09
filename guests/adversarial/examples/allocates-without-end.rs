//! Keeps asking for memory on one record.

use std::hint::black_box;

use odograft_guest_adversarial::{is_boom, mapping, outcome, sdk::bindings::dentally::records::Entity};

const MIB: usize = 1024 * 1024;

mapping!(|batch: &[Entity]| {
    let map = |entity| {
        let mut kept: Vec<Vec<u8>> = Vec::new();
        while black_box(is_boom(entity)) {
            kept.push(black_box(Vec::with_capacity(MIB)));
        }
        Ok(outcome(entity))
    };
    batch.iter().map(map).collect()
});
