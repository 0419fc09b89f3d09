//! A bundle without its patients: texts and days are replaced, and it still shows what it showed.
//!
//! What is replaced: every text, identifier and extra column, by [`Names`]; every day and moment, by one shift for all
//! into another century, the moment that counts as now among them, so that distances, order and weekdays stay. What
//! stays, because rules turn on it and it names nobody: clinical numbers, intervals, amounts, truth values, the words of fixed
//! lists (an appointment's state, a reading's measure), teeth, gender and the countries of telephone numbers, the time of
//! day, and the contract's own names. A leap day becomes another leap day; a day that is in no calendar becomes another
//! such.
//!
//! A bundle like this is pseudonymised, not anonymous: who has the key, or knows enough of a patient's visits, can go back.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use odograft_records::table::{Field, Kind};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::bundle::{Bundle, BundleError};
use crate::case::{Expected, Input};
use crate::pseudonym::{Key, Names, has_words};
use crate::row::Node;
use crate::source::Form;
use crate::subject::Subject;
use odograft_records::{LISTS, Object, Part, Rows};

/// Fields whose words steer rules and name nobody.
const KEPT: [&str; 24] = [
    "account_history.accounts.state",
    "account_history.payments.method",
    "account_history.payments.status",
    "appointment.state",
    "custom_field.entity",
    "custom_field.field_type",
    "exam.measures",
    "exam.readings.tooth",
    "image.kind",
    "patient.gender",
    "patient.home_phone_country",
    "patient.mobile_phone_country",
    "patient.recall_method",
    "patient.sex",
    "practitioner.user.role",
    "recall.recall_method",
    "recall.recall_type",
    "recall.status",
    "template.kind",
    "treatment-plan.phases.ada_code",
    "treatment-plan.phases.tooth",
    "treatment-plan.status",
    "treatment_plan.items.surfaces",
    "treatment_plan.items.teeth",
];

/// By how many weeks everything moves: at least so many, and fewer than so many more. From 120 to 220 years, so that no
/// day of a lifetime falls on another that the corpus has.
const WEEKS: (i64, u64) = (6_262, 5_218);

/// Years after which the calendar repeats.
const CALENDAR: i64 = 400;

/// Replaces what names people, the same way in all bundles that it was made for.
#[derive(Debug)]
pub struct Pseudonymiser {
    names: Names,
    /// Days that everything moves by.
    days: i64,
    kept: BTreeSet<String>,
}

impl Pseudonymiser {
    /// For these inputs, each with its subject: whoever stands in two is one person in both. `keep` names more fields to leave
    /// alone, as `patient.ethnicity`.
    #[must_use]
    pub fn new<'a>(key: &Key, inputs: impl IntoIterator<Item = (&'a Input, &'a Subject)>, keep: &[String]) -> Self {
        let kept: BTreeSet<String> = KEPT.iter().map(ToString::to_string).chain(keep.iter().cloned()).collect();
        let mut texts = BTreeSet::new();
        for (input, subject) in inputs {
            let mut collect = |json: &str, text: &str| {
                if moved(json, text, 1).is_none() && has_words(text) {
                    texts.insert(text.to_owned());
                }
                None
            };
            let mut walk = Walk { kept: &kept, replace: &mut collect };
            for record in &input.records {
                let mut node = Node::parse(record.get());
                let form = subject.form(&node);
                walk.record(&mut node, form.as_ref());
            }
            if let Some(mut lists) = lists(&input.settings) {
                walk.lists(&mut lists, subject.objects());
            }
        }
        let (least, spread) = WEEKS;
        let weeks = least + i64::try_from(key.number(b"weeks") % spread).unwrap_or(0);
        Self { names: Names::of(key, &texts), days: 7 * weeks, kept }
    }

    /// The input under other names.
    #[must_use]
    pub fn input(&self, input: &Input, subject: &Subject) -> Input {
        let mut replace = |json: &str, text: &str| {
            let replaced = moved(json, text, self.days).unwrap_or_else(|| self.names.get(text).to_owned());
            Some(renamed(json, replaced))
        };
        let mut walk = Walk { kept: &self.kept, replace: &mut replace };
        let mut record = |record: &RawValue| {
            let mut node = Node::parse(record.get());
            let form = subject.form(&node);
            walk.record(&mut node, form.as_ref());
            node.raw()
        };
        let records = input.records.iter().map(|raw| record(raw)).collect();
        let mut settings = input.settings.clone();
        if let Some(mut lists) = lists(&settings) {
            walk.lists(&mut lists, subject.objects());
            settings.insert(LISTS.to_owned(), lists.raw().get().into());
        }
        Input { as_of: input.as_of.checked_add((24 * self.days).hours()).unwrap_or(input.as_of), settings, records }
    }

    /// Writes a bundle under other names, with what its module makes of that.
    ///
    /// # Errors
    /// The module does not take the rows any more, or the bundle cannot be written.
    pub fn bundle(&self, bundle: &Bundle, subject: &Subject, out: &Path) -> Result<Kinship, BundleError> {
        let mut other = bundle.clone();
        other.case.input = self.input(&bundle.case.input, subject);
        other.made.pseudonymised = true;
        let replayed = other.replay(subject)?;
        Bundle::write(out, &other.made, &other.case.input, &replayed.got)?;
        Ok(Kinship::of(bundle.expected(), &replayed.got))
    }
}

