//! The server, asked again where a connection breaks.

use std::time::Duration;

use tokio::sync::Mutex;

use super::PandaOptions;
use super::client::{Connection, Param};
use super::problem::PandaError;
use crate::SourceError;

/// How often a statement is sent.
const ATTEMPTS: u32 = 4;

/// One connection to it, for one statement at a time.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) options: PandaOptions,
    /// The connection of the last statement, and its database.
    open: Mutex<Option<(usize, Connection)>>,
}

impl Server {
    pub(super) fn of(options: PandaOptions) -> Self {
        Self { options, open: Mutex::default() }
    }

    /// Runs a statement; where the connection breaks, once more over a new one. Nothing that is read changes anything.
    pub(super) async fn query(
        &self,
        database: usize,
        object: &str,
        statement: &str,
        parameters: &[Param],
    ) -> Result<Vec<tiberius::Row>, SourceError> {
        let mut open = self.open.lock().await;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let read = async {
                let mut connection = match open.take() {
                    Some((own, connection)) if own == database => connection,
                    _ => Connection::open(&self.options, &self.options.databases[database].0).await?,
                };
                let rows = connection.query(object, statement, parameters).await?;
                // After a failure the session is in an unknown state: it is gone then.
                *open = Some((database, connection));
                Ok::<_, PandaError>(rows)
            };
            match read.await {
                Ok(rows) => return Ok(rows),
                Err(error) if error.may_pass() && attempt < ATTEMPTS => {
                    tracing::info!(object, attempt, "reading once more over a new connection");
                    tokio::time::sleep(Duration::from_millis(100) * 4_u32.pow(attempt - 1)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
