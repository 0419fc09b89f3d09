//! Reading one JSON row, field by field: its text goes straight into the batch's [`Texts`].

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::Deserializer as _;
use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::bindings::transform::values::{Date, Decimal, ExtraField, Instant, Scalar, Span};
use crate::names::Names;
use crate::texts::Texts;
use crate::written::YEARS_1_TO_9999;

/// Objects and arrays are spread out over dotted names down to this depth; what lies deeper is kept as JSON text.
const DEPTH: usize = 16;

/// Why a staged row is no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The row is not a JSON object.
    #[error(
        "{object} `{key}` is not a JSON object\nhint: the source answered with something else than a record; extract the object again"
    )]
    NotAnObject {
        /// The source object.
        object: String,
        /// The record's key.
        key: String,
    },
    /// A field that the interface requires is missing or unreadable.
    #[error(
        "{object} `{key}`: `{field}` {what}\nhint: mend the record in the source and extract again; until then it is quarantined"
    )]
    Field {
        /// The source object.
        object: String,
        /// The record's key.
        key: String,
        /// The field, as the source names it.
        field: String,
        /// What is wrong, without the value.
        what: &'static str,
    },
    /// A row says that it belongs to an object that the interface does not have.
    #[error(
        "`{object}` is not an object of this source\nhint: the staged rows come from another version of odograft; extract again"
    )]
    NoSuchObject {
        /// The object.
        object: String,
    },
}

/// A field that the interface names and cannot read; its value is carried in `extra`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field as a dotted path that begins with the object.
    pub field: String,
    /// What is wrong, without the value.
    pub message: &'static str,
}

/// A record with what could not be read of it.
#[derive(Debug, Clone)]
pub struct Decoded<R> {
    /// The record.
    pub record: R,
    /// Fields that could not be read.
    pub problems: Vec<Problem>,
}

impl<R> Decoded<R> {
    /// The same with another record.
    pub(crate) fn map<S>(self, wrap: impl FnOnce(R) -> S) -> Decoded<S> {
        Decoded { record: wrap(self.record), problems: self.problems }
    }
}

/// Makes the function that decodes one object, and in a module of the same name its `FIELDS` as a table. Each field is
/// read by its kind, a method of [`Row`]; the source's name is the field's own unless others are given.
macro_rules! record {
    (fn $function:ident() -> $record:ident ($object:literal) {
        $($field:ident: $kind:ident $($reader:ident)? $([$($name:literal),+])? $($required:literal)?;)*
    }) => {
        fn $function(key: &str, json: &str, texts: &mut Texts) -> Result<Decoded<$record>, DecodeError> {
            static NAMES: Names = Names::new(&[$(record!(@names $field $([$($name),+])?)),*]);
            let mut slots = [None; NAMES.len()];
            let mut row = Row::new($object, key, json, Slots::new(&NAMES, &mut slots), texts)?;
            $(let $field = record!(@read row, $field, $kind $($reader)? $($required)?);)*
            let (extra, problems) = row.finish();
            Ok(Decoded { record: $record { $($field,)* extra }, problems })
        }

        mod $function {
            use crate::decode::record;
            use crate::table::{Field, Kind};

            pub(super) const FIELDS: &[Field] = &[$(
                Field {
                    name: stringify!($field),
                    names: record!(@names $field $([$($name),+])?),
                    kind: record!(@kind $kind $($reader)?),
                    required: record!(@required $($required)?),
                }
            ),*];
        }
    };
    (@kind text) => { Kind::Text };
    (@kind boolean) => { Kind::Boolean };
    (@kind integer) => { Kind::Integer };
    (@kind date) => { Kind::Date };
    (@kind instant) => { Kind::Instant };
    (@kind with $reader:ident) => { Kind::Nested(super::$reader::FIELDS) };
    (@required) => { false };
    (@required $required:literal) => { true };
    (@names $field:ident) => { &[stringify!($field)] };
    (@names $field:ident [$($name:literal),+]) => { &[$($name),+] };
    (@read $row:ident, $field:ident, with $reader:ident) => { $reader(&mut $row)? };
    (@read $row:ident, $field:ident, $kind:ident) => { $row.$kind() };
    (@read $row:ident, $field:ident, $kind:ident $required:literal) => {{
        let value = $row.$kind();
        $row.required(value, stringify!($field))?
    }};
}
pub(crate) use record;

