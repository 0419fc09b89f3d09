//! Faults on the way: in the end no record is lost, and none is there twice. The same for an undo.

use std::collections::BTreeMap;
use std::time::Duration;

use odograft_migration::{MigrationError, Undo, UndoOptions};
use odograft_odoo::{Client, Connection, Protocol, Settings};
use serde_json::{Map, Value};

use super::plan::{MODELS, Migration, Size};
use super::proxy::{Behind, Fault, Proxy};
use super::undo::{compared, known, word};
use super::{Content, Server, assert_same_content, full};

const SIZE: Size = Size { partners: 60, activities: 30, messages: 20, attachments: 10, orders: 8 };

/// A client that goes through the proxy and doesn't wait long.
fn client(server: &Server, proxy: &Proxy, protocol: Protocol, timeout: Duration) -> Client {
    let settings = Settings {
        protocol: Some(protocol),
        login: Some("admin".to_owned()),
        attempts: 6,
        timeout,
        first_delay: Duration::from_millis(4),
        ..Settings::default()
    };
    let Connection { database, key, .. } = server.connection.clone();
    Client::with_settings(&Connection { url: proxy.url.clone(), database, key }, settings).expect("a client")
}

/// What a user does who meets a fault that outlasted all tries: the same command once more.
fn again(error: &MigrationError) {
    let MigrationError::Odoo(error) = error else { panic!("{error}") };
    let passes =
        ["unknown-outcome", "dropped", "gateway", "timeout", "unreachable", "too-large", "serialization", "not-odoo"];
    assert!(passes.contains(&error.code()), "{}: {error}", error.code());
}

/// Loads and undoes through the proxy until `faults` faults were dealt out; the faults by kind.
async fn nothing_is_lost_and_nothing_is_there_twice(
    server: &Server,
    seed: u64,
    faults: usize,
    behind: Behind,
) -> BTreeMap<Fault, usize> {
    let straight = server.client(Protocol::Json2);
    let proxy = Proxy::start(&server.connection.url, seed, faults, behind);
    let known = known(&straight).await;
    let before = compared(&straight, known).await;
    let (mut round, mut runs) = (0, 0);
    while proxy.dealt().len() < faults {
        let client = client(server, &proxy, Protocol::ALL[round % Protocol::ALL.len()], behind.timeout);
        let mut migration = Migration::plan(&word(), SIZE, known);
        let (models, namespace) = (MODELS.map(str::to_owned), format!("odograft_{}", migration.name));
        loop {
            runs += 1;
            let mut loader = migration.loader(&client);
            // Every other round over the server action.
            if round % 2 == 1 {
                loader = loader.fast(&namespace);
            }
            match loader.load(&models, &mut |_| {}).await {
                Ok(_) => break,
                Err(error) => again(&error),
            }
        }
        assert!(migration.ledger.quarantined().expect("readable").is_empty(), "no record is blamed for a fault");
        let counts = [("product.product", 1), ("res.partner", 60), ("mail.activity", 30), ("mail.message", 20)];
        let counts = counts.into_iter().chain([("ir.attachment", 10), ("sale.order", 8), ("sale.order.line", 16)]);
        let loaded = compared(&straight, known).await;
        for (model, count) in counts {
            // Of messages only those that no program wrote: Odoo logs a line of its own here and there.
            let rows = |content: &Content| {
                let rows = content.iter().find(|(name, _)| name == model).map(|(_, rows)| rows);
                let loaded = |row: &&Map<String, Value>| model != "mail.message" || row["message_type"] == "comment";
                rows.into_iter().flatten().filter(loaded).count()
            };
            assert_eq!(rows(&loaded) - rows(&before), count, "round {round}: `{model}`");
        }
        let options = UndoOptions { write: true, drop_fields: false };
        loop {
            runs += 1;
            match Undo::new(&mut migration.ledger, &client, &migration.name, options).run(&mut |_| {}).await {
                Ok(_) => break,
                Err(error) => again(&error),
            }
        }
        assert_same_content(&compared(&straight, known).await, &before);
        round += 1;
    }
    straight.unlink("res.partner", &[known.adopted]).await.expect("deleted");
    let mut kinds = BTreeMap::new();
    for fault in proxy.dealt() {
        *kinds.entry(fault).or_insert(0) += 1;
    }
    println!("{faults} faults in {round} loads and undos, {runs} runs: {kinds:?}; no record lost, none twice");
    kinds
}

#[tokio::test]
async fn standin() {
    let server = Server::standin().await;
    let behind = Behind { timeout: Duration::from_secs(1), process: None };
    let kinds = nothing_is_lost_and_nothing_is_there_twice(&server, 7, 60, behind).await;
    assert!(kinds.len() >= 9, "every kind of fault comes up: {kinds:?}");
}

mod real {
    use super::*;

    #[tokio::test]
    async fn random_faults_on_a_real_odoo() {
        let Some(server) = Server::real() else { return };
        let behind = Behind { timeout: Duration::from_secs(6), process: Server::process() };
        let faults = if full() { 200 } else { 60 };
        let kinds = nothing_is_lost_and_nothing_is_there_twice(&server, 8, faults, behind).await;
        assert!(behind.process.is_none() || kinds.contains_key(&Fault::KilledWorker), "{kinds:?}");
    }
}
