//! Rows under way: each column's name, type and value, and the members that its value becomes in an extracted row.

use jiff::civil::{Date, DateTime, date};
use serde_json::Value;

use crate::mssql::{Cell, Column, Kind};

/// A row of one clinic's database.
pub(super) struct Row {
    clinic: String,
    columns: Vec<Filled>,
}

struct Filled {
    own: &'static str,
    kind: Kind,
    cell: Cell,
    /// Names and JSON texts.
    members: Vec<(String, String)>,
}

impl Row {
    pub(super) fn new(clinic: &str) -> Self {
        Self { clinic: clinic.to_owned(), columns: Vec::new() }
    }

    fn push(mut self, own: &'static str, kind: Kind, cell: Cell, name: &str, json: String) -> Self {
        self.columns.push(Filled { own, kind, cell, members: vec![(name.to_owned(), json)] });
        self
    }

    /// A key of a row, this one's or another's.
    pub(super) fn key(self, own: &'static str, name: &str, number: Option<i64>) -> Self {
        let json = number.map(|number| format!("{}/{number}", self.clinic));
        self.push(own, Kind::Int, number.map_or(Cell::Null, Cell::Int), name, Value::from(json).to_string())
    }

    /// The same where keys are text.
    pub(super) fn text_key(self, own: &'static str, name: &str, text: &str) -> Self {
        let json = Value::from(format!("{}/{text}", self.clinic)).to_string();
        self.push(own, Kind::NVarChar(60), Cell::Text(text.to_owned()), name, json)
    }

    pub(super) fn int(self, own: &'static str, name: &str, number: Option<i64>) -> Self {
        let json = Value::from(number).to_string();
        self.push(own, Kind::Int, number.map_or(Cell::Null, Cell::Int), name, json)
    }

    pub(super) fn small(self, own: &'static str, name: &str, number: Option<i16>) -> Self {
        let cell = number.map_or(Cell::Null, |number| Cell::Int(number.into()));
        self.push(own, Kind::SmallInt, cell, name, Value::from(number).to_string())
    }

    pub(super) fn bit(self, own: &'static str, name: &str, truth: Option<bool>) -> Self {
        let cell = truth.map_or(Cell::Null, |truth| Cell::Int(truth.into()));
        self.push(own, Kind::Bit, cell, name, Value::from(truth).to_string())
    }

    /// Text; nothing where it is empty.
    pub(super) fn text(self, own: &'static str, name: &str, words: &str) -> Self {
        let (cell, json) = match words {
            "" => (Cell::Null, Value::Null),
            words => (Cell::Text(words.to_owned()), Value::from(words)),
        };
        self.push(own, Kind::NVarChar(1_000), cell, name, json.to_string())
    }

    pub(super) fn day(self, own: &'static str, name: &str, day: Option<Date>) -> Self {
        let cell = day.map_or(Cell::Null, |day| Cell::Date(days(date(1, 1, 1), day) as u32));
        self.push(own, Kind::Date, cell, name, Value::from(day.map(|day| day.to_string())).to_string())
    }

    /// A moment by the practice's clock, to the second.
    pub(super) fn moment(self, own: &'static str, name: &str, local: Option<DateTime>) -> Self {
        let cell = local.map_or(Cell::Null, |local| {
            let seconds = i64::from(local.hour()) * 3_600 + i64::from(local.minute()) * 60 + i64::from(local.second());
            Cell::DateTime { days: days(date(1900, 1, 1), local.date()) as i32, ticks: seconds as u32 * 300 }
        });
        let json = local.map(|local| format!("{}.000", local.strftime("%Y-%m-%dT%H:%M:%S")));
        self.push(own, Kind::DateTime, cell, name, Value::from(json).to_string())
    }

    /// Ten-thousandths.
    pub(super) fn money(self, own: &'static str, name: &str, amount: i64) -> Self {
        let json = format!("{}.{:04}", amount / 10_000, amount % 10_000);
        self.push(own, Kind::Money, Cell::Money(amount), name, json)
    }

    /// What is read apart: the row has its handle and its length.
    pub(super) fn bytes(mut self, own: &'static str, name: &str, bytes: Option<Vec<u8>>, handle: &str) -> Self {
        let mut members = vec![(name.to_owned(), Value::from(bytes.as_ref().map(|_| handle)).to_string())];
        members.extend(bytes.as_ref().map(|bytes| (format!("{name}_bytes"), bytes.len().to_string())));
        let cell = bytes.map_or(Cell::Null, Cell::Bytes);
        self.columns.push(Filled { own, kind: Kind::VarBinaryMax, cell, members });
        self
    }

    /// When it was last changed.
    pub(super) fn changed(self, local: Option<DateTime>) -> Self {
        self.moment("LastModifiedDate", "modified_at", local)
    }

    /// The row as extraction writes it: columns in the order of their names.
    pub(super) fn body(&self) -> String {
        let mut columns: Vec<&Filled> = self.columns.iter().collect();
        columns.sort_by_key(|column| column.own.to_lowercase());
        let members = columns.iter().flat_map(|column| &column.members);
        let members: Vec<_> = members.map(|(name, json)| format!(",\"{name}\":{json}")).collect();
        format!("{{\"clinic_id\":\"{}\"{}}}", self.clinic, members.concat())
    }

    /// The columns of its table.
    pub(super) fn columns(&self) -> Vec<Column> {
        self.columns.iter().map(|column| Column { name: column.own.to_owned(), kind: column.kind }).collect()
    }

    /// Its values in that order.
    pub(super) fn cells(self) -> Vec<Cell> {
        self.columns.into_iter().map(|column| column.cell).collect()
    }
}

fn days(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| span.get_days().into())
}
