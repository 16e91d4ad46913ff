//! Producers that choose the partition of a whole batch: by key, in turn, or at random.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::api::{DistributingProducer, Error, ErrorKind, Message, Producer, Result};
use crate::partitioners::KeyHash;

fn check_partitions(partitions: i32) -> Result<i32> {
    if partitions > 0 {
        return Ok(partitions);
    }
    Err(Error::new(ErrorKind::InvalidConfig, format!("partitions is {partitions}: it must be above 0")))
}

/// Writes each batch to the partition that its messages' key hashes to: FNV-1a of 32 bits, read as a signed
/// number, its absolute value modulo the number of partitions.
///
/// All messages of one call must hash to the same partition. A message without a key is an error; an empty key is
/// a key.
///
/// ```no_run
/// # async fn distribute(broker: kafka_client::Broker) -> kafka_client::Result<()> {
/// use kafka_client::{DistributingProducer, HashProducer, Message, ProducerConf};
///
/// let producer = HashProducer::new(broker.producer(ProducerConf::new())?, 12)?;
/// producer.distribute("users", &mut [Message::key_value("user-7", "signed in")]).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct HashProducer<P> {
    producer: P,
    partitions: i32,
}

impl<P: Producer> HashProducer<P> {
    /// Distributes over partitions 0 to below `partitions`, which must be above 0.
    pub fn new(producer: P, partitions: i32) -> Result<Self> {
        Ok(Self { producer, partitions: check_partitions(partitions)? })
    }

    fn partition(&self, messages: &[Message]) -> Result<i32> {
        let mut chosen = None;
        for message in messages {
            let key = message.key.as_deref().ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidRecord,
                    "a message without a key cannot be distributed by its key",
                )
            })?;
            let partition = KeyHash::Fnv1a.partition(key, self.partitions);
            if *chosen.get_or_insert(partition) != partition {
                return Err(Error::new(
                    ErrorKind::InvalidRecord,
                    "the messages of one call have keys of different partitions: distribute them apart",
                ));
            }
        }
        chosen.ok_or_else(|| Error::new(ErrorKind::InvalidRecord, "no message to take a key from"))
    }
}

#[async_trait]
impl<P: Producer> DistributingProducer for HashProducer<P> {
    async fn distribute(&self, topic: &str, messages: &mut [Message]) -> Result<Option<i64>> {
        let partition = self.partition(messages)?;
        self.producer.produce(topic, partition, messages).await
    }
}

/// Writes each batch to the next partition in turn, beginning with 0. A call that fails takes its turn too.
///
/// ```no_run
/// # async fn distribute(broker: kafka_client::Broker) -> kafka_client::Result<()> {
/// use kafka_client::{DistributingProducer, Message, ProducerConf, RoundRobinProducer};
///
/// let producer = RoundRobinProducer::new(broker.producer(ProducerConf::new())?, 12)?;
/// producer.distribute("events", &mut [Message::value("one"), Message::value("two")]).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RoundRobinProducer<P> {
    producer: P,
    partitions: i32,
    next: AtomicU32,
}

impl<P: Producer> RoundRobinProducer<P> {
    /// Distributes over partitions 0 to below `partitions`, which must be above 0.
    pub fn new(producer: P, partitions: i32) -> Result<Self> {
        Ok(Self { producer, partitions: check_partitions(partitions)?, next: AtomicU32::new(0) })
    }

    fn turn(&self) -> i32 {
        let count = self.partitions.unsigned_abs();
        let advance = |turn: u32| Some((turn + 1) % count);
        // The closure never declines.
        let turn = self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, advance).unwrap_or_default();
        turn.cast_signed()
    }
}

#[async_trait]
impl<P: Producer> DistributingProducer for RoundRobinProducer<P> {
    async fn distribute(&self, topic: &str, messages: &mut [Message]) -> Result<Option<i64>> {
        let partition = self.turn();
        self.producer.produce(topic, partition, messages).await
    }
}

/// Writes each batch to a partition chosen at random.
///
/// ```no_run
/// # async fn distribute(broker: kafka_client::Broker) -> kafka_client::Result<()> {
/// use kafka_client::{DistributingProducer, Message, ProducerConf, RandomProducer};
///
/// let producer = RandomProducer::new(broker.producer(ProducerConf::new())?, 12)?;
/// producer.distribute("events", &mut [Message::value("anywhere")]).await?;
/// # Ok(())
/// # }
/// ```
pub struct RandomProducer<P> {
    producer: P,
    partitions: i32,
    random: Mutex<StdRng>,
}

