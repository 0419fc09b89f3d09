//! The contracts that a module may speak, one type each.

use odograft_records::bindings::transform::effects::{Outcome, Rejection};
use odograft_records::bindings::transform::manifest::{Context, Manifest, Setting, SettingError};
use odograft_records::bindings::{dentally, perio};
use wasmtime::component::InstancePre;
use wasmtime::component::types::{Component, ComponentFunc};
use wasmtime::{Result, Store};

use crate::earlier::{Version, WitFile};
use crate::limits::Meter;

/// What a module returns for each record.
pub(crate) type Returned = Vec<std::result::Result<Outcome, Rejection>>;
/// What a module returns when asked what it can do.
pub(crate) type Declared = std::result::Result<Manifest, SettingError>;

/// A source's typed contract: which records go in and which interface a module must export.
/// Sealed: the contracts are those in `wit/`.
pub trait Contract: sealed::Binding {
    /// The WIT package, as `odograft:dentally`.
    const PACKAGE: &'static str;
    /// Earlier versions that modules may still speak: the one before, once there is one.
    const EARLIER: &'static [Version<Self>] = &[];
}

/// Modules that map Dentally's records: package `odograft:dentally`, world `mapper`.
#[derive(Debug, Clone, Copy)]
pub struct Dentally;

/// Modules that flatten periodontal exams: package `odograft:perio`, world `flattener`.
#[derive(Debug, Clone, Copy)]
pub struct Perio;

impl Contract for Dentally {
    const PACKAGE: &'static str = "odograft:dentally";
}

impl Contract for Perio {
    const PACKAGE: &'static str = "odograft:perio";
}

/// The interfaces of all contracts, for telling a module of another contract apart.
pub(crate) const EXPORTS: [&str; 2] = [<Dentally as sealed::Binding>::EXPORT, <Perio as sealed::Binding>::EXPORT];

pub(crate) mod sealed {
    use super::{
        Component, ComponentFunc, Context, Declared, InstancePre, Meter, Result, Returned, Setting, Store, WitFile,
    };

    /// The generated bindings of one contract.
    pub trait Binding: Sized + Send + Sync + 'static {
        /// One record of a batch.
        type Record: Send + Sync + 'static;
        /// The module, linked and ready to be instantiated.
        type Ready: Send + Sync + 'static;
        /// The interface that the module must export, with its version.
        const EXPORT: &'static str;
        /// The packages of the contract, for naming what differs.
        const PACKAGES: &'static [WitFile];

        /// Checks that a function of the interface has the contract's type.
        fn typecheck(function: &str, found: &ComponentFunc, component: &Component) -> Result<()>;
        /// Looks the functions up.
        fn ready(pre: InstancePre<Meter>) -> Result<Self::Ready>;
        /// Instantiates and calls `describe`.
        fn describe(ready: &Self::Ready, store: &mut Store<Meter>, settings: &[Setting]) -> Result<Declared>;
        /// Instantiates and calls `transform`.
        fn transform(
            ready: &Self::Ready,
            store: &mut Store<Meter>,
            context: &Context,
            texts: &str,
            batch: &[Self::Record],
        ) -> Result<Returned>;
    }
}

/// The generated bindings of a contract differ in their names only.
macro_rules! binding {
    ($contract:ident: $export:literal, $wit:literal, $ready:ty, $record:ty, $interface:ident) => {
        impl sealed::Binding for $contract {
            type Record = $record;
            type Ready = $ready;
            const EXPORT: &'static str = $export;
            const PACKAGES: &'static [WitFile] = &[
                ("transform/values.wit", include_str!("../../../wit/transform/values.wit")),
                ("transform/effects.wit", include_str!("../../../wit/transform/effects.wit")),
                ("transform/manifest.wit", include_str!("../../../wit/transform/manifest.wit")),
                ($wit, include_str!(concat!("../../../wit/", $wit))),
            ];

            fn typecheck(function: &str, found: &ComponentFunc, component: &Component) -> Result<()> {
                // Alike in every contract but for the record.
                match function {
                    "describe" => found.typecheck::<(&[Setting],), (Declared,)>(&component.instance_type()),
                    _ => found.typecheck::<(&Context, &str, &[Self::Record]), (Returned,)>(&component.instance_type()),
                }
            }

            fn ready(pre: InstancePre<Meter>) -> Result<Self::Ready> {
                <$ready>::new(pre)
            }

            fn describe(ready: &Self::Ready, store: &mut Store<Meter>, settings: &[Setting]) -> Result<Declared> {
                ready.instantiate(&mut *store)?.$interface().call_describe(store, settings)
            }

            fn transform(
                ready: &Self::Ready,
                store: &mut Store<Meter>,
                context: &Context,
                texts: &str,
                batch: &[Self::Record],
            ) -> Result<Returned> {
                ready.instantiate(&mut *store)?.$interface().call_transform(store, context, texts, batch)
            }
        }
    };
}

binding!(Dentally: "odograft:dentally/mapping@0.1.0", "dentally/dentally.wit", dentally::MapperPre<Meter>, dentally::records::Entity, odograft_dentally_mapping);
binding!(Perio: "odograft:perio/flattening@0.1.0", "perio/perio.wit", perio::FlattenerPre<Meter>, perio::records::Exam, odograft_perio_flattening);
