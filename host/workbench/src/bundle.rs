//! Bundles: calls of a module as a run made them, which can be made again and compared byte for byte.
//!
//! A bundle is a case with a `bundle.json` beside its two files: which module, contract and engine it was, under which
//! limits. Beside the bundles of a run stand the modules that were called:
//!
//! ```text
//! captured/
//!   modules/<SHA-256>.wasm
//!   000001-dentally-patient/
//!     bundle.json      module, contract, engine, limits, whether it was pseudonymised
//!     input.json       moment, settings and the rows of one call, as staged
//!     expected.json    fuel, unreadable fields and one answer for each row
//! ```
//!
//! A bundle holds patients' data until `odograft bundle pseudonymise` has been over it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use odograft_engine::{Engine, Limits, Rules, Wasi};
use serde::{Deserialize, Serialize};

use crate::case::{Case, CaseError, Expected, Input};
use crate::changes::{Change, changes};
use crate::subject::{Subject, SubjectError};

/// The file that makes a case a bundle.
pub const BUNDLE: &str = "bundle.json";
/// The folder of modules beside bundles.
pub const MODULES: &str = "modules";

/// The form of the file that this build reads and writes.
const FORM: u32 = 1;

/// What made a call: `bundle.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    form: u32,
    /// What reports call the module.
    pub module: String,
    /// SHA-256 of the module's bytes, in lower-case hex.
    pub sha256: String,
    /// The interface that it speaks, with its version.
    pub contract: String,
    /// The rules of the engine that ran it.
    pub engine: Rules,
    /// What it could use.
    pub limits: Kept,
    /// Whether the patients' data in it was replaced.
    pub pseudonymised: bool,
}

/// Limits as a bundle keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    memory_bytes: usize,
    fuel_base: u64,
    fuel_per_record: u64,
    /// Bundles that were captured before there was this limit have none.
    #[serde(default)]
    fuel_per_kib: u64,
    wall_clock_milliseconds: u64,
    returned_bytes: usize,
    module_bytes: usize,
    inert_wasi: bool,
}

impl From<&Limits> for Kept {
    fn from(limits: &Limits) -> Self {
        Self {
            memory_bytes: limits.memory_bytes,
            fuel_base: limits.fuel_base,
            fuel_per_record: limits.fuel_per_record,
            fuel_per_kib: limits.fuel_per_kib,
            wall_clock_milliseconds: u64::try_from(limits.wall_clock.as_millis()).unwrap_or(u64::MAX),
            returned_bytes: limits.returned_bytes,
            module_bytes: limits.module_bytes,
            inert_wasi: limits.wasi != Wasi::Refused,
        }
    }
}

impl From<&Kept> for Limits {
    fn from(kept: &Kept) -> Self {
        Self {
            memory_bytes: kept.memory_bytes,
            fuel_base: kept.fuel_base,
            fuel_per_record: kept.fuel_per_record,
            fuel_per_kib: kept.fuel_per_kib,
            wall_clock: Duration::from_millis(kept.wall_clock_milliseconds),
            returned_bytes: kept.returned_bytes,
            module_bytes: kept.module_bytes,
            wasi: if kept.inert_wasi { Wasi::Inert } else { Wasi::Refused },
        }
    }
}

impl Made {
    /// What is written down of a call by this engine.
    #[must_use]
    pub fn now(module: &str, sha256: &str, contract: &str, limits: &Limits) -> Self {
        Self {
            form: FORM,
            module: module.to_owned(),
            sha256: sha256.to_owned(),
            contract: contract.to_owned(),
            engine: Rules::current(),
            limits: limits.into(),
            pseudonymised: false,
        }
    }
}

/// A recorded call.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// What made it.
    pub made: Made,
    /// What went in and what came out.
    pub case: Case,
}

/// A bundle cannot be read, written or run again. Nothing of a row is quoted.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Its case.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The file system says no.
    #[error("`{}` cannot be read or written: {cause}; hint: check the path and its rights", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A case that nobody captured, or a bundle of another form.
    #[error("`{}` is no bundle of this odograft; hint: `odograft run --capture` writes bundles", folder.display())]
    Form {
        /// The bundle.
        folder: PathBuf,
    },
    /// There is nothing to run again.
    #[error("no bundle lies below `{}`; hint: `odograft run --capture DIR` writes some", folder.display())]
    None {
        /// Where none was found.
        folder: PathBuf,
    },
    /// The module is not beside the bundle.
    #[error("module `{name}` of `{}` is not at hand; hint: name the file with `--module`", folder.display())]
    NoModule {
        /// What reports call it.
        name: String,
        /// The bundle.
        folder: PathBuf,
    },
    /// The module cannot be worked with.
    #[error("`{}`: {error}", folder.display())]
    Subject {
        /// The bundle.
        folder: PathBuf,
        /// Why.
        error: SubjectError,
    },
}

fn file(path: &Path) -> impl FnOnce(std::io::Error) -> BundleError + '_ {
    |cause| BundleError::File { path: path.to_owned(), cause }
}

