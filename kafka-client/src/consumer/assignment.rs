//! Which partitions an assigned consumer reads: a table that its consumer, and every task that has a handle to it, may
//! change at any time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::budget::Hunger;
use super::fetchers::Fetchers;
use super::member::Member;
use super::reader::Reader;
use super::ready::ReadyList;
use crate::api::{Error, ErrorKind, Result, TopicPartition};
use crate::config::{AssignedConsumerConf, StartOffset, check_partition, invalid_argument};
use crate::metadata::Cluster;

/// The partitions of an [`AssignedConsumer`](crate::AssignedConsumer), to be changed from any task, also while another
/// one awaits its next message. It comes from [`AssignedConsumer::assignment`]; a clone is another handle to the same.
///
/// Every call takes effect at once and waits for nothing, whether the consumer is being polled or not: what was removed
/// is neither fetched nor kept any more, what was added begins to be fetched. A message that the consumer's task takes in
/// the same moment in which another task removes, pauses or seeks may still come, and no later one. It may be the first
/// from the position on that `remove` returns: whoever goes on from there may see it twice, and misses none. A batch is
/// taken before or after such a call, never at its position.
///
/// While a handle exists, a consumer without a partition waits for one instead of returning `NoData`. When the consumer
/// is dropped its partitions are gone, and adding one is [`ErrorKind::Closed`].
///
/// ```no_run
/// # async fn read(broker: kafka_client::Broker) -> Result<(), Box<dyn std::error::Error>> {
/// use kafka_client::AssignedConsumerConf;
///
/// let mut consumer = broker.assigned_consumer(AssignedConsumerConf::new())?;
/// let assignment = consumer.assignment();
/// let reading = tokio::spawn(async move {
///     while let Ok(message) = consumer.consume().await {
///         println!("{}-{} at {}", message.topic, message.partition, message.offset);
///     }
/// });
/// for partition in 0..broker.partition_count("fruits").await? {
///     assignment.add(("fruits", partition))?;
/// }
/// assignment.pause(("fruits", 0))?;
/// let next = assignment.remove(("fruits", 1));
/// println!("fruits-1 was read up to before {next:?}");
/// # reading.await?;
/// # Ok(())
/// # }
/// ```
///
/// [`AssignedConsumer::assignment`]: crate::AssignedConsumer::assignment
pub struct Assignment(Arc<Partitions>);

/// The table behind all handles, and behind their consumer.
pub(super) struct Partitions {
    pub(super) cluster: Cluster,
    pub(super) fetchers: Fetchers,
    pub(super) conf: AssignedConsumerConf,
    pub(super) ready: Arc<ReadyList>,
    pub(super) hunger: Arc<Hunger>,
    /// How many handles there are beside the consumer.
    handles: AtomicUsize,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    /// By number; a number that is free is used again.
    entries: Vec<Option<Entry>>,
    free: Vec<usize>,
    numbers: BTreeMap<TopicPartition, usize>,
    /// How many will never work.
    over: usize,
    /// The consumer was dropped.
    closed: bool,
}

struct Entry {
    member: Arc<Member>,
    /// It will never work; it has been told.
    over: Option<Error>,
}

impl Partitions {
    pub(super) fn new(cluster: Cluster, fetchers: &Fetchers, conf: AssignedConsumerConf) -> Self {
        Self {
            cluster,
            fetchers: fetchers.clone(),
            conf,
            ready: Arc::default(),
            hunger: Arc::default(),
            handles: AtomicUsize::new(0),
            table: Mutex::default(),
        }
    }

    pub(super) fn handle(self: &Arc<Self>) -> Assignment {
        self.handles.fetch_add(1, Ordering::AcqRel);
        Assignment(self.clone())
    }

