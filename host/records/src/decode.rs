//! Reading one JSON row, field by field: its text goes straight into the batch's [`Texts`].

use std::borrow::Cow;

use serde::Deserializer as _;

use crate::bindings::transform::values::{Date, Decimal, ExtraField, Instant, Scalar, Span};
use crate::locale::{Locale, Moment};
use crate::names::Names;
use crate::scalars::{Members, date, day, decimal, instant, number, spread, text, truth, whole};
use crate::texts::Texts;

mod declare;
mod lists;

pub(crate) use declare::{part, record};

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

impl DecodeError {
    /// The source object of the row.
    #[must_use]
    pub fn object(&self) -> &str {
        match self {
            Self::NotAnObject { object, .. } | Self::Field { object, .. } | Self::NoSuchObject { object } => object,
        }
    }

    /// The same as a problem of the record that the row belongs to.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::NotAnObject { object, .. } => Problem { field: object.clone(), message: "is not a JSON object" },
            Self::Field { object, field, what, .. } => Problem { field: format!("{object}.{field}"), message: what },
            Self::NoSuchObject { object } => {
                Problem { field: object.clone(), message: "is not an object of this source" }
            }
        }
    }
}

impl<R> From<Decoded<R>> for Gathered<R> {
    fn from(Decoded { record, problems }: Decoded<R>) -> Self {
        Self { record, problems, refused: Vec::new() }
    }
}

impl<R> Decoded<R> {
    /// The same with another record.
    pub(crate) fn map<S>(self, wrap: impl FnOnce(R) -> S) -> Decoded<S> {
        Decoded { record: wrap(self.record), problems: self.problems }
    }
}

/// The rows of one parent, gathered into its record.
#[derive(Debug, Clone)]
pub struct Gathered<R> {
    /// The record.
    pub record: R,
    /// Fields that could not be read.
    pub problems: Vec<Problem>,
    /// Rows that are no record, by key, and why.
    pub refused: Vec<(String, DecodeError)>,
}

impl<R> Gathered<Vec<R>> {
    /// Reads every row.
    pub(crate) fn read<'a>(
        rows: impl IntoIterator<Item = (&'a str, &'a str)>,
        mut read: impl FnMut(&'a str, &'a str) -> Result<Decoded<R>, DecodeError>,
    ) -> Self {
        let mut gathered = Self { record: Vec::new(), problems: Vec::new(), refused: Vec::new() };
        for (key, json) in rows {
            match read(key, json) {
                Ok(decoded) => {
                    gathered.record.push(decoded.record);
                    gathered.problems.extend(decoded.problems);
                }
                Err(error) => gathered.refused.push((key.to_owned(), error)),
            }
        }
        gathered
    }
}

impl<R> Gathered<R> {
    /// The same with another record.
    pub(crate) fn map<S>(self, wrap: impl FnOnce(R) -> S) -> Gathered<S> {
        Gathered { record: wrap(self.record), problems: self.problems, refused: self.refused }
    }

