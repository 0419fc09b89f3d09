//! records
pub mod bindings;
