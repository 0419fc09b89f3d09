//! `odograft init`: a commented configuration.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::config::Config;
use crate::{exit, keys};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder; made when it is not there
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The migration's name: lower-case letters, digits and `_`
    #[arg(long, default_value = "clinic")]
    name: String,
    /// Dentally's base address
    #[arg(long, default_value = "https://api.dentally.co")]
    dentally_url: String,
    /// Odoo's base address
    #[arg(long, default_value = "https://clinic.odoo.example.invalid")]
    odoo_url: String,
}

const TEMPLATE: &str = r#"# A migration into Odoo. Secrets are not here: put them into the environment (or, with `_FILE`
# behind the name, the path of a file):
#   ODOGRAFT_DENTALLY_KEY   a key made under Settings > Developer Settings in Dentally; it expires unused after two weeks
#   ODOGRAFT_ODOO_KEY       an API key of the Odoo user who migrates
#   ODOGRAFT_LEDGER_KEY     what the ledger is encrypted with; without it, `ledger.key` in this folder

[migration]
# Lower-case letters, digits and `_`. Part of every external id: never change it after the first run.
name = "{name}"
# The moment that counts as now for the modules. Without it: the moment of the first run.
# as_of = "2026-11-01T00:00:00Z"
# An Odoo that nobody works in: `pilot` and `run` write to it without an approved plan.
# rehearsal = true
# The share of its records that a module may fail on before the run stops.
# max_failed_share = 0.05

[source.dentally]
# Production; `https://api.sandbox.dentally.co` with a key of its own for the sandbox, `https://api.apac.dentally.com` and
# `https://api.ca.dentally.com` for practices of those regions. One key sees all sites of its practice.
url = "{dentally_url}"
# Dentally lists appointments by window of time only.
appointments_from = "2015-01-01"
appointments_until = "2028-12-31"
# A list that the key may not read is told and left out. Lists that no rule of the mapping speaks of are read where they are
# named here, into the ledger alone:
# also = ["treatment_category", "contract", "room", "treatment_appointment"]
# What the API does not give: a folder with a manifest.json and tables of images and templates.
# files = "dentally-files"
# A list with fewer rows than it says is read three times and then stops the run, unless:
# accept_missing_rows = true

# Instead of Dentally: a folder of Dent-O-Soft's tables (CSV or XLSX) with a manifest.json.
# [source.dent_o_soft]
# folder = "export"

# Or the reports of Practice by Numbers, as they are exported, with a manifest.json.
# [source.practice_by_numbers]
# folder = "reports"
# Or its API, with the token in ODOGRAFT_PRACTICE_BY_NUMBERS_TOKEN.
# url = "https://api.example.invalid"
# organisation = "clinic"
# time_zone = "America/Chicago"  # of moments that come without an offset
# lists = { appointment = "appointments" }

# Or PANDA Perio's SQL Server, whose password is in ODOGRAFT_PANDA_PASSWORD; several databases merge, each under its
# clinic's tag. Tables and columns that are named otherwise than odograft expects are said together, and named here.
# [source.panda_perio]
# host = "sql.clinic.example.invalid"
# instance = "PANDA"            # a named instance, whose port the SQL Server Browser tells; else `port = 1433`
# user = "reader"
# databases = { north = "PandaNorth", south = "PandaSouth" }
# encryption = "required"       # or `login-only`, `none`
# trust = "server.pem"          # or `system`, `any`
# share = "scans"               # the folder that the paths in the databases begin at
# letters = "Letters"           # the folder below it with the template library
# time_zone = "America/Chicago" # the zone of the databases' moments
# date_order = "mdy"            # of days in columns of text; `ymd` where it is silent
# notation = "universal"        # how exams name teeth, or `fdi`, `palmer`: no value tells
# margin_sign = "recession-positive"  # what a positive margin means, or `recession-negative`
# measures = { 4 = "probing-depth" }  # the databases' words for what is measured, where they are others
# overlap_minutes = 720         # a later reading trusts the stamps of change, and goes back so far behind the newest
# [source.panda_perio.tables]
# flag = false                  # the databases have no such table
# note = { table = "dbo.Notes", key = "NoteID", parent = "PatientID", columns = { body = "NoteText" } }

# Or the tables of any other system: the manifest.json beside them declares tables and columns, and a module maps them.
# [source.tabular]
# folder = "export"

# Periodontal charts, which Dentally's API does not have: a folder with manifest.json, exams.csv, readings.csv.
# [source.perio_drop]
# folder = "perio"

