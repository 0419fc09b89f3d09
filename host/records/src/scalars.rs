//! Values as they are written in JSON, read for what they are.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Time;
use serde::Deserializer as _;
use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::bindings::transform::values::{Date, Decimal, ExtraField, Instant, Scalar};
use crate::locale::contract_date;
use crate::texts::Texts;
use crate::written::YEARS_1_TO_9999;

/// Objects and arrays are spread out over dotted names down to this depth; what lies deeper is kept as JSON text.
pub(crate) const DEPTH: usize = 16;

/// Hands each member of an object to a function as its name and its JSON text; of an array, as its number.
pub(crate) struct Members<F>(pub(crate) F, pub(crate) usize);

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

/// The members of an object under their names, the items of a list under their numbers, and anything else as the one item
/// that it is. The JSON is a part of a row that was read.
pub(crate) fn members(json: &str) -> Vec<(Cow<'_, str>, &str)> {
    if !json.starts_with(['{', '[']) {
        return vec![(Cow::Borrowed("0"), json)];
    }
    let mut members = Vec::new();
    let mut reader = serde_json::Deserializer::from_str(json);
    let read = reader.deserialize_any(Members(|name, json| members.push((name, json)), 0));
    debug_assert!(read.is_ok(), "a part of a sound row");
    members
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
pub(crate) fn text(json: &str) -> Option<Cow<'_, str>> {
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

/// `true`, `false`, `1`, `0`; in a lenient source `yes`, `no` and the first letters too.
pub(crate) fn truth(text: &str, lenient: bool) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ if is(&["true"]) || lenient && is(&["yes", "y", "t"]) => Some(true),
        _ if is(&["false"]) || lenient && is(&["no", "n", "f"]) => Some(false),
        _ => None,
    }
}

/// `2024-02-29`, nothing else.
pub(crate) fn date(text: &str) -> Option<Date> {
    if text.len() != 10 {
        return None;
    }
    contract_date(text.parse().ok()?)
}

/// The same, alone or with a time of that day behind it: `2024-02-29T14:30:00.000`.
pub(crate) fn day(text: &str) -> Option<Date> {
    match text.split_once('T') {
        None => date(text),
        Some((day, time)) => time.parse::<Time>().ok().and_then(|_| date(day)),
    }
}

pub(crate) fn instant(text: &str) -> Option<Instant> {
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
pub(crate) fn spread(name: &str, json: &str, depth: usize, texts: &mut Texts, out: &mut Vec<ExtraField>) {
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
pub(crate) fn number(written: &str, texts: &mut Texts) -> Scalar {
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
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    let (whole, fraction) = text.split_once('.')?;
    let unscaled = format!("{whole}{fraction}").parse().ok()?;
    Some(Decimal { unscaled, scale: u8::try_from(fraction.len()).ok()? })
}

pub(crate) fn whole(text: &str) -> Option<Decimal> {
    Some(Decimal { unscaled: text.parse().ok()?, scale: 0 })
}
