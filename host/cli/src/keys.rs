//! Secrets: from the environment or from a file, never from the configuration.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use secrecy::SecretString;

/// The ledger's key.
pub(crate) const LEDGER: &str = "ODOGRAFT_LEDGER_KEY";
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

/// The ledger's key: from the environment, else from the folder's `ledger.key`.
pub(crate) fn ledger(folder: &Path) -> Result<SecretString> {
    if let Some(secret) = from_environment(LEDGER)? {
        return Ok(secret);
    }
    let file = folder.join("ledger.key");
    match fs::read_to_string(&file) {
        Ok(secret) => non_empty(secret.trim().to_owned(), "ledger.key"),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("`{}` cannot be read", file.display()))
        }
        Err(_) => bail!(
            "the ledger's key is not set\nhint: put it into the environment variable `{LEDGER}`; `odograft init` makes a new one in `ledger.key`"
        ),
    }
}

/// Makes a new ledger key in `ledger.key`, readable by its owner only; an existing one is kept, and
/// then the answer is false.
pub(crate) fn make_ledger_key(folder: &Path) -> Result<bool> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("the system gives no random bytes: {error}"))?;
    let text: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(folder.join("ledger.key")) {
        Ok(mut file) => {
            file.write_all(text.as_bytes())?;
            // The ledger outlasts a loss of power; without its key it could as well not.
            file.sync_all()?;
            Ok(true)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).context("`ledger.key` cannot be written"),
    }
}

fn non_empty(secret: String, name: &str) -> Result<SecretString> {
    if secret.is_empty() {
        bail!("`{name}` is empty");
    }
    Ok(secret.into())
}