    /// Takes up rows that belong to the same record: `put` puts them into it.
    pub(crate) fn with<S>(mut self, rows: Gathered<S>, put: impl FnOnce(&mut R, S)) -> Self {
        self.problems.extend(rows.problems);
        self.refused.extend(rows.refused);
        put(&mut self.record, rows.record);
        self
    }
}

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

    /// The next slot as [`Slots::take`] would give it, left where it is.
    fn peek(&self) -> Option<(&'static str, &'a str)> {
        let slot = self.slots[self.next]?;
        Some((self.names.name(self.next, slot.name), slot.json))
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
    locale: &'r Locale,
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
            Ok(()) => {
                Ok(Self { object, key, prefix: "", slots, texts, locale: &Locale::ISO, problems: Vec::new(), extra })
            }
            Err(_) => Err(DecodeError::NotAnObject { object: object.to_owned(), key: key.to_owned() }),
        }
    }

    /// The same row, whose days, moments and amounts are written as a locale says.
    pub(crate) fn in_locale(self, locale: &'r Locale) -> Self {
        Self { locale, ..self }
    }

    /// Reads the object in the next slot with `read`; none when the field holds no object.
    pub(crate) fn nested<T>(
        &mut self,
        prefix: &'static str,
        slots: Slots<'_, 'a>,
        read: impl FnOnce(&mut Row<'_, 'a>) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        let Some((name, json)) = self.slots.take() else { return Ok(None) };
        let value = self.within(prefix, prefix, slots, json, read).transpose()?;
        if value.is_none() {
            self.unreadable(name, "is not an object", json);
        }
        Ok(value)
    }

    /// Reads an object that lies in this row with `read`; none for anything else. Its fields are named behind `prefix`, and
    /// its columns that have no slot behind `surplus`.
    fn within<T>(
        &mut self,
        prefix: &'static str,
        surplus: &str,
        mut slots: Slots<'_, 'a>,
        json: &'a str,
        read: impl FnOnce(&mut Row<'_, 'a>) -> T,
    ) -> Option<T> {
        let mut extra = std::mem::take(&mut self.extra);
        let kept = extra.len();
        let filled = slots.fill(json, |name, json| {
            spread(&format!("{surplus}{name}"), json, 0, self.texts, &mut extra);
        });
        if filled.is_err() {
            extra.truncate(kept);
            self.extra = extra;
            return None;
        }
        let mut nested = Row {
            object: self.object,
            key: self.key,
            prefix,
            slots,
            texts: &mut *self.texts,
            locale: self.locale,
            problems: std::mem::take(&mut self.problems),
            extra,
        };
        let value = read(&mut nested);
        let Row { problems, extra, .. } = nested;
        (self.extra, self.problems) = (extra, problems);
        Some(value)
    }

    fn unreadable(&mut self, name: &str, message: &'static str, json: &str) {
        self.problems.push(Problem { field: format!("{}.{}{name}", self.object, self.prefix), message });
        spread(&format!("{}{name}", self.prefix), json, 0, self.texts, &mut self.extra);
    }

    fn read<T>(&mut self, message: &'static str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let (name, json) = self.slots.take()?;
        let text = text(json).unwrap_or(Cow::Borrowed(json));
        let text = if self.locale.lenient { text.trim() } else { &text };
        if text.is_empty() {
            return None;
        }
        let read = parse(text);
        if read.is_none() {
            self.unreadable(name, message, json);
        }
        read
    }

    /// Text; numbers and truth values as they are written. Empty text is no value.
    pub(crate) fn text(&mut self) -> Option<Span> {
        let (name, json) = self.slots.take()?;
        self.text_of(name, json)
    }

    /// The text that a member holds.
    fn text_of(&mut self, name: &str, json: &str) -> Option<Span> {
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

    /// The row's own identifier; where the source has none, the key that it was staged under.
    pub(crate) fn key(&mut self) -> Option<Span> {
        let given = self.text();
        Some(given.unwrap_or_else(|| self.texts.add(self.key)))
    }

    pub(crate) fn boolean(&mut self) -> Option<bool> {
        let lenient = self.locale.lenient;
        self.read("is neither true nor false", |text| truth(text, lenient))
    }

    pub(crate) fn integer(&mut self) -> Option<i64> {
        self.read("is not a whole number", |text| text.parse().ok())
    }

    pub(crate) fn date(&mut self) -> Option<Date> {
        let locale = self.locale;
        match locale.lenient {
            true => self.read(Locale::NO_DAY, |text| locale.date(text)),
            false => self.read("is not a date (YYYY-MM-DD)", date),
        }
    }

    /// A day, alone or with a local time of that day behind it.
    pub(crate) fn day(&mut self) -> Option<Date> {
        let locale = self.locale;
        match locale.lenient {
            true => self.read("is not a day as the source is declared to write days", |text| locale.day_of(text)),
            false => self.read("is not a date (YYYY-MM-DD)", day),
        }
    }

    /// A moment. One without an offset is local to the source's zone; where the clocks showed it twice or never, that is a
    /// problem of the field, and it is read as if the clocks had not changed yet.
    pub(crate) fn instant(&mut self) -> Option<Instant> {
        let locale = self.locale;
        if !locale.lenient {
            return self.read("is not a moment with its offset (ISO 8601)", instant);
        }
        let slot = self.slots.peek();
        let read = self.read(Locale::NO_MOMENT, |text| instant(text).map(Moment::Once).or_else(|| locale.moment(text)));
        let (moment, message) = match read? {
            Moment::Once(moment) => return Some(moment),
            Moment::Twice(moment) => (moment, Moment::TWICE),
            Moment::Never(moment) => (moment, Moment::NEVER),
        };
        if let Some((name, json)) = slot {
            self.unreadable(name, message, json);
        }
        Some(moment)
    }

    /// An exact number, such as an amount of money.
    pub(crate) fn decimal(&mut self) -> Option<Decimal> {
        let locale = self.locale;
        match locale.lenient {
            true => self.read(Locale::NO_AMOUNT, |text| locale.decimal(text)),
            false => self.read("is not an amount", |text| decimal(text).or_else(|| whole(text))),
        }
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
    pub(crate) fn finish(mut self) -> (Vec<ExtraField>, Vec<Problem>) {
        if self.locale.extras.is_some() {
            for extra in &mut self.extra {
                let Scalar::Text(text) = extra.value else { continue };
                let (name, text) = (self.texts.get(extra.name), self.texts.get(text));
                let typed = name.and_then(|name| self.locale.extra(self.object, name, text?));
                extra.value = typed.unwrap_or(extra.value);
            }
        }
        (self.extra, self.problems)
    }
}

#[cfg(test)]
mod tests;