[odoo]
url = "{odoo_url}"
# Needed where one server has several databases, and by the protocols before JSON-2.
# database = "clinic"
# `json-2`, `json-rpc` or `xml-rpc`; chosen by asking the server where this is silent. The older two want the log-in name
# of the key's user.
# protocol = "json-rpc"
# login = "migration@clinic.example.invalid"
# New records go through a server action that the run makes and takes away again: faster for contacts with parents, and
# only an administrator's key may make it.
# server_action = true
# A file with more bytes is put aside. Odoo takes 128 MiB in one call, which are 95 MiB before they are base64.
# max_file_bytes = 99614720

# The modules, in order: where two fill one field, the later one wins, with a finding.
[[module]]
file = "modules/dentally.wasm"
# The client's own rules over it; the last has the last word.
# overlays = ["modules/clinic.wasm"]
# settings = { clinical_group = "base.group_system" }
# For a module whose tool chain (Python, JavaScript) cannot do without WASI: one that answers and gives nothing.
# wasi = "inert"
# What this module may use where it differs from `[limits]` below.
# limits = { memory_mib = 256 }

# [[module]]
# file = "modules/perio-chart.wasm"

[owners]
# Log-in of the Odoo user who stands in for practitioners without a user of their own.
# fallback = "reception@clinic.example.invalid"
# Or one by one, by object and id as `odograft plan` tells them:
# users = { "practitioner/501" = "lee@clinic.example.invalid" }
# Or nobody: fields that name them stay empty. Without one of the three a run refuses to start while somebody is needed.
# leave_empty = true

# [delta]
# What becomes in Odoo of records that are gone from the source: `report` tells them, `archive` puts them away where nobody
# has changed them in Odoo.
# deleted = "report"

# [retention]
# Days after `odograft ledger hand-over` that the ledger keeps patients' values, which an undo needs. Then
# `odograft ledger shred` removes them; the id map and the audit stay.
# days = 30

# [limits]
# What one batch of a module may use; these are the defaults.
# memory_mib = 64
# fuel_base = 20_000_000
# fuel_per_record = 2_000_000
# fuel_per_kib = 2_000_000
# wall_clock_seconds = 5
# returned_mib = 16
# module_mib = 16
"#;

/// The ledger, its log and its lock, and its key.
const IGNORED: &str = "ledger.*";

pub(crate) fn init(args: &Args) -> Result<ExitCode> {
    let file = args.folder.join("odograft.toml");
    if file.exists() {
        bail!("`{}` is there already\nhint: edit it, or choose another folder", file.display());
    }
    let text = TEMPLATE
        .replace("{name}", &args.name)
        .replace("{dentally_url}", &args.dentally_url)
        .replace("{odoo_url}", &args.odoo_url);
    // What is refused here would be refused by every later command.
    Config::parse(&text)?;
    fs::create_dir_all(args.folder.join("modules")).with_context(|| format!("`{}`", args.folder.display()))?;
    fs::write(&file, text)?;
    let made = keys::make_ledger_key(&args.folder)?;
    ignore_ledger(&args.folder.join(".gitignore"))?;
    println!("wrote {}", file.display());
    let verb = if made { "made" } else { "kept" };
    println!("{verb} ledger.key: without it nobody can read the ledger; keep a copy elsewhere");
    println!(
        "next: put modules into {}, accept them with `odograft lock`, set the keys that the file names, and `odograft run`",
        args.folder.join("modules").display()
    );
    Ok(exit::DONE.into())
}

/// Keeps ledger and key out of version control. What the file says already stays.
fn ignore_ledger(file: &Path) -> Result<()> {
    let known = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("`{}` cannot be read", file.display())),
    };
    if known.lines().any(|line| line.trim() == IGNORED) {
        return Ok(());
    }
    let gap = if known.is_empty() || known.ends_with('\n') { "" } else { "\n" };
    let mut out = fs::OpenOptions::new().create(true).append(true).open(file)?;
    Ok(writeln!(out, "{gap}{IGNORED}")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gitignore_that_is_there_is_added_to_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join(".gitignore");
        fs::write(&file, "target").expect("written");
        for _ in 0..2 {
            ignore_ledger(&file).expect("added to");
        }
        assert_eq!(fs::read_to_string(&file).expect("read"), "target\nledger.*\n");
    }

    #[test]
    fn a_name_that_run_would_refuse_is_refused_before_anything_is_written() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let args = Args {
            folder: folder.path().join("client"),
            name: "My Clinic".to_owned(),
            dentally_url: "https://api.dentally.co".to_owned(),
            odoo_url: "https://clinic.example.invalid".to_owned(),
        };
        assert!(init(&args).expect_err("refused").to_string().contains("migration.name"));
        assert!(!args.folder.exists());
    }
}
