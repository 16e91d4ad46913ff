//! A batch of records from its first record to its outcome.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use kafka_proto::compression::{Compression, CompressionError, Compressor, Decompressor};
use kafka_proto::records::{
    self, AppendError, BatchBuilder, BatchError, BatchSize, Batches, Cursor, ProducerStamp, RecordView,
    Records, SealOptions,
};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::life::SharedLife;
use super::queue::Beginning;
use super::sequencer::Stamp;
use crate::api::{
    DecodeRecord, Delivery, Done, Error, ErrorKind, Message, OwnedRecord, Record, Result, TopicName,
};

/// The header of a record batch.
pub(crate) const HEADER: usize = records::HEADER_SIZE;

/// The most that a record's lengths, deltas and attributes take beside its bytes.
const RECORD_OVERHEAD: usize = 36;

/// The most that the lengths of a record's header take.
const RECORD_HEADER_OVERHEAD: usize = 10;

/// How many bytes a record takes in a batch, at the most.
#[inline]
pub(crate) fn size_of(record: &Record<'_>) -> usize {
    let bytes = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
    let headers =
        record.headers.iter().map(|(name, value)| name.len() + bytes(*value) + RECORD_HEADER_OVERHEAD);
    RECORD_OVERHEAD + bytes(record.key) + bytes(record.value) + headers.sum::<usize>()
}

/// Adds a record to the exact size of its batch, whose records have `timestamp` unless they have a time of their own.
pub(super) fn measure(size: &mut BatchSize, record: &Record<'_>, timestamp: i64) {
    size.add(record.timestamp.unwrap_or(timestamp), record.key, record.value, record.headers);
}

/// A batch's place among all of its partition's: by number, and for the parts of one that was split, by the
/// first record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BatchKey {
    pub(super) number: u64,
    pub(super) first: u32,
}

/// What ends the attempts to send a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Patience {
    /// `delivery_timeout` and `retry_limit`: that its leader cannot be reached counts as nothing.
    #[default]
    Delivery,
    /// The number of attempts; one to connect is one.
    Attempts,
    /// The same, and the first error that proves that nothing was appended: it goes elsewhere then.
    Roaming,
}

/// Records on their way to one partition. Whoever holds it is the only one: the partition's queue, a sender, or
/// a compressing thread.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is true or not whatever the others are")]
pub(crate) struct Batch {
    pub(super) key: BatchKey,
    content: Content,
    pub(crate) records: u32,
    /// It goes as a whole or not at all.
    atomic: bool,
    /// Bytes taken from the budget.
    pub(super) charged: usize,
    pub(super) opened: Instant,
    /// The time of records that have none of their own.
    pub(super) timestamp: i64,
    /// Failed attempts.
    pub(super) attempts: u32,
    /// It was refused before: it goes alone, so that nothing overtakes it.
    pub(super) retried: bool,
    /// An attempt without an answer may have written it.
    pub(super) uncertain: bool,
    /// It is a part of one that may have been written: the broker would not recognise it, only refuse its number.
    pub(super) is_part: bool,
    pub(super) stamp: Option<Stamp>,
    pub(crate) last_error: Option<Error>,
    pub(super) patience: Patience,
    /// If somebody wants to know it.
    pub(super) life: Option<SharedLife>,
    pub(super) done: Done,
}

#[derive(Debug)]
enum Content {
    Building(BatchBuilder),
    /// Complete, and looked at by others until it is compressed.
    Shared(Arc<BatchBuilder>),
    Sealed {
        bytes: Bytes,
        stamp: Option<Stamp>,
    },
}

/// What compresses batches, one after the other.
#[derive(Debug)]
pub(crate) struct Codec {
    compressor: Compressor,
    /// The latest one, compressed.
    compressed: Vec<u8>,
}

impl Codec {
    pub(crate) fn new(compression: Compression) -> Result<Self> {
        let compressor = Compressor::new(compression).map_err(|error| {
            Error::new(ErrorKind::InvalidConfig, "the compression cannot be used").with_source(error)
        })?;
        Ok(Self { compressor, compressed: Vec::new() })
    }

