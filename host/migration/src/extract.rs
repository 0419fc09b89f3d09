//! Extract: source rows into staging, page by page, each page and its cursor in one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use odograft_ledger::{Cursor, Ledger, LedgerError, StagedRow};
use odograft_sources::{Page, Source, SourceError};
use serde_json::json;
use tokio::task::JoinSet;

use crate::absent::{self, AbsentList};
use crate::error::MigrationError;
use crate::events::{Event, Stage};
use crate::stop::Stop;
use crate::{attachments, clock};

/// How often an object is read again of which fewer rows came than the source says that there are: rows move from page to
/// page while a practice works, so that one comes twice and another not at all.
const AGAIN: u32 = 2;

/// Reads the sources into staging and does nothing else: the pass that is under way to its end, or a new one. Returns the
/// pass. A later run goes on with what was read.
///
/// # Errors
/// A source or the ledger; the pages that were read stay.
pub async fn read_sources(
    ledger: &mut Ledger,
    sources: &Arc<Vec<Source>>,
    stop: &Stop,
    report: &mut dyn FnMut(Event),
) -> Result<u64, MigrationError> {
    if ledger.shredded()?.is_some() {
        return Err(LedgerError::Shredded.into());
    }
    let pass = ledger.begin_pass()?;
    report(Event::Started { stage: Stage::Extract });
    extract(ledger, sources, pass, stop, report).await?;
    report(Event::Finished { stage: Stage::Extract });
    Ok(pass)
}

/// The ledger's fact of how many rows a source says that an object has.
pub(crate) fn announced(object: &str) -> String {
    format!("announced.{object}")
}

/// Reads every object of every source to its end, from where the last attempt stopped.
pub(crate) async fn extract(
    ledger: &mut Ledger,
    sources: &Arc<Vec<Source>>,
    pass: u64,
    stop: &Stop,
    report: &mut dyn FnMut(Event),
) -> Result<(), MigrationError> {
    for (at, source) in sources.iter().enumerate() {
        for object in source.objects() {
            let mut pages = Pages { sources: Arc::clone(sources), at, object: object.name.to_owned(), next: None };
            read(ledger, source, &mut pages, pass, stop, report).await?;
        }
    }
    attachments::read(ledger, sources, pass, report).await?;
    tokio::task::block_in_place(|| absent::finish(ledger, pass))?;
    ledger.finish_pass(pass)?;
    let staged: BTreeMap<_, _> = absent::staged_rows(ledger)?.into_iter().collect();
    let absent: Vec<_> = absent::absent_lists(ledger)?.into_iter().map(|absent| absent.object).collect();
    ledger.audit(clock::now(), "extract", json!({ "pass": pass, "staged": staged, "absent": absent }))?;
    Ok(())
}

/// The pages of an object. While one of them is staged, the next is on its way: no more than one.
struct Pages {
    sources: Arc<Vec<Source>>,
    /// Which of them has the object.
    at: usize,
    object: String,
    /// The page behind this mark, on its way. Dropped, it is not read to its end.
    next: Option<(String, JoinSet<Result<Page, SourceError>>)>,
}

impl Pages {
    /// The page behind a mark.
    async fn page(&mut self, mark: Option<&str>) -> Result<Page, SourceError> {
        match self.next.take() {
            Some((ahead, mut page)) if mark == Some(ahead.as_str()) => match page.join_next().await {
                Some(Ok(page)) => page,
                Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                _ => self.sources[self.at].extract(&self.object, mark).await,
            },
            _ => self.sources[self.at].extract(&self.object, mark).await,
        }
    }

    /// Sets out for the page behind a mark.
    fn ahead(&mut self, mark: &str) {
        let (sources, at, object) = (Arc::clone(&self.sources), self.at, self.object.clone());
        let (mut page, ahead) = (JoinSet::new(), mark.to_owned());
        page.spawn(async move { sources[at].extract(&object, Some(&ahead)).await });
        self.next = Some((mark.to_owned(), page));
    }
}

