//! How the databases are reached and read, as the configuration says it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::problem::PandaError;
use super::schema::TableMap;

/// The least overlap: when clocks go back, an hour of stamps comes twice.
const LEAST_OVERLAP: Duration = Duration::from_secs(3_600);

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// All of it; the connection fails where the server cannot.
    #[default]
    Required,
    /// The log-in only.
    LoginOnly,
    /// Nothing; a server that insists on it is still followed.
    None,
}

/// Which certificates are trusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trust {
    /// Those of the system's certificate authorities.
    #[default]
    System,
    /// Those of the authority in this file (PEM or DER).
    Authority(PathBuf),
    /// Any. SQL Server makes itself a certificate that nobody has signed; on a network that others share, this protects
    /// against nobody who can answer in the server's place.
    Any,
}

/// What no value of the databases tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conventions {
    /// The zone of moments without an offset, by its name in the IANA database.
    pub time_zone: String,
    /// The order of the numbers of days that are kept as text: `ymd`, `mdy` or `dmy`.
    pub date_order: String,
    /// The mark in amounts that are kept as text: `.` or `,`.
    pub decimal_mark: String,
    /// How exams name teeth: `universal`, `fdi` or `palmer`. Needed where exams are read.
    pub notation: Option<String>,
    /// What a positive gingival margin means: `recession-positive` or `recession-negative`. Needed where exams are read.
    pub margin_sign: Option<String>,
    /// By the databases' word or number for what a reading measures, the contract's word.
    pub measures: BTreeMap<String, String>,
}

/// How to reach the databases and what their tables are called.
#[derive(Debug, Clone)]
pub struct PandaOptions {
    /// The server's name or address.
    pub host: String,
    /// The name of its instance, whose port the SQL Server Browser tells.
    pub instance: Option<String>,
    /// Its TCP port; with an instance, the UDP port of its browser.
    pub port: u16,
    /// The log-in, which needs to read only.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// The databases, each with the clinic's tag that its rows carry.
    pub databases: Vec<(String, String)>,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// Which certificates are trusted.
    pub trust: Trust,
    /// How long the server may be silent.
    pub timeout: Duration,
    /// What no value tells.
    pub conventions: Conventions,
    /// Tables by object, where they differ from the defaults. `None`: the databases do not have the table.
    pub tables: BTreeMap<String, Option<TableMap>>,
    /// Whether a second reading trusts the tables' stamps of change, and how far it goes back behind the newest stamp: a
    /// transaction that was open then has stamped its rows with earlier moments. `None`: every reading takes every row.
    pub overlap: Option<Duration>,
    /// The folder that the paths in the databases begin at.
    pub share: Option<PathBuf>,
    /// The folder below the share with the template library.
    pub letters: Option<String>,
}

impl PandaOptions {
    /// Refuses what cannot be used before anybody is asked. `exams` tells whether exams are read.
    pub(super) fn check(&self, exams: bool) -> Result<(), PandaError> {
        let refuse = |option, hint| Err(PandaError::Option { option, hint });
        if self.databases.is_empty() {
            return refuse("databases", "name at least one database");
        }
        for (at, (_, clinic)) in self.databases.iter().enumerate() {
            let twice = self.databases[..at].iter().any(|(_, other)| other == clinic);
            if clinic.is_empty() || clinic.contains('/') || twice {
                return refuse(
                    "clinic",
                    "each database needs a clinic's tag of its own, without `/`: patient numbers repeat from one to the next",
                );
            }
        }
        if self.overlap.is_some_and(|overlap| overlap < LEAST_OVERLAP) {
            return refuse("overlap_minutes", "at least 60: when clocks go back, an hour of stamps comes twice");
        }
        let Conventions { time_zone, date_order, decimal_mark, notation, margin_sign, .. } = &self.conventions;
        if TimeZone::get(time_zone).is_err() {
            return refuse("time_zone", "a zone of the IANA database, such as `America/Chicago`");
        }
        if !["ymd", "mdy", "dmy"].contains(&date_order.as_str()) {
            return refuse("date_order", "`ymd`, `mdy` or `dmy`, as days stand in columns of text");
        }
        if ![".", ","].contains(&decimal_mark.as_str()) {
            return refuse("decimal_mark", "`.` or `,`, as amounts stand in columns of text");
        }
        let is = |given: &Option<String>, words: &[&str]| given.as_deref().is_some_and(|word| words.contains(&word));
        if exams && !is(notation, &["universal", "fdi", "palmer"]) {
            return refuse(
                "notation",
                "say how exams name teeth, `universal`, `fdi` or `palmer`: no value tells. Or read none, with `exam = false` under `tables`",
            );
        }
        if exams && !is(margin_sign, &["recession-positive", "recession-negative"]) {
            return refuse(
                "margin_sign",
                "say what a positive margin means, `recession-positive` or `recession-negative`: no value tells. Or read no exams, with `exam = false` under `tables`",
            );
        }
        Ok(())
    }
}

impl Conventions {
    /// The row in which the source says how texts and moments are to be read.
    pub(super) fn manifest(&self) -> String {
        json!({"date_order": self.date_order, "decimal_mark": self.decimal_mark, "time_zone": self.time_zone})
            .to_string()
    }

    /// The row in which the source says how exams are to be read.
    pub(super) fn perio_manifest(&self) -> String {
        let mut said = json!({"notation": self.notation, "margin_sign": self.margin_sign});
        if !self.measures.is_empty() {
            said["measures"] = json!(self.measures);
        }
        said.to_string()
    }
}
