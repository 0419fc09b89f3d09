//! One run, from the source to Odoo; stopped anywhere, the next run goes on there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use odograft_engine::Package;
use odograft_ledger::{Ledger, LedgerError, RecordCounts, SchemaPart};
use odograft_odoo::{Client, SchemaPlan, SchemaReport, bulk_context};
use odograft_sources::{DropKind, Source};
use serde::Serialize;
use serde_json::{Value, json};

use crate::adopt::Match;
use crate::capture::Capture;
use crate::clock;
use crate::directory::{Directory, ExportDirectory};
use crate::error::MigrationError;
use crate::files::MAX_FILE_BYTES;
use crate::load::{Loader, Written};
use crate::modules::Modules;
use crate::plan::Planner;
use crate::preflight::{self, Found};
use crate::{extract, order, pack, schema, undo};

/// What a client's configuration decides.
#[derive(Debug, Clone)]
pub struct Options {
    /// The migration's name: lower-case letters, digits and `_`; part of every external id.
    pub name: String,
    /// The moment that counts as now for the modules, in seconds since 1970-01-01T00:00:00Z. Taken
    /// from the clock by the first run, and kept in the ledger from then on.
    pub as_of: Option<i64>,
    /// Log-in of the Odoo user who stands in for unmatched owners.
    pub owner_fallback: Option<String>,
    /// The share of its records that a module may fail on before the run stops.
    pub max_failed_share: f64,
    /// Failures of a module before its share is looked at.
    pub failures_before_judging: u64,
    /// Whether new records go through a server action, see [`Loader::fast`].
    pub server_action: bool,
    /// The most bytes that a file may have.
    pub max_file_bytes: u64,
    /// Sees every call of a module.
    pub capture: Option<Arc<dyn Capture>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "clinic".to_owned(),
            as_of: None,
            owner_fallback: None,
            max_failed_share: 0.05,
            failures_before_judging: 20,
            server_action: false,
            max_file_bytes: MAX_FILE_BYTES,
            capture: None,
        }
    }
}

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Source rows into staging.
    Extract,
    /// Staged rows put together, to see what cannot be read.
    Audit,
    /// Staged rows through the modules into the plan.
    Transform,
    /// Planned cells against Odoo's fields.
    Preflight,
    /// Custom fields and pages in Odoo.
    Schema,
    /// Planned records into Odoo.
    Load,
    /// Planned records into files for Odoo's administrator.
    Pack,
    /// What was written taken back.
    Undo,
}

impl Stage {
    /// The stage's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Extract => "extract",
            Self::Audit => "audit",
            Self::Transform => "transform",
            Self::Preflight => "preflight",
            Self::Schema => "schema",
            Self::Load => "load",
            Self::Pack => "pack",
            Self::Undo => "undo",
        }
    }
}

/// What a run tells while it works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A stage begins.
    Started {
        /// Which.
        stage: Stage,
    },
    /// Rows are through.
    Progress {
        /// In which stage.
        stage: Stage,
        /// The source object or Odoo model.
        what: String,
        /// Rows since the last such event.
        done: u64,
    },
    /// A stage is over.
    Finished {
        /// Which.
        stage: Stage,
    },
}

/// How long a stage took.
#[derive(Debug, Clone, Serialize)]
pub struct StageTime {
    /// Which.
    pub stage: Stage,
    /// Wall clock in milliseconds.
    pub milliseconds: u64,
}

/// How many records of a model stand where.
#[derive(Debug, Clone, Serialize)]
pub struct ModelCount {
    /// The Odoo model.
    pub model: String,
    /// The counts.
    #[serde(flatten)]
    pub counts: RecordCounts,
}

/// What a run has done.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The migration's name.
    pub name: String,
    /// The moment that counts as now.
    pub as_of: i64,
    /// Staged rows by source object.
    pub staged: Vec<(String, u64)>,
    /// Records by Odoo model.
    pub models: Vec<ModelCount>,
    /// Records created by this run.
    pub created: u64,
    /// Records changed by this run.
    pub updated: u64,
    /// Records of Odoo's that this run tied to a source record.
    pub adopted: u64,
    /// Fields that this run added to Odoo.
    pub fields_created: usize,
    /// Quarantined records by stage and code.
    pub quarantined: Vec<(String, String, u64)>,
    /// Findings by code.
    pub findings: Vec<(String, u64)>,
    /// Time by stage.
    pub times: Vec<StageTime>,
}

/// What is known before the first write to Odoo.
pub(crate) struct Prepared {
    /// The models, in the order in which they are loaded.
    pub(crate) models: Vec<String>,
    pub(crate) schema: SchemaPlan,
    /// What the plan depends on besides the staged rows.
    pub(crate) fingerprint: String,
    as_of: i64,
    times: Vec<StageTime>,
}