    fn compress(&mut self, batch: &BatchBuilder, options: &SealOptions) -> Result<(), CompressionError> {
        batch.seal_compressed(options, &mut self.compressor, &mut self.compressed)
    }

    /// The latest batch as it goes out, in its own buffer: the memory that was charged for it.
    fn give(&self, batch: BatchBuilder) -> Vec<u8> {
        let mut buffer = batch.into_buffer();
        buffer.clear();
        buffer.extend_from_slice(&self.compressed);
        buffer
    }
}

impl Batch {
    /// An empty batch, for which so many bytes were `charged`.
    pub(crate) fn new(number: u64, charged: usize, beginning: Beginning) -> Self {
        Self {
            key: BatchKey { number, first: 0 },
            content: Content::Building(BatchBuilder::new(beginning.buffer)),
            records: 0,
            atomic: false,
            charged,
            opened: beginning.opened,
            timestamp: beginning.timestamp,
            attempts: 0,
            retried: false,
            uncertain: false,
            is_part: false,
            stamp: None,
            last_error: None,
            patience: Patience::default(),
            life: None,
            done: beginning.done,
        }
    }

    /// An empty batch that will not be split; the queue that takes it gives it its number.
    pub(super) fn atomic(charged: usize, beginning: Beginning) -> Self {
        Self { atomic: true, ..Self::new(0, charged, beginning) }
    }

    /// One that was sealed before, under no producer's name, and for which so many bytes were `charged`.
    pub(super) fn sealed_before(bytes: Bytes, records: u32, charged: usize, opened: Instant) -> Self {
        let beginning = Beginning { opened, timestamp: 0, buffer: Vec::new(), done: Done::default() };
        let content = Content::Sealed { bytes, stamp: None };
        Self { content, records, ..Self::atomic(charged, beginning) }
    }

    /// Whether it goes elsewhere when this partition has not taken it.
    pub(super) fn roams(&self) -> bool {
        self.patience == Patience::Roaming && !self.uncertain
    }

    /// Adds a record. Only before the batch is sealed.
    #[inline]
    pub(super) fn append(&mut self, record: &Record<'_>) -> Result<Delivery> {
        let index = self.add(record)?;
        Ok(Delivery::new(self.done.clone(), index))
    }

    /// Adds a record whose outcome nobody waits for; returns its index. Only before the batch is sealed.
    #[inline]
    pub(crate) fn add(&mut self, record: &Record<'_>) -> Result<u32> {
        let Content::Building(builder) = &mut self.content else { return Err(sealed_already()) };
        let timestamp = record.timestamp.unwrap_or(self.timestamp);
        match builder.append(timestamp, record.key, record.value, record.headers) {
            Ok(_) => {}
            Err(error) => return Err(does_not_fit(error)),
        }
        let index = self.records;
        self.records += 1;
        Ok(index)
    }

    /// By how many bytes it would grow by this record, exactly. Only before the batch is sealed.
    pub(crate) fn grows_by(&self, record: &Record<'_>) -> usize {
        let timestamp = record.timestamp.unwrap_or(self.timestamp);
        self.builder().map_or(usize::MAX, |builder| {
            builder.size_of(timestamp, record.key, record.value, record.headers)
        })
    }

    /// So many bytes more were charged: the buffer has room for them, and no more.
    pub(super) fn grow(&mut self, charged: usize) {
        self.charged += charged;
        if let Content::Building(builder) = &mut self.content {
            builder.reserve_exact(self.charged - builder.len());
        }
    }

    /// How many bytes it has now, its header included.
    pub(crate) fn len(&self) -> usize {
        match &self.content {
            Content::Building(builder) => builder.len(),
            Content::Shared(builder) => builder.len(),
            Content::Sealed { bytes, .. } => bytes.len(),
        }
    }

