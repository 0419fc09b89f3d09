//! A migration: extract, transform, plan and load, in that order, each resumable.
//!
//! Everything that must survive a crash is in the ledger; this crate holds no state of its own
//! between two steps. See ARCHITECTURE.md for the way of a record.

mod adopt;
mod capture;
mod cells;
pub mod clock;
mod error;
mod external_id;
mod extract;
mod load;
mod modules;
mod order;
mod plan;
mod run;
mod schema;
mod transform;

pub use capture::{Capture, Captured, CapturedRow};
pub use cells::{Cell, Cells};
pub use error::MigrationError;
pub use external_id::external_id;
pub use extract::read_sources;
pub use modules::{ModuleFile, Modules};
pub use run::{Event, Migration, ModelCount, Options, Stage, StageTime, Summary};
