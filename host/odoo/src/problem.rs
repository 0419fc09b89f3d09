//! What can be wrong with a value, and which rules no value satisfies.

/// Why a value was not accepted, as far as Odoo's message tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Not one of the field's selection.
    Selection,
    /// Not `YYYY-MM-DD`, or no such day.
    Date,
    /// Not `YYYY-MM-DD HH:MM:SS` in UTC.
    Datetime,
    /// Not a decimal number.
    Number,
    /// Not a whole number.
    Integer,
    /// Neither yes nor no.
    Boolean,
    /// Holds the character NUL, which PostgreSQL's text can't.
    Nul,
    /// Not text where `load` wants every cell as text.
    NotText,
    /// Holds a control character, which XML can't carry: JSON-2 and JSON-RPC can.
    Control,
    /// Beyond what the field or the protocol can hold.
    Range,
    /// Not base64, which binary fields want.
    Base64,
    /// Breaks a rule that Odoo states in words odograft doesn't know.
    Unnamed,
}

impl Problem {
    /// The rule that was broken, a lower-case fragment.
    pub fn rule(self) -> &'static str {
        match self {
            Problem::Selection => "not one of its selection",
            Problem::Date => "not a date as `YYYY-MM-DD`",
            Problem::Datetime => "not a moment as `YYYY-MM-DD HH:MM:SS` in UTC",
            Problem::Number => "not a number",
            Problem::Integer => "not a whole number",
            Problem::Boolean => "neither `True` nor `False`",
            Problem::Nul => "holding the character NUL",
            Problem::NotText => "not text",
            Problem::Control => "holding a control character, which XML-RPC can't carry",
            Problem::Range => "beyond the numbers that fit",
            Problem::Base64 => "not base64",
            Problem::Unnamed => "against a rule of Odoo's",
        }
    }
}

/// A rule of one of Odoo's applications that no other value would satisfy: something else has to be done first, or
/// nothing can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// An order that was sent or confirmed can't be deleted before it is cancelled.
    OrderConfirmed,
    /// A confirmed order keeps its lines.
    OrderLineConfirmed,
    /// A contact that an active user belongs to can't be deleted.
    ContactOfUser,
    /// The administrator can't be deleted.
    Administrator,
    /// A field that an application brought can't be removed.
    FieldOfApplication,
    /// A field's type can't be changed.
    FieldType,
}

impl Rule {
    /// The rule and what to do about it: a lower-case fragment with a hint.
    pub fn words(self) -> &'static str {
        match self {
            Rule::OrderConfirmed => "a sent or confirmed order can't be deleted; hint: cancel it first",
            Rule::OrderLineConfirmed => "a confirmed order keeps its lines; hint: set the line's quantity to 0",
            Rule::ContactOfUser => {
                "a contact that an active user belongs to can't be deleted; hint: archive user and contact"
            }
            Rule::Administrator => "the administrator can't be deleted; hint: archive the user instead",
            Rule::FieldOfApplication => "a field that an application brought can't be removed; hint: leave it",
            Rule::FieldType => "a field's type can't be changed; hint: delete the field and make it again",
        }
    }
}
