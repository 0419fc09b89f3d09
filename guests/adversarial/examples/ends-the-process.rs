//! Ends the process that it runs in.

use odograft_guest_adversarial::{mapping, outcome, saw, sdk::bindings::dentally::records::Entity};

mod exit {
    wit_bindgen::generate!({
        inline: "
            package odograft:escape;
            world escape {
                import wasi:cli/exit@0.2.0;
            }
            package wasi:cli@0.2.0 {
                interface exit {
                    exit: func(status: result);
                }
            }
        ",
        generate_all,
    });
}

fn attempt() -> String {
    exit::wasi::cli::exit::exit(Err(()));
    "still here".into()
}

mapping!(|batch: &[Entity]| {
    let seen = attempt();
    batch.iter().map(|entity| Ok(saw(outcome(entity), &seen))).collect()
});
