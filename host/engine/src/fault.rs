//! What went wrong inside a sandbox, in words for the module's author.

use std::fmt;

use wasmtime::Trap;

use crate::inert::{Denied, Ended};
use crate::limits::{Limits, Meter, STACK_BYTES};

/// How a module failed on a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// It reached `unreachable`: in Rust, a panic.
    Panicked,
    /// It used all fuel of the call.
    OutOfFuel,
    /// It ran longer than the wall clock allows. The only kind that depends on the machine.
    OutOfTime,
    /// It was refused memory and gave up.
    OutOfMemory,
    /// Its calls nest deeper than the stack.
    StackOverflow,
    /// Its answer takes more bytes than allowed.
    TooMuchReturned,
    /// It returned more or fewer answers than records.
    WrongCount {
        /// Records in the call.
        expected: usize,
        /// Answers that came back.
        got: usize,
    },
    /// An upsert's target is not in the manifest.
    UndeclaredTarget,
    /// A cell's field is not in the manifest.
    UndeclaredField,
    /// A handover's kind is not in the manifest.
    UndeclaredHandover,
    /// An upsert fills one field twice.
    RepeatedField,
    /// A cell holds a value of a kind that its field does not take.
    WrongValueKind,
    /// A value of the right kind that cannot be: a day that is not in the calendar, a number that is
    /// not finite or does not fit, an empty key, a handover that is no JSON.
    BadValue,
    /// Text that is not valid UTF-8.
    BadText,
    /// It called a function of WASI that an inert one does not answer.
    Denied,
    /// Anything else that the runtime refuses.
    Other,
}

impl FaultKind {
    /// A stable word for ledgers and reports, such as `out-of-fuel`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Panicked => "panicked",
            Self::OutOfFuel => "out-of-fuel",
            Self::OutOfTime => "out-of-time",
            Self::OutOfMemory => "out-of-memory",
            Self::StackOverflow => "stack-overflow",
            Self::TooMuchReturned => "too-much-returned",
            Self::WrongCount { .. } => "wrong-count",
            Self::UndeclaredTarget => "undeclared-target",
            Self::UndeclaredField => "undeclared-field",
            Self::UndeclaredHandover => "undeclared-handover",
            Self::RepeatedField => "repeated-field",
            Self::WrongValueKind => "wrong-value-kind",
            Self::BadValue => "bad-value",
            Self::BadText => "bad-text",
            Self::Denied => "denied",
            Self::Other => "other",
        }
    }

    fn reason(self) -> String {
        match self {
            Self::Panicked => "the module panicked".into(),
            Self::OutOfFuel => "the module used up its fuel".into(),
            Self::OutOfTime => "the module ran out of time".into(),
            Self::OutOfMemory => "the module ran out of memory".into(),
            Self::StackOverflow => "the module's calls nest deeper than its stack".into(),
            Self::TooMuchReturned => "the module returned more than it may".into(),
            Self::WrongCount { expected, got } => {
                format!("the module returned {} for {}", count(got, "answer"), count(expected, "record"))
            }
            Self::UndeclaredTarget => "the module wrote to a target that its manifest does not declare".into(),
            Self::UndeclaredField => "the module wrote to a field that its manifest does not declare".into(),
            Self::UndeclaredHandover => "the module handed over a kind that its manifest does not declare".into(),
            Self::RepeatedField => "the module filled one field twice".into(),
            Self::WrongValueKind => "the module wrote a value of a kind that the field does not take".into(),
            Self::BadValue => "the module wrote a value that cannot be".into(),
            Self::BadText => "the module returned text that is not valid UTF-8".into(),
            Self::Denied => "the module called a function that `wasi = \"inert\"` does not answer".into(),
            Self::Other => "the sandbox stopped the module".into(),
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Panicked => "run the record through the module's native tests to read the panic's message",
            Self::OutOfFuel => {
                "look for a loop that does not end, or raise `fuel_base`, `fuel_per_record` or `fuel_per_kib`"
            }
            Self::OutOfTime => "look for a loop that does not end, or raise `wall_clock`",
            Self::OutOfMemory => "look for a list that grows without end, or raise `memory_bytes`",
            Self::StackOverflow => "look for a recursion that does not end",
            Self::TooMuchReturned => "return fewer cells or shorter text, or raise `returned_bytes`",
            Self::WrongCount { .. } => "`transform` returns one answer for each record, in order",
            Self::UndeclaredTarget => "declare the target in `describe`, under the same settings",
            Self::UndeclaredField => "declare the field in `describe`, under the same settings",
            Self::UndeclaredHandover => "declare the handover in `describe`, under the same settings",
            Self::RepeatedField => "set each field once an upsert",
            Self::WrongValueKind => "the comments in `wit/transform/effects.wit` say which value fits which field",
            Self::BadValue => "check the value in the rule, and return a finding or a rejection instead",
            Self::BadText => "return strings as the language makes them, never raw bytes",
            Self::Denied => "take what the rule needs from its records and its context",
            Self::Other => "this is not a rule's doing: report it to the author of the module's tool chain",
        }
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; hint: {}", self.reason(), self.hint())
    }
}

