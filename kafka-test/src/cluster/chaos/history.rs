//! What a client was asked to write, what it said about it, what it read: to compare with what the cluster has.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bytes::Bytes;
use kafka_client::{Error, Message, Receipt};
use parking_lot::Mutex;

use crate::cluster::{Cluster, StoredRecord};

/// Takes down what happens to each record, and finds what a client did wrong.
///
/// Values tell the records apart, so each has to be different. A *lane* is what one task writes one after the other:
/// in each partition its records have to stand in that order.
///
/// ```
/// use kafka_client::{Broker, BrokerConf, ConsumerConf, ProducerConf, Record};
/// use kafka_test::cluster::Cluster;
/// use kafka_test::cluster::chaos::History;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = Cluster::builder().topic("fruits", 1).start().await?;
/// let broker = Broker::dial(cluster.bootstrap(), BrokerConf::new("test")).await?;
/// let producer = broker.producer(ProducerConf::new())?;
/// let history = History::new();
///
/// let ticket = history.sends(0, "apple");
/// let result = producer.send(Record::to("fruits").value("apple")).await;
/// history.settles(ticket, &result);
///
/// let mut consumer = broker.consumer(ConsumerConf::new("fruits", 0)).await?;
/// history.reads(0, &consumer.consume().await?);
///
/// let summary = history.check(&cluster).map_err(|wrong| wrong.join("\n"))?;
/// assert_eq!((summary.acknowledged, summary.consumed), (1, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct History {
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    sent: Vec<Sent>,
    /// What each reader got from each partition.
    read: BTreeMap<(u64, Place), Vec<Read>>,
    complaints: Vec<String>,
}

/// A message that a reader got.
#[derive(Debug)]
struct Read {
    offset: i64,
    value: Option<Bytes>,
}

#[derive(Debug)]
struct Sent {
    lane: u64,
    value: Bytes,
    fate: Fate,
}

#[derive(Debug)]
enum Fate {
    Unknown,
    Acknowledged(Receipt),
    /// With whether it may be written all the same.
    Failed(bool),
}

/// Names a record that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[must_use]
pub struct Ticket(usize);

/// How many records came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Records whose writing was acknowledged.
    pub acknowledged: usize,
    /// Records whose writing failed with an error.
    pub failed: usize,
    /// Records that were read, by all readers together.
    pub consumed: usize,
}

impl History {
    /// Nothing has happened.
    pub fn new() -> Self {
        Self::default()
    }

    /// A task is about to write a record of this value.
    pub fn sends(&self, lane: u64, value: impl Into<Bytes>) -> Ticket {
        let mut book = self.book.lock();
        book.sent.push(Sent { lane, value: value.into(), fate: Fate::Unknown });
        Ticket(book.sent.len() - 1)
    }

    /// The client said what became of a record.
    pub fn settles(&self, ticket: Ticket, result: &Result<Receipt, Error>) {
        let fate = match result {
            Ok(receipt) => Fate::Acknowledged(*receipt),
            Err(error) => Fate::Failed(error.may_be_written()),
        };
        if let Some(sent) = self.book.lock().sent.get_mut(ticket.0) {
            sent.fate = fate;
        }
    }

    /// A reader got a message.
    pub fn reads(&self, reader: u64, message: &Message) {
        let place = Place { topic: message.topic.to_string(), partition: message.partition };
        let mut book = self.book.lock();
        let read = Read { offset: message.offset, value: message.value.clone() };
        book.read.entry((reader, place)).or_default().push(read);
    }

    /// Something else that [`History::check`] is to report.
    pub fn complain(&self, about: impl fmt::Display) {
        self.book.lock().complaints.push(about.to_string());
    }

