//! The module under the workbench, whatever its source.

use odograft_engine::{
    Answer, DentOSoft, Dentally, DescribeError, Described, Engine, Limits, LoadError, Module, Package, PandaPerio,
    Perio, PracticeByNumbers, Tabular, contract_of, outcome_json,
};
use odograft_records::bindings::transform::manifest::{Context, Manifest, Setting, SettingSpec};
use odograft_records::{DecodeError, Object, Problem, Texts};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::case::Input;
use crate::empty::{EmptyError, empty};
use crate::layout::Layout;
use crate::row::Node;
use crate::source::{Form, NoRecord, Source};

/// Text of one call. All of it goes into the sandbox, however few of the records a halved batch has left, so a record
/// with more than this has a call of its own.
const TEXT: usize = 1 << 20;

/// The module cannot be worked with.
#[derive(Debug, thiserror::Error)]
pub enum SubjectError {
    /// It is refused before it runs.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It exports none of the contracts.
    #[error(
        "the file exports none of the mapping interfaces; hint: name a component that `odograft module build` or `cargo xtask guests` wrote"
    )]
    NoContract,
    /// It does not say what it can do.
    #[error(transparent)]
    Describe(#[from] DescribeError),
    /// A setting that it does not have.
    #[error("setting `{name}` is none of the module's; hint: it knows {known}")]
    NoSuchSetting {
        /// The setting.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A value that a setting does not take.
    #[error("setting `{name}` does not take this value; hint: one of {allowed}")]
    SettingValue {
        /// The setting.
        name: String,
        /// What it takes.
        allowed: String,
    },
    /// A record of a file is of another form than the module's source has.
    #[error(transparent)]
    Form(NoRecord),
}

/// A module of any source, ready to be called with rows.
pub struct Subject {
    name: String,
    module: Box<dyn Rows>,
}

/// A module's manifest and context under some settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready {
    /// What the module says it does.
    pub manifest: Manifest,
    /// Moment and settings, defaults filled in.
    pub context: Context,
}

/// What became of some records.
#[derive(Debug)]
pub struct Ran {
    /// One for each record, in order.
    pub rows: Vec<Row>,
    /// Fuel of all calls whose answers were used.
    pub fuel: u64,
    /// Sandboxes that were used.
    pub calls: u32,
    texts: Vec<Texts>,
}

/// What became of a row before and in its call: the answer or why it is no record, and what could not be read.
pub type Sent = (Result<Answer, DecodeError>, Vec<Problem>);

/// What became of one record.
#[derive(Debug)]
pub struct Row {
    /// The module's answer, or why there was no record to answer.
    pub answer: Result<Answer, DecodeError>,
    /// Fields that could not be read.
    pub problems: Vec<Problem>,
    call: usize,
}

impl Ran {
    /// A call that somebody else has made.
    #[must_use]
    pub fn of_call(rows: Vec<Sent>, fuel: u64, calls: u32, texts: Texts) -> Self {
        let rows = rows.into_iter().map(|(answer, problems)| Row { answer, problems, call: 0 }).collect();
        Self { rows, fuel, calls, texts: vec![texts] }
    }

    /// The texts that a row's answer points into.
    #[must_use]
    pub fn texts(&self, row: &Row) -> &Texts {
        &self.texts[row.call]
    }

    /// Every answer as `expected.json` keeps it.
    #[must_use]
    pub fn answers(&self, manifest: &Manifest) -> Vec<Value> {
        self.rows.iter().map(|row| self.answer(manifest, row)).collect()
    }

    /// One answer as `expected.json` keeps it.
    #[must_use]
    pub fn answer(&self, manifest: &Manifest, row: &Row) -> Value {
        match &row.answer {
            // Text, numbers and lists of them: nothing that JSON cannot hold.
            Ok(answer) => serde_json::to_value(outcome_json(manifest, self.texts(row), answer)).unwrap_or_default(),
            Err(error) => {
                let Problem { field, message } = error.problem();
                json!({ "undecodable": { "field": field, "message": message } })
            }
        }
    }
}

/// A module whose source is known to the box only.
trait Rows {
    fn digest(&self) -> &str;
    fn source(&self) -> &'static str;
    fn empty(&self) -> Result<Vec<u8>, EmptyError>;
    fn objects(&self) -> &'static [Object<'static>];
    fn layout(&self, declared: &Manifest, corpus: &[Input]) -> Layout;
    fn form(&self, record: &Node) -> Option<Form>;
    fn describe(&self, settings: &[Setting]) -> Result<Described, DescribeError>;
    fn interface(&self) -> &'static str;
    fn run(&self, ready: &Ready, records: &[&RawValue], whole: bool) -> Result<Ran, NoRecord>;
}

