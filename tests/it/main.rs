//! One binary for every test that crosses crates.

mod adversarial;
mod audit;
mod capture;
mod clinic;
mod conformance;
mod determinism;
mod earlier;
mod escapes;
mod guests;
mod guide;
mod kill;
mod languages;
mod layering;
mod ledger;
mod lock;
mod mirror;
mod odoo;
mod overlay;
mod pack;
mod perio;
mod preflight;
mod rollback;
mod run;
mod sources;
mod told;
mod workbench;
