//! Transform: staged rows through the modules, batch by batch, as a bounded pipeline.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use odograft_engine::{Answer, BatchReport, Contract};
use odograft_records::{Assemble, DecodeError, Problem, Texts};
use tokio::runtime::Handle;

use crate::assembly::{Assembly, Group, Page, Sent, open, page};
use crate::capture::{Capture, Captured, CapturedRow};
use crate::error::MigrationError;
use crate::events::{Event, Stage};
use crate::modules::{Asked, Loaded};
use crate::plan::{Batch, Origin, Planner};

/// Text of one call. All of it goes into the sandbox, however few of the records a halved batch has left, so a row
/// with more than this has a call of its own: what is too large for the sandbox then fails alone.
const TEXT: usize = 1 << 20;

/// Threads that decode rows and call modules while the ledger is read and written; more would wait for the ledger.
const WORKERS: usize = 3;

/// What came of a page.
struct Turn {
    batch: Batch,
    calls: Vec<Called>,
    rows: u64,
}

/// A worker: pages go to it, and what came of them comes back.
type Line = (SyncSender<Page>, Receiver<Result<Turn, MigrationError>>);

/// Records that went through every module together.
struct Called {
    origins: Vec<Origin>,
    texts: Texts,
    /// For each module, an answer for each record.
    answers: Vec<Vec<Answer>>,
}

