//! Properties of the pure parts.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_proto::records::{BatchBuilder, Batches, ProducerStamp, RecordBatch, SealOptions};
use proptest::prelude::*;

use super::log::Log;
use super::producers::{Producers, Verdict};

fn batch(records: usize, stamp: Option<(i64, i16, i32)>) -> RecordBatch {
    let mut builder = BatchBuilder::new(Vec::new());
    for index in 0..records {
        builder.append(1_000 + index as i64, None, Some(&[b'x'; 10][..=index % 9]), &[]).unwrap();
    }
    let mut options = SealOptions::new();
    options.producer = stamp.map(|(producer_id, producer_epoch, base_sequence)| ProducerStamp {
        producer_id,
        producer_epoch,
        base_sequence,
        transactional: false,
    });
    Batches::new(Bytes::from(builder.seal(&options))).next().unwrap().unwrap()
}

proptest! {
    /// Five batches in flight, any of them sent again in any order: each is appended once and in its order.
    #[test]
    fn each_batch_is_appended_once_and_in_order(
        sizes in proptest::collection::vec(1usize..4, 1..12),
        attempts in proptest::collection::vec(0usize..5, 1..200),
        start in prop_oneof![Just(0), Just(i32::MAX - 3)],
    ) {
        let mut producers = Producers::default();
        let mut sequence = start;
        let mut sent = Vec::new();
        for size in sizes {
            sent.push(batch(size, Some((7, 0, sequence))));
            sequence = sequence.wrapping_add(size as i32) & i32::MAX;
        }
        let mut appended: Vec<usize> = Vec::new();
        // The first batch has to come first: a leader takes any sequence of a producer that it does not know.
        for attempt in std::iter::once(0).chain(attempts) {
            let oldest = appended.len().saturating_sub(2);
            let which = (oldest + attempt).min(sent.len() - 1);
            let verdict = producers.judge(&sent[which], false);
            if verdict == Verdict::Append {
                producers.appended(&sent[which], which as i64 * 100, 0, 0);
                appended.push(which);
            } else if let Verdict::Duplicate { base_offset, .. } = verdict {
                prop_assert_eq!(base_offset, which as i64 * 100);
                prop_assert!(appended.contains(&which));
            } else {
                prop_assert!(which > appended.len(), "only what would leave a gap is refused");
            }
        }
        prop_assert_eq!(appended.clone(), (0..appended.len()).collect::<Vec<_>>());
    }

    /// A read is the stored bytes from the batch that holds the offset on, no more than asked for.
    #[test]
    fn a_read_is_what_is_stored_from_the_offset_on(
        sizes in proptest::collection::vec(1usize..4, 0..10),
        holes in proptest::collection::vec(0i64..3, 10),
        deleted in 0i64..40,
        offset in 0i64..40,
        max_bytes in 0usize..1_000,
        at_least_one: bool,
    ) {
        let mut log = Log::default();
        for (size, hole) in sizes.into_iter().zip(holes) {
            log.append(&batch(size, None), log.end_offset() + hole, 0, None);
        }
        log.advance_start(deleted);
        prop_assume!(offset >= log.start_offset());
        let end = log.end_offset();
        let kept: Vec<_> = log.batches().iter().filter(|batch| batch.last_offset >= offset).collect();
        let all: Vec<u8> = kept.iter().flat_map(|batch| batch.bytes.to_vec()).collect();
        let limit = match kept.first() {
            Some(first) if at_least_one => max_bytes.max(first.bytes.len()),
            _ => max_bytes,
        };
        let read = log.read(offset, end, max_bytes, at_least_one);
        prop_assert_eq!(&read[..], &all[..limit.min(all.len())]);
        prop_assert_eq!(log.readable_bytes(offset, end), all.len() as u64);
    }

    /// Every record is found by its own time, or an earlier one of that time or later is.
    #[test]
    fn the_first_record_of_a_time_is_found(sizes in proptest::collection::vec(1usize..5, 1..6), time in 990i64..1_010) {
        let mut log = Log::default();
        let mut times = BTreeMap::new();
        for size in sizes {
            let first = log.append(&batch(size, None), 0, 0, None);
            times.extend((0..size as i64).map(|index| (first + index, 1_000 + index)));
        }
        let expected = times.into_iter().find(|&(_, record)| record >= time);
        prop_assert_eq!(log.first_at(time), expected);
    }

    /// Whatever two replicas wrote while each led, the follower ends up with what the leader has, and keeps what they had
    /// in common.
    #[test]
    fn a_follower_comes_to_agree_with_its_leader(
        common in proptest::collection::vec((1usize..4, 0i32..3), 0..6),
        leaders in proptest::collection::vec((1usize..4, 0i32..3), 0..6),
        followers in proptest::collection::vec((1usize..4, 0i32..3), 0..6),
        first_leads: bool,
    ) {
        let write = |log: &mut Log, batches: &[(usize, i32)], mut epoch: i32| {
            for (size, step) in batches {
                epoch += 2 * step;
                log.append(&batch(*size, None), log.end_offset(), epoch, None);
            }
            epoch
        };
        let mut leader = Log::default();
        let epoch = write(&mut leader, &common, 0);
        let mut follower = Log::default();
        follower.copy_from(&leader);
        let agreed = leader.end_offset();
        // No epoch has two leaders: one has the odd ones, the other the even ones.
        let (odd, even) = (epoch + 1, epoch + 2);
        let last = write(&mut leader, &leaders, if first_leads { odd } else { even });
        let _ = write(&mut follower, &followers, if first_leads { even } else { odd });
        let current = last.max(epoch) + 1_000;
        let before = follower.batches().to_vec();
        follower.agree_with(&leader, current);
        prop_assert!(follower.end_offset() >= agreed, "what they had in common stays");
        let kept = follower.batches().len();
        prop_assert!(before[..kept].iter().zip(leader.batches()).all(|(own, its)| own.bytes == its.bytes));
        follower.copy_from(&leader);
        let bytes = |log: &Log| log.batches().iter().map(|batch| batch.bytes.clone()).collect::<Vec<_>>();
        prop_assert_eq!(bytes(&follower), bytes(&leader));
        prop_assert_eq!(follower.end_offset(), leader.end_offset());
        for epoch in 0..=last {
            prop_assert_eq!(follower.epoch_end(epoch, current), leader.epoch_end(epoch, current));
        }
    }
}
