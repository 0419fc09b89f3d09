//! Transform: staged rows through the modules, batch by batch.

use std::collections::BTreeMap;

use odograft_engine::{Answer, Contract};
use odograft_ledger::{Finding, StagedRow};
use odograft_records::bindings::transform::manifest::Context;
use odograft_records::perio::Conventions;
use odograft_records::{DecodeError, Decoded, Problem, Texts, dentally, perio};

use crate::capture::{Captured, CapturedRow};
use crate::error::MigrationError;
use crate::modules::Loaded;
use crate::plan::{Batch, Origin, Planner};
use crate::run::{Event, Stage};

/// Records in one sandbox: 256 was best or equal in every measurement.
const BATCH: usize = 256;

/// Exams carry hundreds of readings each, so fewer of them fill a sandbox.
const EXAMS: usize = 32;

/// Text of one call. All of it goes into the sandbox, however few of the records a halved batch has left, so a row
/// with more than this has a call of its own: what is too large for the sandbox then fails alone.
const TEXT: usize = 1 << 20;

/// Sorts after every identifier.
const AFTER_ALL: &str = "\u{10ffff}";

/// The staged object whose single row says how the exams' numbers are meant.
const PERIO_MANIFEST: &str = "perio-manifest";

impl Planner<'_> {
    /// Every staged row of every source through every module of its contract.
    pub(crate) async fn transform(&mut self, report: &mut dyn FnMut(Event)) -> Result<(), MigrationError> {
        if !self.modules.dentally.is_empty() {
            for object in dentally::OBJECTS {
                self.dentally(object, report).await?;
            }
        }
        if let Some(manifest) = self.ledger.staged_row(PERIO_MANIFEST, "manifest")? {
            self.exams(&manifest.body, report).await?;
        }
        Ok(())
    }

    async fn dentally(&mut self, object: &str, report: &mut dyn FnMut(Event)) -> Result<(), MigrationError> {
        let mut after: Option<String> = None;
        loop {
            let rows = self.ledger.staged(object, after.as_deref(), BATCH)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id.clone());
            let mut batch = Batch::default();
            for rows in calls(&rows, |row| row.body.len()) {
                let mut texts = Texts::new();
                let decode = |row| (origin(object, row), dentally::decode(object, &row.id, &row.body, &mut texts));
                let (sent, records) = readable(rows.iter().map(decode), &mut batch);
                let record = |at: usize| dentally_record(object, &rows[at]);
                for loaded in &self.modules.dentally {
                    self.call(loaded, object, &sent, &record, &texts, &records, &mut batch).await?;
                }
            }
            self.commit(batch).await?;
            self.judge()?;
            report(Event::Progress { stage: Stage::Transform, what: object.to_owned(), done: rows.len() as u64 });
        }
    }

    async fn exams(&mut self, manifest: &str, report: &mut dyn FnMut(Event)) -> Result<(), MigrationError> {
        let conventions = Conventions::decode(manifest)?;
        let newest = self.newest_exams()?;
        // Exams and readings are both ordered by the exam's identifier: an ordered merge, page by page.
        let mut after = String::new();
        loop {
            let rows = self.ledger.staged("exam", Some(&after), EXAMS)?;
            let mut batch = Batch::default();
            let last = rows.last().map_or(AFTER_ALL, |row| row.id.as_str());
            let mut readings: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for reading in self.ledger.staged_children("reading", &after, last)? {
                let parent = reading.parent.unwrap_or_default();
                if parent != after {
                    readings.entry(parent).or_default().push(reading.body);
                }
            }
            let own = |row: &StagedRow| readings.get(&row.id).into_iter().flatten().map(String::as_str);
            for rows in calls(&rows, |row| row.body.len() + own(row).map(str::len).sum::<usize>()) {
                let mut texts = Texts::new();
                let decode = |row: &StagedRow| {
                    let latest = newest.contains(&row.id);
                    let exam = perio::assemble(&row.id, &row.body, own(row), conventions, latest, &mut texts);
                    (origin("exam", row), exam)
                };
                let (sent, records) = readable(rows.iter().map(decode), &mut batch);
                let record = |at: usize| {
                    let row = &rows[at];
                    perio_record(manifest, row, &own(row).collect::<Vec<_>>(), newest.contains(&row.id))
                };
                for loaded in &self.modules.perio {
                    self.call(loaded, "exam", &sent, &record, &texts, &records, &mut batch).await?;
                }
            }
            // Rows come in the order of their identifiers.
            let orphaned = |exam: &String| rows.binary_search_by(|row| row.id.as_str().cmp(exam)).is_err();
            for (exam, orphans) in readings.iter().filter(|(exam, _)| orphaned(exam)) {
                let message =
                    format!("{} rows of readings belong to an exam that the source does not have", orphans.len());
                batch.put_aside(
                    &Origin { object: "exam".to_owned(), id: exam.clone() },
                    "decode",
                    "orphan-readings",
                    None,
                    message,
                );
            }
            self.commit(batch).await?;
            self.judge()?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.id.clone();
            report(Event::Progress { stage: Stage::Transform, what: "exam".to_owned(), done: rows.len() as u64 });
        }
    }

    /// One batch through one module. `record` makes a row what a capture keeps of it.
    #[expect(clippy::too_many_arguments, reason = "a call is all of this")]
    async fn call<C: Contract>(
        &self,
        loaded: &Loaded<C>,
        object: &str,
        sent: &Sent,
        record: &(dyn Fn(usize) -> String + Sync),
        texts: &Texts,
        records: &[C::Record],
        batch: &mut Batch,
    ) -> Result<(), MigrationError> {
        let context = Context { as_of_seconds: self.as_of, settings: loaded.settings.clone() };
        let report =
            tokio::task::block_in_place(|| loaded.module.transform(&context, &loaded.manifest, texts, records));
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
                context: &context,
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

/// The rows of a page as they share calls: in order, with at most [`TEXT`] bytes together, unless one alone has more.
fn calls(rows: &[StagedRow], bytes: impl Fn(&StagedRow) -> usize) -> impl Iterator<Item = &[StagedRow]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let mut sum = 0;
        let fitting = rest.iter().take_while(|row| {
            sum += bytes(row);
            sum <= TEXT
        });
        let count = fitting.count().max(1).min(rest.len());
        let (call, behind) = rest.split_at(count);
        rest = behind;
        (!call.is_empty()).then_some(call)
    })
}