/// A migration that is ready to run.
pub struct Migration {
    /// Where everything is kept.
    pub ledger: Ledger,
    /// The destination.
    pub client: Client,
    sources: Arc<Vec<Source>>,
    pub(crate) modules: Modules,
    options: Options,
    /// The module part of external ids.
    pub(crate) namespace: String,
}

impl Migration {
    /// Puts the parts together; nothing is read or written yet.
    #[must_use]
    pub fn new(ledger: Ledger, client: Client, sources: Vec<Source>, modules: Modules, options: Options) -> Self {
        let namespace = format!("odograft_{}", options.name);
        Self { ledger, client, sources: Arc::new(sources), modules, options, namespace }
    }

    /// The modules, in the order of the configuration.
    #[must_use]
    pub fn modules(&self) -> &Modules {
        &self.modules
    }

    /// Runs to the end, from wherever the last run stopped. A run after a finished one reads the
    /// source again and writes what has changed; where modules or settings are others than before, it
    /// first brings Odoo up to them from the rows that are staged.
    ///
    /// Needs tokio's runtime of several threads, as it calls modules and the ledger in place.
    ///
    /// # Errors
    /// The first thing that stops it; what it has done so far stays done.
    pub async fn run(&mut self, report: &mut dyn FnMut(Event)) -> Result<Summary, MigrationError> {
        let Prepared { models, schema, as_of, mut times, .. } = self.prepare(None, report).await?;
        let mut timed = |stage, began: Instant| times.push(StageTime { stage, milliseconds: millis(began.elapsed()) });

        let began = start(Stage::Preflight, report);
        let found =
            preflight::check(&mut self.ledger, Directory::Server(&self.client), &models, &schema.fields, true).await?;
        if found.iter().any(|found| found.flaw.stops()) {
            return Err(MigrationError::Preflight { found });
        }
        timed(Stage::Preflight, began);
        report(Event::Finished { stage: Stage::Preflight });

        let began = start(Stage::Schema, report);
        self.note_schema(&schema).await?;
        let schema: SchemaReport = odograft_odoo::apply(&self.client, &schema).await?;
        if !schema.created_fields.is_empty() {
            let fields: Vec<_> =
                schema.created_fields.iter().map(|(model, name, _)| format!("{model}.{name}")).collect();
            self.audit("schema", json!({ "fields": fields }))?;
        }
        if !schema.created_fields.is_empty() {
            let done = schema.created_fields.len() as u64;
            report(Event::Progress { stage: Stage::Schema, what: "field".to_owned(), done });
        }
        timed(Stage::Schema, began);
        report(Event::Finished { stage: Stage::Schema });

        let began = start(Stage::Load, report);
        let pending = self.pending()?;
        if !pending.is_empty() {
            // The flags change what Odoo does with a write: no mail, no follower, no tracking.
            let action = self.options.server_action;
            self.audit(
                "load-begun",
                json!({ "pending": pending, "context": bulk_context(), "server_action": action }),
            )?;
        }
        let (files, limit) = (Arc::clone(&self.sources), self.options.max_file_bytes);
        let mut loader = Loader::of(&mut self.ledger, &self.client, &self.modules).with_files(files, limit);
        if self.options.server_action {
            loader = loader.fast(&self.namespace);
        }
        let written = loader.load(&models, report).await?;
        if !pending.is_empty() {
            self.audit("load", json!({ "written": written, "pending": self.pending()? }))?;
        }
        timed(Stage::Load, began);
        report(Event::Finished { stage: Stage::Load });
        self.summary(as_of, written, schema.created_fields.len(), times)
    }

    /// Reads the source, plans, and looks at every planned cell; nothing is written to Odoo. What is wrong, in full.
    ///
    /// # Errors
    /// As [`Migration::run`].
    pub async fn check(&mut self, report: &mut dyn FnMut(Event)) -> Result<Vec<Found>, MigrationError> {
        let Prepared { models, schema, .. } = self.prepare(None, report).await?;
        let _ = start(Stage::Preflight, report);
        let found =
            preflight::check(&mut self.ledger, Directory::Server(&self.client), &models, &schema.fields, false).await?;
        report(Event::Finished { stage: Stage::Preflight });
        Ok(found)
    }

