//! Reconciliation: what the ledger says is in Odoo, against what is there. Nothing is written to Odoo.
//!
//! A gap is what nobody has decided: a record that is gone behind the migration's back, a file with other bytes, a record
//! that was planned and never loaded, one in Odoo that the ledger does not know. What the customer has changed, and what was
//! put aside for a reason, is told and is no gap.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use odograft_ledger::{LedgerError, PlannedRecord, RecordState, WrittenFile};
use odograft_odoo::{Client, FieldInfo, SearchOptions, read_plain};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};

use crate::error::MigrationError;
use crate::events::{Event, Stage};
use crate::files::{self, ATTACHMENT};
use crate::owners::{self, Unmatched};
use crate::run::{Migration, start};
use crate::seal::{by_id, is_touched};

/// Records looked at together.
const PAGE: usize = 500;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    /// It was written, and Odoo has it no more.
    Missing,
    /// Odoo's file has other bytes than the one that was sent.
    FileDiffers,
    /// A file's record refers to one that is not there.
    Orphaned,
    /// It was planned and is not loaded.
    NotLoaded,
    /// Odoo has records under the migration's external ids that the ledger does not know.
    Unknown,
}

impl GapKind {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Missing => "was written, and is gone from Odoo; hint: restore it there, or roll back and run again",
            Self::FileDiffers => {
                "the file in Odoo has other bytes than the one that was sent; hint: delete the attachment in Odoo, then roll back and run again"
            }
            Self::Orphaned => "the file belongs to a record that is not there",
            Self::NotLoaded => "planned and not loaded; hint: `odograft run` goes on",
            Self::Unknown => {
                "in Odoo under this migration's external ids, and not in the ledger; hint: is this the ledger that loaded them?"
            }
        }
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// What.
    pub kind: GapKind,
    /// The Odoo model.
    pub model: String,
    /// The source object; empty for records that the ledger does not know.
    pub object: String,
    /// The source id.
    pub source_id: String,
    /// The database id, as the ledger has it.
    pub odoo_id: Option<i64>,
    /// How many records, where they are not told one by one.
    pub records: u64,
}

/// The records of one source object in one model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ModelChecked {
    /// The source object.
    pub object: String,
    /// The model.
    pub model: String,
    /// In the newest plan.
    pub planned: u64,
    /// In Odoo and as they were written.
    pub same: u64,
    /// In Odoo, and changed there since.
    pub changed: u64,
    /// Gone from Odoo.
    pub missing: u64,
    /// Still to be loaded.
    pub not_loaded: u64,
    /// Put aside, waiting for one that was, or matching nobody: the reasons are in the ledger.
    pub put_aside: u64,
    /// In Odoo, and no longer in the source.
    pub withdrawn: u64,
    /// Files whose bytes were compared.
    pub files: u64,
}

/// What a reconciliation has found, without any record's values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// By object and model.
    pub models: Vec<ModelChecked>,
    /// What is wrong.
    pub gaps: Vec<Gap>,
    /// People whom records name and no user of Odoo's matches.
    pub owners: Vec<Unmatched>,
    /// Records that were merged into another of their object by a person's decision.
    pub merged: u64,
}

