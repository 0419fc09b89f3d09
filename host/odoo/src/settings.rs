//! Where an Odoo is, who calls, and how.

use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;

/// Where an Odoo is and who calls.
#[derive(Debug, Clone)]
pub struct Connection {
    /// `https://odoo.example.com`; a path of the web client behind it is ignored.
    pub url: String,
    /// The database: needed when the server has several, and always by the protocols before JSON-2.
    pub database: Option<String>,
    /// An API key of the user in whose name everything is written; before JSON-2 the user's password works too.
    pub key: SecretString,
}

/// How a call travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `POST /json/2/<model>/<method>` with a bearer key; Odoo 19 and later.
    Json2,
    /// `POST /jsonrpc`; on every version until Odoo removes it in 22.
    JsonRpc,
    /// `POST /xmlrpc/2/object`; as JSON-RPC, for servers that close the other.
    XmlRpc,
}

impl Protocol {
    /// All of them, the one to prefer first.
    pub const ALL: [Protocol; 3] = [Protocol::Json2, Protocol::JsonRpc, Protocol::XmlRpc];

    /// `json-2`, `json-rpc` or `xml-rpc`.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Json2 => "json-2",
            Protocol::JsonRpc => "json-rpc",
            Protocol::XmlRpc => "xml-rpc",
        }
    }
}

impl FromStr for Protocol {
    type Err = UnknownProtocol;

    fn from_str(text: &str) -> Result<Self, UnknownProtocol> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == text).ok_or(UnknownProtocol)
    }
}

/// A word that names no protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such protocol; hint: `json-2`, `json-rpc` or `xml-rpc`, or none at all to have it chosen")]
pub struct UnknownProtocol;

/// How fast calls may follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From the beginning of one call to that of the next, at least.
    pub interval: Duration,
    /// Calls at the same time, at most; 0 counts as 1.
    pub workers: usize,
}

impl Pace {
    /// For Odoo's own cloud, whose terms of use limit calls: one worker, a call a second.
    pub const CLOUD: Pace = Pace { interval: Duration::from_secs(1), workers: 1 };

    /// For a server of one's own: as fast as it answers, and no more at the same time than a large server has workers.
    pub const OWN: Pace = Pace { interval: Duration::ZERO, workers: 32 };
}

/// How the client speaks, and how patient it is.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The protocol; the best that the server speaks when it is not given.
    pub protocol: Option<Protocol>,
    /// The log-in name of the key's user, which the protocols before JSON-2 want beside the key.
    pub login: Option<String>,
    /// How fast calls follow each other; [`Pace::CLOUD`] for `*.odoo.com` and [`Pace::OWN`] elsewhere when it is not given.
    pub pace: Option<Pace>,
    /// For the connection to come about.
    pub connect_timeout: Duration,
    /// For a whole call, answer included. Odoo's own limit is 120 s by default, so 180 s outlasts it.
    pub timeout: Duration,
    /// How often a call that may be repeated is sent in all.
    pub attempts: usize,
    /// The wait after the first failure; it doubles from there to half a minute.
    pub first_delay: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            protocol: None,
            login: None,
            pace: None,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(180),
            attempts: 8,
            first_delay: Duration::from_millis(500),
        }
    }
}

/// What the server says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerVersion {
    /// `19.0`, or `saas~19.1` on Odoo Online.
    pub version: String,
    /// `19`.
    pub major: u32,
}

impl ServerVersion {
    /// The first number in Odoo's spelling of a version.
    pub(crate) fn read(version: &str) -> Option<Self> {
        let digits = version.trim_start_matches(|character: char| !character.is_ascii_digit());
        let major = digits.split(|end: char| !end.is_ascii_digit()).next()?.parse().ok()?;
        // Told to people: only what is spelled as a version.
        let spelled = version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".~+-_".contains(&byte));
        (spelled && version.len() <= 32).then(|| Self { version: version.to_owned(), major })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_known_by_their_names() {
        for protocol in Protocol::ALL {
            assert_eq!(protocol.name().parse(), Ok(protocol));
        }
        assert_eq!("soap".parse::<Protocol>(), Err(UnknownProtocol));
    }

    #[test]
    fn versions_of_every_edition_are_read() {
        for (version, major) in [("19.0", 19), ("saas~19.1", 19), ("17.0+e", 17), ("14.0-20240101", 14)] {
            assert_eq!(ServerVersion::read(version), Some(ServerVersion { version: version.to_owned(), major }));
        }
        for other in ["", "nineteen", "<h1>19</h1>"] {
            assert_eq!(ServerVersion::read(other), None, "{other}");
        }
    }
}
