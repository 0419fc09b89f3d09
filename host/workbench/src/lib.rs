//! What a module's author works with: cases, check, lineage, diff, fuzz, bench.
//!
//! Every command works on a module's *subject* and on source rows as JSON text, which the host decodes: so it works for
//! a module of any source, written in any language, and needs no help from it.
//!
//! A **case** is a folder with two files, [`case::Input`] and [`case::Expected`]:
//!
//! ```text
//! fixtures/a-patient-without-a-name/
//!   input.json      {"as_of": "2026-11-01T00:00:00Z",
//!                    "settings": {"clinical_group": "base.group_system"},
//!                    "records": [{"object": "patient", "row": {"id": 17, "title": "Mr"}}]}
//!   expected.json   {"fuel": 41022,
//!                    "unreadable": [{"record": 0, "field": "patient.date_of_birth", "message": "is not a date …"}],
//!                    "answers": [{"rejected": {"code": "no-name", "field": "patient.first_name", "message": "…"}}]}
//! ```
//!
//! - `input.json`: `as_of` is the moment that counts as now, 2026-11-01T00:00:00Z where it is left out; `settings` are
//!   as in `odograft.toml` (text as it is, all else as JSON); `records` are source records as the source sends them, in
//!   the form of the source's [`Source`](source::Source): `{"object", "row"}` for Dentally, `{"manifest", "exam",
//!   "readings", "latest"}` for perio exams. A record is kept byte for byte, since `1.10` is not `1.1` to a source.
//! - `expected.json`: one answer for each record, in order, as `odograft_engine::outcome_json` writes it, or
//!   `{"undecodable": {"field", "message"}}` for a row that is no record; the fields that could not be read; and the fuel
//!   of all calls, or null where it is not judged. `odograft module test --bless` writes it. A case without it fails, and an answer that says `failed` is
//!   never blessed: that is how a finding of `module fuzz` waits to be mended.
//!
//! Records go to the module in calls of [`Source::BATCH`](source::Source::BATCH), as a run sends them.

pub mod bench;
pub mod bundle;
pub mod case;
pub mod changes;
pub mod check;
pub mod compare;
pub mod empty;
pub mod fuzz;
pub mod layout;
pub mod lineage;
pub mod lint;
pub mod project;
pub mod pseudonym;
pub mod pseudonymise;
pub mod row;
pub mod sheet;
pub mod source;
pub mod subject;
pub mod verdict;