impl<S: Source> Rows for Module<S> {
    fn digest(&self) -> &str {
        Module::digest(self)
    }

    fn source(&self) -> &'static str {
        S::NAME
    }

    fn interface(&self) -> &'static str {
        Module::interface(self)
    }

    fn empty(&self) -> Result<Vec<u8>, EmptyError> {
        empty(S::WIT.0, S::EXPORT, S::WIT.1)
    }

    fn objects(&self) -> &'static [Object<'static>] {
        S::OBJECTS
    }

    fn layout(&self, declared: &Manifest, corpus: &[Input]) -> Layout {
        S::layout(declared, corpus)
    }

    fn form(&self, record: &Node) -> Option<Form> {
        S::form(record)
    }

    fn describe(&self, settings: &[Setting]) -> Result<Described, DescribeError> {
        Module::describe(self, settings)
    }

    fn run(&self, ready: &Ready, records: &[&RawValue], whole: bool) -> Result<Ran, NoRecord> {
        let mut ran = Ran { rows: Vec::with_capacity(records.len()), fuel: 0, calls: 0, texts: Vec::new() };
        let mut rest = records;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(if whole { rest.len() } else { first_call(rest, S::BATCH) });
            rest = later;
            let (mut texts, mut batch, mut rows) = (Texts::new(), Vec::with_capacity(now.len()), Vec::new());
            for record in now {
                match S::decode(ran.rows.len() + rows.len(), record.get(), &mut texts) {
                    Ok(decoded) => {
                        batch.push(decoded.record);
                        rows.push((Ok(()), decoded.problems));
                    }
                    Err(NoRecord::Row(error)) => rows.push((Err(error), Vec::new())),
                    Err(form) => return Err(form),
                }
            }
            let report = self.transform(&ready.context, &ready.manifest, &texts, &batch);
            ran.fuel += report.fuel;
            ran.calls += report.calls;
            let (mut answers, call) = (report.answers.into_iter(), ran.texts.len());
            ran.rows.extend(rows.into_iter().map(|(decoded, problems)| {
                let answer = decoded.map(|()| answers.next().expect("the engine answers every record"));
                Row { answer, problems, call }
            }));
            ran.texts.push(texts);
        }
        Ok(ran)
    }
}

/// How many of the records share the next call.
fn first_call(records: &[&RawValue], most: usize) -> usize {
    let mut bytes = 0;
    let fitting = records.iter().take(most).take_while(|record| {
        bytes += record.get().len();
        bytes <= TEXT
    });
    fitting.count().max(1)
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subject").field("name", &self.name).field("digest", &self.digest()).finish_non_exhaustive()
    }
}

impl Subject {
    /// Loads a module of whichever source its exports name; `name` is what reports call it.
    ///
    /// # Errors
    /// The module is refused, or speaks none of the contracts.
    pub fn load(engine: &Engine, name: &str, bytes: &[u8], limits: Limits) -> Result<Self, SubjectError> {
        let module: Box<dyn Rows> = match contract_of(bytes) {
            Some(Package::Dentally) => Box::new(Module::<Dentally>::load(engine, name, bytes, limits)?),
            Some(Package::DentOSoft) => Box::new(Module::<DentOSoft>::load(engine, name, bytes, limits)?),
            Some(Package::PracticeByNumbers) => {
                Box::new(Module::<PracticeByNumbers>::load(engine, name, bytes, limits)?)
            }
            Some(Package::PandaPerio) => Box::new(Module::<PandaPerio>::load(engine, name, bytes, limits)?),
            Some(Package::Tabular) => Box::new(Module::<Tabular>::load(engine, name, bytes, limits)?),
            Some(Package::Perio) => Box::new(Module::<Perio>::load(engine, name, bytes, limits)?),
            None => return Err(SubjectError::NoContract),
        };
        Ok(Self { name: name.to_owned(), module })
    }

