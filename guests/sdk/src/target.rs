//! Kinds of Odoo records that a module makes.

use crate::bindings::transform::manifest;
use crate::fields::FieldSpec;

/// A target's declaration; [`target!`](crate::target!) makes it.
#[derive(Debug)]
pub struct TargetSpec {
    pub(crate) object: &'static str,
    pub(crate) model: &'static str,
    pub(crate) cardinality: manifest::Cardinality,
    pub(crate) adopt_by: &'static [&'static str],
    pub(crate) may_create: bool,
    pub(crate) needs_app: Option<&'static str>,
    pub(crate) needs: &'static [&'static str],
    pub(crate) only_when: Option<(&'static str, &'static [&'static str])>,
    pub(crate) note: &'static str,
    pub(crate) fields: &'static [FieldSpec],
}

/// A target from a source object to an Odoo model: one record of one, created when there is none.
#[must_use]
pub const fn target(object: &'static str, model: &'static str) -> TargetSpec {
    TargetSpec {
        object,
        model,
        cardinality: manifest::Cardinality::OneToOne,
        adopt_by: &[],
        may_create: true,
        needs_app: None,
        needs: &[],
        only_when: None,
        note: "",
        fields: &[],
    }
}

impl TargetSpec {
    /// What may be written.
    #[must_use]
    pub const fn with(mut self, fields: &'static [FieldSpec]) -> Self {
        self.fields = fields;
        self
    }

    /// An Odoo record that has the same value in these fields is adopted instead of a new one made.
    #[must_use]
    pub const fn adopt_by(mut self, fields: &'static [&'static str]) -> Self {
        self.adopt_by = fields;
        self
    }

    /// Only an existing record will do.
    #[must_use]
    pub const fn existing_only(mut self) -> Self {
        self.may_create = false;
        self
    }

    /// Several source records meet in one Odoo record.
    #[must_use]
    pub const fn many_to_one(mut self) -> Self {
        self.cardinality = manifest::Cardinality::ManyToOne;
        self
    }

    /// One source record becomes several Odoo records.
    #[must_use]
    pub const fn one_to_many(mut self) -> Self {
        self.cardinality = manifest::Cardinality::OneToMany;
        self
    }

    /// The Odoo app without which the target falls away.
    #[must_use]
    pub const fn needs_app(mut self, app: &'static str) -> Self {
        self.needs_app = Some(app);
        self
    }

    /// Fields that refer to users: where nobody of Odoo matches one, no record is made, and nobody stands in.
    #[must_use]
    pub const fn needs(mut self, fields: &'static [&'static str]) -> Self {
        self.needs = fields;
        self
    }

    /// The target falls away unless this setting has one of these values. What a rule makes for a target that has fallen
    /// away goes nowhere, so a rule need not ask.
    #[must_use]
    pub const fn only_when(mut self, setting: &'static str, values: &'static [&'static str]) -> Self {
        self.only_when = Some((setting, values));
        self
    }

    /// Whether the target is there; `setting` gives a setting's value.
    pub(crate) fn is_active<'s>(&self, setting: impl Fn(&str) -> &'s str) -> bool {
        self.only_when.is_none_or(|(name, values)| values.contains(&setting(name)))
    }

    /// A remark for the mapping sheet.
    #[must_use]
    pub const fn note(mut self, words: &'static str) -> Self {
        self.note = words;
        self
    }

    /// The place of the field that carries the source record's own identifier.
    pub(crate) fn source_id(&self) -> Option<u16> {
        self.fields.iter().position(|f| f.source_id).and_then(|p| u16::try_from(p).ok())
    }

    /// Whether nothing but object, model and fields is declared.
    pub(crate) fn is_plain(&self) -> bool {
        self.cardinality == manifest::Cardinality::OneToOne
            && self.adopt_by.is_empty()
            && self.may_create
            && self.needs_app.is_none()
            && self.needs.is_empty()
            && self.only_when.is_none()
            && self.note.is_empty()
    }

    pub(crate) fn declaration(&self, clinical_group: &str) -> manifest::Target {
        manifest::Target {
            object: self.object.to_owned(),
            model: self.model.to_owned(),
            cardinality: self.cardinality,
            adopt_by: self.adopt_by.iter().map(|&f| f.to_owned()).collect(),
            may_create: self.may_create,
            needs_app: self.needs_app.map(str::to_owned),
            needs: self.needs.iter().map(|&f| f.to_owned()).collect(),
            fields: self.fields.iter().map(|f| f.declaration(clinical_group)).collect(),
            note: self.note.to_owned(),
        }
    }
}

