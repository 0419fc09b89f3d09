//! Secrets: from the environment or from a file, never from the configuration.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use odograft_ledger::LedgerError;
use secrecy::{ExposeSecret, SecretString};

use crate::open;

/// The ledger's key.
pub(crate) const LEDGER: &str = "ODOGRAFT_LEDGER_KEY";
/// The key that the ledger is to get in place of that.
const NEW_LEDGER: &str = "ODOGRAFT_LEDGER_NEW_KEY";
/// The ledger's key in a client's folder, and where a new one lies until the ledger has it.
const KEY_FILE: &str = "ledger.key";
const NEW_KEY_FILE: &str = "ledger.key.new";
/// Dentally's API key.
pub(crate) const DENTALLY: &str = "ODOGRAFT_DENTALLY_KEY";
/// The token of Practice by Numbers' API.
pub(crate) const NUMBERS: &str = "ODOGRAFT_PRACTICE_BY_NUMBERS_TOKEN";
/// The password of PANDA Perio's SQL Server.
pub(crate) const PANDA: &str = "ODOGRAFT_PANDA_PASSWORD";
/// Odoo's API key.
pub(crate) const ODOO: &str = "ODOGRAFT_ODOO_KEY";

/// The secret in the environment variable `name`, or in the file that `name_FILE` names.
pub(crate) fn from_environment(name: &str) -> Result<Option<SecretString>> {
    if let Ok(secret) = std::env::var(name) {
        return non_empty(secret, name).map(Some);
    }
    let file = format!("{name}_FILE");
    match std::env::var(&file) {
        Ok(path) => {
            let secret =
                fs::read_to_string(&path).with_context(|| format!("`{path}`, which `{file}` names, cannot be read"))?;
            non_empty(secret.trim().to_owned(), &file).map(Some)
        }
        Err(_) => Ok(None),
    }
}

/// The same; without it the command cannot work.
pub(crate) fn required(name: &str, what: &str) -> Result<SecretString> {
    match from_environment(name)? {
        Some(secret) => Ok(secret),
        None => bail!(
            "{what} is not set\nhint: put it into the environment variable `{name}`, or its file's path into `{name}_FILE`"
        ),
    }
}

/// Opens a ledger with its key: from the environment, else from the folder's `ledger.key`. Where a change of that key was
/// broken off, the new one may be the ledger's already.
pub(crate) fn with<T>(folder: &Path, open: impl Fn(&SecretString) -> Result<T, LedgerError>) -> Result<T> {
    if let Some(key) = from_environment(LEDGER)? {
        return Ok(open(&key)?);
    }
    let (file, new) = (folder.join(KEY_FILE), folder.join(NEW_KEY_FILE));
    match open(&from_file(folder, &file)?) {
        Err(LedgerError::WrongKey { .. }) if new.exists() => {
            let opened = open(&from_file(folder, &new)?)?;
            // On a disk that cannot be written it stays where it is, and is found there again.
            let _ = fs::rename(&new, &file);
            Ok(opened)
        }
        opened => Ok(opened?),
    }
}

/// Whether the ledger's key is in the folder, and not in the environment.
pub(crate) fn in_folder() -> Result<bool> {
    Ok(from_environment(LEDGER)?.is_none())
}

/// Gives the ledger a new key by `give`: the one in the environment, else one that is made here. A key in `ledger.key`
/// gives way to it; until the ledger has it, both are there.
pub(crate) fn renew(folder: &Path, give: impl FnOnce(&SecretString) -> Result<()>) -> Result<()> {
    let given = from_environment(NEW_LEDGER)?;
    if !in_folder()? {
        let Some(new) = given else {
            bail!(
                "the ledger's key is in the environment variable `{LEDGER}`, and there is no new one\nhint: put it into `{NEW_LEDGER}`, or its file's path into `{NEW_LEDGER}_FILE`; afterwards it belongs into `{LEDGER}`"
            );
        };
        return give(&new);
    }
    let new = given.map_or_else(random, Ok)?;
    let (file, beside) = (folder.join(KEY_FILE), folder.join(NEW_KEY_FILE));
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("`{}` cannot be removed", beside.display()));
        }
        _ => {}
    }
    write(&beside, &new)?;
    give(&new)?;
    fs::rename(&beside, &file).with_context(|| format!("`{}` cannot be put in its place", beside.display()))
}

/// Makes a new ledger key in `ledger.key`, readable by its owner only; an existing one is kept, and
/// then the answer is false.
pub(crate) fn make_ledger_key(folder: &Path) -> Result<bool> {
    let file = folder.join(KEY_FILE);
    if file.exists() {
        return Ok(false);
    }
    write(&file, &random()?).map(|()| true)
}

/// A key of 32 random bytes.
fn random() -> Result<SecretString> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("the system gives no random bytes: {error}"))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect::<String>().into())
}

/// Writes a key into a new file that its owner alone may read.
fn write(file: &Path, key: &SecretString) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut file| {
        file.write_all(key.expose_secret().as_bytes())?;
        // The ledger outlasts a loss of power; without its key it could as well not.
        file.sync_all()
    });
    written.with_context(|| format!("`{}` cannot be written", file.display()))
}

fn from_file(folder: &Path, file: &Path) -> Result<SecretString> {
    match fs::read_to_string(file) {
        Ok(secret) => non_empty(secret.trim().to_owned(), KEY_FILE),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("`{}` cannot be read", file.display()))
        }
        Err(_) if folder.join(open::LEDGER).exists() => bail!(
            "the ledger's key is not set\nhint: put the one that the ledger was made with into the environment variable `{LEDGER}`, or back into `{KEY_FILE}`"
        ),
        Err(_) => bail!(
            "the ledger's key is not set\nhint: put it into the environment variable `{LEDGER}`; `odograft init` makes a new one in `{KEY_FILE}`"
        ),
    }
}

fn non_empty(secret: String, name: &str) -> Result<SecretString> {
    if secret.is_empty() {
        bail!("`{name}` is empty\nhint: a key that is empty protects nothing; give it, or take the name away");
    }
    Ok(secret.into())
}
