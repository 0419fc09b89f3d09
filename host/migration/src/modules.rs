//! The modules of a migration, in the order of the configuration.

use odograft_engine::{Contract, Dentally, Engine, Limits, Module, Package, Perio, contract_of};
use odograft_records::bindings::transform::manifest::{Manifest, Setting, SettingError, SettingSpec};

use crate::error::MigrationError;

/// A module's file and its settings.
#[derive(Debug, Clone)]
pub struct ModuleFile {
    /// What reports call it: the file's name without its ending.
    pub name: String,
    /// The component.
    pub bytes: Vec<u8>,
    /// The settings that the client's configuration gives.
    pub settings: Vec<Setting>,
    /// What one batch may use.
    pub limits: Limits,
}

/// One module with what it says of itself.
pub(crate) struct Loaded<C: Contract> {
    pub(crate) module: Module<C>,
    pub(crate) manifest: Manifest,
    pub(crate) settings: Vec<Setting>,
}

/// The modules by contract, each in the order of the configuration.
#[derive(Default)]
pub struct Modules {
    pub(crate) dentally: Vec<Loaded<Dentally>>,
    pub(crate) perio: Vec<Loaded<Perio>>,
    order: Vec<(Package, usize)>,
}

impl Modules {
    /// Checks, compiles and describes every module.
    ///
    /// # Errors
    /// The first module that is refused, by name.
    pub fn load(engine: &Engine, files: &[ModuleFile]) -> Result<Self, MigrationError> {
        let mut modules = Self::default();
        for file in files {
            let package =
                contract_of(&file.bytes).ok_or_else(|| MigrationError::NoContract { module: file.name.clone() })?;
            let position = match package {
                Package::Dentally => push(&mut modules.dentally, engine, file)?,
                Package::Perio => push(&mut modules.perio, engine, file)?,
            };
            modules.order.push((package, position));
        }
        Ok(modules)
    }

    /// Every manifest, in the order of the configuration.
    pub fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.order.iter().filter_map(|(package, position)| match package {
            Package::Dentally => self.dentally.get(*position).map(|l| &l.manifest),
            Package::Perio => self.perio.get(*position).map(|l| &l.manifest),
        })
    }

    /// Every module's settings, in the order of the configuration.
    pub(crate) fn settings(&self) -> impl Iterator<Item = &[Setting]> {
        self.order.iter().filter_map(|(package, position)| match package {
            Package::Dentally => self.dentally.get(*position).map(|l| l.settings.as_slice()),
            Package::Perio => self.perio.get(*position).map(|l| l.settings.as_slice()),
        })
    }

    /// The interface that every module speaks, with its version, in the order of the configuration.
    pub fn interfaces(&self) -> impl Iterator<Item = &'static str> {
        self.order.iter().filter_map(|(package, position)| match package {
            Package::Dentally => self.dentally.get(*position).map(|l| l.module.interface()),
            Package::Perio => self.perio.get(*position).map(|l| l.module.interface()),
        })
    }

    /// Name and SHA-256 of every module, in the order of the configuration.
    pub fn digests(&self) -> impl Iterator<Item = (&str, &str)> {
        self.order.iter().filter_map(|(package, position)| match package {
            Package::Dentally => self.dentally.get(*position).map(|l| (l.module.name(), l.module.digest())),
            Package::Perio => self.perio.get(*position).map(|l| (l.module.name(), l.module.digest())),
        })
    }
}

fn push<C: Contract>(list: &mut Vec<Loaded<C>>, engine: &Engine, file: &ModuleFile) -> Result<usize, MigrationError> {
    let module = Module::load(engine, &file.name, &file.bytes, file.limits.clone())
        .map_err(|error| MigrationError::Load { module: file.name.clone(), error })?;
    let described = module
        .describe(&file.settings)
        .map_err(|error| MigrationError::Describe { module: file.name.clone(), error })?;
    let settings = settings(&described.manifest.settings, &file.settings)
        .map_err(|error| MigrationError::Setting { module: file.name.clone(), error })?;
    list.push(Loaded { module, manifest: described.manifest, settings });
    Ok(list.len() - 1)
}

/// Every setting that the module declares: what the configuration gives, else the default.
fn settings(specs: &[SettingSpec], given: &[Setting]) -> Result<Vec<Setting>, SettingError> {
    let refuse = |setting: &Setting, message| Err(SettingError { name: setting.name.clone(), message });
    for setting in given {
        match specs.iter().find(|spec| spec.name == setting.name) {
            None => return refuse(setting, "the module does not declare it".to_owned()),
            Some(spec) if !spec.allowed.is_empty() && !spec.allowed.contains(&setting.value) => {
                return refuse(setting, format!("one of {} is allowed", spec.allowed.join(", ")));
            }
            Some(_) => {}
        }
    }
    let value =
        |spec: &SettingSpec| given.iter().find(|s| s.name == spec.name).map_or(&spec.default, |s| &s.value).clone();
    Ok(specs.iter().map(|spec| Setting { name: spec.name.clone(), value: value(spec) }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(name: &str, value: &str) -> Setting {
        Setting { name: name.into(), value: value.into() }
    }

    #[test]
    fn settings_are_checked_and_defaults_filled_in() {
        let spec = |name: &str, allowed: &[&str]| SettingSpec {
            name: name.into(),
            default: "a".into(),
            allowed: allowed.iter().map(|&v| v.into()).collect(),
            help: String::new(),
        };
        let specs = [spec("one", &["a", "b"]), spec("two", &[])];
        let filled = settings(&specs, &[given("one", "b")]).expect("allowed");
        assert_eq!(filled, [given("one", "b"), given("two", "a")]);
        assert_eq!(settings(&specs, &[given("one", "c")]).expect_err("not allowed").message, "one of a, b is allowed");
        assert_eq!(settings(&specs, &[given("three", "a")]).expect_err("unknown").name, "three");
    }
}
