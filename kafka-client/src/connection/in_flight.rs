//! Requests that wait for their answers, which come in the order of the requests. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::api::{Error, ErrorKind, Result};

/// The unanswered requests of a connection, oldest first. `T` is what the owner wants back with an answer.
#[derive(Debug)]
pub(crate) struct InFlight<T> {
    queue: VecDeque<Expected<T>>,
    next_id: i32,
}

/// One unanswered request.
#[derive(Debug)]
pub(crate) struct Expected<T> {
    pub(crate) id: i32,
    pub(crate) deadline: Instant,
    /// Where its bytes begin in all that the connection sends.
    pub(crate) starts_at: u64,
    pub(crate) api: &'static str,
    pub(crate) response_header: i16,
    /// The answer begins with how long the node is to be left alone.
    pub(crate) throttles: bool,
    pub(crate) version: i16,
    pub(crate) tag: T,
}

impl<T> InFlight<T> {
    pub(crate) fn new() -> Self {
        Self { queue: VecDeque::new(), next_id: 0 }
    }

    /// The correlation id for the next request. Ids wrap to 0, never below.
    pub(crate) fn take_id(&mut self) -> i32 {
        let id = self.next_id;
        self.next_id = id.checked_add(1).unwrap_or(0);
        id
    }

    pub(crate) fn push(&mut self, expected: Expected<T>) {
        self.queue.push_back(expected);
    }

    /// An answer arrived. It must be the oldest request's: a broker answers in order, so that any other id
    /// means that the two sides no longer speak of the same requests.
    pub(crate) fn answered(&mut self, id: i32) -> Result<Expected<T>> {
        match self.queue.front() {
            Some(oldest) if oldest.id == id => {}
            Some(oldest) => {
                let what = format!(
                    "an answer with correlation id {id} where {} was due: the connection is closed",
                    oldest.id
                );
                return Err(Error::new(ErrorKind::Protocol, what).in_api(oldest.api).retriable(true));
            }
            None => {
                let what = format!(
                    "an answer with correlation id {id} where none was due: the connection is closed"
                );
                return Err(Error::new(ErrorKind::Protocol, what).retriable(true));
            }
        }
        self.queue.pop_front().ok_or_else(|| Error::new(ErrorKind::Protocol, "an answer where none was due"))
    }

    /// When the first of them is overdue.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.queue.iter().map(|expected| expected.deadline).min()
    }

    /// The error of the request that is overdue at `now`, if one is.
    pub(crate) fn overdue(&self, now: Instant) -> Option<Error> {
        let late = self.queue.iter().find(|expected| expected.deadline <= now)?;
        Some(Error::new(ErrorKind::TimedOut, "no answer in time: the connection is closed").in_api(late.api))
    }

    /// Requests of which no byte was sent when `sent` bytes were are due that much later.
    pub(crate) fn put_off(&mut self, sent: u64, by: Duration) {
        for expected in self.queue.iter_mut().filter(|expected| expected.starts_at >= sent) {
            expected.deadline += by;
        }
    }

    /// Whether an answer may be on its way when `sent` bytes were sent.
    pub(crate) fn may_be_answered(&self, sent: u64) -> bool {
        self.queue.front().is_some_and(|oldest| oldest.starts_at < sent)
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Gives up all of them, each with whether any byte of it was sent when `sent` bytes were.
    pub(crate) fn abandon(&mut self, sent: u64) -> impl Iterator<Item = (T, bool)> + '_ {
        self.queue.drain(..).map(move |expected| (expected.tag, expected.starts_at < sent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flight(deadlines: &[u64]) -> (InFlight<usize>, Instant) {
        let now = Instant::now();
        let mut flight = InFlight::new();
        for (at, seconds) in deadlines.iter().enumerate() {
            let id = flight.take_id();
            flight.push(Expected {
                id,
                deadline: now + Duration::from_secs(*seconds),
                starts_at: at as u64 * 10,
                api: "Fetch",
                response_header: 0,
                throttles: false,
                version: 0,
                tag: at,
            });
        }
        (flight, now)
    }

    #[test]
    fn answers_come_in_the_order_of_the_requests() {
        let (mut flight, _) = flight(&[1, 1]);
        assert_eq!(flight.answered(0).unwrap().tag, 0);
        assert_eq!(flight.answered(1).unwrap().tag, 1);
        assert!(flight.answered(2).is_err(), "none was due");
    }

    #[test]
    fn an_answer_out_of_order_is_an_error_that_names_both_ids() {
        let (mut flight, _) = flight(&[1, 1]);
        let error = flight.answered(1).unwrap_err();
        assert!(error.to_string().contains("correlation id 1 where 0 was due"), "{error}");
    }

    #[test]
    fn a_later_request_may_be_overdue_first() {
        let (flight, now) = flight(&[9, 3]);
        assert_eq!(flight.deadline(), Some(now + Duration::from_secs(3)));
        assert!(flight.overdue(now + Duration::from_secs(2)).is_none());
        assert!(flight.overdue(now + Duration::from_secs(3)).is_some());
    }

    #[test]
    fn abandoned_requests_say_whether_any_byte_was_sent() {
        let (mut flight, _) = flight(&[1, 1, 1]);
        assert!(flight.may_be_answered(1) && !flight.may_be_answered(0));
        let all: Vec<_> = flight.abandon(11).collect();
        assert_eq!(all, [(0, true), (1, true), (2, false)]);
    }

    #[test]
    fn what_is_not_sent_yet_is_due_later_while_the_node_is_left_alone() {
        let (mut flight, now) = flight(&[1, 1, 1]);
        flight.put_off(10, Duration::from_secs(5));
        assert!(flight.overdue(now + Duration::from_secs(1)).is_some(), "the first was sent");
        flight.answered(0).unwrap();
        assert!(flight.overdue(now + Duration::from_secs(5)).is_none());
        assert!(flight.overdue(now + Duration::from_secs(6)).is_some());
    }

    #[test]
    fn correlation_ids_wrap_to_zero() {
        let mut flight: InFlight<()> = InFlight { queue: VecDeque::new(), next_id: i32::MAX };
        assert_eq!((flight.take_id(), flight.take_id()), (i32::MAX, 0));
    }
}