    /// Lets somebody else read its records until it is sealed, which takes time. `None`: it is sealed.
    pub(super) fn share(&mut self) -> Option<Arc<BatchBuilder>> {
        let taken = Content::Sealed { bytes: Bytes::new(), stamp: None };
        let (content, shared) = match std::mem::replace(&mut self.content, taken) {
            Content::Building(builder) => {
                let shared = Arc::new(builder);
                (Content::Shared(shared.clone()), Some(shared))
            }
            Content::Shared(builder) => (Content::Shared(builder.clone()), Some(builder)),
            sealed @ Content::Sealed { .. } => (sealed, None),
        };
        self.content = content;
        shared
    }

    /// The batch as it goes out, under its stamp. The first time this costs the compression and the checksum;
    /// later ones only what a new stamp takes. After an error, or a panic, the batch is as it was.
    pub(crate) fn seal(&mut self, codec: Option<&mut Codec>) -> Result<Bytes> {
        self.seal_shared(codec, || {})
    }

    /// The same. `unshare` is called when the records are compressed, so that others let go of the memory they were
    /// in: the batch stays there.
    pub(super) fn seal_shared(
        &mut self,
        mut codec: Option<&mut Codec>,
        unshare: impl FnOnce(),
    ) -> Result<Bytes> {
        let unsealable = |what: &'static str| Error::new(ErrorKind::InvalidRecord, what);
        let stamp = self.stamp;
        let mut options = SealOptions::new();
        options.producer = stamp.map(|stamp| on_wire(Some(stamp)));
        if let (Some(builder), Some(codec)) = (self.builder(), &mut codec) {
            codec
                .compress(builder, &options)
                .map_err(|error| unsealable("the batch cannot be compressed").with_source(error))?;
        }
        unshare();
        let taken = Content::Sealed { bytes: Bytes::new(), stamp: None };
        let builder = match std::mem::replace(&mut self.content, taken) {
            Content::Sealed { bytes, stamp: sealed_as } => {
                let (bytes, result) = stamped(bytes, sealed_as, stamp);
                let sealed_as = if result.is_ok() { stamp } else { sealed_as };
                self.content = Content::Sealed { bytes: bytes.clone(), stamp: sealed_as };
                let what = "the batch cannot be stamped";
                return result.map(|()| bytes).map_err(|error| unsealable(what).with_source(error));
            }
            Content::Shared(builder) => Arc::unwrap_or_clone(builder),
            Content::Building(builder) => builder,
        };
        let bytes = Bytes::from(match codec {
            None => builder.seal(&options),
            Some(codec) => codec.give(builder),
        });
        self.content = Content::Sealed { bytes: bytes.clone(), stamp };
        Ok(bytes)
    }

    fn builder(&self) -> Option<&BatchBuilder> {
        match &self.content {
            Content::Building(builder) => Some(builder),
            Content::Shared(builder) => Some(builder),
            Content::Sealed { .. } => None,
        }
    }

    /// How it was compressed, once it was sealed.
    pub(super) fn compression(&self) -> Option<Compression> {
        Batches::new(self.sealed()?.clone()).next()?.ok()?.compression().ok()
    }

    /// Whether it can go out: it is sealed, under its stamp.
    pub(super) fn is_final(&self) -> bool {
        matches!(&self.content, Content::Sealed { stamp, .. } if *stamp == self.stamp)
    }