/// A module's failure on one record. Never holds a value of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What happened.
    pub kind: FaultKind,
    /// Fuel that the failed call used; 0 when an answer was refused after a good call, whose fuel
    /// counts in the batch's report.
    pub fuel: u64,
    /// One lower-case sentence with the limit, target or field in question, ending in a hint.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl Fault {
    /// A fault whose kind says it all.
    pub(crate) fn plain(kind: FaultKind, fuel: u64) -> Self {
        Self { kind, fuel, message: kind.to_string() }
    }

    /// A fault with its own words instead of the kind's.
    pub(crate) fn detailed(kind: FaultKind, fuel: u64, detail: impl fmt::Display) -> Self {
        Self { kind, fuel, message: format!("{detail}; hint: {}", kind.hint()) }
    }

    /// Reads what a call ended in. `fuel` is what it used of `budget`.
    pub(crate) fn of_call(error: &wasmtime::Error, meter: &Meter, limits: &Limits, fuel: u64, budget: u64) -> Self {
        let kind = classify(error, meter);
        match kind {
            FaultKind::OutOfFuel => {
                Self::detailed(kind, fuel, format_args!("the module used up its fuel of {budget} units"))
            }
            FaultKind::OutOfTime => {
                Self::detailed(kind, fuel, format_args!("the module ran longer than {:?}", limits.wall_clock))
            }
            FaultKind::OutOfMemory => {
                let limit = bytes(limits.memory_bytes);
                Self::detailed(kind, fuel, format_args!("the module asked for more than its {limit} of memory"))
            }
            FaultKind::StackOverflow => {
                let limit = bytes(STACK_BYTES);
                Self::detailed(kind, fuel, format_args!("the module's calls nest deeper than its stack of {limit}"))
            }
            FaultKind::TooMuchReturned => {
                let limit = bytes(limits.returned_bytes);
                Self::detailed(kind, fuel, format_args!("the module returned more than {limit} in one answer"))
            }
            FaultKind::Denied => match error.downcast_ref::<Denied>() {
                Some(Denied { function }) => {
                    let detail =
                        format_args!("the module called `{function}`, which `wasi = \"inert\"` does not answer");
                    Self::detailed(kind, fuel, detail)
                }
                None => Self::plain(kind, fuel),
            },
            FaultKind::Panicked if error.downcast_ref::<Ended>().is_some() => {
                Self::detailed(kind, fuel, "the module ended itself")
            }
            FaultKind::Other => {
                let cause = error.root_cause();
                Self::detailed(kind, fuel, format_args!("the sandbox stopped the module: {cause}"))
            }
            _ => Self::plain(kind, fuel),
        }
    }
}

fn classify(error: &wasmtime::Error, meter: &Meter) -> FaultKind {
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => return FaultKind::OutOfFuel,
        Some(Trap::Interrupt) => return FaultKind::OutOfTime,
        Some(Trap::StackOverflow) => return FaultKind::StackOverflow,
        _ => {}
    }
    // A module that is refused memory aborts in its language's own way; the refusal is the cause.
    if meter.denied() {
        return FaultKind::OutOfMemory;
    }
    if error.downcast_ref::<Denied>().is_some() {
        return FaultKind::Denied;
    }
    if error.downcast_ref::<Ended>().is_some() {
        return FaultKind::Panicked;
    }
    if let Some(Trap::UnreachableCodeReached) = error.downcast_ref::<Trap>() {
        return FaultKind::Panicked;
    }
    if error.downcast_ref::<std::str::Utf8Error>().is_some() {
        return FaultKind::BadText;
    }
    // The runtime keeps this error's type to itself; `returns-too-much` in the adversarial tests
    // fails when its words change.
    if error.root_cause().to_string().contains("fuel allocated for hostcalls has been exhausted") {
        return FaultKind::TooMuchReturned;
    }
    FaultKind::Other
}

/// `64 MiB`, or plain bytes where that would round.
pub(crate) fn bytes(number: usize) -> String {
    const MIB: usize = 1024 * 1024;
    if number >= MIB && number.is_multiple_of(MIB) {
        format!("{} MiB", number / MIB)
    } else {
        format!("{number} bytes")
    }
}
