//! A module's file, looked at before anyone relies on it: what it imports, which contract it speaks, what its manifest
//! says, and whether it answers at all.

use odograft_engine::{Answer, Engine, FaultKind, Limits, LoadError};
use odograft_records::bindings::transform::manifest::{Manifest, Setting};
use serde::Serialize;

use crate::case::{AS_OF, Input};
use crate::fuzz::{Style, record};
use crate::lint::{Problem, Weight, lint};
use crate::subject::{Subject, SubjectError};

/// Records of the trial, and their seed.
const TRIAL: (u64, u64) = (256, 1);

/// What was seen.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    /// The source whose records it takes; none where it speaks no contract of this host.
    pub source: Option<&'static str>,
    /// Everything that it would need from the host: nothing, for a module that can be used.
    pub imports: Vec<Import>,
    /// Its name and version in its own words.
    pub module: Option<(String, String)>,
    /// How many fields it declares, over how many targets.
    pub declares: (usize, usize),
    /// What is wrong, the worst first.
    pub problems: Vec<Problem>,
}

/// Something that a module would need from the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Import {
    /// The function, as `wasi:clocks/wall-clock.now`.
    pub name: String,
    /// The line of the configuration that would grant it; none where nothing does.
    pub granted_by: Option<&'static str>,
}

impl Checked {
    /// Whether a migration can rely on it; warnings don't stand in the way.
    #[must_use]
    pub fn sound(&self) -> bool {
        !self.problems.iter().any(|problem| problem.weight == Weight::Error)
    }
}

/// Checks a module's bytes; `corpus` tells the tables of a source that declares them.
#[must_use]
pub fn check(engine: &Engine, name: &str, bytes: &[u8], limits: Limits, corpus: &[Input]) -> Checked {
    let mut checked =
        Checked { source: None, imports: Vec::new(), module: None, declares: (0, 0), problems: Vec::new() };
    match Subject::load(engine, name, bytes, limits) {
        Ok(subject) => {
            checked.source = Some(subject.source());
            described(&subject, corpus, &mut checked);
        }
        Err(error) => {
            if let SubjectError::Load(LoadError::Imports { names }) = &error {
                checked.imports = names.iter().map(|name| import(name)).collect();
            }
            checked.problems.push(problem(code(&error), "the file", error.to_string()));
        }
    }
    checked.problems.sort_by_key(|problem| problem.weight);
    checked
}

fn problem(code: &'static str, place: &str, message: String) -> Problem {
    Problem { weight: Weight::Error, code, place: place.to_owned(), message }
}

fn import(name: &str) -> Import {
    let granted_by = if name.starts_with("wasi:") {
        Some("wasi = \"inert\"")
    } else if name.starts_with("odograft:") {
        Some("overlays = [\"…\"]")
    } else {
        None
    };
    Import { name: name.to_owned(), granted_by }
}

/// A stable word for why a module is refused.
fn code(error: &SubjectError) -> &'static str {
    match error {
        SubjectError::Load(error) => match error {
            LoadError::TooLarge { .. } => "too-large",
            LoadError::NotWasm | LoadError::CoreModule => "no-component",
            LoadError::NotCompilable { .. } => "not-compilable",
            LoadError::Imports { .. } => "imports",
            LoadError::WrongContract { .. } => "wrong-contract",
            LoadError::WrongType { .. } => "wrong-type",
            LoadError::InitialMemory { .. } => "initial-memory",
            _ => "refused",
        },
        SubjectError::NoContract => "wrong-contract",
        _ => "not-described",
    }
}

fn described(subject: &Subject, corpus: &[Input], checked: &mut Checked) {
    let ready = match subject.ready(AS_OF, &[]) {
        Ok(ready) => ready,
        Err(error) => return checked.problems.push(problem("not-described", "`describe`", error.to_string())),
    };
    let manifest = &ready.manifest;
    checked.module = Some((manifest.name.clone(), manifest.version.clone()));
    checked.declares = (manifest.targets.iter().map(|target| target.fields.len()).sum(), manifest.targets.len());
    let layout = subject.layout(manifest, corpus);
    checked.problems.extend(lint(manifest, &layout.objects()));
    checked.problems.extend(settings(subject, manifest));
    let records: Vec<_> = (0..TRIAL.0).map(|number| record(&layout, Style::Plausible, TRIAL.1, number)).collect();
    let rows: Vec<_> = records.iter().map(AsRef::as_ref).collect();
    match subject.run(&ready, &rows) {
        Ok(ran) => checked.problems.extend(trial(ran.rows.iter().filter_map(|row| row.answer.as_ref().ok()))),
        Err(error) => checked.problems.push(problem("trial", "`transform`", error.to_string())),
    }
}

/// The module must work with every value that it says a setting takes.
fn settings(subject: &Subject, manifest: &Manifest) -> Vec<Problem> {
    let pairs = manifest.settings.iter().flat_map(|spec| spec.allowed.iter().map(move |value| (&spec.name, value)));
    let refused = pairs.filter_map(|(name, value)| {
        let setting = Setting { name: name.clone(), value: value.clone() };
        let error = subject.ready(AS_OF, &[setting]).err()?;
        let message = format!("it allows `{value}`, and does not work with it: {error}");
        Some(problem("refused-setting", &format!("setting `{name}`"), message))
    });
    refused.collect()
}

/// Answers to plausible records: each kind of failure once, with how many records show it.
fn trial<'a>(answers: impl Iterator<Item = &'a Answer>) -> Vec<Problem> {
    let mut kinds: Vec<(FaultKind, String, u64)> = Vec::new();
    for answer in answers {
        let Answer::Failed(fault) = answer else { continue };
        match kinds.iter_mut().find(|(kind, message, _)| *kind == fault.kind && *message == fault.message) {
            Some((.., times)) => *times += 1,
            None => kinds.push((fault.kind, fault.message.clone(), 1)),
        }
    }
    let (records, _) = TRIAL;
    let told = |(kind, message, times): (FaultKind, String, u64)| {
        problem(kind.code(), "`transform`", format!("on {times} of {records} generated records, {message}"))
    };
    kinds.into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_import_says_what_would_grant_it() {
        assert_eq!(import("wasi:clocks/wall-clock.now").granted_by, Some("wasi = \"inert\""));
        assert_eq!(import("odograft:dentally/mapping.transform").granted_by, Some("overlays = [\"…\"]"));
        assert_eq!(import("env.socket").granted_by, None);
    }
}
