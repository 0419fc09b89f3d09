//! Sorts more short records than memory should hold: what memory holds is sorted and laid into a file without a name, again
//! and again, and merged in the end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

/// Bytes of records that are sorted in memory.
const PART: usize = 8 << 20;

/// Bytes that are read together of each part when parts are merged.
const READ: usize = 1 << 16;

/// Takes records of `N` bytes in any order and gives them in the order of their bytes.
#[derive(Debug)]
pub(super) struct Sorter<const N: usize> {
    records: Vec<[u8; N]>,
    /// Records that are sorted in memory.
    most: usize,
    /// Where full parts are laid, and how many records each has.
    laid: Option<File>,
    parts: Vec<u64>,
}

/// Sorted records.
pub(super) struct Sorted<const N: usize> {
    file: Option<File>,
    parts: Vec<Part<N>>,
    /// The next record of each part, and which part it is.
    next: BinaryHeap<Reverse<([u8; N], usize)>>,
}

/// One sorted part: records in memory, and where those that are still in the file lie.
struct Part<const N: usize> {
    records: std::vec::IntoIter<[u8; N]>,
    at: u64,
    left: u64,
}

impl<const N: usize> Sorter<N> {
    pub(super) fn new() -> Self {
        Self::of_parts(PART / N)
    }

    /// One that holds so many records in memory.
    pub(super) fn of_parts(most: usize) -> Self {
        Self { records: Vec::new(), most, laid: None, parts: Vec::new() }
    }

    pub(super) fn push(&mut self, record: [u8; N]) -> io::Result<()> {
        self.records.push(record);
        if self.records.len() < self.most {
            return Ok(());
        }
        self.records.sort_unstable();
        let file = match self.laid.take() {
            Some(file) => file,
            None => tempfile::tempfile()?,
        };
        let mut out = BufWriter::with_capacity(READ, file);
        for record in &self.records {
            out.write_all(record)?;
        }
        self.laid = Some(out.into_inner().map_err(io::IntoInnerError::into_error)?);
        self.parts.push(self.records.len() as u64);
        self.records.clear();
        Ok(())
    }

    /// All of them, the smallest first.
    pub(super) fn finish(mut self) -> io::Result<Sorted<N>> {
        self.records.sort_unstable();
        let mut at = 0;
        let mut parts = Vec::new();
        for left in self.parts {
            parts.push(Part { records: Vec::new().into_iter(), at, left });
            at += left * N as u64;
        }
        parts.push(Part { records: self.records.into_iter(), at, left: 0 });
        let mut sorted = Sorted { file: self.laid, parts, next: BinaryHeap::new() };
        for part in 0..sorted.parts.len() {
            sorted.advance(part)?;
        }
        Ok(sorted)
    }
}

impl<const N: usize> Sorted<N> {
    /// The next record; none behind the last.
    pub(super) fn next(&mut self) -> io::Result<Option<[u8; N]>> {
        let Some(Reverse((record, part))) = self.next.pop() else { return Ok(None) };
        self.advance(part)?;
        Ok(Some(record))
    }

    /// Makes a part's next record known.
    fn advance(&mut self, number: usize) -> io::Result<()> {
        let part = &mut self.parts[number];
        if part.records.len() == 0
            && part.left > 0
            && let Some(file) = &mut self.file
        {
            part.read(file)?;
        }
        if let Some(record) = part.records.next() {
            self.next.push(Reverse((record, number)));
        }
        Ok(())
    }
}

impl<const N: usize> Part<N> {
    fn read(&mut self, file: &mut File) -> io::Result<()> {
        let count = self.left.min((READ / N) as u64);
        let mut bytes = vec![0; count as usize * N];
        file.seek(SeekFrom::Start(self.at))?;
        file.read_exact(&mut bytes)?;
        let (records, _) = bytes.as_chunks::<N>();
        // Owned: what was read is gone when the next record is asked for.
        self.records = Vec::from(records).into_iter();
        (self.at, self.left) = (self.at + bytes.len() as u64, self.left - count);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_in_order_whatever_memory_holds() {
        let mut state = 7_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 20).to_be_bytes()
        };
        let records: Vec<[u8; 4]> = (0..5_000).map(|_| random()).collect();
        let mut expected = records.clone();
        expected.sort_unstable();
        for most in [1, 7, 1_000, 5_000, 100_000] {
            let mut sorter = Sorter::<4>::of_parts(most);
            for record in &records {
                sorter.push(*record).expect("there is room");
            }
            let (mut sorted, mut found) = (sorter.finish().expect("readable"), Vec::new());
            while let Some(record) = sorted.next().expect("readable") {
                found.push(record);
            }
            assert!(found == expected, "{most} in memory");
        }
        assert_eq!(Sorter::<4>::new().finish().expect("readable").next().expect("readable"), None);
    }
}
