//! One GET with everything that Dentally demands: key, User-Agent, patience.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::header::{ACCEPT, HeaderMap};
use reqwest::{Response, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::Patience;
use super::budget::{Budget, Heard};
use crate::SourceError;

/// Mandatory: without one Dentally answers 403.
pub(crate) const USER_AGENT: &str = concat!("odograft/", env!("CARGO_PKG_VERSION"));

/// A page of 100 rows is some 300 KB; this bounds what a strange server can make us hold.
const LARGEST_ANSWER: usize = 64 << 20;

#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    key: SecretString,
    pub(crate) patience: Patience,
    budget: Budget,
}

/// What a GET came to.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// 200 and its body.
    Body(String),
    /// 413: the page lies too deep.
    TooDeep,
}

/// Why an attempt failed.
enum Fault {
    /// Trying again does not help.
    Final(SourceError),
    /// The rate limit, and how long it lasts where the answer says so.
    Limited(Option<Duration>),
    /// Trying again may help.
    Passing(String),
}

impl Client {
    pub(crate) fn new(url: &str, key: SecretString) -> Result<Self, SourceError> {
        let bad = |option, reason: &str, hint| SourceError::BadOption { option, reason: reason.to_owned(), hint };
        let hint = "give the base address, such as `https://api.dentally.co`";
        let base = Url::parse(url.trim_end_matches('/').trim_end_matches("/v1"))
            .map_err(|_| bad("url", "it is not an address", hint))?;
        match base.scheme() {
            "https" => {}
            "http" if is_loopback(&base) => {}
            "http" => return Err(bad("url", "plain `http` would show the key to the network", "use `https`")),
            _ => return Err(bad("url", "it is neither `https` nor `http`", hint)),
        }
        let usable = |byte: u8| byte.is_ascii_graphic();
        if key.expose_secret().is_empty() || !key.expose_secret().bytes().all(usable) {
            return Err(bad(
                "key",
                "it is empty or has characters that a key has not",
                "copy it once more, without spaces",
            ));
        }
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(Duration::from_secs(15))
            .timeout(Duration::from_secs(90))
            // A redirect would send the key to another address.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|_| bad("url", "the HTTP client cannot be made", "check the machine's certificates"))?;
        Ok(Self { http, base, key, patience: Patience::default(), budget: Budget::default() })
    }

    /// Gets a list endpoint, retrying what can pass.
    pub(crate) async fn get(
        &self,
        object: &str,
        endpoint: &str,
        query: &[(&str, String)],
    ) -> Result<Fetched, SourceError> {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.patience.first_delay)
            .with_max_delay(Duration::from_secs(60))
            .with_max_times(self.patience.retries)
            .with_jitter();
        let mut waited = Duration::ZERO;
        let attempt = || async {
            self.wait_for_rate_limit(object).await;
            self.attempt(object, endpoint, query).await
        };
        let result = attempt
            .retry(backoff)
            .when(|fault| !matches!(fault, Fault::Final(_)))
            .adjust(|fault, delay| match (fault, delay) {
                (Fault::Limited(Some(asked)), Some(delay)) => Some(delay + (*asked).min(self.patience.longest_wait)),
                (_, delay) => delay,
            })
            .notify(|fault, delay| {
                waited = delay;
                let why = match fault {
                    Fault::Limited(_) => "rate limit",
                    Fault::Passing(reason) => reason,
                    Fault::Final(_) => "final",
                };
                tracing::warn!(object, why, seconds = delay.as_secs_f32(), "waiting before the next attempt");
            })
            .await;
        result.map_err(|fault| match fault {
            Fault::Final(error) => error,
            Fault::Limited(_) => SourceError::RateLimited { object: object.to_owned(), waited },
            Fault::Passing(reason) => {
                SourceError::Unavailable { object: object.to_owned(), attempts: self.patience.retries + 1, reason }
            }
        })
    }

    async fn attempt(&self, object: &str, endpoint: &str, query: &[(&str, String)]) -> Result<Fetched, Fault> {
        let url = format!("{}/v1/{endpoint}", self.base.as_str().trim_end_matches('/'));
        let sent = self
            .http
            .get(url)
            .query(query)
            .header(ACCEPT, "application/json")
            .bearer_auth(self.key.expose_secret())
            .send()
            .await;
        let response = sent.map_err(|error| Fault::Passing(without_address(error)))?;
        let status = response.status();
        let headers = response.headers().clone();
        self.heed_rate_limit(&headers);
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            return Ok(Fetched::TooDeep);
        }
        if status.is_server_error() {
            return Err(Fault::Passing(format!("status {}", status.as_u16())));
        }
        let body = read(response).await?;
        if status == StatusCode::OK {
            let text = String::from_utf8(body).map_err(|_| {
                Fault::Final(SourceError::Malformed {
                    object: object.to_owned(),
                    page: page_of(query),
                    reason: "it is not UTF-8".to_owned(),
                })
            })?;
            return Ok(Fetched::Body(text));
        }
        let fault = refusal(object, status, &headers, &body);
        if let Fault::Limited(Some(wait)) = &fault {
            self.budget.hold((*wait).min(self.patience.longest_wait), Instant::now());
        }
        Err(fault)
    }

    /// Remembers what the answer says of the rate limit.
    fn heed_rate_limit(&self, headers: &HeaderMap) {
        let heard = Heard {
            left: number(headers, &["x-ratelimit-remaining", "ratelimit-remaining"]),
            reset: number(headers, &["x-ratelimit-reset", "ratelimit-reset"]),
            ends_in: limit_lifts_in(headers),
        };
        self.budget.hear(heard, self.patience.longest_wait, Instant::now());
    }

    async fn wait_for_rate_limit(&self, object: &str) {
        while let Err(until) = self.budget.take(Instant::now()) {
            let wait = until.saturating_duration_since(Instant::now());
            tracing::warn!(object, seconds = wait.as_secs(), "waiting for the rate limit's next window");
            tokio::time::sleep_until(until).await;
        }
    }
}

