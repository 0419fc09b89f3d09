//! Returns one mebibyte of text a thousand times over: little memory in the sandbox, much in a
//! host that copies all it is offered.
#![expect(unsafe_code, reason = "only raw parts can point to one text from many strings")]

use std::mem::ManuallyDrop;

use odograft_guest_adversarial::{is_boom, mapping, outcome, sdk::bindings::dentally::records::Entity};
use odograft_sdk::bindings::transform::effects::{Finding, Outcome, Severity};

const MIB: usize = 1024 * 1024;

fn flooded(mut outcome: Outcome) -> Outcome {
    let mut text = ManuallyDrop::new("x".repeat(MIB));
    let (start, bytes) = (text.as_mut_ptr(), text.len());
    let finding = || Finding {
        severity: Severity::Info,
        code: "flood".into(),
        field: None,
        // SAFETY: not upheld, on purpose. The guest's allocator never reuses a block, and the
        // sandbox is thrown away after the call.
        message: unsafe { String::from_raw_parts(start, bytes, bytes) },
    };
    outcome.findings.extend((0..1000).map(|_| finding()));
    outcome
}

mapping!(|batch: &[Entity]| {
    let map = |entity| {
        let outcome = outcome(entity);
        Ok(if is_boom(entity) { flooded(outcome) } else { outcome })
    };
    batch.iter().map(map).collect()
});
