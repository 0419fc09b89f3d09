//! Speaks a later version of the contract than this host.
#![cfg_attr(target_arch = "wasm32", expect(unsafe_code, reason = "generated: the canonical ABI is raw pointers"))]

mod contract {
    wit_bindgen::generate!({
        inline: "
            package odograft:dentally@0.2.0;
            interface mapping {
                describe: func() -> string;
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
        "later".into()
    }
}

#[cfg(target_arch = "wasm32")]
contract::export!(Module with_types_in contract);
