//! The client: calls by model and method, and the few of them that a migration needs, typed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::error::OdooError;
use crate::files::Enclosed;
use crate::link::Link;
use crate::metadata::{self, FieldInfo};
use crate::retry::Patience;
use crate::settings::{Connection, Pace, Protocol, ServerVersion, Settings};
use crate::templates::Asked;

/// How many names one look-up asks for.
const LOOK_UP_PAGE: usize = 1000;

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

/// A connection to one Odoo. Cloning shares it; dropping the last one closes it.
#[derive(Debug, Clone)]
pub struct Client {
    link: Arc<Link>,
    settings: Arc<Settings>,
}

impl Client {
    /// Prepares a connection with default [`Settings`]; sends nothing.
    ///
    /// The process must have installed a rustls provider before.
    ///
    /// # Errors
    /// [`OdooError::BadUrl`], [`OdooError::MalformedKey`].
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
        let link = Link::new(connection, &settings)?;
        Ok(Client { link: Arc::new(link), settings: Arc::new(settings) })
    }

    /// The protocol that calls travel over: the configured one, else the best that the server speaks, which is asked
    /// for once.
    ///
    /// # Errors
    /// As [`Client::version`].
    pub async fn protocol(&self) -> Result<Protocol, OdooError> {
        self.link.protocol().await
    }

    /// The server's version; needs no key. Tried once: a wrong address is told at once.
    ///
    /// # Errors
    /// [`OdooError::NotOdoo`] for any other server; [`OdooError::LegacyOff`] for one before 19 that speaks none of the
    /// protocols; those of the way to it.
    pub async fn version(&self) -> Result<ServerVersion, OdooError> {
        self.link.version().await.cloned()
    }

    /// The id of the key's user: proves address, database, key and the API itself at once. Tried once, as
    /// [`Client::version`].
    ///
    /// # Errors
    /// [`OdooError::WrongKey`], [`OdooError::WrongDatabase`], [`OdooError::PlanClosed`] and those of the way to it.
    pub async fn check_access(&self) -> Result<i64, OdooError> {
        let context = match self.send("res.users", "context_get", &Map::new()).await {
            Ok(context) => context,
            Err(error) => return Err(self.closed(error).await),
        };
        context["uid"].as_i64().ok_or_else(|| unexpected("res.users", "context_get", "a context with `uid`"))
    }

    /// The id of the key's user by logging in, which the protocols before JSON-2 do before their first call.
    #[cfg(test)]
    pub(crate) async fn user(&self) -> Result<i64, OdooError> {
        self.link.user(self.protocol().await?).await
    }

    /// Every user may ask for his own context. A server that tells its version and refuses that has closed its API.
    async fn closed(&self, error: OdooError) -> OdooError {
        let refused = matches!(
            error,
            OdooError::NoRights { .. }
                | OdooError::NoModel { .. }
                | OdooError::NoMethod { .. }
                | OdooError::NotOdoo { status: 401..=405 }
        );
        if !refused {
            return error;
        }
        self.version().await.map_or(error, |ServerVersion { version, .. }| OdooError::PlanClosed { version })
    }

    /// Any call, sent once. `body` holds the method's named arguments, `ids` and `context`.
    ///
    /// # Errors
    /// Every [`OdooError`] of a call; on one whose [`OdooError::outcome_is_unknown`] the call may have been done.
    pub async fn call(&self, model: &str, method: &str, body: Map<String, Value>) -> Result<Value, OdooError> {
        self.send(model, method, &body).await
    }

    /// [`Client::call`] for a body that the caller keeps, to send it again.
    pub(crate) async fn send(&self, model: &str, method: &str, body: &Map<String, Value>) -> Result<Value, OdooError> {
        self.send_with(model, method, body, None).await
    }

    /// [`Client::send`] with the files whose marks the body holds.
    pub(crate) async fn send_with(
        &self,
        model: &str,
        method: &str,
        body: &Map<String, Value>,
        enclosed: Option<&Enclosed<'_>>,
    ) -> Result<Value, OdooError> {
        self.link.call(Asked { model, method, fields: &sent_fields(body) }, body, enclosed).await
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

    /// [`Client::protocol`], asked until an answer comes.
    pub(crate) async fn settled_protocol(&self) -> Result<Protocol, OdooError> {
        let mut patience = Patience::new(&self.settings);
        loop {
            match self.protocol().await {
                Ok(protocol) => return Ok(protocol),
                Err(error) => patience.wait(error).await?,
            }
        }
    }

    /// How fast calls follow each other: as configured, else as the server's address asks for.
    pub fn pace(&self) -> Pace {
        self.link.pace()
    }

    /// How patient this client is.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The records that `domain` selects, as Odoo's `read` gives them: a many2one as `[id, name]`, an empty value as
    /// `false`.
    ///
    /// # Errors
    /// [`OdooError::NoField`] for an unknown field in domain, fields or order; those of any call.
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

    /// Writes the same values to all of these records, or to none. Writing a value twice changes nothing more, so it is
    /// sent until an answer comes; commands on lines, which are lists, are sent once.
    ///
    /// # Errors
    /// [`OdooError::MissingRecord`] when one is gone; those of a value.
    pub async fn write(&self, model: &str, ids: &[i64], values: Value, context: Value) -> Result<(), OdooError> {
        let commands = values.as_object().is_some_and(|values| values.values().any(Value::is_array));
        let body = with_context(json!({ "ids": ids, "vals": values }), context);
        let answer =
            if commands { self.call(model, "write", body).await } else { self.ask(model, "write", body).await };
        answer.map(drop)
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