/// A value as it is written in the row, and which of its field's names it came under.
#[derive(Clone, Copy)]
pub(crate) struct Slot<'a> {
    name: u8,
    /// Never the text of `null`.
    json: &'a str,
}

/// The named members of a JSON object, each in the place of its name.
pub(crate) struct Slots<'r, 'a> {
    names: &'r Names,
    slots: &'r mut [Option<Slot<'a>>],
    /// The slot that is read next.
    next: usize,
}

impl<'r, 'a> Slots<'r, 'a> {
    /// `slots` are as many as `names`, all empty.
    pub(crate) fn new(names: &'r Names, slots: &'r mut [Option<Slot<'a>>]) -> Self {
        Self { names, slots, next: 0 }
    }

    /// Sorts the members of an object; `surplus` takes those without a slot.
    pub(crate) fn fill(
        &mut self,
        json: &'a str,
        mut surplus: impl FnMut(Cow<'a, str>, &'a str),
    ) -> Result<(), serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(json);
        reader.deserialize_map(Members(|name, json| self.put(name, json, &mut surplus), 0))?;
        reader.end()
    }

    fn put(&mut self, key: Cow<'a, str>, json: &'a str, surplus: &mut impl FnMut(Cow<'a, str>, &'a str)) {
        let Some((at, name)) = self.names.find(&key) else { return surplus(key, json) };
        if json == "null" {
            return;
        }
        let new = Slot { name, json };
        let lost = match self.slots[at] {
            Some(old) if old.name < new.name => Some(new),
            _ => self.slots[at].replace(new),
        };
        if let Some(lost) = lost {
            surplus(Cow::Borrowed(self.names.name(at, lost.name)), lost.json);
        }
    }

    /// The next slot's name and JSON text. Slots are read in the order of their names.
    fn take(&mut self) -> Option<(&'static str, &'a str)> {
        let at = self.next;
        self.next += 1;
        let slot = self.slots[at].take()?;
        Some((self.names.name(at, slot.name), slot.json))
    }

    /// The next slot's text, for those that hold nothing else; empty where there is none.
    pub(crate) fn words(&mut self) -> Cow<'a, str> {
        match self.take() {
            Some((_, json)) => text(json).unwrap_or(Cow::Borrowed(json)),
            None => Cow::Borrowed(""),
        }
    }
}

/// A row's named fields; what has no slot becomes `extra`.
pub(crate) struct Row<'r, 'a> {
    object: &'r str,
    key: &'r str,
    /// Stands before field names of a nested row: `user.`.
    prefix: &'static str,
    slots: Slots<'r, 'a>,
    texts: &'r mut Texts,
    problems: Vec<Problem>,
    extra: Vec<ExtraField>,
}

impl<'r, 'a> Row<'r, 'a> {
    pub(crate) fn new(
        object: &'r str,
        key: &'r str,
        json: &'a str,
        mut slots: Slots<'r, 'a>,
        texts: &'r mut Texts,
    ) -> Result<Self, DecodeError> {
        let mut extra = Vec::new();
        match slots.fill(json, |name, json| spread(&name, json, 0, texts, &mut extra)) {
            Ok(()) => Ok(Self { object, key, prefix: "", slots, texts, problems: Vec::new(), extra }),
            Err(_) => Err(DecodeError::NotAnObject { object: object.to_owned(), key: key.to_owned() }),
        }
    }

    /// Reads the object in the next slot with `read`; none when the field holds no object.
    pub(crate) fn nested<T>(
        &mut self,
        prefix: &'static str,
        mut slots: Slots<'_, 'a>,
        read: impl FnOnce(&mut Row<'_, 'a>) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        let Some((name, json)) = self.slots.take() else { return Ok(None) };
        let (mut extra, problems) = (std::mem::take(&mut self.extra), std::mem::take(&mut self.problems));
        let filled = slots.fill(json, |name, json| {
            spread(&format!("{prefix}{name}"), json, 0, self.texts, &mut extra);
        });
        if filled.is_err() {
            (self.extra, self.problems) = (extra, problems);
            self.unreadable(name, "is not an object", json);
            return Ok(None);
        }
        let mut nested =
            Row { object: self.object, key: self.key, prefix, slots, texts: &mut *self.texts, problems, extra };
        let value = read(&mut nested)?;
        let Row { problems, extra, .. } = nested;
        (self.extra, self.problems) = (extra, problems);
        Ok(Some(value))
    }

