//! The typed records that cross the sandbox, and how staged JSON becomes them. No IO.
//!
//! A staged row is decoded field by field. What the interface does not name is carried in `extra`;
//! what it names but cannot read (a date of birth `31/02/1990`) is a [`Problem`] and is carried in
//! `extra` too, so nothing is lost. Only a row without its identifier, or without a field that the
//! interface requires, is refused whole.

mod assembly;
pub mod bindings;
mod columns;
mod decode;
pub mod dent_o_soft;
pub mod dentally;
pub mod image;
mod locale;
mod names;
pub mod panda_perio;
pub mod perio;
pub mod practice_by_numbers;
mod scalars;
pub mod table;
pub mod tabular;
mod texts;
mod written;

pub use assembly::{Assemble, LISTS, Object, Objects, Part, Parts, Rows, Staged};
pub use columns::{Column, Reading, columns};
pub use decode::{DecodeError, Decoded, Gathered, Problem};
pub use locale::{DateOrder, DecimalMark, Locale};
pub use texts::Texts;
pub use written::utc;
