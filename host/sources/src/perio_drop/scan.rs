//! Reads a table once from end to end to check it, before anything of it is staged.

use std::collections::HashMap;
use std::io::Read;

use cap_std::fs::Dir;

use super::problem::{DropProblem, MOST};
use super::table::Table;

/// By the byte offset of a row that takes up a key again, the number of that key's rows before it.
type TakenUp = HashMap<u64, u32>;

/// The table with its digest, and where it takes keys up again. Problems are added to the list; `None` when the table cannot
/// be read to its end.
pub(crate) fn scan(dir: &Dir, mut table: Table, problems: &mut Vec<DropProblem>) -> Option<(Table, TakenUp)> {
    let mut taken_up = TakenUp::new();
    match rows(dir, &table, &mut taken_up, problems) {
        Ok(found) if found == table.rows => {}
        Ok(found) => {
            problems.push(DropProblem::RowCount { file: table.name.clone(), announced: table.rows, found });
        }
        Err(problem) => {
            problems.push(problem);
            return None;
        }
    }
    match digest(dir, &table.name) {
        Ok(digest) => table.digest = digest,
        Err(error) => {
            problems.push(DropProblem::File { file: table.name, reason: error.to_string() });
            return None;
        }
    }
    Some((table, taken_up))
}

fn rows(dir: &Dir, table: &Table, taken_up: &mut TakenUp, problems: &mut Vec<DropProblem>) -> Result<u64, DropProblem> {
    let mut reader = table.open(dir)?;
    let mut per_key: HashMap<String, u32> = HashMap::new();
    let mut current = String::new();
    let mut found = 0;
    loop {
        let line = reader.place().1;
        match reader.next_row() {
            Ok(None) => return Ok(found),
            Ok(Some((offset, row))) => {
                found += 1;
                let key = row.key();
                let seen = per_key.get_mut(key);
                if let Some(seen) = &seen
                    && (table.one_row_per_key || current != key)
                {
                    taken_up.insert(offset, **seen);
                    if table.one_row_per_key && problems.len() < MOST {
                        let (file, column) = (table.name.clone(), table.columns[0]);
                        problems.push(DropProblem::DoubleKey { file, line, column });
                    }
                }
                match seen {
                    Some(seen) => *seen += 1,
                    None => {
                        per_key.insert(key.to_owned(), 1);
                    }
                }
                if current != key {
                    key.clone_into(&mut current);
                }
            }
            // The row itself is wrong, what follows can still be read.
            Err(
                problem @ (DropProblem::CellCount { .. } | DropProblem::NoKey { .. } | DropProblem::NotUtf8 { .. }),
            ) => {
                found += 1;
                if problems.len() < MOST {
                    problems.push(problem);
                }
            }
            Err(problem) => return Err(problem),
        }
    }
}

fn digest(dir: &Dir, name: &str) -> std::io::Result<String> {
    let mut file = dir.open(name)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hasher.finalize().to_hex().to_string());
        }
        hasher.update(&buffer[..read]);
    }
}
