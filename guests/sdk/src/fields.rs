//! Fields of Odoo records: declared once, as constants that know their name, kind, sources and
//! rule, and that give both the manifest's entry and the cell's index.

use core::marker::PhantomData;

use crate::bindings::transform::effects::{File, Reference, Text, Value};
use crate::bindings::transform::manifest;
use crate::bindings::transform::values::{Date, Decimal, Instant};

/// What a field's kind is, in constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of text.
    Char,
    /// Several lines of text.
    Text,
    /// Text with mark-up.
    Html,
    /// 32 bits, signed.
    Integer,
    /// A floating-point number.
    Float,
    /// An amount in the record's currency.
    Monetary,
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// A moment in UTC.
    Datetime,
    /// A file's content, which never enters the sandbox.
    Binary,
    /// One of these values, each with its label.
    Selection(&'static [(&'static str, &'static str)]),
    /// One record of this model.
    Many2one(&'static str),
    /// Any number of records of this model.
    Many2many(&'static str),
    /// An integer that holds the id of a record of this model.
    Many2oneReference(&'static str),
}

impl FieldKind {
    pub(crate) fn declaration(self) -> manifest::FieldKind {
        use manifest::FieldKind as Kind;
        let owned = |words: &str| words.to_owned();
        match self {
            Self::Char => Kind::Char,
            Self::Text => Kind::Text,
            Self::Html => Kind::Html,
            Self::Integer => Kind::Integer,
            Self::Float => Kind::Float,
            Self::Monetary => Kind::Monetary,
            Self::Boolean => Kind::Boolean,
            Self::Date => Kind::Date,
            Self::Datetime => Kind::Datetime,
            Self::Binary => Kind::Binary,
            Self::Selection(choices) => Kind::Selection(
                choices
                    .iter()
                    .map(|(value, label)| manifest::Choice { value: owned(value), label: owned(label) })
                    .collect(),
            ),
            Self::Many2one(model) => Kind::Many2one(owned(model)),
            Self::Many2many(model) => Kind::Many2many(owned(model)),
            Self::Many2oneReference(model) => Kind::Many2oneReference(owned(model)),
        }
    }
}

/// A field's declaration.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    pub(crate) name: &'static str,
    pub(crate) kind: FieldKind,
    pub(crate) custom: Option<&'static str>,
    pub(crate) section: Option<&'static str>,
    pub(crate) clinical: bool,
    pub(crate) sources: &'static [&'static str],
    pub(crate) rule: &'static str,
    pub(crate) source_id: bool,
}

impl FieldSpec {
    const fn new(name: &'static str, kind: FieldKind, custom: Option<&'static str>) -> Self {
        Self { name, kind, custom, section: None, clinical: false, sources: &[], rule: "as entered", source_id: false }
    }

    /// The source fields that it is made from; [`target!`](crate::target!) writes `from […]`.
    #[must_use]
    pub const fn from(mut self, sources: &'static [&'static str]) -> Self {
        self.sources = sources;
        self
    }

    /// How it is made, in a few words for the mapping sheet; `as entered` unless said otherwise.
    #[must_use]
    pub const fn rule(mut self, words: &'static str) -> Self {
        self.rule = words;
        self
    }

    /// The heading under which the form's Dental page shows it.
    #[must_use]
    pub const fn section(mut self, heading: &'static str) -> Self {
        self.section = Some(heading);
        self
    }

    /// Shown only to the group that the setting `clinical_group` names.
    #[must_use]
    pub const fn clinical(mut self) -> Self {
        self.clinical = true;
        self
    }

    pub(crate) fn declaration(&self, clinical_group: &str) -> manifest::Field {
        let owned = |words: &str| words.to_owned();
        manifest::Field {
            name: self.name.to_owned(),
            kind: self.kind.declaration(),
            custom: self.custom.map(owned),
            section: self.section.map(owned),
            groups: if self.clinical && !clinical_group.is_empty() { vec![owned(clinical_group)] } else { Vec::new() },
            sources: self.sources.iter().map(|s| owned(s)).collect(),
            rule: self.rule.to_owned(),
        }
    }
}

/// A declared field: what a rule sets. `K` is one of [`kinds`], so that only a fitting value compiles.
pub struct Field<K> {
    pub(crate) index: u16,
    kind: PhantomData<K>,
}

