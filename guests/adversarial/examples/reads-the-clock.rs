//! Looks at both clocks, so that two runs may differ, and sleeps.

use odograft_guest_adversarial::{mapping, outcome, saw, sdk::bindings::dentally::records::Entity};

mod clocks {
    wit_bindgen::generate!({
        inline: "
            package odograft:escape;
            world escape {
                import wasi:clocks/wall-clock@0.2.0;
                import wasi:clocks/monotonic-clock@0.2.0;
            }
            package wasi:io@0.2.0 {
                interface poll {
                    resource pollable {
                        block: func();
                        ready: func() -> bool;
                    }
                }
            }
            package wasi:clocks@0.2.0 {
                interface wall-clock {
                    record datetime { seconds: u64, nanoseconds: u32 }
                    now: func() -> datetime;
                }
                interface monotonic-clock {
                    use wasi:io/poll@0.2.0.{pollable};
                    now: func() -> u64;
                    subscribe-duration: func(when: u64) -> pollable;
                }
            }
        ",
        generate_all,
    });
}

fn attempt() -> String {
    use clocks::wasi::clocks::{monotonic_clock, wall_clock};

    let (moment, start) = (wall_clock::now(), monotonic_clock::now());
    // An hour.
    let wait = monotonic_clock::subscribe_duration(3_600_000_000_000);
    let early = wait.ready();
    wait.block();
    let waited = (monotonic_clock::now() - start) / 1_000_000;
    format!("{} s {} ns, then {waited} ms, ready at once: {early}", moment.seconds, moment.nanoseconds)
}

mapping!(|batch: &[Entity]| {
    let seen = attempt();
    batch.iter().map(|entity| Ok(saw(outcome(entity), &seen))).collect()
});
