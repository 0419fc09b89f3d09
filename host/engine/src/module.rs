//! A loaded module.

use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;

use odograft_records::Texts;
use odograft_records::bindings::transform::manifest::{Context, Manifest, Setting, SettingError};
use sha2::{Digest as _, Sha256};
use wasmtime::Store;

use crate::batch::{self, BatchReport};
use crate::contract::Contract;
use crate::earlier::{Speaker, Version};
use crate::engine::{Engine, TICK};
use crate::fault::Fault;
use crate::limits::{Limits, Meter};
use crate::load::{self, LoadError};

/// A module that was checked and compiled. Cheap to clone; calls may run on several threads at once.
pub struct Module<C: Contract> {
    loaded: Arc<Loaded<C>>,
}

struct Loaded<C: Contract> {
    engine: Engine,
    name: String,
    digest: String,
    limits: Limits,
    speaker: Speaker<C>,
}

/// What a module says it can do.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// Targets, fields, handovers and settings.
    pub manifest: Manifest,
    /// Fuel that it took to say so.
    pub fuel: u64,
}

/// The module does not say what it can do.
#[derive(Debug, thiserror::Error)]
pub enum DescribeError {
    /// It cannot work with a setting of the client's configuration, or with what lies below it.
    #[error("{}", unsuitable(.0))]
    Setting(SettingError),
    /// It failed.
    #[error("the module cannot be described: {0}")]
    Fault(#[from] Fault),
}

/// Where no setting is to blame, the error names none.
fn unsuitable(error: &SettingError) -> String {
    let SettingError { name, message } = error;
    if name.is_empty() {
        return format!("{message}; hint: correct the overlay, or lay it over the module that it was made for");
    }
    format!("setting `{name}` does not suit the module: {message}; hint: change it in the client's configuration")
}

impl<C: Contract> Clone for Module<C> {
    fn clone(&self) -> Self {
        Self { loaded: Arc::clone(&self.loaded) }
    }
}

impl<C: Contract> fmt::Debug for Module<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("name", &self.loaded.name)
            .field("contract", &C::PACKAGE)
            .field("digest", &self.loaded.digest)
            .finish_non_exhaustive()
    }
}

impl<C: Contract> Module<C> {
    /// Checks and compiles a component; with a cache, a second load of the same bytes compiles nothing.
    /// `name` is what reports call it.
    ///
    /// # Errors
    /// [`LoadError`] says what the module is refused for; a refused module never runs.
    pub fn load(engine: &Engine, name: &str, bytes: &[u8], limits: Limits) -> Result<Self, LoadError> {
        Self::load_speaking(engine, name, bytes, limits, C::EARLIER)
    }

    /// The same with these earlier versions of the contract instead of those that this build speaks.
    ///
    /// # Errors
    /// [`LoadError`] says what the module is refused for; a refused module never runs.
    pub fn load_speaking(
        engine: &Engine,
        name: &str,
        bytes: &[u8],
        limits: Limits,
        earlier: &[Version<C>],
    ) -> Result<Self, LoadError> {
        let speaker = load::load(engine, bytes, &limits, earlier)?;
        let digest = digest(bytes);
        let loaded = Loaded { engine: engine.clone(), name: name.to_owned(), digest, limits, speaker };
        Ok(Self { loaded: Arc::new(loaded) })
    }

    /// What reports call the module.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.loaded.name
    }

    /// SHA-256 of the module's bytes, in lower-case hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.loaded.digest
    }

    /// The interface that it speaks, with its version: `odograft:dentally/mapping@0.1.0`.
    #[must_use]
    pub fn interface(&self) -> &'static str {
        self.loaded.speaker.interface()
    }

    /// What each of its sandboxes may use.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.loaded.limits
    }

    /// Asks the module what it can do under these settings.
    ///
    /// # Errors
    /// When the module refuses a setting, or fails.
    pub fn describe(&self, settings: &[Setting]) -> Result<Described, DescribeError> {
        let (declared, fuel) = self.call(0, 0, |speaker, store| speaker.describe(store, settings))?;
        let manifest = declared.map_err(DescribeError::Setting)?;
        Ok(Described { manifest, fuel })
    }

    /// Runs a batch, whose text is in `texts`: one answer for each record, in order. `manifest` is what [`Module::describe`]
    /// said under the context's settings; answers are checked against it. A failure of the module
    /// costs the guilty records only. `texts` go into the sandbox whole with each part of the batch: give a record
    /// whose text may be too large a batch of its own.
    #[must_use]
    pub fn transform(&self, context: &Context, manifest: &Manifest, texts: &Texts, batch: &[C::Record]) -> BatchReport {
        batch::run(batch, texts, manifest, |records| {
            self.call(records.len(), texts.as_str().len(), |speaker, store| {
                store.data_mut().inert.set_moment(context.as_of_seconds);
                speaker.transform(store, context, texts.as_str(), records)
            })
        })
    }

    /// One call in a sandbox of its own, and the fuel that it used.
    fn call<T>(
        &self,
        records: usize,
        text: usize,
        run: impl FnOnce(&Speaker<C>, &mut Store<Meter>) -> wasmtime::Result<T>,
    ) -> Result<(T, u64), Fault> {
        let Loaded { engine, limits, speaker, .. } = &*self.loaded;
        let _slot = engine.sandbox_slot();
        let mut store = Store::new(engine.wasmtime(), Meter::new(limits));
        store.limiter(|meter| meter);
        store.set_hostcall_fuel(limits.returned_bytes);
        store.set_epoch_deadline(ticks(limits));
        let budget = limits.fuel(records, text);
        let result = store.set_fuel(budget).and_then(|()| run(speaker, &mut store));
        let fuel = budget.saturating_sub(store.get_fuel().unwrap_or(0));
        match result {
            Ok(value) => Ok((value, fuel)),
            Err(error) => Err(Fault::of_call(&error, store.data(), limits, fuel, budget)),
        }
    }
}

/// Ticks of the engine's clock until the call is interrupted: one more than the time has, because
/// the first may come at once.
fn ticks(limits: &Limits) -> u64 {
    let ticks = limits.wall_clock.as_nanos().div_ceil(TICK.as_nanos());
    u64::try_from(ticks).unwrap_or(u64::MAX / 2).saturating_add(1)
}

/// SHA-256 in lower-case hex: what reports, lock files and captures know a module's bytes by.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().fold(String::with_capacity(digest.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
