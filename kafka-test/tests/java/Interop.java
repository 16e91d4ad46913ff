// The Java client's half of the interoperation tests: writes records by a fixed pattern, or prints what it reads.
//
//   java -cp 'lib/*' Interop.java write BOOTSTRAP TOPIC COUNT CODEC...
//   java -cp 'lib/*' Interop.java transactions BOOTSTRAP TOPIC
//   java -cp 'lib/*' Interop.java read BOOTSTRAP TOPIC COUNT

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Interop {
    public static void main(String[] args) throws Exception {
        String bootstrap = args[1];
        String topic = args[2];
        switch (args[0]) {
            case "write":
                write(bootstrap, topic, Integer.parseInt(args[3]), Arrays.asList(args).subList(4, args.length));
                break;
            case "transactions":
                transactions(bootstrap, topic);
                break;
            case "read":
                read(bootstrap, topic, Integer.parseInt(args[3]));
                break;
            default:
                throw new IllegalArgumentException(args[0]);
        }
    }

    /** COUNT records with each codec, one batch each, to partition 0. */
    static void write(String bootstrap, String topic, int count, List<String> codecs) throws Exception {
        for (String codec : codecs) {
            Properties conf = new Properties();
            conf.put("bootstrap.servers", bootstrap);
            conf.put("compression.type", codec);
            conf.put("linger.ms", "1000");
            conf.put("batch.size", "1000000");
            conf.put("acks", "all");
            try (KafkaProducer<byte[], byte[]> producer = producer(conf)) {
                for (int n = 0; n < count; n++) {
                    producer.send(record(topic, n, codec));
                }
                producer.flush();
            }
        }
    }

    /** The pattern: every third key and every seventh value is null, every fifth record has headers. */
    static ProducerRecord<byte[], byte[]> record(String topic, int n, String codec) {
        byte[] key = n % 3 == 0 ? null : utf8("key-" + n);
        byte[] value = n % 7 == 0 ? null : utf8((codec + " value " + n + " ").repeat(n % 20));
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, 0, 1_700_000_000_000L + n, key, value);
        if (n % 5 == 0) {
            record.headers().add("number", utf8(Integer.toString(n)));
            record.headers().add("null", null);
        }
        return record;
    }

    /** Committed, aborted, committed, aborted: five records each, "committed 0" to "aborted 3". */
    static void transactions(String bootstrap, String topic) throws Exception {
        Properties conf = new Properties();
        conf.put("bootstrap.servers", bootstrap);
        conf.put("transactional.id", "interop-" + topic);
        try (KafkaProducer<byte[], byte[]> producer = producer(conf)) {
            producer.initTransactions();
            for (int round = 0; round < 4; round++) {
                producer.beginTransaction();
                String fate = round % 2 == 0 ? "committed " : "aborted ";
                for (int n = 0; n < 5; n++) {
                    producer.send(new ProducerRecord<>(topic, 0, null, utf8(fate + round)));
                }
                producer.flush();
                if (round % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
            }
        }
    }

    /** A line a record: offset, timestamp, key, value, headers; hex, "-" for null, tabs between. */
    static void read(String bootstrap, String topic, int count) {
        Properties conf = new Properties();
        conf.put("bootstrap.servers", bootstrap);
        conf.put("enable.auto.commit", "false");
        conf.put("auto.offset.reset", "earliest");
        conf.put("group.id", "interop");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(conf, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            int seen = 0;
            long end = System.currentTimeMillis() + 60_000;
            while (seen < count && System.currentTimeMillis() < end) {
                for (ConsumerRecord<byte[], byte[]> record : poll(consumer)) {
                    List<String> headers = new ArrayList<>();
                    for (Header header : record.headers()) {
                        headers.add(header.key() + "=" + hex(header.value()));
                    }
                    System.out.println(record.offset() + "\t" + record.timestamp() + "\t" + hex(record.key()) + "\t"
                            + hex(record.value()) + "\t" + String.join(",", headers));
                    seen++;
                }
            }
            if (seen < count) {
                throw new IllegalStateException("only " + seen + " of " + count + " records came");
            }
        }
    }

    /** By reflection: clients before 2.0 take milliseconds, those of 4.0 and newer a duration. */
    @SuppressWarnings("unchecked")
    static Iterable<ConsumerRecord<byte[], byte[]>> poll(KafkaConsumer<byte[], byte[]> consumer) {
        try {
            try {
                return (Iterable<ConsumerRecord<byte[], byte[]>>)
                        KafkaConsumer.class.getMethod("poll", Duration.class).invoke(consumer, Duration.ofMillis(200));
            } catch (NoSuchMethodException old) {
                return (Iterable<ConsumerRecord<byte[], byte[]>>)
                        KafkaConsumer.class.getMethod("poll", long.class).invoke(consumer, 200L);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    static KafkaProducer<byte[], byte[]> producer(Properties conf) {
        return new KafkaProducer<>(conf, new ByteArraySerializer(), new ByteArraySerializer());
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String hex(byte[] bytes) {
        if (bytes == null) {
            return "-";
        }
        StringBuilder hex = new StringBuilder();
        for (byte b : bytes) {
            hex.append(String.format("%02x", b));
        }
        return hex.toString();
    }
}
