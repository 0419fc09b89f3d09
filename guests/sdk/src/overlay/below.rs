//! What an overlay says of the mapping below it: which of its fields it reads, changes, replaces or drops.

use core::fmt;
use core::marker::PhantomData;

use crate::fields::FieldSpec;

/// What an overlay does with a field that the mapping below declares.
#[derive(Clone, Copy, Debug)]
pub enum Use {
    /// A rule looks at it.
    Read,
    /// A rule changes what the mapping below has put there.
    Changed {
        /// Source fields that it depends on besides those of the mapping below.
        sources: &'static [&'static str],
        /// How, in a few words for the mapping sheet; they follow those of the mapping below.
        rule: &'static str,
    },
    /// A rule fills it instead of the mapping below, whose value is thrown away.
    Replaced {
        /// The source fields that it is made from.
        sources: &'static [&'static str],
        /// How, in a few words for the mapping sheet.
        rule: &'static str,
    },
    /// It is not written to Odoo.
    Dropped {
        /// Why, for the mapping sheet.
        reason: &'static str,
    },
}

/// A field of the mapping below, and what the overlay does with it.
#[derive(Clone, Copy, Debug)]
pub struct BelowField {
    pub(crate) field: FieldSpec,
    pub(crate) used: Use,
}

/// The fields that an overlay uses of one kind of Odoo record; [`below!`](crate::below!) makes it.
#[derive(Debug)]
pub struct BelowSpec {
    pub(crate) object: &'static str,
    pub(crate) model: &'static str,
    pub(crate) fields: &'static [BelowField],
}

impl BelowSpec {
    /// A target of the mapping below, from a source object to an Odoo model.
    #[must_use]
    pub const fn new(object: &'static str, model: &'static str, fields: &'static [BelowField]) -> Self {
        Self { object, model, fields }
    }
}

/// Names one declaration of [`below!`](crate::below!), so that a field is never looked for in another record's.
pub trait Below: 'static {
    /// The declaration.
    fn spec() -> &'static BelowSpec;
}

/// A field that a rule may look at.
pub trait Readable {}

/// A field that a rule may fill, empty or leave out.
pub trait Writable {}

/// The words of [`below!`](crate::below!): each is both a type and a function.
#[expect(non_camel_case_types, reason = "the words of a declaration, shared by a type and a function")]
pub mod uses {
    use super::{BelowField, FieldSpec, Readable, Use, Writable};

    /// A rule looks at it.
    #[derive(Debug)]
    pub enum read {}
    impl Readable for read {}

    /// A rule changes what the mapping below has put there.
    #[derive(Debug)]
    pub enum changed {}
    impl Readable for changed {}
    impl Writable for changed {}

    /// A rule fills it instead of the mapping below, whose value is thrown away.
    #[derive(Debug)]
    pub enum replaced {}
    impl Writable for replaced {}

    /// It is not written to Odoo, and no longer declared.
    #[derive(Debug)]
    pub enum dropped {}

    /// `read`: a rule looks at it.
    #[must_use]
    pub const fn read(field: FieldSpec) -> BelowField {
        BelowField { field, used: Use::Read }
    }

    /// `changed from […] .rule("…")`: a rule changes what the mapping below has put there. Sources and words are added to
    /// those of the mapping below.
    #[must_use]
    pub const fn changed(field: FieldSpec, sources: &'static [&'static str], rule: &'static str) -> BelowField {
        BelowField { field, used: Use::Changed { sources, rule } }
    }

    /// `replaced from […] .rule("…")`: a rule fills it instead of the mapping below. Sources and words take the place of
    /// those of the mapping below.
    #[must_use]
    pub const fn replaced(field: FieldSpec, sources: &'static [&'static str], rule: &'static str) -> BelowField {
        BelowField { field, used: Use::Replaced { sources, rule } }
    }

    /// `dropped "…"`: it is not written to Odoo, for this reason.
    #[must_use]
    pub const fn dropped(field: FieldSpec, reason: &'static str) -> BelowField {
        BelowField { field, used: Use::Dropped { reason } }
    }
}