    /// Everything before the first write to Odoo: source rows in staging, records in the plan. Look-ups go to Odoo, or to
    /// its administrator's exports where they are given.
    pub(crate) async fn prepare(
        &mut self,
        exports: Option<&ExportDirectory<'_>>,
        report: &mut dyn FnMut(Event),
    ) -> Result<Prepared, MigrationError> {
        self.check_modules()?;
        if self.ledger.shredded()?.is_some() {
            return Err(LedgerError::Shredded.into());
        }
        self.leave_undo()?;
        exports.map_or(Directory::Server(&self.client), Directory::Exports).check_access().await?;
        let models = order::models(self.modules.manifests());
        let schema = schema::plan(self.modules.manifests(), &self.namespace)?;
        let as_of = self.as_of()?;
        let fallback = self.fallback(exports).await?;
        let mut times = Vec::new();
        let mut timed = |stage, began: Instant| times.push(StageTime { stage, milliseconds: millis(began.elapsed()) });

        let mut fingerprint = self.fingerprint(as_of, fallback);
        if let Some(exports) = exports {
            fingerprint = exports.add_to(&fingerprint, &self.modules)?;
        }
        // What was planned stays as it is until it is known what of a pack is in Odoo.
        let out = self.ledger.meta(pack::META)?.filter(|out| !out.is_empty());
        if out.is_some_and(|out| exports.is_none() || out != fingerprint) {
            return Err(MigrationError::PackOut);
        }
        let pass = self.pass(&fingerprint)?;
        let began = start(Stage::Extract, report);
        if self.ledger.current_pass()? == Some((pass, false)) {
            extract::extract(&mut self.ledger, &self.sources, pass, report).await?;
        }
        timed(Stage::Extract, began);
        report(Event::Finished { stage: Stage::Extract });

        let began = start(Stage::Transform, report);
        if !self.is_planned(pass, &fingerprint)? {
            self.ledger.begin_plan(pass)?;
            let directory = exports.map_or(Directory::Server(&self.client), Directory::Exports);
            let (modules, options) = (&self.modules, &self.options);
            Planner::new(&mut self.ledger, directory, modules, options, &self.namespace, as_of, fallback)
                .transform(report)
                .await?;
            exports.map_or(Ok(()), ExportDirectory::complete)?;
            let counts = self.ledger.finish_plan(pass)?;
            self.ledger.set_meta("plan_of", &fingerprint)?;
            let modules: BTreeMap<_, _> = self.modules.digests().collect();
            self.audit("plan", json!({ "pass": pass, "records": counts, "modules": modules }))?;
        }
        timed(Stage::Transform, began);
        report(Event::Finished { stage: Stage::Transform });

        Ok(Prepared { models, schema, fingerprint, as_of, times })
    }

    /// An undo that was broken off goes on first; what a finished one has left behind is loaded again.
    fn leave_undo(&mut self) -> Result<(), MigrationError> {
        match self.ledger.meta(undo::META)?.as_deref() {
            Some(undo::UNDER_WAY) => Err(MigrationError::UndoUnderWay),
            Some(_) => {
                self.ledger.forget_undo()?;
                Ok(self.ledger.set_meta(undo::META, "")?)
            }
            None => Ok(()),
        }
    }

    /// Keeps what the schema phase is about to make, so that an undo knows it.
    async fn note_schema(&mut self, plan: &SchemaPlan) -> Result<(), MigrationError> {
        let part = |kind: &str, model: String, name: String, value: String| {
            let kind = kind.to_owned();
            SchemaPart { kind, model, name, value }
        };
        let (fields, choices) = odograft_odoo::missing(&self.client, plan).await?;
        let fields = fields.into_iter().map(|(model, name)| part("field", model, name, String::new()));
        let choices = choices.into_iter().map(|(model, name, value)| part("choice", model, name, value));
        let pages = plan.pages.iter().map(|page| part("page", page.model.clone(), String::new(), String::new()));
        let parts: Vec<SchemaPart> = fields.chain(choices).chain(pages).collect();
        Ok(self.ledger.note_schema(&parts)?)
    }

    /// Records that no module takes would be read and lost without a word.
    fn check_modules(&self) -> Result<(), MigrationError> {
        Self::check_mappable(&self.sources)?;
        let unmapped = |source: &&Source| package(source).is_some_and(|package| !self.modules.speaks(package));
        match self.sources.iter().find(unmapped) {
            Some(source) => Err(MigrationError::NoModuleFor { source_name: source.name() }),
            None => Ok(()),
        }
    }

    /// Refuses a source for which there is no contract: what it holds can be extracted, and no module could map it.
    ///
    /// # Errors
    /// [`MigrationError::NoMappingFor`].
    pub fn check_mappable(sources: &[Source]) -> Result<(), MigrationError> {
        match sources.iter().find(|source| package(source).is_none()) {
            Some(source) => Err(MigrationError::NoMappingFor { source_name: source.name() }),
            None => Ok(()),
        }
    }

