//! What a row's fields are, written down once: the function that decodes it and the table of its fields come of it.

/// Makes the function that decodes one object, and in a module of the same name its `FIELDS` as a table. Each field is
/// read by its kind, a method of `Row`; the source's name is the field's own unless others are given. The lists of a
/// record that are rows below it stand behind `below`; they begin empty. What stands behind `links` ties rows together, and
/// the record has no field for it.
macro_rules! record {
    ($vis:vis fn $function:ident() -> $record:ident ($object:literal) $(below $list:ident)? $(links [$($link:ident $([$($other:literal),+])?),+])? {
        $($field:ident: $kind:ident $($reader:ident)? $([$($name:literal),+])? $($required:literal)?;)*
    }) => {
        $vis fn $function(
            key: &str,
            json: &str,
            locale: &Locale,
            texts: &mut Texts,
        ) -> Result<Decoded<$record>, DecodeError> {
            static NAMES: Names = Names::new(&[
                $(record!(@names $field $([$($name),+])?),)*
                $($(record!(@names $link $([$($other),+])?),)+)?
            ]);
            let mut slots = [None; NAMES.len()];
            let mut row = Row::new($object, key, json, Slots::new(&NAMES, &mut slots), texts)?.in_locale(locale);
            $(let $field = record!(@read row, $field, $kind $($reader)? $($required)?);)*
            let (extra, problems) = row.finish();
            Ok(Decoded { record: $record { $($field,)* $($list: Vec::new(),)? extra }, problems })
        }

        $vis mod $function {
            use crate::decode::record;
            use crate::table::{Field, Kind};

            pub(crate) const FIELDS: &[Field] = &[
                $(Field {
                    name: std::borrow::Cow::Borrowed(stringify!($field)),
                    names: record!(@names $field $([$($name),+])?),
                    kind: record!(@kind $kind $($reader)?),
                    required: record!(@required $($required)?),
                },)*
                $($(Field::named(stringify!($link), record!(@names $link $([$($other),+])?), Kind::Link),)+)?
            ];
        }
    };
    (@kind text) => { Kind::Text };
    (@kind boolean) => { Kind::Boolean };
    (@kind integer) => { Kind::Integer };
    (@kind date) => { Kind::Date };
    (@kind day) => { Kind::Date };
    (@kind instant) => { Kind::Instant };
    (@kind decimal) => { Kind::Decimal };
    (@kind key) => { Kind::Text };
    (@kind json) => { Kind::Json };
    (@kind scalar) => { Kind::Scalar };
    (@kind texts) => { Kind::Texts };
    (@kind list $reader:ident) => { Kind::List(super::$reader::FIELDS) };
    (@kind with $reader:ident) => { Kind::Nested(super::$reader::FIELDS) };
    (@required) => { false };
    (@required $required:literal) => { true };
    (@names $field:ident) => { &[stringify!($field)] };
    (@names $field:ident [$($name:literal),+]) => { &[$($name),+] };
    (@read $row:ident, $field:ident, with $reader:ident) => { $reader(&mut $row)? };
    (@read $row:ident, $field:ident, list $reader:ident) => { $reader(&mut $row) };
    (@read $row:ident, $field:ident, $kind:ident) => { $row.$kind() };
    (@read $row:ident, $field:ident, $kind:ident $required:literal) => {{
        let value = $row.$kind();
        $row.required(value, stringify!($field))?
    }};
}
pub(crate) use record;

/// Makes the function that reads a list of objects within a row, and in a module of the same name their `FIELDS`. `prefix`
/// stands before the names of their fields: `explanations.`.
macro_rules! part {
    ($vis:vis fn $function:ident() -> $record:ident ($prefix:literal) {
        $($field:ident: $kind:ident $([$($name:literal),+])?;)*
    }) => {
        $vis fn $function(row: &mut Row<'_, '_>) -> Vec<$record> {
            static NAMES: Names = Names::new(&[$(crate::decode::record!(@names $field $([$($name),+])?)),*]);
            row.list($prefix, &NAMES, |row| $record { $($field: row.$kind()),* })
        }

        $vis mod $function {
            use crate::decode::record;
            use crate::table::{Field, Kind};

            pub(crate) const FIELDS: &[Field] = &[$(
                Field::named(stringify!($field), record!(@names $field $([$($name),+])?), record!(@kind $kind))
            ),*];
        }
    };
}
pub(crate) use part;