/// A field of the mapping below: `B` is its declaration, `K` its kind, `U` what the overlay does with it.
pub struct Field<B, K, U> {
    /// Its place in the declaration.
    pub(crate) index: u16,
    names: PhantomData<(B, K, U)>,
}

impl<B, K, U> Clone for Field<B, K, U> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B, K, U> Copy for Field<B, K, U> {}

impl<B, K, U> fmt::Debug for Field<B, K, U> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Field").field(&self.index).finish()
    }
}

impl<B, K, U> Field<B, K, U> {
    /// The field with this place in its declaration; [`below!`](crate::below!) counts.
    #[must_use]
    pub const fn at(index: u16) -> Self {
        Self { index, names: PhantomData }
    }
}

/// Declares which fields of the mapping below an overlay uses, by object, model and name as its manifest has them: a
/// module with a constant per field, and `of(made)` to find the record in what was made.
///
/// - `read`: a rule looks at it.
/// - `changed from […] .rule("…")`: a rule changes what is there. The mapping sheet shows the sources and the words of
///   both.
/// - `replaced from […] .rule("…")`: a rule fills it alone. What the mapping below had there is thrown away, and the
///   mapping sheet shows the overlay's sources and words.
/// - `dropped "…"`: it is neither written nor declared any more. The mapping sheet shows the reason.
///
/// A name that the mapping below does not have is told when the module is loaded.
///
/// ```
/// use odograft_sdk::below;
///
/// below! {
///     /// The contact that the mapping below makes of a patient.
///     pub contact: patient => "res.partner" {
///         ACTIVE = boolean("active") read;
///         NAME = char("name") changed from [last_name] .rule("then in capitals");
///         PHONE = char("phone") replaced from [mobile_phone] .rule("the mobile alone");
///         NHS_NUMBER = char("x_nhs_number") dropped "kept in the clinical system alone";
///     }
/// }
/// ```
#[macro_export]
macro_rules! below {
    (
        $(#[$doc:meta])*
        $vis:vis $name:ident: $object:ident => $model:literal {
            $($(#[$field_doc:meta])* $FIELD:ident = $kind:ident($($argument:expr),* $(,)?) $use:ident $($reason:literal)?
              $(from [$($($source:ident).+),* $(,)?] .rule($words:literal))?;)*
        }
    ) => {
        $(#[$doc])*
        $vis mod $name {
            const NAMES: &[&str] = &[$(stringify!($FIELD)),*];

            /// Names this declaration.
            #[derive(Debug)]
            pub enum Declared {}

            impl $crate::overlay::Below for Declared {
                fn spec() -> &'static $crate::overlay::BelowSpec {
                    &BELOW
                }
            }

            $(
                $(#[$field_doc])*
                #[doc = concat!("Field `", stringify!($kind($($argument),*)), "`, ", stringify!($use), ".")]
                pub const $FIELD: $crate::overlay::Field<Declared, $crate::kinds::$kind, $crate::overlay::uses::$use> =
                    $crate::overlay::Field::at($crate::place_of(NAMES, stringify!($FIELD)));
            )*

            /// The declaration.
            pub static BELOW: $crate::overlay::BelowSpec =
                $crate::overlay::BelowSpec::new(stringify!($object), $model, &[$(
                    $crate::overlay::uses::$use(
                        $crate::kinds::$kind($($argument),*)
                        $(, $reason)?
                        $(, &[$(concat!(stringify!($object) $(, ".", stringify!($source))+)),*], $words)?
                    )
                ),*]);

            /// The record that the mapping below has made; none where it has made none.
            pub fn of<'m>(made: &'m mut $crate::overlay::Made<'_>) -> Option<$crate::overlay::Record<'m, Declared>> {
                made.record()
            }
        }
    };
}
