//! Files: measured before their record is sent, streamed with it, and compared with what Odoo keeps of them.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use odograft_ledger::{Finding, Ledger, Notes, PlannedRecord, WrittenFile};
use odograft_odoo::{BatchFile, Client, FileBody, FileFault, LoadBatch, OdooError, OpenFile, SearchOptions};
use odograft_sources::{FileError, OpenFile as SourceFile, Source};
use serde_json::{Map, Value, json};

use crate::cells::{Cell, Cells};
use crate::compare::Sent;
use crate::error::MigrationError;
use crate::load::{Loader, Ready};

/// The most bytes of a file by default: as base64 they stay below the 128 MiB that Odoo takes in one call.
pub const MAX_FILE_BYTES: u64 = 95 << 20;

/// Bytes of cells and of files, as base64, that travel in one call; a larger record travels alone.
const TOGETHER: u64 = 8 << 20;

/// Records that are looked at in one go.
const PAGE: usize = 500;

/// The model whose records are files.
pub(crate) const ATTACHMENT: &str = "ir.attachment";

/// A file that is being opened.
pub type Opening<'a> = Pin<Box<dyn Future<Output = Result<SourceFile, FileError>> + Send + 'a>>;

/// Where a load gets the bytes of files from.
pub trait Files: Send + Sync {
    /// Opens, at its start, the file that the rows of a source object name by this handle.
    fn open<'a>(&'a self, object: &'a str, handle: &'a str) -> Opening<'a>;
}

impl Files for Vec<Source> {
    fn open<'a>(&'a self, object: &'a str, handle: &'a str) -> Opening<'a> {
        let source = self.iter().find(|source| source.objects().iter().any(|spec| spec.name == object));
        Box::pin(async move { source.ok_or(FileError::NoFiles)?.open_file(handle).await })
    }
}

/// No files at all.
impl Files for () {
    fn open<'a>(&'a self, _: &'a str, _: &'a str) -> Opening<'a> {
        Box::pin(async { Err(FileError::NoFiles) })
    }
}

/// A file that is ready to be sent.
pub(crate) struct Measured {
    pub(crate) field: String,
    pub(crate) body: FileBody,
    stamp: Option<String>,
}

impl Measured {
    /// What the ledger keeps of it.
    pub(crate) fn kept(&self, rowid: i64) -> WrittenFile {
        let (length, sha1) = (self.body.length(), self.body.sha1());
        WrittenFile { rowid, field: self.field.clone(), length, sha1, stamp: self.stamp.clone() }
    }
}

/// Records whose files are still to be measured.
pub(crate) struct Portions {
    rest: VecDeque<Ready>,
    /// Measured already, and one too many for the call before.
    next: Option<(Ready, Vec<Measured>)>,
}

impl Portions {
    pub(crate) fn of(records: Vec<Ready>) -> Self {
        Self { rest: records.into(), next: None }
    }
}

/// Records that travel in one call.
#[derive(Default)]
pub(crate) struct Portion {
    pub(crate) records: Vec<Ready>,
    /// The files of each of them.
    pub(crate) files: Vec<Vec<Measured>>,
}

impl Portion {
    /// The files in their places of a batch.
    pub(crate) fn placed(&self, batch: &LoadBatch) -> Vec<BatchFile> {
        let files = self.files.iter().enumerate().flat_map(|(row, files)| files.iter().map(move |file| (row, file)));
        files
            .filter_map(|(row, file)| {
                let column = batch.columns.iter().position(|column| *column == file.field)?;
                Some(BatchFile { row, column, body: file.body.clone() })
            })
            .collect()
    }
}

