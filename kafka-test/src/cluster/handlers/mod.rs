//! One file per API: what a node answers, and why. [`find`] finds the handler of a request.

mod api_versions;
mod create_partitions;
mod create_topics;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_topic_partitions;
mod fetch;
mod find_coordinator;
mod incremental_alter_configs;
mod init_producer_id;
mod list_offsets;
mod list_partition_reassignments;
mod metadata;
mod offset_commit;
mod offset_fetch;
mod offset_for_leader_epoch;
mod produce;
mod settings;
mod throttle;

use std::time::Duration;

use bytes::Bytes;
use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    ApiKey, ApiVersionsRequest, CreatePartitionsRequest, CreateTopicsRequest, DeleteRecordsRequest,
    DeleteTopicsRequest, DescribeClusterRequest, DescribeConfigsRequest, DescribeTopicPartitionsRequest,
    FetchRequest, FindCoordinatorRequest, IncrementalAlterConfigsRequest, InitProducerIdRequest,
    ListOffsetsRequest, ListPartitionReassignmentsRequest, MetadataRequest, OffsetCommitRequest,
    OffsetFetchRequest, OffsetForLeaderEpochRequest, ProduceRequest, Request,
};
use kafka_proto::wire::{DecodeError, Message, Reader, StrBytes, Writer};

use self::throttle::Throttle;
use super::state::State;
use super::state::quotas::{Resource, Usage};
use super::state::waits::Key;

/// Where, when and in which version a request came.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) node: i32,
    pub(crate) version: i16,
    /// Milliseconds since 1970.
    pub(crate) now: i64,
    /// What the client calls itself.
    pub(crate) client: StrBytes,
}

impl Call {
    /// What its client uses by it.
    fn uses(&self, resource: Resource, amount: usize) -> Usage<'_> {
        Usage { node: self.node, client: &self.client, resource, amount }
    }
}

/// What becomes of a request.
pub(crate) enum Outcome<R> {
    Answer(R),
    /// It has no answer (acks none).
    Silent,
    /// The node closes the connection.
    Close,
    Wait(Wait<R>),
}

/// A request that waits. It is looked at again whenever one of `keys` is woken, and at `until` at the latest.
pub(crate) struct Wait<R> {
    pub(crate) keys: Vec<Key>,
    pub(crate) until: i64,
    pub(crate) again: Again<R>,
}

/// Takes the state and the time. `None`: go on waiting; past the end of the wait it has to answer.
pub(crate) type Again<R> = Box<dyn FnMut(&mut State, i64) -> Option<R> + Send>;

impl<R: 'static> Outcome<R> {
    fn map<T>(self, mut with: impl FnMut(R) -> T + Send + 'static) -> Outcome<T> {
        match self {
            Self::Answer(response) => Outcome::Answer(with(response)),
            Self::Silent => Outcome::Silent,
            Self::Close => Outcome::Close,
            Self::Wait(Wait { keys, until, mut again }) => Outcome::Wait(Wait {
                keys,
                until,
                again: Box::new(move |state, now| again(state, now).map(&mut with)),
            }),
        }
    }
}

/// A request that a node answers.
trait Handle: Request {
    /// Steps the cluster by this request.
    fn handle(self, state: &mut State, call: &Call) -> Outcome<Self::Response>;

    /// The answer that says `code` wherever the answer to this request can say one.
    fn refuse(self, version: i16, code: ErrorCode) -> Self::Response;
}

/// A handler with its request and response hidden: bytes in, bytes out.
pub(crate) struct Api {
    pub(crate) key: ApiKey,
    /// Steps the cluster by the request of this body.
    pub(crate) run: fn(Bytes, &mut State, &Call) -> Result<Outcome<Body>, DecodeError>,
    /// The answer to the request of this body that says this code everywhere.
    pub(crate) refuse: fn(Bytes, i16, ErrorCode) -> Result<Body, DecodeError>,
}

impl Api {
    const fn of<R>() -> Self
    where
        R: Handle,
        R::Response: Throttle + 'static,
    {
        Self { key: R::API_KEY, run: run::<R>, refuse: refuse::<R> }
    }
}