/// What two sets of answers have in common, however their texts read.
#[derive(Debug, Clone, PartialEq)]
pub struct Kinship {
    /// Rows that end otherwise: with other findings, other records, other fields, another rejection or failure.
    pub strangers: Vec<usize>,
    /// How much more fuel the second took, as a share of the first's.
    pub fuel_change: f64,
}

impl Kinship {
    fn of(one: &Expected, other: &Expected) -> Self {
        let rows = one.answers.len().max(other.answers.len());
        let outline = |expected: &Expected, at: usize| expected.answers.get(at).map(outline);
        let strangers = (0..rows).filter(|at| outline(one, *at) != outline(other, *at)).collect();
        let fuel = |expected: &Expected| expected.fuel.unwrap_or(0).max(1) as f64;
        Self { strangers, fuel_change: fuel(other) / fuel(one) - 1.0 }
    }
}

/// How an answer ends, without any value: findings with their fields, records with the fields that they fill or empty.
fn outline(answer: &Value) -> Vec<String> {
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let list = |name: &str| answer[name].as_array().map_or(&[][..], Vec::as_slice).iter();
    let mut parts: Vec<String> = ["rejected", "failed", "undecodable"]
        .into_iter()
        .filter(|end| answer.get(end).is_some())
        .map(|end| {
            format!("{end} {} {} {}", text(&answer[end], "code"), text(&answer[end], "kind"), answer[end]["field"])
        })
        .collect();
    parts.extend(list("findings").map(|f| format!("{} {} {}", text(f, "severity"), text(f, "code"), f["field"])));
    parts.extend(list("handovers").map(|handover| text(handover, "title")));
    for upsert in list("upserts") {
        parts.push(text(upsert, "model"));
        for (field, value) in upsert["fields"].as_object().into_iter().flatten() {
            parts.push(format!("{field} {}", value.is_null()));
        }
    }
    parts
}

/// The JSON of a value's other name: text where the value was text, or where the name is no number of JSON any more, as
/// with `1e5` or what is nested too deeply to be taken apart.
fn renamed(json: &str, name: String) -> String {
    let bare = !json.starts_with('"') && serde_json::from_str::<&RawValue>(&name).is_ok();
    if bare { name } else { Value::from(name).to_string() }
}

/// Visits every value of a record that is not structure.
struct Walk<'w> {
    kept: &'w BTreeSet<String>,
    /// Takes a value's JSON and what it says, and gives other JSON for it, if any.
    replace: &'w mut dyn FnMut(&str, &str) -> Option<String>,
}

