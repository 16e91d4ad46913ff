//! The settings of a topic: which there are, what they may be, and what they are when nobody sets them.

/// What a setting may be.
pub(super) enum Kind {
    /// A whole number, this one or more.
    From(i64),
    /// From 0 to 1.
    Ratio,
    YesOrNo,
    OneOf(&'static [&'static str]),
    /// Any of these, with commas between them.
    ManyOf(&'static [&'static str]),
    Text,
}

use Kind::{From, ManyOf, OneOf, Ratio, Text, YesOrNo};

/// By name; the values that stand when nobody sets others are those of Kafka 4. What Kafka 4 no longer has has none.
pub(super) const SETTINGS: &[(&str, Kind, Option<&str>)] = &[
    ("cleanup.policy", ManyOf(&["compact", "delete"]), Some("delete")),
    ("compression.gzip.level", From(-1), Some("-1")),
    ("compression.lz4.level", From(1), Some("9")),
    (
        "compression.type",
        OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
        Some("producer"),
    ),
    ("compression.zstd.level", From(-131_072), Some("3")),
    ("delete.retention.ms", From(0), Some("86400000")),
    ("file.delete.delay.ms", From(0), Some("60000")),
    ("flush.messages", From(1), Some("9223372036854775807")),
    ("flush.ms", From(0), Some("9223372036854775807")),
    ("follower.replication.throttled.replicas", Text, Some("")),
    ("index.interval.bytes", From(0), Some("4096")),
    ("leader.replication.throttled.replicas", Text, Some("")),
    ("local.retention.bytes", From(-2), Some("-2")),
    ("local.retention.ms", From(-2), Some("-2")),
    ("max.compaction.lag.ms", From(1), Some("9223372036854775807")),
    ("max.message.bytes", From(0), Some("1048588")),
    ("message.downconversion.enable", YesOrNo, None),
    ("message.format.version", Text, None),
    ("message.timestamp.after.max.ms", From(0), Some("3600000")),
    ("message.timestamp.before.max.ms", From(0), Some("9223372036854775807")),
    ("message.timestamp.difference.max.ms", From(0), None),
    ("message.timestamp.type", OneOf(&["CreateTime", "LogAppendTime"]), Some("CreateTime")),
    ("min.cleanable.dirty.ratio", Ratio, Some("0.5")),
    ("min.compaction.lag.ms", From(0), Some("0")),
    ("min.insync.replicas", From(1), Some("1")),
    ("preallocate", YesOrNo, Some("false")),
    ("remote.log.copy.disable", YesOrNo, Some("false")),
    ("remote.log.delete.on.disable", YesOrNo, Some("false")),
    ("remote.storage.enable", YesOrNo, Some("false")),
    ("retention.bytes", From(i64::MIN), Some("-1")),
    ("retention.ms", From(-1), Some("604800000")),
    ("segment.bytes", From(1024 * 1024), Some("1073741824")),
    ("segment.index.bytes", From(4), Some("10485760")),
    ("segment.jitter.ms", From(0), Some("0")),
    ("segment.ms", From(1), Some("604800000")),
    ("unclean.leader.election.enable", YesOrNo, Some("false")),
];

impl Kind {
    pub(super) fn takes(&self, value: &str) -> bool {
        let value = value.trim();
        match self {
            From(least) => value.parse().is_ok_and(|number: i64| number >= *least),
            Ratio => value.parse().is_ok_and(|ratio: f64| (0.0..=1.0).contains(&ratio)),
            YesOrNo => value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false"),
            OneOf(choices) => choices.contains(&value),
            ManyOf(choices) => value.split(',').all(|part| choices.contains(&part.trim())),
            Text => true,
        }
    }
}