    /// What reports call the module.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the module's bytes, in lower-case hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        self.module.digest()
    }

    /// The source whose records it takes, as [`Source::NAME`].
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.module.source()
    }

    /// The empty module of the same source.
    ///
    /// # Errors
    /// The source's WIT has changed in a way that the empty module does not know.
    pub fn empty(&self) -> Result<Vec<u8>, EmptyError> {
        self.module.empty()
    }

    /// The objects that its source has everywhere; none where its manifest declares them.
    #[must_use]
    pub fn objects(&self) -> &'static [Object<'static>] {
        self.module.objects()
    }

    /// Whether the manifest of its source declares the objects.
    #[must_use]
    pub fn declares(&self) -> bool {
        self.objects().is_empty()
    }

    /// What records of its source are made of, as [`Source::layout`] tells it.
    #[must_use]
    pub fn layout(&self, declared: &Manifest, corpus: &[Input]) -> Layout {
        self.module.layout(declared, corpus)
    }

    /// The form of a record: the object that it is of.
    #[must_use]
    pub fn form(&self, record: &Node) -> Option<Form> {
        self.module.form(record)
    }

    /// Asks the module what it does under these settings.
    ///
    /// # Errors
    /// The module fails, or does not take a setting.
    pub fn ready(&self, as_of: jiff::Timestamp, given: &[Setting]) -> Result<Ready, SubjectError> {
        let manifest = self.module.describe(given)?.manifest;
        let settings = filled(&manifest.settings, given)?;
        Ok(Ready { manifest, context: Context { as_of_seconds: as_of.as_second(), settings } })
    }

    /// Sends records to the module, in calls as a run makes them.
    ///
    /// # Errors
    /// A record has another form than the source's. Rows that cannot be decoded are answers.
    pub fn run(&self, ready: &Ready, records: &[&RawValue]) -> Result<Ran, SubjectError> {
        self.module.run(ready, records, false).map_err(SubjectError::Form)
    }

    /// Sends records to the module in one call, as a run made it.
    ///
    /// # Errors
    /// A record has another form than the source's. Rows that cannot be decoded are answers.
    pub fn run_whole(&self, ready: &Ready, records: &[&RawValue]) -> Result<Ran, SubjectError> {
        self.module.run(ready, records, true).map_err(SubjectError::Form)
    }

    /// The interface that the module speaks, with its version.
    #[must_use]
    pub fn interface(&self) -> &'static str {
        self.module.interface()
    }
}

/// Every setting that the module declares: what is given, else the default.
fn filled(specs: &[SettingSpec], given: &[Setting]) -> Result<Vec<Setting>, SubjectError> {
    for setting in given {
        let Some(spec) = specs.iter().find(|spec| spec.name == setting.name) else {
            let known: Vec<_> = specs.iter().map(|spec| format!("`{}`", spec.name)).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(SubjectError::NoSuchSetting { name: setting.name.clone(), known });
        };
        if !spec.allowed.is_empty() && !spec.allowed.contains(&setting.value) {
            let allowed = spec.allowed.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
            return Err(SubjectError::SettingValue { name: setting.name.clone(), allowed });
        }
    }
    let value = |spec: &SettingSpec| {
        given.iter().find(|setting| setting.name == spec.name).map_or(&spec.default, |setting| &setting.value).clone()
    };
    Ok(specs.iter().map(|spec| Setting { name: spec.name.clone(), value: value(spec) }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_as_many_records_as_a_run_sends_and_never_too_much_text() {
        let raw = |length: usize| RawValue::from_string(format!("\"{}\"", "x".repeat(length))).expect("JSON");
        let calls = |lengths: &[usize]| {
            let records: Vec<_> = lengths.iter().map(|length| raw(*length)).collect();
            first_call(&records.iter().map(AsRef::as_ref).collect::<Vec<_>>(), 3)
        };
        assert_eq!(calls(&[1, 2]), 2);
        assert_eq!(calls(&[1, 2, 3, 4]), 3);
        assert_eq!(calls(&[TEXT, 1]), 1);
        assert_eq!(calls(&[1, TEXT, 1]), 1);
    }

    #[test]
    fn settings_are_filled_in_and_slips_are_told() {
        let spec = |name: &str, allowed: &[&str]| SettingSpec {
            name: name.into(),
            default: "a".into(),
            allowed: allowed.iter().map(|&value| value.into()).collect(),
            help: String::new(),
        };
        let given = |name: &str, value: &str| Setting { name: name.into(), value: value.into() };
        let specs = [spec("one", &["a", "b"]), spec("two", &[])];
        assert_eq!(filled(&specs, &[given("one", "b")]).expect("taken"), [given("one", "b"), given("two", "a")]);
        let refusal = |setting| filled(&specs, &[setting]).expect_err("refused").to_string();
        assert_eq!(refusal(given("one", "c")), "setting `one` does not take this value; hint: one of `a`, `b`");
        assert_eq!(
            refusal(given("three", "a")),
            "setting `three` is none of the module's; hint: it knows `one`, `two`"
        );
    }
}
