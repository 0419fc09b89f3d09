//! The client: calls by model and method, and the few of them that a migration needs, typed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use crate::error::OdooError;
use crate::json2::Json2;
use crate::metadata::{self, FieldInfo};
use crate::retry::Patience;

/// How many names one look-up asks for.
const LOOK_UP_PAGE: usize = 1000;

/// Where an Odoo is and who calls.
#[derive(Debug, Clone)]
pub struct Connection {
    /// `https://odoo.example.com`; a path of the web client behind it is ignored.
    pub url: String,
    /// The database, needed when the server has several.
    pub database: Option<String>,
    /// An API key of the user in whose name everything is written.
    pub key: SecretString,
}

/// How patient the client is.
#[derive(Debug, Clone)]
pub struct Settings {
    /// For a whole call, answer included. Odoo's own limit is 120 s by default, so 180 s outlasts it.
    pub timeout: Duration,
    /// How often a call that may be repeated is sent in all.
    pub attempts: usize,
    /// The wait after the first failure; it doubles from there to half a minute.
    pub first_delay: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(180), attempts: 8, first_delay: Duration::from_millis(500) }
    }
}

/// Which records `search_read` gives, and in which order.
#[derive(Debug, Clone, Default)]
pub struct SearchOptions {
    /// At most so many; all without it.
    pub limit: Option<usize>,
    /// Leave out so many first.
    pub offset: usize,
    /// As in SQL, `write_date desc, id`; the model's own order without it.
    pub order: Option<String>,
    /// Archived records too.
    pub include_archived: bool,
}

/// What the server says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerVersion {
    /// `19.0`, or `saas~19.1` on Odoo Online.
    pub version: String,
    /// `19`.
    pub major: u32,
}

/// A connection to one Odoo. Cloning shares it; dropping the last one closes it.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Arc<Json2>,
    settings: Arc<Settings>,
}

impl Client {
    /// Prepares a connection with default [`Settings`]; sends nothing.
    ///
    /// The process must have installed a rustls provider before.
    ///
    /// # Errors
    /// [`OdooError::BadUrl`] and [`OdooError::MalformedKey`].
    // By value: the key has one owner, and it is not kept in the clear beside the client.
    #[expect(clippy::needless_pass_by_value, reason = "the caller hands the key over")]
    pub fn new(connection: Connection) -> Result<Client, OdooError> {
        Self::with_settings(&connection, Settings::default())
    }

