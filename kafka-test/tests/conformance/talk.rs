//! One side of the comparison: asks a broker and writes down what it says.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;
use std::{fmt, io};

use bytes::Bytes;
use kafka_proto::messages::*;
use kafka_proto::wire::{StrBytes, Uuid, Writer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time;

use crate::normal::{Names, Normal};

/// Far longer than any answer takes, so that one that never comes ends the test with its name.
const PATIENCE: Duration = Duration::from_secs(10);

const CLOSED: &str = "the connection is closed";

/// The versions of each API, by its key.
pub(crate) type Spoken = BTreeMap<i16, (i16, i16)>;

/// What a broker said to one request.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) api: &'static str,
    pub(crate) what: String,
    pub(crate) version: i16,
    /// The answer without what two brokers cannot have in common, one field on each line.
    pub(crate) answer: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Topic {
    pub(crate) name: StrBytes,
    pub(crate) id: Uuid,
}

/// A connection to a broker, with everything it has said so far.
pub(crate) struct Talk {
    address: String,
    stream: TcpStream,
    correlation_id: i32,
    /// What both sides speak.
    spoken: Spoken,
    names: Names,
    pub(crate) said: Vec<Said>,
}

impl Talk {
    pub(crate) async fn start(address: &str) -> Self {
        let stream = connect(address).await;
        Self {
            address: address.to_owned(),
            stream,
            correlation_id: 0,
            spoken: Spoken::new(),
            names: Names::default(),
            said: Vec::new(),
        }
    }

    /// What this broker says that it speaks.
    pub(crate) async fn hear_versions(&mut self) -> Spoken {
        let answer = self.quietly(0, &ApiVersionsRequest::default()).await;
        answer.api_keys.iter().map(|api| (api.api_key, (api.min_version, api.max_version))).collect()
    }

    pub(crate) fn agree_on(&mut self, spoken: Spoken) {
        self.names.apis = spoken.keys().copied().collect();
        self.spoken = spoken;
    }

    /// The versions of an API that both sides speak.
    pub(crate) fn versions<R: Request>(&self) -> RangeInclusive<i16> {
        let (oldest, newest) = self.spoken[&R::API_KEY.key()];
        // Brokers list these versions for an old client's sake and do not answer them.
        let oldest = if R::API_KEY == ApiKey::Produce { oldest.max(3) } else { oldest };
        let known = R::API_KEY.valid_versions();
        oldest.max(known.oldest())..=newest.min(known.newest())
    }

    /// A new topic whose leaders are at work.
    pub(crate) async fn topic(&mut self, name: &str, partitions: i32) -> Topic {
        self.topic_with(name, partitions, &[]).await
    }

    pub(crate) async fn topic_with(
        &mut self,
        name: &str,
        partitions: i32,
        settings: &[(&str, &str)],
    ) -> Topic {
        let setting = |&(name, value): &(&str, &str)| CreatableTopicConfig {
            name: name.into(),
            value: Some(value.into()),
            ..Default::default()
        };
        let topic = CreatableTopic {
            name: name.into(),
            num_partitions: partitions,
            replication_factor: 1,
            configs: settings.iter().map(setting).collect(),
            ..Default::default()
        };
        let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..Default::default() };
        let created = self.quietly(7, &request).await.topics.remove(0);
        assert_eq!(created.error_code, 0, "creating {name}: {:?}", created.error_message);
        self.names.learn(created.topic_id);
        self.wait_for_leaders(name, partitions).await;
        Topic { name: name.into(), id: created.topic_id }
    }

    /// A real broker names itself leader a moment before it is.
    async fn wait_for_leaders(&mut self, name: &str, partitions: i32) {
        let partition = |partition_index| ListOffsetsPartition {
            partition_index,
            timestamp: -1,
            current_leader_epoch: 0,
            ..Default::default()
        };
        let topic = ListOffsetsTopic {
            name: name.into(),
            partitions: (0..partitions).map(partition).collect(),
            ..Default::default()
        };
        let request = ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
        let deadline = time::Instant::now() + PATIENCE;
        loop {
            let answer = self.quietly(4, &request).await;
            if answer.topics[0].partitions.iter().all(|told| told.error_code == 0) {
                return;
            }
            assert!(time::Instant::now() < deadline, "no leaders for {name}");
        }
    }

    /// Asks something that prepares a case: nothing is written down.
    pub(crate) async fn quietly<R: Request>(&mut self, version: i16, request: &R) -> R::Response {
        self.tell(version, request).await;
        let frame = time::timeout(PATIENCE, self.receive()).await.expect("an answer in time");
        let frame = frame.expect("an answer");
        let (_, answer) = read_response(frame, version).expect("an answer that can be read");
        answer
    }

    /// Asks and writes the answer down; `None`: the broker hung up.
    pub(crate) async fn ask<R>(&mut self, what: &str, version: i16, request: &R) -> Option<R::Response>
    where
        R: Request,
        R::Response: Normal,
    {
        self.tell(version, request).await;
        self.hear::<R>(what, version, Some(self.correlation_id)).await
    }

    /// Sends a request and does not wait for an answer.
    pub(crate) async fn tell<R: Request>(&mut self, version: i16, request: &R) {
        let mut writer = Writer::new();
        write_request(&mut writer, version, self.correlation_id + 1, Some("raw"), request)
            .expect("a request that its version can carry");
        self.send(&writer.into_bytes()).await;
    }

    /// Sends bytes that are none of the messages, and writes down what the broker makes of them as an answer to `R`.
    pub(crate) async fn ask_bytes<R>(&mut self, what: &str, version: i16, bytes: &[u8])
    where
        R: Request,
        R::Response: Normal,
    {
        self.send(bytes).await;
        self.hear::<R>(what, version, None).await;
    }

    /// Sends bytes and writes down whether anything is answered.
    pub(crate) async fn survives<R: Request>(&mut self, what: &str, bytes: &[u8]) {
        self.send(bytes).await;
        let frame = time::timeout(PATIENCE, self.receive()).await;
        let answer = match frame.unwrap_or_else(|_| panic!("{what}: no answer")) {
            Ok(_) => "an answer",
            Err(_) => {
                self.stream = connect(&self.address).await;
                CLOSED
            }
        };
        let (api, what) = (R::API_KEY.name(), what.to_owned());
        self.said.push(Said { api, what, version: 0, answer: answer.to_owned() });
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.correlation_id += 1;
        // The broker may have hung up already: reading notices.
        _ = self.stream.write_all(bytes).await;
    }

    async fn hear<R>(&mut self, what: &str, version: i16, id: Option<i32>) -> Option<R::Response>
    where
        R: Request,
        R::Response: Normal,
    {
        let frame = time::timeout(PATIENCE, self.receive()).await;
        let frame = frame.unwrap_or_else(|_| panic!("{} {what} in version {version}: no answer", R::API_KEY));
        let mut said =
            Said { api: R::API_KEY.name(), what: what.to_owned(), version, answer: CLOSED.to_owned() };
        let Ok(frame) = frame else {
            self.stream = connect(&self.address).await;
            self.said.push(said);
            return None;
        };
        let (correlation_id, answer) = read_response::<R::Response>(frame, version)
            .unwrap_or_else(|error| panic!("{} {what} in version {version}: {error}", R::API_KEY));
        assert_eq!(correlation_id, id.unwrap_or(correlation_id), "the answer to another request");
        let mut normal = answer.clone();
        normal.normalise(&mut self.names);
        said.answer = in_lines(&normal);
        self.said.push(said);
        Some(answer)
    }

    async fn receive(&mut self) -> io::Result<Bytes> {
        let length = self.stream.read_i32().await?;
        let mut frame = vec![0; usize::try_from(length).expect("a length")];
        self.stream.read_exact(&mut frame).await?;
        Ok(Bytes::from(frame))
    }
}

/// One field on each line, without tagged fields that nobody knows: `normal` has none.
fn in_lines(normal: &impl fmt::Debug) -> String {
    let text = format!("{normal:#?}");
    let mut lines = text.lines();
    let mut kept = Vec::new();
    while let Some(line) = lines.next() {
        if line.contains("unknown_tagged_fields: UnknownTaggedFields(") {
            let closing = lines.by_ref().map(str::trim).find(|line| *line != "{},");
            assert_eq!(closing, Some("),"), "tagged fields that are not known");
        } else {
            kept.push(line);
        }
    }
    kept.join("\n")
}

async fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).await.expect("a broker that listens");
    stream.set_nodelay(true).expect("a socket");
    stream
}
