//! The answers of a call on their way out of the sandbox, read from its memory in one pass.
//!
//! The runtime's own way goes through its bookkeeping for every list and text. Sizes and alignments come from the
//! runtime; the order of fields and cases is the contract's (`wit/transform/effects.wit`). Source: "Canonical ABI" of
//! the component model, `load`.
#![expect(unsafe_code, reason = "the runtime's traits for crossing types are unsafe to implement")]

use odograft_records::bindings::transform::effects::{
    Cell, Condition, File, Finding, Handover, Lookup, Outcome, Reference, Rejection, Severity, SourceKey, Text, Upsert,
    Value,
};
use odograft_records::bindings::transform::values::{Date, Decimal, Instant, Span};
use wasmtime::component::__internal::wasmtime_environ::component::StringEncoding;
use wasmtime::component::__internal::{CanonicalAbiInfo, InstanceType, InterfaceType, LiftContext};
use wasmtime::component::{ComponentType, Lift};
use wasmtime::{Result, bail};

use crate::contract::Returned;

/// What a call returns as the runtime gives it: one answer for each record.
#[derive(Debug)]
pub struct Answers(pub Vec<std::result::Result<Outcome, Rejection>>);

// SAFETY: it is lifted as the list within it is: the same type, size and flat form.
unsafe impl ComponentType for Answers {
    type Lower = <Returned as ComponentType>::Lower;
    const ABI: CanonicalAbiInfo = <Returned as ComponentType>::ABI;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        Returned::typecheck(ty, types)
    }
}

// SAFETY: every address, length, case and text is checked before it is used.
unsafe impl Lift for Answers {
    fn linear_lift_from_flat(cx: &mut LiftContext<'_>, ty: InterfaceType, flat: &Self::Lower) -> Result<Self> {
        Returned::linear_lift_from_flat(cx, ty, flat).map(Self)
    }

    fn linear_lift_from_memory(cx: &mut LiftContext<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
        match cx.options().string_encoding {
            StringEncoding::Utf8 => Returned::read(cx, bytes).map(Self),
            // Other languages may hand text over in other encodings, which the runtime knows to turn around.
            StringEncoding::Utf16 | StringEncoding::CompactUtf16 => {
                Returned::linear_lift_from_memory(cx, ty, bytes).map(Self)
            }
        }
    }
}

/// A value that can be read as the canonical ABI lays it out.
trait Read: ComponentType + Sized {
    /// Reads the value from `bytes`, which are its size.
    fn read(cx: &mut LiftContext<'_>, bytes: &[u8]) -> Result<Self>;
}

/// The bytes of a list of values that are `size` bytes each, and take `kept` in the host.
fn list<'m>(cx: &mut LiftContext<'m>, pair: &[u8], size: usize, alignment: u32, kept: usize) -> Result<&'m [u8]> {
    let (address, length) = (word(pair, 0) as usize, word(pair, 4) as usize);
    let bytes = length.checked_mul(size).and_then(|size| cx.memory().get(address..address.checked_add(size)?));
    let Some(bytes) = bytes else { bail!("a list or a text that reaches beyond the module's memory") };
    if !address.is_multiple_of(alignment as usize) {
        bail!("a list whose address is not aligned");
    }
    cx.consume_fuel_array(length, kept)?;
    Ok(bytes)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

impl<T: Read> Read for Vec<T> {
    fn read(cx: &mut LiftContext<'_>, bytes: &[u8]) -> Result<Self> {
        let bytes = list(cx, bytes, T::SIZE32, T::ALIGN32, size_of::<T>())?;
        let mut values = Vec::with_capacity(bytes.len() / T::SIZE32);
        for bytes in bytes.chunks_exact(T::SIZE32) {
            values.push(T::read(cx, bytes)?);
        }
        Ok(values)
    }
}

impl Read for String {
    #[inline]
    fn read(cx: &mut LiftContext<'_>, bytes: &[u8]) -> Result<Self> {
        Ok(str::from_utf8(list(cx, bytes, 1, 1, 1)?)?.to_owned())
    }
}

