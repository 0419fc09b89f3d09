//! Load: pending records into Odoo, model by model, batch by batch.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use odograft_ledger::{Ledger, PlannedRecord};
use odograft_odoo::{Client, FastPath, FieldInfo, OdooError, Tempo};

use crate::cells::{self, Cells};
use crate::error::MigrationError;
use crate::events::Event;
use crate::files::{Files, MAX_FILE_BYTES};
use crate::fill;
use crate::follow::Followed;
use crate::insert::{FAST_PATH, Flight, progress, remove_fast_path};
use crate::modules::Modules;
use crate::namesake::Namesake;
use crate::stop::Stop;

/// What a load has written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// Records created.
    pub created: u64,
    /// Records changed.
    pub updated: u64,
    /// Records of Odoo's that were tied to a source record.
    pub adopted: u64,
    /// Fields that hold something else in Odoo than was written.
    pub differing: u64,
}

/// A pending record whose references are followed.
pub(crate) struct Ready {
    pub(crate) record: PlannedRecord,
    pub(crate) cells: Cells,
    /// Database ids of what the cells refer to, by field.
    pub(crate) ids: Ids,
    /// Fields that refer to records which are not in Odoo yet.
    pub(crate) later: Vec<String>,
}

/// Records whose references are followed.
#[derive(Default)]
struct Prepared {
    /// Those that Odoo has not.
    new: Vec<Ready>,
    /// Those that are in Odoo and may have to change.
    known: Vec<Ready>,
    /// How many were held back or refused.
    ended: u64,
    /// How many wait for others of their model.
    waiting: u64,
}

/// Database ids by field.
pub(crate) type Ids = HashMap<String, Vec<i64>>;

/// Brings what a ledger has planned into Odoo, and reads back what it wrote.
pub struct Loader<'a> {
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) client: &'a Client,
    /// By model and source object: the fields by which a record was adopted; they are never written.
    pub(crate) adopt_by: HashMap<(&'a str, &'a str), &'a [String]>,
    /// By model and the values of those fields: the source object and id of the plan's first record that has them.
    pub(crate) named: HashMap<(String, Vec<String>), (String, String)>,
    /// Models of which those in Odoo are among them.
    pub(crate) named_in_odoo: HashSet<String>,
    /// Database ids of external ids that every Odoo has.
    pub(crate) external: HashMap<String, i64>,
    /// The fields of models that were asked about.
    pub(crate) fields: HashMap<String, Arc<BTreeMap<String, FieldInfo>>>,
    /// The models, in the order in which they are loaded.
    pub(crate) order: Vec<String>,
    /// By model: the fields that were asked about, and whether Odoo fills them by itself.
    pub(crate) defaults: HashMap<String, HashMap<String, bool>>,
    pub(crate) tempo: Tempo,
    /// Whether calls go one by one, whatever the tempo.
    pub(crate) alone: bool,
    /// Whether several calls were under way at once in this wave.
    pub(crate) crowded: bool,
    /// Records of this wave that collided with others under way, and are sent again.
    pub(crate) collided: u64,
    /// The module of the migration's external ids, where the fast path is wanted, and the path once it is there.
    pub(crate) fast: Option<(String, Option<FastPath>)>,
    /// Updates in a row at which the server failed without saying why.
    pub(crate) failures: usize,
    pub(crate) written: Written,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) max_file_bytes: u64,
    /// Everything that is to be made has been made.
    pub(crate) closing: bool,
    stop: Stop,
}

impl<'a> Loader<'a> {
    /// A loader of a plan that adopts nothing of Odoo's.
    #[must_use]
    pub fn new(ledger: &'a mut Ledger, client: &'a Client) -> Self {
        Self {
            ledger,
            client,
            adopt_by: HashMap::new(),
            named: HashMap::new(),
            named_in_odoo: HashSet::new(),
            external: HashMap::new(),
            fields: HashMap::new(),
            order: Vec::new(),
            defaults: HashMap::new(),
            tempo: Tempo::new(client.pace(), Instant::now()),
            alone: false,
            crowded: false,
            collided: 0,
            fast: None,
            failures: 0,
            written: Written::default(),
            files: Arc::new(()),
            max_file_bytes: MAX_FILE_BYTES,
            closing: false,
            stop: Stop::default(),
        }
    }

    /// Inserts through a server action, which the load makes and takes away again: faster, and only an administrator may.
    /// `namespace` is the module of the migration's external ids.
    #[must_use]
    pub fn fast(mut self, namespace: &str) -> Self {
        self.fast = Some((namespace.to_owned(), None));
        self
    }

    /// The same with files: where they are opened, and how many bytes one may have.
    #[must_use]
    pub fn with_files(self, files: Arc<dyn Files>, max_file_bytes: u64) -> Self {
        Self { files, max_file_bytes, ..self }
    }

    /// The same with a person who may ask it to stop.
    #[must_use]
    pub fn stopping(self, stop: &Stop) -> Self {
        Self { stop: stop.clone(), ..self }
    }

    /// A loader of these modules' plan.
    pub(crate) fn of(ledger: &'a mut Ledger, client: &'a Client, modules: &'a Modules) -> Self {
        Self { adopt_by: modules.adopt_by(), ..Self::new(ledger, client) }
    }

