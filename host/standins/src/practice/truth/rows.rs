//! Tables of an export as a truth reads them, and what their texts mean.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Holds, Key, Said};
use crate::practice::Practice;
use crate::practice::export::Tabled;

/// The rows of a table.
pub(super) fn rows<'t>(tables: &'t [Tabled], object: &str) -> impl Iterator<Item = Row<'t>> + use<'t> {
    let table = tables.iter().find(|table| table.object == object);
    table.into_iter().flat_map(|table| table.rows.iter().map(|cells| Row { columns: table.columns, cells }))
}

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'t> {
    columns: &'t [&'static str],
    cells: &'t [String],
}

impl<'t> Row<'t> {
    /// A cell as the export has it; empty where the table has no such column.
    pub(super) fn raw(&self, column: &str) -> &'t str {
        let at = self.columns.iter().position(|name| *name == column);
        at.map_or("", |at| self.cells[at].as_str())
    }

    /// A cell without the blanks around it.
    pub(super) fn get(&self, column: &str) -> &'t str {
        self.raw(column).trim()
    }

    /// What is filled of these cells, joined by a blank.
    pub(super) fn joined(&self, columns: &[&str]) -> String {
        let filled: Vec<&str> = columns.iter().map(|column| self.get(column)).filter(|text| !text.is_empty()).collect();
        filled.join(" ")
    }

    /// The cells as a list: what the source says where several columns meet in a field.
    pub(super) fn all(&self, columns: &[&str]) -> Value {
        columns.iter().map(|column| Value::from(self.raw(column))).collect()
    }

    /// A field that holds the cell as it stands there, but for blanks around it.
    pub(super) fn same(&self, field: &'static str, column: &str) -> Said {
        Said::changed(field, self.raw(column), Holds::text(self.get(column)))
    }

    /// A field that holds the cell in small letters, as e-mail addresses are kept.
    pub(super) fn lower(&self, field: &'static str, column: &str) -> Said {
        Said::changed(field, self.raw(column), Holds::text(self.get(column).to_lowercase()))
    }

    /// A field that holds the cell's day; nothing where it is none.
    pub(super) fn day(&self, field: &'static str, column: &str) -> Said {
        let day = american_day(self.get(column)).map(|day| day.to_string());
        Said::changed(field, self.raw(column), Holds::text(day.unwrap_or_default()))
    }

    /// A field that holds the cell's moment, in UTC.
    pub(super) fn moment(&self, field: &'static str, column: &str) -> Said {
        Said::changed(field, self.raw(column), Holds::text(utc(self.get(column)).unwrap_or_default()))
    }

    /// A field that refers to the country of this code, where the cell names one.
    pub(super) fn country(&self, field: &'static str, column: &str, code: &str) -> Said {
        let holds = match self.get(column) {
            "" => Holds::Empty,
            _ => Holds::Record("res.country", Key::holding("code", code)),
        };
        Said::changed(field, self.raw(column), holds)
    }

    /// A field that refers to the British county that the cell names: Odoo counts counties as states.
    pub(super) fn county(&self, field: &'static str, column: &str) -> Said {
        let holds = match self.get(column) {
            "" => Holds::Empty,
            name => {
                let key = Key::Holding(vec![("name", name.to_owned()), ("country_id.code", "GB".to_owned())]);
                Holds::Record("res.country.state", key)
            }
        };
        Said::changed(field, self.raw(column), holds)
    }
}

/// `03/14/1990`; none where it is no day.
pub(super) fn american_day(text: &str) -> Option<Date> {
    Date::strptime("%m/%d/%Y", text).ok()
}

/// The clocks of London at a moment as exports write it, `03/14/1990 2:30 PM`.
pub(super) fn london(text: &str) -> Option<DateTime> {
    DateTime::strptime("%m/%d/%Y %I:%M %p", text).ok()
}

