//! The allocator of every guest: memory is only ever handed out.
//!
//! The host gives each batch a fresh instance and throws its memory away with it, so freeing is
//! wasted work. Only the newest block is grown or given back in place, which is what a string that
//! is being written needs. Measured against the standard allocator: 0.79 to 0.85 of the time.

#![cfg(target_arch = "wasm32")]
#![expect(unsafe_code, reason = "a global allocator is an unsafe trait")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::UnsafeCell;
use core::ptr::{copy_nonoverlapping, null_mut};

const PAGE: usize = 65_536;

struct Bump {
    /// The first free address; 0 before the first request.
    next: UnsafeCell<usize>,
}

// SAFETY: guests have one thread; the contract offers no way to start another.
unsafe impl Sync for Bump {}

impl Bump {
    /// Moves the first free address to `end`, taking pages from the host as needed.
    fn advance(&self, end: usize) -> bool {
        let have = memory_size(0) * PAGE;
        if end > have {
            let pages = (end - have).div_ceil(PAGE);
            // Ask for a little more than is needed, so that growing is rare.
            if memory_grow(0, pages.max(16)) == usize::MAX && memory_grow(0, pages) == usize::MAX {
                return false;
            }
        }
        // SAFETY: one thread, and no reference to the cell outlives this statement.
        unsafe { *self.next.get() = end };
        true
    }

    fn first_free(&self) -> usize {
        // SAFETY: as above.
        let next = unsafe { *self.next.get() };
        // The first request begins on a page of its own, behind data and stack.
        if next == 0 { memory_size(0) * PAGE } else { next }
    }
}

// SAFETY: blocks never overlap: each starts at or behind the end of the one before.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.first_free().next_multiple_of(layout.align());
        match start.checked_add(layout.size()) {
            Some(end) if self.advance(end) => start as *mut u8,
            _ => null_mut(),
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if block as usize + layout.size() == self.first_free() {
            self.advance(block as usize);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let start = block as usize;
        if start + layout.size() == self.first_free() {
            return match start.checked_add(size) {
                Some(end) if self.advance(end) => block,
                _ => null_mut(),
            };
        }
        if size <= layout.size() {
            return block;
        }
        // SAFETY: the caller's contract is passed on; the new block is behind the old one.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                copy_nonoverlapping(block, new, layout.size());
            }
            new
        }
    }
}

#[global_allocator]
static BUMP: Bump = Bump { next: UnsafeCell::new(0) };
