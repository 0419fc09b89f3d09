//! What a rule may depend on besides its record.

use crate::Instant;
use crate::bindings::transform::manifest;
use crate::extras::{self, EXTRAS, Extra};
use crate::module::{ModuleSpec, SettingSpec};
use crate::target::TargetSpec;

/// The migration's moment and the module's settings, the same for every record of a run.
#[derive(Clone, Debug)]
pub struct Context {
    /// What counts as past.
    pub as_of: Instant,
    settings: Vec<manifest::Setting>,
    extras: Vec<Extra>,
}

impl Context {
    /// The context of a call, with the module's defaults for what the host left out.
    #[must_use]
    pub fn new(module: &ModuleSpec, given: manifest::Context) -> Self {
        let mut context = Self::with(module.settings(), given);
        // `describe` has refused what cannot be read.
        context.extras = extras::read(module, context.setting(EXTRAS.name())).unwrap_or_default();
        context
    }

    /// The context of a call, with the defaults of these settings for what the host left out.
    pub(crate) fn with(specs: impl Iterator<Item = &'static SettingSpec>, given: manifest::Context) -> Self {
        let mut settings = given.settings;
        for spec in specs {
            if !settings.iter().any(|s| s.name == spec.name) {
                settings.push(manifest::Setting { name: spec.name.to_owned(), value: spec.default.to_owned() });
            }
        }
        let as_of = Instant { seconds: given.as_of_seconds, nanoseconds: 0 };
        Self { as_of, settings, extras: Vec::new() }
    }

    /// A context for tests: this moment, defaults for every setting.
    #[must_use]
    pub fn at(module: &ModuleSpec, as_of_seconds: i64) -> Self {
        Self::new(module, manifest::Context { as_of_seconds, settings: Vec::new() })
    }

    /// The same with another value for a setting; for tests.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.retain(|setting| setting.name != name);
        self.settings.push(manifest::Setting { name: name.to_owned(), value: value.to_owned() });
        self
    }

    /// A setting's value; empty for one that the module does not declare.
    #[must_use]
    pub fn setting(&self, name: &str) -> &str {
        self.settings.iter().find(|s| s.name == name).map_or("", |s| s.value.as_str())
    }

    /// The practice's own columns that a target takes.
    pub(crate) fn extras(&self, target: &'static TargetSpec) -> impl Iterator<Item = &Extra> {
        self.extras.iter().filter(move |extra| core::ptr::eq(extra.target, target))
    }
}
