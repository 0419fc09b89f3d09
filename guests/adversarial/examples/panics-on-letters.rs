//! Takes the first byte of a name for its first letter: panics where that letter has more bytes than one.

use odograft_guest_adversarial::{mapping, outcome, sdk::bindings::dentally::records::Entity};

mapping!(|batch: &[Entity]| {
    let map = |entity: &Entity| {
        if let Entity::Patient(patient) = entity
            && let Some(name) = &patient.last_name
        {
            assert!(!name[..1].is_empty(), "a name has a first letter");
        }
        Ok(outcome(entity))
    };
    batch.iter().map(map).collect()
});
