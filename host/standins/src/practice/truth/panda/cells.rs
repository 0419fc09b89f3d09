//! Rows of the databases as a truth reads them, and what their values mean.

use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use serde_json::Value;

use super::super::{Holds, Key, Said};
use crate::mssql::{Cell, Database, Table};

/// Types and words of one clinic's database.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clinic<'d> {
    pub(super) tag: &'d str,
    pub(super) database: &'d Database,
}

impl<'d> Clinic<'d> {
    /// The rows of a table, in the order of their numbers.
    pub(super) fn rows(self, table: &str) -> impl Iterator<Item = Row<'d>> + use<'d> {
        let table = self.database.tables.iter().find(|own| own.name == table);
        table
            .into_iter()
            .flat_map(move |table| table.rows.iter().map(move |cells| Row { clinic: self.tag, table, cells }))
    }

    /// A row's number as the migration knows it: numbers repeat from one clinic to the next.
    pub(super) fn id(self, number: &str) -> String {
        format!("{}/{number}", self.tag)
    }
}

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'d> {
    clinic: &'d str,
    table: &'d Table,
    cells: &'d [Cell],
}

impl Row<'_> {
    fn cell(&self, column: &str) -> &Cell {
        let at = self.table.columns.iter().position(|own| own.name == column);
        at.map_or(&Cell::Null, |at| &self.cells[at])
    }

    /// A value as the server tells it; empty where there is none.
    pub(super) fn raw(&self, column: &str) -> String {
        match self.cell(column) {
            Cell::Int(number) => number.to_string(),
            Cell::Text(text) => text.clone(),
            Cell::Money(amount) => format!("{}.{:04}", amount / 10_000, amount % 10_000),
            Cell::Date(_) => self.day(column).map(|day| day.to_string()).unwrap_or_default(),
            Cell::DateTime { .. } => self.local(column).map(|local| local.to_string()).unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// A value without the blanks around it.
    pub(super) fn get(&self, column: &str) -> String {
        self.raw(column).trim().to_owned()
    }

    /// Whether a column of type BIT is set; none where nobody has said so.
    pub(super) fn bit(&self, column: &str) -> Option<bool> {
        match self.cell(column) {
            Cell::Int(number) => Some(*number != 0),
            _ => None,
        }
    }

    /// Ten-thousandths of an amount.
    pub(super) fn money(&self, column: &str) -> i64 {
        match self.cell(column) {
            Cell::Money(amount) => *amount,
            _ => 0,
        }
    }

    /// The bytes that the database holds.
    pub(super) fn bytes(&self, column: &str) -> Option<&[u8]> {
        match self.cell(column) {
            Cell::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A day, whether the column has its type or people have written it.
    pub(super) fn day(&self, column: &str) -> Option<Date> {
        match self.cell(column) {
            Cell::Date(days) => date(1, 1, 1).checked_add(days_of(i64::from(*days))).ok(),
            Cell::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A moment as the practice's clocks showed it.
    fn local(&self, column: &str) -> Option<DateTime> {
        let Cell::DateTime { days, ticks } = self.cell(column) else { return None };
        let day = date(1900, 1, 1).checked_add(days_of(i64::from(*days))).ok()?;
        day.at(0, 0, 0, 0).checked_add((i64::from(*ticks) / 300).seconds()).ok()
    }

    /// The same as Odoo has it, in UTC. Of an hour that the clocks of London showed twice it is the earlier; one that they never
    /// showed is meant as though they had not been put forward.
    pub(super) fn utc(&self, column: &str) -> Option<String> {
        let zone = TimeZone::get("Europe/London").ok()?;
        let moment = zone.to_ambiguous_zoned(self.local(column)?).compatible().ok()?;
        let utc = moment.with_time_zone(TimeZone::UTC);
        Some(utc.strftime("%Y-%m-%d %H:%M:%S").to_string())
    }

    /// The number of this row or of another one, as the migration knows it.
    pub(super) fn id(&self, column: &str) -> Option<String> {
        let number = self.get(column);
        (!number.is_empty()).then(|| format!("{}/{number}", self.clinic))
    }

    /// What is filled of these columns, joined by a blank.
    pub(super) fn joined(&self, columns: &[&str]) -> String {
        let filled: Vec<String> = columns.iter().map(|own| self.get(own)).filter(|text| !text.is_empty()).collect();
        filled.join(" ")
    }

    /// The values as a list: what the source says where several columns meet in a field.
    pub(super) fn all(&self, columns: &[&str]) -> Value {
        columns.iter().map(|column| Value::from(self.raw(column))).collect()
    }

    /// A field that holds the value as it stands there, but for blanks around it.
    pub(super) fn same(&self, field: &'static str, column: &str) -> Said {
        Said::changed(field, self.raw(column), Holds::text(self.get(column)))
    }

    /// A field that holds the value in small letters, as e-mail addresses are kept.
    pub(super) fn lower(&self, field: &'static str, column: &str) -> Said {
        Said::changed(field, self.raw(column), Holds::text(self.get(column).to_lowercase()))
    }

    /// A field that holds the day; nothing where it is none.
    pub(super) fn dated(&self, field: &'static str, column: &str) -> Said {
        let day = self.day(column).map(|day| day.to_string());
        Said::changed(field, self.raw(column), Holds::text(day.unwrap_or_default()))
    }

    /// A field that holds the moment, in UTC.
    pub(super) fn timed(&self, field: &'static str, column: &str) -> Said {
        Said::changed(field, self.raw(column), Holds::text(self.utc(column).unwrap_or_default()))
    }

    /// A field that holds the number of a row, the clinic's tag before it.
    pub(super) fn numbered(&self, field: &'static str, column: &str) -> Said {
        Said::changed(field, self.raw(column), Holds::text(self.id(column).unwrap_or_default()))
    }

    /// Street, town, postcode, and county and country as Odoo lists them. An address that names no country is in the
    /// United Kingdom, as the client has said.
    pub(super) fn address(&self) -> Vec<Said> {
        const LINES: [&str; 4] = ["Street", "Street2", "City", "Zip"];
        let county = self.get("State");
        let is_empty = self.joined(&LINES).is_empty() && county.is_empty();
        let country = if is_empty { Holds::Empty } else { Holds::Record("res.country", Key::holding("code", "GB")) };
        let state = match county.as_str() {
            "" => Holds::Empty,
            name => {
                let key = Key::Holding(vec![("name", name.to_owned()), ("country_id.code", "GB".to_owned())]);
                Holds::Record("res.country.state", key)
            }
        };
        vec![
            self.same("street", "Street"),
            self.same("street2", "Street2"),
            self.same("city", "City"),
            self.same("zip", "Zip"),
            Said::changed("state_id", self.all(&["State", "Country"]), state),
            Said::changed("country_id", self.all(&["Country", "Street", "Street2", "City", "State", "Zip"]), country),
        ]
    }
}

fn days_of(days: i64) -> Span {
    Span::new().days(days)
}

/// Ten-thousandths as people write an amount, `290.50`: no fee of the practice has a part of a cent.
pub(super) fn written(amount: i64) -> String {
    format!("{}.{:02}", amount / 10_000, amount % 10_000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mssql::{Column, Kind};

    #[test]
    fn values_mean_what_the_server_says_by_them() {
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        let columns = vec![
            column("Id", Kind::Int),
            column("Fee", Kind::Money),
            column("Day", Kind::Date),
            column("Moment", Kind::DateTime),
            column("Twice", Kind::DateTime),
            column("Words", Kind::NVarChar(20)),
        ];
        // Day 693,961 is 1 January 1901; in July the clocks of London are an hour ahead of UTC.
        let at = |day: Date| date(1900, 1, 1).until(day).expect("days").get_days();
        let row = vec![
            Cell::Int(17),
            Cell::Money(2_905_000),
            Cell::Date(693_960),
            Cell::DateTime { days: at(date(2026, 7, 4)), ticks: 300 * 52_200 },
            Cell::DateTime { days: at(date(2026, 10, 25)), ticks: 300 * 5_400 },
            Cell::Text(" Ada@Example.invalid ".to_owned()),
        ];
        let table = Table { schema: "dbo".to_owned(), name: "t".to_owned(), columns, rows: vec![row] };
        let database = Database { name: "Panda1".to_owned(), tables: vec![table] };
        let clinic = Clinic { tag: "clinic1", database: &database };
        let row = clinic.rows("t").next().expect("a row");
        assert_eq!((row.id("Id").as_deref(), row.raw("Fee").as_str()), (Some("clinic1/17"), "290.5000"));
        assert_eq!(written(row.money("Fee")), "290.50");
        assert_eq!(row.day("Day"), Some(date(1901, 1, 1)));
        assert_eq!(row.utc("Moment").as_deref(), Some("2026-07-04 13:30:00"));
        assert_eq!(row.utc("Twice").as_deref(), Some("2026-10-25 00:30:00"));
        assert_eq!(row.lower("email", "Words").odoo, Holds::text("ada@example.invalid"));
        assert_eq!(row.same("x", "Nowhere").odoo, Holds::Empty);
    }
}