async fn read(
    ledger: &mut Ledger,
    source: &Source,
    pages: &mut Pages,
    pass: u64,
    stop: &Stop,
    report: &mut dyn FnMut(Event),
) -> Result<(), MigrationError> {
    let object = &pages.object.clone();
    let mut at = match ledger.cursor(pass, object)? {
        Cursor::Done => return Ok(()),
        Cursor::Start => start(ledger, source, object).await?,
        Cursor::At(mark) => Some(mark),
    };
    let mut again = 0;
    if let Some(form) = source.form(object)
        && ledger.meta(&read_as(object))?.as_deref() != Some(form)
    {
        // From here on rows are staged in another form: until all of them are, they are in none.
        ledger.set_meta(&read_as(object), "")?;
    }
    loop {
        stop.here()?;
        let page = match pages.page(at.as_deref()).await {
            Err(SourceError::Absent { object, reason }) => {
                let absent = AbsentList { object, reason: reason.to_string() };
                tokio::task::block_in_place(|| absent::stage(ledger, pass, &absent))?;
                report(Event::Absent { list: absent });
                return Ok(());
            }
            page => page?,
        };
        if !page.seen.is_empty() {
            let staged = tokio::task::block_in_place(|| ledger.see(pass, object, &page.seen))?;
            if staged < page.seen.len() {
                // A row that is new and has an old stamp, as a restored one: stamps do not tell all, so every row is read.
                at = None;
                continue;
            }
        }
        if let Some(next) = &page.next {
            pages.ahead(next);
        }
        let rows: Vec<StagedRow> = page
            .rows
            .into_iter()
            .map(|row| StagedRow { id: row.id, parent: row.parent, position: row.position, body: row.body })
            .collect();
        let cursor = match (&page.next, page.total) {
            (Some(next), _) => Cursor::At(next.clone()),
            (None, None) => Cursor::Done,
            // Until the rows are counted, the last page is the one to go on with.
            (None, Some(_)) => at.clone().map_or(Cursor::Start, Cursor::At),
        };
        tokio::task::block_in_place(|| ledger.stage_page(pass, object, &rows, &cursor))?;
        let done = (rows.len() + page.seen.len()) as u64;
        report(Event::Progress { stage: Stage::Extract, what: object.to_owned(), done });
        if let Some(next) = page.next {
            at = Some(next);
            continue;
        }
        let Some(total) = page.total else { break };
        ledger.set_meta(&announced(object), &total.to_string())?;
        let count = ledger.staged_in(pass, object)?;
        let Some(missing) = source.rows_missing(object, total, count) else {
            ledger.stage_page(pass, object, &[], &Cursor::Done)?;
            break;
        };
        if again == AGAIN {
            return Err(missing.into());
        }
        (at, again) = (None, again + 1);
        tracing::warn!(object, total, count, "rows came twice and others not at all, reading the object again");
    }
    if let Some(form) = source.form(object) {
        ledger.set_meta(&read_as(object), form)?;
    }
    Ok(())
}

/// Where the reading of an object begins: with what has changed since the rows that are staged, if the source tells that
/// and all of them were read as they would be read now. Rows that stay away are told by their keys all the same.
async fn start(ledger: &Ledger, source: &Source, object: &str) -> Result<Option<String>, MigrationError> {
    let form = source.form(object);
    if form.is_none() || ledger.meta(&read_as(object))?.as_deref() != form {
        return Ok(None);
    }
    let Some(changes) = source.changes(object).await? else { return Ok(None) };
    let newest = tokio::task::block_in_place(|| ledger.newest(object, changes.stamp, &changes.now))?;
    Ok(Some(source.since(object, &newest)?))
}

/// The name of the fact how an object's rows were read, to their end.
fn read_as(object: &str) -> String {
    format!("read_as {object}")
}
