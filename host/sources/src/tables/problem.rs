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
    /// A member of the manifest that stands there twice: what one of them says would be lost.
    #[error("`manifest.json` says `{key}` twice; keep one of them, or give the other another name")]
    DoubleMember {
        /// The key's path.
        key: String,
    },
    /// A table's file cannot be opened, or lies outside the folder.
    #[error("`{file}` cannot be opened: {reason}")]
    File {
        /// The file.
        file: String,
        /// What the operating system said.
        reason: String,
    },
    /// A file in which not even a header stands.
    #[error("`{file}` is empty; a table without rows has its header all the same")]
    Empty {
        /// The file.
        file: String,
    },
    /// Columns that must be there are not.
    #[error("`{file}` has no column {}", listed(columns))]
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
    /// A row without its key.
    #[error("`{file}` line {line} has no `{column}`")]
    NoKey {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The key's column.
        column: String,
    },
    /// Two rows with one key: one of them would be lost.
    #[error("`{file}` line {line} has the same `{column}` as a line before")]
    DoubleKey {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The key's column.
        column: String,
    },
    /// Bytes that are no letters in the encoding that the manifest names.
    #[error("`{file}` line {line} is not {encoding}; `manifest.json` names the encoding of each file")]
    NotText {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The encoding's name.
        encoding: &'static str,
    },
    /// A zero byte, which no text has.
    #[error(
        "`{file}` line {line} holds a zero byte: the file is damaged, or UTF-16 although the manifest does not say so"
    )]
    ZeroByte {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
    },
    /// A table that this source does not have.
    #[error("`manifest.json`: `tables.{table}` is no table of this source, which has {known}")]
    UnknownTable {
        /// The table's name.
        table: String,
        /// The names that there are.
        known: String,
    },
    /// Tables that neither come nor are said to be left out.
    #[error("`manifest.json` says nothing of {}; name their files, or list them under `left_out`", listed(tables))]
    UnnamedTables {
        /// The tables' names.
        tables: Vec<String>,
    },
    /// Files in the folder that the manifest does not name: what they hold would be lost without a word.
    #[error(
        "the folder has {}, which the manifest does not name; add them, or list them under `ignored`",
        listed(files)
    )]
    SurplusFiles {
        /// The files' names.
        files: Vec<String>,
    },
    /// A workbook that cannot be read.
    #[error("`{file}` cannot be read as a workbook: {reason}")]
    Workbook {
        /// The file.
        file: String,
        /// What is wrong, without a cell's value.
        reason: String,
    },
    /// A workbook that grows beyond all measure when it is unpacked.
    #[error("`{file}`: {what} would take more than {mib} MiB unpacked; export the table as CSV")]
    Unpacked {
        /// The file.
        file: String,
        /// What of it.
        what: &'static str,
        /// The limit in MiB.
        mib: u64,
    },
    /// The copy in UTF-8 could not be written.
    #[error("no copy of `{file}` could be written to the folder for temporary files: {reason}")]
    Spool {
        /// The file.
        file: String,
        /// What the operating system said.
        reason: String,
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

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