impl Bundle {
    /// Reads one bundle.
    ///
    /// # Errors
    /// One of its files cannot be read or is of another form.
    pub fn read(folder: &Path) -> Result<Self, BundleError> {
        let path = folder.join(BUNDLE);
        let form = || BundleError::Form { folder: folder.to_owned() };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(form()),
            Err(cause) => return Err(BundleError::File { path, cause }),
        };
        let made: Made = serde_json::from_str(&text).map_err(|_| form())?;
        let case = Case::read(folder)?;
        if made.form != FORM || case.expected.is_none() {
            return Err(form());
        }
        Ok(Self { made, case })
    }

    /// Every bundle at or below a folder, in the order of their paths.
    ///
    /// # Errors
    /// There is none, or one cannot be read.
    pub fn folders(folder: &Path) -> Result<Vec<PathBuf>, BundleError> {
        let mut found = Vec::new();
        find(folder, &mut found)?;
        if found.is_empty() {
            return Err(BundleError::None { folder: folder.to_owned() });
        }
        found.sort();
        Ok(found)
    }

    /// Writes a bundle.
    ///
    /// # Errors
    /// The folder cannot be made, or a file not be written.
    pub fn write(folder: &Path, made: &Made, input: &Input, expected: &Expected) -> Result<(), BundleError> {
        input.write(folder)?;
        expected.write(folder)?;
        let path = folder.join(BUNDLE);
        let mut text = serde_json::to_string_pretty(made).unwrap_or_default();
        text.push('\n');
        fs::write(&path, text).map_err(file(&path))
    }

    /// Fuel of the call; 0 where nobody has written it down.
    #[must_use]
    pub fn fuel(&self) -> u64 {
        self.expected().fuel.unwrap_or(0)
    }

    /// What came out.
    #[must_use]
    pub fn expected(&self) -> &Expected {
        // `read` refuses a bundle without.
        self.case.expected.as_ref().expect("a bundle has answers")
    }

    /// The module that made the call, from the folder beside the bundle; `limits` instead of the bundle's own where
    /// they are given.
    ///
    /// # Errors
    /// It is not there, or it is refused.
    pub fn subject(&self, engine: &Engine, limits: Option<Limits>) -> Result<Subject, BundleError> {
        let folder = &self.case.folder;
        let beside = folder.parent().unwrap_or(folder).join(MODULES).join(format!("{}.wasm", self.made.sha256));
        let missing = || BundleError::NoModule { name: self.made.module.clone(), folder: folder.clone() };
        let bytes = fs::read(beside).map_err(|_| missing())?;
        let limits = limits.unwrap_or_else(|| (&self.made.limits).into());
        Subject::load(engine, &self.made.module, &bytes, limits).map_err(|error| self.at(error))
    }

    /// Makes the call again.
    ///
    /// # Errors
    /// The module does not take the settings, or the rows have another form.
    pub fn replay(&self, subject: &Subject) -> Result<Replayed, BundleError> {
        let input = &self.case.input;
        let ready = subject.ready(input.as_of, &input.settings()).map_err(|error| self.at(error))?;
        let ran = subject.run_whole(&ready, &input.rows()).map_err(|error| self.at(error))?;
        let got = Expected::of(&ran, &ready.manifest);
        let expected = self.expected();
        let mut changed = Vec::new();
        for at in 0..got.answers.len().max(expected.answers.len()) {
            let none = serde_json::Value::Null;
            let (old, new) = (expected.answers.get(at).unwrap_or(&none), got.answers.get(at).unwrap_or(&none));
            // As text: equal values in other bytes are a change too.
            let written = [old, new].map(ToString::to_string);
            if written[0] != written[1] {
                let mut found = changes(old, new);
                if found.is_empty() {
                    found.push(Change {
                        part: crate::changes::Part::End,
                        old: Some(old.clone()),
                        new: Some(new.clone()),
                    });
                }
                changed.push((at, found));
            }
        }
        Ok(Replayed { same_engine: self.made.engine == Rules::current(), changed, got })
    }

    fn at(&self, error: SubjectError) -> BundleError {
        BundleError::Subject { folder: self.case.folder.clone(), error }
    }
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), BundleError> {
    if folder.join(BUNDLE).is_file() {
        found.push(folder.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(file(folder))? {
        let path = entry.map_err(file(folder))?.path();
        if path.is_dir() {
            find(&path, found)?;
        }
    }
    Ok(())
}

/// A call that was made again.
#[derive(Debug)]
pub struct Replayed {
    /// Whether the engine has the rules that the bundle was made under; answers and fuel are comparable only then.
    pub same_engine: bool,
    /// Rows whose answers have other bytes, and in what they differ.
    pub changed: Vec<(usize, Vec<Change>)>,
    /// What came out this time.
    pub got: Expected,
}

impl Replayed {
    /// Fuel of the call.
    #[must_use]
    pub fn fuel(&self) -> u64 {
        self.got.fuel.unwrap_or(0)
    }

    /// Whether answers and fuel are the same to the last byte and unit.
    #[must_use]
    pub fn same(&self, bundle: &Bundle) -> bool {
        self.changed.is_empty() && self.fuel() == bundle.fuel()
    }
}
