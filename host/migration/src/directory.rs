//! What Odoo has already, as the planner asks for it: a server that answers, or what its administrator has exported.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use odograft_odoo::{Client, Exported, Exports, FieldInfo, OdooError, Protocol, SchemaPlan, Table, export_label};

use crate::adopt::{self, Found, Search};
use crate::error::{MigrationError, MissingExport};
use crate::modules::Modules;

/// The field of a record's external id, and the one of its database id, as exports name them.
const KEYS: [&str; 2] = ["External ID", "ID"];

/// The columns that tell what a model's fields are.
const FIELD_COLUMNS: [&str; 6] = ["Model Name", "Field Name", "Field Type", "Related Model", "Readonly", "Stored"];

/// The model whose records are the fields of all models.
const FIELDS: &str = "ir.model.fields";

/// Where a plan's look-ups go.
#[derive(Clone, Copy)]
pub(crate) enum Directory<'a> {
    /// To the server.
    Server(&'a Client),
    /// To exported files: the server's API is closed.
    Exports(&'a ExportDirectory<'a>),
}

impl Directory<'_> {
    /// Proves that whoever is asked will answer.
    pub(crate) async fn check_access(&self) -> Result<(), MigrationError> {
        match self {
            Self::Server(client) => Ok(client.check_access().await.map(drop)?),
            Self::Exports(_) => Ok(()),
        }
    }

    /// The records whose fields hold one of the `wanted` rows of values. Exports are searched by a record's own fields
    /// alone: nothing is found in them by what it refers to.
    pub(crate) async fn find(&self, search: Search<'_>, wanted: &[Vec<String>]) -> Result<Rc<Found>, MigrationError> {
        match self {
            Self::Server(client) => Ok(Rc::new(adopt::find(client, search, wanted).await?)),
            Self::Exports(_) if !(search.within.is_empty() && search.take.is_empty()) => Ok(Rc::default()),
            Self::Exports(exports) => exports.find(search.model, search.fields),
        }
    }

    /// The fields of a model; `None` when there is no such model.
    pub(crate) async fn fields(&self, model: &str) -> Result<Option<BTreeMap<String, FieldInfo>>, MigrationError> {
        match self {
            Self::Server(client) => match client.fields_get(model).await {
                Ok(fields) => Ok(Some(fields)),
                Err(OdooError::NoModel { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            },
            Self::Exports(exports) => exports.fields(model),
        }
    }

    /// Model of the records with these external ids; `None` when nobody can tell.
    pub(crate) async fn externals(
        &self,
        wanted: &[String],
    ) -> Result<Option<BTreeMap<String, String>>, MigrationError> {
        match self {
            Self::Server(client) => {
                let found = client.resolve_external_ids(wanted).await?;
                Ok(Some(found.into_iter().map(|(name, (model, _))| (name, model)).collect()))
            }
            Self::Exports(_) => Ok(None),
        }
    }

    /// Whether texts with control characters arrive: XML-RPC cannot carry them.
    pub(crate) async fn carries_control(&self) -> Result<bool, MigrationError> {
        match self {
            Self::Server(client) => Ok(client.protocol().await? != Protocol::XmlRpc),
            Self::Exports(_) => Ok(true),
        }
    }
}

/// A model, and the fields that its records are looked up by.
type Sought = (String, Vec<String>);

/// An administrator's exports, asked as a server would be. What was asked for and is not there is kept, so that all of it
/// can be told at once.
pub(crate) struct ExportDirectory<'a> {
    exports: &'a Exports,
    /// Label and name of the fields that the modules bring, by model.
    labels: HashMap<String, Vec<(String, String)>>,
    tables: RefCell<HashMap<String, Option<Rc<Table>>>>,
    /// Look-ups that were made, by model and fields.
    found: RefCell<HashMap<Sought, Rc<Found>>>,
    /// External ids by model and database id.
    names: RefCell<HashMap<String, HashMap<i64, String>>>,
    /// Places in the tables by model and external id.
    places: RefCell<HashMap<String, HashMap<String, usize>>>,
    missing: RefCell<BTreeMap<String, BTreeSet<String>>>,
}

impl<'a> ExportDirectory<'a> {
    pub(crate) fn new(exports: &'a Exports, schema: &SchemaPlan) -> Self {
        let mut labels: HashMap<String, Vec<(String, String)>> = HashMap::new();
        for field in &schema.fields {
            labels.entry(field.model.clone()).or_default().push((field.label.clone(), field.name.clone()));
        }
        Self {
            exports,
            labels,
            tables: RefCell::default(),
            found: RefCell::default(),
            names: RefCell::default(),
            places: RefCell::default(),
            missing: RefCell::default(),
        }
    }

    /// The records of a model, where it was exported.
    pub(crate) fn table(&self, model: &str) -> Result<Option<Rc<Table>>, MigrationError> {
        if let Some(known) = self.tables.borrow().get(model) {
            return Ok(known.clone());
        }
        let labels: Vec<(&str, &str)> =
            self.labels.get(model).into_iter().flatten().map(|(label, name)| (label.as_str(), name.as_str())).collect();
        let table = self.exports.table(model, &labels)?.map(Rc::new);
        self.tables.borrow_mut().insert(model.to_owned(), table.clone());
        Ok(table)
    }