    /// Prepares a connection; sends nothing.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_settings(connection: &Connection, settings: Settings) -> Result<Client, OdooError> {
        let transport = Json2::new(&connection.url, connection.database.clone(), &connection.key, settings.timeout)?;
        Ok(Client { transport: Arc::new(transport), settings: Arc::new(settings) })
    }

    /// The server's version; needs no key. Asked once: a wrong address is told at once.
    ///
    /// # Errors
    /// [`OdooError::NotOdoo`] for a server before 19 and for any other server.
    pub async fn version(&self) -> Result<ServerVersion, OdooError> {
        let answer = self.transport.version().await?;
        let version = answer["version"].as_str().unwrap_or_default().to_owned();
        let digits = version.trim_start_matches(|character: char| !character.is_ascii_digit());
        let major = digits.split('.').next().and_then(|number| number.parse().ok());
        match major {
            Some(major) => Ok(ServerVersion { major, version }),
            None => Err(OdooError::NotOdoo { status: 200 }),
        }
    }

    /// The id of the key's user: proves address, database and key at once. Asked once, as [`Client::version`].
    ///
    /// # Errors
    /// [`OdooError::WrongKey`], [`OdooError::WrongDatabase`] and those of the transport.
    pub async fn check_access(&self) -> Result<i64, OdooError> {
        let context = self.send("res.users", "context_get", &Map::new()).await?;
        context["uid"].as_i64().ok_or_else(|| unexpected("res.users", "context_get", "a context with `uid`"))
    }

    /// Any call, sent once. `body` holds the method's named arguments, `ids` and `context`.
    ///
    /// # Errors
    /// Every [`OdooError`] of the transport; on one whose [`OdooError::outcome_is_unknown`] the call may have been done.
    pub async fn call(&self, model: &str, method: &str, body: Map<String, Value>) -> Result<Value, OdooError> {
        self.send(model, method, &body).await
    }

    /// [`Client::call`] for a body that the caller keeps, to send it again.
    pub(crate) async fn send(&self, model: &str, method: &str, body: &Map<String, Value>) -> Result<Value, OdooError> {
        self.transport.call(model, method, body, &sent_fields(body)).await
    }

    /// A call that may be done twice, sent until an answer comes.
    pub(crate) async fn ask(&self, model: &str, method: &str, body: Map<String, Value>) -> Result<Value, OdooError> {
        let mut patience = Patience::new(&self.settings);
        loop {
            match self.send(model, method, &body).await {
                Ok(answer) => return Ok(answer),
                Err(error) => patience.wait(error).await?,
            }
        }
    }

    /// How patient this client is.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The records that `domain` selects, as Odoo's `read` gives them: a many2one as `[id, name]`, an empty value as
    /// `false`.
    ///
    /// # Errors
    /// [`OdooError::NoField`] for an unknown field in domain, fields or order; those of the transport.
    pub async fn search_read(
        &self,
        model: &str,
        domain: Value,
        fields: &[&str],
        options: SearchOptions,
    ) -> Result<Vec<Map<String, Value>>, OdooError> {
        let mut body = arguments(json!({ "domain": domain, "fields": fields, "offset": options.offset }));
        if let Some(limit) = options.limit {
            body.insert("limit".to_owned(), json!(limit));
        }
        if let Some(order) = options.order {
            body.insert("order".to_owned(), json!(order));
        }
        body.insert("context".to_owned(), archived(options.include_archived));
        records(model, "search_read", self.ask(model, "search_read", body).await?)
    }

    /// How many records `domain` selects.
    ///
    /// # Errors
    /// As [`Client::search_read`].
    pub async fn search_count(&self, model: &str, domain: Value, include_archived: bool) -> Result<u64, OdooError> {
        let body = arguments(json!({ "domain": domain, "context": archived(include_archived) }));
        let answer = self.ask(model, "search_count", body).await?;
        answer.as_u64().ok_or_else(|| unexpected(model, "search_count", "a count"))
    }

    /// The records with these ids, in their order; one that doesn't exist is left out.
    ///
    /// # Errors
    /// As [`Client::search_read`].
    pub async fn read(&self, model: &str, ids: &[i64], fields: &[&str]) -> Result<Vec<Map<String, Value>>, OdooError> {
        let answer = self.ask(model, "read", arguments(json!({ "ids": ids, "fields": fields }))).await?;
        records(model, "read", answer)
    }

    /// Makes records, all or none; their ids in the order of `values`. Sent once: a repeated create makes twice.
    ///
    /// # Errors
    /// Odoo names no row here; [`crate::insert`] does.
    pub async fn create(&self, model: &str, values: Vec<Value>, context: Value) -> Result<Vec<i64>, OdooError> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let body = with_context(json!({ "vals_list": values }), context);
        let answer = self.call(model, "create", body).await?;
        ids(&answer).ok_or_else(|| unexpected(model, "create", "a list of ids"))
    }

    /// Writes the same values to all of these records, or to none. Writing twice changes nothing more, so it is sent
    /// until an answer comes.
    ///
    /// # Errors
    /// [`OdooError::MissingRecord`] when one is gone; those of a value.
    pub async fn write(&self, model: &str, ids: &[i64], values: Value, context: Value) -> Result<(), OdooError> {
        let body = with_context(json!({ "ids": ids, "vals": values }), context);
        self.ask(model, "write", body).await.map(drop)
    }

    /// Deletes these records, all or none. Sent once: what became of it shows in a look-up.
    ///
    /// # Errors
    /// [`OdooError::InUse`], [`OdooError::MissingRecord`].
    pub async fn unlink(&self, model: &str, ids: &[i64]) -> Result<(), OdooError> {
        self.call(model, "unlink", arguments(json!({ "ids": ids }))).await.map(drop)
    }

    /// The model's fields that the user may see, by name.
    ///
    /// # Errors
    /// [`OdooError::NoModel`], [`OdooError::NoRights`].
    pub async fn fields_get(&self, model: &str) -> Result<BTreeMap<String, FieldInfo>, OdooError> {
        let body = arguments(json!({ "attributes": metadata::ATTRIBUTES }));
        let answer = self.ask(model, "fields_get", body).await?;
        metadata::fields(answer).ok_or_else(|| unexpected(model, "fields_get", "a table of fields"))
    }

    /// The values that Odoo gives these fields in a new record; a field without a default is left out.
    ///
    /// # Errors
    /// As [`Client::fields_get`].
    pub async fn default_get(&self, model: &str, fields: &[&str]) -> Result<Map<String, Value>, OdooError> {
        match self.ask(model, "default_get", arguments(json!({ "fields": fields }))).await? {
            Value::Object(defaults) => Ok(defaults),
            _ => Err(unexpected(model, "default_get", "a table of values")),
        }
    }

    /// Model and id behind each external id (`module.name`) that Odoo has; the others are left out.
    ///
    /// # Errors
    /// [`OdooError::NoModule`] for one without a module.
    pub async fn resolve_external_ids(
        &self,
        external_ids: &[String],
    ) -> Result<HashMap<String, (String, i64)>, OdooError> {
        let mut by_module: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (position, external_id) in external_ids.iter().enumerate() {
            // The first dot ends the module: a name may hold more of them.
            let (module, name) = external_id.split_once('.').ok_or(OdooError::NoModule { position })?;
            by_module.entry(module).or_default().push(name);
        }
        let mut found = HashMap::with_capacity(external_ids.len());
        for (module, names) in by_module {
            for page in names.chunks(LOOK_UP_PAGE) {
                let domain = json!([["module", "=", module], ["name", "in", page]]);
                let fields = ["name", "model", "res_id"];
                for row in self.search_read("ir.model.data", domain, &fields, SearchOptions::default()).await? {
                    let (Some(name), Some(model), Some(id)) =
                        (row["name"].as_str(), row["model"].as_str(), row["res_id"].as_i64())
                    else {
                        return Err(unexpected("ir.model.data", "search_read", "names with model and id"));
                    };
                    found.insert(format!("{module}.{name}"), (model.to_owned(), id));
                }
            }
        }
        Ok(found)
    }
}

