//! One binary for every test that crosses crates.

mod adversarial;
mod capture;
mod clinic;
mod conformance;
mod determinism;
mod earlier;
mod escapes;
mod guests;
mod kill;
mod languages;
mod layering;
mod lock;
mod mirror;
mod perio;
mod run;
mod sources;
mod workbench;
