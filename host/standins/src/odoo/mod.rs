//! A stand-in for Odoo 19's external API that keeps Odoo's rules, over JSON-2, JSON-RPC and XML-RPC.
//!
//! What it answers, refuses and how it words it was read from a real Odoo 19 (its `fields_get`
//! tables and first records are embedded) and is held against one by the conformance suite.
//! A call commits wholly or not at all. Time is the machine's; everything else is deterministic.

mod attachment;
mod call;
mod convert;
mod database;
mod domain;
mod fault;
mod html;
mod http;
mod journal;
mod load;
mod partner;
mod read;
mod rights;
mod rpc;
mod rules;
mod schema;
mod seed;
mod store;
mod tables;
mod values;
mod view;
mod xml;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::oneshot;

use self::database::Database;
use self::fault::Fault;
use self::journal::{Entry, Journal};
use crate::server::{Server, Stuck};

/// How the stand-in behaves.
#[derive(Debug, Clone, Default)]
pub struct OdooOptions {
    /// The administrator's key: JSON-2's bearer, and the password of `admin` over the other protocols.
    pub api_key: String,
    /// The database's name; `None`: whichever is asked for.
    pub database: Option<String>,
    /// A file to which every committed call is appended and from which the database is built again
    /// at the next start. Start with the same users: ids are dealt out in the order of calls.
    pub journal: Option<PathBuf>,
    /// Users beside the administrator: log-in e-mail and name.
    pub users: Vec<(String, String)>,
    /// Time that every answer takes.
    pub latency: Option<Duration>,
    /// The port; `None`: a free one.
    pub port: Option<u16>,
}

/// The running stand-in; dropping it stops it. The database lives in memory, and in the journal if there is one.
#[derive(Debug)]
pub struct OdooStandin {
    server: Server,
    state: Arc<Mutex<State>>,
}

/// What the handlers share.
#[derive(Debug)]
struct State {
    database: Database,
    journal: Option<Journal>,
    calls: BTreeMap<(String, String), u64>,
    writes: u64,
}

impl State {
    /// Runs one call of a user as a transaction.
    fn call(&mut self, user: i64, model: &str, method: &str, body: &Map<String, Value>) -> Result<Value, Fault> {
        *self.calls.entry((model.to_owned(), method.to_owned())).or_default() += 1;
        self.database.now = now();
        self.database.user = user;
        let point = self.database.store.savepoint();
        let answer = call::run(&mut self.database, model, method, body);
        let changed = self.database.store.changed_since(point);
        if answer.is_err() {
            self.database.store.rollback(point);
            return answer;
        }
        if changed {
            if let Some(journal) = &mut self.journal {
                let entry = Entry {
                    now: self.database.now.clone(),
                    user,
                    model: model.to_owned(),
                    method: method.to_owned(),
                    body: body.clone(),
                };
                if journal.append(&entry).is_err() {
                    self.database.store.rollback(point);
                    return Err(Fault::python("psycopg2.OperationalError", "could not write to the journal\n"));
                }
            }
            self.database.store.commit();
            self.writes += 1;
        }
        answer
    }
}

/// The moment in Odoo's notation, UTC.
fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S").to_string()
}

impl OdooStandin {
    /// Starts the stand-in, replaying the journal if there is one.
    ///
    /// # Errors
    /// When the port is taken, or the journal can't be opened or is damaged before its last line.
    pub async fn start(options: OdooOptions) -> io::Result<OdooStandin> {
        let mut database = Database::fresh(&options.users, now());
        let journal = match &options.journal {
            Some(path) => Some(Journal::open(path, |entry| {
                database.now.clone_from(&entry.now);
                database.user = entry.user;
                let point = database.store.savepoint();
                // Every entry committed once; the same call on the same database commits again.
                if call::run(&mut database, &entry.model, &entry.method, &entry.body).is_err() {
                    database.store.rollback(point);
                }
                database.store.commit();
            })?),
            None => None,
        };
        let state = Arc::new(Mutex::new(State { database, journal, calls: BTreeMap::new(), writes: 0 }));
        let server = Server::start(options.port, http::router(Arc::clone(&state), &options)).await?;
        Ok(OdooStandin { server, state })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Number of records of a model, archived ones included; zero for a model that isn't there.
    pub fn count(&self, model: &str) -> usize {
        self.state().database.store.count(model)
    }

    /// Stored values of every record of a model in the order of ids, archived ones included: `id`
    /// first, a many2one as the other record's id, NULL left out.
    pub fn records(&self, model: &str) -> Vec<Map<String, Value>> {
        self.state().database.store.rows(model).map(|(id, row)| with_id(id, row)).collect()
    }

    /// Stored values of the record behind an external id, as `module.name`.
    pub fn by_external_id(&self, xmlid: &str) -> Option<Map<String, Value>> {
        let state = self.state();
        let (_, model, id) = state.database.store.resolve(xmlid)?;
        state.database.store.get(&model, id).map(|row| with_id(id, row))
    }

    /// Calls since the start by model and method, refused ones included.
    pub fn calls(&self) -> BTreeMap<(String, String), u64> {
        self.state().calls.clone()
    }

    /// Number of calls since the start that changed anything.
    pub fn writes(&self) -> u64 {
        self.state().writes
    }

    /// Lets `pass` more requests through; the one after them gets stuck for good, and the receiver hears of it.
    pub fn stick(&self, pass: u64, stuck: Stuck) -> oneshot::Receiver<()> {
        self.server.stick(pass, stuck)
    }

    /// Stops the stand-in.
    pub fn shutdown(mut self) {
        self.server.stop();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// A handler that panicked has rolled nothing back, but a test that looks on sees what there is.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn with_id(id: i64, row: &store::Row) -> Map<String, Value> {
    let mut values = Map::with_capacity(row.len() + 1);
    values.insert("id".to_owned(), id.into());
    values.extend(row.iter().map(|(name, value)| (name.clone(), value.clone())));
    values
}
