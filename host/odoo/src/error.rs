//! What can go wrong between odograft and Odoo, told without a word of the records themselves.

use std::time::Duration;

use crate::files::FileFault;
use crate::problem::{Problem, Rule};

/// A call to Odoo that did not do what was asked.
///
/// Model and field names are Odoo's technical ones, `?` where the message names none. [`OdooError::code`] is stable.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OdooError {
    /// The configured address can't be one of an Odoo.
    #[error("`{url}` is no address of an Odoo: {reason}; hint: give it as `https://odoo.example.com`")]
    BadUrl {
        /// The address as configured.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The API key has characters that can't travel in a header.
    #[error("the API key is not one line of plain characters; hint: copy it again, without line breaks")]
    MalformedKey,
    /// Nobody listens there; nothing was sent.
    #[error("no connection to `{origin}`; hint: check the address, the network, and that Odoo is running")]
    Unreachable {
        /// Scheme, host and port.
        origin: String,
    },
    /// The server sends callers elsewhere; a POST can't follow.
    #[error("`{origin}` redirects to `{target}`; hint: configure that address instead")]
    Redirected {
        /// Scheme, host and port asked.
        origin: String,
        /// Scheme, host and port of the redirection, without its path.
        target: String,
    },
    /// Unknown, expired or missing API key; before JSON-2 an unknown log-in name too.
    #[error(
        "Odoo refuses the API key; hint: make one under Preferences, Account Security, and check its user and that it has not expired"
    )]
    WrongKey,
    /// The database doesn't exist, or it must be named and isn't.
    #[error("Odoo finds no database {}; hint: set the destination's `database` to its exact name", named(.database))]
    WrongDatabase {
        /// The database that was asked for.
        database: Option<String>,
    },
    /// The protocols before JSON-2 want a log-in name beside the key.
    #[error(
        "no log-in name for the API key; hint: set the destination's `login`, which the protocols before JSON-2 want"
    )]
    NoLogin,
    /// The server tells its version and closes its external API.
    #[error(
        "Odoo {version} answers, but its external API is closed; hint: Odoo Online opens it on the Custom plan only, elsewhere the application `rpc` brings it"
    )]
    PlanClosed {
        /// The version, as the server tells it.
        version: String,
    },
    /// JSON-RPC and XML-RPC are switched off, or Odoo has removed them.
    #[error(
        "Odoo has switched off JSON-RPC and XML-RPC; hint: use `json-2` from Odoo 19 on, or set the system parameter `rpc.use_deprecated_services`"
    )]
    LegacyOff,
    /// The user may not do this with any record of the model.
    #[error("the API key's user may not {operation} records of `{model}`; hint: give the user a group that may")]
    NoRights {
        /// The model.
        model: String,
        /// `create`, `read`, `write`, `unlink`, `access` or `call`.
        operation: String,
    },
    /// The user may not do this with this record, or the record it hangs on is gone.
    #[error(
        "a record rule of `{model}` refuses the record; hint: check that the record it belongs to exists and that the user sees it"
    )]
    NoRightsOnRecord {
        /// The model.
        model: String,
    },
    /// The model isn't there: an Odoo application that is not installed, or a spelling.
    #[error("Odoo has no model `{model}`; hint: install the application it belongs to")]
    NoModel {
        /// The model asked for.
        model: String,
    },
    /// The model has no such public method.
    #[error("`{model}` has no method `{method}` to call; hint: check the server's version")]
    NoMethod {
        /// The model.
        model: String,
        /// The method asked for.
        method: String,
    },
    /// The arguments don't fit the method's signature.
    #[error(
        "`{model}.{method}` does not take these arguments (`{argument}`); hint: check the server's version, this is a fault of odograft's otherwise"
    )]
    BadArguments {
        /// The model.
        model: String,
        /// The method.
        method: String,
        /// The argument that is missing or too many.
        argument: String,
    },
    /// The model has no such field.
    #[error("`{model}` has no field `{field}`; hint: run the schema phase, or install the application that brings it")]
    NoField {
        /// The model.
        model: String,
        /// The field.
        field: String,
    },
    /// A value that the field can't hold.
    #[error("the value for `{field}` of `{model}` is {}; hint: mend it in the mapping or in the source", .problem.rule())]
    BadValue {
        /// The model.
        model: String,
        /// The field.
        field: String,
        /// The rule it breaks.
        problem: Problem,
    },
    /// A field without which Odoo keeps no record.
    #[error("`{model}` needs a value for `{field}`; hint: map it, or give the mapping a fallback")]
    MissingRequired {
        /// The model.
        model: String,
        /// The field.
        field: String,
    },
    /// A many2one that points to nothing.
    #[error(
        "`{field}` of `{model}` refers to a record that Odoo does not have; hint: load that record first, or leave the field blank"
    )]
    NoReference {
        /// The model.
        model: String,
        /// The many2one.
        field: String,
    },
    /// A value that must be the only one of its kind.
    #[error(
        "`{model}` already has a record with this value (`{constraint}`); hint: look the record up instead of making it"
    )]
    NotUnique {
        /// The model.
        model: String,
        /// The field or the database's constraint.
        constraint: String,
    },
    /// An external id with a character that Odoo doesn't store.
    #[error("Odoo refuses the external id; hint: use letters, digits, `_`, `-` and `.`, and no space")]
    BadExternalId,
    /// The external id names a record of another model.
    #[error(
        "the external id belongs to a record of another model than `{model}`; hint: give each migration its own module name"
    )]
    ExternalIdTaken {
        /// The model that was to be loaded.
        model: String,
    },
    /// A custom field's name that Odoo refuses.
    #[error(
        "`{model}` refuses the name of a custom field; hint: `x_` first, then letters, digits and `_`, 63 characters at most, not used yet"
    )]
    BadFieldName {
        /// The model, `ir.model.fields`.
        model: String,
    },
    /// Another record needs the one that was to be deleted.
    #[error("`{by}` still refers to the record through `{field}`; hint: archive it instead")]
    InUse {
        /// The model that refers to it.
        by: String,
        /// The field that does.
        field: String,
    },
    /// A rule that no value satisfies.
    #[error("`{model}`: {}", .rule.words())]
    AgainstRule {
        /// The model.
        model: String,
        /// The rule.
        rule: Rule,
    },
    /// The record is gone.
    #[error("`{model}` no longer has the record; hint: it was deleted in Odoo, read the ids again")]
    MissingRecord {
        /// The model.
        model: String,
    },
    /// Two transactions touched the same rows, or PostgreSQL broke this one off; nothing was written.
    #[error("Odoo gave up after colliding with other writers; hint: run again when the server is quieter")]
    Serialization,
    /// The request is bigger than the server or its proxy takes.
    #[error(
        "the request is larger than the server takes; hint: lower the batch size, or raise the proxy's body limit (`client_max_body_size`)"
    )]
    TooLarge,
    /// A file broke the call's body, so that nothing of the call was done.
    #[error("{fault}")]
    File {
        /// Its place among the call's files, from 0.
        file: usize,
        /// Why.
        fault: FileFault,
    },
    /// A proxy answered in Odoo's place: the outcome is unknown.
    #[error(
        "the proxy before Odoo answered {status}; hint: look at Odoo's log, it may be restarting or too slow for the proxy"
    )]
    Gateway {
        /// 502, 503 or 504.
        status: u16,
    },
    /// Too many calls.
    #[error("the server asks for fewer calls; hint: use one worker and leave a second between calls")]
    RateLimited {
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// No answer in time: the outcome is unknown.
    #[error("no answer in time; hint: lower the batch size, or look at what keeps the server busy")]
    Timeout,
    /// The connection ended before the answer: the outcome is unknown.
    #[error("the connection ended before the answer; hint: look at Odoo's log, a worker may have been killed")]
    Dropped,
    /// Each try ended without telling whether it was done.
    #[error(
        "after {attempts} tries it is unknown whether Odoo did it ({last}); hint: run again, nothing is written twice"
    )]
    UnknownOutcome {
        /// How often it was sent.
        attempts: usize,
        /// Why the last try told nothing.
        last: Box<OdooError>,
    },
    /// Something else than Odoo's external API answered.
    #[error(
        "the answer (status {status}) is not Odoo's; hint: check the address, and that the server is Odoo 19 or later"
    )]
    NotOdoo {
        /// The HTTP status.
        status: u16,
    },
    /// Odoo answered in a shape that the method doesn't have.
    #[error("Odoo's answer to `{model}.{method}` is not {expected}; hint: check the server's version")]
    UnexpectedAnswer {
        /// The model.
        model: String,
        /// The method.
        method: String,
        /// What was expected.
        expected: &'static str,
    },
    /// An error that odograft doesn't know; the words are withheld because they may quote a record.
    #[error("Odoo fails with `{name}` (status {status}); hint: Odoo's own log has the words, which may quote records")]
    Server {
        /// The Python class of the error.
        name: String,
        /// The HTTP status.
        status: u16,
    },
    /// Odoo refuses a row in words that odograft doesn't know.
    #[error(
        "Odoo refuses the record for a reason that odograft does not know; hint: load it by hand in Odoo, which shows the words"
    )]
    Refused,
    /// A batch that can't be right, found before sending.
    #[error("row {row} of the batch for `{model}` {reason}; hint: this is a fault of the plan, not of Odoo")]
    BadBatch {
        /// The model.
        model: String,
        /// The row's position in the batch, from 0.
        row: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An external id without a module.
    #[error("external id number {position} has no module; hint: write it as `module.name`")]
    NoModule {
        /// Its position in what was asked, from 0.
        position: usize,
    },
    /// A field that is there already, in another kind.
    #[error(
        "`{model}` already has `{field}` as {found}, not {wanted}; hint: Odoo can't change a field's type, so rename it in the mapping or delete it in Odoo"
    )]
    FieldDiffers {
        /// The model.
        model: String,
        /// The field.
        field: String,
        /// The type that the plan wants.
        wanted: String,
        /// The type that is there.
        found: String,
    },
    /// A field that is there and that the API key's user doesn't see.
    #[error(
        "`{model}` has `{field}`, but the API key's user does not see it; hint: add the user to one of the field's groups"
    )]
    HiddenField {
        /// The model.
        model: String,
        /// The field.
        field: String,
    },
    /// A group that the plan names and Odoo doesn't have.
    #[error("Odoo has no record `{external_id}`; hint: install the application it comes with, or correct the name")]
    NoSuchExternalId {
        /// The external id, of a group or a view: never of a patient.
        external_id: String,
    },
    /// A model without a form to show fields on.
    #[error("`{model}` has no form view; hint: leave its page out of the plan")]
    NoForm {
        /// The model.
        model: String,
    },
    /// A view that Odoo's checks refuse.
    #[error(
        "Odoo refuses the page for `{model}`; hint: check that each of its fields exists and that the user sees it"
    )]
    BadView {
        /// The model.
        model: String,
    },
}

