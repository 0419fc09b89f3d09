//! A batch's way through sandboxes: whole, and in halves where it fails.

use odograft_records::Texts;
use odograft_records::bindings::transform::effects::{Outcome, Rejection};
use odograft_records::bindings::transform::manifest::Manifest;

use crate::check::check;
use crate::contract::Returned;
use crate::fault::{Fault, FaultKind};

/// What became of one record.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The module mapped it, within its manifest.
    Outcome(Outcome),
    /// The module turned it down, with a reason.
    Rejected(Rejection),
    /// The module failed on it.
    Failed(Fault),
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchReport {
    /// One for each record, in order.
    pub answers: Vec<Answer>,
    /// Fuel of the calls whose answers were used: equal in every run of the same module, context and
    /// batch. What failed calls used stands in their faults.
    pub fuel: u64,
    /// Sandboxes used; 1 when nothing failed, 0 for an empty batch.
    pub calls: u32,
}

/// Runs `call` on the batch, and on halves of it until the records that make it fail stand alone.
pub(crate) fn run<R>(
    batch: &[R],
    texts: &Texts,
    manifest: &Manifest,
    mut call: impl FnMut(&[R]) -> Result<(Returned, u64), Fault>,
) -> BatchReport {
    let mut report = BatchReport { answers: Vec::with_capacity(batch.len()), fuel: 0, calls: 0 };
    // Last in, first out: the left half goes on top, so answers come in the records' order.
    let mut waiting = vec![batch];
    while let Some(records) = waiting.pop() {
        if records.is_empty() {
            continue;
        }
        report.calls += 1;
        match call(records).and_then(|(returned, fuel)| counted(returned, fuel, records.len())) {
            Ok((returned, fuel)) => {
                report.fuel += fuel;
                report.answers.extend(returned.into_iter().map(|answer| judged(answer, texts, manifest)));
            }
            Err(fault) if records.len() == 1 => report.answers.push(Answer::Failed(fault)),
            Err(_) => {
                let (left, right) = records.split_at(records.len() / 2);
                waiting.push(right);
                waiting.push(left);
            }
        }
    }
    report
}

fn counted(returned: Returned, fuel: u64, expected: usize) -> Result<(Returned, u64), Fault> {
    let got = returned.len();
    if got == expected {
        Ok((returned, fuel))
    } else {
        Err(Fault::plain(FaultKind::WrongCount { expected, got }, fuel))
    }
}

fn judged(answer: Result<Outcome, Rejection>, texts: &Texts, manifest: &Manifest) -> Answer {
    match answer {
        Ok(outcome) => match check(manifest, texts, &outcome) {
            Ok(()) => Answer::Outcome(outcome),
            Err(fault) => Answer::Failed(fault),
        },
        Err(rejection) => Answer::Rejected(rejection),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            name: "test".into(),
            version: "0".into(),
            targets: Vec::new(),
            handovers: Vec::new(),
            settings: Vec::new(),
            dropped: Vec::new(),
        }
    }

    fn echo(records: &[u32]) -> Returned {
        let reject = |code: &u32| Rejection { code: code.to_string(), field: None, message: String::new() };
        records.iter().map(|code| Err(reject(code))).collect()
    }

    /// 10 fuel a record; fails when a guilty record is in the call.
    fn run_with_guilty(batch: &[u32], guilty: &[u32]) -> BatchReport {
        run(batch, &Texts::new(), &manifest(), |records| {
            if records.iter().any(|record| guilty.contains(record)) {
                return Err(Fault::plain(FaultKind::Panicked, 7));
            }
            Ok((echo(records), 10 * records.len() as u64))
        })
    }

    fn codes(report: &BatchReport) -> Vec<String> {
        let code = |answer: &Answer| match answer {
            Answer::Rejected(rejection) => rejection.code.clone(),
            Answer::Failed(fault) => fault.kind.code().to_owned(),
            Answer::Outcome(_) => "outcome".to_owned(),
        };
        report.answers.iter().map(code).collect()
    }

    #[test]
    fn a_good_batch_takes_one_call_and_an_empty_one_none() {
        let report = run_with_guilty(&[1, 2, 3], &[]);
        assert_eq!((report.calls, report.fuel, codes(&report).join(" ").as_str()), (1, 30, "1 2 3"));
        let report = run_with_guilty(&[], &[]);
        assert_eq!((report.calls, report.fuel, report.answers.len()), (0, 0, 0));
    }

    #[test]
    fn the_guilty_stand_alone_and_order_is_kept() {
        for size in 1..20_u32 {
            for first in 0..size {
                for second in first..size {
                    let batch: Vec<u32> = (0..size).collect();
                    let report = run_with_guilty(&batch, &[first, second]);
                    let expected: Vec<String> = batch
                        .iter()
                        .map(|id| if *id == first || *id == second { "panicked".into() } else { id.to_string() })
                        .collect();
                    assert_eq!(codes(&report), expected);
                    let guilty = if first == second { 1 } else { 2 };
                    assert_eq!(report.fuel, u64::from(size - guilty) * 10);
                }
            }
        }
    }

    #[test]
    fn one_guilty_record_of_500_costs_about_two_calls_a_halving() {
        let batch: Vec<u32> = (0..500).collect();
        let report = run_with_guilty(&batch, &[321]);
        assert_eq!(report.answers.len(), 500);
        assert!(report.calls <= 19, "{} calls", report.calls);
    }

    #[test]
    fn an_answer_too_few_is_a_fault_of_the_call() {
        let report = run(&[1, 2, 3, 4], &Texts::new(), &manifest(), |records| {
            let mut returned = echo(records);
            if records.contains(&3) {
                returned.pop();
            }
            Ok((returned, 10))
        });
        assert_eq!(codes(&report), ["1", "2", "wrong-count", "4"]);
        assert_eq!(report.fuel, 20);
        let Answer::Failed(fault) = &report.answers[2] else { panic!("the third failed") };
        assert_eq!(fault.kind, FaultKind::WrongCount { expected: 1, got: 0 });
    }
}
