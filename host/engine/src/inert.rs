//! WASI 0.2 for modules whose tool chain cannot do without it, granted as `wasi = "inert"`: it answers, and gives nothing.
//!
//! - The wall clock stands at the context's moment (at 1970-01-01 in `describe`, which has none); the monotonic clock
//!   counts from 0, a millisecond a look, and a wait moves it on at once.
//! - Random numbers come from a fixed seed.
//! - There are no folders, no arguments, no environment, no terminal; standard input is empty; a socket is refused.
//! - What is written to standard output or error goes nowhere, unless the caller asked to see it ([`Output`]).
//!
//! What a module imports beyond that can be linked, and fails by name when it is called. So the same module, context and
//! batch give the same bytes and the same fuel with this as without it.
//!
//! The functions are defined from the component's own imports: every 0.2 release of WASI is served alike.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::component::types::{ComponentFunc, ComponentItem, Type};
use wasmtime::component::{Component, Linker, ResourceAny, ResourceDynamic, ResourceType, Val};
use wasmtime::{Result, StoreContextMut};

use crate::engine::Engine;
use crate::limits::Meter;

/// Bytes of output that are kept for a caller who asked for them; the rest is dropped.
const OUTPUT_BYTES: usize = 64 * 1024;

/// Bytes that one call may write or ask for at random.
const PIECE_BYTES: u64 = 64 * 1024;

/// Nanoseconds that the monotonic clock moves on at each look, and its resolution.
const STEP: u64 = 1_000_000;

/// The state that every module's random numbers begin with: the digits of pi.
const SEED: u64 = 0x2431_4159_2653_5897;

/// Words by which WASI's own error codes refuse, best first.
const DENIALS: [&str; 4] = ["access-denied", "access", "not-supported", "unsupported"];

/// What a module is given of WASI.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Wasi {
    /// Nothing: a module that imports it is refused.
    #[default]
    Refused,
    /// Functions that answer and give nothing; what the module prints is dropped.
    Inert,
    /// The same, and what the module prints is kept.
    Shown(Output),
}

/// What modules print, the first 64 KiB of it. It may hold a patient's data: it belongs on the screen of the person who
/// asked, never in a log or an error.
#[derive(Debug, Clone, Default)]
pub struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    /// What was printed so far; bytes that are no text are replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    fn write(&self, bytes: impl Iterator<Item = u8>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = OUTPUT_BYTES.saturating_sub(kept.len());
        kept.extend(bytes.take(room));
    }
}

/// Equal when they are the same one.
impl PartialEq for Output {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Output {}

/// The module called something of WASI that gives nothing.
#[derive(Debug)]
pub(crate) struct Denied {
    /// As `wasi:http/outgoing-handler.handle`.
    pub(crate) function: String,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not answered", self.function)
    }
}

impl std::error::Error for Denied {}

/// The module ended itself, as a program does.
#[derive(Debug)]
pub(crate) struct Ended;

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the module ended itself")
    }
}

impl std::error::Error for Ended {}

/// A sandbox's own WASI.
#[derive(Debug)]
pub(crate) struct Inert {
    /// Seconds since 1970-01-01T00:00:00Z.
    moment: u64,
    /// Nanoseconds.
    clock: u64,
    random: u64,
    output: Option<Output>,
}

impl Inert {
    pub(crate) fn new(wasi: &Wasi) -> Self {
        let output = if let Wasi::Shown(output) = wasi { Some(output.clone()) } else { None };
        Self { moment: 0, clock: 0, random: SEED, output }
    }

    /// Sets the wall clock; WASI knows no moment before 1970.
    pub(crate) fn set_moment(&mut self, seconds: i64) {
        self.moment = u64::try_from(seconds).unwrap_or(0);
    }

    /// A look at the monotonic clock.
    fn look(&mut self) -> u64 {
        self.clock = self.clock.saturating_add(STEP);
        self.clock
    }

