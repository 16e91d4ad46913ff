//! One partition's log: whole record batches in offset order, as a leader stores them.

use std::collections::BTreeMap;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_proto::compression::{Compression, Decompressor};
use kafka_proto::records::{Batches, ControlType, RecordBatch, RecordView, assign, crc32c};

use super::batch::MAX_DECOMPRESSED_BYTES;
use super::compact::{self, Rewritten};

/// A stored batch. Offsets and leader epoch are already stamped into `bytes`.
#[derive(Clone, Debug)]
pub(crate) struct StoredBatch {
    pub(crate) base_offset: i64,
    pub(crate) last_offset: i64,
    pub(crate) max_timestamp: i64,
    /// Bytes of the log before this batch, counted since the log was made.
    position: u64,
    pub(crate) bytes: Bytes,
}

/// A transaction that ended with an abort marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AbortedTransaction {
    pub(crate) producer_id: i64,
    pub(crate) first_offset: i64,
    /// The offset of the abort marker.
    pub(crate) last_offset: i64,
}

/// What a leader knows about its copy of a partition.
#[derive(Debug, Default)]
pub(crate) struct Log {
    batches: Vec<StoredBatch>,
    start_offset: i64,
    end_offset: i64,
    high_watermark: i64,
    end_position: u64,
    /// Each leader epoch that wrote something, with the first offset that it wrote.
    epochs: Vec<(i32, i64)>,
    /// Open transactions: producer id to the first offset written in it.
    open: BTreeMap<i64, i64>,
    aborted: Vec<AbortedTransaction>,
}

impl Log {
    pub(crate) fn start_offset(&self) -> i64 {
        self.start_offset
    }

    /// The next offset to be written.
    pub(crate) fn end_offset(&self) -> i64 {
        self.end_offset
    }

    /// The offset after what is known to be committed: on all replicas in sync.
    pub(crate) fn high_watermark(&self) -> i64 {
        self.high_watermark
    }

    /// What is before `offset` is committed. That never becomes less, unless it is truncated.
    pub(crate) fn commit(&mut self, offset: i64) {
        self.high_watermark = self.high_watermark.max(offset.min(self.end_offset));
    }

    /// Where the earliest open transaction begins, or the high watermark.
    pub(crate) fn last_stable_offset(&self) -> i64 {
        self.open.values().copied().min().unwrap_or(i64::MAX).min(self.high_watermark)
    }

    pub(crate) fn batches(&self) -> &[StoredBatch] {
        &self.batches
    }

    /// The offset after the batch that begins at `base_offset`.
    pub(crate) fn batch_end(&self, base_offset: i64) -> i64 {
        let batch = self.batches.get(self.index_of(base_offset));
        batch.map_or(self.end_offset, |batch| batch.last_offset.saturating_add(1))
    }

    /// Appends a batch, stamped with what a leader stamps: offset, leader epoch and, where the topic asks for it, the
    /// time. The offset is the next one, or `at` if that is free.
    pub(crate) fn append(
        &mut self,
        batch: &RecordBatch,
        at: i64,
        leader_epoch: i32,
        append_time: Option<i64>,
    ) -> i64 {
        let base_offset = at.max(self.end_offset);
        let last_offset = base_offset.saturating_add(batch.last_offset() - batch.base_offset());
        let mut bytes = batch.as_bytes().to_vec();
        if assign(&mut bytes, base_offset, leader_epoch).is_ok()
            && let Some(now) = append_time
        {
            stamp_append_time(&mut bytes, now);
        }
        let max_timestamp = append_time.unwrap_or(batch.max_timestamp());
        self.store(base_offset, last_offset, max_timestamp, leader_epoch, Bytes::from(bytes));
        if batch.is_transactional() && !batch.is_control() {
            self.open.entry(batch.producer_id()).or_insert(base_offset);
        }
        base_offset
    }

    /// Appends bytes that are no batch, in the place of one offset.
    pub(crate) fn append_opaque(&mut self, bytes: Bytes, leader_epoch: i32) -> i64 {
        let offset = self.end_offset;
        self.store(offset, offset, -1, leader_epoch, bytes);
        offset
    }

