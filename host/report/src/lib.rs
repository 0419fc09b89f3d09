//! Draws what a migration holds, for people to read.

pub mod diff;
pub mod duplicates;
pub mod handover;
pub mod pack;
pub mod perio;
mod table;

pub use table::table;
