//! Servers for the demo and the tests, and the practice that they serve.
//!
//! - [`practice`] generates a dental practice from a seed: the same seed gives the same bytes.
//! - [`dentally`] serves it as Dentally's REST API v1 does, with its limits and its quirks.
//! - [`mssql`] speaks SQL Server's protocol to an unmodified driver, with tables in memory.
//! - [`numbers_api`] answers as the JSON API of Practice by Numbers does.
//! - [`odoo`] stands in for Odoo 19's JSON-2 interface and keeps Odoo's rules, statuses and error texts.
//!
//! Everything in here is synthetic: e-mails end in `example.invalid`, telephone numbers are from
//! the ranges that regulators keep for fiction.

pub mod dentally;
pub mod mssql;
pub mod numbers_api;
pub mod odoo;
pub mod practice;
mod server;

pub use server::Stuck;
