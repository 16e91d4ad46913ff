// Go's clients at a cluster: each writes records in every codec, reads them back, and asks what it can without a group.
//
//	go run . BOOTSTRAP CLIENT TOPIC
//
// CLIENT is franz-go, sarama or kafka-go. The topic has three partitions.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/IBM/sarama"
	segmentio "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	partitions = 3
	records    = 300
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	seeds, client, topic := strings.Split(os.Args[1], ","), os.Args[2], os.Args[3]
	clients := map[string]func(context.Context, []string, string) error{
		"franz-go": franz, "sarama": withSarama, "kafka-go": withKafkaGo,
	}
	if err := clients[client](ctx, seeds, topic); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", client, err)
		os.Exit(1)
	}
	fmt.Println("done")
}

// check counts values by codec: each has to be there once.
func check(seen map[string]int, codecs []string) error {
	for _, codec := range codecs {
		for n := range records {
			if got := seen[value(codec, n)]; got != 1 {
				return fmt.Errorf("%s is there %d times", value(codec, n), got)
			}
		}
	}
	return nil
}

func value(codec string, n int) string { return fmt.Sprintf("%s value %d", codec, n) }

func franz(ctx context.Context, seeds []string, topic string) error {
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	var names []string
	for name, codec := range codecs {
		names = append(names, name)
		producer, err := kgo.NewClient(kgo.SeedBrokers(seeds...), kgo.ProducerBatchCompression(codec))
		if err != nil {
			return err
		}
		for n := range records {
			producer.Produce(ctx, &kgo.Record{Topic: topic, Key: []byte(fmt.Sprint(n)), Value: []byte(value(name, n))}, nil)
		}
		if err := producer.Flush(ctx); err != nil {
			return err
		}
		producer.Close()
	}
	from := map[int32]kgo.Offset{}
	for partition := range int32(partitions) {
		from[partition] = kgo.NewOffset().AtStart()
	}
	consumer, err := kgo.NewClient(kgo.SeedBrokers(seeds...), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}))
	if err != nil {
		return err
	}
	defer consumer.Close()
	seen := map[string]int{}
	for read := 0; read < records*len(codecs); {
		fetches := consumer.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		fetches.EachRecord(func(record *kgo.Record) {
			seen[string(record.Value)]++
			read++
		})
	}
	if err := check(seen, names); err != nil {
		return err
	}
	return administer(ctx, kadm.NewClient(consumer), topic, int64(records*len(codecs)))
}

// administer asks and changes what needs no group.
func administer(ctx context.Context, admin *kadm.Client, topic string, written int64) error {
	ends, err := admin.ListEndOffsets(ctx, topic)
	if err != nil {
		return err
	}
	var total int64
	ends.Each(func(end kadm.ListedOffset) { total += end.Offset })
	if total != written {
		return fmt.Errorf("%d records at the ends, %d written", total, written)
	}
	metadata, err := admin.Metadata(ctx, topic)
	if err != nil {
		return err
	}
	if len(metadata.Topics[topic].Partitions) != partitions {
		return fmt.Errorf("%d partitions", len(metadata.Topics[topic].Partitions))
	}
	made := topic + "-made"
	if _, err := admin.CreateTopic(ctx, 2, 1, nil, made); err != nil {
		return err
	}
	if grown, err := admin.UpdatePartitions(ctx, 4, made); err != nil || grown[made].Err != nil {
		return fmt.Errorf("growing: %v %v", err, grown[made].Err)
	}
	configs, err := admin.DescribeTopicConfigs(ctx, made)
	if err != nil || len(configs) != 1 || len(configs[0].Configs) == 0 {
		return fmt.Errorf("settings: %v %v", err, configs)
	}
	if deleted, err := admin.DeleteTopics(ctx, made); err != nil || deleted[made].Err != nil {
		return fmt.Errorf("deleting: %v %v", err, deleted[made].Err)
	}
	return nil
}

func withSarama(_ context.Context, seeds []string, topic string) error {
	codecs := map[string]sarama.CompressionCodec{
		"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
		"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
	}
	conf := sarama.NewConfig()
	conf.Version = sarama.V2_8_0_0
	conf.Producer.Return.Successes = true
	conf.Producer.RequiredAcks = sarama.WaitForAll
	conf.Producer.Idempotent = true
	conf.Net.MaxOpenRequests = 1
	var names []string
	for name, codec := range codecs {
		names = append(names, name)
		conf.Producer.Compression = codec
		producer, err := sarama.NewSyncProducer(seeds, conf)
		if err != nil {
			return err
		}
		var messages []*sarama.ProducerMessage
		for n := range records {
			key, value := sarama.StringEncoder(fmt.Sprint(n)), sarama.StringEncoder(value(name, n))
			messages = append(messages, &sarama.ProducerMessage{Topic: topic, Key: key, Value: value})
		}
		if err := producer.SendMessages(messages); err != nil {
			return err
		}
		if err := producer.Close(); err != nil {
			return err
		}
	}
	consumer, err := sarama.NewConsumer(seeds, conf)
	if err != nil {
		return err
	}
	defer consumer.Close()
	seen, patience := map[string]int{}, time.After(30*time.Second)
	arrived := make(chan string)
	for partition := range int32(partitions) {
		reader, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
		if err != nil {
			return err
		}
		go func() {
			for message := range reader.Messages() {
				arrived <- string(message.Value)
			}
		}()
	}
	for range records * len(codecs) {
		select {
		case text := <-arrived:
			seen[text]++
		case <-patience:
			return fmt.Errorf("only %d different values within 30 s", len(seen))
		}
	}
	return check(seen, names)
}

func withKafkaGo(ctx context.Context, seeds []string, topic string) error {
	codecs := map[string]segmentio.Compression{
		"none": 0, "gzip": segmentio.Gzip, "snappy": segmentio.Snappy, "lz4": segmentio.Lz4, "zstd": segmentio.Zstd,
	}
	var names []string
	for name, codec := range codecs {
		names = append(names, name)
		writer := &segmentio.Writer{
			Addr: segmentio.TCP(seeds...), Topic: topic, RequiredAcks: segmentio.RequireAll, Compression: codec,
			BatchTimeout: 10 * time.Millisecond, Balancer: &segmentio.RoundRobin{},
		}
		var messages []segmentio.Message
		for n := range records {
			messages = append(messages, segmentio.Message{Value: []byte(value(name, n))})
		}
		if err := writer.WriteMessages(ctx, messages...); err != nil {
			return err
		}
		if err := writer.Close(); err != nil {
			return err
		}
	}
	seen := map[string]int{}
	for partition := range partitions {
		connection, err := segmentio.DialLeader(ctx, "tcp", seeds[0], topic, partition)
		if err != nil {
			return err
		}
		end, err := connection.ReadLastOffset()
		if err != nil {
			return err
		}
		connection.Close()
		reader := segmentio.NewReader(segmentio.ReaderConfig{Brokers: seeds, Topic: topic, Partition: partition, MaxWait: 100 * time.Millisecond})
		for range end {
			message, err := reader.ReadMessage(ctx)
			if err != nil {
				return err
			}
			seen[string(message.Value)]++
		}
		reader.Close()
	}
	return check(seen, names)
}
