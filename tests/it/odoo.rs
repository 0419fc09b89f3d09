//! Odoo as the destination, on the stand-in and on a real Odoo 19 alike: what a ledger has planned is loaded, read back
//! and taken back. `cargo xtask odoo-suite` runs the tests named `real` on a server that it sets up.

/// Cases over every protocol, on the stand-in and on the real server.
macro_rules! on_both {
    ($real:ident: $($case:ident),+) => {
        #[tokio::test]
        async fn standin() {
            let server = $crate::odoo::Server::standin().await;
            for protocol in odograft_odoo::Protocol::ALL {
                $($case(&server, protocol).await;)+
            }
        }

        mod real {
            #[tokio::test]
            async fn $real() {
                let Some(server) = $crate::odoo::Server::real() else { return };
                for protocol in odograft_odoo::Protocol::ALL {
                    $(super::$case(&server, protocol).await;)+
                }
            }
        }
    };
}

mod circles;
mod faults;
mod files;
mod measure;
mod orders;
mod pack;
mod plan;
pub(crate) mod proxy;
mod read_back;
mod suite;
mod undo;
mod updates;

use odograft_odoo::{Client, Connection, Protocol, SearchOptions, Settings};
use odograft_standins::odoo::{OdooOptions, OdooStandin};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

/// A server and the way to it.
pub(crate) struct Server {
    pub(crate) connection: Connection,
    /// Kept alive with it.
    _standin: Option<OdooStandin>,
}

impl Server {
    /// The stand-in, in memory.
    pub(crate) async fn standin() -> Self {
        install_tls();
        let (key, database) = ("odoo-key".to_owned(), Some("practice".to_owned()));
        let options = OdooOptions { api_key: key.clone(), database: database.clone(), ..OdooOptions::default() };
        let standin = OdooStandin::start(options).await.expect("the stand-in starts");
        let connection = Connection { url: standin.url(), database, key: SecretString::from(key) };
        Self { connection, _standin: Some(standin) }
    }

    /// The real one, where one is named.
    pub(crate) fn real() -> Option<Self> {
        install_tls();
        let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (Some(url), Some(key)) = (named("ODOGRAFT_TEST_ODOO_URL"), named("ODOGRAFT_TEST_ODOO_KEY")) else {
            println!("skipped: no real Odoo is named in ODOGRAFT_TEST_ODOO_URL and ODOGRAFT_TEST_ODOO_KEY");
            return None;
        };
        let database = named("ODOGRAFT_TEST_ODOO_DB");
        Some(Self { connection: Connection { url, database, key: SecretString::from(key) }, _standin: None })
    }

    /// The process that a real one of several workers is the parent of.
    pub(crate) fn process() -> Option<u32> {
        std::env::var("ODOGRAFT_TEST_ODOO_PROCESS").ok().and_then(|text| text.trim().parse().ok())
    }

    pub(crate) fn client(&self, protocol: Protocol) -> Client {
        let login = Some("admin".to_owned());
        let settings = Settings { protocol: Some(protocol), login, ..Settings::default() };
        Client::with_settings(&self.connection, settings).expect("a client")
    }
}

/// Whether the suite runs at full size: `cargo xtask odoo-suite`, not CI.
pub(crate) fn full() -> bool {
    std::env::var_os("ODOGRAFT_TEST_FULL").is_some()
}

fn install_tls() {
    // Another test of this binary may have been first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// Records by model.
pub(crate) type Content = Vec<Model>;
type Model = (String, Vec<Map<String, Value>>);

/// Everything that these models hold, archived records too, without what every write changes.
pub(crate) async fn content(client: &Client, models: &[&str]) -> Content {
    let mut content = Vec::with_capacity(models.len());
    for model in models {
        let fields = client.fields_get(model).await.expect("the model is there");
        let stored = |name: &str| !matches!(name, "write_date" | "write_uid" | "__last_update");
        let names: Vec<&str> = fields
            .iter()
            .filter(|(name, info)| info.store && info.kind != "binary" && info.kind != "one2many" && stored(name))
            .map(|(name, _)| name.as_str())
            .collect();
        let options =
            SearchOptions { include_archived: true, order: Some("id".to_owned()), ..SearchOptions::default() };
        let rows = client.search_read(model, json!([]), &names, options).await.expect("readable");
        content.push(((*model).to_owned(), rows));
    }
    content
}

/// Fails with the model and the fields that differ, not with a wall of values.
pub(crate) fn assert_same_content(now: &[Model], before: &[Model]) {
    for ((model, now), (_, before)) in std::iter::zip(now, before) {
        assert_eq!(now.len(), before.len(), "`{model}` has more or fewer records");
        for (now, before) in std::iter::zip(now, before) {
            let differing: Vec<&String> = before.keys().filter(|field| now.get(*field) != before.get(*field)).collect();
            assert!(differing.is_empty(), "`{model}` {}: {differing:?} differ", before["id"]);
        }
    }
}
