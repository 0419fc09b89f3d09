//! Why a migration stops.

use odograft_engine::{DescribeError, EngineError, LoadError};
use odograft_ledger::LedgerError;
use odograft_odoo::{OdooError, PackError};
use odograft_records::DecodeError;
use odograft_records::bindings::transform::manifest::SettingError;
use odograft_sources::SourceError;

use crate::owners::Unmatched;
use crate::preflight::Found;

/// Why a migration stops. What it has done so far is in the ledger; the same command goes on there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The source system.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Odoo.
    #[error(transparent)]
    Odoo(#[from] OdooError),
    /// The sandbox.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A module is refused.
    #[error("module `{module}`: {error}")]
    Load {
        /// The module.
        module: String,
        /// Why.
        error: LoadError,
    },
    /// A module does not say what it can do.
    #[error("module `{module}`: {error}")]
    Describe {
        /// The module.
        module: String,
        /// Why.
        error: DescribeError,
    },
    /// The configuration gives a module a setting that it cannot have.
    #[error("module `{module}`: setting `{}`: {}\nhint: the module's `describe` lists its settings with what they allow", .error.name, .error.message)]
    Setting {
        /// The module.
        module: String,
        /// Which, and why.
        error: SettingError,
    },
    /// A source is configured whose records no module takes.
    #[error(
        "{source_name} is configured, but no module maps its {records}\nhint: add a `[[module]]` for them, or leave the source out"
    )]
    NoModuleFor {
        /// The source.
        source_name: &'static str,
        /// What no module maps.
        records: &'static str,
    },
    /// A module is a component of none of the contracts.
    #[error(
        "module `{module}` exports none of the mapping interfaces\nhint: `cargo xtask guests` builds the ones that ship; a client's own exports `odograft:dentally/mapping` or `odograft:perio/flattening`"
    )]
    NoContract {
        /// The module.
        module: String,
    },
    /// A column of the practice's own that no module takes.
    #[error(
        "no module takes a column of `{object}`, such as `{column}`\nhint: an `[[extra]]` table names an object and a column of the source as `odograft extract` tells them"
    )]
    ExtraOfNobody {
        /// The object.
        object: String,
        /// The column.
        column: String,
    },
    /// A staged row that says how others are to be read cannot be read itself.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Two modules declare one custom field differently.
    #[error(
        "`{model}.{field}` is declared twice, with another type, relation, choices or visible groups\nhint: rename the field in one of the modules, or declare it alike"
    )]
    FieldDeclaredTwice {
        /// The Odoo model.
        model: String,
        /// The field.
        field: String,
    },
    /// A module fails on too many records to be trusted with the rest.
    #[error(
        "module `{module}` failed on {failed} of the first {seen} records\nhint: `odograft status` lists them with reason and fuel; mend the module, or raise `max_failed_share`"
    )]
    ModuleFails {
        /// The module.
        module: String,
        /// Records that failed.
        failed: u64,
        /// Records it was given.
        seen: u64,
    },
    /// The configured fallback owner does not exist.
    #[error(
        "the fallback owner `{login}` is not a user of this Odoo\nhint: `owners.fallback` takes the log-in of an existing user"
    )]
    NoFallback {
        /// The log-in.
        login: String,
    },
    /// A configured owner does not exist.
    #[error(
        "`{login}`, who is to stand in for `{of}`, is not a user of this Odoo\nhint: `owners.users` takes the log-ins of existing users"
    )]
    NoOwner {
        /// Object and id of whom the user is to stand in for.
        of: String,
        /// The log-in.
        login: String,
    },
    /// Nobody has decided who stands in for people whom no user matches.
    #[error("{}", nobody_decided(.undecided))]
    OwnersUndecided {
        /// All of them.
        undecided: Vec<Unmatched>,
    },
    /// Nobody has approved what would be written.
    #[error(
        "plan {plan} is not approved, so nothing was written\nhint: `odograft plan` shows it, and `odograft approve --plan {plan} --by NAME` says yes to it"
    )]
    NotApproved {
        /// The plan's first digits.
        plan: String,
    },
    /// Something else was approved than what would be written.
    #[error(
        "plan {plan} is another than {approved}, which was approved, so nothing was written: modules, settings, fields or owners have changed\nhint: `odograft plan` shows it, and `odograft approve --plan {plan} --by NAME` says yes to it"
    )]
    PlanChanged {
        /// The first digits of the plan that was approved.
        approved: String,
        /// Those of the plan that there is.
        plan: String,
    },
    /// The plan to be approved is not the one that there is.
    #[error(
        "that is not the plan: it begins with {plan}\nhint: look at it with `odograft plan`, then name at least eight of its digits"
    )]
    OtherPlan {
        /// The first digits of the plan that there is.
        plan: String,
    },
    /// A person wanted it to stop.
    #[error("stopped as you asked, between two batches: nothing is lost\nhint: the same command goes on from here")]
    Stopped,
    /// Odoo would refuse every record of a field.
    #[error("{}", preflight(.found))]
    Preflight {
        /// Everything that was found, values of single records included.
        found: Vec<Found>,
    },
    /// An undo was broken off.
    #[error(
        "an undo of this migration is under way\nhint: `odograft rollback --yes` goes on with it; after that a run starts afresh"
    )]
    UndoUnderWay,
    /// A call of a module cannot be kept.
    #[error(
        "a call of module `{module}` cannot be captured: {cause}\nhint: `--capture` takes a folder that this user may write to; run without it to go on"
    )]
    Capture {
        /// The module.
        module: String,
        /// Why.
        cause: String,
    },
    /// A pack's files, or an administrator's exports.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A plan without a server needs files that are not there.
    #[error("{}", missing_exports(.missing))]
    MissingExports {
        /// All of them.
        missing: Vec<MissingExport>,
    },
    /// A pack was handed out, and nobody knows yet what of it is in Odoo.
    #[error(
        "a pack of this migration is out, and what of it is in Odoo is not known\nhint: `odograft pack reconcile EXPORTS` takes the administrator's exports in; if nothing of it was imported, `odograft pack drop` forgets it"
    )]
    PackOut,
    /// Values are to be shredded that an undo needs.
    #[error(
        "an undo of {records} records is still possible, and the values that it needs would be gone\nhint: `odograft ledger hand-over` notes that the client has taken the migration over; {days} days later they may go. `--give-up-undo` does it now"
    )]
    UndoPossible {
        /// Records that an undo could take back.
        records: u64,
        /// Days that values are kept after the hand-over.
        days: u32,
    },
    /// There is no plan whose documents could be handed over.
    #[error(
        "nothing has been planned yet, so there is nothing to hand over\nhint: `odograft run` moves the practice, and `odograft check` plans only"
    )]
    NothingPlanned,
    /// A plan was broken off, or is being made.
    #[error(
        "a plan was begun and is not finished, so documents are missing\nhint: `odograft run` goes on with it, as does `odograft check`; hand over when it has ended"
    )]
    PlanUnfinished,
    /// A planned record in the ledger cannot be read back.
    #[error(
        "the ledger's record {rowid} cannot be read back\nhint: the ledger was written by another version; run again from an empty folder"
    )]
    UnreadableCells {
        /// The ledger's number of the record.
        rowid: i64,
    },
}

