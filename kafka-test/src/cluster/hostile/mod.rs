//! A cluster that lies: it does what it is asked, and then says something else about it.
//!
//! [`Cluster::lie`](super::Cluster::lie) begins it, for all APIs or for some, with one kind of lie by name or with
//! random ones from a seed. It works on either network, together with everything else that a cluster does, so that a
//! client can first be brought to where the lie is to meet it. A client that is any good ends each call with an error or
//! a result, in bounded time and memory.
//!
//! ```
//! use kafka_proto::messages::ApiKey;
//! use kafka_test::cluster::{Cluster, Lie, Lies};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let cluster = Cluster::builder().nodes(2).topic("fruits", 4).start().await?;
//! // … dial it, make a producer and a consumer; then every batch fetched decompresses to a gibibyte.
//! cluster.lie(Lies::of(Lie::CompressionBombs).about(ApiKey::Fetch));
//! // Later anything may be wrong, and the same seed makes the same things wrong.
//! cluster.lie(Lies::random(7));
//! cluster.stop_lying();
//! # Ok(())
//! # }
//! ```

mod answers;
mod frames;
mod random;
mod records;
mod shapes;
mod tree;

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_proto::messages::ApiKey;

pub(crate) use self::frames::{Then, Told};

use self::random::Random;
use self::tree::Tree;

