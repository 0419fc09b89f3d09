//! A plan in a ledger, made without sources and modules: every model that a practice's records go to.

use std::io::Cursor;
use std::sync::Arc;

use odograft_ledger::{Ledger, Notes, PlannedRecord, RecordState};
use odograft_migration::{Cell, Cells, Files, Loader, Opening, external_id};
use odograft_odoo::Client;
use odograft_sources::OpenFile;
use tempfile::TempDir;

/// How many records of each model.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) partners: usize,
    pub(crate) activities: usize,
    pub(crate) messages: usize,
    pub(crate) attachments: usize,
    pub(crate) orders: usize,
}

/// The models of a plan, each after those that it refers to.
pub(crate) const MODELS: [&str; 7] = [
    "product.product",
    "res.partner",
    "mail.activity",
    "mail.message",
    "ir.attachment",
    "sale.order",
    "sale.order.line",
];

/// What the plan has to know of the server.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    /// The id of `ir.model`'s record of contacts.
    pub(crate) partner_model: i64,
    /// A contact that is in Odoo already.
    pub(crate) adopted: i64,
    /// A user beside the key's, who is given the activities.
    pub(crate) assignee: Option<i64>,
}

/// A ledger in a folder of its own, gone when dropped.
pub(crate) struct Migration {
    _folder: TempDir,
    pub(crate) ledger: Ledger,
    pub(crate) name: String,
    /// What was planned.
    pub(crate) records: Vec<PlannedRecord>,
}

impl Migration {
    /// Plans records under a name that no other migration of the server has.
    pub(crate) fn plan(name: &str, size: Size, known: Known) -> Self {
        let (folder, mut ledger) = ledger();
        let records = records(name, size, known);
        plan(&mut ledger, &records);
        Self { _folder: folder, ledger, name: name.to_owned(), records }
    }

    /// A loader that has the plan's files.
    pub(crate) fn loader<'a>(&'a mut self, client: &'a Client) -> Loader<'a> {
        Loader::new(&mut self.ledger, client).with_files(Arc::new(Papers), 1 << 20)
    }
}

/// The files of a plan: a handle is a number.
struct Papers;

impl Files for Papers {
    fn open<'a>(&'a self, _: &'a str, handle: &'a str) -> Opening<'a> {
        let reader = Box::pin(Cursor::new(paper(handle.parse().expect("a number"))));
        Box::pin(async move { Ok(OpenFile { length: None, stamp: None, reader }) })
    }
}

/// What the file of this number holds: up to 40,000 bytes, or none at all.
pub(crate) fn paper(number: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(number as u64);
    let mut bytes = vec![0; number * 997 % 40_000];
    random.fill(&mut bytes);
    bytes
}

/// An empty ledger, and the folder that goes with it when dropped.
pub(crate) fn ledger() -> (TempDir, Ledger) {
    let folder = TempDir::new().expect("a temporary folder");
    let ledger = Ledger::open(&folder.path().join("ledger.db"), &"a plan's ledger".into()).expect("a ledger");
    (folder, ledger)
}

/// A new pass that plans these records and no others.
pub(crate) fn plan(ledger: &mut Ledger, records: &[PlannedRecord]) {
    let pass = ledger.begin_pass().expect("a pass");
    ledger.begin_plan(pass).expect("a plan");
    ledger.plan_records(records, &Notes::default()).expect("planned");
}

pub(crate) fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

pub(crate) fn source(model: &str, object: &str, number: usize, as_integer: bool) -> Cell {
    Cell::Source { model: model.into(), object: object.into(), id: number.to_string(), as_integer }
}

