//! JSON-2: `POST /json/2/<model>/<method>` with a bearer key, one transaction a call, Odoo 19 and later.

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::wire::{Answer, Wire};
use crate::classify;
use crate::error::OdooError;
use crate::files::Enclosed;
use crate::templates::Asked;

/// The headers of every call.
///
/// # Errors
/// [`OdooError::MalformedKey`], and [`OdooError::WrongDatabase`] for a name that no header can carry.
pub(crate) fn headers(key: &SecretString, database: Option<&str>) -> Result<HeaderMap, OdooError> {
    let mut headers = HeaderMap::new();
    let mut bearer = HeaderValue::from_str(&format!("bearer {}", key.expose_secret().trim()))
        .map_err(|_| OdooError::MalformedKey)?;
    bearer.set_sensitive(true);
    headers.insert(AUTHORIZATION, bearer);
    if let Some(name) = database {
        let wrong = || OdooError::WrongDatabase { database: Some(name.to_owned()) };
        headers.insert("x-odoo-database", HeaderValue::from_str(name).map_err(|_| wrong())?);
    }
    Ok(headers)
}

/// Sends one call; its result.
pub(crate) async fn call(
    wire: &Wire,
    headers: &HeaderMap,
    database: Option<&str>,
    asked: Asked<'_>,
    body: &Map<String, Value>,
    enclosed: Option<&Enclosed<'_>>,
) -> Result<Value, OdooError> {
    let path = format!("/json/2/{}/{}", asked.model, asked.method);
    // A map of JSON values always serialises.
    let body = serde_json::to_vec(body).unwrap_or_default();
    let answer = wire.post(&path, headers.clone(), "application/json", body, enclosed).await?;
    read(asked, database, &answer)
}

/// What an answer means.
pub(crate) fn read(asked: Asked<'_>, database: Option<&str>, answer: &Answer) -> Result<Value, OdooError> {
    if answer.status == 200 && answer.kind == "application/json" {
        return serde_json::from_slice(&answer.body).map_err(|_| OdooError::Dropped);
    }
    if (200..300).contains(&answer.status) {
        return Err(OdooError::NotOdoo { status: answer.status });
    }
    Err(classify::json_fault(asked, database, answer).unwrap_or_else(|| classify::page(database, answer)))
}
