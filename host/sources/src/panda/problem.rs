//! What can go wrong with SQL Server. Its own messages may quote values, so only their numbers are kept.

/// Why PANDA Perio's database could not be read. Every text ends in a hint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PandaError {
    /// An option that cannot be used.
    #[error("the option `{option}` cannot be used; hint: {hint}")]
    Option {
        /// The option's name.
        option: &'static str,
        /// What to give instead.
        hint: &'static str,
    },
    /// The instance's port is not known.
    #[error(
        "`{host}` does not tell the port of SQL Server's instance `{instance}`: {reason}; hint: check the name, and that the SQL Server Browser runs and UDP port 1434 is open; or give the instance's own `port`"
    )]
    Instance {
        /// The server.
        host: String,
        /// The instance.
        instance: String,
        /// What is wrong.
        reason: String,
    },
    /// No connection.
    #[error(
        "SQL Server cannot be reached at `{address}`: {reason}; hint: check host, port and firewall, and that TCP/IP is switched on for the instance"
    )]
    Unreachable {
        /// Host and port.
        address: String,
        /// What the operating system said.
        reason: String,
    },
    /// The certificate is not trusted, or encryption cannot be agreed on.
    #[error(
        "no encrypted connection to `{address}`: {reason}; hint: give the certificate's authority under `trust`, or change `encryption`"
    )]
    Encryption {
        /// Host and port.
        address: String,
        /// What is wrong.
        reason: String,
    },
    /// 18456.
    #[error(
        "SQL Server refused the log-in (18456); hint: check `user` and the password, and that the server takes SQL Server log-ins"
    )]
    LogIn,
    /// 4060 and its like.
    #[error(
        "SQL Server has no database `{database}` for this log-in ({number}); hint: check the name and the log-in's rights"
    )]
    Database {
        /// The database.
        database: String,
        /// The server's number for it.
        number: u32,
    },
    /// Tables or columns that are not there.
    #[error(
        "the databases differ from the configuration: {}; hint: name the tables and columns under `[source.panda_perio.tables]`",
        listed(problems)
    )]
    Schema {
        /// All that was found.
        problems: Vec<SchemaProblem>,
    },
    /// Any other refusal.
    #[error(
        "SQL Server refused to read `{object}` (error {number}, class {class}); hint: look the number up in Microsoft's list of errors; what was read is kept"
    )]
    Refused {
        /// The object.
        object: String,
        /// The server's number.
        number: u32,
        /// How bad it is, 11 to 25.
        class: u8,
    },
    /// The server was silent for too long.
    #[error(
        "SQL Server sent nothing of `{object}` for {seconds} s; hint: raise `timeout_seconds` or ask who blocks the table; what was read is kept"
    )]
    Silent {
        /// The object.
        object: String,
        /// How long.
        seconds: u64,
    },
    /// The connection broke.
    #[error("the connection to SQL Server broke while `{object}` was read; hint: run again, what was read is kept")]
    Closed {
        /// The object.
        object: String,
    },
    /// A row without a key, or with one of a type that has no order.
    #[error(
        "a row of `{object}` has no key that can be ordered; hint: map `key` to a column of whole numbers, text or unique identifiers that is never null"
    )]
    Key {
        /// The object.
        object: String,
    },
    /// Rows that would be lost, or read for ever.
    #[error(
        "the rows of `{object}` do not come in the order of their key, or two have the same; hint: map `key` to a column without doubles, such as the primary key"
    )]
    Order {
        /// The object.
        object: String,
    },
    /// A name that no table or column can have.
    #[error(
        "`{object}`: a configured name is empty, too long or holds a control character; hint: give `schema.table`, each part of up to 128 letters"
    )]
    Name {
        /// The object.
        object: String,
    },
    /// A table of parts without that of the whole.
    #[error(
        "`{object}` is given and `{of}` is `false`; hint: the rows of one are parts of the other, so give both tables or leave both out"
    )]
    Part {
        /// The parts.
        object: String,
        /// What they are parts of.
        of: &'static str,
    },
    /// A name under `columns` that no record has.
    #[error(
        "`{object}` has no column `{name}`; hint: `columns` takes {known}; `key`, `parent` and `modified` stand beside it, and all other columns come under their own names"
    )]
    UnknownColumn {
        /// The object.
        object: String,
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// An object that PANDA Perio does not have.
    #[error("`{object}` is no object of PANDA Perio; hint: it has {known}")]
    UnknownObject {
        /// The object.
        object: String,
        /// What there is.
        known: String,
    },
}

impl PandaError {
    /// Whether trying again can help.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Closed { .. } | Self::Silent { .. } => true,
            // Chosen as a deadlock's victim; a page that could not be read; the server is going down or coming up.
            Self::Refused { number, .. } => matches!(number, 1205 | 824 | 6005 | 922),
            _ => false,
        }
    }
}

/// One thing that a database does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaProblem {
    /// A table.
    #[error("`{database}` has no table `{table}` for `{object}`")]
    NoTable {
        /// The database.
        database: String,
        /// The object.
        object: String,
        /// The table's configured name.
        table: String,
    },
    /// Columns of a table that is there.
    #[error("`{table}` in `{database}` has no column {}", columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", "))]
    NoColumns {
        /// The database.
        database: String,
        /// The table.
        table: String,
        /// The columns' configured names.
        columns: Vec<String>,
    },
}

fn listed(problems: &[SchemaProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
