//! Maps every patient: what the others are compared with.

use odograft_guest_adversarial::{mapping, outcome, sdk::bindings::dentally::records::Entity};

mapping!(|batch: &[Entity]| batch.iter().map(|entity| Ok(outcome(entity))).collect());
