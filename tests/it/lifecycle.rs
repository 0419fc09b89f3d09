//! The whole life of a migration, from the plan to the undo, as `cargo xtask lifecycle` shows it.

mod large;
mod three_way;