/// A list view of Odoo's that has to be exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingExport {
    /// The model.
    pub model: String,
    /// The columns: as the export dialog calls them, or by their field's name.
    pub columns: Vec<String>,
}

/// Every export that is missing, a line each, and how it is made.
fn missing_exports(missing: &[MissingExport]) -> String {
    let lines: Vec<String> = missing
        .iter()
        .map(|MissingExport { model, columns }| format!("  `{model}.csv` with {}", columns.join(", ")))
        .collect();
    format!(
        "these exports from Odoo are missing, or lack a column:\n{}\nhint: in Odoo, with the developer mode on and the language English, open each list, select all its records (archived ones too), Actions > Export, without \"I want to update data\", format CSV, with these columns; put the files into the folder that `--exports` names",
        lines.join("\n")
    )
}

/// Who is undecided, a line each, and how it is decided.
fn nobody_decided(owners: &[Unmatched]) -> String {
    let line = |owner: &Unmatched| {
        let Unmatched { object, source_id, references } = owner;
        format!("  {object}/{source_id}, named by {references} fields")
    };
    let lines: Vec<String> = owners.iter().map(line).collect();
    format!(
        "no user of Odoo matches these, and nobody has decided who stands in for them, so nothing was written:\n{}\nhint: under `[owners]`, name a user for each (`users = {{ \"practitioner/7\" = \"LOG-IN\" }}`), one for all (`fallback = \"LOG-IN\"`), or leave their fields empty (`leave_empty = true`)",
        lines.join("\n")
    )
}

/// The fields that stop a run, a line each.
fn preflight(found: &[Found]) -> String {
    let stopping: Vec<String> = found
        .iter()
        .filter(|found| found.flaw.stops())
        .map(|Found { model, field, flaw, .. }| {
            let dot = if field.is_empty() { "" } else { "." };
            format!("  `{model}{dot}{field}`: {}", flaw.words())
        })
        .collect();
    let lines = stopping.join("\n");
    format!("Odoo would take none of these, so nothing was written:\n{lines}\nhint: `odograft check` lists everything")
}
