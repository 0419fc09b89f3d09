//! `odograft.toml`: what a client's migration is made of. Unknown keys are errors.

mod panda;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use odograft_engine::{Limits, Package, Wasi};
use odograft_migration::{DeletedPolicy, Extra, OwnerChoices};
use serde::{Deserialize, Serialize};

use self::panda::PandaTable;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) migration: MigrationTable,
    pub(crate) source: SourceTable,
    pub(crate) odoo: OdooTable,
    #[serde(default)]
    pub(crate) module: Vec<ModuleTable>,
    /// The practice's own columns, each with the custom field that it goes to.
    #[serde(default)]
    extra: Vec<ExtraTable>,
    #[serde(default)]
    pub(crate) owners: OwnersTable,
    #[serde(default)]
    pub(crate) limits: LimitsTable,
    #[serde(default)]
    pub(crate) retention: RetentionTable,
    #[serde(default)]
    delta: DeltaTable,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MigrationTable {
    pub(crate) name: String,
    pub(crate) as_of: Option<jiff::Timestamp>,
    /// It goes into an Odoo that nobody works in, and needs no approval.
    #[serde(default)]
    pub(crate) rehearsal: bool,
    #[serde(default = "five_percent")]
    pub(crate) max_failed_share: f64,
}

fn five_percent() -> f64 {
    0.05
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceTable {
    pub(crate) dentally: Option<DentallyTable>,
    pub(crate) dent_o_soft: Option<FolderTable>,
    pub(crate) practice_by_numbers: Option<NumbersTable>,
    pub(crate) panda_perio: Option<PandaTable>,
    pub(crate) tabular: Option<FolderTable>,
    pub(crate) perio_drop: Option<FolderTable>,
}

impl SourceTable {
    /// One practice system, and perio charts beside it or alone: two systems would stage their patients under one name.
    fn check(&self) -> Result<()> {
        let systems = [
            ("dentally", self.dentally.is_some()),
            ("dent_o_soft", self.dent_o_soft.is_some()),
            ("practice_by_numbers", self.practice_by_numbers.is_some()),
            ("panda_perio", self.panda_perio.is_some()),
            ("tabular", self.tabular.is_some()),
        ];
        let given: Vec<_> =
            systems.iter().filter(|(_, given)| *given).map(|(name, _)| format!("`source.{name}`")).collect();
        if given.len() > 1 {
            bail!(
                "{} are one migration each\nhint: give each its own folder and `migration.name`",
                given.join(" and ")
            );
        }
        if given.is_empty() && self.perio_drop.is_none() {
            let known: Vec<_> = systems.iter().map(|(name, _)| format!("`[source.{name}]`")).collect();
            bail!("no source is configured\nhint: add one of {}", known.join(", "));
        }
        if self.panda_perio.as_ref().is_some_and(PandaTable::has_exams) && self.perio_drop.is_some() {
            bail!(
                "`source.panda_perio` has exams, and so has `source.perio_drop`\nhint: take those of the folder with `exam = false` under `[source.panda_perio.tables]`, or leave the folder out"
            );
        }
        if self.dentally.as_ref().is_some_and(|dentally| dentally.appointments_from > dentally.appointments_until) {
            bail!("source.dentally: `appointments_from` lies after `appointments_until`");
        }
        Ok(())
    }
}

impl SourceTable {
    /// The contracts of the records that it names. What has none yet can be extracted all the same.
    pub(crate) fn packages(&self) -> Vec<Package> {
        let given = [
            (self.dentally.is_some(), Package::Dentally),
            (self.dent_o_soft.is_some(), Package::DentOSoft),
            (self.practice_by_numbers.is_some(), Package::PracticeByNumbers),
            (self.panda_perio.is_some(), Package::PandaPerio),
            (self.tabular.is_some(), Package::Tabular),
            (self.perio_drop.is_some() || self.panda_perio.as_ref().is_some_and(PandaTable::has_exams), Package::Perio),
        ];
        given.into_iter().filter(|(given, _)| *given).map(|(_, package)| package).collect()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DentallyTable {
    pub(crate) url: String,
    pub(crate) appointments_from: Date,
    pub(crate) appointments_until: Date,
    /// Objects to read beside those that the shipped mapping takes.
    #[serde(default)]
    pub(crate) also: Vec<String>,
    /// A folder of what the API does not give.
    pub(crate) files: Option<PathBuf>,
    /// Whether to go on where a list has fewer rows than it says.
    #[serde(default)]
    pub(crate) accept_missing_rows: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FolderTable {
    pub(crate) folder: PathBuf,
}

/// Reports in a folder, or the API: the keys tell which.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "`folder`, or `url`, `organisation` and `time_zone` with `lists` by object")]
pub(crate) enum NumbersTable {
    Reports(FolderTable),
    Api(NumbersApiTable),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumbersApiTable {
    pub(crate) url: String,
    pub(crate) organisation: String,
    /// The zone of moments that come without an offset.
    pub(crate) time_zone: String,
    #[serde(default)]
    pub(crate) lists: BTreeMap<String, String>,
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
    /// New records go through a server action, which only an administrator's key may make.
    #[serde(default)]
    pub(crate) server_action: bool,
    /// The most bytes of a file; 95 MiB where it is silent, since Odoo takes 128 MiB of base64 in one call.
    pub(crate) max_file_bytes: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModuleTable {
    pub(crate) file: PathBuf,
    /// The client's own rules over it, in order: the last has the last word.
    #[serde(default)]
    pub(crate) overlays: Vec<PathBuf>,
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, toml::Value>,
    pub(crate) wasi: Option<WasiWord>,
    /// Overrides the common ones.
    #[serde(default)]
    pub(crate) limits: LimitsTable,
}

/// What a module may be granted of WASI.
#[derive(Debug, Clone, Copy, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WasiWord {
    /// Functions that answer and give nothing: for modules whose tool chain cannot do without
    Inert,
}

/// A column that no record names, and the custom field that the client has confirmed for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtraTable {
    object: String,
    column: String,
    field: String,
    kind: ExtraKind,
    label: Option<String>,
    #[serde(default)]
    choices: Vec<String>,
    #[serde(default)]
    clinical: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum ExtraKind {
    Char,
    Text,
    Integer,
    Float,
    Boolean,
    Date,
    Datetime,
    Selection,
}

impl ExtraTable {
    fn check(&self) -> Result<()> {
        let Self { object, column, field, .. } = self;
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !field.starts_with("x_") || field.len() > 63 || !field.chars().all(legal) {
            bail!(
                "extra `{object}.{column}`: `{field}` cannot be a custom field of Odoo\nhint: it begins with `x_` and has letters, digits and `_`, 63 at most"
            );
        }
        if (self.kind == ExtraKind::Selection) == self.choices.is_empty() {
            bail!("extra `{object}.{column}`: `choices` go with `kind = \"selection\"`, and only with it");
        }
        Ok(())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnersTable {
    pub(crate) fallback: Option<String>,
    /// By source object and id, as `practitioner/501`: the log-in of the user who stands in.
    #[serde(default)]
    pub(crate) users: BTreeMap<String, String>,
    /// Whether fields of unmatched owners stay empty.
    #[serde(default)]
    pub(crate) leave_empty: bool,
}

/// What becomes of changes while a practice goes on working.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeltaTable {
    /// Records that are gone from the source: `report` or `archive`.
    #[serde(default)]
    deleted: DeletedWord,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DeletedWord {
    #[default]
    Report,
    Archive,
}

/// How long patients' values stay in the ledger.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetentionTable {
    /// Days after the hand-over.
    #[serde(default = "thirty")]
    pub(crate) days: u32,
}

impl Default for RetentionTable {
    fn default() -> Self {
        Self { days: thirty() }
    }
}

fn thirty() -> u32 {
    30
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsTable {
    pub(crate) memory_mib: Option<usize>,
    pub(crate) fuel_base: Option<u64>,
    pub(crate) fuel_per_record: Option<u64>,
    pub(crate) fuel_per_kib: Option<u64>,
    pub(crate) wall_clock_seconds: Option<u64>,
    pub(crate) returned_mib: Option<usize>,
    pub(crate) module_mib: Option<usize>,
}

impl LimitsTable {
    /// These limits over those of `common`.
    fn over(self, common: Self) -> Self {
        Self {
            memory_mib: self.memory_mib.or(common.memory_mib),
            fuel_base: self.fuel_base.or(common.fuel_base),
            fuel_per_record: self.fuel_per_record.or(common.fuel_per_record),
            fuel_per_kib: self.fuel_per_kib.or(common.fuel_per_kib),
            wall_clock_seconds: self.wall_clock_seconds.or(common.wall_clock_seconds),
            returned_mib: self.returned_mib.or(common.returned_mib),
            module_mib: self.module_mib.or(common.module_mib),
        }
    }

    /// The engine's limits: these, and its own where these are silent.
    pub(crate) fn limits(self, wasi: Option<WasiWord>) -> Limits {
        let default = Limits::default();
        let mib = |given: Option<usize>, default: usize| given.map_or(default, |n| n.saturating_mul(1 << 20));
        Limits {
            memory_bytes: mib(self.memory_mib, default.memory_bytes),
            fuel_base: self.fuel_base.unwrap_or(default.fuel_base),
            fuel_per_record: self.fuel_per_record.unwrap_or(default.fuel_per_record),
            fuel_per_kib: self.fuel_per_kib.unwrap_or(default.fuel_per_kib),
            wall_clock: self.wall_clock_seconds.map_or(default.wall_clock, Duration::from_secs),
            returned_bytes: mib(self.returned_mib, default.returned_bytes),
            module_bytes: mib(self.module_mib, default.module_bytes),
            wasi: wasi.map_or(Wasi::Refused, |WasiWord::Inert| Wasi::Inert),
        }
    }
}

impl Config {
    /// What one batch of a module may use.
    pub(crate) fn limits(&self, module: &ModuleTable) -> Limits {
        module.limits.over(self.limits).limits(module.wasi)
    }

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
        if let Some(slip) = config.owners.users.keys().find(|of| !of.contains('/')) {
            bail!(
                "owners.users: `{slip}` names nobody\nhint: an object and an id, as `odograft plan` tells them: `practitioner/7`"
            );
        }
        config.source.check()?;
        config.extra.iter().try_for_each(ExtraTable::check)?;
        Ok(config)
    }

    /// What becomes in Odoo of records that are gone from the source.
    pub(crate) fn deleted(&self) -> DeletedPolicy {
        match self.delta.deleted {
            DeletedWord::Report => DeletedPolicy::Report,
            DeletedWord::Archive => DeletedPolicy::Archive,
        }
    }

    /// Who stands in for whom.
    pub(crate) fn owners(&self) -> OwnerChoices {
        let OwnersTable { fallback, users, leave_empty } = &self.owners;
        OwnerChoices { fallback: fallback.clone(), users: users.clone(), leave_empty: *leave_empty }
    }

    /// The practice's own columns, as modules are told of them.
    pub(crate) fn extras(&self) -> Vec<Extra> {
        let word = |kind: ExtraKind| serde_json::to_value(kind).ok()?.as_str().map(str::to_owned);
        let extra = |table: &ExtraTable| Extra {
            object: table.object.clone(),
            column: table.column.clone(),
            field: table.field.clone(),
            kind: word(table.kind).unwrap_or_default(),
            label: table.label.clone(),
            choices: table.choices.clone(),
            clinical: table.clinical,
        };
        self.extra.iter().map(extra).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const GOOD: &str = r#"
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
    fn a_practices_own_columns_have_legal_fields() {
        let with = |table: &str| {
            Config::parse(&format!("{GOOD}\n[[extra]]\nobject = \"patient\"\ncolumn = \"Ref By\"\n{table}"))
        };
        let config = with("field = \"x_ref_by\"\nkind = \"char\"").expect("good");
        let extras = serde_json::to_string(&config.extras()).expect("JSON");
        assert_eq!(extras, r#"[{"object":"patient","column":"Ref By","field":"x_ref_by","kind":"char"}]"#);
        for (table, words) in [
            ("field = \"ref_by\"\nkind = \"char\"", "begins with `x_`"),
            ("field = \"x_ref by\"\nkind = \"char\"", "begins with `x_`"),
            ("field = \"x_a\"\nkind = \"picklist\"", "expected one of"),
            ("field = \"x_a\"\nkind = \"selection\"", "`choices` go with"),
            ("field = \"x_a\"\nkind = \"char\"\nchoices = [\"A\"]", "`choices` go with"),
        ] {
            let error = with(table).expect_err(table);
            assert!(format!("{error:#}").contains(words), "{error:#}");
        }
    }

    #[test]
    fn one_system_is_one_migration() {
        let second = GOOD.replace("[odoo]", "[source.dent_o_soft]\nfolder = \"export\"\n[odoo]");
        let error = Config::parse(&second).expect_err("two systems");
        assert!(error.to_string().contains("`source.dentally` and `source.dent_o_soft`"), "{error}");
        let none: String = GOOD
            .lines()
            .filter(|l| !l.contains("dentally\"]") && !l.contains("appointments_"))
            .collect::<Vec<_>>()
            .join("\n");
        let none = none.replace("[source.dentally]", "[source]").replace("url = \"https://api.dentally.co\"", "");
        let error = Config::parse(&none).expect_err("no system");
        assert!(error.to_string().contains("hint: add one of `[source.dentally]`"), "{error}");
    }

    #[test]
    fn a_module_has_grants_and_limits_of_its_own() {
        let text = format!(
            "{GOOD}\nwasi = \"inert\"\nlimits = {{ memory_mib = 256 }}\n[limits]\nmemory_mib = 32\nmodule_mib = 20\n"
        );
        let config = Config::parse(&text).expect("good");
        let limits = config.limits(&config.module[0]);
        assert_eq!((limits.memory_bytes, limits.module_bytes, limits.wasi), (256 << 20, 20 << 20, Wasi::Inert));
        let error = Config::parse(&format!("{GOOD}\nwasi = \"full\"")).expect_err("there is no such grant");
        assert!(format!("{error:#}").contains("expected `inert`"), "{error:#}");
    }
}
