//! What the rows of a source hold, for tools that look at rows before they are decoded: each field with the names that
//! the source gives it, its kind, and whether a record can be without it.

use std::borrow::Cow;

/// One field of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the contract, as manifests name it: `address_line1`.
    pub name: Cow<'static, str>,
    /// The names that the source may give it, the usual one first: `address_line_1`. Empty: the contract's alone.
    pub names: &'static [&'static str],
    /// What it holds.
    pub kind: Kind,
    /// Whether a row without it is no record.
    pub required: bool,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, or a number or truth value that is carried as text.
    Text,
    /// True or false.
    Boolean,
    /// A whole number of 64 bits, signed.
    Integer,
    /// An exact number, such as an amount of money.
    Decimal,
    /// A day, `2024-02-29`.
    Date,
    /// A moment with its offset, in ISO 8601.
    Instant,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// An object with fields of its own.
    Nested(&'static [Field]),
    /// Any JSON, carried as its text.
    Json,
    /// A text, a number or a truth value, carried as what it is.
    Scalar,
    /// A list of texts.
    Texts,
    /// A list of objects with fields of their own.
    List(&'static [Field]),
    /// What ties a row to its parent; the record has no field for it.
    Link,
}

impl Field {
    /// A field under the name that the contract gives it, which a record can be without.
    pub(crate) const fn named(name: &'static str, names: &'static [&'static str], kind: Kind) -> Self {
        Self { name: Cow::Borrowed(name), names, kind, required: false }
    }

    /// The same for one that a record cannot be without.
    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Whether the source may give it this name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        if self.names.is_empty() { self.name == name } else { self.names.contains(&name) }
    }

    /// The name that the source usually gives it.
    #[must_use]
    pub fn usual(&self) -> &str {
        self.names.first().copied().unwrap_or(&self.name)
    }
}
