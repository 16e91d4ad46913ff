//! The smallest client there is: it asks one thing at a time and believes nothing.

use std::io;

use bytes::Bytes;
use kafka_client::Transport;
use kafka_proto::messages::{self, PartitionProduceData, ProduceRequest, Request, TopicProduceData};
use kafka_proto::messages::{PartitionProduceResponse, ProduceResponse};
use kafka_proto::wire::Writer;
use kafka_test::cluster::Cluster;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
#[cfg(all(feature = "apache", unix))]
use tokio::net::TcpStream;

pub(crate) use crate::batches::{batch, idempotent, sealed};

pub(crate) struct Client {
    stream: Box<dyn Transport>,
    correlation_id: i32,
}

impl Client {
    /// A connection to a node, on whichever network the cluster is.
    pub(crate) async fn connect(cluster: &Cluster, node: i32) -> Self {
        let stream = cluster.connect(node).await.unwrap();
        Self { stream, correlation_id: 0 }
    }

    /// A connection to a broker on TCP.
    #[cfg(all(feature = "apache", unix))]
    pub(crate) async fn connect_to(address: &str) -> Self {
        Self::on(TcpStream::connect(address).await.unwrap())
    }

    /// A client on a stream of its own making.
    pub(crate) fn on(stream: impl Transport + 'static) -> Self {
        Self { stream: Box::new(stream), correlation_id: 0 }
    }

    /// Asks and waits for the answer.
    pub(crate) async fn ask<R: Request>(&mut self, request: &R, version: i16) -> R::Response {
        self.try_ask(request, version).await.unwrap()
    }

    pub(crate) async fn try_ask<R: Request>(&mut self, request: &R, version: i16) -> io::Result<R::Response> {
        self.tell(request, version).await?;
        let (correlation_id, response) = self.hear::<R::Response>(version).await?;
        assert_eq!(correlation_id, self.correlation_id, "the answer to another request");
        Ok(response)
    }

    /// Asks without waiting.
    pub(crate) async fn tell<R: Request>(&mut self, request: &R, version: i16) -> io::Result<()> {
        self.correlation_id += 1;
        let mut writer = Writer::new();
        messages::write_request(&mut writer, version, self.correlation_id, Some("raw"), request).unwrap();
        self.send(&writer.into_bytes()).await
    }

    pub(crate) async fn hear<R: messages::Response>(&mut self, version: i16) -> io::Result<(i32, R)> {
        let frame = self.receive().await?;
        Ok(messages::read_response::<R>(frame, version).expect("an answer that can be read"))
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// The next frame without its length.
    pub(crate) async fn receive(&mut self) -> io::Result<Bytes> {
        let length = self.stream.read_i32().await?;
        let mut frame = vec![0; usize::try_from(length).unwrap()];
        self.stream.read_exact(&mut frame).await?;
        Ok(Bytes::from(frame))
    }

    /// Whether the node has hung up.
    pub(crate) async fn is_closed(&mut self) -> bool {
        matches!(self.stream.read(&mut [0]).await, Ok(0) | Err(_))
    }

    /// Produces one batch with acks all and gives what the answer says about it.
    pub(crate) async fn produce(
        &mut self,
        topic: &str,
        partition: i32,
        batch: Bytes,
    ) -> PartitionProduceResponse {
        partition_of(self.ask(&produce(topic, partition, -1, batch), 9).await)
    }
}

pub(crate) fn partition_of(mut response: ProduceResponse) -> PartitionProduceResponse {
    response.responses.remove(0).partition_responses.remove(0)
}

pub(crate) fn produce(topic: &str, partition: i32, acks: i16, batch: Bytes) -> ProduceRequest {
    let data = PartitionProduceData { index: partition, records: Some(batch), ..Default::default() };
    let topic = TopicProduceData { name: topic.into(), partition_data: vec![data], ..Default::default() };
    ProduceRequest { acks, timeout_ms: 1000, topic_data: vec![topic], ..Default::default() }
}
