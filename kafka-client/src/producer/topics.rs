//! The topics that are written to: their partitions' queues, and which partition a record goes to.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, AtomicUsize, Ordering::Relaxed};

use kafka_proto::ErrorCode;
use kafka_proto::wire::{StrBytes, Uuid};
use parking_lot::Mutex;

use super::budget::Line;
use super::partitioner::{self, SHARDS, Sticky};
use super::queue::{PartitionQueue, Rules};
use crate::api::{
    Delivery, Error, ErrorKind, Partitioner, Record, Result, StickyChoice, TopicName, TopicPartitions,
    ask_partitioner,
};
use crate::metadata;
use crate::partitioners::partition_of_key;

/// One partition: its queue, and what others read of it without the lock. Aligned so that threads that write to
/// neighbours don't share a cache line.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Slot {
    pub(super) topic: TopicName,
    pub(super) partition: i32,
    /// The topic's name as requests have it.
    pub(super) name_on_wire: StrBytes,
    queue: Mutex<PartitionQueue>,
    open_len: AtomicUsize,
    backlog: AtomicUsize,
}

impl Slot {
    pub(super) fn new(topic: &TopicName, name_on_wire: &StrBytes, partition: i32, rules: Rules) -> Self {
        Self {
            topic: topic.clone(),
            partition,
            name_on_wire: name_on_wire.clone(),
            queue: Mutex::new(PartitionQueue::new(topic.clone(), partition, rules)),
            open_len: AtomicUsize::new(0),
            backlog: AtomicUsize::new(0),
        }
    }

    /// Works on the queue. Nothing in `work` may take another lock, wait or wake.
    #[inline]
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut PartitionQueue) -> R) -> R {
        let mut queue = self.queue.lock();
        let result = work(&mut queue);
        self.open_len.store(queue.open_len(), Relaxed);
        self.backlog.store(queue.backlog(), Relaxed);
        result
    }

    /// Takes a record into the open batch, if that changes nothing but the batch: [`PartitionQueue::append_amid`].
    #[expect(
        clippy::inline_always,
        reason = "returned once more, what came of the record costs as much as the lock"
    )]
    #[inline(always)]
    pub(super) fn append_amid(&self, record: &Record<'_>, size: usize) -> Option<Delivery> {
        let mut queue = self.queue.lock();
        let (delivery, len) = queue.append_amid(record, size)?;
        self.open_len.store(len, Relaxed);
        Some(delivery)
    }

    /// How much the open batch holds.
    pub(super) fn open_len(&self) -> usize {
        self.open_len.load(Relaxed)
    }
}

/// A topic as last described.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) name: TopicName,
    slots: Box<[Arc<Slot>]>,
    /// Which topic of this name it is.
    id: Option<Uuid>,
    /// How many partitions it has: fewer than slots if it was made anew, smaller.
    count: i32,
    /// Those that have a leader.
    available: Vec<i32>,
    sticky: Arc<[Sticky; SHARDS]>,
    /// How many batches had been begun when somebody last looked.
    seen: Arc<AtomicU64>,
    /// Those that wait to write to it.
    pub(super) line: Arc<Line>,
}

/// The choice of a record's partition.
pub(super) struct Choice<'a> {
    pub(super) slot: &'a Arc<Slot>,
    /// This thread's sticky partition, if it made the choice: it is to be told.
    sticky: Option<&'a Sticky>,
}

/// The producer's own choice, for a partitioner that asks for it.
struct Own<'a> {
    topic: &'a Topic,
    sticky: &'a Sticky,
    random: &'a (dyn Fn() -> u32 + Sync),
    /// What it was told: -1 before it asked.
    said: AtomicI32,
}

impl StickyChoice for Own<'_> {
    fn sticky(&self) -> i32 {
        // A topic without partitions has no right answer.
        let partition = self.topic.sticky_partition(self.sticky, self.random).unwrap_or(0);
        self.said.store(partition, Relaxed);
        partition
    }
}

impl Topic {
    /// The topic as described, with the queues that it had `before`, and those that waited for it in `line`.
    pub(super) fn new(
        described: &metadata::Topic,
        before: Option<&Self>,
        line: Option<Arc<Line>>,
        rules: Rules,
    ) -> Self {
        let count = described.count();
        let known = before.map_or(&[][..], |before| &before.slots);
        let name_on_wire = known.first().map(|slot| slot.name_on_wire.clone());
        let name_on_wire = name_on_wire.unwrap_or_else(|| StrBytes::from(&*described.name));
        let fresh = (known.len() as i32..count)
            .map(|id| Arc::new(Slot::new(&described.name, &name_on_wire, id, rules)));
        let leads = |id: &i32| described.partition(*id).is_some_and(|partition| partition.leader.is_some());
        if before.is_some_and(|before| before.id != described.id) {
            // Made anew, it knows nothing of what was written before.
            for slot in known {
                slot.with(PartitionQueue::doubt);
            }
        }
        let available: Vec<i32> = (0..count).filter(leads).collect();
        let sticky = before.map_or_else(Arc::<[Sticky; SHARDS]>::default, |before| before.sticky.clone());
        for sticky in sticky.iter() {
            // Nobody is to stick to a partition that waits for a leader while others have one.
            let leads = |partition: &i32| available.binary_search(partition).is_ok();
            if !available.is_empty() && sticky.partition().is_some_and(|partition| !leads(&partition)) {
                sticky.leave();
            }
        }
        Self {
            name: described.name.clone(),
            id: described.id,
            slots: known.iter().cloned().chain(fresh).collect(),
            count,
            available,
            sticky,
            seen: before.map_or_else(Arc::default, |before| before.seen.clone()),
            line: before.map(|before| before.line.clone()).or(line).unwrap_or_default(),
        }
    }

