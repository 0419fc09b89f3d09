//! What can be wrong with a drop.

/// At most this many problems are listed; the rest shows once these are mended.
pub(crate) const MOST: usize = 20;

/// One thing that is wrong with a drop. Texts name files, lines and columns, never a cell's value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DropProblem {
    /// A word in the manifest that is none of those allowed, or is missing.
    #[error("`manifest.json`: `{key}` must be {allowed}")]
    Manifest {
        /// The key's path.
        key: String,
        /// What may stand there.
        allowed: String,
    },
    /// A table's file cannot be opened, or lies outside the folder.
    #[error("`{file}` cannot be opened: {reason}")]
    File {
        /// The file.
        file: String,
        /// What the operating system said.
        reason: String,
    },
    /// Columns that must be there are not.
    #[error("`{file}` has no column {}", columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", "))]
    MissingColumns {
        /// The file.
        file: String,
        /// The columns' names.
        columns: Vec<String>,
    },
    /// Two columns of one name.
    #[error("`{file}` has the column `{column}` twice")]
    DoubleColumn {
        /// The file.
        file: String,
        /// The column's name.
        column: String,
    },
    /// A file that was cut off, or a manifest of another export.
    #[error("`{file}` has {found} rows, the manifest says {announced}")]
    RowCount {
        /// The file.
        file: String,
        /// Rows in the manifest.
        announced: u64,
        /// Rows in the file.
        found: u64,
    },
    /// A row with more or fewer cells than the header: its values would stand under the wrong columns.
    #[error("`{file}` line {line} has {found} cells, the header has {expected}")]
    CellCount {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// Cells in the row.
        found: usize,
        /// Cells in the header.
        expected: usize,
    },
    /// A row without the exam's id.
    #[error("`{file}` line {line} has no `{column}`")]
    NoKey {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The key's column.
        column: &'static str,
    },
    /// Two exams with one id: one of them would be lost.
    #[error("`{file}` line {line} has the same `{column}` as a line before")]
    DoubleKey {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The key's column.
        column: &'static str,
    },
    /// Bytes that are not UTF-8.
    #[error("`{file}` line {line} is not UTF-8")]
    NotUtf8 {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
    },
    /// A row of more than 1 MiB, as a quotation mark that is never closed makes it.
    #[error("`{file}` line {line} begins a row of more than 1 MiB, perhaps a quotation mark is not closed")]
    TooLong {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
    },
    /// Reading failed in the middle.
    #[error("`{file}` cannot be read after line {line}: {reason}")]
    Read {
        /// The file.
        file: String,
        /// The last line that was read.
        line: u64,
        /// What the operating system said.
        reason: String,
    },
}
