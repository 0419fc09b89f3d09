//! Files opened inside the folder, and copies of them in UTF-8.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use cap_std::fs::Dir;
use encoding_rs::{DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::problem::DropProblem;
use super::read::LARGEST_ROW;

/// How a file writes its letters as bytes. Declared, never guessed: every byte is a letter in Windows-1252.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    /// A byte order mark decides; little-endian where there is none.
    Utf16,
    Windows1252,
}

impl Encoding {
    pub(crate) fn named(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "utf-8" => Self::Utf8,
            "utf-16" => Self::Utf16,
            "windows-1252" => Self::Windows1252,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 => "UTF-16",
            Self::Windows1252 => "Windows-1252",
        }
    }
}

/// Opens a file inside the folder; no path and no link leads out of it.
pub(crate) fn open(dir: &Dir, name: &str) -> Result<File, DropProblem> {
    let failed = |error: io::Error| DropProblem::File { file: name.to_owned(), reason: error.to_string() };
    let file = dir.open(name).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(failed(io::Error::other("it is not a file")));
    }
    Ok(file.into_std())
}

/// A file without a name, which nobody else can open and which is gone with this process.
pub(crate) fn nameless(name: &str) -> Result<File, DropProblem> {
    tempfile::tempfile().map_err(|error| spooling(name, &error))
}

pub(crate) fn spooling(name: &str, error: &io::Error) -> DropProblem {
    DropProblem::Spool { file: name.to_owned(), reason: error.to_string() }
}

/// A file's text in UTF-8, line for line. Refuses bytes that are no letter, and lines longer than any row may be.
pub(crate) fn transcode(name: &str, mut file: File, encoding: Encoding) -> Result<File, DropProblem> {
    let mut head = [0; 2];
    let read = |error: io::Error| DropProblem::File { file: name.to_owned(), reason: error.to_string() };
    let marked = file.read(&mut head).map_err(read)? == 2;
    file.seek(SeekFrom::Start(0)).map_err(read)?;
    let from = match encoding {
        Encoding::Windows1252 => WINDOWS_1252,
        _ if marked && head == [0xfe, 0xff] => UTF_16BE,
        _ => UTF_16LE,
    };
    let mut decoder = from.new_decoder_with_bom_removal();
    let out = nameless(name)?;
    let mut out = BufWriter::with_capacity(1 << 16, out);
    let (mut input, mut text) = (vec![0_u8; 1 << 15], vec![0_u8; 1 << 17]);
    let (mut line, mut length) = (1_u64, 0_u64);
    loop {
        let got = file.read(&mut input).map_err(read)?;
        let mut rest = &input[..got];
        loop {
            let (result, used, written) = decoder.decode_to_utf8_without_replacement(rest, &mut text, got == 0);
            rest = &rest[used..];
            let no_text = |line| DropProblem::NotText { file: name.to_owned(), line, encoding: encoding.name() };
            let mut before = 0;
            for &byte in &text[..written] {
                length += 1;
                if byte == b'\n' {
                    (line, length) = (line + 1, 0);
                }
                // The five bytes that Windows-1252 does not use become control characters, U+0080 to U+009F.
                if encoding == Encoding::Windows1252 && before == 0xc2 && byte < 0xa0 {
                    return Err(no_text(line));
                }
                before = byte;
            }
            if length > LARGEST_ROW {
                return Err(DropProblem::TooLong { file: name.to_owned(), line });
            }
            if matches!(result, DecoderResult::Malformed(..)) {
                return Err(no_text(line));
            }
            out.write_all(&text[..written]).map_err(|error| spooling(name, &error))?;
            if matches!(result, DecoderResult::InputEmpty) {
                break;
            }
        }
        if got == 0 {
            break;
        }
    }
    rewound(name, out)
}

/// The written file, at its beginning.
pub(crate) fn rewound(name: &str, out: BufWriter<File>) -> Result<File, DropProblem> {
    let mut file = out.into_inner().map_err(|error| spooling(name, error.error()))?;
    file.seek(SeekFrom::Start(0)).map_err(|error| spooling(name, &error))?;
    Ok(file)
}
