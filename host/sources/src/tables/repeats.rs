//! Which rows of a table have the key of an earlier row. Keys are known by a digest each, which are sorted: a table of millions of
//! rows takes no more memory than a small one.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use super::sorted::Sorter;

/// A run of rows of one key as a record: digest, place and length, so that their order as bytes is that of the runs.
const RUN: usize = 16 + 8 + 4;

/// A repeat as a record: place and number.
const REPEAT: usize = 8 + 4;

/// Takes the keys of a table's rows, in their order.
#[derive(Debug)]
pub(super) struct Finder {
    runs: Sorter<RUN>,
    current: Option<Run>,
}

/// Rows of one key that follow upon each other.
#[derive(Debug, Clone, Copy)]
struct Run {
    key: u128,
    /// Where the first of them begins.
    offset: u64,
    rows: u32,
}

/// The rows that take up an earlier row's key again, in their order.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    file: Option<File>,
    count: u64,
}

/// Repeats from a place on.
pub(super) struct Walk<'a> {
    file: Option<BufReader<&'a File>>,
    /// The next repeat: its place and its number.
    next: Option<(u64, u32)>,
}

impl Finder {
    pub(super) fn new() -> Self {
        Self { runs: Sorter::new(), current: None }
    }

    /// The next row: its key's digest, and where it begins. `joins` says whether rows of one key that follow upon each other
    /// belong together; otherwise the second of them is a repeat.
    pub(super) fn row(&mut self, key: u128, offset: u64, joins: bool) -> io::Result<()> {
        match &mut self.current {
            Some(run) if joins && run.key == key => run.rows = run.rows.saturating_add(1),
            _ => {
                let before = self.current.replace(Run { key, offset, rows: 1 });
                before.map_or(Ok(()), |run| self.runs.push(run.record()))?;
            }
        }
        Ok(())
    }

    /// What was found.
    pub(super) fn finish(mut self) -> io::Result<Repeats> {
        if let Some(run) = self.current {
            self.runs.push(run.record())?;
        }
        let mut repeats = Sorter::<REPEAT>::new();
        let mut runs = self.runs.finish()?;
        let mut last: Option<(u128, u32)> = None;
        while let Some(record) = runs.next()? {
            let Run { key, offset, rows } = Run::of(&record);
            let before = match last {
                Some((known, before)) if known == key => before,
                _ => 0,
            };
            if before > 0 {
                let mut record = [0; REPEAT];
                record[..8].copy_from_slice(&offset.to_be_bytes());
                record[8..].copy_from_slice(&before.to_be_bytes());
                repeats.push(record)?;
            }
            last = Some((key, before.saturating_add(rows)));
        }
        Repeats::keep(repeats)
    }
}

impl Run {
    fn record(self) -> [u8; RUN] {
        let mut record = [0; RUN];
        record[..16].copy_from_slice(&self.key.to_be_bytes());
        record[16..24].copy_from_slice(&self.offset.to_be_bytes());
        record[24..].copy_from_slice(&self.rows.to_be_bytes());
        record
    }

    fn of(record: &[u8; RUN]) -> Self {
        let (mut key, mut offset, mut rows) = ([0; 16], [0; 8], [0; 4]);
        key.copy_from_slice(&record[..16]);
        offset.copy_from_slice(&record[16..24]);
        rows.copy_from_slice(&record[24..]);
        Self { key: u128::from_be_bytes(key), offset: u64::from_be_bytes(offset), rows: u32::from_be_bytes(rows) }
    }
}

