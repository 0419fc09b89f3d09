//! What a rule may depend on besides its record.

use crate::Instant;
use crate::bindings::transform::manifest;
use crate::module::{ModuleSpec, SettingSpec};

/// The migration's moment and the module's settings, the same for every record of a run.
#[derive(Clone, Debug)]
pub struct Context {
    /// What counts as past.
    pub as_of: Instant,
    settings: Vec<manifest::Setting>,
}

impl Context {
    /// The context of a call, with the module's defaults for what the host left out.
    #[must_use]
    pub fn new(module: &ModuleSpec, given: manifest::Context) -> Self {
        Self::with(module.settings(), given)
    }

    /// The context of a call, with the defaults of these settings for what the host left out.
    pub(crate) fn with(specs: impl Iterator<Item = &'static SettingSpec>, given: manifest::Context) -> Self {
        let mut settings = given.settings;
        for spec in specs {
            if !settings.iter().any(|s| s.name == spec.name) {
                settings.push(manifest::Setting { name: spec.name.to_owned(), value: spec.default.to_owned() });
            }
        }
        Self { as_of: Instant { seconds: given.as_of_seconds, nanoseconds: 0 }, settings }
    }

    /// A context for tests: this moment, defaults for every setting.
    #[must_use]
    pub fn at(module: &ModuleSpec, as_of_seconds: i64) -> Self {
        Self::new(module, manifest::Context { as_of_seconds, settings: Vec::new() })
    }

    /// A setting's value; empty for one that the module does not declare.
    #[must_use]
    pub fn setting(&self, name: &str) -> &str {
        self.settings.iter().find(|s| s.name == name).map_or("", |s| s.value.as_str())
    }
}