    fn unreadable(&mut self, name: &str, message: &'static str, json: &str) {
        self.problems.push(Problem { field: format!("{}.{}{name}", self.object, self.prefix), message });
        spread(&format!("{}{name}", self.prefix), json, 0, self.texts, &mut self.extra);
    }

    fn read<T>(&mut self, message: &'static str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let (name, json) = self.slots.take()?;
        let text = text(json).unwrap_or(Cow::Borrowed(json));
        if text.is_empty() {
            return None;
        }
        let read = parse(&text);
        if read.is_none() {
            self.unreadable(name, message, json);
        }
        read
    }

    /// Text; numbers and truth values as they are written. Empty text is no value.
    pub(crate) fn text(&mut self) -> Option<Span> {
        let (name, json) = self.slots.take()?;
        match (text(json), json.as_bytes()[0]) {
            (Some(text), _) if text.is_empty() => None,
            (Some(text), _) => Some(self.texts.add(&text)),
            (None, b'{' | b'[' | b'"') => {
                self.unreadable(name, "is not text", json);
                None
            }
            (None, _) => Some(self.texts.add(json)),
        }
    }

    pub(crate) fn boolean(&mut self) -> Option<bool> {
        self.read("is neither true nor false", |text| match text {
            "1" => Some(true),
            "0" => Some(false),
            word if word.eq_ignore_ascii_case("true") => Some(true),
            word if word.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        })
    }

    pub(crate) fn integer(&mut self) -> Option<i64> {
        self.read("is not a whole number", |text| text.parse().ok())
    }

    pub(crate) fn date(&mut self) -> Option<Date> {
        self.read("is not a date (YYYY-MM-DD)", date)
    }

    pub(crate) fn instant(&mut self) -> Option<Instant> {
        self.read("is not a moment with its offset (ISO 8601)", instant)
    }

    /// A value that the interface requires.
    pub(crate) fn required<T>(&self, value: Option<T>, field: &str) -> Result<T, DecodeError> {
        let what = "is missing or cannot be read";
        value.ok_or_else(|| DecodeError::Field {
            object: self.object.to_owned(),
            key: self.key.to_owned(),
            field: format!("{}{field}", self.prefix),
            what,
        })
    }

    /// A text that belongs to this row's record.
    pub(crate) fn add(&mut self, text: &str) -> Span {
        self.texts.add(text)
    }

    /// Something is wrong with `column`, a dotted path below this row: `text` is carried along under its name.
    pub(crate) fn report(&mut self, column: &str, message: &'static str, text: &str) {
        self.problems.push(Problem { field: format!("{}.{column}", self.object), message });
        let (name, value) = (self.texts.add(column), Scalar::Text(self.texts.add(text)));
        self.extra.push(ExtraField { name, value });
    }

    /// Carries columns along for which the interface has no place.
    pub(crate) fn carry(&mut self, column: &str, json: &str) {
        spread(column, json, 0, self.texts, &mut self.extra);
    }

    /// What is left: columns that the interface does not name, and those that could not be read.
    pub(crate) fn finish(self) -> (Vec<ExtraField>, Vec<Problem>) {
        (self.extra, self.problems)
    }
}

/// Hands each member of an object to a function as its name and its JSON text; of an array, as its number.
struct Members<F>(F, usize);

impl<'a, F: FnMut(Cow<'a, str>, &'a str)> Visitor<'a> for Members<F> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key_seed(Name)? {
            (self.0)(name, members.next_value::<&'a RawValue>()?.get());
        }
        Ok(())
    }

    fn visit_seq<A: serde::de::SeqAccess<'a>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<&'a RawValue>()? {
            (self.0)(Cow::Owned(self.1.to_string()), item.get());
            self.1 += 1;
        }
        Ok(())
    }
}

