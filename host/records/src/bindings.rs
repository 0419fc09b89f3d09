//! Nothing but `bindgen!`: the host's side of every package in `wit/`.
#![expect(missing_docs, reason = "generated from `wit/`, which documents every item")]

/// Package `odograft:transform`: the types that every source's interface shares.
pub mod transform {
    wasmtime::component::bindgen!({
        world: "odograft:transform/types",
        path: "../../wit/transform",
        additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    });
    pub use odograft::transform::{effects, manifest, values};
}

/// Package `odograft:dentally`.
pub mod dentally {
    wasmtime::component::bindgen!({
        world: "odograft:dentally/mapper",
        path: ["../../wit/transform", "../../wit/dentally"],
        additional_derives: [PartialEq],
        with: {
            "odograft:transform/values@0.1.0": super::transform::values,
            "odograft:transform/effects@0.1.0": super::transform::effects,
            "odograft:transform/manifest@0.1.0": super::transform::manifest,
        },
    });
    pub use odograft::dentally::records;
}

/// Package `odograft:perio`.
pub mod perio {
    wasmtime::component::bindgen!({
        world: "odograft:perio/flattener",
        path: ["../../wit/transform", "../../wit/perio"],
        additional_derives: [PartialEq],
        with: {
            "odograft:transform/values@0.1.0": super::transform::values,
            "odograft:transform/effects@0.1.0": super::transform::effects,
            "odograft:transform/manifest@0.1.0": super::transform::manifest,
        },
    });
    pub use odograft::perio::records;
}

/// Package `odograft:dent-o-soft`.
pub mod dent_o_soft {
    wasmtime::component::bindgen!({
        world: "odograft:dent-o-soft/mapper",
        path: ["../../wit/transform", "../../wit/dent-o-soft"],
        additional_derives: [PartialEq],
        with: {
            "odograft:transform/values@0.1.0": super::transform::values,
            "odograft:transform/effects@0.1.0": super::transform::effects,
            "odograft:transform/manifest@0.1.0": super::transform::manifest,
        },
    });
    pub use odograft::dent_o_soft::records;
}

/// Package `odograft:practice-by-numbers`.
pub mod practice_by_numbers {
    wasmtime::component::bindgen!({
        world: "odograft:practice-by-numbers/mapper",
        path: ["../../wit/transform", "../../wit/practice-by-numbers"],
        additional_derives: [PartialEq],
        with: {
            "odograft:transform/values@0.1.0": super::transform::values,
            "odograft:transform/effects@0.1.0": super::transform::effects,
            "odograft:transform/manifest@0.1.0": super::transform::manifest,
        },
    });
    pub use odograft::practice_by_numbers::records;
}

/// Package `odograft:panda-perio`.
pub mod panda_perio {
    wasmtime::component::bindgen!({
        world: "odograft:panda-perio/mapper",
        path: ["../../wit/transform", "../../wit/panda-perio"],
        additional_derives: [PartialEq],
        with: {
            "odograft:transform/values@0.1.0": super::transform::values,
            "odograft:transform/effects@0.1.0": super::transform::effects,
            "odograft:transform/manifest@0.1.0": super::transform::manifest,
        },
    });
    pub use odograft::panda_perio::records;
}

/// Package `odograft:tabular`.
pub mod tabular {
    wasmtime::component::bindgen!({
        world: "odograft:tabular/mapper",
        path: ["../../wit/transform", "../../wit/tabular"],
        additional_derives: [PartialEq],
        with: {
            "odograft:transform/values@0.1.0": super::transform::values,
            "odograft:transform/effects@0.1.0": super::transform::effects,
            "odograft:transform/manifest@0.1.0": super::transform::manifest,
        },
    });
    pub use odograft::tabular::records;
}
