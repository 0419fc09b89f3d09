//! Files of a share that a source's rows name: opened below one root, copied a piece at a time.

use std::io::{self, Read, Write};
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

/// Bytes of a piece.
const PART: usize = 1 << 16;

/// A folder with files.
#[derive(Debug)]
pub struct FileShare {
    dir: Dir,
}

/// Why a file could not be copied. The path is not repeated: names of files can hold names of patients.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShareError {
    /// The share itself.
    #[error("the file share cannot be opened: {reason}; hint: give the folder that the paths in the database begin at")]
    Root {
        /// What the operating system said.
        reason: String,
    },
    /// A file that is not there, or a path that leads out of the share.
    #[error(
        "a file of the share cannot be opened: {reason}; hint: the row's path must lie below the share, and no link may lead out of it"
    )]
    File {
        /// What the operating system said.
        reason: String,
    },
    /// More bytes than are allowed.
    #[error("a file of the share has more than {limit} bytes; hint: raise the limit or hand the file over by hand")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Reading or writing failed in the middle.
    #[error("a file of the share cannot be copied: {reason}; hint: run again, it is read from its start")]
    Copy {
        /// What the operating system said.
        reason: String,
    },
}

impl FileShare {
    /// Opens the share's root.
    ///
    /// Errors: [`ShareError::Root`].
    pub fn open(root: &Path) -> Result<Self, ShareError> {
        let dir = Dir::open_ambient_dir(root, ambient_authority());
        Ok(Self { dir: dir.map_err(|error| ShareError::Root { reason: error.to_string() })? })
    }

    /// Copies a file into `out`; `path` is the row's, with `/` or `\\` between its parts. Returns how many bytes there are
    /// and their blake3 digest. Nothing outside the share is opened, whatever the path and the links in it say.
    ///
    /// Errors: [`ShareError`]; what was written to `out` by then is no whole file.
    pub fn copy(&self, path: &str, limit: u64, out: &mut dyn Write) -> Result<(u64, String), ShareError> {
        let failed = |error: io::Error| ShareError::File { reason: error.kind().to_string() };
        let mut file = self.dir.open(path.replace('\\', "/")).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(ShareError::File { reason: "it is no file".to_owned() });
        }
        let broken = |error: io::Error| ShareError::Copy { reason: error.kind().to_string() };
        let (mut hasher, mut total, mut part) = (blake3::Hasher::new(), 0_u64, vec![0; PART]);
        loop {
            let read = file.read(&mut part).map_err(broken)?;
            if read == 0 {
                return Ok((total, hasher.finalize().to_hex().to_string()));
            }
            total += read as u64;
            if total > limit {
                return Err(ShareError::TooLarge { limit });
            }
            hasher.update(&part[..read]);
            out.write_all(&part[..read]).map_err(broken)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_copied_whole_and_told_by_its_digest() {
        let root = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(root.path().join("scans")).expect("made");
        let bytes: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        std::fs::write(root.path().join("scans/a.png"), &bytes).expect("written");
        let share = FileShare::open(root.path()).expect("a share");
        let mut out = Vec::new();
        let (length, digest) = share.copy("scans\\a.png", 1 << 20, &mut out).expect("copied");
        assert_eq!((length, out.len()), (800_000, 800_000));
        assert_eq!(digest, blake3::hash(&bytes).to_hex().to_string());
        let error = share.copy("scans/a.png", 1_000, &mut io::sink()).expect_err("too large");
        assert!(matches!(error, ShareError::TooLarge { limit: 1_000 }), "{error}");
    }

    #[test]
    fn no_path_and_no_link_leads_out() {
        let outside = tempfile::tempdir().expect("a temporary folder");
        let secret = outside.path().join("Quackenbush.png");
        std::fs::write(&secret, b"secret").expect("written");
        let root = tempfile::tempdir_in(outside.path()).expect("a temporary folder");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&secret, root.path().join("file.png")).expect("a link");
            std::os::unix::fs::symlink(outside.path(), root.path().join("folder")).expect("a link");
        }
        let share = FileShare::open(root.path()).expect("a share");
        let whole = secret.display().to_string();
        for path in [
            "../Quackenbush.png",
            "..\\Quackenbush.png",
            "file.png",
            "folder/Quackenbush.png",
            &whole,
            "a/../../Quackenbush.png",
            "",
            ".",
        ] {
            let error = share.copy(path, 1 << 20, &mut io::sink()).expect_err(path);
            assert!(matches!(error, ShareError::File { .. }) && !error.to_string().contains("Quackenbush"), "{error}");
        }
    }
}
