//! Faults on demand: what a test does with single requests.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kafka_proto::ErrorCode;
use kafka_proto::messages::{ApiKey, FetchResponse, Request};
use kafka_proto::wire::{Message, Reader, StrBytes};

use super::handlers::Body;

/// A request that a node has read and not yet handled.
#[derive(Clone, Debug)]
pub struct Intercepted {
    pub(crate) node: i32,
    pub(crate) connection: u64,
    pub(crate) api: ApiKey,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
    pub(crate) client_id: Option<StrBytes>,
    pub(crate) body: Bytes,
}

impl Intercepted {
    /// The node that read it.
    pub fn node(&self) -> i32 {
        self.node
    }

    /// The connection that it came on; each connection of the cluster has a number of its own.
    pub fn connection(&self) -> u64 {
        self.connection
    }

    /// Which API it asks.
    pub fn api(&self) -> ApiKey {
        self.api
    }

    /// In which version.
    pub fn version(&self) -> i16 {
        self.version
    }

    /// The number that its answer is to carry.
    pub fn correlation_id(&self) -> i32 {
        self.correlation_id
    }

    /// What the client calls itself.
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// The request itself; `None` if it is one of another API.
    pub fn decode<R: Request>(&self) -> Option<R> {
        if R::API_KEY != self.api {
            return None;
        }
        R::decode(&mut Reader::new(self.body.clone()), self.version).ok()
    }
}

/// What a node does with a request instead of answering it as usual.
///
/// ```
/// # use kafka_test::cluster::{Action, Cluster, Network};
/// use kafka_proto::ErrorCode;
/// use kafka_proto::messages::{ApiKey, MetadataResponse};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// # let cluster = Cluster::builder().nodes(2).network(Network::Memory).start().await?;
/// // Node 2 hangs up on every fetch.
/// cluster.control(|request| (request.node() == 2 && request.api() == ApiKey::Fetch).then(Action::close));
/// // The first two produce requests fail.
/// cluster.fail(ApiKey::Produce, ErrorCode::NOT_ENOUGH_REPLICAS, 2);
/// // Metadata never names a controller.
/// cluster.control(|request| {
///     (request.api() == ApiKey::Metadata)
///         .then(|| Action::edit(|answer: &mut MetadataResponse| answer.controller_id = -1))
/// });
/// # Ok(())
/// # }
/// ```
pub struct Action(pub(crate) Kind);

type Encode = Box<dyn FnOnce(i16) -> Body + Send>;
type Edit = Box<dyn FnOnce(Body, i16) -> Body + Send>;

pub(crate) enum Kind {
    Error(ErrorCode),
    Answer(Encode),
    Edit(Edit),
    Close,
    CloseAfter,
    Cut,
    Stall,
    Delay(Duration),
    WrongCorrelationId,
}

impl Action {
    /// Answers with this code wherever the answer can say one; nothing is handled.
    pub fn error(code: ErrorCode) -> Self {
        Self(Kind::Error(code))
    }

    /// Answers with this, in the version of the request; nothing is handled.
    pub fn answer(response: impl Message + Send + 'static) -> Self {
        Self(Kind::Answer(Box::new(move |version| Body::of(&response, version))))
    }

    /// Answers with these bytes after the response header; nothing is handled.
    pub fn raw(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self(Kind::Answer(Box::new(move |_| Body::from(body))))
    }

    /// Handles the request and changes the answer. An answer that is not an `R` stays as it is.
    pub fn edit<R: Message>(with: impl FnOnce(&mut R) + Send + 'static) -> Self {
        Self(Kind::Edit(Box::new(move |body, version| {
            match R::decode(&mut Reader::new(body.clone().into_bytes()), version) {
                Ok(mut response) => {
                    with(&mut response);
                    Body::of(&response, version)
                }
                Err(_) => body,
            }
        })))
    }

    /// Handles a fetch and flips a bit of the first record batch in the answer, as a network or a disk may; its CRC says
    /// so. An answer without records stays as it is. For requests of `Fetch` only.
    pub fn corrupt() -> Self {
        Self::edit(|answer: &mut FetchResponse| {
            let partitions = answer.responses.iter_mut().flat_map(|topic| &mut topic.partitions);
            let mut records = partitions.filter_map(|partition| partition.records.as_mut());
            if let Some(records) = records.find(|records| !records.is_empty()) {
                let mut bytes = records.to_vec();
                // A batch's length is at 8, and what its CRC covers begins at 21.
                let length = bytes.get(8..12).and_then(|length| length.first_chunk());
                let length = length.map_or(0, |length| u32::from_be_bytes(*length) as usize);
                let last = (length + 11).min(bytes.len() - 1);
                bytes[last] ^= 1;
                *records = Bytes::from(bytes);
            }
        })
    }

    /// Closes the connection; nothing is handled.
    pub fn close() -> Self {
        Self(Kind::Close)
    }

    /// Handles the request, then closes the connection instead of answering.
    pub fn close_after() -> Self {
        Self(Kind::CloseAfter)
    }

    /// Handles the request, then sends half of the answer and closes the connection.
    pub fn cut() -> Self {
        Self(Kind::Cut)
    }

    /// Never answers: neither this request, which is not handled, nor what comes after it on the connection, which
    /// stays open.
    pub fn stall() -> Self {
        Self(Kind::Stall)
    }

    /// Waits before it handles the request, and with it all that come after it on the connection.
    pub fn delay(how_long: Duration) -> Self {
        Self(Kind::Delay(how_long))
    }

    /// Handles the request and answers it under another request's number.
    pub fn wrong_correlation_id() -> Self {
        Self(Kind::WrongCorrelationId)
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.0 {
            Kind::Error(code) => return f.debug_tuple("error").field(code).finish(),
            Kind::Delay(how_long) => return f.debug_tuple("delay").field(how_long).finish(),
            Kind::Answer(_) => "answer",
            Kind::Edit(_) => "edit",
            Kind::Close => "close",
            Kind::CloseAfter => "close_after",
            Kind::Cut => "cut",
            Kind::Stall => "stall",
            Kind::WrongCorrelationId => "wrong_correlation_id",
        };
        f.write_str(name)
    }
}

type Rule = Arc<dyn Fn(&Intercepted) -> Option<Action> + Send + Sync>;

/// Names a rule, to take it away again with [`Cluster::release`](super::Cluster::release).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlId(u64);

/// The rules that are in force.
#[derive(Default)]
pub(crate) struct Controls {
    next: u64,
    rules: Vec<(ControlId, Rule)>,
}

impl Controls {
    pub(crate) fn add(&mut self, rule: Rule) -> ControlId {
        let id = ControlId(self.next);
        self.next += 1;
        self.rules.push((id, rule));
        id
    }

    pub(crate) fn remove(&mut self, id: ControlId) {
        self.rules.retain(|(known, _)| *known != id);
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// The rules, newest first. They are called without a lock held, so that they may use the cluster.
    pub(crate) fn newest_first(&self) -> Vec<Rule> {
        self.rules.iter().rev().map(|(_, rule)| Arc::clone(rule)).collect()
    }
}

impl fmt::Debug for Controls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controls").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}