impl<T: Read> Read for Option<T> {
    #[inline]
    fn read(cx: &mut LiftContext<'_>, bytes: &[u8]) -> Result<Self> {
        match bytes[0] {
            0 => Ok(None),
            1 => Ok(Some(field(cx, bytes, &mut 1)?)),
            other => unknown(other),
        }
    }
}

impl<T: Read, E: Read> Read for std::result::Result<T, E> {
    #[inline]
    fn read(cx: &mut LiftContext<'_>, bytes: &[u8]) -> Result<Self> {
        let at = &mut (Self::ALIGN32 as usize);
        match bytes[0] {
            0 => Ok(Ok(field(cx, bytes, at)?)),
            1 => Ok(Err(field(cx, bytes, at)?)),
            other => unknown(other),
        }
    }
}

impl Read for bool {
    #[inline]
    fn read(_: &mut LiftContext<'_>, bytes: &[u8]) -> Result<Self> {
        Ok(bytes[0] != 0)
    }
}

fn unknown<T>(case: u8) -> Result<T> {
    bail!("case {case} of a variant that does not have it")
}

/// Reads a part of a value at the next aligned place behind `at`, and moves `at` behind it.
#[inline]
fn field<T: Read>(cx: &mut LiftContext<'_>, bytes: &[u8], at: &mut usize) -> Result<T> {
    let start = at.next_multiple_of(T::ALIGN32 as usize);
    *at = start + T::SIZE32;
    T::read(cx, &bytes[start..*at])
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Read for $number {
            #[inline]
            fn read(_: &mut LiftContext<'_>, bytes: &[u8]) -> Result<Self> {
                let Some(bytes) = bytes.first_chunk() else { bail!("a number without its bytes") };
                Ok(Self::from_le_bytes(*bytes))
            }
        }
    )*};
}

macro_rules! record {
    ($record:ident { $($field:ident),* }) => {
        impl Read for $record {
            #[inline]
            fn read(cx: &mut LiftContext<'_>, bytes: &[u8]) -> Result<Self> {
                let bytes = &bytes[..<Self as ComponentType>::SIZE32];
                let at = &mut 0;
                $(let $field = field(cx, bytes, at)?;)*
                Ok(Self { $($field),* })
            }
        }
    };
}

/// Cases in the contract's order, those without a value first.
macro_rules! variant {
    ($variant:ident { $($empty:ident,)* ; $($case:ident),* }) => {
        impl Read for $variant {
            #[inline]
            fn read(cx: &mut LiftContext<'_>, bytes: &[u8]) -> Result<Self> {
                const CASES: &[fn(&mut LiftContext<'_>, &[u8]) -> Result<$variant>] = &[
                    $(|_, _| Ok($variant::$empty),)*
                    $(|cx, bytes| Ok($variant::$case(field(cx, bytes, &mut ($variant::ALIGN32 as usize))?)),)*
                ];
                match CASES.get(usize::from(bytes[0])) {
                    Some(read) => read(cx, bytes),
                    None => unknown(bytes[0]),
                }
            }
        }
    };
}

numbers!(u8, u16, u32, i64, f64);
record!(Span { start, length });
record!(Date { year, month, day });
record!(Instant { seconds, nanoseconds });
record!(Decimal { unscaled, scale });
variant!(Text { ; Given, Made });
record!(SourceKey { object, id });
record!(Condition { field, value });
record!(Lookup { model, by, take });
variant!(Reference { ; Source, ExternalId, Lookup });
record!(File { handle, name, media_type });
variant!(Value { Empty, ; Boolean, Integer, Float, Decimal, Text, Date, Datetime, Reference, References, File });
record!(Cell { field, value });
record!(Upsert { target, key, cells });
record!(Handover { kind, key, document });
variant!(Severity { Info, Warning, Error, ; });
record!(Finding { severity, code, field, message });
record!(Outcome { upserts, handovers, findings });
record!(Rejection { code, field, message });
