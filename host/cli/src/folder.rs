//! Folders of files that hold patients' values: for their owner alone, each file whole or not there.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Refuses a folder that holds something else than these files.
pub(crate) fn check(folder: &Path, files: &[&str]) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let name = entry?.file_name();
        // A command that was killed may have left one half written.
        let own = |file: &&str| name == **file || name == *format!(".{file}.new");
        if !files.iter().any(own) {
            bail!(
                "`{}` holds something else than an earlier one of the same command: `{}`\nhint: `--out` names an empty folder",
                folder.display(),
                name.to_string_lossy()
            );
        }
    }
    Ok(())
}

/// Writes the files, in the place of earlier ones.
pub(crate) fn write(folder: &Path, files: &[(&str, Vec<u8>)]) -> Result<()> {
    check(folder, &files.iter().map(|(name, _)| *name).collect::<Vec<_>>())?;
    fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    private(folder)?;
    for (name, bytes) in files {
        let (file, beside) = (folder.join(name), folder.join(format!(".{name}.new")));
        fs::write(&beside, bytes)
            .and_then(|()| fs::rename(&beside, &file))
            .with_context(|| format!("`{}` cannot be written", file.display()))?;
    }
    Ok(())
}

/// Only the folder's owner may look into it.
#[cfg(unix)]
fn private(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?)
}

#[cfg(not(unix))]
fn private(_: &Path) -> Result<()> {
    Ok(())
}
