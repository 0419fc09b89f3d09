//! `odograft.toml`: what a client's migration is made of. Unknown keys are errors.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use serde::Deserialize;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) migration: MigrationTable,
    pub(crate) source: SourceTable,
    pub(crate) odoo: OdooTable,
    #[serde(default)]
    pub(crate) module: Vec<ModuleTable>,
    #[serde(default)]
    pub(crate) owners: OwnersTable,
    #[serde(default)]
    pub(crate) limits: LimitsTable,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MigrationTable {
    pub(crate) name: String,
    pub(crate) as_of: Option<jiff::Timestamp>,
    #[serde(default = "five_percent")]
    pub(crate) max_failed_share: f64,
}

fn five_percent() -> f64 {
    0.05
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceTable {
    pub(crate) dentally: DentallyTable,
    pub(crate) perio_drop: Option<PerioDropTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DentallyTable {
    pub(crate) url: String,
    pub(crate) appointments_from: Date,
    pub(crate) appointments_until: Date,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PerioDropTable {
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OdooTable {
    pub(crate) url: String,
    pub(crate) database: Option<String>,
    /// `json-2`, `json-rpc` or `xml-rpc`; the best that the server speaks where it is silent.
    pub(crate) protocol: Option<String>,
    /// The log-in name of the key's user, which the protocols before JSON-2 want.
    pub(crate) login: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModuleTable {
    pub(crate) file: PathBuf,
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, toml::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnersTable {
    pub(crate) fallback: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsTable {
    pub(crate) memory_mib: Option<usize>,
    pub(crate) fuel_base: Option<u64>,
    pub(crate) fuel_per_record: Option<u64>,
    pub(crate) wall_clock_seconds: Option<u64>,
    pub(crate) returned_mib: Option<usize>,
    pub(crate) module_mib: Option<usize>,
}

impl Config {
    /// Reads and checks `odograft.toml` in `folder`.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let file = folder.join("odograft.toml");
        let text = fs::read_to_string(&file)
            .with_context(|| format!("`{}` cannot be read\nhint: `odograft init` writes one", file.display()))?;
        Self::parse(&text).with_context(|| format!("`{}`", file.display()))
    }

    /// Checks the text of an `odograft.toml`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text)?;
        let name = &config.migration.name;
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || name.len() > 32 || !name.chars().all(legal) {
            bail!("migration.name: lower-case letters, digits and `_`, 32 at most, since every external id carries it");
        }
        if !(0.0..=1.0).contains(&config.migration.max_failed_share) {
            bail!("migration.max_failed_share: a share lies between 0 and 1");
        }
        let dentally = &config.source.dentally;
        if dentally.appointments_from > dentally.appointments_until {
            bail!("source.dentally: `appointments_from` lies after `appointments_until`");
        }
        if config.module.is_empty() {
            bail!("no module is named\nhint: add a `[[module]]` table with `file = \"modules/dentally.wasm\"`");
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [migration]
        name = "clinic"
        [source.dentally]
        url = "https://api.dentally.co"
        appointments_from = "2020-01-01"
        appointments_until = "2027-12-31"
        [odoo]
        url = "https://clinic.example.invalid"
        [[module]]
        file = "modules/dentally.wasm"
    "#;

    #[test]
    fn a_good_file_is_read() {
        assert_eq!(Config::parse(GOOD).expect("good").module.len(), 1);
    }

    #[test]
    fn unknown_keys_are_errors_that_name_the_known_ones() {
        let error = Config::parse(&GOOD.replace("[odoo]", "[odoo]\ndatabse = \"x\"")).expect_err("a slip");
        let text = format!("{error:#}");
        assert!(text.contains("unknown field `databse`") && text.contains("`database`"), "{text}");
    }

    #[test]
    fn names_that_odoo_would_refuse_are_refused_here() {
        for name in ["", "Clinic", "my clinic", "a.b"] {
            assert!(Config::parse(&GOOD.replace("\"clinic\"", &format!("\"{name}\""))).is_err(), "{name}");
        }
    }

    #[test]
    fn no_module_is_an_error_with_a_hint() {
        let error = Config::parse(GOOD.split("[[module]]").next().expect("a part")).expect_err("no module");
        assert!(error.to_string().contains("hint: add a `[[module]]` table"), "{error}");
    }
}
