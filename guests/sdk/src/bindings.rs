//! Nothing but `generate!`: a guest's side of every package in `wit/`.
#![expect(missing_docs, reason = "generated from `wit/`, which documents every item")]

/// Package `odograft:transform`: the types that every source's interface shares.
pub mod transform {
    wit_bindgen::generate!({
        world: "odograft:transform/types",
        path: "../../wit/transform",
        generate_unused_types: true,
        generate_all,
        additional_derives: [PartialEq],
        // Equal by what they read, not by where it stands: `texts.rs`.
        additional_derives_ignore: ["span", "text"],
    });
    pub use odograft::transform::{effects, manifest, values};
}

/// Package `odograft:dentally`.
pub mod dentally {
    wit_bindgen::generate!({
        world: "odograft:dentally/mapper",
        path: ["../../wit/transform", "../../wit/dentally"],
        pub_export_macro: true,
        export_macro_name: "export_mapper",
        default_bindings_module: "odograft_sdk::bindings::dentally",
        additional_derives: [PartialEq],
        with: {
            "odograft:transform/values@0.1.0": crate::bindings::transform::values,
            "odograft:transform/effects@0.1.0": crate::bindings::transform::effects,
            "odograft:transform/manifest@0.1.0": crate::bindings::transform::manifest,
        },
        generate_all,
    });
    pub use exports::odograft::dentally::mapping;
    pub use odograft::dentally::{care, lists, money, records};
}

/// The mapping of Dentally's records that lies below an overlay: what world `overlay` imports. Its exports are those of
/// [`dentally`].
pub mod dentally_below {
    wit_bindgen::generate!({
        inline: "package odograft:below; world dentally { import odograft:dentally/mapping@0.1.0; }",
        path: ["../../wit/transform", "../../wit/dentally"],
        with: {
            "odograft:transform/values@0.1.0": crate::bindings::transform::values,
            "odograft:transform/effects@0.1.0": crate::bindings::transform::effects,
            "odograft:transform/manifest@0.1.0": crate::bindings::transform::manifest,
            "odograft:dentally/lists@0.1.0": crate::bindings::dentally::lists,
            "odograft:dentally/care@0.1.0": crate::bindings::dentally::care,
            "odograft:dentally/money@0.1.0": crate::bindings::dentally::money,
            "odograft:dentally/records@0.1.0": crate::bindings::dentally::records,
        },
        generate_all,
    });
    pub use odograft::dentally::mapping;
}

/// Package `odograft:dent-o-soft`.
pub mod dent_o_soft {
    wit_bindgen::generate!({
        // A world named `mapper` would have the export macro of another package.
        inline: "package odograft:sdk; world dent-o-soft-mapper { export odograft:dent-o-soft/mapping@0.1.0; }",
        path: ["../../wit/transform", "../../wit/dent-o-soft"],
        pub_export_macro: true,
        export_macro_name: "export_dent_o_soft_mapper",
        default_bindings_module: "odograft_sdk::bindings::dent_o_soft",
        additional_derives: [PartialEq],
        with: {
            "odograft:transform/values@0.1.0": crate::bindings::transform::values,
            "odograft:transform/effects@0.1.0": crate::bindings::transform::effects,
            "odograft:transform/manifest@0.1.0": crate::bindings::transform::manifest,
        },
        generate_all,
    });
    pub use exports::odograft::dent_o_soft::mapping;
    pub use odograft::dent_o_soft::records;
}

/// Package `odograft:practice-by-numbers`.
pub mod practice_by_numbers {
    wit_bindgen::generate!({
        // A world named `mapper` would have the export macro of another package.
        inline: "package odograft:sdk; world practice-by-numbers-mapper { export odograft:practice-by-numbers/mapping@0.1.0; }",
        path: ["../../wit/transform", "../../wit/practice-by-numbers"],
        pub_export_macro: true,
        export_macro_name: "export_practice_by_numbers_mapper",
        default_bindings_module: "odograft_sdk::bindings::practice_by_numbers",
        additional_derives: [PartialEq],
        with: {
            "odograft:transform/values@0.1.0": crate::bindings::transform::values,
            "odograft:transform/effects@0.1.0": crate::bindings::transform::effects,
            "odograft:transform/manifest@0.1.0": crate::bindings::transform::manifest,
        },
        generate_all,
    });
    pub use exports::odograft::practice_by_numbers::mapping;
    pub use odograft::practice_by_numbers::records;
}

/// Package `odograft:panda-perio`.
pub mod panda_perio {
    wit_bindgen::generate!({
        // A world named `mapper` would have the export macro of another package.
        inline: "package odograft:sdk; world panda-perio-mapper { export odograft:panda-perio/mapping@0.1.0; }",
        path: ["../../wit/transform", "../../wit/panda-perio"],
        pub_export_macro: true,
        export_macro_name: "export_panda_perio_mapper",
        default_bindings_module: "odograft_sdk::bindings::panda_perio",
        additional_derives: [PartialEq],
        with: {
            "odograft:transform/values@0.1.0": crate::bindings::transform::values,
            "odograft:transform/effects@0.1.0": crate::bindings::transform::effects,
            "odograft:transform/manifest@0.1.0": crate::bindings::transform::manifest,
        },
        generate_all,
    });
    pub use exports::odograft::panda_perio::mapping;
    pub use odograft::panda_perio::records;
}

/// Package `odograft:tabular`.
pub mod tabular {
    wit_bindgen::generate!({
        // A world named `mapper` would have the export macro of another package.
        inline: "package odograft:sdk; world tabular-mapper { export odograft:tabular/mapping@0.1.0; }",
        path: ["../../wit/transform", "../../wit/tabular"],
        pub_export_macro: true,
        export_macro_name: "export_tabular_mapper",
        default_bindings_module: "odograft_sdk::bindings::tabular",
        additional_derives: [PartialEq],
        with: {
            "odograft:transform/values@0.1.0": crate::bindings::transform::values,
            "odograft:transform/effects@0.1.0": crate::bindings::transform::effects,
            "odograft:transform/manifest@0.1.0": crate::bindings::transform::manifest,
        },
        generate_all,
    });
    pub use exports::odograft::tabular::mapping;
    pub use odograft::tabular::records;
}

/// Package `odograft:perio`.
pub mod perio {
    wit_bindgen::generate!({
        world: "odograft:perio/flattener",
        path: ["../../wit/transform", "../../wit/perio"],
        pub_export_macro: true,
        export_macro_name: "export_flattener",
        default_bindings_module: "odograft_sdk::bindings::perio",
        additional_derives: [PartialEq],
        with: {
            "odograft:transform/values@0.1.0": crate::bindings::transform::values,
            "odograft:transform/effects@0.1.0": crate::bindings::transform::effects,
            "odograft:transform/manifest@0.1.0": crate::bindings::transform::manifest,
        },
        generate_all,
    });
    pub use exports::odograft::perio::flattening;
    pub use odograft::perio::records;
}

/// The flattening rule that lies below an overlay: what world `overlay` imports. Its exports are those of [`perio`].
pub mod perio_below {
    wit_bindgen::generate!({
        inline: "package odograft:below; world perio { import odograft:perio/flattening@0.1.0; }",
        path: ["../../wit/transform", "../../wit/perio"],
        with: {
            "odograft:transform/values@0.1.0": crate::bindings::transform::values,
            "odograft:transform/effects@0.1.0": crate::bindings::transform::effects,
            "odograft:transform/manifest@0.1.0": crate::bindings::transform::manifest,
            "odograft:perio/records@0.1.0": crate::bindings::perio::records,
        },
        generate_all,
    });
    pub use odograft::perio::flattening;
}