/// Where a name stands among the names of a declaration.
#[doc(hidden)]
#[must_use]
pub const fn place_of(names: &[&str], name: &str) -> u16 {
    let mut at = 0;
    while at < names.len() {
        if same(names[at].as_bytes(), name.as_bytes()) {
            return at as u16;
        }
        at += 1;
    }
    panic!("a field that its declaration does not have")
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Declares the Odoo records that a source object becomes: a module with a constant per field, the
/// static `TARGET`, and `upsert(id)` to begin one record. The object is written as the contract names it, such as
/// `treatment-plan`.
///
/// ```
/// use odograft_sdk::{Upsert, target};
///
/// target! {
///     /// Dentally patient → `res.partner`.
///     pub partner: patient => "res.partner" {
///         SOURCE_ID = source_id() from [id];
///         NAME = char("name") from [title, first_name, last_name] .rule("joined by a space");
///         ALERT = custom_text("x_medical_alert", "Medical alert") from [medical_alert_text] .section("Clinical").clinical();
///     }
/// }
///
/// let mut row = partner::upsert("17");
/// row.set(partner::NAME, "Ms Ada O'Neill");
/// assert_eq!(row.text(partner::NAME), Some("Ms Ada O'Neill"));
/// assert_eq!(row.text(partner::SOURCE_ID), Some("17"));
/// ```
#[macro_export]
macro_rules! target {
    (
        $(#[$doc:meta])*
        $vis:vis $name:ident: $object:ident $(- $more:ident)* => $model:literal $($rest:tt)*
    ) => {
        $crate::__target! { [$object $(- $more)*] $(#[$doc])* $vis $name => $model $($rest)* }
    };
}

/// A target whose object stands first, as one piece.
#[doc(hidden)]
#[macro_export]
macro_rules! __target {
    (
        $object:tt
        $(#[$doc:meta])*
        $vis:vis $name:ident => $model:literal $(.$option:ident($($value:expr),*))* {
            $($(#[$field_doc:meta])* $FIELD:ident = $kind:ident($($argument:expr),* $(,)?)
              from [$($($source:ident).+),* $(,)?] $(.$setter:ident($($set:expr),*))*;)*
        }
    ) => {
        $(#[$doc])*
        $vis mod $name {
            const NAMES: &[&str] = &[$(stringify!($FIELD)),*];

            $(
                $(#[$field_doc])*
                #[doc = concat!("Field `", stringify!($kind($($argument),*)), "`.")]
                pub const $FIELD: $crate::Field<$crate::kinds::$kind> = $crate::Field::at($crate::place_of(NAMES, stringify!($FIELD)));
            )*

            /// The declaration.
            pub static TARGET: $crate::TargetSpec = $crate::target($crate::__object!($object), $model)
                $(.$option($($value),*))*
                .with(&[$(
                    $crate::kinds::$kind($($argument),*)
                        .from(&[$(concat!($crate::__object!($object) $(, ".", stringify!($source))+)),*])
                        $(.$setter($($set),*))*
                ),*]);

            /// Begins one record, made from the source record with this identifier.
            #[must_use]
            pub fn upsert(id: impl Into<$crate::Text>) -> $crate::Upsert {
                $crate::Upsert::new(&TARGET, $crate::__object!($object), id.into())
            }
        }
    };
}

/// An object's name as text: `treatment-plan`.
#[doc(hidden)]
#[macro_export]
macro_rules! __object {
    ([$object:ident $(- $more:ident)*]) => { concat!(stringify!($object) $(, "-", stringify!($more))*) };
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "a declaration is public, and this module is not")]
mod tests {
    target! {
        /// A name of two words, and a field of a list below it.
        pub order: treatment-plan => "sale.order" {
            NAME = char("client_order_ref") from [id, items.code];
        }
    }

    #[test]
    fn an_object_is_named_as_the_contract_names_it() {
        assert_eq!(order::TARGET.object, "treatment-plan");
        assert_eq!(order::TARGET.fields[0].sources, ["treatment-plan.id", "treatment-plan.items.code"]);
        let mut row = order::upsert("7");
        row.set(order::NAME, "PL-7");
        assert_eq!((row.key.object.as_str(), row.text(order::NAME)), ("treatment-plan", Some("PL-7")));
    }
}
