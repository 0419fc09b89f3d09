//! Transform: staged rows through the modules, batch by batch.

use odograft_engine::{Answer, Contract};
use odograft_records::{Assemble, DecodeError, Problem, Texts};

use crate::assembly::{Assembly, Group, Sent, open, page};
use crate::capture::{Captured, CapturedRow};
use crate::error::MigrationError;
use crate::events::{Event, Stage};
use crate::modules::{Asked, Loaded};
use crate::plan::{Batch, Planner};

/// Text of one call. All of it goes into the sandbox, however few of the records a halved batch has left, so a row
/// with more than this has a call of its own: what is too large for the sandbox then fails alone.
const TEXT: usize = 1 << 20;

impl Planner<'_> {
    /// Every staged row of every source through every module of its contract.
    pub(crate) async fn transform(&mut self, report: &mut dyn FnMut(Event)) -> Result<(), MigrationError> {
        let modules = self.modules;
        self.assemble(&modules.dentally, report).await?;
        self.assemble(&modules.dent_o_soft, report).await?;
        self.assemble(&modules.practice_by_numbers, report).await?;
        self.assemble(&modules.panda_perio, report).await?;
        self.assemble(&modules.tabular, report).await?;
        self.assemble(&modules.perio, report).await
    }

    async fn assemble<C: Contract>(
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
            self.object(&modules, &source, report).await?;
        }
        Ok(())
    }

    /// All records of an object. Rows and those below them are both ordered by the record's key: an ordered merge, page by
    /// page.
    async fn object<C: Contract>(
        &mut self,
        modules: &[Asked<'_, C>],
        source: &Assembly<'_, C>,
        report: &mut dyn FnMut(Event),
    ) -> Result<(), MigrationError> {
        let object = source.object;
        let mut after: Option<String> = None;
        loop {
            self.options.stop.here()?;
            let mut batch = Batch::default();
            let page = page(self.ledger, object, after.as_deref(), C::Assembler::BATCH)?;
            page.orphans.iter().for_each(|orphans| orphans.put_aside(object, &mut batch));
            for groups in calls(&page.groups, Group::bytes) {
                let mut texts = Texts::new();
                let (sent, records) = source.decode(groups, &mut texts, &mut batch);
                let record = |at: usize| source.written(&groups[at]);
                for asked in modules {
                    self.call(asked, object.name, &sent, &record, &texts, &records, &mut batch).await?;
                }
            }
            self.commit(batch).await?;
            self.judge()?;
            let Some(last) = page.last else { return Ok(()) };
            after = Some(last);
            report(Event::Progress { stage: Stage::Transform, what: object.name.to_owned(), done: page.rows });
        }
    }

    /// One batch through one module. `record` makes a row what a capture keeps of it.
    #[expect(clippy::too_many_arguments, reason = "a call is all of this")]
    async fn call<C: Contract>(
        &self,
        asked: &Asked<'_, C>,
        object: &str,
        sent: &Sent,
        record: &(dyn Fn(usize) -> String + Sync),
        texts: &Texts,
        records: &[C::Record],
        batch: &mut Batch,
    ) -> Result<(), MigrationError> {
        let Asked { loaded, context } = asked;
        let report = tokio::task::block_in_place(|| loaded.module.transform(context, &loaded.manifest, texts, records));
        if let Some(capture) = &self.options.capture {
            let row = |(at, decoded): (usize, &Result<Vec<Problem>, DecodeError>)| CapturedRow {
                record: record(at),
                decoded: decoded.clone(),
            };
            let rows: Vec<CapturedRow> = sent.decoded.iter().enumerate().map(row).collect();
            let captured = Captured {
                module: loaded.module.name(),
                digest: loaded.module.digest(),
                interface: loaded.module.interface(),
                object,
                limits: loaded.module.limits(),
                context,
                manifest: &loaded.manifest,
                rows: &rows,
                texts,
                report: &report,
            };
            capture
                .keep(&captured)
                .map_err(|cause| MigrationError::Capture { module: loaded.module.name().to_owned(), cause })?;
        }
        self.count(loaded.module.name(), &report.answers);
        let wanted = self.wanted_lookups(texts, &report.answers);
        self.resolve_lookups(wanted).await?;
        // The engine returns one answer per record.
        for (position, answer) in report.answers.into_iter().enumerate() {
            if let Some(origin) = sent.origins.get(position) {
                self.take(origin, &loaded.manifest, loaded.module.digest(), texts, answer, batch)?;
            }
        }
        Ok(())
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
