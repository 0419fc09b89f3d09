//! What can go wrong with a source. Texts carry objects, keys, files, lines and codes, never a row's values or an API's key.

use std::time::Duration;

use crate::numbers_api::NumbersProblem;
use crate::panda::PandaError;
use crate::tables::DropProblem;

/// Why a source could not be read. Every text ends in a hint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The source has no such object.
    #[error("the source has no object `{object}`; hint: it offers {known}")]
    UnknownObject {
        /// The object asked for.
        object: String,
        /// What it offers.
        known: String,
    },
    /// A cursor that this source did not make.
    #[error(
        "the cursor of `{object}` cannot be read; hint: it comes from another version or source, read the object from its start"
    )]
    BadCursor {
        /// The object.
        object: String,
    },
    /// An option that cannot be used.
    #[error("the option `{option}` cannot be used: {reason}; hint: {hint}")]
    BadOption {
        /// The option's name.
        option: &'static str,
        /// What is wrong with it.
        reason: String,
        /// What to give instead.
        hint: &'static str,
    },
    /// 401: the key is unknown or has lapsed.
    #[error(
        "Dentally refused the key (401) for `{object}`; hint: a key lapses when it is unused for two weeks, make a new one under Settings > Developer Settings"
    )]
    KeyRefused {
        /// The object asked for.
        object: String,
    },
    /// 403: the key lacks a scope.
    #[error(
        "Dentally's key may not read `{object}` (403), it has the scopes `{scopes}`; hint: give the key the scope `{needed}`"
    )]
    ScopeMissing {
        /// The object asked for.
        object: String,
        /// The scopes that Dentally says the key has.
        scopes: String,
        /// The scope that reading takes.
        needed: String,
    },
    /// A list that a migration can be without, and the account does not give: for want of a scope (403), or because it has no
    /// such list (404).
    #[error("`{object}` is left out: {reason}")]
    Absent {
        /// The object.
        object: String,
        /// The refusal, and what would lift it.
        reason: Box<SourceError>,
    },
    /// 403: the User-Agent is missing or not liked.
    #[error(
        "Dentally refused the User-Agent `{user_agent}` (403); hint: a proxy may have removed the header, let it through"
    )]
    UserAgentRefused {
        /// What was sent.
        user_agent: &'static str,
    },
    /// 429, or a 403 that means the same, again and again.
    #[error("Dentally's rate limit did not lift for `{object}`, the last wait was {} s; hint: the limit of 3,600 requests an hour is shared with the practice's other integrations, run again later (what was read is kept)", waited.as_secs())]
    RateLimited {
        /// The object asked for.
        object: String,
        /// How long the last wait was.
        waited: Duration,
    },
    /// 413 although the window cannot be made smaller.
    #[error(
        "Dentally refused page {page} of `{object}` as too deep (413) although the window is one day; hint: ask Dentally's support to raise the limit for this practice"
    )]
    TooDeep {
        /// The object asked for.
        object: String,
        /// The page.
        page: u32,
    },
    /// Any other status that trying again does not mend.
    #[error(
        "Dentally answered `{object}` with the status {status}; hint: check the address (production, sandbox and regional hosts differ) and the practice's plan"
    )]
    Status {
        /// The object asked for.
        object: String,
        /// The HTTP status.
        status: u16,
    },
    /// No answer, or 5xx, after all attempts.
    #[error(
        "Dentally could not be reached for `{object}` after {attempts} attempts, the last ended in: {reason}; hint: check the network and Dentally's status page, then run again (what was read is kept)"
    )]
    Unavailable {
        /// The object asked for.
        object: String,
        /// How often it was tried.
        attempts: usize,
        /// What the last attempt ended in, without address and body.
        reason: String,
    },
    /// An answer that is not what the API promises.
    #[error(
        "Dentally's answer to page {page} of `{object}` cannot be read: {reason}; hint: check that the address is Dentally's API and not a proxy's page"
    )]
    Malformed {
        /// The object asked for.
        object: String,
        /// The page.
        page: u32,
        /// What is wrong, without the answer's content.
        reason: String,
    },
    /// A row that has no id cannot be told from others.
    #[error(
        "row {position} on page {page} of `{object}` has no id; hint: report it to Dentally's support, every record has one"
    )]
    NoId {
        /// The object.
        object: String,
        /// The page.
        page: u32,
        /// The row's place on the page, from 1.
        position: usize,
    },
    /// A list has fewer rows than it says, however often it is read.
    #[error(
        "Dentally says that there are {total} rows of `{object}`, and lists {count} of them, three times over; hint: run again when the practice is quiet, since rows move while it works; if the numbers stay as they are, ask Dentally's support, or set `accept_missing_rows = true` under `[source.dentally]`"
    )]
    RowsMissing {
        /// The object.
        object: String,
        /// How many there are, by the list's own word.
        total: u64,
        /// How many came.
        count: u64,
    },
    /// The pages do not advance: reading on would go round in circles or miss rows.
    #[error(
        "the pages of `{object}` do not advance at page {page}: {reason}; hint: something between here and Dentally drops the parameter `page` or answers from a cache"
    )]
    PagesRepeat {
        /// The object.
        object: String,
        /// The page.
        page: u32,
        /// What shows it.
        reason: &'static str,
    },
    /// The folder or its manifest cannot be opened.
    #[error("the drop folder's `{file}` cannot be opened: {reason}; hint: {hint}")]
    DropUnreadable {
        /// The file, or `.` for the folder.
        file: String,
        /// What the operating system or the parser said.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
    /// The drop is not as its manifest says; all that was found is listed.
    #[error("the drop cannot be used: {}; hint: mend the export or its manifest and run again", list(problems))]
    DropRefused {
        /// What was found, the first 20.
        problems: Vec<DropProblem>,
    },
    /// The API of Practice by Numbers.
    #[error(transparent)]
    Numbers(#[from] NumbersProblem),
    /// PANDA Perio's database.
    #[error(transparent)]
    Panda(#[from] PandaError),
    /// The files are not the ones that the pass began with.
    #[error(
        "`{file}` has changed since this reading began; hint: put the former file back to go on, or begin anew in a fresh folder"
    )]
    DropChanged {
        /// The file.
        file: String,
    },
}

fn list(problems: &[DropProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
