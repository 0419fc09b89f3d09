//! From a configuration to a migration that is ready to run.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, iter};

use anyhow::{Context, Result, bail};
use odograft_engine::{ComposeError, Engine, EngineOptions, Part, compose, digest};
use odograft_migration::{Capture, MAX_FILE_BYTES, Migration, ModuleFile, Modules, Options};
use odograft_odoo::{Client, Connection, Protocol, Settings};
use odograft_records::bindings::transform::manifest::Setting;
use odograft_sources::{
    Dentally, DentallyOptions, DropKind, NumbersApi, NumbersApiOptions, Panda, PerioDrop, Source, TableDrop,
};
use secrecy::SecretString;

use crate::config::{Config, DentallyTable, ModuleTable, NumbersTable, OdooTable};
use crate::{capture, keys, lock, session, stopping};

/// The ledger's file within the client's folder.
pub(crate) const LEDGER: &str = "ledger.db";

/// Stands for the key of a server that is not called.
const NO_KEY: &str = "not-called";

/// Opens everything that `folder` configures.
/// `command` is the one that does; `capture` names a folder for every call of a module.
pub(crate) async fn migration(folder: &Path, command: &str, capture: Option<&Path>) -> Result<Migration> {
    let config = Config::read(folder)?;
    let sources = sources(folder, &config, &keys::required).await?;
    with(folder, command, &config, sources, keys::required(keys::ODOO, "the key to Odoo")?, capture)
}

/// Opens the configured sources; `key` finds the secret that one needs, by the name of its variable and what it is.
pub(crate) async fn sources(
    folder: &Path,
    config: &Config,
    key: &dyn Fn(&str, &str) -> Result<SecretString>,
) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    if let Some(dentally) = &config.source.dentally {
        sources.push(Source::Dentally(self::dentally(dentally, key(keys::DENTALLY, "the key to Dentally")?)?));
        if let Some(files) = &dentally.files {
            sources.push(Source::Tables(TableDrop::open(DropKind::DentallyFiles, &folder.join(files))?));
        }
    }
    if let Some(drop) = &config.source.dent_o_soft {
        sources.push(Source::Tables(TableDrop::open(DropKind::DentOSoft, &folder.join(&drop.folder))?));
    }
    match &config.source.practice_by_numbers {
        None => {}
        Some(NumbersTable::Reports(drop)) => {
            sources.push(Source::Tables(TableDrop::open(DropKind::PracticeByNumbers, &folder.join(&drop.folder))?));
        }
        Some(NumbersTable::Api(api)) => sources.push(Source::NumbersApi(NumbersApi::new(NumbersApiOptions {
            url: api.url.clone(),
            organisation: api.organisation.clone(),
            token: key(keys::NUMBERS, "the token of Practice by Numbers")?,
            lists: api.lists.clone(),
            time_zone: api.time_zone.clone(),
        })?)),
    }
    if let Some(panda) = &config.source.panda_perio {
        let options = panda.options(folder, key(keys::PANDA, "the password of PANDA Perio's SQL Server")?)?;
        sources.push(Source::Panda(Box::new(Panda::open(options).await?)));
    }
    if let Some(drop) = &config.source.tabular {
        sources.push(Source::Tables(TableDrop::open(DropKind::Tabular, &folder.join(&drop.folder))?));
    }
    if let Some(drop) = &config.source.perio_drop {
        sources.push(Source::PerioDrop(PerioDrop::open(&folder.join(&drop.folder))?));
    }
    Ok(sources)
}

/// The same for an Odoo whose API is closed: nothing is ever sent to it, so no key is needed.
pub(crate) fn without_odoo(folder: &Path, command: &str, config: &Config, sources: Vec<Source>) -> Result<Migration> {
    with(folder, command, config, sources, SecretString::from(NO_KEY), None)
}

/// The same with a configuration, sources and keys that are at hand.
pub(crate) fn with(
    folder: &Path,
    command: &str,
    config: &Config,
    sources: Vec<Source>,
    odoo_key: SecretString,
    capture: Option<&Path>,
) -> Result<Migration> {
    if config.module.is_empty() {
        bail!("no module is named\nhint: add a `[[module]]` table with `file = \"modules/NAME.wasm\"`");
    }
    let files = accepted(folder, config)?;
    let modules = load(&files)?;
    let capture: Option<Arc<dyn Capture>> = match capture {
        Some(into) => Some(Arc::new(capture::Folder::make(into, &files)?)),
        None => None,
    };
    let client = odoo(&config.odoo, odoo_key)?;
    let ledger = session::ledger(folder, command)?;
    let options = Options {
        name: config.migration.name.clone(),
        as_of: config.migration.as_of.map(jiff::Timestamp::as_second),
        owners: config.owners(),
        rehearsal: config.migration.rehearsal,
        stop: stopping::stop(),
        max_failed_share: config.migration.max_failed_share,
        server_action: config.odoo.server_action,
        max_file_bytes: config.odoo.max_file_bytes.unwrap_or(MAX_FILE_BYTES),
        extras: config.extras(),
        capture,
        ..Options::default()
    };
    Ok(Migration::new(ledger, client, sources, modules, options))
}

