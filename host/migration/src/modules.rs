//! The modules of a migration, in the order of the configuration.

use std::collections::{BTreeSet, HashMap};

use odograft_engine::{
    Contract, DentOSoft, Dentally, Engine, Limits, Module, Package, PandaPerio, Perio, PracticeByNumbers, Tabular,
    contract_of,
};
use odograft_ledger::Ledger;
use odograft_records::bindings::transform::manifest::{Context, Manifest, Setting, SettingError, SettingSpec, Target};

use odograft_records::{Assemble, LISTS};
use serde::Serialize;

use crate::error::MigrationError;
use crate::lists;

/// A module's file and its settings.
#[derive(Debug, Clone)]
pub struct ModuleFile {
    /// What reports call it: the file's name without its ending.
    pub name: String,
    /// The component.
    pub bytes: Vec<u8>,
    /// The settings that the client's configuration gives.
    pub settings: Vec<Setting>,
    /// The practice's own columns that the client has confirmed, whichever module takes them.
    pub extras: Vec<Extra>,
    /// What one batch may use.
    pub limits: Limits,
}

/// A practice's own column, and the custom field that the client has confirmed for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Extra {
    /// The source object.
    pub object: String,
    /// The column, as the source names it.
    pub column: String,
    /// The field in Odoo; it begins with `x_`.
    pub field: String,
    /// `char`, `text`, `integer`, `float`, `boolean`, `date`, `datetime` or `selection`.
    pub kind: String,
    /// What Odoo's users read; the column where it is silent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The values of a `selection`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Whether only the clinical group sees it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub clinical: bool,
}

/// The setting by which a module is told of a practice's own columns.
const EXTRAS: &str = "extras";

/// One module with what it says of itself.
pub(crate) struct Loaded<C: Contract> {
    pub(crate) module: Module<C>,
    pub(crate) manifest: Manifest,
    pub(crate) settings: Vec<Setting>,
}

impl<C: Contract> Loaded<C> {
    /// Whether the module wants the account's lists, and the client's configuration does not give others.
    fn wants_lists(&self) -> bool {
        let default = self.manifest.settings.iter().find(|spec| spec.name == LISTS).map(|spec| &spec.default);
        default.is_some_and(|default| self.settings.iter().any(|s| s.name == LISTS && s.value == *default))
    }

    /// The settings of a call, with the account's lists where the module wants them.
    fn told(&self, lists: &str) -> Vec<Setting> {
        let mut settings = self.settings.clone();
        if let Some(setting) = settings.iter_mut().find(|s| s.name == LISTS).filter(|_| self.wants_lists()) {
            lists.clone_into(&mut setting.value);
        }
        settings
    }
}

/// A module with what it is told in each call.
pub(crate) struct Asked<'m, C: Contract> {
    pub(crate) loaded: &'m Loaded<C>,
    pub(crate) context: Context,
}

