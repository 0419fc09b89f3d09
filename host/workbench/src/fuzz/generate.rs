//! Records from a source's field tables. The same seed and number give the same record, on every machine.

use fastrand::Rng;
use odograft_records::table::{Field, Kind};
use odograft_records::{Object, Part, Rows};
use serde_json::value::RawValue;

use super::values::{nasty, plausible};
use crate::layout::Layout;

/// How records are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As a practice has them: for measuring.
    Plausible,
    /// To break rules.
    Nasty,
}

/// Bytes of a record's huge values together.
const ROOM: usize = 64 * 1024;

/// One record's temper: how full and how nasty it is.
struct Temper {
    /// Percent of the fields that are there.
    full: u8,
    /// Percent of the values that are nasty.
    nasty: u8,
    /// Bytes that huge values may still take together. A record of more fails by its size alone, in any module.
    room: usize,
    /// Whether members may be there twice, under wrong names, or missing though required.
    loose: bool,
}

/// The record with this number of a seed's endless row of records.
///
/// # Panics
/// Never: what is written is JSON.
#[must_use]
pub fn record(layout: &Layout, style: Style, seed: u64, number: u64) -> Box<RawValue> {
    // Neighbours' numbers must not give neighbours' records.
    let mut rng = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.wrapping_mul(0xd134_2543_de82_ef95));
    // A source sends some records twice.
    if style == Style::Nasty && number > 0 && rng.u8(..40) == 0 {
        return record(layout, style, seed, number - 1);
    }
    let objects = layout.objects();
    let object = &objects[rng.usize(..objects.len())];
    let mut temper = match (style, rng.u8(..4)) {
        (Style::Plausible, _) => Temper { full: 75, nasty: 0, room: ROOM, loose: false },
        (_, 0) => Temper { full: 8, nasty: 50, room: ROOM, loose: true },
        (_, 1) => Temper { full: 60, nasty: 8, room: ROOM, loose: false },
        (_, 2) => Temper { full: 100, nasty: 25, room: ROOM, loose: true },
        (_, _) => Temper { full: 50, nasty: 90, room: ROOM, loose: true },
    };
    let mut out = String::with_capacity(2_048);
    out.push('{');
    if object.named {
        member(&mut out, "object", &format!("\"{}\"", object.name));
    }
    if !object.own() {
        member(&mut out, Object::KEY, &format!("\"{}\"", rng.u16(..)));
    }
    for flag in object.flags {
        member(&mut out, flag, if rng.bool() { "true" } else { "false" });
    }
    for part in object.parts.iter() {
        let rows = match (part.list(), rng.u8(..10)) {
            // Without what it declares there is no record, whatever the module does.
            (None, _) if part.rows == Rows::Manifest && layout.manifest().is_some() => {
                layout.manifest().unwrap_or_default().to_owned()
            }
            (None, _) => member_of_part(&mut rng, part, &mut temper),
            (Some(_), share) => {
                let count = match share {
                    0 => 0,
                    1 => rng.usize(40..200),
                    _ => rng.usize(1..12),
                };
                let rows: Vec<_> = (0..count).map(|_| member_of_part(&mut rng, part, &mut temper)).collect();
                format!("[{}]", rows.join(","))
            }
        };
        member(&mut out, part.member, &rows);
    }
    out.push('}');
    RawValue::from_string(out).expect("what is written is JSON")
}

fn member_of_part(rng: &mut Rng, part: &Part<'_>, temper: &mut Temper) -> String {
    row(rng, part.fields, temper, temper.loose && part.extras)
}

fn member(out: &mut String, name: &str, json: &str) {
    if !out.ends_with('{') {
        out.push(',');
    }
    out.push_str(&serde_json::Value::from(name).to_string());
    out.push(':');
    out.push_str(json);
}

fn row(rng: &mut Rng, fields: &[Field], temper: &mut Temper, loose: bool) -> String {
    let mut out = String::from("{");
    for field in fields {
        // A row that is no record tells nothing about a module, so few are left without what they need.
        let there = if field.required { !loose || rng.u8(..100) > 0 } else { rng.u8(..100) < temper.full };
        if !there {
            continue;
        }
        // Of several names the first is usual.
        let other = if rng.u8(..8) == 0 { rng.choice(field.names) } else { None };
        let name = other.copied().unwrap_or(field.usual());
        member(&mut out, name, &value(rng, field, temper));
        if loose && rng.u8(..60) == 0 {
            member(&mut out, name, &value(rng, field, temper));
        }
    }
    if loose && rng.u8(..4) == 0 {
        for _ in 0..rng.u8(1..4) {
            const NAMES: [&str; 9] =
                ["metadata", "Ref By", "", "ID", "a.b", "\0", "naïve column", "extra", "updated_by"];
            let json = nasty(rng, Kind::Text, &mut temper.room);
            member(&mut out, NAMES[rng.usize(..NAMES.len())], &json);
        }
    }
    out.push('}');
    out
}

fn value(rng: &mut Rng, field: &Field, temper: &mut Temper) -> String {
    let share = if field.required { temper.nasty / 8 } else { temper.nasty };
    if rng.u8(..100) < share {
        return nasty(rng, field.kind, &mut temper.room);
    }
    match field.kind {
        Kind::Nested(inner) => row(rng, inner, temper, temper.loose),
        Kind::List(inner) => {
            let items: Vec<_> = (0..rng.usize(..4)).map(|_| row(rng, inner, temper, temper.loose)).collect();
            format!("[{}]", items.join(","))
        }
        _ => plausible(rng, field),
    }
}

#[cfg(test)]
mod tests {
    use odograft_engine::{Dentally, Perio};
    use odograft_records::Texts;

    use super::*;
    use crate::source::{NoRecord, Source};

    /// Of 600 records: decodable, refused as rows.
    fn decoded<S: Source>(style: Style) -> (usize, usize) {
        let mut counts = (0, 0);
        for number in 0..600 {
            let record = record(&Layout::fixed(S::OBJECTS), style, 1, number);
            match S::decode(0, record.get(), &mut Texts::new()) {
                Ok(_) => counts.0 += 1,
                Err(NoRecord::Row(_)) => counts.1 += 1,
                Err(form) => panic!("{form}"),
            }
        }
        counts
    }

    #[test]
    fn records_have_their_sources_form_and_most_are_records() {
        assert_eq!(decoded::<Dentally>(Style::Plausible), (600, 0));
        assert_eq!(decoded::<Perio>(Style::Plausible), (600, 0));
        for (good, bad) in [decoded::<Dentally>(Style::Nasty), decoded::<Perio>(Style::Nasty)] {
            assert!(good > 400 && bad > 0, "{good} records, {bad} that are none");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_records() {
        let layout = Layout::fixed(Dentally::OBJECTS);
        let texts = |seed| (0..50).map(|n| record(&layout, Style::Nasty, seed, n).get().to_owned()).collect::<Vec<_>>();
        assert_eq!(texts(7), texts(7));
        assert_ne!(texts(7), texts(8));
    }
}