/// The configured Dentally; nothing is sent yet.
fn dentally(table: &DentallyTable, key: SecretString) -> Result<Dentally> {
    let DentallyTable { url, appointments_from, appointments_until, also, accept_missing_rows, .. } = table;
    let options = DentallyOptions { url: url.clone(), key, from: *appointments_from, until: *appointments_until };
    let dentally = Dentally::new(options)?.with_objects(also).context("`source.dentally.also`")?;
    Ok(dentally.accepting_missing_rows(*accept_missing_rows))
}

/// The connection to the configured Odoo; nothing is sent yet.
pub(crate) fn odoo(table: &OdooTable, key: SecretString) -> Result<Client> {
    let OdooTable { url, database, protocol, login, .. } = table;
    let connection = Connection { url: url.clone(), database: database.clone(), key };
    let protocol = protocol.as_deref().map(str::parse::<Protocol>).transpose().context("`odoo.protocol`")?;
    let settings = Settings { protocol, login: login.clone(), ..Settings::default() };
    Ok(Client::with_settings(&connection, settings)?)
}

/// The configured modules, which the client has accepted.
pub(crate) fn accepted(folder: &Path, config: &Config) -> Result<Vec<ModuleFile>> {
    let stacks = stacks(folder, config)?;
    lock::check(folder, &stacks)?;
    Ok(stacks.into_iter().map(|stack| stack.module).collect())
}

/// One `[[module]]` table: the module that runs, and the files that it is made of.
pub(crate) struct Stack {
    /// Each file as the configuration names it, with the SHA-256 of what was read: the base, then what lies over it.
    pub(crate) parts: Vec<(PathBuf, String)>,
    pub(crate) module: ModuleFile,
}

/// The configured modules, accepted or not.
pub(crate) fn stacks(folder: &Path, config: &Config) -> Result<Vec<Stack>> {
    config.module.iter().map(|table| stack(folder, config, table)).collect()
}

fn stack(folder: &Path, config: &Config, table: &ModuleTable) -> Result<Stack> {
    let read = |file: &PathBuf| Component::read(&folder.join(file));
    let (base, overlays) = (read(&table.file)?, table.overlays.iter().map(read).collect::<Result<Vec<_>>>()?);
    let files = iter::once(&table.file).chain(&table.overlays);
    let components = iter::once(&base).chain(&overlays);
    let parts = iter::zip(files, components).map(|(file, part)| (file.clone(), digest(&part.bytes))).collect();
    let Component { name, bytes } =
        base.under(&overlays).with_context(|| format!("the `[[module]]` table of `{}`", table.file.display()))?;
    let settings = table.settings.iter().map(|(name, value)| setting(name, value)).collect();
    Ok(Stack {
        parts,
        module: ModuleFile { name, bytes, settings, extras: config.extras(), limits: config.limits(table) },
    })
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

/// A module's file as it was read.
pub(crate) struct Component {
    /// The file's name without its ending.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Component {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| {
            format!("module `{}` cannot be read\nhint: `cargo xtask guests` builds the ones that ship", path.display())
        })?;
        Ok(Self { name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), bytes })
    }

    /// This with `overlays` over it, the last of them on top; itself where there are none.
    pub(crate) fn under(self, overlays: &[Self]) -> Result<Self, ComposeError> {
        if overlays.is_empty() {
            return Ok(self);
        }
        let over: Vec<Part<'_>> = overlays.iter().map(Self::part).collect();
        let bytes = compose(self.part(), &over)?;
        let names = iter::once(&self).chain(overlays).map(|part| part.name.as_str());
        Ok(Self { name: names.collect::<Vec<_>>().join("+"), bytes })
    }

    fn part(&self) -> Part<'_> {
        Part { name: &self.name, bytes: &self.bytes }
    }
}

/// The sandbox, with compiled modules kept in the user's cache folder.
pub(crate) fn engine() -> Result<Engine> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(Into::into)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
    let cache = base.map(|base: PathBuf| base.join("odograft").join("modules"));
    Ok(Engine::new(&EngineOptions { cache })?)
}
