//! What can go wrong with the API of Practice by Numbers.

/// Why the API could not be read. Every text ends in a hint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NumbersProblem {
    /// 401.
    #[error("Practice by Numbers refused the token (401) for `{object}`; hint: ask for a new one, they lapse")]
    TokenRefused {
        /// The object asked for.
        object: String,
    },
    /// 403.
    #[error("the token of Practice by Numbers may not read `{object}` (403); hint: it needs the scope `read`")]
    NotAllowed {
        /// The object asked for.
        object: String,
    },
    /// Any other status that trying again does not mend.
    #[error(
        "Practice by Numbers answered `{object}` with the status {status}; hint: check `url`, `organisation` and `lists`"
    )]
    Status {
        /// The object asked for.
        object: String,
        /// The HTTP status.
        status: u16,
    },
    /// No answer, 429 or 5xx, after all attempts.
    #[error(
        "Practice by Numbers could not be reached for `{object}`: {reason}; hint: run again later, what was read is kept"
    )]
    Unavailable {
        /// The object asked for.
        object: String,
        /// What the last attempt ended in, without address and body.
        reason: String,
    },
    /// An answer that is not a page of items.
    #[error(
        "page {page} of `{object}` is no page of items, at line {line} column {column}; hint: check that `url` is the API and not a web page"
    )]
    Malformed {
        /// The object.
        object: String,
        /// The page.
        page: u32,
        /// Where the answer could not be read any more.
        line: usize,
        /// Where in that line.
        column: usize,
    },
    /// An item that cannot be told from others.
    #[error("item {position} on page {page} of `{object}` has no `uuid` and no `id`; hint: ask the vendor")]
    NoId {
        /// The object.
        object: String,
        /// The page.
        page: u32,
        /// Its place on the page, from 1.
        position: usize,
    },
    /// Reading on would go round in circles.
    #[error(
        "the pages of `{object}` do not advance at page {page}; hint: something between here and the API drops `page` or answers from a cache"
    )]
    Repeats {
        /// The object.
        object: String,
        /// The page.
        page: u32,
    },
    /// Rows went, or their number was another than announced, each time.
    #[error(
        "`{object}` loses rows while it is read, each time; hint: run again when nobody works in it, what was read is kept"
    )]
    Changing {
        /// The object.
        object: String,
    },
}
