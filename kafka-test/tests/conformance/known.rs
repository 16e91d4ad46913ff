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

pub(crate) const KNOWN: &[Known] = &[];

/// The differences that there have to be in the answer to a request.
pub(crate) fn find(said: &Said) -> Vec<&'static Known> {
    let about = |known: &&Known| {
        known.api == said.api
            && (known.what.is_empty() || known.what == said.what)
            && known.versions.contains(&said.version)
    };
    KNOWN.iter().filter(about).collect()
}