/// A moment that the clocks of London showed, as Odoo has it: `1990-03-14 14:30:00`, UTC.
pub(super) fn utc(text: &str) -> Option<String> {
    let zone = TimeZone::get("Europe/London").ok()?;
    let moment = london(text)?.to_zoned(zone).ok()?;
    Some(moment.with_time_zone(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// An amount as exports write it, in cents: `$1,250.00`, `($20.00)` and `-5.25`.
pub(super) fn cents(text: &str) -> Option<i64> {
    let is_negative = text.starts_with(['(', '-']);
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let (whole, rest) = digits.split_once('.').unwrap_or((&digits, ""));
    let cents = whole.parse::<i64>().ok()? * 100 + format!("{rest:0<2}").parse::<i64>().ok()?;
    Some(if is_negative { -cents } else { cents })
}

/// Cents as a number of Odoo's.
pub(super) fn amount(cents: i64) -> Holds {
    // The text is the amount exactly, and the number the one that is nearest to it.
    Holds::Is(decimal(cents).parse::<f64>().unwrap_or_default().into())
}

/// Cents as `-20.05`.
pub(super) fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// The users of Odoo by the practitioners' numbers in the source: the log-in of each practitioner who has one.
pub(super) struct Owners(Vec<(String, String)>);

/// Who stands in for practitioners whom Odoo does not know: the owner that the configuration names.
const FALLBACK: &str = "admin";

impl Owners {
    pub(super) fn of(practice: &Practice) -> Self {
        let known = practice.users();
        let user = |one: &Value| {
            let login = one["user"]["email"].as_str()?.to_lowercase();
            known.iter().any(|(other, _)| *other == login).then(|| (one["id"].to_string(), login))
        };
        Self(practice.practitioners.iter().filter_map(user).collect())
    }

    /// The same by the practitioners' names as reports have them, `Shah, Priya`, and as the diary shows them.
    pub(super) fn by_name(practice: &Practice) -> Self {
        let by_number = Self::of(practice);
        let named = |one: &Value| {
            let login = by_number.login(&one["id"].to_string())?.to_owned();
            let user = &one["user"];
            let part = |name: &str| user[name].as_str().unwrap_or_default();
            let report = format!("{}, {}", part("last_name"), part("first_name"));
            let diary = format!("{} {} {}", part("title"), part("first_name"), part("last_name"));
            Some([(report, login.clone()), (diary, login)])
        };
        Self(practice.practitioners.iter().filter_map(named).flatten().collect())
    }

    /// The log-in of a practitioner's user, if there is one.
    pub(super) fn login(&self, practitioner: &str) -> Option<&str> {
        self.0.iter().find(|(id, _)| id == practitioner).map(|(_, login)| login.as_str())
    }

    /// Whether this is the log-in of a user.
    pub(super) fn knows(&self, login: &str) -> bool {
        self.0.iter().any(|(_, known)| known == login)
    }

    /// A field that refers to the user of the practitioner whom a column names; the fallback owner where there is none.
    pub(super) fn said(&self, field: &'static str, row: Row<'_>, column: &str) -> Said {
        Said::changed(field, row.raw(column), self.holds(row.get(column)))
    }

    /// A reference to the user of the practitioner of this number, else to the fallback owner; nobody where none is named.
    pub(super) fn holds(&self, practitioner: &str) -> Holds {
        match practitioner {
            "" => Holds::Empty,
            number => user(self.login(number).unwrap_or(FALLBACK)),
        }
    }
}

/// A reference to the user of this log-in.
pub(super) fn user(login: &str) -> Holds {
    Holds::Record("res.users", Key::holding("login", login))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_mean_what_people_mean_by_them() {
        assert_eq!(american_day("02/29/1896").map(|day| day.to_string()).as_deref(), Some("1896-02-29"));
        assert_eq!(american_day("31/02/1980"), None);
        // In summer the clocks of London are an hour ahead of UTC.
        assert_eq!(utc("07/04/2026 2:30 PM").as_deref(), Some("2026-07-04 13:30:00"));
        assert_eq!(utc("12/04/2026 12:30 AM").as_deref(), Some("2026-12-04 00:30:00"));
        let amounts = ["$1,250.00", "($20.05)", "-5.25", "12"].map(cents);
        assert_eq!(amounts, [Some(125_000), Some(-2_005), Some(-525), Some(1_200)]);
        assert_eq!([decimal(-2_005), decimal(7)], ["-20.05", "0.07"]);
    }
}