impl Migration {
    /// Looks at every record that was written, and at the bytes of every file where `read_files` says so.
    ///
    /// # Errors
    /// Odoo's and the ledger's.
    pub async fn reconcile(
        &mut self,
        read_files: bool,
        report: &mut dyn FnMut(Event),
    ) -> Result<Reconciliation, MigrationError> {
        if self.ledger.shredded()?.is_some() {
            return Err(LedgerError::Shredded.into());
        }
        if self.ledger.planned_pass()?.is_none() {
            return Err(MigrationError::NothingPlanned);
        }
        self.client.check_access().await?;
        let _ = start(Stage::Reconcile, report);
        let known = self.ledger.models()?;
        report(Event::Expected { stage: Stage::Reconcile, rows: known.iter().map(|(_, counts)| counts.planned).sum() });
        let mut checking = Checking {
            migration: self,
            read_files,
            counts: BTreeMap::new(),
            gaps: Vec::new(),
            made: BTreeMap::new(),
            fields: HashMap::new(),
        };
        let mut after = 0;
        loop {
            checking.migration.options.stop.here()?;
            let page = checking.migration.ledger.records(after, PAGE)?;
            let Some((last, _)) = page.last() else { break };
            after = last.rowid;
            checking.page(page, report).await?;
        }
        checking.unknown().await?;
        let Checking { counts, gaps, .. } = checking;
        report(Event::Finished { stage: Stage::Reconcile });
        let merged = self.ledger.decisions()?;
        let merged = merged.iter().filter(|d| d.verdict == odograft_ledger::DuplicateVerdict::Merge).count() as u64;
        let owners = owners::unmatched(&self.ledger)?;
        let found = Reconciliation { models: counts.into_values().collect(), gaps, owners, merged };
        let kinds = found.gaps.iter().fold(BTreeMap::<&str, u64>::new(), |mut kinds, gap| {
            *kinds.entry(gap.kind.code()).or_default() += gap.records;
            kinds
        });
        self.audit("reconcile", json!({ "gaps": kinds, "files": read_files }))?;
        Ok(found)
    }
}

impl GapKind {
    /// The word in files.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::FileDiffers => "file-differs",
            Self::Orphaned => "orphaned",
            Self::NotLoaded => "not-loaded",
            Self::Unknown => "unknown",
        }
    }
}

struct Checking<'a> {
    migration: &'a mut Migration,
    read_files: bool,
    counts: BTreeMap<(String, String), ModelChecked>,
    gaps: Vec<Gap>,
    /// Records that the migration has made, by model.
    made: BTreeMap<String, u64>,
    /// The fields of models that were asked about.
    fields: HashMap<String, BTreeMap<String, FieldInfo>>,
}

/// Records of one model that the ledger says are in Odoo.
type There = Vec<(PlannedRecord, i64)>;

