//! What is still to be written to a connection. Pure.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

/// How many pieces one vectored write takes.
pub(crate) const SLICES: usize = 64;

/// Pieces of bytes in the order in which they go out. Record batches stay where they are.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    chunks: VecDeque<Bytes>,
    queued: usize,
    written: u64,
}

impl Outgoing {
    pub(crate) fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() {
            self.queued += chunk.len();
            self.chunks.push_back(chunk);
        }
    }

    /// How many bytes wait.
    pub(crate) fn queued(&self) -> usize {
        self.queued
    }

    /// How many bytes went out since the connection began.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Where the next chunk pushed will begin among all bytes of the connection.
    pub(crate) fn end(&self) -> u64 {
        self.written + self.queued as u64
    }

    /// Calls `write` with the first pieces.
    pub(crate) fn with_slices<R>(&self, write: impl FnOnce(&[IoSlice<'_>]) -> R) -> R {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let mut count = 0;
        for (slice, chunk) in slices.iter_mut().zip(&self.chunks) {
            *slice = IoSlice::new(chunk);
            count += 1;
        }
        write(&slices[..count])
    }

    /// `written` bytes of the first pieces went out.
    pub(crate) fn advance(&mut self, written: usize) {
        let mut left = written.min(self.queued);
        self.queued -= left;
        self.written += left as u64;
        while let Some(chunk) = self.chunks.front_mut() {
            if chunk.len() > left {
                chunk.advance(left);
                return;
            }
            left -= chunk.len();
            self.chunks.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_writes_continue_where_they_stopped() {
        for step in 1..12 {
            let mut out = Outgoing::default();
            for chunk in [&b"abc"[..], b"", b"defgh", b"ij"] {
                out.push(Bytes::from_static(chunk));
            }
            let mut sent = Vec::new();
            while out.queued() > 0 {
                let took = out.with_slices(|slices| {
                    let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
                    let took = step.min(all.len());
                    sent.extend_from_slice(&all[..took]);
                    took
                });
                out.advance(took);
                assert_eq!(out.written(), sent.len() as u64);
                assert_eq!(out.end(), 10);
            }
            assert_eq!(sent, b"abcdefghij");
        }
    }
}