    /// Ends `producer_id`'s transaction, whose marker stands at `marker_offset`.
    pub(crate) fn end_transaction(&mut self, producer_id: i64, marker: ControlType, marker_offset: i64) {
        if let Some(first_offset) = self.open.remove(&producer_id)
            && marker == ControlType::Abort
        {
            self.aborted.push(AbortedTransaction { producer_id, first_offset, last_offset: marker_offset });
        }
    }

    fn store(
        &mut self,
        base_offset: i64,
        last_offset: i64,
        max_timestamp: i64,
        leader_epoch: i32,
        bytes: Bytes,
    ) {
        if self.epochs.last().is_none_or(|&(epoch, _)| epoch < leader_epoch) {
            self.epochs.push((leader_epoch, base_offset));
        }
        let position = self.end_position;
        self.end_position += bytes.len() as u64;
        self.end_offset = last_offset.saturating_add(1);
        self.batches.push(StoredBatch { base_offset, last_offset, max_timestamp, position, bytes });
    }

    /// Reads whole batches from the one that holds `offset` up to the first that begins at `end` or later. The last
    /// one is cut where `max_bytes` is reached, as Apache Kafka does it; with `at_least_one` the first one is
    /// whole whatever its size.
    pub(crate) fn read(&self, offset: i64, end: i64, max_bytes: usize, at_least_one: bool) -> Bytes {
        let first = self.index_of(offset);
        let batches = &self.batches[first..self.index_before(end).max(first)];
        let Some(head) = batches.first() else { return Bytes::new() };
        let limit = if at_least_one { max_bytes.max(head.bytes.len()) } else { max_bytes };
        if let [only] = batches {
            return only.bytes.slice(..limit.min(only.bytes.len()));
        }
        let total = batches.last().map_or(0, |last| last.position - head.position + last.bytes.len() as u64);
        let mut out = BytesMut::with_capacity(limit.min(usize::try_from(total).unwrap_or(usize::MAX)));
        for batch in batches {
            let room = limit - out.len();
            out.put_slice(&batch.bytes[..room.min(batch.bytes.len())]);
            if room <= batch.bytes.len() {
                break;
            }
        }
        out.freeze()
    }

    /// How many bytes a read from `offset` to `end` would give without a limit.
    pub(crate) fn readable_bytes(&self, offset: i64, end: i64) -> u64 {
        let first = self.index_of(offset);
        let batches = &self.batches[first..self.index_before(end).max(first)];
        match batches {
            [] => 0,
            [first, .., last] => last.position - first.position + last.bytes.len() as u64,
            [only] => only.bytes.len() as u64,
        }
    }

    /// The aborted transactions that a reader of `from..to` has to know.
    pub(crate) fn aborted_between(&self, from: i64, to: i64) -> Vec<AbortedTransaction> {
        let concerns =
            |aborted: &&AbortedTransaction| aborted.last_offset >= from && aborted.first_offset < to;
        self.aborted.iter().filter(concerns).copied().collect()
    }

    /// Where the last batch of a `read` with the same offsets ends: the first offset after it.
    pub(crate) fn read_end(&self, offset: i64, end: i64, bytes: usize) -> i64 {
        let first = self.index_of(offset);
        let mut left = bytes;
        let mut next = offset;
        for batch in &self.batches[first..self.index_before(end).max(first)] {
            if left == 0 {
                break;
            }
            next = batch.last_offset.saturating_add(1);
            left = left.saturating_sub(batch.bytes.len());
        }
        next
    }

    /// The size of the batch that holds `offset`; 0 at the end.
    pub(crate) fn first_batch_len(&self, offset: i64) -> usize {
        self.batches.get(self.index_of(offset)).map_or(0, |batch| batch.bytes.len())
    }

    /// Whether a read with the same offsets would give a batch that is compressed with zstd.
    pub(crate) fn has_zstd(&self, offset: i64, end: i64) -> bool {
        let first = self.index_of(offset);
        let mut batches = self.batches[first..self.index_before(end).max(first)].iter();
        batches
            .any(|batch| read(&batch.bytes).is_some_and(|batch| batch.compression() == Ok(Compression::Zstd)))
    }

    /// The first record whose timestamp is the largest of the log.
    pub(crate) fn newest_timestamp(&self) -> Option<(i64, i64)> {
        let newest = self.batches.iter().map(|batch| batch.max_timestamp).max()?;
        self.first_at(newest)
    }

