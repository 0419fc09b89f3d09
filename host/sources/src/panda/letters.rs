//! The template library as files of a folder: one row for each.

use std::io::{self, Read};

use cap_std::fs::Dir;
use serde_json::json;

use crate::{SourceError, SourceRow};

/// Rows of a page: each may hold a letter's whole text.
const PAGE_ROWS: usize = 50;

/// The most bytes of a file that are taken for a letter's text.
const LONGEST: u64 = 1 << 18;

/// How deep folders lie in one another.
const DEPTH: usize = 16;

/// The folder of letters below the share.
#[derive(Debug)]
pub(super) struct Letters {
    share: Dir,
    /// Its path below the share, with `/` between its parts.
    folder: String,
}

impl Letters {
    /// Checks that the folder is there.
    pub(super) fn open(share: &Dir, folder: &str) -> io::Result<Self> {
        let folder = folder.replace('\\', "/").trim_matches('/').to_owned();
        share.open_dir(place(&folder))?;
        Ok(Self { share: share.try_clone()?, folder })
    }

    /// Its path, which tells one folder from another.
    pub(super) fn folder(&self) -> &str {
        &self.folder
    }

    /// The rows behind a path, in the order of their paths, and whether there are more.
    pub(super) async fn page(&self, after: Option<&str>) -> Result<(Vec<SourceRow>, bool), SourceError> {
        let failed = |error: io::Error| SourceError::BadOption {
            option: "letters",
            reason: error.kind().to_string(),
            hint: "give a folder below the share that may be read",
        };
        let (share, folder, after) =
            (self.share.try_clone().map_err(failed)?, self.folder.clone(), after.map(str::to_owned));
        let read = tokio::task::spawn_blocking(move || {
            let mut paths = Vec::new();
            list(&share, &folder, 0, &mut paths)?;
            paths.sort_unstable();
            paths.retain(|path| after.as_ref().is_none_or(|after| path > after));
            let more = paths.len() > PAGE_ROWS;
            let rows = paths.iter().take(PAGE_ROWS).map(|path| row(&share, path)).collect::<Result<_, _>>()?;
            Ok((rows, more))
        });
        read.await.map_err(io::Error::other).and_then(|read| read).map_err(failed)
    }
}

/// A folder's path as it is opened: the share itself has none of its own.
fn place(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

/// The files below a folder. A link is a file that is opened, or not, when its row is read.
fn list(share: &Dir, folder: &str, depth: usize, out: &mut Vec<String>) -> io::Result<()> {
    for entry in share.read_dir(place(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if !entry.file_type()?.is_dir() {
            out.push(path);
        } else if depth < DEPTH {
            list(share, &path, depth + 1, out)?;
        }
    }
    Ok(())
}

fn row(share: &Dir, path: &str) -> io::Result<SourceRow> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let id = format!("/{path}");
    let body = json!({"id": id, "name": name, "body": text(share, path)?, "path": path}).to_string();
    Ok(SourceRow { id, parent: None, position: 0, body })
}

/// A file's text where it is UTF-8 and of a letter's size. What cannot be opened has none: reading the files says why.
fn text(share: &Dir, path: &str) -> io::Result<Option<String>> {
    let Ok(file) = share.open(path) else { return Ok(None) };
    let told = file.metadata()?;
    if !told.is_file() || told.len() > LONGEST {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() as u64 <= LONGEST && !text.contains('\0'));
    Ok(text.map(|text| text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}
