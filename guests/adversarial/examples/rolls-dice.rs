//! Asks for random numbers, so that two runs may differ.

use odograft_guest_adversarial::{mapping, outcome, saw, sdk::bindings::dentally::records::Entity};

mod dice {
    wit_bindgen::generate!({
        inline: "
            package odograft:escape;
            world escape {
                import wasi:random/random@0.2.0;
                import wasi:random/insecure-seed@0.2.0;
            }
            package wasi:random@0.2.0 {
                interface random {
                    get-random-bytes: func(len: u64) -> list<u8>;
                    get-random-u64: func() -> u64;
                }
                interface insecure-seed {
                    insecure-seed: func() -> tuple<u64, u64>;
                }
            }
        ",
        generate_all,
    });
}

fn attempt() -> String {
    use dice::wasi::random::{insecure_seed::insecure_seed, random};

    format!("{:?} {} {:?}", random::get_random_bytes(4), random::get_random_u64(), insecure_seed())
}

mapping!(|batch: &[Entity]| {
    let seen = attempt();
    batch.iter().map(|entity| Ok(saw(outcome(entity), &seen))).collect()
});