impl<K> Clone for Field<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Field<K> {}

impl<K> Field<K> {
    /// The field with this place in its target; [`target!`](crate::target!) counts.
    #[must_use]
    pub const fn at(index: u16) -> Self {
        Self { index, kind: PhantomData }
    }
}

/// A kind of field and what it takes.
pub trait Kind {
    /// What a rule may set it to.
    type Takes;
    /// The cell's value.
    fn value(taken: Self::Takes) -> Value;
    /// What a cell's value is to a rule; nothing where it is empty or of another kind.
    fn read(value: Value) -> Option<Self::Takes>;
}

/// The words of [`target!`](crate::target!): each is both a type (the field's kind) and a function
/// (its declaration). `custom_…` are fields that the schema plan creates; their names begin with `x_`.
#[expect(non_camel_case_types, reason = "the words of a declaration, shared by a type and a function")]
pub mod kinds {
    use super::{Date, Decimal, FieldKind, FieldSpec, File, Instant, Kind, Reference, Text, Value};

    macro_rules! kinds {
        ($($(#[$doc:meta])* $word:ident $(($what:ident: $type:ty))?, $custom:ident: $kind:ident takes $takes:ty as $value:ident;)*) => {$(
            $(#[$doc])*
            pub enum $word {}
            impl Kind for $word {
                type Takes = $takes;
                fn value(taken: $takes) -> Value {
                    Value::$value(taken)
                }
                fn read(value: Value) -> Option<$takes> {
                    match value {
                        Value::$value(taken) => Some(taken),
                        _ => None,
                    }
                }
            }
            $(#[$doc])*
            #[must_use]
            pub const fn $word(name: &'static str $(, $what: $type)?) -> FieldSpec {
                FieldSpec::new(name, FieldKind::$kind $(($what))?, None)
            }
            $(#[$doc])*
            pub type $custom = $word;
            $(#[$doc])*
            #[must_use]
            pub const fn $custom(name: &'static str, label: &'static str $(, $what: $type)?) -> FieldSpec {
                FieldSpec::new(name, FieldKind::$kind $(($what))?, Some(label))
            }
        )*};
    }

    kinds! {
        /// One line of text.
        char, custom_char: Char takes Text as Text;
        /// Several lines of text.
        text, custom_text: Text takes Text as Text;
        /// Text with mark-up; escape what is not meant as such ([`crate::text::escaped`]).
        html, custom_html: Html takes Text as Text;
        /// A whole number of 32 bits.
        integer, custom_integer: Integer takes i64 as Integer;
        /// A floating-point number.
        float, custom_float: Float takes f64 as Float;
        /// An amount of money.
        monetary, custom_monetary: Monetary takes Decimal as Decimal;
        /// True or false.
        boolean, custom_boolean: Boolean takes bool as Boolean;
        /// A day.
        date, custom_date: Date takes Date as Date;
        /// A moment.
        datetime, custom_datetime: Datetime takes Instant as Datetime;
        /// A file, by what the source knows it by: the host streams its content.
        binary, custom_binary: Binary takes File as File;
        /// One of a few values, each with its label.
        selection(choices: &'static [(&'static str, &'static str)]), custom_selection: Selection takes Text as Text;
        /// One record of a model.
        many2one(model: &'static str), custom_many2one: Many2one takes Reference as Reference;
        /// Any number of records of a model.
        many2many(model: &'static str), custom_many2many: Many2many takes Vec<Reference> as References;
        /// The id of a record of a model that a sibling field names (`res_id`).
        many2one_reference(model: &'static str), custom_many2one_reference: Many2oneReference takes Reference as Reference;
    }

    /// The source record's own identifier, on every record that a migration creates:
    /// [`crate::Upsert`] fills it by itself.
    pub type source_id = char;

    /// The source record's own identifier, named `x_source_id`.
    #[must_use]
    pub const fn source_id() -> FieldSpec {
        source_id_as("x_source_id")
    }

    /// The source record's own identifier under another promised name.
    pub type source_id_as = char;

    /// The source record's own identifier under another promised name.
    #[must_use]
    pub const fn source_id_as(name: &'static str) -> FieldSpec {
        let mut spec = FieldSpec::new(name, FieldKind::Char, Some("Source id"));
        spec.source_id = true;
        spec.section = Some("Source");
        spec
    }
}