macro_rules! lies {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// What a lying node says. [`Lie::ALL`] has them all.
        ///
        /// ```
        /// use kafka_test::cluster::Lie;
        ///
        /// for lie in Lie::ALL {
        ///     println!("{lie:?}");
        /// }
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Lie {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Lie {
            /// Every lie there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

lies! {
    // Bytes that are no answer.
    /// A frame of -1 bytes is announced.
    NegativeFrames,
    /// A frame of 2 GiB is announced, and the connection stays open.
    HugeFrames,
    /// A frame without a single byte.
    EmptyFrames,
    /// What a web server says.
    Http,
    /// What a TLS server says to bytes that are no TLS.
    TlsAlerts,
    /// Random bytes.
    Garbage,
    /// The first half of the answer, and the rest never.
    HalfAnswers,
    /// Nothing, and the connection stays open.
    Silence,
    /// The answer, and then the connection closes.
    HangUps,
    /// The answer byte by byte.
    SingleBytes,
    /// After the answer another one, to a question that nobody asked.
    UnaskedAnswers,
    /// Every answer twice.
    RepeatedAnswers,
    /// The answer under another request's number.
    WrongCorrelationIds,
    /// The answer with a mebibyte of zeros at its end.
    TrailingBytes,
    /// A frame that ends in the middle of the answer.
    TruncatedAnswers,
    /// A frame that ends after its header.
    EmptyAnswers,

    // Answers of a shape that cannot be.
    /// Every array has -2 elements.
    NegativeCounts,
    /// Every array has 2,147,483,646 elements.
    HugeCounts,
    /// Every string and every byte field is 2,147,483,646 bytes long.
    HugeLengths,
    /// Whatever has a length is null.
    Nulls,
    /// Every array is empty.
    EmptyArrays,
    /// Everything in an array stands in it twice.
    RepeatedElements,
    /// An array has the same element 100,000 times, or as often as goes into 3 MiB.
    HugeArrays,
    /// Strings are no UTF-8.
    BadText,
    /// Every struct has a tagged field that nobody knows.
    UnknownTags,
    /// Every number is -1.
    NegativeNumbers,
    /// Every number is the largest of its type.
    LargestNumbers,
    /// Every error code is one that nobody knows.
    UnknownErrorCodes,
    /// Every error code is another one with each answer: all that Kafka has in turn.
    EveryErrorCode,

    // What is said at first.
    /// The node speaks no API.
    NoVersions,
    /// The newest version of each API is older than the oldest.
    EmptyVersionRanges,
    /// The node speaks every version of everything.
    AllVersions,
    /// Versions are negative.
    NegativeVersions,

    // Quotas.
    /// Every answer asks to be left alone for 24 days.
    EndlessThrottling,
    /// Every answer asks to be left alone for -1 ms.
    NegativeThrottling,

    // The cluster and its topics.
    /// There are no nodes.
    NoNodes,
    /// There are 100,000 nodes.
    ManyNodes,
    /// Nodes listen on ports that do not exist.
    AbsurdPorts,
    /// Nodes listen on hosts that cannot be.
    AbsurdHosts,
    /// All nodes have the same id.
    TwinNodes,
    /// The controller is a node that does not exist.
    UnknownControllers,
    /// Answers are about other topics than those asked for.
    ForeignTopics,
    /// Answers are about other partitions than those asked for.
    ForeignPartitions,
    /// Topics have another id in every answer.
    ForeignTopicIds,
    /// Topics have fewer partitions with every answer.
    ShrinkingTopics,
    /// Partitions are led by a node that does not exist.
    UnknownLeaders,
    /// Partitions are led by another node in every answer.
    MovingLeaders,
    /// Leader epochs go down with every answer.
    LeaderEpochsGoBack,
    /// Whoever is asked to write or read says that the next node leads, in a newer epoch.
    LeaderPingPong,

    // Coordinators.
    /// Whoever is asked for offsets is not the coordinator, and another node is named each time.
    BouncingCoordinators,
    /// The coordinator is a node that does not exist.
    UnknownCoordinators,

    // Writing.
    /// Producer ids and epochs are negative, or the largest there are.
    OddProducerIds,
    /// Offsets are lower than they were, or negative: in what is fetched, in what became of a write, in what is asked for.
    OffsetsGoBack,
    /// Offsets are at the end of what 63 bits can say.
    OffsetsAtTheEnd,

    // Reading.
    /// Fetch sessions have another id in every answer, a negative one at times.
    OddSessions,
    /// There is nothing to read although there is, and it is said at once.
    EmptyFetches,
    /// The high watermark goes down and below zero, the log begins after its end.
    HighWatermarksGoBack,
    /// The log departs from what was read, at offset 0, in every answer.
    EndlessDivergence,
    /// Another replica should be read from, which does not exist.
    UnknownReplicas,
    /// 100,000 transactions were aborted.
    ManyAborted,

    // Record batches.
    /// Batches count more, fewer or -1 records.
    RecordCounts,
    /// Offsets within batches are negative or too large.
    RecordOffsetDeltas,
    /// Records are longer or shorter than they are, or of a negative length.
    RecordLengths,
    /// Timestamps are the largest and the smallest there are.
    RecordTimestamps,
    /// Batches are compressed in a way that nobody knows.
    UnknownCodecs,
    /// Batches are compressed in another way than they say.
    WrongCodecs,
    /// 32 KiB that decompress to a gibibyte.
    CompressionBombs,
    /// Records of the application are in control batches.
    ControlBatches,
    /// Batches without records.
    EmptyBatches,
    /// Every batch several times.
    RepeatedBatches,
    /// Batches of formats that they are not, or that do not exist.
    WrongMagic,
    /// Batches are longer or shorter than they are, or of a negative length.
    BatchLengths,
    /// Only the first half of each batch, always.
    PartialBatches,
    /// Checksums are wrong.
    WrongChecksums,
}

impl Lie {
    /// Whether it is told in the record batches of what is fetched.
    pub(super) fn is_about_records(self) -> bool {
        matches!(self, Self::OffsetsGoBack | Self::OffsetsAtTheEnd) || self >= Self::RecordCounts
    }
}

/// What a cluster lies about, and to whom: [`Cluster::lie`](super::Cluster::lie).
///
/// ```
/// use kafka_proto::messages::ApiKey;
/// use kafka_test::cluster::{Lie, Lies};
///
/// let bombs = Lies::of(Lie::CompressionBombs);
/// let noise = Lies::random(42).about(ApiKey::Metadata).about(ApiKey::Fetch);
/// # let _ = (bombs, noise);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lies {
    what: What,
    apis: Vec<ApiKey>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    This(Lie),
    Anything(u64),
}

impl Lies {
    /// One kind of lie, in every answer that has a place for it.
    pub fn of(lie: Lie) -> Self {
        Self { what: What::This(lie), apis: Vec::new() }
    }

    /// Half of the answers are true. In the others a few fields, lengths, elements or bytes of records are changed, or
    /// one of [`Lie::ALL`] is told, as the seed will have it.
    pub fn random(seed: u64) -> Self {
        Self { what: What::Anything(seed), apis: Vec::new() }
    }

    /// Lies to requests of this API only, and of others for which this is called.
    #[must_use]
    pub fn about(mut self, api: ApiKey) -> Self {
        self.apis.push(api);
        self
    }
}

impl From<Lie> for Lies {
    fn from(lie: Lie) -> Self {
        Self::of(lie)
    }
}

/// An answer that is about to be given.
#[derive(Debug)]
pub(crate) struct Truth {
    pub(crate) api: ApiKey,
    pub(crate) version: i16,
    pub(crate) node: i32,
    pub(crate) correlation_id: i32,
    /// Whether its header has tagged fields.
    pub(crate) flexible: bool,
    pub(crate) body: Bytes,
}

/// Tells the lies of a cluster.
#[derive(Debug)]
pub(crate) struct Liar {
    lies: Lies,
    /// Where each node listens.
    nodes: BTreeMap<i32, (String, u16)>,
    random: Random,
    /// How many answers were lied about.
    told: u64,
}

impl Liar {
    pub(crate) fn new(lies: Lies, nodes: BTreeMap<i32, (String, u16)>) -> Self {
        let seed = match lies.what {
            What::This(lie) => lie as u64,
            What::Anything(seed) => seed,
        };
        Self { lies, nodes, random: Random::new(seed), told: 0 }
    }

    /// What is sent in place of an answer.
    pub(crate) fn tell(&mut self, truth: &Truth) -> Told {
        if !self.lies.apis.is_empty() && !self.lies.apis.contains(&truth.api) {
            return Told::truly(truth);
        }
        self.told += 1;
        match self.lies.what {
            What::This(lie) => self.tell_this(lie, truth),
            What::Anything(_) if self.random.one_in(2) => Told::truly(truth),
            What::Anything(_) if self.random.one_in(4) => {
                let lie = Lie::ALL[self.random.below(Lie::ALL.len())];
                self.tell_this(lie, truth)
            }
            What::Anything(_) => {
                let body = with_tree(truth, |tree| random::mutate(tree, &mut self.random));
                Told::frame(truth, body)
            }
        }
    }

    fn tell_this(&mut self, lie: Lie, truth: &Truth) -> Told {
        if let Some(told) = frames::lie(lie, truth, &mut self.random) {
            return told;
        }
        let body = shapes::lie(lie, truth, self.told)
            .or_else(|| answers::lie(lie, truth, self.told, &self.nodes))
            .unwrap_or_else(|| truth.body.clone());
        let body = if lie.is_about_records() && truth.api == ApiKey::Fetch {
            shapes::in_records(truth, &body, |records| records::lie(records, lie, self.told))
        } else {
            body
        };
        Told::frame(truth, body)
    }
}

/// The answer with its parts changed. One that its schema cannot read stays as it is.
fn with_tree(truth: &Truth, change: impl FnOnce(&mut Tree)) -> Bytes {
    change_body(truth, &truth.body, change)
}

fn change_body(truth: &Truth, body: &Bytes, change: impl FnOnce(&mut Tree)) -> Bytes {
    match Tree::read(truth.api.response_schema(), truth.version, body.clone()) {
        Ok(mut tree) => {
            change(&mut tree);
            tree.write()
        }
        Err(_) => body.clone(),
    }
}