impl Loader<'_> {
    /// As many of the records as may travel in one call; nothing when none is left. A record with a file that can't be sent
    /// is put aside.
    pub(crate) async fn portion(&mut self, portions: &mut Portions) -> Result<Option<Portion>, MigrationError> {
        let (mut portion, mut bytes) = (Portion::default(), 0);
        loop {
            let next = match portions.next.take() {
                Some(next) => Some(next),
                None => match portions.rest.pop_front() {
                    None => None,
                    Some(ready) => match self.measure_all(&ready.cells).await {
                        Ok(files) => Some((ready, files)),
                        Err((field, fault)) => {
                            self.refuse_file(&ready.record, &field, fault)?;
                            continue;
                        }
                    },
                },
            };
            let Some((ready, files)) = next else { break };
            let own = files.iter().map(|file| file.body.encoded_length()).sum::<u64>();
            let more = own + ready.record.cells.len() as u64;
            if bytes > 0 && bytes + more > TOGETHER {
                portions.next = Some((ready, files));
                break;
            }
            bytes += more;
            portion.records.push(ready);
            portion.files.push(files);
        }
        Ok((!portion.records.is_empty()).then_some(portion))
    }

    /// The files that the cells name, measured; the first that can't be sent, by its field.
    async fn measure_all(&self, cells: &Cells) -> Result<Vec<Measured>, (String, FileFault)> {
        let mut files = Vec::new();
        for (field, cell) in cells {
            if let Cell::File { object, handle } = cell {
                files.push(self.measure(field, object, handle).await.map_err(|fault| (field.clone(), fault))?);
            }
        }
        Ok(files)
    }

    async fn measure(&self, field: &str, object: &str, handle: &str) -> Result<Measured, FileFault> {
        let unreadable = |error: FileError| FileFault::Unreadable { kind: error.kind() };
        let SourceFile { length, stamp, .. } = self.files.open(object, handle).await.map_err(unreadable)?;
        if length.is_some_and(|length| length > self.max_file_bytes) {
            return Err(FileFault::TooLarge { limit: self.max_file_bytes });
        }
        let (files, object, handle) = (Arc::clone(&self.files), object.to_owned(), handle.to_owned());
        let open: OpenFile = Arc::new(move || {
            let (files, object, handle) = (Arc::clone(&files), object.clone(), handle.clone());
            Box::pin(async move {
                let opened = files.open(&object, &handle).await;
                opened.map(|file| file.reader).map_err(|error| io::Error::from(error.kind()))
            })
        });
        let body = FileBody::measure(open, self.max_file_bytes).await?;
        Ok(Measured { field: field.to_owned(), body, stamp })
    }

    fn refuse_file(&mut self, record: &PlannedRecord, field: &str, fault: FileFault) -> Result<(), MigrationError> {
        self.refuse_field(record, fault.code(), Some(field.to_owned()), fault.to_string())
    }

    /// Takes out of `changed` the files that Odoo has already, and measures the others. `None` when one can't be sent: the
    /// record is put aside then.
    pub(crate) async fn changed_files<'c>(
        &mut self,
        record: &PlannedRecord,
        changed: &mut Vec<(&'c String, &'c Cell)>,
    ) -> Result<Option<Vec<Measured>>, MigrationError> {
        let kept = self.ledger.files_of(record.rowid)?;
        let (mut measured, mut same) = (Vec::new(), Vec::new());
        for (field, cell) in changed.iter() {
            let Cell::File { object, handle } = cell else { continue };
            let file = match self.measure(field, object, handle).await {
                Ok(file) => file,
                Err(fault) => {
                    self.refuse_file(record, field, fault)?;
                    return Ok(None);
                }
            };
            if kept.iter().any(|kept| kept.field == **field && kept.sha1 == file.body.sha1()) {
                same.push(file.kept(record.rowid));
            } else {
                measured.push(file);
            }
        }
        self.ledger.keep_files(&same)?;
        changed.retain(|(field, _)| !same.iter().any(|same| same.field == **field));
        Ok(Some(measured))
    }

    /// Whether Odoo holds another file than the one that was written last and the one that is to be written.
    pub(crate) async fn is_customers_file(
        &self,
        record: &PlannedRecord,
        odoo_id: i64,
        file: &Measured,
    ) -> Result<bool, MigrationError> {
        let kept = self.ledger.files_of(record.rowid)?.into_iter().find(|kept| kept.field == file.field);
        let Some(kept) = kept else { return Ok(false) };
        let held = held(self.client, &record.model, &file.field, &[odoo_id]).await?;
        let same = |wanted: &WrittenFile| held.get(&odoo_id).is_some_and(|held| held.is(wanted));
        Ok(!same(&kept) && !same(&file.kept(record.rowid)))
    }

    /// Makes those records pending again whose files are others than those that were sent. A file that can't be read any
    /// more changes nothing: Odoo keeps it.
    pub(crate) async fn recheck_files(&mut self, model: &str) -> Result<(), MigrationError> {
        let mut after = 0;
        loop {
            let records = self.ledger.filed(model, after, PAGE)?;
            let Some((last, ..)) = records.last() else { return Ok(()) };
            after = *last;
            let mut pending = Vec::new();
            for (rowid, cells, kept) in records {
                let cells: Cells =
                    serde_json::from_str(&cells).map_err(|_| MigrationError::UnreadableCells { rowid })?;
                for kept in kept {
                    if let Some(Cell::File { object, handle }) = cells.get(&kept.field)
                        && self.is_other(&kept, object, handle).await
                    {
                        pending.push(rowid);
                    }
                }
            }
            self.ledger.make_pending(&pending)?;
        }
    }

    async fn is_other(&self, kept: &WrittenFile, object: &str, handle: &str) -> bool {
        let Ok(SourceFile { length, stamp, .. }) = self.files.open(object, handle).await else { return false };
        if length.is_some_and(|length| length != kept.length) {
            return true;
        }
        if stamp.is_some() && stamp == kept.stamp {
            return false;
        }
        let read = self.measure(&kept.field, object, handle).await;
        // The new stamp is kept when the record has been looked at again.
        read.is_ok_and(|file| file.body.sha1() != kept.sha1 || file.stamp != kept.stamp)
    }
}

