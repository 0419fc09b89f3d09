//! `[source.panda_perio]`: a server, its databases, and what no value of them tells.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use odograft_sources::{BROWSER_PORT, Conventions, Encryption, PandaOptions, TableMap, Trust};
use secrecy::SecretString;
use serde::Deserialize;

/// A table of the databases, or `false` for one that they do not have.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum PandaMap {
    Table(TableMap),
    Absent(bool),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PandaTable {
    pub(crate) host: String,
    /// The instance's name, or the port; 1433 where both are silent.
    pub(crate) instance: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) user: String,
    /// By clinic's tag, the database's name.
    pub(crate) databases: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) encryption: Encryption,
    /// `system`, `any` or an authority's certificate in a file.
    pub(crate) trust: Option<String>,
    /// The folder that the paths in the databases begin at.
    pub(crate) share: Option<PathBuf>,
    /// The folder below the share with the template library.
    pub(crate) letters: Option<String>,
    #[serde(default = "super::thirty")]
    pub(crate) timeout_seconds: u32,
    /// How far a later reading goes back behind the newest stamp of change; every one reads all rows where it is silent.
    pub(crate) overlap_minutes: Option<u32>,
    /// The zone of the databases' moments.
    pub(crate) time_zone: String,
    /// How days and amounts stand in columns of text.
    #[serde(default = "year_first")]
    pub(crate) date_order: String,
    #[serde(default = "point")]
    pub(crate) decimal_mark: String,
    /// How exams name teeth and what a positive margin means; needed where exams are read.
    pub(crate) notation: Option<String>,
    pub(crate) margin_sign: Option<String>,
    /// By the databases' word for what a reading measures, the contract's.
    #[serde(default)]
    pub(crate) measures: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) tables: BTreeMap<String, PandaMap>,
}

/// Where SQL Server listens unless it is told otherwise.
const SQL_SERVER: u16 = 1_433;

fn year_first() -> String {
    "ymd".to_owned()
}

fn point() -> String {
    ".".to_owned()
}

impl PandaTable {
    /// Whether exams are read from the databases.
    pub(super) fn has_exams(&self) -> bool {
        !matches!(self.tables.get("exam"), Some(PandaMap::Absent(false)))
    }

    /// What the source takes; `folder` is the client's.
    pub(crate) fn options(&self, folder: &Path, password: SecretString) -> Result<PandaOptions> {
        let map = |(object, map): (&String, &PandaMap)| {
            let map = match map {
                PandaMap::Table(map) => Some(map.clone()),
                PandaMap::Absent(false) => None,
                PandaMap::Absent(true) => bail!(
                    "source.panda_perio.tables.{object}: a table with its `table` and `key`, or `false`\nhint: leave it out for the default"
                ),
            };
            Ok((object.clone(), map))
        };
        let port = match (&self.instance, self.port) {
            (Some(_), Some(_)) => bail!(
                "source.panda_perio: `instance` and `port` are two ways to one server\nhint: give the port where it is fixed, else the instance"
            ),
            (Some(_), None) => BROWSER_PORT,
            (None, port) => port.unwrap_or(SQL_SERVER),
        };
        Ok(PandaOptions {
            host: self.host.clone(),
            instance: self.instance.clone(),
            port,
            user: self.user.clone(),
            password,
            databases: self.databases.iter().map(|(clinic, name)| (name.clone(), clinic.clone())).collect(),
            encryption: self.encryption,
            trust: match self.trust.as_deref() {
                None | Some("system") => Trust::System,
                Some("any") => Trust::Any,
                Some(file) => Trust::Authority(folder.join(file)),
            },
            timeout: Duration::from_secs(self.timeout_seconds.into()),
            conventions: Conventions {
                time_zone: self.time_zone.clone(),
                date_order: self.date_order.clone(),
                decimal_mark: self.decimal_mark.clone(),
                notation: self.notation.clone(),
                margin_sign: self.margin_sign.clone(),
                measures: self.measures.clone(),
            },
            tables: self.tables.iter().map(map).collect::<Result<_>>()?,
            overlap: self.overlap_minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes))),
            share: self.share.as_ref().map(|share| folder.join(share)),
            letters: self.letters.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use odograft_engine::Package;