    /// Whether nothing has changed that [`Topic::new`] looks at.
    pub(super) fn is_as(&self, described: &metadata::Topic) -> bool {
        let leads = |id: &i32| described.partition(*id).is_some_and(|partition| partition.leader.is_some());
        self.id == described.id
            && self.count == described.count()
            && (0..self.count).filter(leads).eq(self.available.iter().copied())
    }

    /// All queues, those of partitions that are gone included.
    pub(super) fn slots(&self) -> &[Arc<Slot>] {
        &self.slots
    }

    /// Whether it was written to since the last look, or is to be. Records don't pay for it.
    pub(super) fn is_in_use(&self) -> bool {
        let (mut begun, mut idle) = (0, true);
        for slot in &self.slots {
            let queue = slot.with(|queue| (queue.begun(), queue.is_idle()));
            (begun, idle) = (begun + queue.0, idle && queue.1);
        }
        self.seen.swap(begun, Relaxed) != begun || !idle
    }

    /// A partition that the topic has.
    #[inline]
    pub(super) fn slot(&self, topic: &str, partition: i32) -> Result<&Arc<Slot>> {
        let slot = usize::try_from(partition).ok().and_then(|at| self.slots.get(at));
        match slot.filter(|_| partition < self.count) {
            Some(slot) => Ok(slot),
            None => Err(self.no_such_partition(topic, partition)),
        }
    }

    #[cold]
    fn no_such_partition(&self, topic: &str, partition: i32) -> Error {
        let last = self.count - 1;
        Error::from_code(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
            .explained(format!("the topic has {} partitions, from 0 to {last}", self.count))
            .retriable(false)
            .at(topic, partition)
    }

    /// Where the record goes: where it says, where the application's partitioner says, where its key says, or
    /// where this thread sticks for now.
    #[inline]
    pub(super) fn choose(
        &self,
        record: &Record<'_>,
        custom: Option<&dyn Partitioner>,
        random: impl Fn() -> u32 + Sync,
    ) -> Result<Choice<'_>> {
        let partition = match (record.partition, custom, record.key) {
            (Some(partition), _, _) if partition < 0 => {
                return Err(negative(record.topic, partition));
            }
            (Some(partition), _, _) => partition,
            (None, Some(custom), _) => return self.ask(custom, record, &random),
            (None, None, Some(key)) => partition_of_key(key, self.count),
            (None, None, None) => {
                let sticky = &self.sticky[partitioner::shard()];
                let partition = self.sticky_partition(sticky, random)?;
                return Ok(Choice { slot: self.slot(record.topic, partition)?, sticky: Some(sticky) });
            }
        };
        Ok(Choice { slot: self.slot(record.topic, partition)?, sticky: None })
    }

    /// Where the application's partitioner says. Whatever it does, it fails this record at most.
    fn ask(
        &self,
        custom: &dyn Partitioner,
        record: &Record<'_>,
        random: &(dyn Fn() -> u32 + Sync),
    ) -> Result<Choice<'_>> {
        let sticky = &self.sticky[partitioner::shard()];
        let own = Own { topic: self, sticky, random, said: AtomicI32::new(-1) };
        let partitions = TopicPartitions::new(record.topic, self.count, &self.available).choosing(&own);
        let partition = ask_partitioner(custom, record, &partitions)?;
        let slot = self.slot(record.topic, partition)?;
        let followed = own.said.load(Relaxed) == partition;
        Ok(Choice { slot, sticky: followed.then_some(sticky) })
    }

    /// Where this thread sticks for now.
    #[inline]
    fn sticky_partition(&self, sticky: &Sticky, random: impl Fn() -> u32) -> Result<i32> {
        match sticky.partition().filter(|partition| *partition < self.count) {
            Some(partition) => Ok(partition),
            None => self.move_on(sticky, random()),
        }
    }

    /// The record of this choice was taken, with `bytes`, and filled its batch or not.
    #[inline]
    pub(super) fn chosen(
        &self,
        choice: &Choice<'_>,
        bytes: usize,
        filled: bool,
        batch_size: usize,
        random: impl FnOnce() -> u32,
    ) {
        if let Some(sticky) = choice.sticky
            && sticky.is_spent(bytes, filled, batch_size)
        {
            let _still_none = self.move_on(sticky, random());
        }
    }

    /// This thread has filled batches of `bytes` more: whether it is time to let others run.
    pub(super) fn is_pause_due(&self, bytes: usize, after: usize) -> bool {
        let unpaused = &self.sticky[partitioner::shard()].unpaused;
        let due = unpaused.fetch_add(bytes, Relaxed) + bytes >= after;
        if due {
            unpaused.store(0, Relaxed);
        }
        due
    }

    /// Without a leader anywhere, any partition is as good as the others.
    fn move_on(&self, sticky: &Sticky, random: u32) -> Result<i32> {
        let queued = |partition: i32| {
            let slot = usize::try_from(partition).ok().and_then(|at| self.slots.get(at));
            slot.map_or(0, |slot| slot.backlog.load(Relaxed))
        };
        let next = partitioner::next(&self.available, queued, random);
        let next = next.or_else(|| (self.count > 0).then(|| (random & 0x7fff_ffff) as i32 % self.count));
        let next = next.ok_or_else(|| Error::new(ErrorKind::Protocol, "the topic has no partitions"))?;
        sticky.stick(next);
        Ok(next)
    }
}

#[cold]
pub(super) fn negative(topic: &str, partition: i32) -> Error {
    let what = format!(
        "partition {partition} is negative: they count from 0, and a record without one has one chosen"
    );
    Error::new(ErrorKind::InvalidRecord, what).at_topic(topic)
}