fn named(database: &Option<String>) -> String {
    database.as_ref().map_or_else(|| "of its own accord".to_owned(), |name| format!("`{name}`"))
}

/// [`OdooError::code`] of a value that another record has, which may be one that another call is making.
pub const NOT_UNIQUE: &str = "not-unique";

impl OdooError {
    /// A stable word for this kind of error, for reports and the quarantine.
    pub fn code(&self) -> &'static str {
        match self {
            OdooError::BadUrl { .. } => "bad-url",
            OdooError::MalformedKey => "malformed-key",
            OdooError::Unreachable { .. } => "unreachable",
            OdooError::Redirected { .. } => "redirected",
            OdooError::WrongKey => "wrong-key",
            OdooError::WrongDatabase { .. } => "wrong-database",
            OdooError::NoLogin => "no-login",
            OdooError::PlanClosed { .. } => "plan-closed",
            OdooError::LegacyOff => "legacy-off",
            OdooError::NoRights { .. } => "no-rights",
            OdooError::NoRightsOnRecord { .. } => "no-rights-on-record",
            OdooError::NoModel { .. } => "no-model",
            OdooError::NoMethod { .. } => "no-method",
            OdooError::BadArguments { .. } => "bad-arguments",
            OdooError::NoField { .. } => "no-field",
            OdooError::BadValue { .. } => "bad-value",
            OdooError::MissingRequired { .. } => "missing-required",
            OdooError::NoReference { .. } => "no-reference",
            OdooError::NotUnique { .. } => NOT_UNIQUE,
            OdooError::BadExternalId => "bad-external-id",
            OdooError::ExternalIdTaken { .. } => "external-id-taken",
            OdooError::BadFieldName { .. } => "bad-field-name",
            OdooError::InUse { .. } => "in-use",
            OdooError::AgainstRule { .. } => "against-rule",
            OdooError::MissingRecord { .. } => "missing-record",
            OdooError::Serialization => "serialization",
            OdooError::TooLarge => "too-large",
            OdooError::File { fault, .. } => fault.code(),
            OdooError::Gateway { .. } => "gateway",
            OdooError::RateLimited { .. } => "rate-limited",
            OdooError::Timeout => "timeout",
            OdooError::Dropped => "dropped",
            OdooError::UnknownOutcome { .. } => "unknown-outcome",
            OdooError::NotOdoo { .. } => "not-odoo",
            OdooError::UnexpectedAnswer { .. } => "unexpected-answer",
            OdooError::Server { .. } => "server",
            OdooError::Refused => "refused",
            OdooError::BadBatch { .. } => "bad-batch",
            OdooError::NoModule { .. } => "no-module",
            OdooError::FieldDiffers { .. } => "field-differs",
            OdooError::HiddenField { .. } => "hidden-field",
            OdooError::NoSuchExternalId { .. } => "no-such-external-id",
            OdooError::NoForm { .. } => "no-form",
            OdooError::BadView { .. } => "bad-view",
        }
    }

    /// The field that the error names, if it names one.
    pub fn field(&self) -> Option<&str> {
        match self {
            OdooError::NoField { field, .. }
            | OdooError::BadValue { field, .. }
            | OdooError::MissingRequired { field, .. }
            | OdooError::NoReference { field, .. }
            | OdooError::InUse { field, .. }
            | OdooError::HiddenField { field, .. }
            | OdooError::FieldDiffers { field, .. } => (field != UNNAMED).then_some(field.as_str()),
            _ => None,
        }
    }

    /// Whether Odoo refused for what one record is or holds, so that its neighbours may still do. What else tells of the
    /// record alone depends on the call, and its caller adds it.
    #[must_use]
    pub fn is_about_record(&self) -> bool {
        matches!(
            self,
            Self::BadValue { .. }
                | Self::MissingRequired { .. }
                | Self::NoReference { .. }
                | Self::NotUnique { .. }
                | Self::NoRightsOnRecord { .. }
                | Self::AgainstRule { .. }
                | Self::Refused
        )
    }

    /// Whether the call may have been done although it failed: only asking, or sending the same again, can tell.
    pub fn outcome_is_unknown(&self) -> bool {
        matches!(
            self,
            OdooError::Timeout | OdooError::Dropped | OdooError::Gateway { .. } | OdooError::UnknownOutcome { .. }
        )
    }

    /// Whether the same call may work a little later, provided that doing it twice does no harm.
    pub fn may_pass(&self) -> bool {
        self.outcome_is_unknown()
            || matches!(self, OdooError::Serialization | OdooError::RateLimited { .. } | OdooError::Unreachable { .. })
    }
}

/// What stands for a model or field that a message doesn't name.
pub(crate) const UNNAMED: &str = "?";
