//! One Odoo, spoken to over one of three protocols.
//!
//! [`Link`] takes a model, a method and named arguments, as JSON-2 has them, and gives the method's result or a typed
//! error. Nothing above it knows how a call travels.

mod json2;
mod jsonrpc;
mod rpc;
mod wire;
mod xml;
mod xmlrpc;

use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use self::rpc::{Caller, Request, Service};
pub(crate) use self::wire::Answer;
use self::wire::Wire;
use crate::error::OdooError;
use crate::files::Enclosed;
use crate::problem::Problem;
use crate::settings::{Connection, Pace, Protocol, ServerVersion, Settings};
use crate::templates::Asked;

/// Questions about the server itself.
const VERSION: Asked<'static> = Asked { model: "common", method: "version", fields: &[] };
const AUTHENTICATE: Asked<'static> = Asked { model: "common", method: "authenticate", fields: &[] };

/// One Odoo and the way to it.
#[derive(Debug)]
pub(crate) struct Link {
    wire: Wire,
    database: Option<String>,
    login: Option<String>,
    key: SecretString,
    /// JSON-2's, made once.
    headers: HeaderMap,
    forced: Option<Protocol>,
    found: OnceCell<(Protocol, ServerVersion)>,
    /// Of the key's user, for the protocols before JSON-2.
    user: OnceCell<i64>,
}

impl Link {
    /// Prepares the connection; sends nothing.
    pub(crate) fn new(connection: &Connection, settings: &Settings) -> Result<Self, OdooError> {
        Ok(Self {
            wire: Wire::new(&connection.url, settings)?,
            headers: json2::headers(&connection.key, connection.database.as_deref())?,
            database: connection.database.clone(),
            login: settings.login.clone(),
            key: connection.key.clone(),
            forced: settings.protocol,
            found: OnceCell::new(),
            user: OnceCell::new(),
        })
    }

    /// How fast calls follow each other.
    pub(crate) fn pace(&self) -> Pace {
        self.wire.pace()
    }

    /// The protocol: the configured one, or the best that the server speaks.
    pub(crate) async fn protocol(&self) -> Result<Protocol, OdooError> {
        match self.forced {
            Some(protocol) => Ok(protocol),
            None => self.found().await.map(|(protocol, _)| *protocol),
        }
    }

    /// The server's version; needs no key.
    pub(crate) async fn version(&self) -> Result<&ServerVersion, OdooError> {
        self.found().await.map(|(_, version)| version)
    }

    /// Asks once, and once again when the asking failed.
    async fn found(&self) -> Result<&(Protocol, ServerVersion), OdooError> {
        self.found.get_or_try_init(|| self.find()).await
    }

    async fn find(&self) -> Result<(Protocol, ServerVersion), OdooError> {
        match self.forced {
            Some(Protocol::Json2) => Ok((Protocol::Json2, self.version_by_page().await?)),
            Some(protocol) => Ok((protocol, self.version_by_rpc(protocol).await?)),
            None => self.choose().await,
        }
    }

    /// JSON-2 from Odoo 19 on, else JSON-RPC, else XML-RPC.
    async fn choose(&self) -> Result<(Protocol, ServerVersion), OdooError> {
        let stranger = match self.version_by_page().await {
            Ok(version) if version.major >= 19 => return Ok((Protocol::Json2, version)),
            Ok(_) => None,
            // Before 19 the page belongs to the web client, or isn't there.
            Err(error @ OdooError::NotOdoo { .. }) => Some(error),
            Err(error) => return Err(error),
        };
        for protocol in [Protocol::JsonRpc, Protocol::XmlRpc] {
            match self.version_by_rpc(protocol).await {
                Ok(version) => return Ok((protocol, version)),
                Err(OdooError::LegacyOff | OdooError::NotOdoo { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(stranger.unwrap_or(OdooError::LegacyOff))
    }

    async fn version_by_page(&self) -> Result<ServerVersion, OdooError> {
        let answer = self.wire.get("/web/version").await?;
        let version = json2::read(VERSION, None, &answer)?;
        let version = version["version"].as_str().and_then(ServerVersion::read);
        version.ok_or(OdooError::NotOdoo { status: answer.status })
    }

    async fn version_by_rpc(&self, protocol: Protocol) -> Result<ServerVersion, OdooError> {
        let version = self.rpc(protocol, VERSION, &rpc::version(), None).await?;
        let version = version["server_version"].as_str().and_then(ServerVersion::read);
        version.ok_or(OdooError::NotOdoo { status: 200 })
    }

    /// One call, with the files whose marks its values hold. `asked.fields` are the names sent, for errors that name one
    /// of them.
    pub(crate) async fn call(
        &self,
        asked: Asked<'_>,
        body: &Map<String, Value>,
        enclosed: Option<&Enclosed<'_>>,
    ) -> Result<Value, OdooError> {
        let protocol = self.protocol().await?;
        tracing::debug!(protocol = protocol.name(), model = asked.model, method = asked.method, "call");
        if protocol == Protocol::Json2 {
            return json2::call(&self.wire, &self.headers, self.database.as_deref(), asked, body, enclosed).await;
        }
        let user = self.user(protocol).await?;
        let request = rpc::execute(self.caller()?, user, asked.model, asked.method, body);
        self.rpc(protocol, asked, &request, enclosed).await
    }

    /// The id of the key's user, asked for once.
    pub(crate) async fn user(&self, protocol: Protocol) -> Result<i64, OdooError> {
        let ask = || async {
            let answer = self.rpc(protocol, AUTHENTICATE, &rpc::authenticate(self.caller()?), None).await?;
            // `false` for an unknown log-in and for a wrong key alike.
            answer.as_i64().ok_or(OdooError::WrongKey)
        };
        self.user.get_or_try_init(ask).await.copied()
    }

    fn caller(&self) -> Result<Caller<'_>, OdooError> {
        let database = self.database.as_deref().ok_or(OdooError::WrongDatabase { database: None })?;
        let login = self.login.as_deref().ok_or(OdooError::NoLogin)?;
        Ok(Caller { database, login, key: &self.key })
    }

    /// Sends one request over JSON-RPC or XML-RPC.
    async fn rpc(
        &self,
        protocol: Protocol,
        asked: Asked<'_>,
        request: &Request<'_>,
        enclosed: Option<&Enclosed<'_>>,
    ) -> Result<Value, OdooError> {
        let database = self.database.as_deref();
        if protocol == Protocol::XmlRpc {
            let path = match request.service {
                Service::Common => "/xmlrpc/2/common",
                Service::Object => "/xmlrpc/2/object",
            };
            let body = xmlrpc::write(asked, request)?;
            let answer = self.wire.post(path, HeaderMap::new(), "text/xml", body, enclosed).await?;
            return xmlrpc::read(asked, database, &answer);
        }
        let (headers, body) = (HeaderMap::new(), jsonrpc::write(request));
        let answer = self.wire.post("/jsonrpc", headers, "application/json", body, enclosed).await?;
        jsonrpc::read(asked, database, &answer)
    }
}

impl Protocol {
    /// Why a text can't travel over this protocol; Odoo itself may still refuse it.
    pub(crate) fn refuses(self, text: &str) -> Option<Problem> {
        match self {
            Protocol::Json2 | Protocol::JsonRpc => None,
            Protocol::XmlRpc => xml::misfit(text),
        }
    }
}