    /// Its bytes, once it was sealed under any stamp.
    pub(crate) fn sealed(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Sealed { bytes, .. } => Some(bytes),
            Content::Building(_) | Content::Shared(_) => None,
        }
    }

    /// Its bytes, which it needs no more.
    pub(super) fn into_bytes(self) -> Bytes {
        match self.content {
            Content::Sealed { bytes, .. } => bytes,
            Content::Building(builder) => builder.into_buffer().into(),
            Content::Shared(builder) => {
                Arc::into_inner(builder).map_or_else(Bytes::new, |builder| builder.into_buffer().into())
            }
        }
    }

    /// Its records' indexes among their deliveries.
    pub(super) fn run(&self) -> Range<u32> {
        self.key.first..self.key.first + self.records
    }

    /// Two batches of half the records each, unless it goes as a whole or is a single record. They share its numbers: should
    /// an earlier attempt have written it after all, the broker refuses them.
    pub(super) fn split(mut self) -> Result<[Self; 2], Box<Self>> {
        if self.atomic || self.records < 2 {
            return Err(Box::new(self));
        }
        let at = self.records / 2;
        let Some(halves) = self.halved(at) else { return Err(Box::new(self)) };
        let share = self.charged / 2;
        let part = |builder: BatchBuilder, first: u32, charged: usize| Self {
            key: BatchKey { number: self.key.number, first: self.key.first + first },
            records: builder.count() as u32,
            content: Content::Building(builder),
            charged,
            retried: true,
            uncertain: self.uncertain,
            is_part: self.is_part || self.uncertain,
            stamp: self.stamp.map(|stamp| stamp.after(first)),
            last_error: self.last_error.clone(),
            life: self.life.as_ref().map(|life| Arc::new(Mutex::new(life.lock().clone()))),
            done: self.done.clone(),
            ..Self::new(
                0,
                0,
                Beginning {
                    opened: self.opened,
                    timestamp: self.timestamp,
                    buffer: Vec::new(),
                    done: Done::default(),
                },
            )
        };
        let [front, back] = halves;
        Ok([part(front, 0, share), part(back, at, self.charged - share)])
    }

    fn halved(&mut self, at: u32) -> Option<[BatchBuilder; 2]> {
        let bytes = self.seal(None).ok()?;
        let records = read(bytes)?;
        records::split(&records, at as usize).ok()
    }

    /// What decodes its records, where they were to go, when somebody asks for one.
    pub(crate) fn into_decoder(mut self, topic: TopicName, partition: i32) -> Option<DecodeRecord> {
        let bytes = self.seal(None).ok()?;
        Some(decoder(bytes, topic, partition))
    }
}

/// The sealed batch under another stamp, and whether that can be; if not, it is as it was.
fn stamped(bytes: Bytes, before: Option<Stamp>, stamp: Option<Stamp>) -> (Bytes, Result<(), BatchError>) {
    if before == stamp {
        return (bytes, Ok(()));
    }
    let mut bytes = BytesMut::from(bytes);
    let result = records::stamp(&mut bytes, on_wire(stamp));
    (bytes.freeze(), result)
}

#[cold]
fn sealed_already() -> Error {
    Error::new(ErrorKind::InvalidRecord, "the batch takes no more records")
}

#[cold]
fn does_not_fit(error: AppendError) -> Error {
    Error::new(ErrorKind::InvalidRecord, "the record does not fit into a batch").with_source(error)
}

/// What decodes the records of a sealed batch when somebody asks for one.
pub(crate) fn decoder(bytes: Bytes, topic: TopicName, partition: i32) -> DecodeRecord {
    decoder_of(move || bytes.clone(), topic, partition)
}

/// The same for a batch that is not sealed.
pub(super) fn unsealed_decoder(builder: Arc<BatchBuilder>, topic: TopicName, partition: i32) -> DecodeRecord {
    decoder_of(move || BatchBuilder::clone(&builder).seal(&SealOptions::new()).into(), topic, partition)
}

fn decoder_of(
    sealed: impl Fn() -> Bytes + Send + Sync + 'static,
    topic: TopicName,
    partition: i32,
) -> DecodeRecord {
    let readable = OnceLock::new();
    Arc::new(move |nth| {
        let readable = readable.get_or_init(|| read(sealed()).map(Readable::new)).as_ref()?;
        let record = readable.record(nth as usize)?;
        let mut message = Message {
            key: record.key_bytes(),
            value: record.value_bytes(),
            timestamp: Some(record.timestamp),
            ..Message::default()
        };
        for header in record.headers {
            message.headers.push(&header.name(), header.value.map(|value| record.share(value)));
        }
        Some(OwnedRecord::new(topic.clone(), Some(partition), message))
    })
}

