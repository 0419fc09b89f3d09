//! One run, from the source to Odoo; stopped anywhere, the next run goes on there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use odograft_engine::Package;
use odograft_ledger::{Ledger, LedgerError, SchemaPart};
use odograft_odoo::{Client, SchemaPlan, SchemaReport, bulk_context};
use odograft_sources::{DropKind, Source};
use serde_json::{Value, json};

use crate::absent;
use crate::adopt::{Match, Search};
use crate::clock;
use crate::directory::{Directory, ExportDirectory};
use crate::error::MigrationError;
use crate::events::{Event, ModelCount, Stage, StageTime, Summary};
use crate::load::{Loader, Written};
use crate::merge::Merges;
use crate::modules::Modules;
use crate::options::Options;
use crate::owners::{self, OwnerChoices};
use crate::plan::{People, Planner};
use crate::preflight::{self, Found};
use crate::rate::{self, Rate};
use crate::{approval, extract, order, pack, proposal, schema, undo};

/// What is known before the first write to Odoo.
pub(crate) struct Prepared {
    /// The models, in the order in which they are loaded.
    pub(crate) models: Vec<String>,
    pub(crate) schema: SchemaPlan,
    /// What the plan depends on besides the staged rows.
    pub(crate) fingerprint: String,
    /// The hash that a practice approves.
    pub(crate) plan: String,
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
    pub(crate) options: Options,
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
        let prepared = self.prepare(None, report).await?;
        self.demand(&prepared)?;
        self.carry_out(prepared, report).await
    }

    /// Stops what would write without the practice's yes, or while it is undecided who owns what.
    pub(crate) fn demand(&self, prepared: &Prepared) -> Result<(), MigrationError> {
        owners::demand(&self.ledger, &self.options.owners)?;
        if self.options.rehearsal { Ok(()) } else { approval::demand(&self.ledger, &prepared.plan) }
    }

    /// Writes to Odoo what was prepared.
    pub(crate) async fn carry_out(
        &mut self,
        prepared: Prepared,
        report: &mut dyn FnMut(Event),
    ) -> Result<Summary, MigrationError> {
        let Prepared { models, schema, as_of, mut times, .. } = prepared;
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
        report(Event::Expected { stage: Stage::Load, rows: pending.values().sum() });
        if !pending.is_empty() {
            // The flags change what Odoo does with a write: no mail, no follower, no tracking.
            let action = self.options.server_action;
            self.audit(
                "load-begun",
                json!({ "pending": pending, "context": bulk_context(), "server_action": action }),
            )?;
        }
        let (files, limit) = (Arc::clone(&self.sources), self.options.max_file_bytes);
        let mut loader = Loader::of(&mut self.ledger, &self.client, &self.modules)
            .with_files(files, limit)
            .stopping(&self.options.stop);
        if self.options.server_action {
            loader = loader.fast(&self.namespace);
        }
        let written = loader.load(&models, report).await?;
        let rate = Rate { records: written.created + written.updated, milliseconds: millis(began.elapsed()) };
        rate::keep(&mut self.ledger, rate)?;
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
        (self.modules.missing, self.modules.lacking) = self.fallen_away(exports).await?;
        let models = order::models(self.modules.targets());
        let schema = schema::plan(self.modules.targets(), &self.namespace)?;
        let as_of = self.as_of()?;
        let stand_ins = self.stand_ins(exports).await?;
        let mut times = Vec::new();
        let mut timed = |stage, began: Instant| times.push(StageTime { stage, milliseconds: millis(began.elapsed()) });

        let mut fingerprint = self.fingerprint(as_of, &stand_ins);
        let hash = approval::hash(&fingerprint, &schema, &models);
        let merges = Merges::decided(&self.ledger)?;
        fingerprint.push_str(&merges.word());
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
            extract::extract(&mut self.ledger, &self.sources, pass, &self.options.stop, report).await?;
        }
        timed(Stage::Extract, began);
        report(Event::Finished { stage: Stage::Extract });

        let began = start(Stage::Transform, report);
        if !self.is_planned(pass, &fingerprint)? {
            let objects = proposal::grade(&self.ledger, &self.modules, &self.options.extras)?.objects;
            let rows = objects.iter().map(|object| object.rows).sum();
            report(Event::Expected { stage: Stage::Transform, rows });
            self.ledger.begin_plan(pass)?;
            let directory = exports.map_or(Directory::Server(&self.client), Directory::Exports);
            let (modules, options) = (&self.modules, &self.options);
            let mut planner = Planner::new(
                &mut self.ledger,
                directory,
                modules,
                options,
                &self.namespace,
                as_of,
                People { stand_ins, merges },
            );
            tokio::task::block_in_place(|| planner.transform(report))?;
            planner.keep_unmatched()?;
            exports.map_or(Ok(()), ExportDirectory::complete)?;
            let counts = self.ledger.finish_plan(pass)?;
            self.ledger.set_meta("plan_of", &fingerprint)?;
            let modules: BTreeMap<_, _> = self.modules.digests().collect();
            let documents: u64 = self.ledger.handover_kinds()?.iter().map(|kind| kind.documents).sum();
            let detail = json!({ "pass": pass, "records": counts, "documents": documents, "modules": modules });
            self.audit("plan", detail)?;
        }
        timed(Stage::Transform, began);
        report(Event::Finished { stage: Stage::Transform });

        approval::keep_planned(&mut self.ledger, &hash)?;
        Ok(Prepared { models, schema, fingerprint, plan: hash, as_of, times })
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
        for source in self.sources.iter() {
            if let Some(package) = packages(source).into_iter().find(|package| !self.modules.speaks(*package)) {
                let records = if package == Package::Perio { "periodontal exams" } else { "records" };
                return Err(MigrationError::NoModuleFor { source_name: source.name(), records });
            }
        }
        Ok(())
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
    fn fingerprint(&self, as_of: i64, stand_ins: &owners::Resolved) -> String {
        let owners::Resolved { fallback, users } = stand_ins;
        let mut words = format!("{} {as_of} {fallback:?} {users:?}", self.options.name);
        for model in &self.modules.missing {
            words.push_str(&format!(" without {model}"));
        }
        for (model, app) in &self.modules.lacking {
            words.push_str(&format!(" {model} without {app}"));
        }
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

    /// Of the targets that need an app: the models that Odoo does not have, and model and app where the model is there
    /// and lacks a field that comes with the app.
    pub(crate) async fn fallen_away(
        &self,
        exports: Option<&ExportDirectory<'_>>,
    ) -> Result<(BTreeSet<String>, BTreeSet<(String, String)>), MigrationError> {
        let directory = exports.map_or(Directory::Server(&self.client), Directory::Exports);
        let (mut missing, mut lacking) = (BTreeSet::new(), BTreeSet::new());
        for (target, app) in self.modules.optional() {
            let Some(fields) = directory.fields(&target.model).await? else {
                missing.insert(target.model.clone());
                continue;
            };
            // A custom field is made.
            if target.fields.iter().any(|field| field.custom.is_none() && !fields.contains_key(&field.name)) {
                lacking.insert((target.model.clone(), app.clone()));
            }
        }
        Ok((missing, lacking))
    }

    /// The users who are configured to stand in.
    async fn stand_ins(&self, exports: Option<&ExportDirectory<'_>>) -> Result<owners::Resolved, MigrationError> {
        let OwnerChoices { fallback, users, .. } = &self.options.owners;
        let mut resolved = owners::Resolved::default();
        if let Some(login) = fallback {
            resolved.fallback = self
                .user(login, exports)
                .await?
                .ok_or_else(|| MigrationError::NoFallback { login: login.clone() })
                .map(Some)?;
        }
        for (of, login) in users {
            let id = self.user(login, exports).await?;
            let id = id.ok_or_else(|| MigrationError::NoOwner { of: of.clone(), login: login.clone() })?;
            resolved.users.insert(of.clone(), id);
        }
        Ok(resolved)
    }

    /// The database id of the user with a log-in.
    async fn user(&self, login: &str, exports: Option<&ExportDirectory<'_>>) -> Result<Option<i64>, MigrationError> {
        let wanted = vec![login.to_owned()];
        let directory = exports.map_or(Directory::Server(&self.client), Directory::Exports);
        let found =
            directory.find(Search::by("res.users", &["login".to_owned()]), std::slice::from_ref(&wanted)).await?;
        match found.get(&wanted) {
            Match::One(id) => Ok(Some(id)),
            // Told with everything else that is missing.
            _ if exports.is_some_and(ExportDirectory::misses) => Ok(Some(0)),
            Match::None | Match::Several => Ok(None),
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
    #[must_use]
    pub fn name(&self) -> &str {
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
            staged: absent::staged_rows(&self.ledger)?,
            absent: absent::absent_lists(&self.ledger)?,
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

pub(crate) fn start(stage: Stage, report: &mut dyn FnMut(Event)) -> Instant {
    report(Event::Started { stage });
    Instant::now()
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The contracts of a source's records, as far as it offers their objects.
fn packages(source: &Source) -> Vec<Package> {
    match source {
        Source::Dentally(_) => vec![Package::Dentally],
        Source::PerioDrop(_) => vec![Package::Perio],
        Source::NumbersApi(_) => vec![Package::PracticeByNumbers],
        Source::Tables(drop) => match drop.kind() {
            DropKind::DentallyFiles => vec![Package::Dentally],
            DropKind::DentOSoft => vec![Package::DentOSoft],
            DropKind::PracticeByNumbers => vec![Package::PracticeByNumbers],
            DropKind::Tabular => vec![Package::Tabular],
        },
        Source::Panda(panda) if panda.objects().iter().any(|spec| spec.name == "exam") => {
            vec![Package::PandaPerio, Package::Perio]
        }
        Source::Panda(_) => vec![Package::PandaPerio],
    }
}
