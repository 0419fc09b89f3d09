//! One page over HTTP, asked for again where that can help.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::header::{ACCEPT, RETRY_AFTER};
use reqwest::{Response, Url};
use secrecy::{ExposeSecret, SecretString};

use super::NumbersProblem;
use crate::SourceError;

const USER_AGENT: &str = concat!("odograft/", env!("CARGO_PKG_VERSION"));

/// What an answer may have.
const LARGEST_ANSWER: usize = 64 << 20;

/// How often a page is asked for again.
const RETRIES: usize = 5;

/// What the server may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    token: SecretString,
    first_delay: Duration,
}

enum Fault {
    /// Trying again does not help.
    Final(NumbersProblem),
    /// Trying again may help, after a while that the server names.
    Passing(String, Option<Duration>),
}

impl Client {
    pub(super) fn new(url: &str, organisation: &str, token: SecretString) -> Result<Self, SourceError> {
        let bad = |option, reason: &str, hint| SourceError::BadOption { option, reason: reason.to_owned(), hint };
        let hint = "give the base address, such as `https://api.example.invalid`";
        let base = Url::parse(url).map_err(|_| bad("url", "it is not an address", hint))?;
        let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        match base.scheme() {
            "https" => {}
            "http" if local => {}
            "http" => return Err(bad("url", "plain `http` would show the token to the network", "use `https`")),
            _ => return Err(bad("url", "it is neither `https` nor `http`", hint)),
        }
        if token.expose_secret().is_empty() || !token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()) {
            let reason = "it is empty or has characters that a token has not";
            return Err(bad("token", reason, "copy it once more, without spaces"));
        }
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(Duration::from_secs(15))
            .timeout(Duration::from_secs(90))
            // A redirect would send the token to another address.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|_| bad("url", "the HTTP client cannot be made", "check the machine's certificates"))?;
        let base = base.as_str().trim_end_matches('/');
        let base = format!("{}/api/v1/{organisation}", base.trim_end_matches("/api/v1"));
        Ok(Self { http, base, token, first_delay: Duration::from_millis(500) })
    }

    /// The same, waiting hardly at all between attempts.
    #[cfg(test)]
    pub(super) fn hurried(self) -> Self {
        Self { first_delay: Duration::from_millis(1), ..self }
    }

    /// The text of a page.
    pub(super) async fn page(&self, object: &str, list: &str, page: u32, rows: u64) -> Result<String, NumbersProblem> {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.first_delay)
            .with_max_delay(Duration::from_secs(60))
            .with_max_times(RETRIES)
            .with_jitter();
        let result = (|| self.attempt(object, list, page, rows))
            .retry(backoff)
            .when(|fault| matches!(fault, Fault::Passing(..)))
            .adjust(|fault, delay| match (fault, delay) {
                (Fault::Passing(_, Some(asked)), Some(delay)) => Some(delay + (*asked).min(LONGEST_WAIT)),
                (_, delay) => delay,
            })
            .await;
        result.map_err(|fault| match fault {
            Fault::Final(problem) => problem,
            Fault::Passing(reason, _) => NumbersProblem::Unavailable { object: object.to_owned(), reason },
        })
    }

    async fn attempt(&self, object: &str, list: &str, page: u32, rows: u64) -> Result<String, Fault> {
        let (page, rows) = (page.to_string(), rows.to_string());
        // An order that new rows do not disturb.
        let query =
            [("page", page.as_str()), ("page_size", rows.as_str()), ("sort_by", "created_at"), ("sort_dir", "asc")];
        let request = self.http.get(format!("{}/{list}", self.base)).query(&query).header(ACCEPT, "application/json");
        let sent = request.bearer_auth(self.token.expose_secret()).send().await;
        let response = sent.map_err(|error| Fault::Passing(kind(&error).to_owned(), None))?;
        let object = object.to_owned();
        match response.status().as_u16() {
            200 => read(response).await,
            401 => Err(Fault::Final(NumbersProblem::TokenRefused { object })),
            403 => Err(Fault::Final(NumbersProblem::NotAllowed { object })),
            status @ (429 | 500..) => {
                let asked =
                    response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
                Err(Fault::Passing(format!("status {status}"), asked.map(Duration::from_secs)))
            }
            status => Err(Fault::Final(NumbersProblem::Status { object, status })),
        }
    }
}

async fn read(mut response: Response) -> Result<String, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Fault::Passing(kind(&error).to_owned(), None))? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(Fault::Passing("an answer of more than 64 MiB".to_owned(), None));
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| Fault::Passing("an answer that is not UTF-8".to_owned(), None))
}

/// What failed, without the address.
fn kind(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "a timeout"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "an answer that broke off"
    } else {
        "a failed request"
    }
}
