//! One suite for two servers, the stand-in and a real Odoo 19, and for three protocols, with the same expectations, so
//! that the stand-in cannot drift. Each case makes its own records, under ids of its own, and deletes them.
//!
//! The real server is named by `ODOGRAFT_TEST_ODOO_URL`, `ODOGRAFT_TEST_ODOO_DB` and `ODOGRAFT_TEST_ODOO_KEY`, the key of
//! its `admin`.

mod fast_path;
mod load;
mod load_values;
mod protocols;
mod records;
mod refusals;
mod rights;
mod schema;

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::pin::Pin;
use std::time::Instant;

use odograft_odoo::{Client, Connection, LoadBatch, OdooError, Protocol, Row, RowOutcome, Settings, insert};
use odograft_standins::odoo::{OdooOptions, OdooStandin};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::task::LocalSet;

/// A case: an async function over the server, which panics when the server does otherwise.
type Case = (&'static str, fn(Ground) -> Pin<Box<dyn Future<Output = ()>>>);

/// A table of cases, each under its function's name.
macro_rules! cases {
    ($($name:ident),+ $(,)?) => {
        pub(super) const CASES: &[super::Case] = &[$((stringify!($name), |ground| Box::pin($name(ground)))),+];
    };
}
use cases;

/// What a case stands on: a server, and a word that no other case and no other run has.
#[derive(Clone)]
struct Ground {
    client: Client,
    connection: Connection,
    settings: Settings,
    protocol: Protocol,
    word: String,
}

impl Ground {
    /// An external id of this case.
    fn external_id(&self, name: &str) -> String {
        format!("conformance.{}_{name}", self.word)
    }

    /// A batch whose rows are named `a`, `b`, … and hold these cells.
    fn batch<const N: usize>(&self, model: &str, columns: [&str; N], rows: &[[&str; N]]) -> LoadBatch {
        let row = |(position, cells): (usize, &[&str; N])| Row {
            external_id: self.external_id(&letter(position)),
            cells: cells.map(str::to_owned).to_vec(),
        };
        LoadBatch {
            model: model.to_owned(),
            columns: columns.map(str::to_owned).to_vec(),
            rows: rows.iter().enumerate().map(row).collect(),
        }
    }

    async fn insert(&self, batch: &LoadBatch) -> Vec<RowOutcome> {
        insert(&self.client, batch).await.expect("the call as a whole is right").outcomes
    }

    /// One record's values.
    async fn one(&self, model: &str, id: i64, fields: &[&str]) -> HashMap<String, Value> {
        let mut rows = self.client.read(model, &[id], fields).await.expect("a readable record");
        rows.pop().expect("the record exists").into_iter().collect()
    }

    /// The id of a model's `ir.model` record.
    async fn model_id(&self, model: &str) -> i64 {
        let external_id = format!("base.model_{}", model.replace('.', "_"));
        let found = self.client.resolve_external_ids(std::slice::from_ref(&external_id)).await;
        found.expect("external ids resolve").get(&external_id).expect("the model has an external id").1
    }

    /// A partner for other records to hang on.
    async fn partner(&self) -> i64 {
        let values = json!({ "name": format!("Conformance {}", self.word) });
        self.client.create("res.partner", vec![values], Value::Null).await.expect("a partner")[0]
    }

    /// Deletes what a case has made.
    async fn delete(&self, model: &str, ids: &[i64]) {
        self.client.unlink(model, ids).await.expect("what a case has made can be deleted");
    }
}

/// `a`, `b`, … `z`, `aa`: the name of a row.
fn letter(position: usize) -> String {
    let last = char::from(b'a' + u8::try_from(position % 26).unwrap_or_default());
    if position < 26 { last.to_string() } else { format!("{}{last}", letter(position / 26 - 1)) }
}

/// The ids of rows that must all be in.
fn loaded(outcomes: &[RowOutcome]) -> Vec<i64> {
    outcomes
        .iter()
        .map(|outcome| match outcome {
            RowOutcome::Loaded { id } => *id,
            RowOutcome::Refused { code, message, .. } => panic!("a row is refused as `{code}`: {message}"),
        })
        .collect()
}

/// Position, field and code of each row that is refused; the others must be in.
fn refused(outcomes: &[RowOutcome]) -> Vec<(usize, Option<&str>, &str)> {
    outcomes
        .iter()
        .enumerate()
        .filter_map(|(position, outcome)| match outcome {
            RowOutcome::Loaded { .. } => None,
            RowOutcome::Refused { field, code, message } => {
                assert!(message.contains("hint: "), "a refusal ends in a hint: {message}");
                Some((position, field.as_deref(), code.as_str()))
            }
        })
        .collect()
}

/// The ids of the rows that are in.
fn ids(outcomes: &[RowOutcome]) -> Vec<i64> {
    outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            RowOutcome::Loaded { id } => Some(*id),
            RowOutcome::Refused { .. } => None,
        })
        .collect()
}