impl Repeats {
    fn keep(repeats: Sorter<REPEAT>) -> io::Result<Self> {
        let mut sorted = repeats.finish()?;
        let Some(mut record) = sorted.next()? else { return Ok(Self::default()) };
        let (mut out, mut count) = (BufWriter::new(tempfile::tempfile()?), 0);
        loop {
            out.write_all(&record)?;
            count += 1;
            match sorted.next()? {
                Some(next) => record = next,
                None => break,
            }
        }
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Self { file: Some(file), count })
    }

    /// The repeats from a place on, which are asked for in their order.
    pub(super) fn walk(&self, offset: u64) -> io::Result<Walk<'_>> {
        let Some(file) = &self.file else { return Ok(Walk { file: None, next: None }) };
        let mut file = BufReader::new(file);
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            file.seek(SeekFrom::Start(middle * REPEAT as u64))?;
            match read(&mut file)? {
                Some((at, _)) if at < offset => low = middle + 1,
                _ => high = middle,
            }
        }
        file.seek(SeekFrom::Start(low * REPEAT as u64))?;
        let next = read(&mut file)?;
        Ok(Walk { file: Some(file), next })
    }
}

impl Walk<'_> {
    /// How many rows of its key stand before the row at a place; 0 for one that is no repeat. Places must not fall.
    pub(super) fn number(&mut self, offset: u64) -> io::Result<u32> {
        while let Some((at, number)) = self.next {
            if at > offset {
                break;
            }
            self.advance()?;
            if at == offset {
                return Ok(number);
            }
        }
        Ok(0)
    }

    /// The places of the first repeats, up to `most` of them.
    pub(super) fn places(mut self, most: usize) -> io::Result<Vec<u64>> {
        let mut places = Vec::new();
        while let Some((at, _)) = self.next.filter(|_| places.len() < most) {
            places.push(at);
            self.advance()?;
        }
        Ok(places)
    }

    fn advance(&mut self) -> io::Result<()> {
        self.next = match &mut self.file {
            Some(file) => read(file)?,
            None => None,
        };
        Ok(())
    }
}

fn read(file: &mut BufReader<&File>) -> io::Result<Option<(u64, u32)>> {
    let (mut at, mut number) = ([0; 8], [0; 4]);
    match file.read_exact(&mut at) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    file.read_exact(&mut number)?;
    Ok(Some((u64::from_be_bytes(at), u32::from_be_bytes(number))))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// The same with all keys in memory.
    fn plainly(keys: &[u128], joins: bool) -> Vec<u32> {
        let (mut seen, mut before) = (HashMap::<u128, u32>::new(), None);
        let number = |key: &u128| {
            let count = seen.entry(*key).or_default();
            let begins = !joins || before != Some(*key);
            let number = if begins { *count } else { 0 };
            *count += 1;
            before = Some(*key);
            number
        };
        keys.iter().map(number).collect()
    }

    #[test]
    fn repeats_are_those_that_a_map_of_all_keys_finds() {
        let mut state = 3_u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for (kinds, joins) in [(5, true), (5, false), (900, true), (900, false), (1 << 24, true), (1 << 24, false)] {
            let mut keys: Vec<u128> = Vec::new();
            while keys.len() < 3_000 {
                let key = u128::from(random(kinds)) << 100;
                keys.extend(std::iter::repeat_n(key, 1 + random(3) as usize));
            }
            let mut finder = Finder { runs: Sorter::of_parts(100), ..Finder::new() };
            let place = |row: usize| row as u64 * 10 + 7;
            for (row, key) in keys.iter().enumerate() {
                finder.row(*key, place(row), joins).expect("there is room");
            }
            let (repeats, expected) = (finder.finish().expect("readable"), plainly(&keys, joins));
            for start in [0, 1, 999, keys.len() - 1] {
                let mut walk = repeats.walk(place(start)).expect("readable");
                for (row, number) in expected.iter().enumerate().skip(start) {
                    assert_eq!(walk.number(place(row)).expect("readable"), *number, "row {row} of {kinds} keys");
                }
            }
            let first: Vec<_> = (0..keys.len()).filter(|row| expected[*row] > 0).map(place).take(20).collect();
            assert_eq!(repeats.walk(0).expect("readable").places(20).expect("readable"), first);
        }
    }
}