/// What Odoo keeps of a file.
struct Held {
    sha1: String,
    length: u64,
}

impl Held {
    fn read(row: &Map<String, Value>) -> Self {
        // Of a file without bytes Odoo keeps no checksum.
        let sha1 = row.get("checksum").and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { sha1, length: row.get("file_size").and_then(Value::as_u64).unwrap_or_default() }
    }

    fn is(&self, file: &WrittenFile) -> bool {
        let hex: String = file.sha1.iter().map(|byte| format!("{byte:02x}")).collect();
        self.length == file.length && (self.sha1 == hex || file.length == 0)
    }
}

/// What Odoo keeps of the files in a field, by the records' ids.
async fn held(client: &Client, model: &str, field: &str, ids: &[i64]) -> Result<HashMap<i64, Held>, OdooError> {
    let (key, rows) = if model == ATTACHMENT {
        ("id", client.read(model, ids, &["checksum", "file_size"]).await?)
    } else {
        let domain = json!([["res_model", "=", model], ["res_field", "=", field], ["res_id", "in", ids]]);
        let fields = ["res_id", "checksum", "file_size"];
        ("res_id", client.search_read(ATTACHMENT, domain, &fields, SearchOptions::default()).await?)
    };
    Ok(rows.iter().filter_map(|row| Some((row.get(key)?.as_i64()?, Held::read(row)))).collect())
}

/// Whether Odoo keeps this file of a record, by its checksum and length.
pub(crate) async fn is_kept(client: &Client, model: &str, id: i64, file: &WrittenFile) -> Result<bool, OdooError> {
    let held = held(client, model, &file.field, &[id]).await?;
    Ok(held.get(&id).map_or(file.length == 0, |held| held.is(file)))
}

/// Compares the files that were sent with what Odoo keeps of them: how many differ.
pub(crate) async fn compare(
    ledger: &mut Ledger,
    client: &Client,
    model: &str,
    records: &[Sent],
) -> Result<u64, MigrationError> {
    let mut by_field: HashMap<String, Vec<(i64, WrittenFile)>> = HashMap::new();
    for sent in records {
        for file in ledger.files_of(sent.rowid)? {
            if sent.fields.contains(&file.field) {
                by_field.entry(file.field.clone()).or_default().push((sent.odoo_id, file));
            }
        }
    }
    let mut findings = Vec::new();
    for (field, files) in by_field {
        let ids: Vec<i64> = files.iter().map(|(id, _)| *id).collect();
        let held = held(client, model, &field, &ids).await?;
        for (id, file) in files {
            if held.get(&id).map_or(file.length == 0, |held| held.is(&file)) {
                continue;
            }
            let Some(record) = ledger.planned(file.rowid)? else { continue };
            let message = format!("Odoo keeps another file in `{field}` than was sent, by its SHA-1 and length");
            let (object, source_id) = (&record.object, &record.source_id);
            let finding = Finding::warning(object, source_id, "file-differs-in-odoo", &field, message);
            findings.push(Finding { severity: "error".to_owned(), ..finding });
        }
    }
    let differing = findings.len() as u64;
    if differing > 0 {
        ledger.note(&Notes { findings, ..Notes::default() })?;
    }
    Ok(differing)
}