impl<'m, C: Contract> Asked<'m, C> {
    /// The modules of a contract, as a plan asks them. The account's lists are read once.
    pub(crate) fn all(modules: &'m [Loaded<C>], ledger: &Ledger, as_of: i64) -> Result<Vec<Self>, MigrationError> {
        let lists = if modules.iter().any(Loaded::wants_lists) {
            lists::told(ledger, C::Assembler::LISTS)?
        } else {
            String::new()
        };
        let asked = |loaded: &'m Loaded<C>| Self {
            loaded,
            context: Context { as_of_seconds: as_of, settings: loaded.told(&lists) },
        };
        Ok(modules.iter().map(asked).collect())
    }
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
            /// Models whose targets have fallen away: an app is missing that nobody insists on.
            pub(crate) missing: BTreeSet<String>,
            /// Model and app of targets that have fallen away because the app would bring some of their fields.
            pub(crate) lacking: BTreeSet<(String, String)>,
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
    PandaPerio: panda_perio,
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
        let taken = |extra: &&Extra| modules.takes(&extra.object);
        match files.iter().flat_map(|file| &file.extras).find(|extra| !taken(extra)) {
            Some(extra) => {
                Err(MigrationError::ExtraOfNobody { object: extra.object.clone(), column: extra.column.clone() })
            }
            None => Ok(modules),
        }
    }

    /// Whether a module takes a practice's own columns of an object.
    fn takes(&self, object: &str) -> bool {
        self.manifests().any(|manifest| takes_extras(manifest) && manifest.targets.iter().any(|t| t.object == object))
    }

    /// Whether any module speaks a contract.
    pub(crate) fn speaks(&self, package: Package) -> bool {
        self.order.iter().any(|(own, _)| *own == package)
    }

    /// What the modules make, in the order of the configuration, without what falls away because an app is missing.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &Target> {
        self.manifests().flat_map(|manifest| &manifest.targets).filter(|target| self.has(target))
    }

    /// Whether a target has not fallen away.
    pub(crate) fn has(&self, target: &Target) -> bool {
        let lacks = |app: &String| self.lacking.contains(&(target.model.clone(), app.clone()));
        !self.missing.contains(&target.model) && !target.needs_app.as_ref().is_some_and(lacks)
    }

    /// By model and source object: the fields by which a record of Odoo's is taken for the source's.
    pub(crate) fn adopt_by(&self) -> HashMap<(&str, &str), &[String]> {
        let targets = self.manifests().flat_map(|manifest| &manifest.targets).filter(|t| !t.adopt_by.is_empty());
        targets.map(|t| ((t.model.as_str(), t.object.as_str()), t.adopt_by.as_slice())).collect()
    }

    /// The targets that need an app, each with the app.
    pub(crate) fn optional(&self) -> impl Iterator<Item = (&Target, &String)> {
        let targets = self.manifests().flat_map(|manifest| &manifest.targets);
        targets.filter_map(|target| Some((target, target.needs_app.as_ref()?)))
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
    let describe = |given: &[Setting]| {
        module.describe(given).map_err(|error| MigrationError::Describe { module: file.name.clone(), error })
    };
    let (mut given, mut described) = (file.settings.clone(), describe(&file.settings)?);
    let extras: Vec<&Extra> =
        file.extras.iter().filter(|e| described.manifest.targets.iter().any(|t| t.object == e.object)).collect();
    if takes_extras(&described.manifest) && !extras.is_empty() {
        let value = serde_json::to_string(&extras).unwrap_or_default();
        given.push(Setting { name: EXTRAS.to_owned(), value });
        described = describe(&given)?;
    }
    let settings = settings(&described.manifest.settings, &given)
        .map_err(|error| MigrationError::Setting { module: file.name.clone(), error })?;
    list.push(Loaded { module, manifest: described.manifest, settings });
    Ok(list.len() - 1)
}

fn takes_extras(manifest: &Manifest) -> bool {
    manifest.settings.iter().any(|setting| setting.name == EXTRAS)
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
    use odograft_records::bindings::transform::manifest::Cardinality;

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

    #[test]
    fn a_target_falls_away_with_its_model_or_with_its_apps_fields() {
        let target = |needs_app: Option<&str>| Target {
            object: "supplier".into(),
            model: "res.partner".into(),
            cardinality: Cardinality::OneToOne,
            adopt_by: Vec::new(),
            may_create: true,
            needs_app: needs_app.map(str::to_owned),
            needs: Vec::new(),
            fields: Vec::new(),
            note: String::new(),
        };
        let mut modules = Modules::default();
        modules.lacking.insert(("res.partner".to_owned(), "account".to_owned()));
        let held = |modules: &Modules| [None, Some("crm"), Some("account")].map(|app| modules.has(&target(app)));
        assert_eq!(held(&modules), [true, true, false]);
        modules.missing.insert("res.partner".to_owned());
        assert_eq!(held(&modules), [false; 3]);
    }
}