fn run<R: Handle>(body: Bytes, state: &mut State, call: &Call) -> Result<Outcome<Body>, DecodeError>
where
    R::Response: Throttle + 'static,
{
    let version = call.version;
    let request = decode::<R>(body, version)?;
    let wait = state.quotas.charge(call.uses(Resource::Requests, 1), call.now);
    Ok(request.handle(state, call).map(move |mut response| {
        let throttle = response.throttle_time_ms();
        *throttle = wait.max(*throttle);
        let silence = Duration::from_millis(u64::try_from(*throttle).unwrap_or(0));
        Body { silence, ..Body::of(&response, version) }
    }))
}

fn refuse<R: Handle>(body: Bytes, version: i16, code: ErrorCode) -> Result<Body, DecodeError> {
    Ok(Body::of(&decode::<R>(body, version)?.refuse(version, code), version))
}

/// Bytes after the end are no error, as librdkafka's requests for all topics have some.
fn decode<R: Request>(body: Bytes, version: i16) -> Result<R, DecodeError> {
    R::decode(&mut Reader::new(body), version)
}

/// The bytes of an answer, after its header. Record batches are not copied into it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    chunks: Vec<Bytes>,
    /// For how long the client has to be silent afterwards.
    pub(crate) silence: Duration,
}

impl Body {
    /// The bytes of a message. One that its version cannot carry gives none, which no client takes for an answer.
    pub(crate) fn of<M: Message>(message: &M, version: i16) -> Self {
        let mut writer = Writer::gathering(Vec::new());
        match message.encode(&mut writer, version) {
            Ok(()) => Self { chunks: writer.into_chunks().collect(), silence: Duration::ZERO },
            Err(error) => {
                tracing::error!(%error, version, "an answer does not fit its version");
                Self::default()
            }
        }
    }

    pub(crate) fn chunks(&self) -> &[Bytes] {
        &self.chunks
    }

    pub(crate) fn len(&self) -> usize {
        self.chunks.iter().map(Bytes::len).sum()
    }

    pub(crate) fn into_bytes(mut self) -> Bytes {
        if self.chunks.len() == 1 { self.chunks.remove(0) } else { Bytes::from(self.chunks.concat()) }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self { chunks: vec![bytes], silence: Duration::ZERO }
    }
}

/// Everything that the nodes answer. An API joins the list with a file of its own: membership of groups, transactions, SASL
/// and ACLs, each with its part of the state in `state/`. A check that all requests have to pass (who is allowed to) has
/// its place in [`run`], as quotas have.
pub(crate) static APIS: &[Api] = &[
    Api::of::<ProduceRequest>(),
    Api::of::<FetchRequest>(),
    Api::of::<ListOffsetsRequest>(),
    Api::of::<MetadataRequest>(),
    Api::of::<OffsetCommitRequest>(),
    Api::of::<OffsetFetchRequest>(),
    Api::of::<FindCoordinatorRequest>(),
    Api::of::<ApiVersionsRequest>(),
    Api::of::<CreateTopicsRequest>(),
    Api::of::<DeleteTopicsRequest>(),
    Api::of::<DeleteRecordsRequest>(),
    Api::of::<InitProducerIdRequest>(),
    Api::of::<OffsetForLeaderEpochRequest>(),
    Api::of::<DescribeConfigsRequest>(),
    Api::of::<CreatePartitionsRequest>(),
    Api::of::<IncrementalAlterConfigsRequest>(),
    Api::of::<ListPartitionReassignmentsRequest>(),
    Api::of::<DescribeClusterRequest>(),
    Api::of::<DescribeTopicPartitionsRequest>(),
];

/// The handler of an API, if the nodes have it.
pub(crate) fn find(key: ApiKey) -> Option<&'static Api> {
    APIS.iter().find(|api| api.key == key)
}

/// What a node says to a version of `ApiVersions` that it does not have.
pub(crate) fn unsupported_version(state: &State) -> Body {
    Body::of(&api_versions::unsupported(state), 0)
}

/// Brokers that do not forward admin requests take them only where the controller is.
fn check_controller(state: &State, call: &Call) -> Result<(), ErrorCode> {
    if state.conf.release().admin_at_controller() && state.controller() != call.node {
        return Err(ErrorCode::NOT_CONTROLLER);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
