//! A batch on its way into the sandbox, written to its memory in one pass.
#![expect(unsafe_code, reason = "the runtime's traits for crossing types are unsafe to implement")]

use std::mem::MaybeUninit;

use odograft_records::image::{Image, ListImage, Nested};
use wasmtime::component::__internal::{CanonicalAbiInfo, InstanceType, InterfaceType, LowerContext};
use wasmtime::component::{ComponentType, Lower};
use wasmtime::{Result, ValRaw, format_err};

/// The records of a call as the runtime takes them: a `list` of the contract's record type.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a, R>(pub &'a [R]);

// SAFETY: it is lowered as a slice is: the same type, size and flat form.
unsafe impl<R: Image + 'static> ComponentType for Batch<'_, R> {
    type Lower = <[R] as ComponentType>::Lower;
    const ABI: CanonicalAbiInfo = <[R] as ComponentType>::ABI;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        <[R]>::typecheck(ty, types)
    }
}

// SAFETY: all of the flat form is written, and `Image` writes values as the canonical ABI lays them out.
unsafe impl<R: Image + 'static> Lower for Batch<'_, R> {
    fn linear_lower_to_flat<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        _: InterfaceType,
        flat: &mut MaybeUninit<Self::Lower>,
    ) -> Result<()> {
        let pair = store(cx, &self.0)?;
        flat.write(pair.map(|number| ValRaw::i64(number.into())));
        Ok(())
    }

    fn linear_lower_to_memory<T>(&self, cx: &mut LowerContext<'_, T>, _: InterfaceType, offset: usize) -> Result<()> {
        let pair = store(cx, &self.0)?;
        put(cx, offset, pair);
        Ok(())
    }
}

/// Writes a list and what it holds to memory that the module allocates; returns its address and length.
fn store<T>(cx: &mut LowerContext<'_, T>, list: &dyn ListImage) -> Result<[u32; 2]> {
    let size = list.size().ok_or_else(|| format_err!("a batch of more bytes than memory has"))?;
    let address = cx.realloc(0, 0, list.alignment(), size)?;
    let mut nested = Vec::new();
    // The runtime has checked that what the module allocated lies in its memory.
    list.write_all(&mut cx.as_slice_mut()[address..address + size], address, &mut nested);
    for Nested { address, list } in nested {
        let pair = store(cx, list)?;
        put(cx, address, pair);
    }
    Ok([u32::try_from(address)?, u32::try_from(list.length())?])
}

fn put<T>(cx: &mut LowerContext<'_, T>, at: usize, [address, length]: [u32; 2]) {
    let bytes: &mut [u8; 8] = cx.get(at);
    bytes[..4].copy_from_slice(&address.to_le_bytes());
    bytes[4..].copy_from_slice(&length.to_le_bytes());
}
