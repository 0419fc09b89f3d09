//! The window between a migration's run and its delta: what a practice's systems held before it. Some patients, visits and
//! notes have come since, others were changed, visits were cancelled and charts corrected.

use jiff::civil::date;
use serde_json::{Value, json};

use super::Practice;
use super::export::Tabled;
use crate::mssql::{Cell, Database, Table};

/// Of so many rows one is new.
const NEW: usize = 40;
/// Of so many rows one was changed.
const CHANGED: usize = 20;
/// When all of it happened, in Dentally's words.
const MOMENT: &str = "2026-11-01T17:45:00.000Z";

fn is_new(at: usize) -> bool {
    at % NEW == 9
}

fn is_changed(at: usize) -> bool {
    at % CHANGED == 3
}

/// The e-mail that somebody had before.
fn email(at: usize) -> String {
    format!("before.{at}@example.invalid")
}

/// What Dentally's lists held before the window.
#[derive(Debug, Clone)]
pub struct DentallyBefore {
    pub(crate) patients: Vec<Value>,
    pub(crate) appointments: Vec<Value>,
}

impl Practice {
    /// Stamps everything that happened within the window, and returns what Dentally's lists held before it.
    pub fn open_window(&mut self) -> DentallyBefore {
        let of = |rows: &mut Vec<Value>, was: &dyn Fn(usize, &mut Value) -> bool| -> Vec<Value> {
            let mut before = Vec::with_capacity(rows.len());
            for (at, row) in rows.iter_mut().enumerate() {
                let mut old = row.clone();
                let changed = was(at, &mut old);
                if is_new(at) || changed {
                    row["updated_at"] = MOMENT.into();
                }
                if !is_new(at) {
                    before.push(old);
                }
            }
            before
        };
        let patients = of(&mut self.patients, &|at, row| {
            let changed = is_changed(at) && row["email_address"].is_string();
            if changed {
                row["email_address"] = email(at).into();
            }
            changed
        });
        let appointments = of(&mut self.appointments, &|_, row| {
            let cancelled = row["state"] == "Cancelled";
            if cancelled {
                row["state"] = "Confirmed".into();
                for column in ["cancelled_at", "appointment_cancellation_reason_id"] {
                    row[column] = json!(null);
                }
            }
            cancelled
        });
        DentallyBefore { patients, appointments }
    }
}

impl Tabled {
    /// Makes it the table of before the window.
    pub(super) fn before(&mut self) {
        let column = |name: &str| self.columns.iter().position(|column| *column == name);
        match self.object {
            "patient" => {
                let Some(column) = column("email") else { return };
                for (at, row) in self.rows.iter_mut().enumerate() {
                    if is_changed(at) && !row[column].is_empty() {
                        row[column] = email(at);
                    }
                }
            }
            "appointment" => {
                let Some(column) = column("status") else { return };
                for row in &mut self.rows {
                    if row[column].to_lowercase().contains("cancel") {
                        row[column] = "Scheduled".to_owned();
                    }
                }
            }
            "clinical-note" | "communication" => {}
            _ => return,
        }
        let mut at = 0..;
        self.rows.retain(|_| !at.next().is_some_and(is_new));
    }
}

/// Stamps what happened within the window in PANDA Perio's databases, and returns them as they were before it: without some
/// exams, flags and patients, with other e-mails, and with other values in some charts.
pub fn open_panda_window(databases: &mut [(String, Database)]) -> Vec<Database> {
    databases.iter_mut().map(|(_, database)| before(database)).collect()
}

fn before(database: &mut Database) -> Database {
    let mut old = database.clone();
    for (now, was) in std::iter::zip(&mut database.tables, &mut old.tables) {
        let column = |name: &str| now.columns.iter().position(|column| column.name == name);
        let changes: &dyn Fn(usize, &mut Vec<Cell>) -> bool = match now.name.as_str() {
            "patient_table" => &|at, row| match column("Email").map(|email| &mut row[email]) {
                Some(cell @ Cell::Text(_)) if is_changed(at) => {
                    *cell = Cell::Text(email(at));
                    true
                }
                _ => false,
            },
            "chart_table" => &|at, row| match column("MB").map(|site| &mut row[site]) {
                Some(Cell::Int(value)) if is_changed(at) && (1..9).contains(value) => {
                    *value += 1;
                    true
                }
                _ => false,
            },
            "exam_table" | "flag_table" => &|_, _| false,
            _ => continue,
        };
        // A reading is new with its exam.
        let comes = now.name != "chart_table";
        // A flag's stamp is when it was settled; one that is new with an old stamp is found by its key.
        let stamp = column("LastModifiedDate").filter(|_| now.name != "flag_table");
        let mut kept = Vec::with_capacity(was.rows.len());
        for (at, mut row) in std::mem::take(&mut was.rows).into_iter().enumerate() {
            let changed = changes(at, &mut row);
            let new = comes && is_new(at);
            if let (true, Some(stamp)) = (new || changed, stamp) {
                now.rows[at][stamp] = moment();
            }
            if !new {
                kept.push(row);
            }
        }
        *was = Table { rows: kept, ..was.clone() };
    }
    old
}

/// The afternoon of the last day of October, by the practice's clock.
fn moment() -> Cell {
    let days = date(1900, 1, 1).until(date(2026, 10, 31)).map_or(0, |span| span.get_days());
    Cell::DateTime { days, ticks: 16 * 3_600 * 300 }
}
