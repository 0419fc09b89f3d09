//! Fields that hold more than one value: lists of texts, lists of objects, and whatever has no form that is known.

use super::{Row, Slots, number, text};
use crate::bindings::transform::values::{Scalar, Span};
use crate::names::Names;
use crate::scalars::members;

impl<'a> Row<'_, 'a> {
    /// Whatever stands there, as its JSON text. Nothing but brackets is no value.
    pub(crate) fn json(&mut self) -> Option<Span> {
        let (_, json) = self.slots.take()?;
        (!matches!(json, "{}" | "[]" | "\"\"")).then(|| self.texts.add(json))
    }

    /// A text, a number or a truth value as what it is. Empty text is no value.
    pub(crate) fn scalar(&mut self) -> Option<Scalar> {
        let (name, json) = self.slots.take()?;
        self.scalar_of(name, json)
    }

    /// A list of texts; numbers and truth values as they are written. One that stands alone is a list of one.
    pub(crate) fn texts(&mut self) -> Vec<Span> {
        let Some((name, json)) = self.slots.take() else { return Vec::new() };
        if json.starts_with('{') {
            self.unreadable(name, "is not a list", json);
            return Vec::new();
        }
        let there = members(json).into_iter().filter(|(_, json)| *json != "null");
        there.filter_map(|(_, json)| self.text_of(name, json)).collect()
    }

    /// The objects of a list, each read with `read`. What is none of them is a problem, and is carried along.
    pub(crate) fn list<T>(
        &mut self,
        prefix: &'static str,
        names: &Names,
        read: impl Fn(&mut Row<'_, 'a>) -> T,
    ) -> Vec<T> {
        let Some((name, json)) = self.slots.take() else { return Vec::new() };
        if !json.starts_with('[') {
            self.unreadable(name, "is not a list", json);
            return Vec::new();
        }
        let mut items = Vec::new();
        for (at, json) in members(json).into_iter().filter(|(_, json)| *json != "null") {
            match self.item(prefix, &at, names, json, &read) {
                Some(item) => items.push(item),
                None => self.unreadable(name, "holds something else than objects", json),
            }
        }
        items
    }

    /// The values of a field that is a list of objects, or an object whose names tell what its values are. `read` makes a
    /// value of an object, and hears the name that it stands under; `named` one of a name and what stands there alone.
    pub(crate) fn named_or_listed<T>(
        &mut self,
        prefix: &'static str,
        names: &Names,
        read: impl Fn(&mut Row<'_, 'a>, Option<&str>) -> T,
        named: impl Fn(Span, Option<Scalar>) -> T,
    ) -> Vec<T> {
        if !self.slots.peek().is_some_and(|(_, json)| json.starts_with('{')) {
            return self.list(prefix, names, |row| read(row, None));
        }
        let (_, json) = self.slots.take().unwrap_or_default();
        let mut items = Vec::new();
        for (name, json) in members(json) {
            let column = format!("{prefix}{name}");
            if json.starts_with('{') {
                match self.item(prefix, &name, names, json, |row| read(row, Some(&name))) {
                    Some(item) => items.push(item),
                    None => self.unreadable(&column, "is not an object", json),
                }
                continue;
            }
            // A list under a name has no form that is known: it is a problem, and no value.
            let value = if json == "null" { None } else { self.scalar_of(&column, json) };
            if !json.starts_with('[') {
                items.push(named(self.texts.add(&name), value));
            }
        }
        items
    }

    fn item<T>(
        &mut self,
        prefix: &'static str,
        at: &str,
        names: &Names,
        json: &'a str,
        read: impl FnOnce(&mut Row<'_, 'a>) -> T,
    ) -> Option<T> {
        let mut slots = vec![None; names.len()];
        self.within(prefix, &format!("{prefix}{at}."), Slots::new(names, &mut slots), json, read)
    }

    fn scalar_of(&mut self, name: &str, json: &str) -> Option<Scalar> {
        match json.as_bytes()[0] {
            b't' => Some(Scalar::Boolean(true)),
            b'f' => Some(Scalar::Boolean(false)),
            b'{' | b'[' => {
                self.unreadable(name, "is neither text nor number nor truth value", json);
                None
            }
            b'"' => match text(json) {
                Some(text) if text.is_empty() => None,
                Some(text) => Some(Scalar::Text(self.texts.add(&text))),
                None => {
                    self.unreadable(name, "is not text", json);
                    None
                }
            },
            _ => Some(number(json, self.texts)),
        }
    }
}
