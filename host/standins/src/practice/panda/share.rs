//! The file share beside the databases: scans by clinic, and the folder of letters.

use std::fs;
use std::io;
use std::path::Path;

use super::super::Practice;
use super::Clinic;

/// A patient whose number is a multiple of this has a scan on the share.
pub(super) const FILED: i64 = 17;

/// The letters of the folder by their path below it. The last one is no text in UTF-8: a byte order mark of UTF-16, and `Hi`.
pub(crate) const LETTER_FILES: [(&str, &[u8]); 3] = [
    ("recall.txt", "Dear {FirstName},\nyour maintenance visit is due – please call.\n".as_bytes()),
    ("2019/old recall.txt", b"Dear {FirstName}, it is time again.\n"),
    ("thanks.rtf", b"\xff\xfeH\0i\0"),
];

/// The path of a patient's scan below the share.
pub(super) fn path(clinic: &str, patient: i64) -> String {
    format!("scans/{clinic}/{patient}.png")
}

/// What it holds.
pub(crate) fn scan(clinic: &str, patient: i64) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(
        format!("{clinic}/{patient}").bytes().cycle().take(2_000 + usize::try_from(patient % 500).unwrap_or(0)),
    );
    bytes
}

/// Writes every file that the databases name, and the letters; how many there are.
pub(crate) fn write(practice: &Practice, dir: &Path) -> io::Result<usize> {
    let mut files = 0;
    let mut put = |path: &str, bytes: &[u8]| -> io::Result<()> {
        let file = dir.join(path);
        fs::create_dir_all(file.parent().unwrap_or(dir))?;
        files += 1;
        fs::write(file, bytes)
    };
    for (at, site) in practice.sites.iter().enumerate() {
        let clinic = Clinic::of(practice, at, site);
        for (patient, _) in clinic.numbered().filter(|(patient, _)| patient % FILED == 0) {
            put(&path(&clinic.tag, patient), &scan(&clinic.tag, patient))?;
        }
    }
    for (path, bytes) in LETTER_FILES {
        put(&format!("Letters/{path}"), bytes)?;
    }
    Ok(files)
}
