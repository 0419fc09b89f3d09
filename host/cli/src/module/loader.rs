//! How the commands of `odograft module` load a module: in one sandbox, with what the command line grants.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use odograft_engine::{Engine, Limits, LoadError};
use odograft_workbench::project;
use odograft_workbench::subject::{Subject, SubjectError};

use crate::config::{LimitsTable, WasiWord};
use crate::open::{self, Component};

/// What a client's configuration would say of the module, for every command that loads one.
#[derive(clap::Args)]
pub(super) struct Grants {
    /// Grant the module WASI that answers and gives nothing, as `wasi = "inert"` in its `[[module]]` table does
    #[arg(long, global = true)]
    wasi: Option<WasiWord>,
    /// A limit as the module's `limits` name it, such as `memory_mib=256`; may be repeated
    #[arg(long = "limit", global = true, value_name = "NAME=VALUE")]
    limits: Vec<String>,
}

impl Grants {
    /// None where the command line says nothing.
    fn limits(&self) -> Result<Option<Limits>> {
        if self.wasi.is_none() && self.limits.is_empty() {
            return Ok(None);
        }
        let table: LimitsTable =
            toml::from_str(&self.limits.join("\n")).context("`--limit`\nhint: `--limit memory_mib=256`")?;
        Ok(Some(table.limits(self.wasi)))
    }
}

/// One sandbox, and what modules in it may use.
pub(super) struct Loader {
    pub(super) engine: Engine,
    granted: Option<Limits>,
}

impl Loader {
    pub(super) fn new(grants: &Grants) -> Result<Self> {
        Ok(Self { engine: open::engine()?, granted: grants.limits()? })
    }

    /// What the command line grants, where it says so.
    pub(super) fn granted(&self) -> Option<Limits> {
        self.granted.clone()
    }

    /// What a module may use.
    pub(super) fn limits(&self) -> Limits {
        self.granted().unwrap_or_default()
    }

    /// A module's file, loaded.
    pub(super) fn subject(&self, file: &Path) -> Result<Subject> {
        self.subject_within(file, self.limits())
    }

    /// The same under limits of the caller's own.
    pub(super) fn subject_within(&self, file: &Path, limits: Limits) -> Result<Subject> {
        let Component { name, bytes } = self.whole(file, Component::read(file)?)?;
        Subject::load(&self.engine, &name, &bytes, limits).with_context(|| format!("`{}`", file.display()))
    }

    /// What runs when `file` does: an overlay lies over the module in `base/` beside it, all else runs as it is.
    pub(super) fn whole(&self, file: &Path, read: Component) -> Result<Component> {
        let base = file.parent().unwrap_or(Path::new("")).join(project::BASE);
        if !base.is_dir() {
            return Ok(read);
        }
        let alone = Subject::load(&self.engine, &read.name, &read.bytes, self.limits());
        let is_overlay = matches!(&alone, Err(SubjectError::Load(LoadError::Imports { names }))
            if names.iter().any(|name| name.starts_with("odograft:")));
        if !is_overlay {
            return Ok(read);
        }
        let name = read.name.clone();
        let bytes =
            Component::read(&built(&base)?)?.under(&[read]).with_context(|| format!("`{}`", file.display()))?.bytes;
        Ok(Component { name, bytes })
    }
}

/// The only module in a folder.
pub(super) fn built(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| format!("`{}` cannot be read", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "wasm"));
    match files.as_slice() {
        [only] => Ok(only.clone()),
        [] => bail!(
            "`{}` has no module; hint: `odograft module build` makes it, or name one with `--module`",
            folder.display()
        ),
        _ => bail!("`{}` has several modules; hint: name one with `--module`", folder.display()),
    }
}
