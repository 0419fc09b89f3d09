//! One connection to one database.

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use tiberius::error::{Error, IoErrorKind};
use tiberius::{AuthMethod, Client, Config, EncryptionLevel, Query, Row};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

use super::problem::PandaError;
use super::schema::Catalogue;
use super::{Encryption, PandaOptions, Trust, browser};

/// A statement's parameter; also a key, as cursors hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Param {
    Int(i64),
    Text(String),
}

impl Param {
    /// Whether this key may come behind another: texts follow the server's own order, so of them only equal ones may not.
    pub(super) fn may_follow(&self, before: &Self) -> bool {
        match (before, self) {
            (Self::Int(before), Self::Int(own)) => own > before,
            (before, own) => before.text().trim_end() != own.text().trim_end(),
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Int(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// A session.
#[derive(Debug)]
pub(super) struct Connection {
    client: Client<Compat<TcpStream>>,
    seconds: u64,
}

impl Connection {
    pub(super) async fn open(options: &PandaOptions, database: &str) -> Result<Self, PandaError> {
        let port = match &options.instance {
            Some(instance) => browser::port(&options.host, options.port, instance, options.timeout).await?,
            None => options.port,
        };
        let address = format!("{}:{port}", options.host);
        let mut config = Config::new();
        config.host(&options.host);
        config.port(port);
        config.database(database);
        config.authentication(AuthMethod::sql_server(&options.user, options.password.expose_secret()));
        config.application_name("odograft");
        config.readonly(true);
        config.command_timeout(Some(options.timeout));
        config.encryption(match options.encryption {
            Encryption::Required => EncryptionLevel::Required,
            Encryption::LoginOnly => EncryptionLevel::Off,
            Encryption::None => EncryptionLevel::NotSupported,
        });
        match &options.trust {
            Trust::System => {}
            Trust::Authority(file) => config.trust_cert_ca(file.display()),
            Trust::Any => config.trust_cert(),
        }
        let unreachable = |reason: String| PandaError::Unreachable { address: address.clone(), reason };
        let connect = async {
            let stream = TcpStream::connect(config.get_addr()).await.map_err(|error| unreachable(error.to_string()))?;
            stream.set_nodelay(true).map_err(|error| unreachable(error.to_string()))?;
            Client::connect(config, stream.compat_write()).await.map_err(|error| match error {
                Error::Server(error) if error.code() == 18_456 => PandaError::LogIn,
                Error::Server(error) => PandaError::Database { database: database.to_owned(), number: error.code() },
                Error::Tls(reason) => PandaError::Encryption { address: address.clone(), reason },
                Error::Io { message, .. } => unreachable(message),
                _ if options.encryption != Encryption::None => PandaError::Encryption {
                    address: address.clone(),
                    reason: "the server does not offer it".to_owned(),
                },
                _ => unreachable("the answer is not SQL Server's".to_owned()),
            })
        };
        let silent = |_| unreachable(format!("no answer within {} s", options.timeout.as_secs()));
        let client = tokio::time::timeout(options.timeout, connect).await.map_err(silent)??;
        Ok(Self { client, seconds: options.timeout.as_secs() })
    }

    /// Every column of every table of the database.
    pub(super) async fn columns(&mut self) -> Result<Catalogue, PandaError> {
        let statement =
            "SELECT [TABLE_SCHEMA], [TABLE_NAME], [COLUMN_NAME], [DATA_TYPE] FROM [INFORMATION_SCHEMA].[COLUMNS]";
        let rows = self.query("INFORMATION_SCHEMA", statement, &[]).await?;
        let text = |row: &Row, at: usize| row.get::<&str, _>(at).unwrap_or_default().to_owned();
        let small = |row: &Row, at: usize| text(row, at).to_lowercase();
        Ok(rows
            .iter()
            .map(|row| ((small(row, 0), small(row, 1), small(row, 2)), (text(row, 2), small(row, 3))))
            .collect())
    }

    pub(super) async fn query(
        &mut self,
        object: &str,
        statement: &str,
        parameters: &[Param],
    ) -> Result<Vec<Row>, PandaError> {
        let seconds = self.seconds;
        let failed = |error: Error| match error {
            Error::Server(error) => {
                PandaError::Refused { object: object.to_owned(), number: error.code(), class: error.class() }
            }
            Error::Io { kind: IoErrorKind::TimedOut, .. } => PandaError::Silent { object: object.to_owned(), seconds },
            _ => PandaError::Closed { object: object.to_owned() },
        };
        let mut query = Query::new(statement);
        for parameter in parameters {
            match parameter {
                Param::Int(number) => query.bind(*number),
                Param::Text(text) => query.bind(text.as_str()),
            }
        }
        let rows = query.query(&mut self.client).await.map_err(failed)?;
        rows.into_first_result().await.map_err(failed)
    }
}
