//! What is still to be written to a connection. Pure.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};
use kafka_proto::wire::{EncodeError, Writer};

/// How many pieces one vectored write takes.
pub(crate) const SLICES: usize = 64;

/// So many bytes that have gone out are kept while others wait behind them.
const KEPT: usize = 64 << 10;

/// Pieces of bytes in the order in which they go out. Record batches stay where they are; all else stands in one
/// buffer, which is used again and again.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    text: Vec<u8>,
    /// Where in `text` the first of its pieces begins.
    start: usize,
    pieces: VecDeque<Piece>,
    queued: usize,
    written: u64,
    /// Where what was put ends among all bytes of the connection, of those that have not gone out whole.
    ends: VecDeque<u64>,
    /// Where the last that has gone out whole ended.
    whole: u64,
    /// Memory for what the next request gathers.
    spare: Vec<(usize, Bytes)>,
}

#[derive(Debug)]
enum Piece {
    /// The next so many bytes of `text`.
    Text(usize),
    Shared(Bytes),
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Self::Text(length) => *length,
            Self::Shared(bytes) => bytes.len(),
        }
    }
}

impl Outgoing {
    /// Queues what `write` writes, or nothing if it fails.
    pub(crate) fn put(
        &mut self,
        write: impl FnOnce(&mut Writer) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let mut at = self.text.len();
        let (text, spare) = (std::mem::take(&mut self.text), std::mem::take(&mut self.spare));
        let mut writer = Writer::gathering_into(text, spare);
        let result = write(&mut writer);
        let mut payloads;
        (self.text, payloads) = writer.into_parts();
        if result.is_err() {
            self.text.truncate(at);
            return result;
        }
        for (after, payload) in payloads.drain(..) {
            self.push(Piece::Text(after - at));
            self.push(Piece::Shared(payload));
            at = after;
        }
        self.push(Piece::Text(self.text.len() - at));
        self.spare = payloads;
        self.ends.push_back(self.end());
        Ok(())
    }

    fn push(&mut self, piece: Piece) {
        if piece.len() > 0 {
            self.queued += piece.len();
            self.pieces.push_back(piece);
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

    /// Where what is put next will begin among all bytes of the connection.
    pub(crate) fn end(&self) -> u64 {
        self.written + self.queued as u64
    }

    /// How many bytes are left of what has gone out in part: the other side reads nothing else before them.
    pub(crate) fn rest_of_begun(&self) -> usize {
        let end = self.ends.front().filter(|_| self.written > self.whole);
        end.map_or(0, |end| (end - self.written) as usize)
    }

    /// Calls `write` with the first pieces, of `most` bytes together at the most.
    pub(crate) fn with_slices<R>(&self, most: usize, write: impl FnOnce(&[IoSlice<'_>]) -> R) -> R {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let mut count = 0;
        let mut left = most;
        let mut text = &self.text[self.start..];
        for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
            if left == 0 {
                break;
            }
            let bytes = match piece {
                Piece::Shared(bytes) => &bytes[..],
                Piece::Text(length) => {
                    let (bytes, rest) = text.split_at(*length);
                    text = rest;
                    bytes
                }
            };
            let bytes = &bytes[..left.min(bytes.len())];
            left -= bytes.len();
            *slice = IoSlice::new(bytes);
            count += 1;
        }
        write(&slices[..count])
    }

    /// `written` bytes of the first pieces went out.
    pub(crate) fn advance(&mut self, written: usize) {
        let mut left = written.min(self.queued);
        self.queued -= left;
        self.written += left as u64;
        while let Some(piece) = self.pieces.front_mut() {
            let went = left.min(piece.len());
            left -= went;
            match piece {
                Piece::Shared(bytes) => bytes.advance(went),
                Piece::Text(length) => {
                    *length -= went;
                    self.start += went;
                }
            }
            if piece.len() > 0 {
                break;
            }
            self.pieces.pop_front();
        }
        while self.ends.front().is_some_and(|end| *end <= self.written) {
            self.whole = self.ends.pop_front().unwrap_or(self.whole);
        }
        if self.start == self.text.len() || self.start > KEPT {
            self.text.drain(..self.start);
            self.start = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_writes_continue_where_they_stopped() {
        let payload = |byte: u8| Bytes::from(vec![byte; 2000]);
        let mut expected = b"abc".to_vec();
        expected.extend([b'x'; 2000]);
        expected.extend([b'y'; 2000]);
        expected.extend(b"defgh");
        expected.extend(b"ij");
        for step in [1, 2, 3, 7, 1999, 2000, 2001, 5000] {
            let mut out = Outgoing::default();
            out.put(|writer| {
                writer.put_slice(b"abc");
                writer.put_payload(&payload(b'x'));
                writer.put_payload(&payload(b'y'));
                writer.put_slice(b"defgh");
                Ok(())
            })
            .unwrap();
            out.put(|writer| {
                writer.put_slice(b"ij");
                Ok(())
            })
            .unwrap();
            let mut sent = Vec::new();
            while out.queued() > 0 {
                let took = out.with_slices(usize::MAX, |slices| {
                    let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
                    let took = step.min(all.len());
                    sent.extend_from_slice(&all[..took]);
                    took
                });
                out.advance(took);
                assert_eq!(out.written(), sent.len() as u64);
                assert_eq!(out.end(), expected.len() as u64);
            }
            assert!(sent == expected, "in steps of {step}");
            assert!(out.text.is_empty(), "the buffer is used again from its beginning");
        }
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_behind() {
        let mut out = Outgoing::default();
        out.put(|writer| writer.put_frame(|_| Ok(()))).unwrap();
        let failed = out.put(|writer| {
            writer.put_payload(&Bytes::from(vec![0; 5000]));
            writer.put_short_length(Some(1 << 20))
        });
        assert!(failed.is_err());
        assert_eq!(out.queued(), 4);
        out.with_slices(usize::MAX, |slices| {
            assert_eq!(slices.iter().map(|slice| slice.len()).sum::<usize>(), 4);
        });
    }
    #[test]
    fn the_rest_of_what_has_begun_is_known_and_written_alone() {
        let mut out = Outgoing::default();
        for text in [&b"abc"[..], b"defgh"] {
            out.put(|writer| {
                writer.put_slice(text);
                writer.put_payload(&Bytes::from(vec![b'x'; 2000]));
                Ok(())
            })
            .unwrap();
        }
        assert_eq!(out.rest_of_begun(), 0, "nothing has begun");
        out.advance(2);
        assert_eq!(out.rest_of_begun(), 2001);
        let taken = |out: &Outgoing, most| {
            out.with_slices(most, |slices| slices.iter().map(|slice| slice.len()).sum::<usize>())
        };
        assert_eq!(taken(&out, out.rest_of_begun()), 2001);
        assert_eq!(taken(&out, 1), 1);
        assert_eq!(taken(&out, usize::MAX), out.queued());
        out.advance(2001);
        assert_eq!(out.rest_of_begun(), 0, "the second has not begun");
        out.advance(1);
        assert_eq!(out.rest_of_begun(), 2004);
        out.advance(2004);
        assert_eq!((out.rest_of_begun(), out.queued(), out.ends.len()), (0, 0, 0));
    }
}
