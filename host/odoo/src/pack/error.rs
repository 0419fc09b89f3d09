//! Why a pack's files cannot be written, or an administrator's exports cannot be read.

use std::io;
use std::path::PathBuf;

/// Why a pack cannot be written, or an export cannot be read. Names files, lines and columns, never a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// A folder or a file cannot be read or written.
    #[error("`{}` cannot be {doing}: {source}\nhint: look at its path and at who may {}", .path.display(), if *.doing == "read" { "read it" } else { "write there" })]
    File {
        /// Which.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The folder that would be replaced holds something else.
    #[error("`{}` is not empty, and without `{list}` it is not one that this command wrote\nhint: name a new folder, or one that this command wrote before", .path.display())]
    Strange {
        /// The folder.
        path: PathBuf,
        /// The file that the command would have left there.
        list: &'static str,
    },
    /// A file's name says nothing about its model.
    #[error(
        "`{file}`: no model is in its name\nhint: keep the name that Odoo gives, such as `User (res.users).csv`, or call it `res.users.csv`"
    )]
    NoModel {
        /// The file.
        file: String,
    },
    /// A workbook, not CSV.
    #[error("`{file}` is a workbook\nhint: choose the format CSV in Odoo's export dialog, and export again")]
    Workbook {
        /// The file.
        file: String,
    },
    /// Not UTF-8, which Odoo's exports are.
    #[error(
        "`{file}` is not UTF-8\nhint: a spreadsheet has saved it; export it from Odoo again, and do not open it before"
    )]
    NotUtf8 {
        /// The file.
        file: String,
    },
    /// Separated by something else than commas, which Odoo's exports are not.
    #[error(
        "`{file}` is not separated by commas\nhint: a spreadsheet has saved it; export it from Odoo again, and do not open it before"
    )]
    NotCommas {
        /// The file.
        file: String,
    },
    /// A line has more or fewer cells than the first.
    #[error(
        "`{file}`, line {line}: not as many cells as the first line has\nhint: the file is cut or was edited; export it from Odoo again"
    )]
    Ragged {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
    },
    /// Nothing in the file tells its records apart.
    #[error(
        "`{file}` has neither the column `External ID` nor `ID`\nhint: choose both in Odoo's export dialog, and export again"
    )]
    NoKey {
        /// The file.
        file: String,
    },
    /// One record has two database ids.
    #[error(
        "the exports of `{model}` disagree: one external id stands for two database ids\nhint: they are of different moments or databases; export them again"
    )]
    Disagree {
        /// The model.
        model: String,
    },
}
