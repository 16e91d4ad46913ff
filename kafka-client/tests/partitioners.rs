//! The partition of a key is the one that other clients choose: their own answers stand in `tests/vectors`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use kafka_client::{KeyHash, partition_of_key};
use serde_json::Value;

fn rows(file: &str) -> Vec<Value> {
    let vectors: Value = serde_json::from_str(file).unwrap();
    vectors["rows"].as_array().unwrap().clone()
}

fn key(row: &Value) -> Vec<u8> {
    let hex = row["key"].as_str().unwrap();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn partitions_are(hash: KeyHash, key: &[u8], expected: &Value) {
    let expected = expected.as_object().unwrap();
    assert!(expected.len() >= 4);
    for (count, partition) in expected {
        let partition = partition.as_i64().unwrap();
        assert_eq!(
            i64::from(hash.partition(key, count.parse().unwrap())),
            partition,
            "{hash:?} {key:?} {count}"
        );
    }
}

#[test]
fn keys_go_where_the_java_client_sends_them() {
    let rows = rows(include_str!("vectors/murmur2.json"));
    assert!(rows.len() > 150);
    for row in rows {
        let key = key(&row);
        assert_eq!(u64::from(KeyHash::Murmur2.hash(&key)), row["positive"].as_u64().unwrap(), "{key:?}");
        partitions_are(KeyHash::Murmur2, &key, &row["partition"]);
        assert_eq!(partition_of_key(&key, 100), KeyHash::Murmur2.partition(&key, 100));
    }
}

#[test]
fn keys_go_where_optiopay_kafkaclient_and_librdkafka_send_them() {
    let rows = rows(include_str!("vectors/partitioners.json"));
    assert!(rows.len() > 100);
    for row in rows {
        let key = key(&row);
        assert_eq!(u64::from(KeyHash::Fnv1aUnsigned.hash(&key)), row["fnv1a_32"].as_u64().unwrap());
        assert_eq!(u64::from(KeyHash::Crc32.hash(&key)), row["crc32"].as_u64().unwrap());
        partitions_are(KeyHash::Fnv1a, &key, &row["optiopay"]);
        partitions_are(KeyHash::Fnv1aUnsigned, &key, &row["kafkaclient"]);
        partitions_are(KeyHash::Crc32, &key, &row["librdkafka_consistent"]);
    }
}

/// Read off a run of kafka-rust's own partitioner.
#[test]
fn keys_go_where_kafka_rust_sends_them() {
    for (key, partition) in [("foo-key", 6), ("bar-key", 5), ("key-0", 7), ("key-1", 1), ("hello", 9)] {
        assert_eq!(KeyHash::XxHash32.partition(key.as_bytes(), 10), partition, "{key}");
    }
}