impl Checking<'_> {
    async fn page(
        &mut self,
        page: Vec<(PlannedRecord, bool)>,
        report: &mut dyn FnMut(Event),
    ) -> Result<(), MigrationError> {
        let mut there: BTreeMap<String, There> = BTreeMap::new();
        for (record, planned) in page {
            let counts = self.counts_of(&record);
            counts.planned += u64::from(planned);
            match (record.odoo_id, planned) {
                (Some(id), planned) => {
                    counts.withdrawn += u64::from(!planned);
                    let made = u64::from(record.state != RecordState::Adopted);
                    *self.made.entry(record.model.clone()).or_default() += made;
                    there.entry(record.model.clone()).or_default().push((record, id));
                }
                (None, true) if record.state == RecordState::Planned => {
                    counts.not_loaded += 1;
                    self.gap(GapKind::NotLoaded, &record);
                }
                (None, true) => counts.put_aside += 1,
                (None, false) => {}
            }
        }
        for (model, records) in there {
            let done = records.len() as u64;
            self.model(&model, records).await?;
            report(Event::Progress { stage: Stage::Reconcile, what: model, done });
        }
        Ok(())
    }

    async fn model(&mut self, model: &str, records: There) -> Result<(), MigrationError> {
        let client = self.migration.client.clone();
        if !self.fields.contains_key(model) {
            self.fields.insert(model.to_owned(), client.fields_get(model).await?);
        }
        let mut seals = BTreeMap::new();
        let mut names: BTreeSet<String> = BTreeSet::from(["write_date".to_owned()]);
        if model == ATTACHMENT {
            names.extend(["res_model", "res_id", "checksum", "file_size"].map(str::to_owned));
        }
        for (record, _) in &records {
            if let Some(seal) = self.migration.ledger.seal_of(record.rowid)? {
                names.extend(seal.fields.iter().cloned());
                seals.insert(record.rowid, seal);
            }
        }
        let fields = &self.fields[model];
        names.retain(|name| fields.get(name).is_some_and(|info| info.kind != "binary"));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let ids: Vec<i64> = records.iter().map(|(_, id)| *id).collect();
        let rows = by_id(read_plain(&client, model, &ids, &names).await?);
        if model == ATTACHMENT {
            self.orphans(&client, &records, &rows).await?;
        }
        for (record, id) in records {
            let Some(row) = rows.get(&id) else {
                self.counts_of(&record).missing += 1;
                self.gap(GapKind::Missing, &record);
                continue;
            };
            let touched = seals.get(&record.rowid).is_some_and(|seal| is_touched(seal, row));
            let counts = self.counts_of(&record);
            if touched {
                counts.changed += 1;
            } else {
                counts.same += 1;
            }
            let files = self.migration.ledger.files_of(record.rowid)?;
            for file in files {
                self.counts_of(&record).files += 1;
                if !self.file(&client, model, id, &file).await? {
                    self.gap(GapKind::FileDiffers, &record);
                }
            }
        }
        Ok(())
    }

    /// Whether Odoo's file is the one that was sent: by its checksum, and by its bytes where they are read.
    async fn file(&self, client: &Client, model: &str, id: i64, file: &WrittenFile) -> Result<bool, MigrationError> {
        if !files::is_kept(client, model, id, file).await? {
            return Ok(false);
        }
        // A picture in a field is kept in the size that Odoo likes; only an attachment is kept as it was sent.
        if !self.read_files || model != ATTACHMENT || file.length == 0 {
            return Ok(true);
        }
        let rows = read_plain(client, model, &[id], &["datas"]).await?;
        let text = rows.first().and_then(|row| row.get("datas")?.as_str()).unwrap_or_default();
        let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let bytes = BASE64_STANDARD.decode(text).unwrap_or_default();
        Ok(bytes.len() as u64 == file.length && Sha1::digest(&bytes)[..] == file.sha1[..])
    }

    /// Files of records that are not there.
    async fn orphans(
        &mut self,
        client: &Client,
        records: &There,
        rows: &HashMap<i64, Map<String, Value>>,
    ) -> Result<(), MigrationError> {
        let mut owners: BTreeMap<String, HashSet<i64>> = BTreeMap::new();
        let of =
            |row: &Map<String, Value>| Some((row.get("res_model")?.as_str()?.to_owned(), row.get("res_id")?.as_i64()?));
        for (model, id) in rows.values().filter_map(of) {
            owners.entry(model).or_default().insert(id);
        }
        let mut there: HashSet<(String, i64)> = HashSet::new();
        for (model, ids) in owners {
            let options = SearchOptions { include_archived: true, ..SearchOptions::default() };
            let found = client.search_read(&model, json!([["id", "in", ids]]), &["id"], options).await?;
            there.extend(found.iter().filter_map(|row| Some((model.clone(), row.get("id")?.as_i64()?))));
        }
        for (record, id) in records {
            if let Some(owner) = rows.get(id).and_then(of)
                && owner.1 != 0
                && !there.contains(&owner)
            {
                self.gap(GapKind::Orphaned, record);
            }
        }
        Ok(())
    }

    /// External ids of the migration's that the ledger does not know, by model.
    async fn unknown(&mut self) -> Result<(), MigrationError> {
        for (model, made) in std::mem::take(&mut self.made) {
            let domain = json!([["module", "=", self.migration.namespace], ["model", "=", model]]);
            let named = self.migration.client.search_count("ir.model.data", domain, true).await?;
            if named > made {
                let (object, source_id) = (String::new(), String::new());
                let (kind, records) = (GapKind::Unknown, named - made);
                self.gaps.push(Gap { kind, model, object, source_id, odoo_id: None, records });
            }
        }
        Ok(())
    }

    fn counts_of(&mut self, record: &PlannedRecord) -> &mut ModelChecked {
        let key = (record.object.clone(), record.model.clone());
        self.counts.entry(key).or_insert_with(|| ModelChecked {
            object: record.object.clone(),
            model: record.model.clone(),
            ..ModelChecked::default()
        })
    }

    fn gap(&mut self, kind: GapKind, record: &PlannedRecord) {
        self.gaps.push(Gap {
            kind,
            model: record.model.clone(),
            object: record.object.clone(),
            source_id: record.source_id.clone(),
            odoo_id: record.odoo_id,
            records: 1,
        });
    }
}
