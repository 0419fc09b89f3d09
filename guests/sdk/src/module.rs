//! A module as a whole.

use crate::Json;
use crate::bindings::transform::manifest;
use crate::extras::{self, EXTRAS};
use crate::handover::HandoverSpec;
use crate::target::TargetSpec;

/// A knob that the client's configuration may turn.
#[derive(Clone, Copy, Debug)]
pub struct SettingSpec {
    pub(crate) name: &'static str,
    pub(crate) default: &'static str,
    pub(crate) allowed: &'static [&'static str],
    pub(crate) help: &'static str,
    /// Whether the value is a JSON object.
    object: bool,
}

/// A setting with its default; any value is allowed until [`SettingSpec::allowed`] says which.
#[must_use]
pub const fn setting(name: &'static str, default: &'static str, help: &'static str) -> SettingSpec {
    SettingSpec { name, default, allowed: &[], help, object: false }
}

impl SettingSpec {
    /// The only values that the host accepts.
    #[must_use]
    pub const fn allowed(mut self, values: &'static [&'static str]) -> Self {
        self.allowed = values;
        self
    }

    /// The value is a JSON object, which [`Context::json`](crate::Context::json) gives.
    #[must_use]
    pub const fn json(mut self) -> Self {
        self.object = true;
        self
    }

    /// What [`Context::setting`](crate::Context::setting) asks for.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Refuses a value that is not allowed.
    pub(crate) fn check(&self, given: &manifest::Setting) -> Result<(), manifest::SettingError> {
        let is_object = || given.value.parse().is_ok_and(|json: Json| json.is_object());
        if self.object && !is_object() {
            let message = format!("not a JSON object; hint: `{}` is one", self.default);
            return Err(manifest::SettingError { name: given.name.clone(), message });
        }
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
    /// The kinds of documents that it hands over.
    pub handovers: &'static [&'static HandoverSpec],
    /// The targets that take a practice's own columns, see [`Upsert::set_extras`](crate::Upsert::set_extras).
    pub extras: &'static [&'static TargetSpec],
}

pub(crate) const CLINICAL_GROUP: SettingSpec = setting(
    "clinical_group",
    "",
    "external id of the Odoo group that may see clinical fields, such as `base.group_system`; empty: every internal user",
);

impl ModuleSpec {
    /// Nothing yet, for the parts that a module does not have: `ModuleSpec { name: "…", ..ModuleSpec::EMPTY }`.
    pub const EMPTY: Self =
        Self { name: "", version: "", targets: &[], settings: &[], dropped: &[], handovers: &[], extras: &[] };

    /// Every setting, the one that goes with clinical fields included.
    pub fn settings(&self) -> impl Iterator<Item = &'static SettingSpec> + use<> {
        settings(self.settings, self.targets).chain((!self.extras.is_empty()).then_some(&EXTRAS))
    }

    /// The targets that are there where settings have these values, in the order in which the manifest has them.
    pub(crate) fn active<'s>(&self, setting: impl Fn(&str) -> &'s str) -> Vec<&'static TargetSpec> {
        self.targets.iter().copied().filter(|target| target.is_active(&setting)).collect()
    }

    /// The manifest under these settings.
    ///
    /// # Errors
    /// A setting that the module does not know, or a value that it does not allow.
    pub fn manifest(&self, given: &[manifest::Setting]) -> Result<manifest::Manifest, manifest::SettingError> {
        for setting in given {
            self.check(setting)?;
        }
        let value = |name: &str| match given.iter().find(|setting| setting.name == name) {
            Some(given) => given.value.as_str(),
            None => self.settings().find(|spec| spec.name == name).map_or("", |spec| spec.default),
        };
        let group = value(CLINICAL_GROUP.name);
        let extras = extras::read(self, value(EXTRAS.name))
            .map_err(|message| manifest::SettingError { name: EXTRAS.name.to_owned(), message })?;
        let declaration = |target: &'static TargetSpec| {
            let own = extras.iter().filter(|extra| core::ptr::eq(extra.target, target));
            let mut declared = target.declaration(group);
            declared.fields.extend(own.map(|extra| extra.declaration(group)));
            declared
        };
        Ok(manifest::Manifest {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            targets: self.active(value).into_iter().map(declaration).collect(),
            handovers: self.handovers.iter().map(|spec| spec.declaration()).collect(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_of_json_takes_an_object_and_nothing_else() {
        static MODULE: ModuleSpec =
            ModuleSpec { settings: &[setting("lists", "{}", "the account's lists").json()], ..ModuleSpec::EMPTY };
        let given = |value: &str| MODULE.manifest(&[manifest::Setting { name: "lists".into(), value: value.into() }]);
        assert!(given(r#"{"plan": {}}"#).is_ok());
        for value in ["", "[]", "{", "plan"] {
            let error = given(value).expect_err(value);
            assert!(error.name == "lists" && error.message.starts_with("not a JSON object"), "{}", error.message);
        }
    }
}
