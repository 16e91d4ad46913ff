//! Where the cluster answers otherwise than Apache Kafka, and why. A difference that goes away fails the suite as a new
//! one does.

use std::ops::RangeInclusive;

use crate::talk::Said;

/// A difference that is meant.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) api: &'static str,
    /// The request, or nothing for every request of the API.
    pub(crate) what: &'static str,
    pub(crate) versions: RangeInclusive<i16>,
    /// The lines that differ: Apache Kafka's, and the cluster's.
    pub(crate) lines: &'static [(&'static str, &'static str)],
    pub(crate) why: &'static str,
}

const TOLERATED: &[(&str, &str)] = &[("an answer", "the connection is closed")];
const STRICT: &str = "the cluster reads requests strictly, so that a client's mistake is noticed";

const fn tolerated(what: &'static str) -> Known {
    Known { api: "Metadata", what, versions: 0..=0, lines: TOLERATED, why: STRICT }
}

const STARTED: (&str, &str) = ("log_start_offset: 0,", "log_start_offset: -1,");
const EARLY: &str = "what contradicts itself in a batch's header is found here before the log is looked at";
const EXPLAINED: &[(&str, &str)] =
    &[("error_message: Some(", "error_message: None,"), ("\"…\",", ""), ("),", "")];
const BRIEF: &str = "the code says it all; Apache Kafka adds the words of the exception";

const fn of_produce(
    what: &'static str,
    versions: RangeInclusive<i16>,
    lines: &'static [(&'static str, &'static str)],
    why: &'static str,
) -> Known {
    Known { api: "Produce", what, versions, lines, why }
}

pub(crate) const KNOWN: &[Known] = &[
    Known {
        api: "ApiVersions",
        what: "of a client with a name",
        versions: 3..=4,
        lines: &[("finalized_features_epoch: 0,", "finalized_features_epoch: -1,")],
        why: "the cluster has none of the features that Apache Kafka names: they are about transactions and groups",
    },
    Known {
        api: "OffsetForLeaderEpoch",
        what: "an illegal epoch",
        versions: 2..=4,
        lines: &[("leader_epoch: -2,", "leader_epoch: -1,"), ("end_offset: 0,", "end_offset: -1,")],
        why: "an epoch before the first is none here; Apache Kafka takes it for one that ended at the start",
    },
    of_produce("a negative base offset", 5..=13, &[STARTED], EARLY),
    of_produce("a count below nothing", 5..=13, &[STARTED], EARLY),
    of_produce(
        "an unknown codec",
        5..=6,
        &[(STARTED.1, STARTED.0)],
        "Apache Kafka looks for zstd before the log in these versions and stumbles over the codec there",
    ),
    of_produce("a length of nothing", 8..=13, EXPLAINED, BRIEF),
    of_produce("a negative length", 8..=13, EXPLAINED, BRIEF),
    of_produce("format 3", 8..=13, EXPLAINED, BRIEF),
    tolerated("a name that is no text"),
    tolerated("a client id that is no text"),
    tolerated("a negative client id"),
    tolerated("an array of -2 topics"),
];

/// The differences that there have to be in the answer to a request.
pub(crate) fn find(said: &Said) -> Vec<&'static Known> {
    let about = |known: &&Known| {
        known.api == said.api
            && (known.what.is_empty() || known.what == said.what)
            && known.versions.contains(&said.version)
    };
    KNOWN.iter().filter(about).collect()
}