fn origin(object: &str, row: &StagedRow) -> Origin {
    Origin { object: object.to_owned(), id: row.id.clone() }
}

/// A row as a capture keeps it.
fn dentally_record(object: &str, row: &StagedRow) -> String {
    format!(r#"{{"object":"{object}","row":{}}}"#, row.body)
}

/// An exam's rows as a capture keeps them.
fn perio_record(manifest: &str, row: &StagedRow, readings: &[&str], latest: bool) -> String {
    let (exam, readings) = (&row.body, readings.join(","));
    format!(r#"{{"manifest":{manifest},"exam":{exam},"readings":[{readings}],"latest":{latest}}}"#)
}

/// The rows of a call.
struct Sent {
    /// Of each record, in order.
    origins: Vec<Origin>,
    /// Of each row: what could not be read of it, or why it is no record.
    decoded: Vec<Result<Vec<Problem>, DecodeError>>,
}

/// Parts rows that became records from those that did not; the latter are put aside.
fn readable<R>(
    rows: impl Iterator<Item = (Origin, Result<Decoded<R>, DecodeError>)>,
    batch: &mut Batch,
) -> (Sent, Vec<R>) {
    let (mut sent, mut records) = (Sent { origins: Vec::new(), decoded: Vec::new() }, Vec::new());
    for (origin, decoded) in rows {
        match decoded {
            Ok(decoded) => {
                sent.decoded.push(Ok(decoded.problems.clone()));
                batch.notes.findings.extend(decoded.problems.iter().map(|p| unreadable(&origin, p)));
                sent.origins.push(origin);
                records.push(decoded.record);
            }
            Err(error) => {
                let field = match &error {
                    DecodeError::Field { field, .. } => Some(field.clone()),
                    _ => None,
                };
                batch.put_aside(&origin, "decode", "unreadable", field, error.to_string());
                sent.decoded.push(Err(error));
            }
        }
    }
    (sent, records)
}

fn unreadable(origin: &Origin, problem: &Problem) -> Finding {
    let message = format!("`{}` {}; its text is carried as an extra column", problem.field, problem.message);
    Finding::warning(&origin.object, &origin.id, "unreadable-field", &problem.field, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(bodies: &[usize]) -> Vec<usize> {
        let row =
            |length: &usize| StagedRow { id: length.to_string(), body: "x".repeat(*length), parent: None, position: 0 };
        let rows: Vec<_> = bodies.iter().map(row).collect();
        calls(&rows, |row| row.body.len()).map(<[StagedRow]>::len).collect()
    }

    #[test]
    fn a_row_that_is_too_large_has_a_call_of_its_own_and_no_row_is_left_out() {
        assert_eq!(sizes(&[]), [] as [usize; 0]);
        assert_eq!(sizes(&[10, 20, 30]), [3]);
        assert_eq!(sizes(&[10, TEXT + 1, 20, 30]), [1, 1, 2]);
        assert_eq!(sizes(&[TEXT + 1, TEXT + 1]), [1, 1]);
        assert_eq!(sizes(&[TEXT / 2, TEXT / 2, 1]), [2, 1]);
    }
}
