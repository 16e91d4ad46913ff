//! Whatever a client sends, a node answers or hangs up, and goes on serving the others.

use bytes::Bytes;
use kafka_proto::messages::{ApiKey, MetadataRequest};
use kafka_test::cluster::{Cluster, Network};
use proptest::prelude::*;

use crate::client::{Client, batch, produce};

fn frame(body: &[u8]) -> Vec<u8> {
    let length = i32::try_from(body.len()).unwrap();
    [&length.to_be_bytes()[..], body].concat()
}

#[tokio::test(start_paused = true)]
async fn lengths_that_cannot_be_close_the_connection() {
    let mut conf = Cluster::builder().network(Network::Memory);
    conf.max_request_bytes = 1_000;
    let cluster = conf.start().await.unwrap();
    for length in [-1, i32::MIN, i32::MAX, 1_001] {
        let mut client = Client::connect(&cluster, 1).await;
        client.send(&length.to_be_bytes()).await.unwrap();
        assert!(client.is_closed().await, "length {length}");
    }
    let mut client = Client::connect(&cluster, 1).await;
    client.ask(&MetadataRequest::default(), 9).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_no_request_closes_the_connection() {
    let cluster = Cluster::builder().network(Network::Memory).start().await.unwrap();
    let unknown_api = [&[0x7f, 0xff][..], &[0; 8]].concat();
    let between_brokers = [&[0, 4][..], &[0; 8]].concat();
    let negative_version = [&[0, 3, 0xff, 0xff][..], &[0; 8]].concat();
    for bytes in
        [&b""[..], b"G", b"GET / HTTP/1.1\r\n\r\n", &unknown_api, &between_brokers, &negative_version]
    {
        let mut client = Client::connect(&cluster, 1).await;
        client.send(&frame(bytes)).await.unwrap();
        assert!(client.is_closed().await, "{bytes:?}");
    }
    // A hang-up in the middle of a frame is no trouble either.
    let mut client = Client::connect(&cluster, 1).await;
    client.send(&[0, 0, 0, 50, 1, 2, 3]).await.unwrap();
    drop(client);
    let mut client = Client::connect(&cluster, 1).await;
    client.ask(&MetadataRequest::default(), 9).await;
}

fn run(test: impl AsyncFnOnce()) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(test());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_body_of_any_api_is_answered_or_refused(
        api in 0..ApiKey::ALL.len(),
        version in 0i16..20,
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        run(async || {
            let cluster = Cluster::builder().network(Network::Memory).topic("fruits", 2).start().await.unwrap();
            let mut client = Client::connect(&cluster, 1).await;
            let mut request = (ApiKey::ALL[api] as i16).to_be_bytes().to_vec();
            request.extend_from_slice(&version.to_be_bytes());
            request.extend_from_slice(&[0, 0, 0, 1, 0xff, 0xff]);
            request.extend_from_slice(&body);
            client.send(&frame(&request)).await.unwrap();
            // The node is there for others whatever became of this one.
            let mut other = Client::connect(&cluster, 1).await;
            other.ask(&MetadataRequest::default(), 9).await;
        });
    }

    #[test]
    fn any_change_to_a_batch_is_taken_or_refused(at in 0usize..75, to: u8, cut in 0usize..75) {
        run(async || {
            let cluster = Cluster::builder().network(Network::Memory).topic("fruits", 2).start().await.unwrap();
            let mut client = Client::connect(&cluster, 1).await;
            let mut bytes = batch(&["apple"]).to_vec();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = to;
            }
            client.produce("fruits", 0, Bytes::from(bytes.clone())).await;
            client.produce("fruits", 0, Bytes::from(bytes.clone()).slice(..cut.min(bytes.len()))).await;
            cluster.append_raw("fruits", 1, bytes);
            // Whatever is stored can be looked at and asked for.
            cluster.records("fruits", 1);
            client.ask(&produce("fruits", 1, 1, batch(&["pear"])), 9).await;
        });
    }
}
