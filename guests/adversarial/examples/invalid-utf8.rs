//! Returns a string that is none.
#![expect(unsafe_code, reason = "a safe string is always valid")]

use odograft_guest_adversarial::{is_boom, mapping, outcome, sdk::bindings::dentally::records::Entity};
use odograft_sdk::bindings::transform::effects::Rejection;

fn broken_text() -> String {
    // SAFETY: not upheld, on purpose: nothing reads the text before the host does.
    unsafe { String::from_utf8_unchecked(vec![b'n', 0xff, 0xfe]) }
}

mapping!(|batch: &[Entity]| {
    let map = |entity| {
        if is_boom(entity) {
            return Err(Rejection { code: "broken".into(), field: None, message: broken_text() });
        }
        Ok(outcome(entity))
    };
    batch.iter().map(map).collect()
});
