//! Ways out of an assigned consumer and of one of its partitions.

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use kafka_client::{
    AssignedConsumer, AssignedConsumerConf, Consumer, ErrorKind, Message, MessageBatch, PartitionStream,
    Result,
};

use crate::{Setup, TOPIC, numbers, plain, text, within};

fn of(setup: &Setup, partitions: std::ops::Range<i32>) -> AssignedConsumer {
    let consumer = setup.broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
    for partition in partitions {
        consumer.add((TOPIC, partition)).unwrap();
    }
    consumer
}

async fn next(stream: &mut (impl Stream<Item = Result<Message>> + Unpin)) -> (i32, String) {
    let message = within(stream.next()).await.unwrap().unwrap();
    (message.partition, text(&message))
}

fn values(batch: &MessageBatch) -> Vec<String> {
    batch.messages().map(|message| text(&message)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_has_become_a_stream_is_changed_by_a_handle_and_ends_with_the_broker() {
    let setup = Setup::new().await;
    let consumer = of(&setup, 0..1);
    let assignment = consumer.assignment();
    let mut stream = consumer.into_stream();
    setup.write(0, numbers(0..2));
    assert_eq!(next(&mut stream).await, (0, "0".into()));
    assert_eq!(next(&mut stream).await, (0, "1".into()));

    setup.write(1, numbers(0..1));
    let (message, added) = tokio::join!(next(&mut stream), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assignment.add((TOPIC, 1))
    });
    added.unwrap();
    assert_eq!(message, (1, "0".into()));
    assert_eq!((assignment.remove((TOPIC, 0)), assignment.position((TOPIC, 1))), (Some(2), Some(1)));
    setup.write(0, numbers(2..3));
    assert!(tokio::time::timeout(Duration::from_secs(5), stream.next()).await.is_err());

    setup.broker.close().await;
    let closed = within(stream.next()).await.unwrap().unwrap_err();
    assert_eq!((closed.kind(), closed.is_terminal()), (ErrorKind::Closed, true));
    assert!(within(stream.next()).await.is_none(), "the terminal error was the last item");
    drop(stream);
    assert_eq!(assignment.partitions().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_has_become_a_stream_ends_silently_without_data() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..3));
    let mut conf = AssignedConsumerConf::new();
    conf.retry_limit = Some(3);
    let consumer = setup.broker.assigned_consumer(conf).unwrap();
    consumer.add((TOPIC, 0)).unwrap();
    let all = within(consumer.into_stream().collect::<Vec<_>>()).await;
    assert_eq!(all.into_iter().map(|message| text(&message.unwrap())).collect::<Vec<_>>(), numbers(0..3));
}

#[tokio::test(start_paused = true)]
async fn a_partitions_stream_hands_out_batches_too_and_they_share_its_position() {
    let setup = Setup::new().await;
    setup.append(plain(&["0", "1", "2", "3"]), 0);
    let mut consumer = of(&setup, 0..2);
    let mut stream: PartitionStream = consumer.partition_stream((TOPIC, 0)).unwrap();
    assert_eq!(next(&mut stream).await, (0, "0".into()));
    let batch = within(stream.consume_batch()).await.unwrap();
    assert_eq!(((batch.topic(), batch.partition()), values(&batch)), ((TOPIC, 0), numbers(1..4)));
    assert_eq!((stream.position(), consumer.position((TOPIC, 0))), (Some(4), Some(4)));

    // It waits for what is written later; dropped meanwhile, it has taken nothing.
    assert!(tokio::time::timeout(Duration::from_secs(5), stream.consume_batch()).await.is_err());
    setup.append(plain(&["4", "5"]), 0);
    assert_eq!(values(&within(stream.consume_batch()).await.unwrap()), ["4", "5"]);
    setup.append(plain(&["6"]), 0);
    assert_eq!(next(&mut stream).await, (0, "6".into()));
    consumer.remove((TOPIC, 0));
    assert_eq!(within(stream.consume_batch()).await.unwrap_err().kind(), ErrorKind::Closed);
}

#[tokio::test(start_paused = true)]
async fn what_has_arrived_of_a_partitions_stream_is_there_without_waiting() {
    let setup = Setup::new().await;
    let mut consumer = of(&setup, 0..2);
    let mut stream = consumer.partition_stream((TOPIC, 0)).unwrap();
    assert!(stream.try_consume().unwrap().is_none());
    setup.write(0, numbers(0..3));
    setup.write(1, numbers(0..1));
    tokio::time::sleep(Duration::from_secs(1)).await;
    for n in numbers(0..2) {
        assert_eq!(text(&stream.try_consume().unwrap().unwrap()), n);
    }
    consumer.pause((TOPIC, 0)).unwrap();
    assert!(stream.try_consume().unwrap().is_none(), "paused");
    consumer.resume((TOPIC, 0)).unwrap();
    assert_eq!(text(&Consumer::try_consume(&mut stream).unwrap().unwrap()), "2");
    assert!(stream.try_consume().unwrap().is_none(), "the other partition's is not its own");
    consumer.remove((TOPIC, 0));
    assert_eq!(stream.try_consume().unwrap_err().kind(), ErrorKind::Closed);
}
