//! A stand-in for Odoo 19's JSON-2 interface.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use serde_json::{Map, Value};

use crate::server::Server;

/// How the stand-in behaves.
#[derive(Debug, Clone, Default)]
pub struct OdooOptions {
    /// The bearer key that it accepts.
    pub api_key: String,
    /// A file to which every committed call is appended and from which it is replayed at the next start.
    pub journal: Option<PathBuf>,
    /// Users beside the administrator: log-in and name.
    pub users: Vec<(String, String)>,
    /// Time that every answer takes.
    pub latency: Option<Duration>,
    /// The port; `None`: a free one.
    pub port: Option<u16>,
}

/// The running stand-in; dropping it stops it.
#[derive(Debug)]
pub struct OdooStandin {
    server: Server,
}

impl OdooStandin {
    /// Starts the stand-in, replaying the journal if there is one.
    ///
    /// # Errors
    /// When the port is taken or the journal can't be read or opened.
    pub async fn start(options: OdooOptions) -> io::Result<OdooStandin> {
        let server = Server::start(options.port, Router::new()).await?;
        Ok(OdooStandin { server })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Number of records of a model, archived ones included.
    pub fn count(&self, _model: &str) -> usize {
        0
    }

    /// Stored values of every record of a model, by id, archived ones included.
    pub fn records(&self, _model: &str) -> Vec<Map<String, Value>> {
        Vec::new()
    }

    /// Stored values of the record behind an external id.
    pub fn by_external_id(&self, _xmlid: &str) -> Option<Map<String, Value>> {
        None
    }

    /// Calls since the start, by model and method.
    pub fn calls(&self) -> BTreeMap<(String, String), u64> {
        BTreeMap::new()
    }

    /// Number of calls that changed anything.
    pub fn writes(&self) -> u64 {
        0
    }

    /// Stops the stand-in.
    pub fn shutdown(mut self) {
        self.server.stop();
    }
}