impl Walk<'_> {
    /// A record of no object that is known has no structure that is known either: all of its values are visited.
    fn record(&mut self, node: &mut Node, form: Option<&Form>) {
        let Some(object) = form.map(Form::object) else { return self.all(node) };
        let Node::Object(members) = node else { return self.all(node) };
        for (name, node) in members {
            match object.parts.iter().find(|part| part.member == name) {
                Some(part) => self.part(&object, part, node),
                // `object` and `latest` are the record's own; its key is the source's.
                None if matches!(node, Node::Leaf(_)) && name != Object::KEY => {}
                None => self.all(node),
            }
        }
    }

    /// The account's lists, in which staff and sites stand by name. The keys are what records name the rows by.
    fn lists(&mut self, lists: &mut Node, objects: &[Object<'static>]) {
        let Node::Object(lists) = lists else { return self.all(lists) };
        for (list, rows) in lists {
            let own = |object: &Object<'static>| {
                let part = object.parts.iter().find(|part| part.rows == Rows::Own)?;
                (object.staged == list.as_str()).then_some((object.name, part.fields))
            };
            let Node::Object(rows) = rows else {
                self.all(rows);
                continue;
            };
            for (key, row) in rows {
                if let Some(other) = (self.replace)(&Value::from(key.as_str()).to_string(), key) {
                    *key = says(&other);
                }
                match objects.iter().find_map(own) {
                    Some((name, fields)) => self.members(row, fields, &format!("{name}.")),
                    None => self.all(row),
                }
            }
        }
    }

    fn part(&mut self, object: &Object<'_>, part: &Part<'_>, node: &mut Node) {
        match (part.list(), node) {
            (Some(list), Node::List(rows)) => {
                for row in rows {
                    self.members(row, part.fields, &format!("{}.{list}.", object.name));
                }
            }
            // How the others are to be read stays as it is; what else a manifest says does not.
            (None, Node::Object(members)) if !part.carried => {
                let read_by = |name: &str| part.fields.iter().any(|field| field.is(name));
                members.iter_mut().filter(|(name, _)| !read_by(name)).for_each(|(_, node)| self.all(node));
            }
            (_, node) => self.members(node, part.fields, &format!("{}.", object.name)),
        }
    }

    fn members(&mut self, node: &mut Node, fields: &[Field], prefix: &str) {
        let Node::Object(members) = node else { return self.all(node) };
        for (name, node) in members {
            let Some(field) = fields.iter().find(|field| field.is(name)) else {
                if !self.kept.contains(&format!("{prefix}{name}")) {
                    self.all(node);
                }
                continue;
            };
            match (field.kind, &mut *node) {
                (Kind::Nested(inner), node) => self.members(node, inner, &format!("{prefix}{}.", field.name)),
                (Kind::List(inner), Node::List(items)) => {
                    items.iter_mut().for_each(|item| self.members(item, inner, &format!("{prefix}{}.", field.name)));
                }
                (Kind::Choice(words), Node::Leaf(json)) if words.iter().any(|word| says(json) == *word) => {}
                (Kind::Boolean | Kind::Integer | Kind::Decimal, Node::Leaf(json)) if names_nobody(&says(json)) => {}
                _ if self.kept.contains(&format!("{prefix}{}", field.name)) => {}
                (_, node) => self.all(node),
            }
        }
    }

    fn all(&mut self, node: &mut Node) {
        match node {
            Node::Object(members) => members.iter_mut().for_each(|(_, node)| self.all(node)),
            Node::List(items) => items.iter_mut().for_each(|node| self.all(node)),
            Node::Leaf(json) => {
                if matches!(json.as_str(), "true" | "false" | "null") {
                    return;
                }
                let said = says(json);
                if let Some(other) = (self.replace)(json, &said) {
                    *json = other;
                }
            }
        }
    }
}

/// The account's lists among the settings of a call.
fn lists(settings: &Map<String, Value>) -> Option<Node> {
    let lists = settings.get(LISTS)?;
    Some(Node::parse(&lists.as_str().map_or_else(|| lists.to_string(), str::to_owned)))
}

/// What a leaf says: text without its quotes, all else as it is written.
fn says(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned())
}

/// A number or a truth value, which measures something.
fn names_nobody(text: &str) -> bool {
    let amount = |text: &str| {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        text.trim_start_matches('-').split_once('.').is_some_and(|(whole, rest)| digits(whole) && digits(rest))
    };
    text.parse::<i64>().is_ok()
        || amount(text)
        || text.eq_ignore_ascii_case("true")
        || text.eq_ignore_ascii_case("false")
}

/// A day or a moment that moved by so many days; none for anything else. Numbers are neither.
fn moved(json: &str, text: &str, days: i64) -> Option<String> {
    if !json.starts_with('"') || !text.is_char_boundary(10.min(text.len())) || text.len() < 10 {
        return None;
    }
    let (day, rest) = text.split_at(10);
    let shape = |day: &str| {
        let dashes = |at: usize| at == 4 || at == 7;
        day.bytes().enumerate().all(|(at, byte)| if dashes(at) { byte == b'-' } else { byte.is_ascii_digit() })
    };
    if !shape(day) || !(rest.is_empty() || format!("2000-01-01{rest}").parse::<Timestamp>().is_ok()) {
        return None;
    }
    let Ok(date) = day.parse::<Date>() else {
        // In no calendar, by its month or day: nor is the same one in another turn of the calendar.
        let year = day.get(..4)?.parse::<i64>().ok()?;
        let other = if year + CALENDAR <= 9999 { year + CALENDAR } else { year - CALENDAR };
        return Some(format!("{other:04}{}{rest}", day.get(4..)?));
    };
    // At the calendar's ends there is only one way to go.
    let to = |days: i64| date.checked_add(days.days()).ok().filter(|date| (1..=9999).contains(&date.year()));
    let moved = to(days).or_else(|| to(-days))?;
    let moved = if date.month() == 2 && date.day() == 29 { nearest_leap_day(moved, date) } else { not_leap(moved) };
    Some(format!("{:04}-{:02}-{:02}{rest}", moved.year(), moved.month(), moved.day()))
}

