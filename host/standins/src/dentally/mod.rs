//! A stand-in for Dentally's REST API v1.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;

use crate::practice::Practice;
use crate::server::Server;

/// How the stand-in behaves.
#[derive(Debug, Clone, Default)]
pub struct DentallyOptions {
    /// The bearer token that it accepts.
    pub token: String,
    /// Requests allowed in the current hour; `None`: 3,600, as the live API.
    pub rate_limit: Option<u32>,
    /// Time that every answer takes.
    pub latency: Option<Duration>,
    /// Rows after which a page is refused with 413.
    pub max_offset: Option<usize>,
    /// Every n-th request is answered with 500.
    pub fail_every: Option<u32>,
    /// Every n-th page begins with the last row of the page before it.
    pub duplicate_every: Option<u32>,
}

/// The running stand-in; dropping it stops it.
#[derive(Debug)]
pub struct DentallyStandin {
    server: Server,
    requests: Arc<AtomicU64>,
}

impl DentallyStandin {
    /// Serves the practice on a free loopback port.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(_practice: Arc<Practice>, _options: DentallyOptions) -> io::Result<DentallyStandin> {
        let requests = Arc::new(AtomicU64::new(0));
        let server = Server::start(None, Router::new()).await?;
        Ok(DentallyStandin { server, requests })
    }

    /// `http://127.0.0.1:PORT`, without `/v1`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Requests answered so far, refused ones included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Stops the stand-in.
    pub fn shutdown(mut self) {
        self.server.stop();
    }
}
