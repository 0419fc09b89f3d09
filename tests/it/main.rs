//! One binary for every test that crosses crates.

mod adversarial;
mod conformance;
mod determinism;
mod guests;
mod perio;
