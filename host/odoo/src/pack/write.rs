//! Writing a folder of files for people and for Odoo's import: a pack, or what is handed over.
//!
//! Each file begins with a byte order mark: Odoo guesses a file's encoding (`chardet`), and takes UTF-8 with that mark for
//! nothing else. Every cell is in quotes, so that no cell is read as anything but text. A folder replaces an earlier one as
//! a whole, when it is complete. Only its owner can read it: patients' records are in it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use csv::{QuoteStyle, Writer, WriterBuilder};
use sha2::{Digest as _, Sha256};

use super::PackError;

/// A CSV file that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvFile {
    /// `03-res.partner.csv`; folders within the folder are parted by `/`.
    pub file: String,
    /// Rows in it, the headers left out.
    pub rows: u64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// A folder in the making: it stands beside its place until [`NewFolder::finish`].
#[derive(Debug)]
pub struct NewFolder {
    place: PathBuf,
    making: PathBuf,
    list: &'static str,
}

impl NewFolder {
    /// Begins a folder that is known by its file `list`, which [`NewFolder::finish`] writes. What an earlier call that was
    /// broken off has left beside `place` is thrown away.
    ///
    /// # Errors
    /// [`PackError::Strange`] when `place` holds something else; [`PackError::File`].
    pub fn begin(place: &Path, list: &'static str) -> Result<Self, PackError> {
        let holds_something = match fs::read_dir(place) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(source) => return Err(PackError::File { path: place.to_owned(), doing: "read", source }),
        };
        if holds_something && !place.join(list).is_file() {
            return Err(PackError::Strange { path: place.to_owned(), list });
        }
        let making = beside(place, "new");
        clear(&making)?;
        make_private(&making).map_err(|source| written(&making, source))?;
        Ok(Self { place: place.to_owned(), making, list })
    }

    /// Begins one CSV file with these headers.
    ///
    /// # Errors
    /// [`PackError::File`].
    pub fn csv<H: AsRef<str>>(&self, file: &str, headers: &[H]) -> Result<CsvPart, PackError> {
        let (path, out) = self.create(file)?;
        let mut out = Hashing { out: BufWriter::new(out), hasher: Sha256::new() };
        out.write_all("\u{feff}".as_bytes()).map_err(|source| written(&path, source))?;
        let writer = WriterBuilder::new().quote_style(QuoteStyle::Always).from_writer(out);
        let done = CsvFile { file: file.to_owned(), rows: 0, sha256: String::new() };
        let mut part = CsvPart { path, writer, done };
        part.line(headers.iter().map(AsRef::as_ref))?;
        Ok(part)
    }

    /// Begins a file of lines.
    ///
    /// # Errors
    /// [`PackError::File`].
    pub fn lines(&self, file: &str) -> Result<LinesPart, PackError> {
        let (path, out) = self.create(file)?;
        Ok(LinesPart { path, out: BufWriter::new(out) })
    }

    /// Writes a whole file that is no CSV, such as the index page.
    ///
    /// # Errors
    /// [`PackError::File`].
    pub fn page(&self, file: &str, text: &str) -> Result<(), PackError> {
        let (path, mut out) = self.create(file)?;
        out.write_all(text.as_bytes()).map_err(|source| written(&path, source))
    }

    /// A new file, and the folders that it lies in.
    fn create(&self, file: &str) -> Result<(PathBuf, File), PackError> {
        let path = self.making.join(file);
        let failed = |source| written(&path, source);
        path.parent().map_or(Ok(()), make_private).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let out = options.open(&path).map_err(failed)?;
        Ok((path, out))
    }

    /// Writes the list that the folder is known by, and puts the folder in its place.
    ///
    /// # Errors
    /// [`PackError::File`]; an earlier folder is still there, in its place or beside it.
    pub fn finish(self, list: &str) -> Result<(), PackError> {
        self.page(self.list, list)?;
        let earlier = beside(&self.place, "old");
        clear(&earlier)?;
        if self.place.exists() {
            fs::rename(&self.place, &earlier).map_err(|source| written(&self.place, source))?;
        }
        fs::rename(&self.making, &self.place).map_err(|source| written(&self.place, source))?;
        clear(&earlier)
    }
}

/// A file of lines in the making.
#[derive(Debug)]
pub struct LinesPart {
    path: PathBuf,
    out: BufWriter<File>,
}

impl LinesPart {
    /// Adds a line.
    ///
    /// # Errors
    /// [`PackError::File`].
    pub fn line(&mut self, text: &str) -> Result<(), PackError> {
        writeln!(self.out, "{text}").map_err(|source| written(&self.path, source))
    }

    /// Brings the file to the disk.
    ///
    /// # Errors
    /// [`PackError::File`].
    pub fn finish(self) -> Result<(), PackError> {
        let Self { path, out } = self;
        let failed = |source| written(&path, source);
        out.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)
    }
}

/// One CSV file in the making.
#[derive(Debug)]
pub struct CsvPart {
    path: PathBuf,
    writer: Writer<Hashing>,
    done: CsvFile,
}

impl CsvPart {
    /// Adds a row: a cell for each header.
    ///
    /// # Errors
    /// [`PackError::File`].
    pub fn row<'c>(&mut self, cells: impl Iterator<Item = &'c str>) -> Result<(), PackError> {
        self.done.rows += 1;
        self.line(cells)
    }

    /// Rows so far.
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
    pub fn finish(mut self) -> Result<CsvFile, PackError> {
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

/// A hidden folder beside it, on the same disk, so that renaming is one step; its name is nobody else's.
fn beside(place: &Path, ending: &str) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    place.with_file_name(format!(".{name}.odograft-{ending}"))
}

/// Makes a folder, and those that it lies in, for their owner alone. Those that are there stay as they are.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
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
            let pack = NewFolder::begin(&place, "pack.json").expect("begun");
            let mut part = pack.csv("01-a.b.csv", &["id", "name"]).expect("begun");
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
        #[cfg(unix)]
        for (path, expected) in [(place.clone(), 0o700), (place.join("01-a.b.csv"), 0o600)] {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).expect("there").permissions());
            assert_eq!(mode & 0o777, expected, "{}", path.display());
        }
        fs::write(folder.join("letter.txt"), "x").expect("written");
        assert!(matches!(NewFolder::begin(&folder, "pack.json"), Err(PackError::Strange { .. })));
        assert!(matches!(NewFolder::begin(&place, "other.json"), Err(PackError::Strange { .. })));
        fs::remove_dir_all(&folder).expect("removed");
    }
}