    pub(super) fn add_at(&self, of: TopicPartition, from: StartOffset) -> Result<()> {
        self.cluster.check_open()?;
        check_partition(&of.topic, of.partition)?;
        from.check("from").map_err(|error| error.at(&of.topic, of.partition))?;
        let mut table = self.table.lock();
        if table.closed {
            let what = "the consumer that the partitions were assigned to was dropped";
            return Err(Error::new(ErrorKind::Closed, what));
        }
        if table.numbers.contains_key(&of) {
            let what = "is assigned already: seek in it, or remove it first";
            return Err(invalid_argument("partition", what).at(&of.topic, of.partition));
        }
        self.cluster.used(&of.topic);
        let number = table.free.pop().unwrap_or(table.entries.len());
        let reader = Reader::new(self.fetchers.clone(), of.clone(), &self.conf, from);
        let member = Member::new(reader, self.hunger.clone(), self.ready.flag(number));
        let entry = Some(Entry { member: Arc::new(member), over: None });
        match table.entries.get_mut(number) {
            Some(free) => *free = entry,
            None => table.entries.push(entry),
        }
        table.numbers.insert(of, number);
        drop(table);
        self.ready.wake();
        Ok(())
    }

    pub(super) fn remove(&self, of: &TopicPartition) -> Option<i64> {
        let mut table = self.table.lock();
        let number = table.numbers.remove(of)?;
        let entry = table.entries.get_mut(number)?.take()?;
        // Before another partition has its number.
        entry.member.flag().leave();
        table.free.push(number);
        table.over -= usize::from(entry.over.is_some());
        // Before it can be added again, and be fetched twice.
        let ended = entry.member.end();
        drop(table);
        let position = entry.member.has_ended(ended);
        // Whoever waits may have nothing left to wait for.
        self.ready.wake();
        position
    }

    pub(super) fn all(&self) -> Vec<TopicPartition> {
        self.table.lock().numbers.keys().cloned().collect()
    }

    pub(super) fn paused(&self) -> Vec<TopicPartition> {
        let members = self.members();
        members.into_iter().filter(|(_, member)| member.is_paused()).map(|(of, _)| of).collect()
    }

    /// In the order of their partitions.
    pub(super) fn members(&self) -> Vec<(TopicPartition, Arc<Member>)> {
        let table = self.table.lock();
        let member = |number: &usize| Some(table.entries.get(*number)?.as_ref()?.member.clone());
        table.numbers.iter().filter_map(|(of, number)| Some((of.clone(), member(number)?))).collect()
    }

    pub(super) fn member(&self, of: &TopicPartition) -> Result<Arc<Member>> {
        let table = self.table.lock();
        let number = table.numbers.get(of).copied();
        let entry = number.and_then(|number| table.entries.get(number)).and_then(Option::as_ref);
        entry.map(|entry| entry.member.clone()).ok_or_else(|| {
            invalid_argument("partition", "is not assigned: add it first").at(&of.topic, of.partition)
        })
    }

    pub(super) fn seek(&self, of: &TopicPartition, to: StartOffset) -> Result<()> {
        let member = self.member(of)?;
        to.check("to").map_err(|error| error.at(&of.topic, of.partition))?;
        member.seek(to);
        Ok(())
    }

    pub(super) fn pause(&self, of: &TopicPartition, paused: bool) -> Result<()> {
        self.member(of)?.pause(paused);
        Ok(())
    }

    pub(super) fn position(&self, of: &TopicPartition) -> Option<i64> {
        self.member(of).ok()?.position()
    }

    pub(super) fn lag(&self, of: &TopicPartition) -> Option<i64> {
        self.member(of).ok()?.lag()
    }

    // The consumer's side.

    /// The next in line that may have something.
    pub(super) fn next_ready(&self) -> Option<Arc<Member>> {
        loop {
            let number = self.ready.next()?;
            let table = self.table.lock();
            if let Some(Some(Entry { member, over: None })) = table.entries.get(number) {
                member.flag().lower();
                return Some(member.clone());
            }
        }
    }

    /// A partition that will never work is left alone; the error says whether it was the last one.
    pub(super) fn is_over(&self, member: &Arc<Member>, error: Error) -> Error {
        let table = &mut *self.table.lock();
        let mut entries = table.entries.iter_mut().flatten();
        if let Some(entry) = entries.find(|entry| Arc::ptr_eq(&entry.member, member)) {
            entry.over = Some(error.clone());
            table.over += 1;
        }
        error.terminal(table.over > 0 && table.over == table.numbers.len())
    }

