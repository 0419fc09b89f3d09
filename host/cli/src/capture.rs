//! `odograft run --capture`: every call of a module, kept as a bundle.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;

use anyhow::{Context as _, Result, bail};
use odograft_engine::digest;
use odograft_migration::{Capture, Captured, ModuleFile};
use odograft_workbench::bundle::{Bundle, MODULES, Made};
use odograft_workbench::case::{Expected, Input};
use odograft_workbench::subject::{Ran, Sent};
use serde_json::Value;
use serde_json::value::RawValue;

/// A folder of bundles in the making.
#[derive(Debug)]
pub(crate) struct Folder {
    folder: PathBuf,
    calls: Mutex<usize>,
}

impl Folder {
    /// Makes the folder, which nobody but this user may read, and puts the modules into it.
    ///
    /// # Errors
    /// There is something in it already, or it cannot be written.
    pub(crate) fn make(folder: &Path, modules: &[ModuleFile]) -> Result<Self> {
        let cannot =
            || format!("`{}` cannot be written\nhint: name a folder that this user may write to", folder.display());
        fs::create_dir_all(folder).with_context(cannot)?;
        if fs::read_dir(folder).with_context(cannot)?.next().is_some() {
            bail!("`{}` is not empty\nhint: a capture goes into a folder of its own", folder.display());
        }
        only_for_this_user(folder).with_context(cannot)?;
        let beside = folder.join(MODULES);
        fs::create_dir_all(&beside).with_context(cannot)?;
        let mut written = BTreeSet::new();
        for module in modules {
            let name = format!("{}.wasm", digest(&module.bytes));
            if written.insert(name.clone()) {
                fs::write(beside.join(name), &module.bytes).with_context(cannot)?;
            }
        }
        Ok(Self { folder: folder.to_owned(), calls: Mutex::new(0) })
    }
}

#[cfg(unix)]
fn only_for_this_user(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn only_for_this_user(_: &Path) -> std::io::Result<()> {
    Ok(())
}

impl Capture for Folder {
    fn keep(&self, call: &Captured<'_>) -> Result<(), String> {
        let number = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            *calls += 1;
            *calls
        };
        let folder = self.folder.join(format!("{number:06}-{}-{}", call.module, call.object));
        let records = call.rows.iter().map(|row| RawValue::from_string(row.record.clone()));
        // Its words may quote a value.
        let records = records.collect::<Result<Vec<_>, _>>().map_err(|_| "a staged row is no JSON".to_owned())?;
        let settings = call.context.settings.iter();
        let input = Input {
            as_of: jiff::Timestamp::from_second(call.context.as_of_seconds).map_err(|error| error.to_string())?,
            settings: settings.map(|setting| (setting.name.clone(), Value::from(setting.value.as_str()))).collect(),
            records,
        };
        let mut answers = call.report.answers.iter().cloned();
        let sent = |row: &odograft_migration::CapturedRow| -> Result<Sent, String> {
            match &row.decoded {
                Ok(problems) => {
                    let answer = answers.next().ok_or("the engine answers every record")?;
                    Ok((Ok(answer), problems.clone()))
                }
                Err(error) => Ok((Err(error.clone()), Vec::new())),
            }
        };
        let rows = call.rows.iter().map(sent).collect::<Result<Vec<_>, _>>()?;
        let ran = Ran::of_call(rows, call.report.fuel, call.report.calls, call.texts.clone());
        let made = Made::now(call.module, call.digest, call.interface, call.limits);
        Bundle::write(&folder, &made, &input, &Expected::of(&ran, call.manifest)).map_err(|error| error.to_string())
    }
}
