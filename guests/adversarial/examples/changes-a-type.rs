//! Exports the right interface and version with another type inside.
#![cfg_attr(target_arch = "wasm32", expect(unsafe_code, reason = "generated: the canonical ABI is raw pointers"))]

mod contract {
    wit_bindgen::generate!({
        inline: "
            package odograft:dentally@0.1.0;
            interface mapping {
                describe: func() -> string;
                transform: func(batch: list<string>) -> list<string>;
            }
            world mapper {
                export mapping;
            }
        ",
    });
}

/// The module.
pub struct Module;

impl contract::exports::odograft::dentally::mapping::Guest for Module {
    fn describe() -> String {
        "changed".into()
    }

    fn transform(batch: Vec<String>) -> Vec<String> {
        batch
    }
}

#[cfg(target_arch = "wasm32")]
contract::export!(Module with_types_in contract);
