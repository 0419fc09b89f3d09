//! Who works on a ledger: what a second process is told, and what stands in the audit.

/// A process at work on a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The command, such as `odograft run`: no arguments, which may name a client.
    pub command: String,
    /// The person who gave it, as the operating system or the environment names them.
    pub operator: String,
    /// When it began, in seconds since 1970-01-01T00:00:00Z; `None` where nobody looked at the clock.
    pub since: Option<i64>,
}

impl Default for Session {
    /// A program that uses the ledger without saying what it is.
    fn default() -> Self {
        Self { command: "a program".to_owned(), operator: "unknown".to_owned(), since: None }
    }
}
