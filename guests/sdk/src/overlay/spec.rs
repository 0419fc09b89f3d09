//! An overlay as a whole.

use crate::Context;
use crate::bindings::transform::manifest::{self, Manifest, Setting, SettingError};
use crate::module::{SettingSpec, settings};
use crate::overlay::below::BelowSpec;
use crate::overlay::layers::{Layers, shared};
use crate::target::TargetSpec;

/// All that an overlay can do.
#[derive(Debug)]
pub struct OverlaySpec {
    /// The overlay's name.
    pub name: &'static str,
    /// The overlay's own version: `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// What it does with fields of the mapping below: the `BELOW` of each [`below!`](crate::below!).
    pub below: &'static [&'static BelowSpec],
    /// Its own fields and kinds of Odoo records: the `TARGET` of each [`target!`](crate::target!). One with the object and
    /// model of a target below adds its fields to that.
    pub targets: &'static [&'static TargetSpec],
    /// The settings it understands besides those of the mapping below; `clinical_group` is shared by both.
    pub settings: &'static [SettingSpec],
}

impl OverlaySpec {
    /// Every setting of its own, the one that goes with clinical fields included.
    pub fn settings(&self) -> impl Iterator<Item = &'static SettingSpec> + use<> {
        settings(self.settings, self.targets)
    }

    /// Whether the mapping below has no use for a setting of this name.
    pub(crate) fn keeps(&self, name: &str) -> bool {
        self.settings().any(|own| own.name == name && !shared(own))
    }

    /// What both declare together, where `describe` asks the mapping below.
    ///
    /// # Errors
    /// A setting that neither knows or that one of them does not allow, or an overlay that does not fit.
    pub fn over(
        &self,
        given: &[Setting],
        describe: impl Fn(&[Setting]) -> Result<Manifest, SettingError>,
    ) -> Result<Layers, SettingError> {
        for setting in given {
            if let Some(own) = self.settings().find(|own| own.name == setting.name) {
                own.check(setting)?;
            }
        }
        let mut down: Vec<Setting> = given.iter().filter(|setting| !self.keeps(&setting.name)).cloned().collect();
        let shares = |setting: &Setting| self.settings().any(|own| own.name == setting.name);
        if down.iter().any(shares) {
            let known = describe(&[])?.settings;
            down.retain(|setting| !shares(setting) || known.iter().any(|spec| spec.name == setting.name));
        }
        let below = describe(&down).map_err(|error| self.refused(error, &describe))?;
        Layers::new(self, below, given)
    }

    /// Why the mapping below cannot be described. A setting that it does not know is one that nobody knows.
    fn refused(
        &self,
        error: SettingError,
        describe: &impl Fn(&[Setting]) -> Result<Manifest, SettingError>,
    ) -> SettingError {
        let Ok(Manifest { name, settings, .. }) = describe(&[]) else { return error };
        if error.name.is_empty() || settings.iter().any(|known| known.name == error.name) {
            return error;
        }
        let list = |names: Vec<&str>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let own = list(self.settings().map(|own| own.name).collect());
        let below = list(settings.iter().map(|known| known.name.as_str()).collect());
        let message =
            format!("neither a setting of `{}`, which knows: {own}; nor of `{name}`, which knows: {below}", self.name);
        SettingError { message, ..error }
    }

    /// The context of a call, with defaults for what the host left out.
    #[must_use]
    pub fn context(&self, given: manifest::Context) -> Context {
        Context::with(self.settings(), given)
    }
}
