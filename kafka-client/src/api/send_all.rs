//! Many records, one future.

use super::delivery::Delivery;
use super::error::{Error, ErrorKind, Result};
use super::record::{Receipt, Record};
use super::traits::Producer;

/// See [`Producer::send_all`].
pub(super) async fn send_all<P: Producer + ?Sized>(
    producer: &P,
    records: &[Record<'_>],
) -> Vec<Result<Receipt>> {
    let mut refused = Refused::default();
    let mut taken = Vec::with_capacity(records.len());
    for record in records {
        taken.push(refused.take(producer, record).await);
    }
    let mut results = Vec::with_capacity(taken.len());
    for taken in taken {
        results.push(match taken {
            Ok(delivery) => delivery.await,
            Err(error) => Err(error),
        });
    }
    results
}

/// What was waited for in vain, and is not waited for again: however many records there are, the call's waiting is
/// bounded.
#[derive(Default)]
struct Refused<'a> {
    /// There is no room.
    full: Option<Error>,
    /// These topics cannot be written to.
    topics: Vec<(&'a str, Error)>,
}

impl<'a> Refused<'a> {
    async fn take<P: Producer + ?Sized>(&mut self, producer: &P, record: &Record<'a>) -> Result<Delivery> {
        let topic = self.topics.iter().find(|(topic, _)| *topic == record.topic).map(|(_, error)| error);
        if let Some(before) = topic.or(self.full.as_ref()) {
            let again = producer.try_enqueue(*record);
            return again.map_err(|error| if is_full(&error) { before.clone() } else { error });
        }
        let taken = producer.enqueue(*record).await;
        match &taken {
            Err(error) if is_full(error) => self.full = Some(error.clone()),
            // What is wrong with the record itself says nothing about its topic.
            Err(error) if error.kind() != ErrorKind::InvalidRecord => {
                self.topics.push((record.topic, error.clone()));
            }
            _ => {}
        }
        taken
    }
}

fn is_full(error: &Error) -> bool {
    error.kind() == ErrorKind::QueueFull
}