/// One record of the plan of the migration `name`.
pub(crate) fn planned(name: &str, model: &str, object: &str, number: usize, cells: Vec<(&str, Cell)>) -> PlannedRecord {
    let cells: Cells = cells.into_iter().map(|(field, cell)| (field.to_owned(), cell)).collect();
    let source_id = number.to_string();
    PlannedRecord {
        rowid: 0,
        external_id: external_id(&format!("odograft_{name}"), model, object, &source_id),
        model: model.to_owned(),
        object: object.to_owned(),
        source_id,
        cells: serde_json::to_string(&cells).expect("serialises"),
        written_cells: None,
        odoo_id: None,
        state: RecordState::Planned,
    }
}

fn records(name: &str, size: Size, known: Known) -> Vec<PlannedRecord> {
    let record = |model: &str, object: &str, number, cells| planned(name, model, object, number, cells);
    let partner = |number: usize| number % size.partners.max(1);
    let mut records = vec![record("product.product", "treatment", 0, vec![("name", text(format!("Crown {name}")))])];
    for n in 0..size.partners {
        let cells = vec![
            ("name", text(format!("Patient {n} Ö'Neill"))),
            ("ref", text(format!("{name}/{n}"))),
            ("email", text(format!("patient{n}.{name}@example.invalid"))),
            ("phone", text(format!("07700 900{:03}", n % 1000))),
            ("street", text(format!("{n} Mill Lane"))),
            ("city", text("Bath")),
            ("zip", text("BA1 1AA")),
            ("comment", text("<p>Sensitive to cold</p>")),
            ("country_id", Cell::ExternalId("base.uk".into())),
        ];
        records.push(record("res.partner", "patient", n, cells));
    }
    let adopted = vec![
        ("city", text("Wells")),
        ("function", text("Dentist")),
        ("country_id", Cell::ExternalId("base.uk".into())),
    ];
    records.push(PlannedRecord {
        odoo_id: Some(known.adopted),
        state: RecordState::Adopted,
        ..record("res.partner", "staff", 0, adopted)
    });
    for n in 0..size.activities {
        let mut cells = vec![
            ("res_model_id", Cell::Id(known.partner_model)),
            ("res_id", source("res.partner", "patient", partner(n), true)),
            ("summary", text(format!("Recall {n}"))),
            ("date_deadline", text("2019-03-04")),
        ];
        cells.extend(known.assignee.map(|user| ("user_id", Cell::Id(user))));
        if n % 2 == 0 {
            cells.extend([("active", Cell::Boolean(false)), ("date_done", text("2018-01-02"))]);
        }
        records.push(record("mail.activity", "recall", n, cells));
    }
    for n in 0..size.messages {
        let cells = vec![
            ("model", text("res.partner")),
            ("res_id", source("res.partner", "patient", partner(n), true)),
            ("body", text(format!("<p>Note {n}</p>"))),
            ("date", text("2017-05-06 08:30:00")),
            ("message_type", text("comment")),
        ];
        records.push(record("mail.message", "note", n, cells));
    }
    for n in 0..size.attachments {
        let cells = vec![
            ("name", text(format!("letter-{n}.txt"))),
            ("res_model", text("res.partner")),
            ("res_id", source("res.partner", "patient", partner(n), true)),
            ("datas", Cell::File { object: "document".into(), handle: n.to_string() }),
        ];
        records.push(record("ir.attachment", "document", n, cells));
    }
    for n in 0..size.orders {
        let cells = vec![
            ("partner_id", source("res.partner", "patient", partner(n), false)),
            ("client_order_ref", text(format!("Plan {n}"))),
            ("date_order", text("2020-02-29 09:00:00")),
            ("state", text(["draft", "sale"][n % 2])),
        ];
        records.push(record("sale.order", "plan", n, cells));
        for line in 0..2 {
            let cells = vec![
                ("order_id", source("sale.order", "plan", n, false)),
                ("product_id", source("product.product", "treatment", 0, false)),
                ("name", text(format!("Tooth {line}"))),
                ("product_uom_qty", Cell::Float(1.0)),
                ("price_unit", Cell::Decimal("125.50".into())),
            ];
            records.push(record("sale.order.line", "item", n * 2 + line, cells));
        }
    }
    records
}