/// Tells the refusals apart. A 403 means one of three things, and only headers and text say which.
fn refusal(object: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
    let object = object.to_owned();
    match status.as_u16() {
        401 => Fault::Final(SourceError::KeyRefused { object }),
        429 => Fault::Limited(limit_lifts_in(headers)),
        403 => {
            let text = String::from_utf8_lossy(body).to_lowercase();
            let used_up = number(headers, &["x-ratelimit-remaining", "ratelimit-remaining"]) == Some(0);
            if used_up || headers.contains_key("retry-after") || text.contains("rate limit") {
                Fault::Limited(limit_lifts_in(headers))
            } else if text.contains("user-agent") || text.contains("user agent") {
                Fault::Final(SourceError::UserAgentRefused { user_agent: USER_AGENT })
            } else {
                let scopes = headers.get("x-oauth-scopes").and_then(|value| value.to_str().ok());
                Fault::Final(SourceError::ScopeMissing {
                    scopes: scopes.unwrap_or("unknown").to_owned(),
                    needed: super::listing::of(&object).map_or("read", |listing| listing.scope).to_owned(),
                    object,
                })
            }
        }
        status => Fault::Final(SourceError::Status { object, status }),
    }
}

/// How long until the rate limit lifts: `Retry-After` in seconds, or a reset that is either a moment since 1970 or seconds.
/// A moment is taken against the server's own clock, as ours may be wrong.
fn limit_lifts_in(headers: &HeaderMap) -> Option<Duration> {
    if let Some(seconds) = number(headers, &["retry-after"]) {
        return Some(Duration::from_secs(seconds));
    }
    let reset = number(headers, &["x-ratelimit-reset", "ratelimit-reset"])?;
    if reset < 1_000_000_000 {
        return Some(Duration::from_secs(reset));
    }
    let date = headers.get("date").and_then(|value| value.to_str().ok());
    let server = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()).map(|moment| moment.timestamp());
    let now = server.unwrap_or_else(jiff::Timestamp::now).as_second();
    // One second more, as both moments are rounded down.
    Some(Duration::from_secs(reset.saturating_sub(u64::try_from(now).ok()?) + 1))
}

fn number(headers: &HeaderMap, names: &[&str]) -> Option<u64> {
    names.iter().find_map(|name| headers.get(*name)?.to_str().ok()?.trim().parse().ok())
}

async fn read(mut response: Response) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Fault::Passing(without_address(error)))? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(Fault::Passing("an answer of more than 64 MiB".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn page_of(query: &[(&str, String)]) -> u32 {
    query.iter().find(|(name, _)| *name == "page").and_then(|(_, page)| page.parse().ok()).unwrap_or(0)
}

/// What failed, without the address.
fn without_address(error: reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "a timeout"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "an answer that broke off"
    } else {
        "a failed request"
    };
    // The innermost cause is the operating system's text, such as `connection refused`.
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    format!("{kind} ({cause})")
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