    /// SplitMix64: the next of a sequence that is the same in every sandbox.
    fn next(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// The resources that WASI 0.2 hands out; a resource is known by its name, which is the same wherever it is imported.
const INPUT: &str = "input-stream";
const OUTPUT: &str = "output-stream";
const POLLABLE: &str = "pollable";
const NETWORK: &str = "network";

/// Whether an import is one that inert WASI can answer.
pub(crate) fn covers(import: &str) -> bool {
    let Some((name, version)) = import.split_once('@') else { return false };
    name.starts_with("wasi:") && (version == "0.2" || version.starts_with("0.2."))
}

/// Defines every WASI function and resource that the component imports.
pub(crate) fn define(engine: &Engine, linker: &mut Linker<Meter>, component: &Component) -> Result<()> {
    let ty = component.component_type();
    for (import, item) in ty.imports(engine.wasmtime()) {
        let ComponentItem::ComponentInstance(instance) = item.ty else { continue };
        if !covers(import) {
            continue;
        }
        let interface = import.split('@').next().unwrap_or(import);
        let mut defined = linker.instance(import)?;
        for (name, item) in instance.exports(engine.wasmtime()) {
            match item.ty {
                ComponentItem::Resource(_) => {
                    defined.resource(name, ResourceType::host_dynamic(kind(name)), |_, _| Ok(()))?;
                }
                ComponentItem::ComponentFunc(_) => {
                    let (interface, name_in) = (interface.to_owned(), name.to_owned());
                    defined.func_new(name, move |store, ty, given, results| {
                        let mut call = Call { store, given, interface: &interface, function: &name_in, read: false };
                        let answer = call.answer(&ty)?;
                        if !call.read {
                            given.iter().try_for_each(|value| give_back(&mut call.store, value))?;
                        }
                        if let (Some(place), Some(answer)) = (results.first_mut(), answer) {
                            *place = answer;
                        }
                        Ok(())
                    })?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Ends the borrowing of resources that came as arguments: the runtime holds a call to that.
fn give_back(store: &mut StoreContextMut<'_, Meter>, value: &Val) -> Result<()> {
    match value {
        Val::Resource(resource) => resource.resource_drop(store),
        Val::List(values) | Val::Tuple(values) => values.iter().try_for_each(|value| give_back(store, value)),
        Val::Record(fields) => fields.iter().try_for_each(|(_, value)| give_back(store, value)),
        Val::Option(Some(value)) | Val::Variant(_, Some(value)) => give_back(store, value),
        _ => Ok(()),
    }
}

/// The number of a resource's type: FNV-1a of its name.
fn kind(resource: &str) -> u32 {
    resource.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// One call of an imported function.
struct Call<'a> {
    store: StoreContextMut<'a, Meter>,
    given: &'a [Val],
    /// Without its version.
    interface: &'a str,
    function: &'a str,
    /// Whether the resources among the arguments were read, which gives them back.
    read: bool,
}

impl Call<'_> {
    /// The result; none for a function that returns nothing.
    fn answer(&mut self, ty: &ComponentFunc) -> Result<Option<Val>> {
        let answer = match (self.interface, self.function) {
            ("wasi:cli/environment", "get-environment" | "get-arguments")
            | ("wasi:filesystem/preopens", "get-directories") => Val::List(Vec::new()),
            ("wasi:cli/environment", "initial-cwd")
            | ("wasi:cli/terminal-stdin" | "wasi:cli/terminal-stdout" | "wasi:cli/terminal-stderr", _)
            | ("wasi:filesystem/types", "filesystem-error-code") => Val::Option(None),
            ("wasi:cli/exit", _) => return Err(Ended.into()),
            ("wasi:cli/stdin", "get-stdin") => self.own(INPUT, 0)?,
            ("wasi:cli/stdout" | "wasi:cli/stderr", _) => self.own(OUTPUT, 0)?,
            ("wasi:sockets/instance-network", "instance-network") => self.own(NETWORK, 0)?,
            ("wasi:clocks/wall-clock", "now") => moment(self.inert().moment),
            ("wasi:clocks/wall-clock", "resolution") => moment(1),
            ("wasi:clocks/monotonic-clock", "now") => Val::U64(self.inert().look()),
            ("wasi:clocks/monotonic-clock", "resolution") => Val::U64(STEP),
            ("wasi:clocks/monotonic-clock", "subscribe-instant") => self.due(self.number())?,
            ("wasi:clocks/monotonic-clock", "subscribe-duration") => {
                let due = self.inert().clock.saturating_add(self.number());
                self.due(due)?
            }
            ("wasi:random/random", "get-random-u64") | ("wasi:random/insecure", "get-insecure-random-u64") => {
                Val::U64(self.inert().next())
            }
            ("wasi:random/random", "get-random-bytes") | ("wasi:random/insecure", "get-insecure-random-bytes")
                if self.number() <= PIECE_BYTES =>
            {
                let count = self.number();
                Val::List((0..count).map(|_| Val::U8(self.inert().next().to_le_bytes()[0])).collect())
            }
            ("wasi:random/insecure-seed", "insecure-seed") => {
                let inert = self.inert();
                Val::Tuple(vec![Val::U64(inert.next()), Val::U64(inert.next())])
            }
            ("wasi:io/poll", _) => return self.poll(),
            ("wasi:io/streams", _) => return self.stream(ty),
            ("wasi:io/error", _) => Val::String(String::new()),
            _ => return self.deny(ty).map(Some),
        };
        Ok(Some(answer))
    }

    /// Waits take no time: they move the monotonic clock on.
    fn poll(&mut self) -> Result<Option<Val>> {
        match (self.function, self.given) {
            ("[method]pollable.ready", _) => {
                let due = self.due_of(0)?;
                Ok(Some(Val::Bool(due.is_some_and(|due| due <= self.inert().look()))))
            }
            ("[method]pollable.block", _) => {
                let due = self.due_of(0)?.unwrap_or(0);
                let inert = self.inert();
                inert.clock = inert.clock.max(due);
                Ok(None)
            }
            (_, [Val::List(list)]) => {
                let mut waits = Vec::with_capacity(list.len());
                for pollable in list {
                    waits.push(self.due_in(pollable)?.unwrap_or(0));
                }
                let inert = self.inert();
                inert.clock = inert.look().max(waits.iter().copied().min().unwrap_or(0));
                let ready = waits.iter().enumerate().filter(|(_, due)| **due <= inert.clock);
                Ok(Some(Val::List(ready.map(|(at, _)| Val::U32(u32::try_from(at).unwrap_or(u32::MAX))).collect())))
            }
            _ => Err(self.denied()),
        }
    }

    /// Input is at its end; output is taken and dropped.
    fn stream(&mut self, ty: &ComponentFunc) -> Result<Option<Val>> {
        let function = self.function.split_once('.').map_or("", |(_, method)| method);
        let done = || Ok(Some(Val::Result(Ok(None))));
        match (function, self.given) {
            ("subscribe", _) => self.due(0).map(Some),
            ("check-write", _) => Ok(Some(Val::Result(Ok(Some(Box::new(Val::U64(PIECE_BYTES))))))),
            ("write" | "blocking-write-and-flush", [_, Val::List(bytes)]) => {
                if let Some(output) = &self.store.data_mut().inert.output {
                    output.write(
                        bytes.iter().filter_map(|byte| if let Val::U8(byte) = byte { Some(*byte) } else { None }),
                    );
                }
                done()
            }
            ("flush" | "blocking-flush" | "write-zeroes" | "blocking-write-zeroes-and-flush", _) => done(),
            ("read" | "blocking-read" | "skip" | "blocking-skip" | "splice" | "blocking-splice", _) => {
                let closed = Val::Variant("closed".to_owned(), None);
                Ok(Some(Val::Result(Err(Some(Box::new(closed))))))
            }
            _ => self.deny(ty).map(Some),
        }
    }

    /// A refusal in WASI's own words where the function has some, else the end of the call.
    fn deny(&self, ty: &ComponentFunc) -> Result<Val> {
        let Some(Type::Result(result)) = ty.results().next() else { return Err(self.denied()) };
        let Some(Type::Enum(codes)) = result.err() else { return Err(self.denied()) };
        let code = DENIALS.into_iter().find(|denial| codes.names().any(|name| name == *denial));
        let code = code.ok_or_else(|| self.denied())?;
        Ok(Val::Result(Err(Some(Box::new(Val::Enum(code.to_owned()))))))
    }

    fn denied(&self) -> wasmtime::Error {
        Denied { function: format!("{}.{}", self.interface, self.function) }.into()
    }

    fn inert(&mut self) -> &mut Inert {
        &mut self.store.data_mut().inert
    }

    /// The first argument.
    fn number(&self) -> u64 {
        if let Some(Val::U64(number)) = self.given.first() { *number } else { 0 }
    }

    fn own(&mut self, resource: &str, rep: u32) -> Result<Val> {
        let owned = ResourceDynamic::new_own(rep, kind(resource));
        Ok(Val::Resource(owned.try_into_resource_any(&mut self.store)?))
    }

    /// A pollable that is ready at a moment of the monotonic clock, which it carries in milliseconds.
    fn due(&mut self, nanoseconds: u64) -> Result<Val> {
        self.own(POLLABLE, u32::try_from(nanoseconds.div_ceil(STEP)).unwrap_or(u32::MAX))
    }

    fn due_of(&mut self, position: usize) -> Result<Option<u64>> {
        match self.given.get(position) {
            Some(pollable) => self.due_in(pollable),
            None => Ok(None),
        }
    }

    fn due_in(&mut self, pollable: &Val) -> Result<Option<u64>> {
        let Val::Resource(resource) = pollable else { return Ok(None) };
        let resource: ResourceAny = *resource;
        self.read = true;
        let milliseconds = resource.try_into_resource_dynamic(&mut self.store)?.rep();
        Ok(Some(u64::from(milliseconds).saturating_mul(STEP)))
    }
}

fn moment(seconds: u64) -> Val {
    Val::Record(vec![("seconds".to_owned(), Val::U64(seconds)), ("nanoseconds".to_owned(), Val::U32(0))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wasi_0_2_is_covered() {
        for name in ["wasi:io/poll@0.2.0", "wasi:cli/exit@0.2.12", "wasi:http/types@0.2"] {
            assert!(covers(name), "{name}");
        }
        for name in ["wasi:io/poll@0.3.0", "wasi:io/poll@0.20.0", "wasi:io/poll", "host:shell/run@0.2.0"] {
            assert!(!covers(name), "{name}");
        }
    }

    #[test]
    fn resources_have_numbers_of_their_own() {
        let names = [
            INPUT,
            OUTPUT,
            POLLABLE,
            NETWORK,
            "error",
            "descriptor",
            "directory-entry-stream",
            "terminal-input",
            "terminal-output",
            "udp-socket",
            "tcp-socket",
            "incoming-datagram-stream",
            "outgoing-datagram-stream",
            "resolve-address-stream",
        ];
        let numbers: std::collections::BTreeSet<u32> = names.into_iter().map(kind).collect();
        assert_eq!(numbers.len(), names.len());
    }

    #[test]
    fn output_is_kept_up_to_its_limit() {
        let output = Output::default();
        output.write("Zoë".bytes());
        output.write(std::iter::repeat_n(b'x', 2 * OUTPUT_BYTES));
        let text = output.text();
        assert!(text.starts_with("Zoëxx"));
        assert_eq!(text.len(), OUTPUT_BYTES);
    }

    #[test]
    fn random_numbers_and_clocks_begin_alike() {
        let (mut one, mut two) = (Inert::new(&Wasi::Inert), Inert::new(&Wasi::Shown(Output::default())));
        assert_eq!((one.next(), one.next(), one.look()), (two.next(), two.next(), two.look()));
        one.set_moment(-5);
        assert_eq!(one.moment, 0);
    }
}
