//! Wants a function that is no part of WASI: no configuration grants it.

use odograft_guest_adversarial::{mapping, outcome, saw, sdk::bindings::dentally::records::Entity};

mod shell {
    wit_bindgen::generate!({
        inline: "
            package odograft:escape;
            world escape {
                import host:shell/run@1.0.0;
            }
            package host:shell@1.0.0 {
                interface run {
                    run: func(command: string) -> string;
                }
            }
        ",
        generate_all,
    });
}

fn attempt() -> String {
    shell::host::shell::run::run("id")
}

mapping!(|batch: &[Entity]| {
    let seen = attempt();
    batch.iter().map(|entity| Ok(saw(outcome(entity), &seen))).collect()
});