    /// Keeps that a model's export is wanted with these columns.
    pub(crate) fn miss(&self, model: &str, columns: &[&str]) {
        let mut missing = self.missing.borrow_mut();
        missing.entry(model.to_owned()).or_default().extend(columns.iter().map(|column| (*column).to_owned()));
    }

    /// Stops where anything was asked for that is not there.
    pub(crate) fn complete(&self) -> Result<(), MigrationError> {
        let missing: Vec<MissingExport> = std::mem::take(&mut *self.missing.borrow_mut())
            .into_iter()
            .map(|(model, columns)| {
                let keys = KEYS.iter().filter(|key| columns.contains(**key)).map(|key| (*key).to_owned());
                let others = columns.iter().filter(|column| !KEYS.contains(&column.as_str())).cloned();
                MissingExport { columns: keys.chain(others).collect(), model }
            })
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(MigrationError::MissingExports { missing }) }
    }

    /// Whether anything was asked for that is not there.
    pub(crate) fn misses(&self) -> bool {
        !self.missing.borrow().is_empty()
    }

    /// Asks for everything that modules say they will look up, and makes of a plan's fingerprint one that the answers are
    /// part of. Exports of models that the migration writes itself come with every reconciliation: they are not.
    pub(crate) fn add_to(&self, fingerprint: &str, modules: &Modules) -> Result<String, MigrationError> {
        let targets = || modules.manifests().flat_map(|manifest| &manifest.targets);
        for target in targets().filter(|target| !target.adopt_by.is_empty()) {
            self.find(&target.model, &target.adopt_by)?;
        }
        self.fields(FIELDS)?;
        let writes = |model: &&str| targets().any(|t| t.model == **model && t.may_create && t.adopt_by.is_empty());
        let looked_up: Vec<&str> = self.exports.models().filter(|model| *model != FIELDS && !writes(model)).collect();
        Ok(format!("{fingerprint} {}", self.exports.digest(&looked_up)))
    }

    /// The external id of a record by its database id.
    pub(crate) fn external_id(&self, model: &str, id: i64) -> Result<Option<String>, MigrationError> {
        if !self.names.borrow().contains_key(model) {
            let table = self.table(model)?;
            let records = table.iter().flat_map(|table| &table.records).filter(|r| !r.external_id.is_empty());
            let names = records.filter_map(|record| Some((record.id?, record.external_id.clone()))).collect();
            self.names.borrow_mut().insert(model.to_owned(), names);
        }
        Ok(self.names.borrow().get(model).and_then(|names| names.get(&id).cloned()))
    }

    /// What users see before a field, and so above its column.
    pub(crate) fn header<'f>(&'f self, model: &str, field: &'f str) -> &'f str {
        let own = self.labels.get(model).into_iter().flatten().find(|(_, name)| name == field);
        own.map_or_else(|| export_label(model, field), |(label, _)| label)
    }

    /// The record of an external id, where its model was exported and holds it.
    pub(crate) fn record(&self, table: &Table, model: &str, external: &str) -> Option<usize> {
        let mut places = self.places.borrow_mut();
        let of_model = places.entry(model.to_owned()).or_insert_with(|| {
            let names = table.records.iter().map(|Exported { external_id, .. }| external_id.clone());
            names.enumerate().map(|(place, name)| (name, place)).collect()
        });
        of_model.get(external).copied()
    }

    /// The records of a model by these fields. The whole export is gone through once.
    fn find(&self, model: &str, fields: &[String]) -> Result<Rc<Found>, MigrationError> {
        let key = (model.to_owned(), fields.to_vec());
        if let Some(known) = self.found.borrow().get(&key) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(self.index(model, fields)?);
        self.found.borrow_mut().insert(key, Rc::clone(&found));
        Ok(found)
    }

    fn index(&self, model: &str, fields: &[String]) -> Result<Found, MigrationError> {
        let labels = fields.iter().map(|field| export_label(model, field));
        let columns: Vec<&str> = KEYS.iter().copied().chain(labels).collect();
        let mut found = Found::default();
        let Some(table) = self.table(model)? else {
            self.miss(model, &columns);
            return Ok(found);
        };
        let places: Option<Vec<usize>> = fields.iter().map(|field| table.column(field)).collect();
        let Some(places) = places else {
            self.miss(model, &columns);
            return Ok(found);
        };
        for record in &table.records {
            let Some(id) = record.id else {
                self.miss(model, &columns);
                return Ok(found);
            };
            let value = |place: &usize| plain(record.cells[*place].as_deref().unwrap_or_default()).to_owned();
            found.add(&places.iter().map(value).collect::<Vec<_>>(), id);
        }
        Ok(found)
    }

    fn fields(&self, model: &str) -> Result<Option<BTreeMap<String, FieldInfo>>, MigrationError> {
        let fields = self.exports.fields(model)?;
        if fields.is_none() {
            self.miss(FIELDS, &FIELD_COLUMNS);
            return Ok(Some(BTreeMap::new()));
        }
        Ok(fields.filter(|fields| !fields.is_empty()))
    }
}

/// A cell without the apostrophe that Odoo's export puts before a text that a spreadsheet would take for a formula.
pub(crate) fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '-', '+']) => rest,
        _ => cell,
    }
}
