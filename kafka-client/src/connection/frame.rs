//! Cuts the bytes that a node sends into frames. Pure: the driver reads into [`Frames::buffer`].

use bytes::{Buf, Bytes, BytesMut};

use crate::api::{Error, ErrorKind, Result};

/// How much is read at once at the least.
const READ: usize = 64 << 10;

/// How much is reserved at once at the most: a length that a node only claims costs no more than this.
const RESERVE: usize = 1 << 20;

/// The frames of one direction of a connection. Memory follows what has arrived, not what is announced.
#[derive(Debug)]
pub(crate) struct Frames {
    buf: BytesMut,
    limit: usize,
}

impl Frames {
    /// Frames of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { buf: BytesMut::new(), limit }
    }

    /// Where to read to, with room for more.
    pub(crate) fn buffer(&mut self) -> &mut BytesMut {
        let missing = match self.announced() {
            Some(length) => (length + 4).saturating_sub(self.buf.len()),
            None => READ,
        };
        let most = RESERVE.max(self.buf.len());
        let room = self.buf.capacity() - self.buf.len();
        if room < missing.min(READ) {
            self.buf.reserve(missing.clamp(READ, most));
        }
        &mut self.buf
    }

    /// The next whole frame, without its length.
    pub(crate) fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(head) = self.buf.first_chunk::<4>() else { return Ok(None) };
        let length = i32::from_be_bytes(*head);
        if length < 4 || length as usize > self.limit {
            return Err(not_kafka(*head, self.limit));
        }
        if self.buf.len() < length as usize + 4 {
            return Ok(None);
        }
        self.buf.advance(4);
        Ok(Some(self.buf.split_to(length as usize).freeze()))
    }

    /// Whether a part of a frame has arrived.
    pub(crate) fn is_amid(&self) -> bool {
        !self.buf.is_empty()
    }

    fn announced(&self) -> Option<usize> {
        let head = self.buf.first_chunk::<4>()?;
        usize::try_from(i32::from_be_bytes(*head)).ok()
    }
}

/// What four bytes that are no length of a Kafka frame are instead.
fn not_kafka(head: [u8; 4], limit: usize) -> Error {
    let what = match head {
        [b'H', b'T', b'T', b'P'] => "the server answers in HTTP: this is not a Kafka listener".to_owned(),
        [0x15, 0x03, ..] => "the server answers in TLS: set BrokerConf.tls for this listener".to_owned(),
        _ => match i32::from_be_bytes(head) {
            length @ ..4 => format!("a frame of {length} bytes was announced: this is not a Kafka listener"),
            length => format!(
                "a frame of {length} bytes was announced, above max_response_size ({limit}): this is not a Kafka \
                 listener, or the limit is too low"
            ),
        },
    };
    Error::new(ErrorKind::Protocol, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(bytes: &[u8]) -> Frames {
        let mut frames = Frames::new(1 << 20);
        frames.buffer().extend_from_slice(bytes);
        frames
    }

    #[test]
    fn cuts_frames_at_any_boundary_of_the_bytes() {
        let bytes = [0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 5, 5, 6, 7, 8, 9];
        for cut in 0..bytes.len() {
            let mut frames = frames(&bytes[..cut]);
            let mut all = Vec::new();
            while let Some(frame) = frames.next().unwrap() {
                all.push(frame);
            }
            frames.buffer().extend_from_slice(&bytes[cut..]);
            while let Some(frame) = frames.next().unwrap() {
                all.push(frame);
            }
            assert_eq!(all, [&[1, 2, 3, 4][..], &[5, 6, 7, 8, 9]]);
            assert!(!frames.is_amid());
        }
    }

    #[test]
    fn says_what_a_server_that_is_not_kafka_speaks() {
        for (bytes, what) in [
            (&b"HTTP/1.1 400"[..], "HTTP"),
            (&[0x15, 3, 3, 0, 2], "TLS"),
            (&[0xff; 4], "-1 bytes"),
            (&[0, 0, 0, 3], "3 bytes"),
            (&[0x7f, 0xff, 0xff, 0xff], "max_response_size"),
        ] {
            let error = frames(bytes).next().unwrap_err();
            assert!(error.to_string().contains(what), "{error} lacks {what}");
        }
    }

    #[test]
    fn an_announced_length_costs_no_memory_before_its_bytes_arrive() {
        let mut frames = Frames::new(1 << 30);
        frames.buffer().extend_from_slice(&[0x3f, 0xff, 0xff, 0xff]);
        assert!(frames.next().unwrap().is_none());
        assert!(frames.buffer().capacity() <= 2 * RESERVE);
    }
}
