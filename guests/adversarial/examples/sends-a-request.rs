//! Sends records away by HTTP.

use odograft_guest_adversarial::{mapping, outcome, saw, sdk::bindings::dentally::records::Entity};

mod http {
    wit_bindgen::generate!({
        inline: "
            package odograft:escape;
            world escape {
                import wasi:http/outgoing-handler@0.2.0;
            }
            package wasi:http@0.2.0 {
                interface outgoing-handler {
                    handle: func(request: string) -> string;
                }
            }
        ",
        generate_all,
    });
}

fn attempt() -> String {
    http::wasi::http::outgoing_handler::handle("https://example.invalid")
}

mapping!(|batch: &[Entity]| {
    let seen = attempt();
    batch.iter().map(|entity| Ok(saw(outcome(entity), &seen))).collect()
});
