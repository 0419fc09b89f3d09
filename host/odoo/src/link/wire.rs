//! HTTP: the address, the connection, and an answer as it came.

use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Body, RequestBuilder, Response, Url, redirect};

use crate::error::OdooError;
use crate::files::Enclosed;
use crate::pace::Gate;
use crate::settings::{Pace, Settings};

/// What a slow line carries in a second: a body with files is given that much more time.
const SLOW: u64 = 128 << 10;

/// The way to one server.
#[derive(Debug)]
pub(crate) struct Wire {
    http: reqwest::Client,
    base: Url,
    timeout: Duration,
    gate: Gate,
}

/// An answer as it came, redirections excepted.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Its type without parameters: `application/json`.
    pub(crate) kind: String,
    /// How long the server asks to wait.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

impl Wire {
    /// Prepares the connection; sends nothing.
    pub(crate) fn new(url: &str, settings: &Settings) -> Result<Self, OdooError> {
        let base = base_url(url)?;
        let http = reqwest::Client::builder()
            .user_agent(concat!("odograft/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.timeout)
            // A redirected POST arrives as a GET without its body: told instead of followed.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|_| bad_url(url, "the HTTP client refuses it"))?;
        let pace = settings.pace.unwrap_or(if is_cloud(&base) { Pace::CLOUD } else { Pace::OWN });
        Ok(Self { http, base, timeout: settings.timeout, gate: Gate::new(pace) })
    }

    /// How fast calls follow each other.
    pub(crate) fn pace(&self) -> Pace {
        self.gate.pace
    }

    /// `GET` of a path that needs no key.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer, OdooError> {
        self.send(self.http.get(self.url(path))).await
    }

    /// `POST` of a body, in which files take the places of their marks.
    pub(crate) async fn post(
        &self,
        path: &str,
        headers: HeaderMap,
        kind: &'static str,
        body: Vec<u8>,
        enclosed: Option<&Enclosed<'_>>,
    ) -> Result<Answer, OdooError> {
        let request = self.http.post(self.url(path)).headers(headers).header(CONTENT_TYPE, kind);
        let Some(enclosed) = enclosed else { return self.send(request.body(body)).await };
        let body = enclosed.body(&body);
        let (length, failure) = (body.length(), body.failure());
        // Told beforehand: a body that breaks off is never taken for a whole one.
        let request = request
            .header(CONTENT_LENGTH, length)
            .timeout(self.timeout + Duration::from_secs(length / SLOW))
            .body(Body::wrap_stream(body.stream()));
        let answer = self.send(request).await;
        match failure.get() {
            Some((file, fault)) => Err(OdooError::File { file: *file, fault: *fault }),
            None => answer,
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, OdooError> {
        let _turn = self.gate.enter().await;
        let response = request.send().await.map_err(|error| self.lost(&error))?;
        if response.status().is_redirection() {
            return Err(self.redirected(&response));
        }
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let kind = header(CONTENT_TYPE).and_then(|kind| kind.split(';').next()).unwrap_or_default();
        let kind = kind.trim().to_ascii_lowercase();
        let retry_after = header(RETRY_AFTER).and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(|error| self.lost(&error))?.into();
        Ok(Answer { status, kind, retry_after, body })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base.as_str().trim_end_matches('/'))
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

/// Odoo Online and Odoo.sh, whose terms of use limit calls.
fn is_cloud(url: &Url) -> bool {
    url.host_str().is_some_and(|host| host == "odoo.com" || host.ends_with(".odoo.com"))
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
        .take_while(|part| !matches!(*part, "web" | "odoo" | "json" | "jsonrpc" | "xmlrpc"))
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
            "https://odoo.example.com/xmlrpc/2/object",
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

    #[test]
    fn odoos_own_cloud_is_known_by_its_name() {
        for (url, cloud) in [
            ("https://practice.odoo.com", true),
            ("https://practice.dev.odoo.com/web", true),
            ("https://odoo.example.com", false),
            ("https://notodoo.com", false),
        ] {
            assert_eq!(is_cloud(&base_url(url).expect("an address")), cloud, "{url}");
        }
    }
}