impl<P: Producer> RandomProducer<P> {
    /// Distributes over partitions 0 to below `partitions`, which must be above 0.
    pub fn new(producer: P, partitions: i32) -> Result<Self> {
        Self::seeded(producer, partitions, rand::rng().random())
    }

    /// The same, with choices that repeat under the same seed.
    pub fn seeded(producer: P, partitions: i32, seed: u64) -> Result<Self> {
        let random = Mutex::new(StdRng::seed_from_u64(seed));
        Ok(Self { producer, partitions: check_partitions(partitions)?, random })
    }
}

#[async_trait]
impl<P: Producer> DistributingProducer for RandomProducer<P> {
    async fn distribute(&self, topic: &str, messages: &mut [Message]) -> Result<Option<i64>> {
        let partition = self.random.lock().random_range(0..self.partitions);
        self.producer.produce(topic, partition, messages).await
    }
}

impl<P: fmt::Debug> fmt::Debug for RandomProducer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RandomProducer")
            .field("producer", &self.producer)
            .field("partitions", &self.partitions)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Delivery, Enqueue, Record};
    use std::time::Duration;

    /// Remembers the partitions it was asked to write to.
    #[derive(Debug, Default)]
    struct Recorder {
        partitions: Mutex<Vec<i32>>,
        failing: bool,
    }

    #[async_trait]
    impl Producer for Recorder {
        async fn produce(&self, _: &str, partition: i32, _: &mut [Message]) -> Result<Option<i64>> {
            self.partitions.lock().push(partition);
            if self.failing { Err(Error::new(ErrorKind::TimedOut, "failing")) } else { Ok(Some(0)) }
        }
        fn try_enqueue(&self, _: Record<'_>) -> Result<Delivery> {
            Ok(Delivery::channel().1)
        }
        fn enqueue(&self, record: Record<'_>) -> Enqueue {
            Enqueue::decided(self.try_enqueue(record))
        }
        async fn flush(&self, _: Duration) -> usize {
            0
        }
        async fn close(&self, _: Duration) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn keys_go_where_the_seed_sent_them_but_for_its_two_defects() {
        for (key, ten, hundred) in [
            ("", 5, 35),
            ("foo", 3, 73),
            ("bar", 2, 2),
            ("3wujz9a", 8, 48),
            ("gq3p75b", 8, 48),
            ("key-0", 7, 57),
        ] {
            let partition = |partitions| {
                let producer = HashProducer::new(Recorder::default(), partitions).unwrap();
                producer.partition(&[Message::key_value(key, "")]).unwrap()
            };
            assert_eq!((partition(10), partition(100)), (ten, hundred), "{key:?}");
        }
    }

    #[tokio::test]
    async fn messages_of_one_call_must_belong_together_and_have_keys() {
        let producer = HashProducer::new(Recorder::default(), 10).unwrap();
        let mut apart = [Message::key_value("foo", "1"), Message::key_value("bar", "2")];
        for messages in [&mut apart[..], &mut [Message::value("no key")], &mut []] {
            let error = producer.distribute("t", messages).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRecord);
        }
        producer.distribute("t", &mut [Message::key_value("", "an empty key is a key")]).await.unwrap();
        assert_eq!(*producer.producer.partitions.lock(), [5]);
    }

    #[tokio::test]
    async fn turns_begin_with_zero_and_a_failure_takes_its_turn() {
        let producer = RoundRobinProducer::new(Recorder { failing: true, ..Recorder::default() }, 3).unwrap();
        for _ in 0..4 {
            producer.distribute("t", &mut [Message::value("x")]).await.unwrap_err();
        }
        assert_eq!(*producer.producer.partitions.lock(), [0, 1, 2, 0]);
    }

    #[tokio::test]
    async fn random_choices_stay_in_range_and_repeat_under_a_seed() {
        let mut seen = Vec::new();
        for _ in 0..2 {
            let producer = RandomProducer::seeded(Recorder::default(), 4, 7).unwrap();
            for _ in 0..100 {
                producer.distribute("t", &mut [Message::value("x")]).await.unwrap();
            }
            seen.push(producer.producer.partitions.into_inner());
        }
        assert_eq!(seen[0], seen[1]);
        for partition in 0..4 {
            assert!(seen[0].contains(&partition));
        }
        assert!(seen[0].iter().all(|partition| (0..4).contains(partition)));
    }

    #[test]
    fn no_partitions_are_an_error() {
        for partitions in [0, -1] {
            let error = HashProducer::new(Recorder::default(), partitions).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            assert!(RoundRobinProducer::new(Recorder::default(), partitions).is_err());
            assert!(RandomProducer::new(Recorder::default(), partitions).is_err());
        }
    }
}