    /// Brings every pending record of the models into Odoo, in this order.
    ///
    /// # Errors
    /// What no single record is to blame for; what was written so far is in the ledger.
    pub async fn load(mut self, models: &[String], report: &mut dyn FnMut(Event)) -> Result<Written, MigrationError> {
        self.order = models.to_vec();
        if let Some((namespace, path)) = &mut self.fast {
            self.ledger.set_meta(FAST_PATH, namespace)?;
            *path = Some(FastPath::set_up(self.client, namespace).await?);
        }
        let loaded = self.load_all(models, report).await;
        loaded.and(remove_fast_path(self.ledger, self.client).await)?;
        self.seal().await?;
        Ok(self.written)
    }

    async fn load_all(&mut self, models: &[String], report: &mut dyn FnMut(Event)) -> Result<(), MigrationError> {
        // A run that was killed may have left some.
        self.restore_parents().await?;
        self.expect_ripples().await?;
        for model in models {
            self.recheck_files(model).await?;
            self.model(model, report).await?;
        }
        // What was left out of circles, and the state of orders: by now everything else has an end.
        self.closing = true;
        self.alone = true;
        for model in models {
            self.wave(model, true, report).await?;
        }
        Ok(())
    }

    /// Waves: a record that refers to another of its model follows when that is in. What is left at last is a circle,
    /// which is cut.
    async fn model(&mut self, model: &str, report: &mut dyn FnMut(Event)) -> Result<(), MigrationError> {
        let mut cut = false;
        self.alone = false;
        loop {
            match self.wave(model, cut, report).await? {
                (_, 0) => return Ok(()),
                (0, _) if cut => return Ok(()),
                (0, _) => cut = true,
                _ => {}
            }
        }
    }

    /// Goes once through what is pending of a model: how many records came to an end, and how many did not.
    async fn wave(
        &mut self,
        model: &str,
        cut: bool,
        report: &mut dyn FnMut(Event),
    ) -> Result<(u64, u64), MigrationError> {
        let (mut ended, mut flight) = ((0, 0), Flight::new());
        self.tempo.turn(Instant::now());
        // A circle is cut no further than it must be: the records before have to be in.
        self.alone |= cut;
        (self.crowded, self.collided) = (false, 0);
        let mut result = self.send_all(model, cut, &mut flight, &mut ended, report).await;
        // What is on its way comes to its end whatever happened, so that the ledger knows of it.
        while let Some(landed) = flight.join_next().await {
            let landed = self.land(model, landed, report);
            result = result.and(landed.map(|count| ended.0 += count));
        }
        result?;
        if model == fill::CONTACT {
            self.restore_parents().await?;
        }
        // What collided is sent once more, with nothing beside it that it could collide with.
        self.alone |= self.collided > 0;
        ended.1 += self.collided;
        Ok(ended)
    }

    /// Sends what is pending of a model. New records travel in as many calls at once as the server has use for; what
    /// came of them goes into the ledger as they land.
    async fn send_all(
        &mut self,
        model: &str,
        cut: bool,
        flight: &mut Flight,
        (settled, waiting): &mut (u64, u64),
        report: &mut dyn FnMut(Event),
    ) -> Result<(), MigrationError> {
        let mut after = None;
        loop {
            self.stop.here()?;
            let records = self.ledger.pending(model, after, self.tempo.rows())?;
            let Some(last) = records.last() else { return Ok(()) };
            after = Some(last.rowid);
            let mut prepared = self.prepare(model, records, cut).await?;
            for ready in prepared.known {
                match self.update(ready).await? {
                    true => prepared.ended += 1,
                    false => prepared.waiting += 1,
                }
            }
            progress(model, prepared.ended, report);
            *settled += prepared.ended;
            *waiting += prepared.waiting;
            *settled += self.depart(model, prepared.new, flight, report).await?;
            while cut && let Some(landed) = flight.join_next().await {
                *settled += self.land(model, landed, report)?;
            }
        }
    }

    /// The fields of a model; each model is asked about once.
    pub(crate) async fn fields(&mut self, model: &str) -> Result<Arc<BTreeMap<String, FieldInfo>>, OdooError> {
        if let Some(known) = self.fields.get(model) {
            return Ok(Arc::clone(known));
        }
        let fields = Arc::new(self.client.fields_get(model).await?);
        self.fields.insert(model.to_owned(), Arc::clone(&fields));
        Ok(fields)
    }

    /// Follows the references of records, and parts those that can be written from those that can't.
    async fn prepare(
        &mut self,
        model: &str,
        records: Vec<PlannedRecord>,
        cut: bool,
    ) -> Result<Prepared, MigrationError> {
        let mut prepared = Prepared::default();
        for record in records {
            let cells: Cells = cells::parse(&record, &record.cells)?;
            let is_new = record.odoo_id.is_none();
            match self.follow(model, &cells, cut || !is_new).await? {
                Followed::All { ids, later } if is_new => match self.namesake(&record, &cells)? {
                    Namesake::None => prepared.new.push(Ready { record, cells, ids, later }),
                    Namesake::There(id) => prepared.known.push(self.tie(record, cells, ids, later, id)?),
                    Namesake::Coming => prepared.waiting += 1,
                },
                Followed::All { ids, later } => prepared.known.push(Ready { record, cells, ids, later }),
                Followed::Wait => prepared.waiting += 1,
                Followed::Missing { field, missing } => {
                    self.hold(&record, field, &missing)?;
                    prepared.ended += 1;
                }
                Followed::Refused(error) => {
                    self.refuse(&record, &error)?;
                    prepared.ended += 1;
                }
            }
        }
        Ok(prepared)
    }
}