    /// The offset and timestamp of the first record that is not older than `timestamp`.
    pub(crate) fn first_at(&self, timestamp: i64) -> Option<(i64, i64)> {
        let candidates = self.batches.iter().filter(|batch| batch.max_timestamp >= timestamp);
        candidates.into_iter().find_map(|stored| {
            let batch = read(&stored.bytes)?;
            let records = batch.records(&mut Decompressor::new(), MAX_DECOMPRESSED_BYTES).ok()?;
            let late = |offset: i64, time: i64| offset >= self.start_offset && time >= timestamp;
            let found = records.iter().find(|record| late(record.offset, record.timestamp))?;
            Some((found.offset, found.timestamp))
        })
    }

    /// Deletes what is below `offset`, as retention and `DeleteRecords` do.
    pub(crate) fn advance_start(&mut self, offset: i64) {
        let offset = offset.min(self.end_offset);
        if offset <= self.start_offset {
            return;
        }
        self.start_offset = offset;
        self.high_watermark = self.high_watermark.max(offset);
        let gone = self.batches.partition_point(|batch| batch.last_offset < offset);
        self.batches.drain(..gone);
        self.aborted.retain(|aborted| aborted.last_offset >= offset);
        let current = self.epochs.partition_point(|&(_, start)| start <= offset).saturating_sub(1);
        self.epochs.drain(..current);
        if let Some(first) = self.epochs.first_mut() {
            first.1 = first.1.max(offset);
        }
    }

    /// Deletes the oldest batches as long as those that are left have so many bytes or more, and those that were written
    /// before this time; never what is not committed.
    pub(crate) fn expire(&mut self, bytes: u64, before: i64) {
        let total = |log: &Self| log.batches.first().map_or(0, |first| log.end_position - first.position);
        while let Some(first) = self.batches.first()
            && first.last_offset < self.high_watermark
            && (first.max_timestamp < before || total(self) - first.bytes.len() as u64 >= bytes)
        {
            let next = first.last_offset + 1;
            self.advance_start(next);
        }
    }

    /// The newest time of the oldest batch.
    pub(crate) fn oldest_timestamp(&self) -> Option<i64> {
        self.batches.first().map(|first| first.max_timestamp)
    }