/// A failed batch's records, decompressed once for all who ask, and the places of some: whoever asks for each does not
/// read the batch from its beginning each time.
struct Readable {
    records: Records,
    /// Of every [`STEP`]th record.
    places: Vec<Cursor>,
}

const STEP: usize = 64;

impl Readable {
    fn new(records: Records) -> Self {
        let mut places = Vec::with_capacity(records.len() / STEP + 1);
        let mut cursor = Cursor::default();
        loop {
            if cursor.index().is_multiple_of(STEP) {
                places.push(cursor);
            }
            if records.read(&mut cursor).is_none() {
                return Self { records, places };
            }
        }
    }

    fn record(&self, nth: usize) -> Option<RecordView<'_>> {
        let mut cursor = *self.places.get(nth / STEP)?;
        for _ in 0..nth % STEP {
            self.records.read(&mut cursor)?;
        }
        self.records.read(&mut cursor)
    }
}

fn read(bytes: Bytes) -> Option<Records> {
    let batch = Batches::new(bytes).next()?.ok()?;
    batch.records(&mut Decompressor::new(), OWN_LIMIT).ok()
}

/// What this client compressed itself may be decompressed to any size that a configuration allows.
const OWN_LIMIT: usize = i32::MAX as usize;

fn on_wire(stamp: Option<Stamp>) -> ProducerStamp {
    stamp.map_or(ProducerStamp::NONE, |stamp| ProducerStamp {
        producer_id: stamp.identity.id,
        producer_epoch: stamp.identity.epoch,
        base_sequence: stamp.sequence,
        transactional: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beginning() -> Beginning {
        Beginning { opened: Instant::now(), timestamp: 1_000, buffer: Vec::new(), done: Done::default() }
    }

    fn batch(values: &[&str]) -> Batch {
        let mut batch = Batch::new(3, 0, beginning());
        for value in values {
            batch.append(&Record::to("t").value(*value).headers(&[("h", Some(b"1"))])).unwrap();
        }
        batch
    }

    fn stamp(sequence: i32) -> Stamp {
        Stamp { identity: super::super::sequencer::Identity { id: 9, epoch: 2 }, sequence }
    }

    fn head(bytes: Bytes) -> records::RecordBatch {
        let batch = Batches::new(bytes).next().unwrap().unwrap();
        batch.verify_crc().unwrap();
        batch
    }

    #[test]
    fn a_size_is_never_below_what_the_record_takes() {
        let long = "x".repeat(70_000);
        for record in [
            Record::to("t"),
            Record::to("t").key("k").value(&long).timestamp(i64::MAX),
            Record::to("t").value("").headers(&[("h", None), ("name", Some(b"value"))]),
        ] {
            let mut batch = batch(&["first"]);
            let before = batch.len();
            batch.append(&record).unwrap();
            assert!(batch.len() - before <= size_of(&record), "{record:?}");
        }
        assert_eq!(batch(&[]).len(), HEADER);
    }

    #[test]
    fn sealing_again_changes_the_stamp_alone() {
        for compression in [Compression::None, Compression::Lz4] {
            let mut codec = Codec::new(compression).unwrap();
            let mut batch = batch(&["a", "b"]);
            batch.stamp = Some(stamp(5));
            let first = batch.seal((compression != Compression::None).then_some(&mut codec)).unwrap();
            assert_eq!(head(first.clone()).base_sequence(), 5);
            batch.stamp = Some(stamp(0));
            let again = head(batch.seal(None).unwrap());
            assert_eq!((again.base_sequence(), again.producer_id(), again.producer_epoch()), (0, 9, 2));
            assert_eq!(again.compression().unwrap(), compression);
            assert_eq!(head(first).base_sequence(), 5, "bytes on their way stay as they are");
        }
    }

    #[test]
    fn a_batch_that_cannot_be_stamped_stays_as_it_is_and_does_not_go_out() {
        let bytes = Bytes::from_static(b"no batch at all");
        let mut batch = Batch::sealed_before(bytes.clone(), 1, 15, Instant::now());
        assert!(batch.is_final());
        batch.stamp = Some(stamp(5));
        for _ in 0..2 {
            let error = batch.seal(None).unwrap_err();
            assert!(error.to_string().contains("cannot be stamped"), "{error}");
            assert_eq!(batch.sealed(), Some(&bytes));
            assert!(!batch.is_final());
        }
    }

    #[test]
    fn a_shared_batch_is_sealed_in_its_own_memory_once_others_let_go_of_it() {
        let mut codec = Codec::new(Compression::Lz4).unwrap();
        let mut batch = batch(&["a", "b"]);
        let memory = batch.builder().unwrap().capacity();
        let mut shared = batch.share();
        let decode = unsealed_decoder(shared.clone().unwrap(), "t".into(), 4);
        assert_eq!(decode(1).unwrap().message.value.as_deref(), Some(&b"b"[..]));
        drop(decode);
        assert_eq!(batch.add(&Record::to("t")).unwrap_err().kind(), ErrorKind::InvalidRecord);
        let bytes = batch.seal_shared(Some(&mut codec), || shared = None).unwrap();
        assert_eq!(head(bytes.clone()).compression().unwrap(), Compression::Lz4);
        assert!(batch.share().is_none());
        drop(batch);
        assert_eq!(Vec::from(bytes).capacity(), memory);
    }

    #[test]
    fn a_shared_batch_that_somebody_still_reads_is_sealed_all_the_same() {
        let mut batch = batch(&["a", "b"]);
        let decode = unsealed_decoder(batch.share().unwrap(), "t".into(), 4);
        head(batch.seal(None).unwrap());
        assert_eq!(decode(0).unwrap().message.value.as_deref(), Some(&b"a"[..]));
    }

    #[test]
    fn a_failed_record_is_decoded_from_its_batch() {
        let decode = batch(&["a", "b"]).into_decoder("t".into(), 4).unwrap();
        let record = decode(1).unwrap();
        assert_eq!(record.message.value.as_deref(), Some(&b"b"[..]));
        assert_eq!(record.message.header("h"), Some(&b"1"[..]));
        assert_eq!((&*record.message.topic, record.message.partition), ("t", 4));
        assert!(decode(2).is_none());
    }

    #[test]
    fn each_record_of_a_large_failed_batch_is_found_from_a_place_nearby() {
        let values: Vec<_> = (0..1_000).map(|n| n.to_string()).collect();
        let values: Vec<_> = values.iter().map(String::as_str).collect();
        let bytes = batch(&values).seal(None).unwrap();
        let readable = Readable::new(read(bytes).unwrap());
        assert_eq!(readable.places.len(), 16);
        for (nth, value) in values.iter().enumerate() {
            assert_eq!(readable.record(nth).unwrap().value, Some(value.as_bytes()));
        }
        assert!(readable.record(1_000).is_none() && readable.record(usize::MAX).is_none());
    }

    #[test]
    fn a_split_batch_keeps_its_records_and_their_places() {
        let mut whole = batch(&["a", "b", "c"]);
        whole.charged = 101;
        whole.stamp = Some(stamp(7));
        let [front, back] = whole.split().unwrap();
        assert_eq!((front.run(), back.run()), (0..1, 1..3));
        assert!(front.key < back.key);
        assert_eq!(front.charged + back.charged, 101);
        assert_eq!((front.stamp, back.stamp), (Some(stamp(7)), Some(stamp(8))));
        let decode = back.into_decoder("t".into(), 0).unwrap();
        assert_eq!(decode(0).unwrap().message.value.as_deref(), Some(&b"b"[..]));
    }

    #[test]
    fn neither_a_single_record_nor_an_atomic_batch_is_split() {
        assert!(batch(&["a"]).split().is_err());
        let mut atomic = Batch::atomic(100, beginning());
        for _ in 0..2 {
            atomic.append(&Record::to("t").value("v")).unwrap();
        }
        assert!(atomic.split().is_err());
    }
}
