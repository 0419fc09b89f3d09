//! The journal: every committed call as a JSON line, so that the stand-in survives a restart.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::database::ADMIN;

/// A committed call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) now: String,
    /// Who called; the administrator in journals of before there were others.
    #[serde(default = "admin")]
    pub(crate) user: i64,
    pub(crate) model: String,
    pub(crate) method: String,
    pub(crate) body: Map<String, Value>,
}

fn admin() -> i64 {
    ADMIN
}

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
}

impl Journal {
    /// Opens or makes the journal and hands every whole entry to `replay`, in order. A torn last line,
    /// as a kill leaves it, is cut off.
    pub(crate) fn open(path: &Path, mut replay: impl FnMut(Entry)) -> io::Result<Journal> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().create(true).read(true).write(true).truncate(false).open(path)?;
        let mut reader = BufReader::new(&mut file);
        let mut whole = 0_u64;
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line)?;
            if read == 0 || line.last() != Some(&b'\n') {
                break;
            }
            let entry = serde_json::from_slice(&line).map_err(|error| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!(
                        "the journal is damaged at byte {whole} ({}); delete the file to start afresh",
                        error.classify_text()
                    ),
                )
            })?;
            replay(entry);
            whole += read as u64;
        }
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        Ok(Journal { file })
    }

    /// Appends a committed call.
    pub(crate) fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

/// What kind of error it is, without the text that may hold a record's values.
trait ClassifyText {
    fn classify_text(&self) -> &'static str;
}

impl ClassifyText for serde_json::Error {
    fn classify_text(&self) -> &'static str {
        match self.classify() {
            serde_json::error::Category::Io => "unreadable",
            serde_json::error::Category::Syntax => "no JSON",
            serde_json::error::Category::Data => "no journal entry",
            serde_json::error::Category::Eof => "cut short",
        }
    }
}
