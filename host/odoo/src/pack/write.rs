//! Writing a pack's files.
//!
//! Each file begins with a byte order mark: Odoo guesses a file's encoding (`chardet`), and takes UTF-8 with that mark for
//! nothing else. Every cell is in quotes, so that no cell is read as anything but text. A pack replaces an earlier one as
//! a whole, when it is complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use csv::{QuoteStyle, Writer, WriterBuilder};
use sha2::{Digest as _, Sha256};

use super::PackError;

/// The file by which a pack is known; it lists the others.
const LIST: &str = "pack.json";

/// A file of a pack that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFile {
    /// `03-res.partner.csv`.
    pub file: String,
    /// The model that it is imported into.
    pub model: String,
    /// Records in it.
    pub rows: u64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// A folder in the making: it stands beside its place until [`PackFolder::finish`].
#[derive(Debug)]
pub struct PackFolder {
    place: PathBuf,
    making: PathBuf,
}

impl PackFolder {
    /// Begins a folder. What an earlier call that was broken off has left beside `place` is thrown away.
    ///
    /// # Errors
    /// [`PackError::NotAPack`] when `place` holds something else; [`PackError::File`].
    pub fn begin(place: &Path) -> Result<Self, PackError> {
        let holds_something = match fs::read_dir(place) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(source) => return Err(PackError::File { path: place.to_owned(), doing: "read", source }),
        };
        if holds_something && !place.join(LIST).is_file() {
            return Err(PackError::NotAPack { path: place.to_owned() });
        }
        let making = beside(place, "new");
        clear(&making)?;
        fs::create_dir_all(&making).map_err(|source| written(&making, source))?;
        Ok(Self { place: place.to_owned(), making })
    }

    /// Begins one CSV file with these headers.
    ///
    /// # Errors
    /// [`PackError::File`].
    pub fn file(&self, file: &str, model: &str, headers: &[String]) -> Result<PackPart, PackError> {
        let path = self.making.join(file);
        let out = File::create(&path).map_err(|source| written(&path, source))?;
        let mut out = Hashing { out: BufWriter::new(out), hasher: Sha256::new() };
        out.write_all("\u{feff}".as_bytes()).map_err(|source| written(&path, source))?;
        let writer = WriterBuilder::new().quote_style(QuoteStyle::Always).from_writer(out);
        let mut part = PackPart {
            path,
            writer,
            done: PackFile { file: file.to_owned(), model: model.to_owned(), rows: 0, sha256: String::new() },
        };
        part.line(headers.iter().map(String::as_str))?;
        Ok(part)
    }

    /// Writes a file that is no CSV: the index page.
    ///
    /// # Errors
    /// [`PackError::File`].
    pub fn page(&self, file: &str, text: &str) -> Result<(), PackError> {
        let path = self.making.join(file);
        fs::write(&path, text).map_err(|source| written(&path, source))
    }

    /// Writes the list that the pack is known by, and puts the pack in its place.
    ///
    /// # Errors
    /// [`PackError::File`]; an earlier pack is still there, in its place or beside it.
    pub fn finish(self, list: &str) -> Result<(), PackError> {
        self.page(LIST, list)?;
        let earlier = beside(&self.place, "old");
        clear(&earlier)?;
        if self.place.exists() {
            fs::rename(&self.place, &earlier).map_err(|source| written(&self.place, source))?;
        }
        fs::rename(&self.making, &self.place).map_err(|source| written(&self.place, source))?;
        clear(&earlier)
    }
}

/// One CSV file in the making.
#[derive(Debug)]
pub struct PackPart {
    path: PathBuf,
    writer: Writer<Hashing>,
    done: PackFile,
}

impl PackPart {
    /// Adds a record: a cell for each header.
    ///
    /// # Errors
    /// [`PackError::File`].
    pub fn row<'c>(&mut self, cells: impl Iterator<Item = &'c str>) -> Result<(), PackError> {
        self.done.rows += 1;
        self.line(cells)
    }

    /// Records so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.done.rows
    }

    fn line<'c>(&mut self, cells: impl Iterator<Item = &'c str>) -> Result<(), PackError> {
        self.writer.write_record(cells).map_err(|error| written(&self.path, io::Error::other(error)))
    }

    /// Brings the file to the disk.
    ///
    /// # Errors
    /// [`PackError::File`].
    pub fn finish(mut self) -> Result<PackFile, PackError> {
        let path = self.path;
        let failed = |source| written(&path, source);
        let Hashing { out, hasher } =
            self.writer.into_inner().map_err(|error| failed(io::Error::other(error.to_string())))?;
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        self.done.sha256 = hex(&hasher.finalize());
        Ok(self.done)
    }
}

/// Takes the digest of what goes through.
#[derive(Debug)]
struct Hashing {
    out: BufWriter<File>,
    hasher: Sha256,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The folder's name with an ending: on the same disk, so that renaming is one step.
fn beside(place: &Path, ending: &str) -> PathBuf {
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{ending}"));
    place.with_file_name(name)
}

fn clear(folder: &Path) -> Result<(), PackError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(written(folder, error)),
        _ => Ok(()),
    }
}

fn written(path: &Path, source: io::Error) -> PackError {
    PackError::File { path: path.to_owned(), doing: "written", source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_replaces_a_pack_and_nothing_else() {
        let folder = std::env::temp_dir().join(format!("odograft-pack-{}", std::process::id()));
        let place = folder.join("pack");
        for text in ["=1+1", "+44 \"x\"\r\ny"] {
            let pack = PackFolder::begin(&place).expect("begun");
            let mut part = pack.file("01-a.b.csv", "a.b", &["id".into(), "name".into()]).expect("begun");
            part.row(["m.a", text].into_iter()).expect("written");
            let done = part.finish().expect("written");
            let bytes = fs::read(pack.making.join("01-a.b.csv")).expect("there");
            let quoted = text.replace('"', "\"\"");
            let whole = format!("\u{feff}\"id\",\"name\"\n\"m.a\",\"{quoted}\"\n");
            assert_eq!(String::from_utf8_lossy(&bytes), whole, "a text is what it was");
            assert_eq!((done.rows, done.sha256), (1, hex(&Sha256::digest(&bytes))));
            pack.finish("{}").expect("in its place");
        }
        let names = |folder: &Path| -> Vec<String> {
            let entries = fs::read_dir(folder).expect("there");
            let mut names: Vec<String> =
                entries.map(|entry| entry.expect("there").file_name().to_string_lossy().into_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(names(&folder), ["pack"]);
        assert_eq!(names(&place), ["01-a.b.csv", "pack.json"]);
        fs::write(folder.join("letter.txt"), "x").expect("written");
        assert!(matches!(PackFolder::begin(&folder), Err(PackError::NotAPack { .. })));
        fs::remove_dir_all(&folder).expect("removed");
    }
}