    use super::super::Config;
    use super::super::tests::GOOD;
    use super::*;

    /// A configuration of PANDA Perio with these lines in its table, and others behind that.
    fn panda(lines: &str, behind: &str) -> Result<Config> {
        let table = format!(
            "[source.panda_perio]\nhost = \"sql.clinic.example.invalid\"\nuser = \"reader\"\ntime_zone = \"Europe/London\"\n\
             databases = {{ north = \"PandaNorth\" }}\n{lines}\n{behind}\n"
        );
        let (start, end) = (GOOD.find("[source.dentally]").expect("a table"), GOOD.find("[odoo]").expect("a table"));
        Config::parse(&format!("{}{table}{}", &GOOD[..start], &GOOD[end..]))
    }

    fn panda_options(config: &Config) -> Result<PandaOptions> {
        config.source.panda_perio.as_ref().expect("given").options(Path::new("here"), "".into())
    }

    #[test]
    fn tables_of_a_database_have_names_or_are_absent() {
        let tables = "[source.panda_perio.tables]\nflag = false\nnote = { table = \"dbo.Notes\", key = \"Id\", columns = { body = \"Text\" } }";
        let options = panda_options(&panda("trust = \"server.pem\"", tables).expect("good")).expect("good");
        assert_eq!(
            (options.port, options.encryption, options.trust),
            (1433, Encryption::Required, Trust::Authority("here/server.pem".into()))
        );
        assert_eq!(options.databases, [("PandaNorth".to_owned(), "north".to_owned())]);
        assert!(options.tables["flag"].is_none() && options.tables["note"].as_ref().is_some_and(|map| map.key == "Id"));
        assert_eq!((options.conventions.date_order.as_str(), options.overlap), ("ymd", None));
    }

    #[test]
    fn an_instance_is_asked_for_where_its_port_is_not_known() {
        let options = panda_options(&panda("instance = \"PANDA\"", "").expect("good")).expect("good");
        assert_eq!((options.instance.as_deref(), options.port), (Some("PANDA"), 1434));
        let both = panda_options(&panda("instance = \"PANDA\"\nport = 50123", "").expect("read")).expect_err("both");
        assert!(both.to_string().contains("hint: give the port where it is fixed"), "{both}");
    }

    #[test]
    fn the_exams_of_a_database_are_records_of_a_contract_of_their_own() {
        let lines = "notation = \"fdi\"\nmargin_sign = \"recession-positive\"\nmeasures = { 4 = \"probing-depth\" }";
        let config = panda(lines, "").expect("good");
        assert_eq!(config.source.packages(), [Package::PandaPerio, Package::Perio]);
        let conventions = panda_options(&config).expect("good").conventions;
        assert_eq!(
            (conventions.notation.as_deref(), conventions.measures["4"].as_str()),
            (Some("fdi"), "probing-depth")
        );
        let without = "[source.panda_perio.tables]\nexam = false";
        assert_eq!(panda("", without).expect("good").source.packages(), [Package::PandaPerio]);

        let folder = "[source.perio_drop]\nfolder = \"perio\"";
        let error = panda(lines, folder).expect_err("exams come twice");
        assert!(error.to_string().contains("hint: take those of the folder with `exam = false`"), "{error}");
        let both = panda("", &format!("{without}\n{folder}")).expect("good");
        assert_eq!(both.source.packages(), [Package::PandaPerio, Package::Perio]);
    }

    #[test]
    fn a_zone_is_declared() {
        let error = format!(
            "{:#}",
            Config::parse(&GOOD.replace(
                "[source.dentally]",
                "[source.panda_perio]\nhost = \"h\"\nuser = \"u\"\ndatabases = {}\n[source.dentally]"
            ))
            .expect_err("no zone")
        );
        assert!(error.contains("missing field `time_zone`"), "{error}");
    }
}
