//! Answers as they lie in a sandbox's memory when they cross: an overlay changes them where they are.
//!
//! `repr(C)` lays records out as the canonical ABI does, and `repr(C, u8)` variants with fewer than 256 cases: the number
//! of the case, then the value at the next place that is aligned for every case. So what the mapping below returns is
//! read and handed on without being taken apart and put together again. Measured: a mapping under an overlay that only
//! passes answers on took 1.17 times as long, and 1.38 times with the generated lifting and lowering. The order of
//! fields and cases is the contract's (`wit/transform/effects.wit`); that every answer arrives as the mapping below made
//! it is held end to end (`tests/it/overlay`). Source: "Canonical ABI" of the component model, `load` and `store`.
//!
//! Nothing here owns memory: guests never free any (`allocator.rs`).
#![expect(unsafe_code, reason = "lists and texts of another component come as address and length")]

mod convert;

use crate::{Date, Decimal, Instant, Span};

/// A list: in this guest's memory from its beginning to its end.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct List<T> {
    start: *mut T,
    length: usize,
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<T> {}

impl<T> From<Vec<T>> for List<T> {
    fn from(values: Vec<T>) -> Self {
        let values = values.leak();
        Self { start: values.as_mut_ptr(), length: values.len() }
    }
}

impl<T: Copy> List<T> {
    /// What another component has handed over.
    ///
    /// # Safety
    /// So many values lie there, and nothing else refers to them.
    pub(crate) unsafe fn at(start: *mut u8, length: usize) -> Self {
        Self { start: start.cast(), length }
    }

    /// Where it lies, and how many values it has.
    pub(crate) fn place(self) -> (*mut u8, usize) {
        (self.start.cast(), self.length)
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: a list is a leaked `Vec`, or the runtime has written it whole; its memory is never freed.
        unsafe { core::slice::from_raw_parts(self.start, self.length) }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        if self.length == 0 {
            return &mut [];
        }
        // SAFETY: as above, and no two lists share memory: they are copied to be moved, never to be kept twice.
        unsafe { core::slice::from_raw_parts_mut(self.start, self.length) }
    }

    /// Keeps the values for which `keep` is true, in their order; it may change them.
    pub(crate) fn retain_mut(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        let values = self.as_mut_slice();
        let mut kept = 0;
        for at in 0..values.len() {
            if keep(&mut values[at]) {
                values[kept] = values[at];
                kept += 1;
            }
        }
        self.length = kept;
    }

    /// Adds values behind those there are, which move.
    pub(crate) fn extend(&mut self, more: impl ExactSizeIterator<Item = T>) {
        let mut all = Vec::with_capacity(self.length + more.len());
        all.extend_from_slice(self.as_slice());
        all.extend(more);
        *self = all.into();
    }
}

/// A text of its own.
pub(crate) type Str = List<u8>;

impl Str {
    pub(crate) fn as_str(&self) -> &str {
        // SAFETY: it is a leaked `String`, or the runtime has checked it on its way here.
        unsafe { core::str::from_utf8_unchecked(self.as_slice()) }
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

#[derive(Clone, Copy, Debug)]
#[repr(C, u8)]
pub(crate) enum Opt<T> {
    None,
    Some(T),
}

impl<T> From<Option<T>> for Opt<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Self::Some)
    }
}

#[derive(Clone, Copy, Debug)]
#[repr(C, u8)]
pub(crate) enum Text {
    Given(Span),
    Made(Str),
}

impl Text {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Given(span) => span,
            Self::Made(text) => text.as_str(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct SourceKey {
    pub(crate) object: Str,
    pub(crate) id: Text,
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Condition {
    pub(crate) field: Str,
    pub(crate) value: Text,
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Lookup {
    pub(crate) model: Str,
    pub(crate) by: List<Condition>,
    pub(crate) take: Str,
}

#[derive(Clone, Copy, Debug)]
#[repr(C, u8)]
pub(crate) enum Reference {
    Source(SourceKey),
    ExternalId(Str),
    Lookup(Lookup),
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct File {
    pub(crate) handle: Str,
    pub(crate) name: Str,
    pub(crate) media_type: Opt<Str>,
}

#[derive(Clone, Copy, Debug)]
#[repr(C, u8)]
pub(crate) enum Value {
    Empty,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Decimal(Decimal),
    Text(Text),
    Date(Date),
    Datetime(Instant),
    Reference(Reference),
    References(List<Reference>),
    File(File),
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Cell {
    pub(crate) field: u16,
    pub(crate) value: Value,
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Upsert {
    pub(crate) target: u16,
    pub(crate) key: SourceKey,
    pub(crate) cells: List<Cell>,
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Handover {
    pub(crate) kind: u16,
    pub(crate) key: SourceKey,
    pub(crate) document: Str,
}

#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(crate) enum Severity {
    Info,
    Warning,
    Error,
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) code: Str,
    pub(crate) field: Opt<Str>,
    pub(crate) message: Str,
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Outcome {
    pub(crate) upserts: List<Upsert>,
    pub(crate) handovers: List<Handover>,
    pub(crate) findings: List<Finding>,
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Rejection {
    pub(crate) code: Str,
    pub(crate) field: Opt<Str>,
    pub(crate) message: Str,
}

#[derive(Clone, Copy, Debug)]
#[repr(C, u8)]
#[cfg_attr(not(test), expect(dead_code, reason = "the mapping below makes outcomes, and the host reads rejections"))]
pub(crate) enum Answer {
    Outcome(Outcome),
    Rejected(Rejection),
}

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Setting {
    pub(crate) name: Str,
    pub(crate) value: Str,
}

/// What the contract's types take in a sandbox: a slip above would move every field behind it.
#[cfg(target_arch = "wasm32")]
const _: () = {
    assert!(size_of::<Text>() == 12 && size_of::<SourceKey>() == 20 && size_of::<Lookup>() == 24);
    assert!(
        size_of::<Condition>() == 20
            && size_of::<Reference>() == 28
            && size_of::<File>() == 28
            && size_of::<Value>() == 40
    );
    assert!(align_of::<Value>() == 8 && size_of::<Cell>() == 48 && size_of::<Upsert>() == 32);
    assert!(size_of::<Handover>() == 32 && size_of::<Finding>() == 32 && size_of::<Outcome>() == 24);
    assert!(size_of::<Rejection>() == 28 && size_of::<Answer>() == 32 && size_of::<Setting>() == 16);
};