    /// Compares with the logs of the cluster, when everything has come to its end:
    ///
    /// - what was acknowledged is in a log once, where the receipt says; what failed is there at most once, and not at all
    ///   if the error says that it cannot be; each record came to an end;
    /// - the records of a lane stand in the order in which they were sent;
    /// - each reader got the records of a partition from where it began to the end, each once and in order.
    ///
    /// # Errors
    /// All that is not so, a line each.
    pub fn check(&self, cluster: &Cluster) -> Result<Summary, Vec<String>> {
        let book = self.book.lock();
        let logs = Logs::of(cluster);
        let mut wrong = book.complaints.clone();
        let mut summary = Summary::default();
        let mut values = BTreeSet::new();
        let mut last: BTreeMap<(u64, &Place), (i64, &Sent)> = BTreeMap::new();
        for sent in &book.sent {
            match sent.fate {
                Fate::Acknowledged(_) => summary.acknowledged += 1,
                Fate::Failed(_) => summary.failed += 1,
                Fate::Unknown => {}
            }
            if !values.insert(&sent.value) {
                wrong.push(format!("{sent} was sent twice: values have to be different"));
            }
            let found = logs.by_value.get(&sent.value).map_or(&[][..], Vec::as_slice);
            wrong.extend(sent.judge(found));
            for (place, offset) in found {
                let before = last.insert((sent.lane, place), (*offset, sent));
                if let Some((earlier, before)) = before.filter(|(earlier, _)| earlier > offset) {
                    wrong.push(format!(
                        "{before} at {place}@{earlier} stands after {sent} at {place}@{offset}"
                    ));
                }
            }
        }
        for ((reader, place), read) in &book.read {
            summary.consumed += read.len();
            let stored = logs.by_place.get(place).map_or(&[][..], Vec::as_slice);
            if let Some(how) = compare(stored, read) {
                wrong.push(format!("reader {reader} of {place} {how}"));
            }
        }
        if wrong.is_empty() { Ok(summary) } else { Err(wrong) }
    }
}

impl Sent {
    /// What is wrong with where the record was found.
    fn judge(&self, found: &[(Place, i64)]) -> Vec<String> {
        let mut wrong = Vec::new();
        if let [first, second, ..] = found {
            wrong.push(format!(
                "{self} is written twice: {}@{} and {}@{}",
                first.0, first.1, second.0, second.1
            ));
        }
        match (&self.fate, found.first()) {
            (Fate::Unknown, _) => wrong.push(format!("{self} came to no end")),
            (Fate::Failed(false), Some((place, offset))) => {
                wrong.push(format!("{self} failed as not written, but is at {place}@{offset}"));
            }
            (Fate::Acknowledged(_), None) => wrong.push(format!("{self} was acknowledged, but is lost")),
            (Fate::Acknowledged(receipt), Some((place, offset))) => {
                let elsewhere = receipt.offset.is_some_and(|said| said != *offset);
                if elsewhere || receipt.partition != place.partition {
                    wrong.push(format!("{self} is at {place}@{offset}, but was acknowledged as {receipt:?}"));
                }
            }
            (Fate::Failed(_), _) => {}
        }
        wrong
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {} of lane {}", self.value.escape_ascii(), self.lane)
    }
}

/// How what was read differs from the log, if it does.
fn compare(stored: &[StoredRecord], read: &[Read]) -> Option<String> {
    let start = read.first()?.offset;
    let mut stored = stored.iter().filter(|record| record.offset >= start && !record.control);
    for Read { offset, value } in read {
        match stored.next() {
            None => return Some(format!("got {offset}, which is not in the log")),
            Some(record) if record.offset != *offset => {
                return Some(format!("got {offset} where {} was next", record.offset));
            }
            Some(record) if record.value != *value => {
                return Some(format!("got another record at {offset} than is stored there"));
            }
            Some(_) => {}
        }
    }
    stored.next().map(|record| format!("never got {}", record.offset))
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    topic: String,
    partition: i32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.topic, self.partition)
    }
}

/// Everything that is stored.
struct Logs {
    by_place: BTreeMap<Place, Vec<StoredRecord>>,
    by_value: BTreeMap<Bytes, Vec<(Place, i64)>>,
}

impl Logs {
    fn of(cluster: &Cluster) -> Self {
        let mut logs = Self { by_place: BTreeMap::new(), by_value: BTreeMap::new() };
        for (topic, partitions) in cluster.topics() {
            for partition in 0..partitions {
                let records = cluster.records(&topic, partition);
                let place = Place { topic: topic.clone(), partition };
                for record in records.iter().filter(|record| !record.control) {
                    let value = record.value.clone().unwrap_or_default();
                    logs.by_value.entry(value).or_default().push((place.clone(), record.offset));
                }
                logs.by_place.insert(place, records);
            }
        }
        logs
    }
}
