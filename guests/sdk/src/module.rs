//! A module as a whole.

use crate::bindings::transform::manifest;
use crate::target::TargetSpec;

/// A knob that the client's configuration may turn.
#[derive(Clone, Copy, Debug)]
pub struct SettingSpec {
    pub(crate) name: &'static str,
    pub(crate) default: &'static str,
    pub(crate) allowed: &'static [&'static str],
    pub(crate) help: &'static str,
}

/// A setting with its default; any value is allowed until [`SettingSpec::allowed`] says which.
#[must_use]
pub const fn setting(name: &'static str, default: &'static str, help: &'static str) -> SettingSpec {
    SettingSpec { name, default, allowed: &[], help }
}

impl SettingSpec {
    /// The only values that the host accepts.
    #[must_use]
    pub const fn allowed(mut self, values: &'static [&'static str]) -> Self {
        self.allowed = values;
        self
    }

    /// What [`Context::setting`](crate::Context::setting) asks for.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Refuses a value that is not allowed.
    pub(crate) fn check(&self, given: &manifest::Setting) -> Result<(), manifest::SettingError> {
        if self.allowed.is_empty() || self.allowed.contains(&given.value.as_str()) {
            return Ok(());
        }
        let message = format!("`{}` is not allowed; one of: {}", given.value, self.allowed.join(", "));
        Err(manifest::SettingError { name: given.name.clone(), message })
    }

    pub(crate) fn declaration(&self) -> manifest::SettingSpec {
        manifest::SettingSpec {
            name: self.name.to_owned(),
            default: self.default.to_owned(),
            allowed: self.allowed.iter().map(|&v| v.to_owned()).collect(),
            help: self.help.to_owned(),
        }
    }
}

/// A source field that is left behind on purpose, as a dotted path, and why.
pub type Dropped = (&'static str, &'static str);

/// All that a module can do.
#[derive(Debug)]
pub struct ModuleSpec {
    /// The module's name.
    pub name: &'static str,
    /// The module's own version: `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// The kinds of Odoo records it makes.
    pub targets: &'static [&'static TargetSpec],
    /// The settings it understands; `clinical_group` is added where a field is clinical.
    pub settings: &'static [SettingSpec],
    /// What it leaves behind.
    pub dropped: &'static [Dropped],
}

pub(crate) const CLINICAL_GROUP: SettingSpec = setting(
    "clinical_group",
    "",
    "external id of the Odoo group that may see clinical fields, such as `base.group_system`; empty: every internal user",
);

impl ModuleSpec {
    /// Every setting, the one that goes with clinical fields included.
    pub fn settings(&self) -> impl Iterator<Item = &'static SettingSpec> + use<> {
        settings(self.settings, self.targets)
    }

    /// The manifest under these settings.
    ///
    /// # Errors
    /// A setting that the module does not know, or a value that it does not allow.
    pub fn manifest(&self, given: &[manifest::Setting]) -> Result<manifest::Manifest, manifest::SettingError> {
        for setting in given {
            self.check(setting)?;
        }
        let group = clinical_group(given);
        Ok(manifest::Manifest {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            targets: self.targets.iter().map(|t| t.declaration(group)).collect(),
            handovers: Vec::new(),
            settings: self.settings().map(SettingSpec::declaration).collect(),
            dropped: self
                .dropped
                .iter()
                .map(|(source, reason)| manifest::DroppedField {
                    source: (*source).to_owned(),
                    reason: (*reason).to_owned(),
                })
                .collect(),
        })
    }

    fn check(&self, given: &manifest::Setting) -> Result<(), manifest::SettingError> {
        if let Some(spec) = self.settings().find(|s| s.name == given.name) {
            return spec.check(given);
        }
        let known: Vec<_> = self.settings().map(|s| s.name).collect();
        let message = format!("not a setting of `{}`; it knows: {}", self.name, known.join(", "));
        Err(manifest::SettingError { name: given.name.clone(), message })
    }
}

/// What an author declares, and the setting that goes with clinical fields.
pub(crate) fn settings(
    declared: &'static [SettingSpec],
    targets: &'static [&'static TargetSpec],
) -> impl Iterator<Item = &'static SettingSpec> {
    let clinical = targets.iter().flat_map(|t| t.fields).any(|f| f.clinical);
    declared.iter().chain(clinical.then_some(&CLINICAL_GROUP))
}

/// The group that may see clinical fields; empty: everybody.
pub(crate) fn clinical_group(given: &[manifest::Setting]) -> &str {
    given.iter().find(|s| s.name == CLINICAL_GROUP.name).map_or("", |s| s.value.as_str())
}