/// A member's name, borrowed where it has no escapes.
struct Name;

impl<'a> DeserializeSeed<'a> for Name {
    type Value = Cow<'a, str>;

    fn deserialize<D: serde::Deserializer<'a>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Name {
    type Value = Cow<'a, str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'a str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// The text of a JSON string; none for anything else, or where it holds half a surrogate pair.
fn text(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if !has_escapes(inner.as_bytes()) {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str(json).ok().map(Cow::Owned)
}

/// Most texts are a few words, for which a search's own preparations take longer than looking at every byte.
#[inline]
fn has_escapes(text: &[u8]) -> bool {
    const SHORT: usize = 32;
    if text.len() > SHORT {
        return memchr::memchr(b'\\', text).is_some();
    }
    let (words, rest) = text.as_chunks::<8>();
    words.iter().any(|word| word.contains(&b'\\')) || rest.contains(&b'\\')
}

/// `2024-02-29`, nothing else.
fn date(text: &str) -> Option<Date> {
    if text.len() != 10 {
        return None;
    }
    let day: jiff::civil::Date = text.parse().ok()?;
    let part = |n: i16| u16::try_from(n).ok().filter(|n| *n > 0);
    Some(Date { year: part(day.year())?, month: u8::try_from(day.month()).ok()?, day: u8::try_from(day.day()).ok()? })
}

fn instant(text: &str) -> Option<Instant> {
    let moment: Timestamp = text.parse().ok()?;
    let (mut seconds, mut nanoseconds) = (moment.as_second(), moment.subsec_nanosecond());
    if nanoseconds < 0 {
        seconds -= 1;
        nanoseconds += 1_000_000_000;
    }
    // Neither the contract nor Odoo has other years than these.
    YEARS_1_TO_9999.contains(&seconds).then_some(())?;
    Some(Instant { seconds, nanoseconds: u32::try_from(nanoseconds).ok()? })
}

/// A column that the interface does not name; objects are spread out over dotted names, and arrays over numbered
/// ones. Empty columns are left out.
fn spread(name: &str, json: &str, depth: usize, texts: &mut Texts, out: &mut Vec<ExtraField>) {
    let value = match json.as_bytes()[0] {
        b'n' => return,
        b't' => Scalar::Boolean(true),
        b'f' => Scalar::Boolean(false),
        b'{' | b'[' if depth < DEPTH => {
            let member = |key: Cow<'_, str>, json: &str| {
                spread(&format!("{name}.{key}"), json, depth + 1, texts, out);
            };
            let mut reader = serde_json::Deserializer::from_str(json);
            // The whole row was read once, so its parts are sound.
            let read = reader.deserialize_any(Members(member, 0));
            debug_assert!(read.is_ok(), "a part of a sound row");
            return;
        }
        b'{' | b'[' => Scalar::Text(texts.add(json)),
        b'"' => match text(json) {
            Some(text) if text.is_empty() => return,
            Some(text) => Scalar::Text(texts.add(&text)),
            None => Scalar::Text(texts.add(json)),
        },
        _ => number(json, texts),
    };
    out.push(ExtraField { name: texts.add(name), value });
}

/// Numbers stay exact: whole, decimal, or as they are written. Only what is written with an exponent is a float.
fn number(written: &str, texts: &mut Texts) -> Scalar {
    if let Ok(whole) = written.parse() {
        return Scalar::Integer(whole);
    }
    if let Some(exact) = decimal(written) {
        return Scalar::Decimal(exact);
    }
    match written.parse::<f64>() {
        Ok(float) if float.is_finite() && written.contains(['e', 'E']) => Scalar::Float(float),
        _ => Scalar::Text(texts.add(written)),
    }
}

/// `-12.340` as unscaled digits and scale.
fn decimal(text: &str) -> Option<Decimal> {
    let (whole, fraction) = text.split_once('.')?;
    let unscaled = format!("{whole}{fraction}").parse().ok()?;
    Some(Decimal { unscaled, scale: u8::try_from(fraction.len()).ok()? })
}

#[cfg(test)]
mod tests;