/// The error of a call that must fail.
fn failure<T: std::fmt::Debug>(result: Result<T, OdooError>) -> OdooError {
    result.expect_err("Odoo refuses this")
}

/// Runs every case over every protocol; the protocol and case of each, and whether it passed.
async fn suite(connection: Connection) -> Vec<(Protocol, &'static str, bool)> {
    let mut ends = Vec::new();
    for protocol in Protocol::ALL {
        let settings = Settings { protocol: Some(protocol), login: Some("admin".to_owned()), ..Settings::default() };
        let client = Client::with_settings(&connection, settings.clone()).expect("a client");
        let tables = [
            protocols::CASES,
            records::CASES,
            refusals::CASES,
            rights::CASES,
            load::CASES,
            load_values::CASES,
            fast_path::CASES,
            schema::CASES,
        ];
        for (name, case) in tables.into_iter().flatten() {
            let word = format!("{:012x}", RandomState::new().build_hasher().finish() >> 16);
            let (client, connection, settings) = (client.clone(), connection.clone(), settings.clone());
            let ground = Ground { client, connection, settings, protocol, word };
            let began = Instant::now();
            // A task of its own, so that a panic ends the case and not the suite.
            let passed = tokio::task::spawn_local(case(ground)).await.is_ok();
            let (word, protocol_name) = (if passed { "ok    " } else { "FAILED" }, protocol.name());
            println!("{word} {protocol_name:8} {name} ({} ms)", began.elapsed().as_millis());
            ends.push((protocol, *name, passed));
        }
    }
    ends
}

fn assert_all_passed(ends: &[(Protocol, &'static str, bool)]) {
    let failed = ends.iter().filter(|(.., passed)| !passed);
    let failed: Vec<String> = failed.map(|(protocol, name, _)| format!("{name} over {}", protocol.name())).collect();
    assert!(failed.is_empty(), "{} of {} cases failed: {}", failed.len(), ends.len(), failed.join(", "));
}

async fn standins_ends() -> Vec<(Protocol, &'static str, bool)> {
    let (key, database) = ("conformance-key".to_owned(), Some("conformance".to_owned()));
    let options = OdooOptions { api_key: key.clone(), database: database.clone(), ..OdooOptions::default() };
    let standin = OdooStandin::start(options).await.expect("the stand-in starts");
    let connection = Connection { url: standin.url(), database, key: SecretString::from(key) };
    suite(connection).await
}

fn install_tls() {
    // Another test of this binary may have been first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

#[tokio::test]
async fn standin() {
    install_tls();
    assert_all_passed(&LocalSet::new().run_until(standins_ends()).await);
}

#[tokio::test]
async fn real() {
    let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (Some(url), Some(key)) = (named("ODOGRAFT_TEST_ODOO_URL"), named("ODOGRAFT_TEST_ODOO_KEY")) else {
        println!("skipped: no real Odoo is named in ODOGRAFT_TEST_ODOO_URL and ODOGRAFT_TEST_ODOO_KEY");
        return;
    };
    let database = named("ODOGRAFT_TEST_ODOO_DB");
    assert!(database.is_some(), "ODOGRAFT_TEST_ODOO_DB names the database, which two of the protocols want");
    install_tls();
    let connection = Connection { url, database, key: SecretString::from(key) };
    let real = LocalSet::new().run_until(suite(connection)).await;
    println!("the same on the stand-in:");
    let standin = LocalSet::new().run_until(standins_ends()).await;
    println!("conformance   stand-in   real Odoo 19");
    for protocol in Protocol::ALL {
        let passed = |ends: &[(Protocol, &str, bool)]| {
            let of = ends.iter().filter(|(over, ..)| *over == protocol);
            format!("{} of {}", of.clone().filter(|(.., passed)| *passed).count(), of.count())
        };
        println!("{:12} {:>9} {:>14}", protocol.name(), passed(&standin), passed(&real));
    }
    assert_all_passed(&real);
    assert_eq!(standin, real, "the stand-in and the real Odoo end each case alike");
}