/// A JSON object literal as arguments.
pub(crate) fn arguments(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Arguments with a context, when there is one to send.
pub(crate) fn with_context(object: Value, context: Value) -> Map<String, Value> {
    let mut body = arguments(object);
    if context.is_object() {
        body.insert("context".to_owned(), context);
    }
    body
}

pub(crate) fn unexpected(model: &str, method: &str, expected: &'static str) -> OdooError {
    OdooError::UnexpectedAnswer { model: model.to_owned(), method: method.to_owned(), expected }
}

/// A list of ids, or a single one.
pub(crate) fn ids(answer: &Value) -> Option<Vec<i64>> {
    match answer {
        Value::Array(items) => items.iter().map(Value::as_i64).collect(),
        _ => None,
    }
}

fn archived(include: bool) -> Value {
    if include { json!({ "active_test": false }) } else { json!({}) }
}

fn records(model: &str, method: &str, answer: Value) -> Result<Vec<Map<String, Value>>, OdooError> {
    let Value::Array(rows) = answer else {
        return Err(unexpected(model, method, "a list of records"));
    };
    rows.into_iter()
        .map(|row| match row {
            Value::Object(record) => Ok(record),
            _ => Err(unexpected(model, method, "a list of records")),
        })
        .collect()
}

/// The names of the fields that a body writes.
fn sent_fields(body: &Map<String, Value>) -> Vec<String> {
    let written =
        body.get("vals").into_iter().chain(body.get("vals_list").and_then(Value::as_array).into_iter().flatten());
    let mut names: Vec<String> =
        written.filter_map(Value::as_object).flat_map(|values| values.keys().cloned()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
