//! Builds modules: finds a Rust that compiles for WebAssembly, compiles with it, and makes a component of what it made.
//! The same sources give the same bytes in every folder.
//!
//! `odograft module build` and `cargo xtask guests` both build with this, and nothing else does.

mod component;
pub mod process;
mod rust;

pub use component::{EncodeError, digest, encode};
pub use rust::{Build, Toolchain, ToolchainError};

/// What modules are compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";
