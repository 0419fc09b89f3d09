//! The contracts that a module may speak, one type each.
#![expect(unsafe_code, reason = "functions are looked up for each call and checked once, when the module is loaded")]

use std::marker::PhantomData;

use odograft_records::bindings::transform::effects::{Outcome, Rejection};
use odograft_records::bindings::transform::manifest::{Context, Manifest, Setting, SettingError};
use odograft_records::image::Image;
use odograft_records::{Assemble, dent_o_soft, dentally, panda_perio, perio, practice_by_numbers, tabular};
use wasmtime::component::types::{Component, ComponentFunc};
use wasmtime::component::{ComponentExportIndex, Func, InstancePre, TypedFunc};
use wasmtime::{Result, Store, format_err};

use crate::earlier::{Version, WitFile};
use crate::lifting::Answers;
use crate::limits::Meter;
use crate::load::unversioned;
use crate::lowering::Batch;

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

pub(crate) mod sealed {
    use super::{Assemble, Image, WitFile};

    /// What the contracts differ in.
    pub trait Binding: Sized + Send + Sync + 'static {
        /// One record of a batch.
        type Record: Image + 'static;
        /// How staged rows become records.
        type Assembler: Assemble<Record = Self::Record>;
        /// The interface that the module must export, with its version.
        const EXPORT: &'static str;
        /// The packages of the contract, for naming what differs.
        const PACKAGES: &'static [WitFile];
    }
}

/// The packages of a contract: those that every source shares, and its own.
macro_rules! packages {
    ($($own:literal)+) => {
        &[
            ("transform/values.wit", include_str!("../../../wit/transform/values.wit")),
            ("transform/effects.wit", include_str!("../../../wit/transform/effects.wit")),
            ("transform/manifest.wit", include_str!("../../../wit/transform/manifest.wit")),
            $(($own, include_str!(concat!("../../../wit/", $own)))),+
        ]
    };
}

/// One type for each contract, and all of them as [`Package`]s.
macro_rules! contracts {
    ($($(#[$doc:meta])* $contract:ident: $package:literal, $export:literal, $($wit:literal)+, $assembler:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $contract;

            impl Contract for $contract {
                const PACKAGE: &'static str = $package;
            }

            impl sealed::Binding for $contract {
                type Record = <$assembler as Assemble>::Record;
                type Assembler = $assembler;
                const EXPORT: &'static str = $export;
                const PACKAGES: &'static [WitFile] = packages!($($wit)+);
            }
        )*

        /// Which contract a component speaks.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Package {
            $(
                $(#[$doc])*
                $contract,
            )*
        }

        /// The interfaces of all contracts, for telling a module of another contract apart.
        pub(crate) const EXPORTS: &[(Package, &str)] = &[$((Package::$contract, $export)),*];
    };
}

contracts! {
    /// Modules that map Dentally's records: world `mapper`.
    Dentally: "odograft:dentally", "odograft:dentally/mapping@0.1.0",
        "dentally/dentally.wit" "dentally/lists.wit" "dentally/care.wit" "dentally/money.wit", dentally::Assembler;
    /// Modules that map Dent-O-Soft's records: world `mapper`.
    DentOSoft: "odograft:dent-o-soft", "odograft:dent-o-soft/mapping@0.1.0", "dent-o-soft/dent-o-soft.wit", dent_o_soft::Assembler;
    /// Modules that map the records of Practice by Numbers: world `mapper`.
    PracticeByNumbers: "odograft:practice-by-numbers", "odograft:practice-by-numbers/mapping@0.1.0",
        "practice-by-numbers/practice-by-numbers.wit", practice_by_numbers::Assembler;
    /// Modules that map PANDA Perio's records: world `mapper`.
    PandaPerio: "odograft:panda-perio", "odograft:panda-perio/mapping@0.1.0", "panda-perio/panda-perio.wit", panda_perio::Assembler;
    /// Modules that map the rows of tables that a manifest declares: world `mapper`.
    Tabular: "odograft:tabular", "odograft:tabular/mapping@0.1.0", "tabular/tabular.wit", tabular::Assembler;
    /// Modules that flatten periodontal exams: world `flattener`.
    Perio: "odograft:perio", "odograft:perio/flattening@0.1.0", "perio/perio.wit", perio::Assembler;
}

/// The contract whose interface a component's bytes name among their exports.
#[must_use]
pub fn contract_of(bytes: &[u8]) -> Option<Package> {
    let names = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
    EXPORTS.iter().find(|(_, export)| names(&format!("{}@", unversioned(export)))).map(|(package, _)| *package)
}

type Describe<'a> = TypedFunc<(&'a [Setting],), (Declared,)>;
type Transform<'a, R> = TypedFunc<(&'a Context, &'a str, Batch<'a, R>), (Answers,)>;

/// A module whose functions have their contract's types, linked and ready to be instantiated.
pub(crate) struct Ready<C> {
    pre: InstancePre<Meter>,
    describe: ComponentExportIndex,
    transform: ComponentExportIndex,
    contract: PhantomData<C>,
}

impl<C: Contract> Ready<C> {
    /// Checks that a function of the interface has the contract's type.
    pub(crate) fn typecheck(function: &str, found: &ComponentFunc, component: &Component) -> Result<()> {
        match function {
            "describe" => found.typecheck::<(&[Setting],), (Declared,)>(&component.instance_type()),
            _ => found.typecheck::<(&Context, &str, Batch<'_, C::Record>), (Answers,)>(&component.instance_type()),
        }
    }

    /// Looks the functions up, whose types were checked.
    pub(crate) fn new(pre: InstancePre<Meter>) -> Result<Self> {
        let component = pre.component();
        let interface = component.get_export_index(None, C::EXPORT);
        let find = |name: &str| {
            let index = component.get_export_index(interface.as_ref(), name);
            index.ok_or_else(|| format_err!("the interface has no `{name}`"))
        };
        let (describe, transform) = (find("describe")?, find("transform")?);
        Ok(Self { pre, describe, transform, contract: PhantomData })
    }

    /// Instantiates and calls `describe`.
    pub(crate) fn describe(&self, store: &mut Store<Meter>, settings: &[Setting]) -> Result<Declared> {
        let function = self.function(store, &self.describe)?;
        // SAFETY: its type was checked when the module was loaded.
        let describe: Describe<'_> = unsafe { TypedFunc::new_unchecked(function) };
        describe.call(store, (settings,)).map(|(declared,)| declared)
    }

    /// Instantiates and calls `transform`.
    pub(crate) fn transform(
        &self,
        store: &mut Store<Meter>,
        context: &Context,
        texts: &str,
        batch: &[C::Record],
    ) -> Result<Returned> {
        let function = self.function(store, &self.transform)?;
        // SAFETY: its type was checked when the module was loaded.
        let transform: Transform<'_, C::Record> = unsafe { TypedFunc::new_unchecked(function) };
        transform.call(store, (context, texts, Batch(batch))).map(|(Answers(answers),)| answers)
    }

    fn function(&self, store: &mut Store<Meter>, index: &ComponentExportIndex) -> Result<Func> {
        let instance = self.pre.instantiate(&mut *store)?;
        instance.get_func(store, index).ok_or_else(|| format_err!("a function that was there when it was checked"))
    }
}
