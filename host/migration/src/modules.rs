//! The modules of a migration, in the order of the configuration.

use odograft_engine::{
    Contract, DentOSoft, Dentally, Engine, Limits, Module, Package, Perio, PracticeByNumbers, Tabular, contract_of,
};
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

/// What is asked of a module whatever its contract.
trait Described {
    fn module(&self) -> (&str, &str);
    fn interface(&self) -> &'static str;
    fn manifest(&self) -> &Manifest;
    fn settings(&self) -> &[Setting];
}

impl<C: Contract> Described for Loaded<C> {
    fn module(&self) -> (&str, &str) {
        (self.module.name(), self.module.digest())
    }

    fn interface(&self) -> &'static str {
        self.module.interface()
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn settings(&self) -> &[Setting] {
        &self.settings
    }
}

macro_rules! modules {
    ($($contract:ident: $list:ident),* $(,)?) => {
        /// The modules by contract, each in the order of the configuration.
        #[derive(Default)]
        pub struct Modules {
            $(pub(crate) $list: Vec<Loaded<$contract>>,)*
            order: Vec<(Package, usize)>,
        }

        impl Modules {
            fn push(&mut self, package: Package, engine: &Engine, file: &ModuleFile) -> Result<usize, MigrationError> {
                match package {
                    $(Package::$contract => push(&mut self.$list, engine, file),)*
                }
            }

            /// Every module, in the order of the configuration.
            fn each(&self) -> impl Iterator<Item = &dyn Described> {
                self.order.iter().filter_map(|(package, position)| match package {
                    $(Package::$contract => self.$list.get(*position).map(|loaded| loaded as &dyn Described),)*
                })
            }
        }
    };
}

modules! {
    Dentally: dentally,
    DentOSoft: dent_o_soft,
    PracticeByNumbers: practice_by_numbers,
    Tabular: tabular,
    Perio: perio,
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
            let position = modules.push(package, engine, file)?;
            modules.order.push((package, position));
        }
        Ok(modules)
    }

    /// Whether any module speaks a contract.
    pub(crate) fn speaks(&self, package: Package) -> bool {
        self.order.iter().any(|(own, _)| *own == package)
    }

    /// Every manifest, in the order of the configuration.
    pub fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.each().map(Described::manifest)
    }

    /// Every module's settings, in the order of the configuration.
    pub(crate) fn settings(&self) -> impl Iterator<Item = &[Setting]> {
        self.each().map(Described::settings)
    }

    /// The interface that every module speaks, with its version, in the order of the configuration.
    pub fn interfaces(&self) -> impl Iterator<Item = &'static str> {
        self.each().map(Described::interface)
    }

    /// Name and SHA-256 of every module, in the order of the configuration.
    pub fn digests(&self) -> impl Iterator<Item = (&str, &str)> {
        self.each().map(Described::module)
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
