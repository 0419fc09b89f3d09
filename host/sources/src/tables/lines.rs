//! Which line of a text a byte stands on. The CSV reader counts otherwise where lines are empty or end in two bytes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Bytes that are looked at together.
const PART: usize = 1 << 16;

/// Counts lines, forward only.
#[derive(Debug)]
pub(super) struct Lines {
    /// A byte, and the line that it stands on.
    at: u64,
    line: u64,
    /// What the file holds from a byte on.
    part: Vec<u8>,
    from: u64,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { at: 0, line: 1, part: Vec::new(), from: 0 }
    }

    /// The line, from 1, of the first letter at `offset` or behind it that ends no line. Offsets must not fall. The file is
    /// left where it was.
    pub(super) fn of(&mut self, file: &mut File, offset: u64) -> io::Result<u64> {
        while self.at < offset {
            match self.byte(file, self.at)? {
                Some(byte) => self.line += u64::from(byte == b'\n'),
                None => break,
            }
            self.at += 1;
        }
        let (mut at, mut line) = (self.at, self.line);
        while let Some(byte @ (b'\r' | b'\n')) = self.byte(file, at)? {
            line += u64::from(byte == b'\n');
            at += 1;
        }
        Ok(line)
    }

    fn byte(&mut self, file: &mut File, at: u64) -> io::Result<Option<u8>> {
        let held = |lines: &Self| lines.part.get(usize::try_from(at.checked_sub(lines.from)?).ok()?).copied();
        if let Some(byte) = held(self) {
            return Ok(Some(byte));
        }
        let back = file.stream_position()?;
        file.seek(SeekFrom::Start(at))?;
        self.part.resize(PART, 0);
        let read = file.read(&mut self.part);
        file.seek(SeekFrom::Start(back))?;
        self.part.truncate(read?);
        self.from = at;
        Ok(held(self))
    }
}
