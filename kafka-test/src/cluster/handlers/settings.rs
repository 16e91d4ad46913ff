//! The settings of a topic: which there are, what they may be, and what they are when nobody sets them.

use std::collections::BTreeMap;

/// Whose settings: a topic's or a node's.
pub(super) const TOPIC: i8 = 2;
pub(super) const BROKER: i8 = 4;

/// Who set a setting: the topic's creator, the cluster, the node's configuration, nobody.
pub(super) const TOPIC_CONFIG: i8 = 1;
pub(super) const DEFAULT_BROKER_CONFIG: i8 = 3;
pub(super) const STATIC_BROKER_CONFIG: i8 = 4;
pub(super) const DEFAULT_CONFIG: i8 = 5;

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

/// What a setting of a topic is, and who set it. `own`: what was set for the topic itself. `None`: nobody did, and
/// there is no default.
pub(super) fn value_of<'a>(own: &'a BTreeMap<String, String>, name: &str) -> Option<(&'a str, i8)> {
    if let Some(value) = own.get(name) {
        return Some((value, TOPIC_CONFIG));
    }
    let (.., default) = SETTINGS.iter().find(|(known, ..)| *known == name)?;
    // Since eligible leader replicas are kept, a setting of the cluster.
    let source = if name == "min.insync.replicas" { DEFAULT_BROKER_CONFIG } else { DEFAULT_CONFIG };
    Some((default.as_ref()?, source))
}

/// Types of settings as `DescribeConfigs` numbers them.
const BOOLEAN: i8 = 1;
const STRING: i8 = 2;
const INT: i8 = 3;
const LONG: i8 = 5;
const DOUBLE: i8 = 6;
const LIST: i8 = 7;

/// The settings that are numbers of 32 bits.
const INTS: &[&str] = &[
    "compression.gzip.level",
    "compression.lz4.level",
    "compression.zstd.level",
    "index.interval.bytes",
    "max.message.bytes",
    "min.insync.replicas",
    "segment.bytes",
    "segment.index.bytes",
];

pub(super) fn type_of(name: &str, kind: &Kind) -> i8 {
    match kind {
        From(_) if INTS.contains(&name) => INT,
        From(_) => LONG,
        Ratio => DOUBLE,
        YesOrNo => BOOLEAN,
        ManyOf(_) => LIST,
        Text if name.ends_with(".replicas") => LIST,
        OneOf(_) | Text => STRING,
    }
}

/// The type of a value that looks like this.
pub(super) fn guessed_type(value: &str) -> i8 {
    match value {
        "true" | "false" => BOOLEAN,
        value if value.parse::<i32>().is_ok() => INT,
        _ => STRING,
    }
}

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