impl Planner<'_> {
    /// Every staged row of every source through every module of its contract.
    pub(crate) fn transform(&mut self, report: &mut dyn FnMut(Event)) -> Result<(), MigrationError> {
        let modules = self.modules;
        self.assemble(&modules.dentally, report)?;
        self.assemble(&modules.dent_o_soft, report)?;
        self.assemble(&modules.practice_by_numbers, report)?;
        self.assemble(&modules.panda_perio, report)?;
        self.assemble(&modules.tabular, report)?;
        self.assemble(&modules.perio, report)
    }

    fn assemble<C: Contract>(
        &mut self,
        modules: &[Loaded<C>],
        report: &mut dyn FnMut(Event),
    ) -> Result<(), MigrationError> {
        if modules.is_empty() {
            return Ok(());
        }
        let Some((assembler, manifest)) = open::<C>(self.ledger, &self.options.extras)? else { return Ok(()) };
        let modules = Asked::all(modules, self.ledger, self.as_of)?;
        let objects = C::Assembler::objects(&manifest)?;
        for object in objects.all().iter() {
            let source = Assembly::new(object, &assembler, &manifest);
            self.object(&modules, &source, report)?;
        }
        Ok(())
    }

    /// All records of an object. Rows and those below them are both ordered by the record's key: an ordered merge, page by
    /// page. Other threads decode pages and call the modules, while this one reads the next page and plans what came of
    /// the one before, in the pages' order: however many threads there are, the plan is the same.
    fn object<C: Contract>(
        &mut self,
        modules: &[Asked<'_, C>],
        source: &Assembly<'_, C>,
        report: &mut dyn FnMut(Event),
    ) -> Result<(), MigrationError> {
        let workers = if self.options.capture.is_some() { 1 } else { workers() };
        let capture = self.options.capture.as_deref();
        std::thread::scope(|scope| {
            let lines: Vec<Line> = (0..workers)
                .map(|_| {
                    let ((pages, work), (done, turns)) = (sync_channel::<Page>(1), sync_channel(1));
                    scope.spawn(move || {
                        for page in work {
                            // Nobody listens any more where the run has failed.
                            if done.send(turn(modules, source, &page, capture)).is_err() {
                                return;
                            }
                        }
                    });
                    (pages, turns)
                })
                .collect();
            self.pages(modules, source, &lines, report)
        })
    }

    /// Hands pages out in turn, one more than there are workers, and plans what comes back.
    fn pages<C: Contract>(
        &mut self,
        modules: &[Asked<'_, C>],
        source: &Assembly<'_, C>,
        lines: &[Line],
        report: &mut dyn FnMut(Event),
    ) -> Result<(), MigrationError> {
        let object = source.object;
        let (mut after, mut more) = (None, true);
        let (mut sent, mut planned) = (0, 0);
        loop {
            while more && sent - planned <= lines.len() {
                self.options.stop.here()?;
                let page: Page = page(self.ledger, object, after.as_deref(), C::Assembler::BATCH)?;
                (more, after) = (page.last.is_some(), page.last.clone());
                // A worker that is gone has panicked, which the end of its scope tells.
                let Ok(()) = lines[sent % lines.len()].0.send(page) else { return Ok(()) };
                sent += 1;
            }
            if planned == sent {
                return Ok(());
            }
            let Ok(turn) = lines[planned % lines.len()].1.recv() else { return Ok(()) };
            planned += 1;
            let rows = self.turn(modules, turn?)?;
            if rows > 0 {
                report(Event::Progress { stage: Stage::Transform, what: object.name.to_owned(), done: rows });
            }
        }
    }

    /// Plans what came of a page; how many rows it had.
    fn turn<C: Contract>(&mut self, modules: &[Asked<'_, C>], turn: Turn) -> Result<u64, MigrationError> {
        let Turn { mut batch, calls, rows } = turn;
        for Called { origins, texts, answers } in calls {
            for (Asked { loaded, .. }, answers) in std::iter::zip(modules, answers) {
                self.count(loaded.module.name(), &answers);
                let wanted = self.wanted_lookups(&texts, &answers);
                Handle::current().block_on(self.resolve_lookups(wanted))?;
                // The engine returns one answer per record.
                for (position, answer) in answers.into_iter().enumerate() {
                    if let Some(origin) = origins.get(position) {
                        self.take(origin, &loaded.manifest, loaded.module.digest(), &texts, answer, &mut batch)?;
                    }
                }
            }
        }
        Handle::current().block_on(self.commit(batch))?;
        self.judge()?;
        Ok(rows)
    }

    fn count(&self, module: &str, answers: &[Answer]) {
        let mut counts = self.failures.borrow_mut();
        let (failed, seen) = counts.entry(module.to_owned()).or_default();
        *seen += answers.len() as u64;
        *failed += answers.iter().filter(|a| matches!(a, Answer::Failed(_))).count() as u64;
    }

    /// Stops the run when a module fails on more records than it may. Comes after the batch is in the
    /// ledger, so that the records it failed on can be looked at.
    fn judge(&self) -> Result<(), MigrationError> {
        for (module, (failed, seen)) in self.failures.borrow().iter() {
            if *failed > self.options.failures_before_judging
                && *failed as f64 > self.options.max_failed_share * *seen as f64
            {
                return Err(MigrationError::ModuleFails { module: module.clone(), failed: *failed, seen: *seen });
            }
        }
        Ok(())
    }
}

/// One for each processor but the one that plans.
fn workers() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    processors.saturating_sub(1).clamp(1, WORKERS)
}

/// A page's records, decoded, through every module.
fn turn<C: Contract>(
    modules: &[Asked<'_, C>],
    source: &Assembly<'_, C>,
    page: &Page,
    capture: Option<&dyn Capture>,
) -> Result<Turn, MigrationError> {
    let (mut batch, mut calls) = (Batch::default(), Vec::new());
    page.orphans.iter().for_each(|orphans| orphans.put_aside(source.object, &mut batch));
    for groups in self::calls(&page.groups, Group::bytes) {
        let mut texts = Texts::new();
        let (sent, records) = source.decode(groups, &mut texts, &mut batch);
        let mut answers = Vec::with_capacity(modules.len());
        for asked in modules {
            let report = asked.loaded.module.transform(&asked.context, &asked.loaded.manifest, &texts, &records);
            if let Some(capture) = capture {
                keep(capture, asked, source, groups, &sent, &texts, &report)?;
            }
            answers.push(report.answers);
        }
        calls.push(Called { origins: sent.origins, texts, answers });
    }
    Ok(Turn { batch, calls, rows: page.rows })
}

/// Lets a capture see a call.
fn keep<C: Contract>(
    capture: &dyn Capture,
    asked: &Asked<'_, C>,
    source: &Assembly<'_, C>,
    groups: &[Group],
    sent: &Sent,
    texts: &Texts,
    report: &BatchReport,
) -> Result<(), MigrationError> {
    let Asked { loaded, context } = asked;
    let row = |(group, decoded): (&Group, &Result<Vec<Problem>, DecodeError>)| CapturedRow {
        record: source.written(group),
        decoded: decoded.clone(),
    };
    let rows: Vec<CapturedRow> = std::iter::zip(groups, &sent.decoded).map(row).collect();
    let captured = Captured {
        module: loaded.module.name(),
        digest: loaded.module.digest(),
        interface: loaded.module.interface(),
        object: source.object.name,
        limits: loaded.module.limits(),
        context,
        manifest: &loaded.manifest,
        rows: &rows,
        texts,
        report,
    };
    let module = || loaded.module.name().to_owned();
    capture.keep(&captured).map_err(|cause| MigrationError::Capture { module: module(), cause })
}

/// The records of a page as they share calls: in order, with at most [`TEXT`] bytes together, unless one alone has more.
pub(crate) fn calls<T>(groups: &[T], bytes: impl Fn(&T) -> usize) -> impl Iterator<Item = &[T]> {
    let mut rest = groups;
    std::iter::from_fn(move || {
        let mut sum = 0;
        let fitting = rest.iter().take_while(|group| {
            sum += bytes(group);
            sum <= TEXT
        });
        let count = fitting.count().max(1).min(rest.len());
        let (call, behind) = rest.split_at(count);
        rest = behind;
        (!call.is_empty()).then_some(call)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(bodies: &[usize]) -> Vec<usize> {
        calls(bodies, |bytes| *bytes).map(<[usize]>::len).collect()
    }

    #[test]
    fn a_record_that_is_too_large_has_a_call_of_its_own_and_none_is_left_out() {
        assert_eq!(sizes(&[]), [] as [usize; 0]);
        assert_eq!(sizes(&[10, 20, 30]), [3]);
        assert_eq!(sizes(&[10, TEXT + 1, 20, 30]), [1, 1, 2]);
        assert_eq!(sizes(&[TEXT + 1, TEXT + 1]), [1, 1]);
        assert_eq!(sizes(&[TEXT / 2, TEXT / 2, 1]), [2, 1]);
    }
}
