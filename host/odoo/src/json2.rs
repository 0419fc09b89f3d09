//! The JSON-2 transport: `POST /json/2/<model>/<method>` with a bearer key, one transaction a call.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::classify;
use crate::error::OdooError;
use crate::templates::Asked;

/// One Odoo, spoken to over JSON-2.
#[derive(Debug)]
pub(crate) struct Json2 {
    http: reqwest::Client,
    base: Url,
    database: Option<String>,
}

impl Json2 {
    /// Prepares the connection; sends nothing.
    pub(crate) fn new(
        url: &str,
        database: Option<String>,
        key: &SecretString,
        timeout: Duration,
    ) -> Result<Self, OdooError> {
        let base = base_url(url)?;
        let mut headers = HeaderMap::new();
        let mut bearer = HeaderValue::from_str(&format!("bearer {}", key.expose_secret().trim()))
            .map_err(|_| OdooError::MalformedKey)?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
        if let Some(name) = &database {
            let name =
                HeaderValue::from_str(name).map_err(|_| OdooError::WrongDatabase { database: database.clone() })?;
            headers.insert("x-odoo-database", name);
        }
        let http = reqwest::Client::builder()
            .user_agent(concat!("odograft/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .connect_timeout(Duration::from_secs(10))
            .timeout(timeout)
            // A redirected POST arrives as a GET without its body: told instead of followed.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|_| bad_url(url, "the HTTP client refuses it"))?;
        Ok(Self { http, base, database })
    }

    /// `GET /web/version`, which needs no key.
    pub(crate) async fn version(&self) -> Result<Value, OdooError> {
        let request = self.http.get(format!("{}/web/version", self.base.as_str().trim_end_matches('/')));
        let response = request.send().await.map_err(|error| self.lost(&error))?;
        let asked = Asked { model: "web", method: "version", fields: &[] };
        self.answer(asked, response).await
    }

    /// One call. `fields` are the names sent, for errors that name one of them.
    pub(crate) async fn call(
        &self,
        model: &str,
        method: &str,
        body: &Map<String, Value>,
        fields: &[String],
    ) -> Result<Value, OdooError> {
        let url = format!("{}/json/2/{model}/{method}", self.base.as_str().trim_end_matches('/'));
        tracing::debug!(model, method, "call");
        let response = self.http.post(url).json(body).send().await.map_err(|error| self.lost(&error))?;
        self.answer(Asked { model, method, fields }, response).await
    }

    async fn answer(&self, asked: Asked<'_>, response: Response) -> Result<Value, OdooError> {
        let status = response.status();
        if status.is_redirection() {
            return Err(self.redirected(&response));
        }
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let retry_after = header(RETRY_AFTER);
        let is_json = header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json"));
        let body = response.bytes().await.map_err(|error| self.lost(&error))?;
        if status == StatusCode::OK && is_json {
            return serde_json::from_slice(&body).map_err(|_| OdooError::Dropped);
        }
        if status.is_success() {
            return Err(OdooError::NotOdoo { status: status.as_u16() });
        }
        Err(classify::refusal(asked, self.database.as_deref(), status.as_u16(), retry_after.as_deref(), &body))
    }

    /// A call that ended without an answer: what is known of it. The error's own words can quote the address only.
    fn lost(&self, error: &reqwest::Error) -> OdooError {
        if error.is_connect() {
            return OdooError::Unreachable { origin: origin(&self.base) };
        }
        if error.is_timeout() { OdooError::Timeout } else { OdooError::Dropped }
    }

    fn redirected(&self, response: &Response) -> OdooError {
        let target = response
            .headers()
            .get(LOCATION)
            .and_then(|location| location.to_str().ok())
            .and_then(|location| self.base.join(location).ok());
        match target {
            Some(target) if origin(&target) != origin(&self.base) => {
                OdooError::Redirected { origin: origin(&self.base), target: origin(&target) }
            }
            _ => OdooError::NotOdoo { status: response.status().as_u16() },
        }
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn bad_url(url: &str, reason: &'static str) -> OdooError {
    // An address may hold a password: what stands before `@` is left out.
    let shown = url.rsplit_once('@').map_or(url, |(_, after)| after);
    OdooError::BadUrl { url: shown.to_owned(), reason }
}

/// The address without what people copy along from the browser: trailing slash, query, the web client's own path.
fn base_url(url: &str) -> Result<Url, OdooError> {
    let mut base = Url::parse(url.trim()).map_err(|_| bad_url(url, "it does not begin with `https://`"))?;
    if !matches!(base.scheme(), "http" | "https") {
        return Err(bad_url(url, "it is neither `https` nor `http`"));
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err(bad_url(url, "it holds a name or password, which belong to the API key"));
    }
    base.set_query(None);
    base.set_fragment(None);
    let path: Vec<&str> = base
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .take_while(|part| !matches!(*part, "web" | "odoo" | "json"))
        .collect();
    let path = path.join("/");
    base.set_path(&path);
    Ok(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_copied_from_the_browser_works() {
        for given in [
            "https://odoo.example.com",
            "https://odoo.example.com/",
            " https://odoo.example.com/web/login?redirect=x#menu",
            "https://odoo.example.com/odoo/contacts/6",
        ] {
            assert_eq!(base_url(given).expect("an address").as_str(), "https://odoo.example.com/", "{given}");
        }
        let below = base_url("http://127.0.0.1:8069/erp/").expect("an address");
        assert_eq!(below.as_str(), "http://127.0.0.1:8069/erp");
    }

    #[test]
    fn an_address_of_another_kind_is_refused_with_a_hint_and_without_its_password() {
        for given in ["odoo.example.com", "ftp://odoo.example.com", "https://me:secret@odoo.example.com"] {
            let error = base_url(given).expect_err("refused").to_string();
            assert!(error.contains("hint: "), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
