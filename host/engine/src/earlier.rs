//! The contract's earlier version, kept alive by conversion: a module that was built against it goes on running.
//!
//! A version that was released stays as a folder of WIT that never changes. Beside it stand its bindings, `From`
//! conversions between its types and today's, and one [`Version`] that names the interface. [`Contract::EARLIER`] lists
//! those that this build speaks. Records go down into the older types, answers come up into today's; all that follows
//! (checks, halving, limits, captures) sees today's types only.
//!
//! [`Contract::EARLIER`]: crate::Contract::EARLIER

use odograft_records::bindings::transform::effects::{Outcome, Rejection};
use odograft_records::bindings::transform::manifest::{Context, Manifest, Setting, SettingError};
use wasmtime::component::InstancePre;
use wasmtime::component::types::{Component, ComponentFunc};
use wasmtime::{Result, Store};

use crate::contract::{Contract, Declared, Ready, Returned};
use crate::limits::Meter;

/// A module that speaks an earlier version of the contract, seen through conversions.
pub trait Earlier<C: Contract>: Send + Sync {
    /// Instantiates and calls `describe`.
    ///
    /// # Errors
    /// What the runtime stopped the module for.
    fn describe(
        &self,
        store: &mut Store<Meter>,
        settings: &[Setting],
    ) -> Result<std::result::Result<Manifest, SettingError>>;

    /// Instantiates and calls `transform`: one answer for each record, in order.
    ///
    /// # Errors
    /// What the runtime stopped the module for.
    fn transform(
        &self,
        store: &mut Store<Meter>,
        context: &Context,
        texts: &str,
        batch: &[C::Record],
    ) -> Result<Vec<std::result::Result<Outcome, Rejection>>>;
}

/// A file of WIT: its path below `wit/`, and its text. Packages stand together, what they use before them.
pub type WitFile = (&'static str, &'static str);

/// One earlier version of a contract.
pub struct Version<C: Contract> {
    /// The interface that a module of this version exports, as `odograft:dentally/mapping@0.0.9`.
    pub interface: &'static str,
    /// The released packages, for naming what differs.
    pub wit: &'static [WitFile],
    /// Checks that a function of the interface has this version's type.
    pub typecheck: fn(function: &str, found: &ComponentFunc, component: &Component) -> Result<()>,
    /// Wraps a module of this version.
    pub wrap: Wrap<C>,
}

/// Makes a loaded component speak today's types.
pub type Wrap<C> = fn(InstancePre<Meter>) -> Result<Box<dyn Earlier<C>>>;

/// How a loaded module is spoken to.
pub(crate) enum Speaker<C: Contract> {
    Current(Ready<C>),
    Earlier { interface: &'static str, module: Box<dyn Earlier<C>> },
}

impl<C: Contract> Speaker<C> {
    /// The interface that the module exports, with its version.
    pub(crate) fn interface(&self) -> &'static str {
        match self {
            Self::Current(_) => C::EXPORT,
            Self::Earlier { interface, .. } => interface,
        }
    }

    pub(crate) fn describe(&self, store: &mut Store<Meter>, settings: &[Setting]) -> Result<Declared> {
        match self {
            Self::Current(ready) => ready.describe(store, settings),
            Self::Earlier { module, .. } => module.describe(store, settings),
        }
    }

    pub(crate) fn transform(
        &self,
        store: &mut Store<Meter>,
        context: &Context,
        texts: &str,
        batch: &[C::Record],
    ) -> Result<Returned> {
        match self {
            Self::Current(ready) => ready.transform(store, context, texts, batch),
            Self::Earlier { module, .. } => module.transform(store, context, texts, batch),
        }
    }
}
