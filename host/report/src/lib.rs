//! Draws what a migration holds, for people to read.

pub mod perio;
