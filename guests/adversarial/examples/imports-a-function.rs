//! Wants to know the time, from a host that offers nothing.

use odograft_guest_adversarial::{mapping, outcome, sdk::bindings::dentally::records::Entity};
use odograft_sdk::bindings::transform::effects::{Finding, Severity};

mod clock {
    wit_bindgen::generate!({
        inline: "
            package wasi:clocks@0.2.0;
            interface wall-clock {
                now: func() -> u64;
            }
            world clock {
                import wall-clock;
            }
        ",
    });
}

mapping!(|batch: &[Entity]| {
    let map = |entity| {
        let mut outcome = outcome(entity);
        let message = format!("mapped at {}", clock::wasi::clocks::wall_clock::now());
        outcome.findings.push(Finding { severity: Severity::Info, code: "time".into(), field: None, message });
        Ok(outcome)
    };
    batch.iter().map(map).collect()
});
