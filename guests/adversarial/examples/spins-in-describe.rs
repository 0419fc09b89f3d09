//! Never says what it can do.

use std::hint::black_box;

use odograft_guest_adversarial::{manifest, mapping, outcome, sdk::bindings::dentally::records::Entity};

mapping!(
    || {
        while black_box(true) {}
        Ok(manifest("spins-in-describe"))
    },
    |batch: &[Entity]| batch.iter().map(|entity| Ok(outcome(entity))).collect()
);
