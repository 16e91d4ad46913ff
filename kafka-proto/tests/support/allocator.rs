//! The system's allocator, watched: for tests and programs that count what is allocated. It takes `unsafe`, which nothing
//! else here has.

use std::alloc::{GlobalAlloc, Layout, System};

/// Who is told of each block. It must not allocate.
pub(crate) trait Watch {
    /// A block of so many bytes is taken; a block that changes its size is a new one.
    fn took(bytes: usize);

    /// One is given back.
    fn gave(_bytes: usize) {}
}

/// To be a `#[global_allocator]`.
pub(crate) struct Watched<W>(pub(crate) W);

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl<W: Watch> GlobalAlloc for Watched<W> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        W::took(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        W::took(layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        W::took(size);
        W::gave(layout.size());
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        W::gave(layout.size());
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(block, layout) }
    }
}
