//! The contracts that a module may speak, one type each.
#![expect(unsafe_code, reason = "functions are looked up for each call and checked once, when the module is loaded")]

use std::marker::PhantomData;

use odograft_records::bindings::transform::effects::{Outcome, Rejection};
use odograft_records::bindings::transform::manifest::{Context, Manifest, Setting, SettingError};
use odograft_records::bindings::{dentally, perio};
use odograft_records::image::Image;
use wasmtime::component::types::{Component, ComponentFunc};
use wasmtime::component::{ComponentExportIndex, Func, InstancePre, TypedFunc};
use wasmtime::{Result, Store, format_err};

use crate::earlier::{Version, WitFile};
use crate::lifting::Answers;
use crate::limits::Meter;
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
    use super::{Image, WitFile};

    /// What the contracts differ in.
    pub trait Binding: Sized + Send + Sync + 'static {
        /// One record of a batch.
        type Record: Image + 'static;
        /// The interface that the module must export, with its version.
        const EXPORT: &'static str;
        /// The packages of the contract, for naming what differs.
        const PACKAGES: &'static [WitFile];
    }
}

/// The packages of a contract: those that every source shares, and its own.
macro_rules! packages {
    ($own:literal) => {
        &[
            ("transform/values.wit", include_str!("../../../wit/transform/values.wit")),
            ("transform/effects.wit", include_str!("../../../wit/transform/effects.wit")),
            ("transform/manifest.wit", include_str!("../../../wit/transform/manifest.wit")),
            ($own, include_str!(concat!("../../../wit/", $own))),
        ]
    };
}

impl sealed::Binding for Dentally {
    type Record = dentally::records::Entity;
    const EXPORT: &'static str = "odograft:dentally/mapping@0.1.0";
    const PACKAGES: &'static [WitFile] = packages!("dentally/dentally.wit");
}

impl sealed::Binding for Perio {
    type Record = perio::records::Exam;
    const EXPORT: &'static str = "odograft:perio/flattening@0.1.0";
    const PACKAGES: &'static [WitFile] = packages!("perio/perio.wit");
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