    /// Keeps the last record of each key and the records without one. What is not stable yet and the newest batch stay
    /// as they are.
    pub(crate) fn compact(&mut self) {
        let stable = self.last_stable_offset();
        let mut last = BTreeMap::new();
        for batch in
            self.batches.iter().filter_map(|stored| read(&stored.bytes)).filter(|batch| !batch.is_control())
        {
            if let Ok(records) = batch.records(&mut Decompressor::new(), MAX_DECOMPRESSED_BYTES) {
                last.extend(records.iter().filter_map(|record| Some((record.key_bytes()?, record.offset))));
            }
        }
        let keep = |record: &RecordView<'_>| {
            record.key.is_none_or(|key| last.get(key).is_none_or(|newest| *newest <= record.offset))
        };
        let newest = self.batches.len().saturating_sub(1);
        let mut position = self.batches.first().map_or(self.end_position, |first| first.position);
        for (index, mut stored) in std::mem::take(&mut self.batches).into_iter().enumerate() {
            let batch = read(&stored.bytes).filter(|batch| !batch.is_control());
            let clean = index < newest && stored.last_offset < stable;
            match batch.filter(|_| clean).and_then(|batch| compact::rewrite(&batch, keep)) {
                Some(Rewritten::Nothing) => continue,
                Some(Rewritten::Batch(bytes)) => stored.bytes = bytes,
                None => {}
            }
            stored.position = position;
            position += stored.bytes.len() as u64;
            self.batches.push(stored);
        }
        self.end_position = position;
    }

    /// Flips a bit at the end of the batch that holds `offset`. False: there is none.
    pub(crate) fn corrupt(&mut self, offset: i64) -> bool {
        let at = self.index_of(offset);
        let Some(stored) = self.batches.get_mut(at).filter(|stored| stored.base_offset <= offset) else {
            return false;
        };
        let mut bytes = stored.bytes.to_vec();
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        stored.bytes = Bytes::from(bytes);
        true
    }

    /// Drops everything from `offset` on, as a new leader that never saw it makes its followers do.
    pub(crate) fn truncate(&mut self, offset: i64) {
        let kept = self.batches.partition_point(|batch| batch.last_offset < offset);
        if let Some(cut) = self.batches.get(kept) {
            self.end_position = cut.position;
            self.end_offset = self.batches[..kept]
                .last()
                .map_or(self.start_offset, |last| last.last_offset.saturating_add(1));
        }
        self.batches.truncate(kept);
        let end = self.end_offset;
        self.high_watermark = self.high_watermark.min(end);
        self.epochs.retain(|&(_, start)| start < end);
        self.open.retain(|_, first| *first < end);
        self.aborted.retain(|aborted| aborted.last_offset < end);
    }

    /// Drops what the leader's log does not have, going by the leader epochs of both (KIP-101). `current` is the
    /// leader's epoch. Returns whether there was something to drop.
    pub(crate) fn agree_with(&mut self, leader: &Self, current: i32) -> bool {
        let before = self.end_offset;
        while let Some(&(latest, _)) = self.epochs.last() {
            let Some((found, end)) = leader.epoch_end(latest, current) else {
                // The leader knows nothing that old any more.
                self.restart(leader.start_offset);
                return true;
            };
            let newer = self.epochs.iter().find(|&&(epoch, _)| epoch > found);
            let own_end = newer.map_or(self.end_offset, |&(_, start)| start);
            self.truncate(end.min(own_end));
            if found == latest || self.epochs.last().is_none_or(|&(epoch, _)| epoch == latest) {
                break;
            }
        }
        self.end_offset != before
    }

    /// Takes over what the leader's log has after the end of this one, and where it begins.
    pub(crate) fn copy_from(&mut self, leader: &Self) {
        if self.end_offset < leader.start_offset {
            self.restart(leader.start_offset);
        }
        let end = self.end_offset;
        for batch in &leader.batches[leader.index_of(end)..] {
            let position = self.end_position;
            self.end_position += batch.bytes.len() as u64;
            self.batches.push(StoredBatch { position, ..batch.clone() });
        }
        self.end_offset = leader.end_offset;
        let known = self.epochs.last().map_or(-1, |&(epoch, _)| epoch);
        self.epochs.extend(leader.epochs.iter().filter(|&&(epoch, _)| epoch > known));
        self.open.clone_from(&leader.open);
        if self.aborted != leader.aborted {
            self.aborted.clone_from(&leader.aborted);
        }
        self.advance_start(leader.start_offset);
    }

    /// Begins again with nothing, at this offset.
    fn restart(&mut self, offset: i64) {
        *self = Self { start_offset: offset, end_offset: offset, high_watermark: offset, ..Self::default() };
    }

    /// The leader epoch of the record at `offset`, or the newest one at the end of the log.
    pub(crate) fn epoch_at(&self, offset: i64) -> Option<i32> {
        let at = self.epochs.partition_point(|&(_, start)| start <= offset).checked_sub(1)?;
        Some(self.epochs[at].0)
    }

    /// The newest epoch that is not above `epoch`, and where it ended. `None`: nothing that old is known.
    pub(crate) fn epoch_end(&self, epoch: i32, current: i32) -> Option<(i32, i64)> {
        if epoch == current {
            return Some((epoch, self.end_offset));
        }
        let next = self.epochs.partition_point(|&(known, _)| known <= epoch);
        let &(found, _) = self.epochs.get(next.checked_sub(1)?)?;
        let end = self.epochs.get(next).map_or(self.end_offset, |&(_, start)| start);
        (epoch < current).then_some((found, end))
    }

    fn index_of(&self, offset: i64) -> usize {
        self.batches.partition_point(|batch| batch.last_offset < offset)
    }

    fn index_before(&self, end: i64) -> usize {
        self.batches.partition_point(|batch| batch.base_offset < end)
    }
}

fn read(batch: &Bytes) -> Option<RecordBatch> {
    Batches::new(batch.clone()).next()?.ok()
}

/// Marks a batch of format 2 as timed by the broker, and writes its CRC anew.
fn stamp_append_time(batch: &mut [u8], now: i64) {
    const APPEND_TIME: u8 = 1 << 3;
    batch[22] |= APPEND_TIME;
    batch[35..43].copy_from_slice(&now.to_be_bytes());
    let crc = crc32c(&batch[21..]);
    batch[17..21].copy_from_slice(&crc.to_be_bytes());
}
