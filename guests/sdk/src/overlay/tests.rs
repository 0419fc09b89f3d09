//! Tests of parts that only a sandbox puts together. Public, so that declarations count as used.

pub mod glue;
pub mod layers;
