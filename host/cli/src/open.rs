//! From a configuration to a migration that is ready to run.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use odograft_engine::{Engine, EngineOptions, Limits};
use odograft_ledger::Ledger;
use odograft_migration::{Capture, Migration, ModuleFile, Modules, Options};
use odograft_odoo::{Client, Connection, Protocol, Settings};
use odograft_records::bindings::transform::manifest::Setting;
use odograft_sources::{Dentally, DentallyOptions, DropKind, Panda, PerioDrop, Source, TableDrop};
use secrecy::SecretString;

use crate::config::{Config, OdooTable};
use crate::{capture, keys, lock};

/// The ledger's file within the client's folder.
pub(crate) const LEDGER: &str = "ledger.db";

/// Opens everything that `folder` configures.
/// `capture` names a folder for every call of a module.
pub(crate) async fn migration(folder: &Path, capture: Option<&Path>) -> Result<Migration> {
    let config = Config::read(folder)?;
    let sources = sources(folder, &config, &|name, what| keys::required(name, what)).await?;
    with(folder, &config, sources, keys::required(keys::ODOO, "the key to Odoo")?, capture)
}

/// Opens the configured sources; `key` finds the secret that one needs, by the name of its variable and what it is.
pub(crate) async fn sources(
    folder: &Path,
    config: &Config,
    key: &dyn Fn(&str, &str) -> Result<SecretString>,
) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    if let Some(dentally) = &config.source.dentally {
        sources.push(Source::Dentally(Dentally::new(DentallyOptions {
            url: dentally.url.clone(),
            key: key(keys::DENTALLY, "the key to Dentally")?,
            from: dentally.appointments_from,
            until: dentally.appointments_until,
        })?));
    }
    if let Some(drop) = &config.source.dent_o_soft {
        sources.push(Source::Tables(TableDrop::open(DropKind::DentOSoft, &folder.join(&drop.folder))?));
    }
    if let Some(drop) = &config.source.practice_by_numbers {
        sources.push(Source::Tables(TableDrop::open(DropKind::PracticeByNumbers, &folder.join(&drop.folder))?));
    }
    if let Some(panda) = &config.source.panda_perio {
        let options = panda.options(folder, key(keys::PANDA, "the password of PANDA Perio's SQL Server")?)?;
        sources.push(Source::Panda(Box::new(Panda::open(options).await?)));
    }
    if let Some(drop) = &config.source.perio_drop {
        sources.push(Source::PerioDrop(PerioDrop::open(&folder.join(&drop.folder))?));
    }
    Ok(sources)
}

/// The same with a configuration and keys that are at hand.
pub(crate) fn with(
    folder: &Path,
    config: &Config,
    sources: Vec<Source>,
    odoo_key: SecretString,
    capture: Option<&Path>,
) -> Result<Migration> {
    let files = accepted(folder, config)?;
    let modules = load(&files)?;
    let capture: Option<Arc<dyn Capture>> = match capture {
        Some(into) => Some(Arc::new(capture::Folder::make(into, &files)?)),
        None => None,
    };
    let OdooTable { url, database, protocol, login } = &config.odoo;
    let connection = Connection { url: url.clone(), database: database.clone(), key: odoo_key };
    let protocol = protocol.as_deref().map(str::parse::<Protocol>).transpose().context("`odoo.protocol`")?;
    let settings = Settings { protocol, login: login.clone(), ..Settings::default() };
    let client = Client::with_settings(&connection, settings)?;
    let ledger = Ledger::open(&folder.join(LEDGER), &keys::ledger(folder)?)?;
    let options = Options {
        name: config.migration.name.clone(),
        as_of: config.migration.as_of.map(jiff::Timestamp::as_second),
        owner_fallback: config.owners.fallback.clone(),
        max_failed_share: config.migration.max_failed_share,
        capture,
        ..Options::default()
    };
    Ok(Migration::new(ledger, client, sources, modules, options))
}

/// The configured modules, which the client has accepted.
fn accepted(folder: &Path, config: &Config) -> Result<Vec<ModuleFile>> {
    let files = module_files(folder, config)?;
    lock::check(folder, config, &files)?;
    Ok(files)
}

/// The configured modules' files, accepted or not.
pub(crate) fn module_files(folder: &Path, config: &Config) -> Result<Vec<ModuleFile>> {
    let mut files = Vec::with_capacity(config.module.len());
    for module in &config.module {
        let path = folder.join(&module.file);
        let settings = module.settings.iter().map(|(name, value)| setting(name, value)).collect();
        files.push(module_file(&path, settings, config.limits(module))?);
    }
    Ok(files)
}

/// Loads files in the sandbox, none of which sees a record by that.
pub(crate) fn load(files: &[ModuleFile]) -> Result<Modules> {
    Ok(Modules::load(&engine()?, files)?)
}

/// A setting as text; a list or a table as JSON.
fn setting(name: &str, value: &toml::Value) -> Setting {
    let value = match value {
        toml::Value::String(text) => text.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    };
    Setting { name: name.to_owned(), value }
}

/// Reads a module's file.
pub(crate) fn module_file(path: &Path, settings: Vec<Setting>, limits: Limits) -> Result<ModuleFile> {
    let bytes = fs::read(path).with_context(|| {
        format!("module `{}` cannot be read\nhint: `cargo xtask guests` builds the ones that ship", path.display())
    })?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(ModuleFile { name, bytes, settings, limits })
}

/// The sandbox, with compiled modules kept in the user's cache folder.
pub(crate) fn engine() -> Result<Engine> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(Into::into)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
    let cache = base.map(|base: std::path::PathBuf| base.join("odograft").join("modules"));
    Ok(Engine::new(&EngineOptions { cache })?)
}