/// The leap day that lies nearest, but not the one that it was.
fn nearest_leap_day(near: Date, was: Date) -> Date {
    let leap_days = (-12..=12).filter_map(|years| Date::new(near.year().checked_add(years)?, 2, 29).ok());
    let distance = |date: &Date| (near - *date).get_days().unsigned_abs();
    leap_days.filter(|date| *date != was && date.year() > 0).min_by_key(distance).unwrap_or(was)
}

/// A day that was no leap day does not become one.
fn not_leap(date: Date) -> Date {
    if date.month() == 2 && date.day() == 29 { date.yesterday().unwrap_or(date) } else { date }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn move_by(text: &str, days: i64) -> Option<String> {
        moved(&Value::from(text).to_string(), text, days)
    }

    #[test]
    fn days_and_moments_move_and_keep_their_form() {
        assert_eq!(move_by("1990-03-02", 7).as_deref(), Some("1990-03-09"));
        assert_eq!(move_by("2026-07-04T20:35:55.599+01:00", -7).as_deref(), Some("2026-06-27T20:35:55.599+01:00"));
        for other in ["17", "31/02/1990", "1990-03-02 or so", "Zoë", "", "2026-07-04T25:00:00Z"] {
            assert_eq!(move_by(other, 7), None, "{other}");
        }
        assert_eq!(moved("1990", "1990", 7), None);
    }

    #[test]
    fn leap_days_stay_leap_days_and_no_others_become_one() {
        assert_eq!(move_by("2024-02-29", 140).as_deref(), Some("2028-02-29"));
        assert_eq!(move_by("2024-02-22", 7).as_deref(), Some("2024-02-28"));
    }

    #[test]
    fn what_is_in_no_calendar_stays_so_and_its_ends_hold() {
        assert_eq!(move_by("1990-02-30", 140).as_deref(), Some("2390-02-30"));
        assert_eq!(move_by("1990-13-01", -140).as_deref(), Some("2390-13-01"));
        assert_eq!(move_by("0001-01-01", -140).as_deref(), Some("0001-05-21"));
        assert_eq!(move_by("9999-12-31", 7).as_deref(), Some("9999-12-24"));
    }

    #[test]
    fn what_says_how_rows_are_read_stays_and_the_rest_of_a_manifest_does_not() {
        let record = |practice: &str, name: &str| {
            format!(
                r#"{{"object":"client","manifest":{{"date_order":"dmy","decimal_mark":",","time_zone":"Europe/Berlin","practice":"{practice}","true_words":["ja"],"tables":{{"client":{{"columns":{{"name":"text"}}}}}}}},"row":{{"name":"{name}"}}}}"#
            )
        };
        let mut node = Node::parse(&record("Moss Dental", "Moss"));
        let form = <odograft_engine::Tabular as crate::source::Source>::form(&node).expect("a client");
        let mut replace = |_: &str, _: &str| Some("\"X\"".to_owned());
        Walk { kept: &BTreeSet::new(), replace: &mut replace }.record(&mut node, Some(&form));
        assert_eq!(node.json(), record("X", "X"));
    }

    #[test]
    fn every_name_is_json() {
        let written = [("17", "42"), ("\"17\"", "42"), ("1e5", "3q7"), ("{\"a\": [1]}", "{\"k\": [4}")];
        let written = written.map(|(json, name)| renamed(json, name.to_owned()));
        assert_eq!(written, ["42", "\"42\"", "\"3q7\"", "\"{\\\"k\\\": [4}\""]);
    }

    #[test]
    fn an_outline_has_no_values() {
        let answer = |name: &str, birth: Value| {
            serde_json::json!({"upserts": [{"model": "res.partner", "key": "patient/1", "fields": {"name": name, "x_birth": birth}}],
                "findings": [{"severity": "info", "code": "c", "field": "patient.name", "message": "m"}], "handovers": []})
        };
        assert_eq!(outline(&answer("Ada", Value::Null)), outline(&answer("Bob", Value::Null)));
        assert_ne!(outline(&answer("Ada", Value::Null)), outline(&answer("Ada", "1990-01-01".into())));
        assert_ne!(
            outline(&serde_json::json!({"rejected": {"code": "no-name"}})),
            outline(&serde_json::json!({"rejected": {"code": "boom"}}))
        );
    }
}
