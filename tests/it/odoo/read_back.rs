//! Reading back: what Odoo makes of a value without a word is told by record and field, never by its value.

use odograft_ledger::Ledger;
use odograft_migration::{Cell, Loader, Undo, UndoOptions, Written};
use odograft_odoo::{Client, Protocol};

use super::Server;
use super::plan::{ledger, plan, planned, source, text};
use super::undo::word;

async fn run(ledger: &mut Ledger, client: &Client, name: &str) -> Written {
    let record = |object: &str, model: &str, n, cells| planned(name, model, object, n, cells);
    let person = |n: usize| ("name", text(format!("Patient {n} {name}")));
    let records = [
        record(
            "patient",
            "res.partner",
            0,
            vec![
                ("name", text(format!(" Blanks stay {name} "))),
                ("comment", text("<div><b>Sensitive</b> to cold &amp; heat</div>")),
                ("country_id", Cell::ExternalId("base.uk".into())),
                ("street", Cell::Empty),
                ("color", Cell::Integer(3)),
                ("partner_latitude", Cell::Float(51.5)),
                ("active", Cell::Boolean(false)),
                ("category_id", Cell::Many(Vec::new())),
                ("type", text("Other")),
            ],
        ),
        record("patient", "res.partner", 1, vec![person(1), ("website", text("www.example.invalid"))]),
        record("patient", "res.partner", 2, vec![person(2), ("comment", text("<p>a<script>b()</script></p>"))]),
        record("patient", "res.partner", 3, vec![person(3), ("email", text("a@example.invalid"))]),
        record("patient", "res.partner", 4, vec![person(4), ("city", text("Bath")), ("street", text("1 Mill Lane"))]),
        record(
            "patient",
            "res.partner",
            5,
            vec![
                person(5),
                ("parent_id", source("res.partner", "patient", 4, false)),
                ("type", text("contact")),
                ("city", text("Wells")),
                ("street", text("1 Mill Lane")),
            ],
        ),
        record(
            "plan",
            "crm.lead",
            0,
            vec![
                ("name", text("Implant")),
                ("partner_id", source("res.partner", "patient", 3, false)),
                ("email_from", text("b@example.invalid")),
                ("expected_revenue", Cell::Decimal("1250.50".into())),
            ],
        ),
    ];
    plan(ledger, &records);
    let models = ["res.partner", "crm.lead"].map(str::to_owned);
    Loader::new(ledger, client).load(&models, &mut |_| {}).await.expect("loaded")
}

async fn what_odoo_changed_is_told(server: &Server, protocol: Protocol) {
    let client = server.client(protocol);
    let name = word();
    let (_folder, mut ledger) = ledger();
    let written = run(&mut ledger, &client, &name).await;
    assert_eq!((written.created, written.differing), (7, 4));
    assert!(ledger.quarantined().expect("readable").is_empty());
    let findings = ledger.findings().expect("readable");
    let told: Vec<_> =
        findings.iter().map(|f| (f.source_id.as_str(), f.code.as_str(), f.field.as_deref().unwrap_or(""))).collect();
    let code = "differs-in-odoo";
    assert_eq!(told, [("1", code, "website"), ("2", code, "comment"), ("3", code, "email"), ("5", code, "city")]);
    for finding in &findings {
        let secret =
            ["example.invalid", "Wells", "Bath", "b()"].into_iter().find(|value| finding.message.contains(value));
        assert_eq!(secret, None, "{}", finding.message);
    }
    assert_eq!(run(&mut ledger, &client, &name).await, Written::default(), "nothing is sent because of that");
    let options = UndoOptions { write: true, drop_fields: false };
    let undone = Undo::new(&mut ledger, &client, &name, options).run(&mut |_| {}).await.expect("undone");
    assert_eq!(undone.counts.iter().map(|count| count.count).sum::<u64>(), 7);
}

on_both!(read_back_on_a_real_odoo: what_odoo_changed_is_told);
