//! Named cells of rows whose tables the manifest declares, each asked for as what it is declared to be.

use crate::tabular::{Child, Row};
use crate::{Date, Decimal, ExtraField, Instant, Scalar, Span};

/// What a cell of this name holds, where `read` takes it. A value that could not be read as declared stands there as text.
fn cell<T>(cells: &[ExtraField], name: &str, read: impl Fn(&Scalar) -> Option<T>) -> Option<T> {
    cells.iter().filter(|cell| &*cell.name == name).find_map(|cell| read(&cell.value))
}

/// The accessors, the same for rows and for what is gathered below them.
macro_rules! accessors {
    ($($record:ident),*) => {$(
        impl $record {
            /// The text in a column. None where the column is empty, is not there, or holds something else than text.
            #[must_use]
            pub fn text(&self, column: &str) -> Option<Span> {
                cell(&self.cells, column, |value| match value {
                    Scalar::Text(text) => Some(*text),
                    _ => None,
                })
            }

            /// The whole number in a column that is declared `integer`.
            #[must_use]
            pub fn integer(&self, column: &str) -> Option<i64> {
                cell(&self.cells, column, |value| match value {
                    Scalar::Integer(number) => Some(*number),
                    _ => None,
                })
            }

            /// The exact number in a column that is declared `decimal` or `integer`.
            #[must_use]
            pub fn decimal(&self, column: &str) -> Option<Decimal> {
                cell(&self.cells, column, |value| match value {
                    Scalar::Decimal(number) => Some(*number),
                    Scalar::Integer(whole) => Some(Decimal { unscaled: *whole, scale: 0 }),
                    _ => None,
                })
            }

            /// What a column that is declared `boolean` says.
            #[must_use]
            pub fn boolean(&self, column: &str) -> Option<bool> {
                cell(&self.cells, column, |value| match value {
                    Scalar::Boolean(truth) => Some(*truth),
                    _ => None,
                })
            }

            /// The day in a column that is declared `date`.
            #[must_use]
            pub fn date(&self, column: &str) -> Option<Date> {
                cell(&self.cells, column, |value| match value {
                    Scalar::Date(day) => Some(*day),
                    _ => None,
                })
            }

            /// The moment in a column that is declared `datetime`.
            #[must_use]
            pub fn instant(&self, column: &str) -> Option<Instant> {
                cell(&self.cells, column, |value| match value {
                    Scalar::Instant(moment) => Some(*moment),
                    _ => None,
                })
            }
        }
    )*};
}

accessors!(Row, Child);

impl Row {
    /// The rows of a table that are gathered below this one, in the order of their keys.
    pub fn below(&self, table: &str) -> impl Iterator<Item = &Child> {
        self.children.iter().filter(move |child| &*child.object == table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{child, row};

    const BORN: Date = Date { year: 1988, month: 2, day: 29 };
    const MOMENT: Instant = Instant { seconds: 0, nanoseconds: 0 };

    #[test]
    fn a_cell_is_what_it_is_declared_to_be_and_nothing_else() {
        let client = row(
            "client",
            "17",
            &[
                ("name", Scalar::Text("Zoë".into())),
                ("born", Scalar::Date(BORN)),
                ("recall", Scalar::Boolean(false)),
                ("visits", Scalar::Integer(7)),
                ("owes", Scalar::Decimal(Decimal { unscaled: 1250, scale: 2 })),
            ],
        );
        assert_eq!(
            (client.text("name").as_deref(), client.text("born"), client.text("shoe")),
            (Some("Zoë"), None, None)
        );
        assert_eq!((client.date("born"), client.date("name")), (Some(BORN), None));
        assert_eq!(
            (client.boolean("recall"), client.integer("visits"), client.instant("born")),
            (Some(false), Some(7), None)
        );
        let amounts = ["owes", "visits", "name"].map(|column| client.decimal(column).map(|d| (d.unscaled, d.scale)));
        assert_eq!(amounts, [Some((1250, 2)), Some((7, 0)), None]);
    }

    #[test]
    fn a_moment_that_came_twice_is_there_as_written_too() {
        let visit =
            row("visit", "9", &[("at", Scalar::Instant(MOMENT)), ("at", Scalar::Text("25.10.2026 02:30".into()))]);
        assert_eq!(visit.instant("at"), Some(MOMENT));
        assert_eq!(visit.text("at").as_deref(), Some("25.10.2026 02:30"));
    }

    #[test]
    fn rows_below_are_asked_for_by_their_table() {
        let mut client = row("client", "17", &[]);
        client.children = vec![child("note", "1", &[]), child("balance", "2", &[("amount", Scalar::Integer(5))])];
        let amounts: Vec<_> = client.below("balance").map(|balance| balance.integer("amount")).collect();
        assert_eq!(amounts, [Some(5)]);
    }
}
