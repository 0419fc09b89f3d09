//! What a rule may depend on besides its record.

use core::cell::OnceCell;

use crate::bindings::transform::manifest;
use crate::extras::{self, EXTRAS, Extra};
use crate::module::{ModuleSpec, SettingSpec};
use crate::target::TargetSpec;
use crate::{Instant, Json};

/// The migration's moment and the module's settings, the same for every record of a run.
#[derive(Clone, Debug)]
pub struct Context {
    /// What counts as past.
    pub as_of: Instant,
    settings: Vec<Setting>,
    extras: Vec<Extra>,
}

/// A setting with its value; its JSON is read when a rule first asks for it.
#[derive(Clone, Debug)]
struct Setting {
    name: String,
    value: String,
    json: OnceCell<Json>,
}

impl Setting {
    fn new(name: &str, value: String) -> Self {
        Self { name: name.to_owned(), value, json: OnceCell::new() }
    }
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
        let mut settings: Vec<_> = given.settings.into_iter().map(|s| Setting::new(&s.name, s.value)).collect();
        for spec in specs {
            if !settings.iter().any(|s| s.name == spec.name) {
                settings.push(Setting::new(spec.name, spec.default.to_owned()));
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
        self.settings.push(Setting::new(name, value.to_owned()));
        self
    }

    /// A setting's value; empty for one that the module does not declare.
    #[must_use]
    pub fn setting(&self, name: &str) -> &str {
        self.settings.iter().find(|s| s.name == name).map_or("", |s| s.value.as_str())
    }

    /// A setting's value as JSON, read once in a call; null for one that the module does not declare.
    #[must_use]
    pub fn json(&self, name: &str) -> &Json {
        let setting = self.settings.iter().find(|s| s.name == name);
        // `describe` has refused what cannot be read.
        setting.map_or(&Json::Null, |s| s.json.get_or_init(|| serde_json::from_str(&s.value).unwrap_or_default()))
    }

    /// The practice's own columns that a target takes.
    pub(crate) fn extras(&self, target: &'static TargetSpec) -> impl Iterator<Item = &Extra> {
        self.extras.iter().filter(move |extra| core::ptr::eq(extra.target, target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_of_json_is_read_once_and_after_a_change_again() {
        let context = Context::at(&ModuleSpec::EMPTY, 0).set("lists", r#"{"plan": {"9": "NHS"}}"#);
        let read = context.json("lists");
        assert_eq!(read["plan"]["9"], "NHS");
        assert!(core::ptr::eq(read, context.json("lists")));
        assert_eq!(context.set("lists", "[]").json("lists"), &Json::Array(Vec::new()));
        assert_eq!(Context::at(&ModuleSpec::EMPTY, 0).json("lists"), &Json::Null);
    }
}