    /// An error if no partition can ever have anything.
    pub(super) fn check_hope(&self) -> Result<()> {
        let table = self.table.lock();
        if table.over < table.numbers.len() {
            return Ok(());
        }
        self.cluster.check_open()?;
        match table.entries.iter().flatten().find_map(|entry| entry.over.clone()) {
            Some(error) => Err(error),
            // One may be assigned.
            None if self.handles.load(Ordering::Acquire) > 0 => Ok(()),
            None => Err(Error::new(ErrorKind::NoData, "nothing is assigned to be read: add a partition")),
        }
    }

    /// The consumer is gone, and with it all streams.
    pub(super) fn close(&self) {
        let mut table = self.table.lock();
        let entries = std::mem::take(&mut *table).entries;
        table.closed = true;
        drop(table);
        for Entry { member, .. } in entries.into_iter().flatten() {
            member.has_ended(member.end());
        }
    }
}

impl Assignment {
    /// Adds a partition, from the configuration's `start_offset` on. That it does not exist is an error of `consume`.
    pub fn add(&self, partition: impl Into<TopicPartition>) -> Result<()> {
        self.0.add_at(partition.into(), self.0.conf.start_offset)
    }

    /// Adds a partition, from here on: where a group has committed, for example, or [`StartOffset::Reset`] where it
    /// has not. A partition that is there already is an error.
    pub fn add_at(&self, partition: impl Into<TopicPartition>, from: StartOffset) -> Result<()> {
        self.0.add_at(partition.into(), from)
    }

    /// Removes a partition: nothing more of it is fetched or handed out. Returns its position, if it was there and
    /// had one. A message that is being taken in this moment may still come, and be the first from that position on; a
    /// batch that still comes is before it.
    pub fn remove(&self, partition: impl Into<TopicPartition>) -> Option<i64> {
        self.0.remove(&partition.into())
    }

    /// The partitions, in order.
    pub fn partitions(&self) -> Vec<TopicPartition> {
        self.0.all()
    }

    /// Hands out and fetches nothing of a partition until it is resumed. What was fetched ahead is kept. It is an error
    /// if the partition is not assigned.
    pub fn pause(&self, partition: impl Into<TopicPartition>) -> Result<()> {
        self.0.pause(&partition.into(), true)
    }

    /// Goes on with a paused partition.
    pub fn resume(&self, partition: impl Into<TopicPartition>) -> Result<()> {
        self.0.pause(&partition.into(), false)
    }

    /// The partitions that are paused, in order.
    pub fn paused(&self) -> Vec<TopicPartition> {
        self.0.paused()
    }

    /// Goes on somewhere else in a partition: what was fetched of it is dropped. Where that is, is found out in the
    /// background.
    pub fn seek(&self, partition: impl Into<TopicPartition>, to: StartOffset) -> Result<()> {
        self.0.seek(&partition.into(), to)
    }

    /// The offset of a partition's next message, or an offset before it if the log has none there. `None` while it is
    /// being found out, and of a partition that is not assigned.
    pub fn position(&self, partition: impl Into<TopicPartition>) -> Option<i64> {
        self.0.position(&partition.into())
    }

    /// How many messages of a partition are between its position and the end of what can be read, as of its last fetch:
    /// offsets, strictly speaking, of which some may have no message. `None` until something was fetched.
    pub fn lag(&self, partition: impl Into<TopicPartition>) -> Option<i64> {
        self.0.lag(&partition.into())
    }
}

impl Clone for Assignment {
    fn clone(&self) -> Self {
        self.0.handle()
    }
}

impl Drop for Assignment {
    fn drop(&mut self) {
        self.0.handles.fetch_sub(1, Ordering::AcqRel);
        // A consumer without a partition may have nothing left to wait for.
        self.0.ready.wake();
    }
}

impl fmt::Debug for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assignment")
            .field("partitions", &self.0.table.lock().numbers.len())
            .finish_non_exhaustive()
    }
}
