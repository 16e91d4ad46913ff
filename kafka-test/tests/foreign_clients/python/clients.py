"""Python's clients at a cluster: each writes records, reads them back, and asks what it can without a group.

    clients.py BOOTSTRAP CLIENT TOPIC

CLIENT is librdkafka (through confluent-kafka), kafka-python or aiokafka. The topic has three partitions.
"""

import asyncio
import sys

PARTITIONS = 3
RECORDS = 300
PATIENCE = 30


def value(codec, number):
    return f"{codec} value {number}".encode()


def check(seen, codecs):
    expected = sorted(value(codec, number) for codec in codecs for number in range(RECORDS))
    assert sorted(seen) == expected, f"{len(seen)} values instead of {len(expected)}"


def librdkafka(bootstrap, topic):
    from confluent_kafka import Consumer, OFFSET_BEGINNING, Producer, TopicPartition

    codecs = ["none", "gzip", "snappy", "lz4", "zstd"]
    for codec in codecs:
        failed = []
        producer = Producer(
            {"bootstrap.servers": bootstrap, "enable.idempotence": True, "compression.type": codec, "linger.ms": 5}
        )
        for number in range(RECORDS):
            producer.produce(
                topic,
                value(codec, number),
                key=str(number).encode(),
                headers={"codec": codec.encode()},
                on_delivery=lambda error, message: failed.append(error) if error else None,
            )
        assert producer.flush(PATIENCE) == 0 and not failed, failed
    # The group's name is only asked for: with assign nothing is done with it.
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "none", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in range(PARTITIONS)])
    seen = []
    while len(seen) < RECORDS * len(codecs):
        messages = consumer.consume(500, PATIENCE)
        assert messages, f"only {len(seen)} messages"
        for message in messages:
            assert not message.error(), message.error()
            assert message.headers() == [("codec", message.value().split()[0])]
            seen.append(message.value())
    check(seen, codecs)
    written = 0
    for partition in range(PARTITIONS):
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), PATIENCE)
        assert low == 0
        written += high
    assert written == len(seen)
    (begin,) = consumer.offsets_for_times([TopicPartition(topic, 0, 0)], PATIENCE)
    assert begin.offset == 0
    consumer.close()
    administer(bootstrap, topic)


def administer(bootstrap, topic):
    from confluent_kafka import TopicCollection, TopicPartition
    from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic, OffsetSpec

    admin = AdminClient({"bootstrap.servers": bootstrap})
    metadata = admin.list_topics(timeout=PATIENCE)
    assert len(metadata.topics[topic].partitions) == PARTITIONS
    made = topic + "-made"
    admin.create_topics([NewTopic(made, 2, 1)])[made].result(PATIENCE)
    admin.create_partitions([NewPartitions(made, 4)])[made].result(PATIENCE)
    resource = ConfigResource(ConfigResource.Type.TOPIC, made)
    settings = admin.describe_configs([resource])[resource].result(PATIENCE)
    assert settings["cleanup.policy"].value == "delete"
    described = admin.describe_topics(TopicCollection([made]))[made].result(PATIENCE)
    assert len(described.partitions) == 4
    admin.delete_topics([made])[made].result(PATIENCE)
    nodes = admin.describe_cluster().result(PATIENCE).nodes
    assert len(nodes) == len(bootstrap.split(",")), nodes
    partition = TopicPartition(topic, 0)
    for spec in [OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.max_timestamp()]:
        admin.list_offsets({partition: spec})[partition].result(PATIENCE)
    partition = TopicPartition(topic, 0, 5)
    assert admin.delete_records([partition])[partition].result(PATIENCE).low_watermark == 5


def kafka_python(bootstrap, topic):
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition

    codecs = [None, "gzip"]
    for codec in codecs:
        producer = KafkaProducer(bootstrap_servers=bootstrap.split(","), acks="all", compression_type=codec)
        sent = [producer.send(topic, value(codec, number)) for number in range(RECORDS)]
        for future in sent:
            future.get(PATIENCE)
        producer.close()
    consumer = KafkaConsumer(bootstrap_servers=bootstrap.split(","), consumer_timeout_ms=PATIENCE * 1000)
    partitions = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    assert sum(ends.values()) == RECORDS * len(codecs), ends
    check([next(consumer).value for _ in range(RECORDS * len(codecs))], codecs)
    consumer.close()


def aiokafka(bootstrap, topic):
    asyncio.run(asyncio.wait_for(with_aiokafka(bootstrap, topic), 2 * PATIENCE))


async def with_aiokafka(bootstrap, topic):
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

    codecs = [None, "gzip"]
    for codec in codecs:
        async with AIOKafkaProducer(
            bootstrap_servers=bootstrap, enable_idempotence=True, compression_type=codec
        ) as producer:
            sent = [await producer.send(topic, value(codec, number)) for number in range(RECORDS)]
            await asyncio.gather(*sent)
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        partitions = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        check([(await consumer.getone()).value for _ in range(RECORDS * len(codecs))], codecs)


if __name__ == "__main__":
    bootstrap, client, topic = sys.argv[1:]
    {"librdkafka": librdkafka, "kafka-python": kafka_python, "aiokafka": aiokafka}[client](bootstrap, topic)
    print("done")