    /// The pass to work on: the one that is under way, or a new one when everything of it is done.
    fn pass(&mut self, fingerprint: &str) -> Result<u64, MigrationError> {
        if let Some((pass, true)) = self.ledger.current_pass()? {
            let pending = self.ledger.models()?.iter().any(|(_, counts)| counts.pending > 0);
            if pending || !self.is_planned(pass, fingerprint)? {
                return Ok(pass);
            }
        }
        Ok(self.ledger.begin_pass()?)
    }

    fn is_planned(&self, pass: u64, fingerprint: &str) -> Result<bool, MigrationError> {
        let same = self.ledger.meta("plan_of")?.as_deref() == Some(fingerprint);
        Ok(same && self.ledger.planned_pass()? == Some(pass))
    }

    /// Everything besides the staged rows that a plan depends on.
    fn fingerprint(&self, as_of: i64, fallback: Option<i64>) -> String {
        let mut words = format!("{} {as_of} {fallback:?}", self.options.name);
        for (name, digest) in self.modules.digests() {
            words.push_str(&format!(" {name}={digest}"));
        }
        for settings in self.modules.settings() {
            for setting in settings {
                words.push_str(&format!(" {}={}", setting.name, setting.value));
            }
            words.push(';');
        }
        blake3::hash(words.as_bytes()).to_hex().to_string()
    }

    /// The migration's moment: the ledger's, else the configuration's, else now.
    fn as_of(&mut self) -> Result<i64, MigrationError> {
        if let Some(kept) = self.ledger.meta("as_of")?.and_then(|text| text.parse().ok())
            && self.options.as_of.is_none_or(|wanted| wanted == kept)
        {
            return Ok(kept);
        }
        let as_of = self.options.as_of.unwrap_or_else(clock::now);
        self.ledger.set_meta("as_of", &as_of.to_string())?;
        Ok(as_of)
    }

    async fn fallback(&self, exports: Option<&ExportDirectory<'_>>) -> Result<Option<i64>, MigrationError> {
        let Some(login) = &self.options.owner_fallback else { return Ok(None) };
        let wanted = vec![login.clone()];
        let directory = exports.map_or(Directory::Server(&self.client), Directory::Exports);
        let found = directory.find("res.users", &["login".to_owned()], std::slice::from_ref(&wanted)).await?;
        match found.get(&wanted) {
            Match::One(id) => Ok(Some(id)),
            // Told with everything else that is missing.
            _ if exports.is_some_and(ExportDirectory::misses) => Ok(None),
            Match::None | Match::Several => Err(MigrationError::NoFallback { login: login.clone() }),
        }
    }

    /// Appends to the audit, now.
    pub(crate) fn audit(&mut self, action: &str, detail: Value) -> Result<(), MigrationError> {
        Ok(self.ledger.audit(clock::now(), action, detail)?)
    }

    /// How many records of each model are still to be sent.
    fn pending(&self) -> Result<BTreeMap<String, u64>, MigrationError> {
        let models = self.ledger.models()?.into_iter().map(|(model, counts)| (model, counts.pending));
        Ok(models.filter(|(_, pending)| *pending > 0).collect())
    }

    /// The migration's name.
    pub(crate) fn name(&self) -> &str {
        &self.options.name
    }

    /// Quarantined records by stage and code.
    pub(crate) fn quarantined(&self) -> Result<Vec<(String, String, u64)>, MigrationError> {
        let mut quarantined: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in self.ledger.quarantined()? {
            *quarantined.entry((row.stage, row.code)).or_default() += 1;
        }
        Ok(quarantined.into_iter().map(|((stage, code), count)| (stage, code, count)).collect())
    }

    fn summary(
        &self,
        as_of: i64,
        written: Written,
        fields_created: usize,
        times: Vec<StageTime>,
    ) -> Result<Summary, MigrationError> {
        Ok(Summary {
            name: self.options.name.clone(),
            as_of,
            staged: self.ledger.staged_objects()?,
            models: self.ledger.models()?.into_iter().map(|(model, counts)| ModelCount { model, counts }).collect(),
            created: written.created,
            updated: written.updated,
            adopted: written.adopted,
            fields_created,
            quarantined: self.quarantined()?,
            findings: self.ledger.finding_counts()?,
            times,
        })
    }
}

fn start(stage: Stage, report: &mut dyn FnMut(Event)) -> Instant {
    report(Event::Started { stage });
    Instant::now()
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The contract of a source's records; none where there is none yet.
fn package(source: &Source) -> Option<Package> {
    match source {
        Source::Dentally(_) => Some(Package::Dentally),
        Source::PerioDrop(_) => Some(Package::Perio),
        Source::Tables(drop) => match drop.kind() {
            DropKind::DentOSoft => Some(Package::DentOSoft),
            DropKind::PracticeByNumbers => Some(Package::PracticeByNumbers),
            DropKind::Tabular => Some(Package::Tabular),
            _ => None,
        },
        _ => None,
    }
}
