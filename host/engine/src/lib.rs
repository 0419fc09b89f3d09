//! Runs sandboxed modules: loads, limits, calls, halves and caches them. Knows no source and no Odoo.
//!
//! A module is a WebAssembly component that computes and does nothing else: the host offers it no
//! function at all. Each batch runs in a fresh sandbox under [`Limits`]; when the sandbox fails, the
//! batch is halved in fresh ones until the guilty records stand alone, so a bad record costs one record.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use odograft_engine::{Dentally, Engine, EngineOptions, Limits, Module};
//!
//! let engine = Engine::new(&EngineOptions::default())?;
//! let bytes = std::fs::read("dentally.wasm")?;
//! let module: Module<Dentally> = Module::load(&engine, "dentally", &bytes, Limits::default())?;
//! let described = module.describe(&[])?;
//! println!("{} makes {} kinds of records", module.name(), described.manifest.targets.len());
//! # Ok(()) }
//! ```

mod batch;
mod check;
mod compose;
mod contract;
mod difference;
mod earlier;
mod engine;
mod fault;
mod inert;
mod json;
mod lifting;
mod limits;
mod load;
mod lowering;
mod module;
mod rules;

pub use batch::{Answer, BatchReport};
pub use compose::{ComposeError, Part, compose};
pub use contract::{
    Contract, DentOSoft, Dentally, Package, PandaPerio, Perio, PracticeByNumbers, Tabular, contract_of,
};
pub use earlier::{Earlier, Version, WitFile, Wrap};
pub use engine::{Engine, EngineError, EngineOptions, configuration};
pub use fault::{Fault, FaultKind};
pub use inert::{Output, Wasi};
pub use json::outcome_json;
pub use lifting::Answers;
pub use limits::{Limits, Meter, STACK_BYTES};
pub use load::LoadError;
pub use lowering::Batch;
pub use module::{DescribeError, Described, Module, digest};
pub use rules::Rules;
