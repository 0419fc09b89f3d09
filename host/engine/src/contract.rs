//! The contracts that a module may speak, one type each.
#![expect(unsafe_code, reason = "functions are looked up for each call and checked once, when the module is loaded")]

use std::marker::PhantomData;

use odograft_records::bindings::transform::effects::{Outcome, Rejection};
use odograft_records::bindings::transform::manifest::{Context, Manifest, Setting, SettingError};
use odograft_records::bindings::{dentally, perio};
use odograft_records::image::Image;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{ComponentExportIndex, Func, InstancePre, TypedFunc};
use wasmtime::{Result, Store, format_err};

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
    use super::Image;

    /// What the contracts differ in.
    pub trait Binding: Sized + Send + Sync + 'static {
        /// One record of a batch.
        type Record: Image + 'static;
        /// The interface that the module must export, with its version.
        const EXPORT: &'static str;
    }
}

impl sealed::Binding for Dentally {
    type Record = dentally::records::Entity;
    const EXPORT: &'static str = "odograft:dentally/mapping@0.1.0";
}

impl sealed::Binding for Perio {
    type Record = perio::records::Exam;
    const EXPORT: &'static str = "odograft:perio/flattening@0.1.0";
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
    /// # Errors
    /// The function that is missing or has another type, and what is wrong with it.
    pub(crate) fn new(pre: InstancePre<Meter>) -> std::result::Result<Self, (&'static str, String)> {
        let component = pre.component();
        let ty = component.component_type();
        let interface = component.get_export_index(None, C::EXPORT);
        let find = |name: &'static str, check: &dyn Fn(&ComponentFunc) -> Result<()>| match component
            .get_export(interface.as_ref(), name)
        {
            Some((ComponentItem::ComponentFunc(found), index)) => match check(&found) {
                Ok(()) => Ok(index),
                Err(error) => Err((name, format!("{error:#}"))),
            },
            _ => Err((name, "it is missing".to_owned())),
        };
        let describe = find("describe", &|found| found.typecheck::<(&[Setting],), (Declared,)>(&ty.instance_type()))?;
        let transform = find("transform", &|found| {
            found.typecheck::<(&Context, &str, Batch<'_, C::Record>), (Answers,)>(&ty.instance_type())
        })?;
        Ok(Self { pre, describe, transform, contract: PhantomData })
    }

    /// Instantiates and calls `describe`.
    pub(crate) fn describe(&self, store: &mut Store<Meter>, settings: &[Setting]) -> Result<Declared> {
        let function = self.function(store, &self.describe)?;
        // SAFETY: `new` has checked its type.
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
        // SAFETY: `new` has checked its type.
        let transform: Transform<'_, C::Record> = unsafe { TypedFunc::new_unchecked(function) };
        transform.call(store, (context, texts, Batch(batch))).map(|(Answers(answers),)| answers)
    }

    fn function(&self, store: &mut Store<Meter>, index: &ComponentExportIndex) -> Result<Func> {
        let instance = self.pre.instantiate(&mut *store)?;
        instance.get_func(store, index).ok_or_else(|| format_err!("a function that was there when it was checked"))
    }
}
