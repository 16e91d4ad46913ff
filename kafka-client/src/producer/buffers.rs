//! What batches are made of: buffers, used again, and completions, made a few at a time.

use bytes::Bytes;
use parking_lot::Mutex;

use crate::api::{Done, Dones};

/// Buffers that nobody uses now. The one used last is the first to be used again: it is still in the cache, and its
/// pages are mapped.
#[derive(Debug)]
pub(super) struct Buffers {
    free: Mutex<Free>,
    /// How many bytes are kept at the most.
    most: usize,
}

#[derive(Debug, Default)]
struct Free {
    buffers: Vec<Vec<u8>>,
    bytes: usize,
    dones: Dones,
}

impl Buffers {
    pub(super) fn new(most: usize) -> Self {
        Self { free: Mutex::default(), most }
    }

    /// A buffer of at least this capacity, and of no more than twice as much. Its contents don't matter.
    pub(super) fn get(&self, capacity: usize) -> Vec<u8> {
        let used = {
            let mut free = self.free.lock();
            let used = free.buffers.pop();
            free.bytes -= used.as_ref().map_or(0, Vec::capacity);
            used
        };
        // One of another size goes: batches have become larger or smaller than they were.
        let fits = used.filter(|used| (capacity..=capacity.saturating_mul(2)).contains(&used.capacity()));
        fits.unwrap_or_else(|| Vec::with_capacity(capacity))
    }

    /// A batch's completion.
    pub(super) fn done(&self) -> Done {
        self.free.lock().dones.take()
    }

    /// Takes a buffer to be used again, unless somebody else still looks at it or enough are there.
    pub(super) fn put(&self, bytes: Bytes) {
        let Ok(bytes) = bytes.try_into_mut() else { return };
        // What is in it stays: a builder would have to fill it again before it writes.
        let buffer = Vec::from(bytes);
        let mut free = self.free.lock();
        if free.bytes + buffer.capacity() <= self.most {
            free.bytes += buffer.capacity();
            free.buffers.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_where_its_size_is_right() {
        let buffers = Buffers::new(10_000);
        let mut first = buffers.get(1000);
        first.extend([7; 600]);
        let at = first.as_ptr();
        buffers.put(first.into());
        let again = buffers.get(900);
        assert_eq!(
            (again.as_ptr(), again.len()),
            (at, 600),
            "and is as long as it was: nobody fills it anew"
        );
        buffers.put(again.into());
        assert!(buffers.get(1100).capacity() >= 1100, "too small");
        buffers.put(Vec::with_capacity(1000).into());
        assert!(buffers.get(10).capacity() < 1000, "too large");
    }

    #[test]
    fn what_somebody_else_still_has_is_left_alone() {
        let buffers = Buffers::new(10_000);
        let bytes = Bytes::from(vec![7; 100]);
        buffers.put(bytes.clone());
        assert_eq!(buffers.free.lock().bytes, 0);
        assert_eq!(bytes, vec![7; 100]);
    }

    #[test]
    fn no_more_is_kept_than_asked_for() {
        let buffers = Buffers::new(250);
        for _ in 0..5 {
            buffers.put(Vec::with_capacity(100).into());
        }
        assert_eq!(buffers.free.lock().bytes, 200);
    }
}
