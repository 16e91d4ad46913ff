//! What goes over the connection in place of an answer.

use bytes::Bytes;

use super::random::Random;
use super::{Lie, Truth};

/// What is sent, and what becomes of the connection.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) bytes: Bytes,
    /// Sent byte by byte.
    pub(crate) slowly: bool,
    pub(crate) then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    GoOn,
    Close,
    /// The connection stays open, and nothing more comes.
    FallSilent,
}

impl Told {
    /// The answer as it is.
    pub(super) fn truly(truth: &Truth) -> Self {
        Self::frame(truth, truth.body.clone())
    }

    /// Another body in the right frame.
    pub(super) fn frame(truth: &Truth, body: impl AsRef<[u8]>) -> Self {
        Self::bytes(frame(truth.correlation_id, truth.flexible, body.as_ref()), Then::GoOn)
    }

    fn bytes(bytes: impl Into<Bytes>, then: Then) -> Self {
        Self { bytes: bytes.into(), slowly: false, then }
    }
}

fn frame(correlation_id: i32, flexible: bool, body: &[u8]) -> Vec<u8> {
    let length = 4 + usize::from(flexible) + body.len();
    let mut frame = Vec::with_capacity(4 + length);
    frame.extend((length as i32).to_be_bytes());
    frame.extend(correlation_id.to_be_bytes());
    if flexible {
        frame.push(0);
    }
    frame.extend(body);
    frame
}

/// Tells a lie about frames; `None`: it is another kind of lie.
pub(super) fn lie(lie: Lie, truth: &Truth, random: &mut Random) -> Option<Told> {
    let &Truth { correlation_id, flexible, ref body, .. } = truth;
    let honest = || frame(correlation_id, flexible, body);
    let told = match lie {
        Lie::NegativeFrames => Told::bytes(&[0xff; 4][..], Then::GoOn),
        Lie::HugeFrames => Told::bytes(&[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0][..], Then::FallSilent),
        Lie::EmptyFrames => Told::bytes(&[0; 4][..], Then::GoOn),
        Lie::Http => {
            let page = &b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"[..];
            Told::bytes(page, Then::Close)
        }
        Lie::TlsAlerts => Told::bytes(&[0x15, 0x03, 0x03, 0, 2, 2, 70][..], Then::Close),
        Lie::Garbage => {
            let garbage: Bytes = (0..=random.below(500)).map(|_| random.next() as u8).collect();
            Told::bytes(garbage, Then::GoOn)
        }
        Lie::HalfAnswers => {
            let mut frame = honest();
            frame.truncate(frame.len() / 2);
            Told::bytes(frame, Then::FallSilent)
        }
        Lie::Silence => Told::bytes(Bytes::new(), Then::FallSilent),
        Lie::HangUps => Told::bytes(honest(), Then::Close),
        Lie::SingleBytes => Told { slowly: true, ..Told::bytes(honest(), Then::GoOn) },
        Lie::UnaskedAnswers => {
            let unasked = frame(correlation_id.wrapping_add(1), flexible, body);
            Told::bytes([honest(), unasked].concat(), Then::GoOn)
        }
        Lie::RepeatedAnswers => Told::bytes([honest(), honest()].concat(), Then::GoOn),
        Lie::WrongCorrelationIds => {
            Told::bytes(frame(correlation_id.wrapping_sub(7), flexible, body), Then::GoOn)
        }
        Lie::TrailingBytes => Told::frame(truth, [body, &vec![0; 1 << 20][..]].concat()),
        Lie::TruncatedAnswers => Told::frame(truth, &body[..body.len() / 2]),
        Lie::EmptyAnswers => Told::frame(truth, []),
        _ => return None,
    };
    Some(told)
}
