//! Takes out of an answer what two brokers cannot have in common: ids, addresses, times, the words of messages, and the
//! order where Java's is that of a hash map.

use std::collections::BTreeSet;

use kafka_proto::ErrorCode;
use kafka_proto::messages::*;
use kafka_proto::wire::{StrBytes, Uuid};

/// What stands for what.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// The ids of topics in the order in which they came up, which is the same on both sides.
    topics: Vec<Uuid>,
    /// The APIs that both sides have.
    pub(crate) apis: BTreeSet<i16>,
}

impl Names {
    pub(crate) fn learn(&mut self, id: Uuid) {
        if !id.is_zero() && !self.topics.contains(&id) {
            self.topics.push(id);
        }
    }

    /// A topic's id is its number; ids of no topic stay as they were asked for.
    fn topic(&self, id: &mut Uuid) {
        if let Some(number) = self.topics.iter().position(|known| known == id) {
            *id = Uuid::from(number as u128 + 1);
        }
    }
}

/// That there is a text, not which.
fn said(text: &mut Option<StrBytes>) {
    if let Some(text) = text {
        *text = StrBytes::from_static("…");
    }
}

/// That there is a number, not which.
fn some(number: &mut i64) {
    *number = (*number).min(0);
}

fn address(host: &mut StrBytes, port: &mut i32) {
    if !host.is_empty() {
        *host = StrBytes::from_static("host");
        *port = 1;
    }
}

pub(crate) trait Normal: Response {
    fn normalise(&mut self, names: &mut Names);
}

impl Normal for ApiVersionsResponse {
    fn normalise(&mut self, names: &mut Names) {
        self.api_keys.retain(|api| names.apis.contains(&api.api_key));
        self.api_keys.sort_by_key(|api| api.api_key);
        // One line is enough to say whether there are features.
        self.supported_features.clear();
        self.finalized_features.clear();
        some(&mut self.finalized_features_epoch);
    }
}

impl Normal for MetadataResponse {
    fn normalise(&mut self, names: &mut Names) {
        for broker in &mut self.brokers {
            address(&mut broker.host, &mut broker.port);
        }
        said(&mut self.cluster_id);
        // Other tests have topics on these brokers too. They go first: they would count among the ids.
        self.topics.retain(|topic| {
            let exists = [ErrorCode::NONE.0, ErrorCode::LEADER_NOT_AVAILABLE.0].contains(&topic.error_code);
            !exists || topic.name.as_ref().is_none_or(|name| name.starts_with("metadata-"))
        });
        for topic in &mut self.topics {
            names.topic(&mut topic.topic_id);
            topic.partitions.sort_by_key(|partition| partition.partition_index);
        }
        self.topics.sort_by(|one, other| (&one.name, one.topic_id).cmp(&(&other.name, other.topic_id)));
    }
}

impl Normal for CreateTopicsResponse {
    fn normalise(&mut self, names: &mut Names) {
        self.topics.sort_by(|one, other| one.name.cmp(&other.name));
        for topic in &mut self.topics {
            names.learn(topic.topic_id);
            names.topic(&mut topic.topic_id);
            said(&mut topic.error_message);
            if let Some(configs) = &mut topic.configs {
                configs.sort_by(|one, other| one.name.cmp(&other.name));
            }
        }
    }
}

impl Normal for DeleteTopicsResponse {
    fn normalise(&mut self, names: &mut Names) {
        for topic in &mut self.responses {
            names.topic(&mut topic.topic_id);
            said(&mut topic.error_message);
        }
        self.responses.sort_by(|one, other| {
            (&one.name, one.topic_id, one.error_code).cmp(&(&other.name, other.topic_id, other.error_code))
        });
    }
}

impl Normal for ProduceResponse {
    fn normalise(&mut self, names: &mut Names) {
        for topic in &mut self.responses {
            names.topic(&mut topic.topic_id);
            topic.partition_responses.sort_by_key(|partition| partition.index);
            for partition in &mut topic.partition_responses {
                said(&mut partition.error_message);
                // The stamp of the broker's clock; the client's are around 1,000.
                if partition.log_append_time_ms > 1_000_000 {
                    partition.log_append_time_ms = 1_000_000;
                }
                for record in &mut partition.record_errors {
                    said(&mut record.batch_index_error_message);
                }
            }
        }
        self.responses.sort_by(|one, other| (&one.name, one.topic_id).cmp(&(&other.name, other.topic_id)));
    }
}

impl Normal for FetchResponse {
    fn normalise(&mut self, names: &mut Names) {
        self.session_id = self.session_id.min(1);
        for topic in &mut self.responses {
            names.topic(&mut topic.topic_id);
        }
        for node in &mut self.node_endpoints {
            address(&mut node.host, &mut node.port);
        }
    }
}

impl Normal for ListOffsetsResponse {
    fn normalise(&mut self, _: &mut Names) {
        for topic in &mut self.topics {
            topic.partitions.sort_by_key(|partition| partition.partition_index);
        }
        self.topics.sort_by(|one, other| one.name.cmp(&other.name));
    }
}

impl Normal for OffsetForLeaderEpochResponse {
    fn normalise(&mut self, _: &mut Names) {
        for topic in &mut self.topics {
            topic.partitions.sort_by_key(|partition| partition.partition);
        }
        self.topics.sort_by(|one, other| one.topic.cmp(&other.topic));
    }
}

impl Normal for DeleteRecordsResponse {
    fn normalise(&mut self, _: &mut Names) {
        for topic in &mut self.topics {
            topic.partitions.sort_by_key(|partition| partition.partition_index);
        }
        self.topics.sort_by(|one, other| one.name.cmp(&other.name));
    }
}

impl Normal for InitProducerIdResponse {
    fn normalise(&mut self, _: &mut Names) {
        some(&mut self.producer_id);
    }
}

impl Normal for FindCoordinatorResponse {
    fn normalise(&mut self, _: &mut Names) {
        address(&mut self.host, &mut self.port);
        said(&mut self.error_message);
        for coordinator in &mut self.coordinators {
            address(&mut coordinator.host, &mut coordinator.port);
            said(&mut coordinator.error_message);
        }
    }
}

impl Normal for OffsetCommitResponse {
    fn normalise(&mut self, names: &mut Names) {
        for topic in &mut self.topics {
            names.topic(&mut topic.topic_id);
            topic.partitions.sort_by_key(|partition| partition.partition_index);
        }
        self.topics.sort_by(|one, other| (&one.name, one.topic_id).cmp(&(&other.name, other.topic_id)));
    }
}

impl Normal for OffsetFetchResponse {
    fn normalise(&mut self, names: &mut Names) {
        for topic in &mut self.topics {
            topic.partitions.sort_by_key(|partition| partition.partition_index);
        }
        self.topics.sort_by(|one, other| one.name.cmp(&other.name));
        for group in &mut self.groups {
            for topic in &mut group.topics {
                names.topic(&mut topic.topic_id);
                topic.partitions.sort_by_key(|partition| partition.partition_index);
            }
            group.topics.sort_by(|one, other| (&one.name, one.topic_id).cmp(&(&other.name, other.topic_id)));
        }
    }
}

impl Normal for DescribeClusterResponse {
    fn normalise(&mut self, _: &mut Names) {
        said(&mut self.error_message);
        self.cluster_id = StrBytes::from_static(if self.cluster_id.is_empty() { "" } else { "…" });
        for broker in &mut self.brokers {
            address(&mut broker.host, &mut broker.port);
        }
    }
}

impl Normal for DescribeTopicPartitionsResponse {
    fn normalise(&mut self, names: &mut Names) {
        for topic in &mut self.topics {
            names.topic(&mut topic.topic_id);
        }
    }
}

impl Normal for CreatePartitionsResponse {
    fn normalise(&mut self, _: &mut Names) {
        self.results.iter_mut().for_each(|result| said(&mut result.error_message));
        self.results.sort_by(|one, other| one.name.cmp(&other.name));
    }
}

impl Normal for IncrementalAlterConfigsResponse {
    fn normalise(&mut self, _: &mut Names) {
        self.responses.iter_mut().for_each(|response| said(&mut response.error_message));
        self.responses.sort_by(|one, other| one.resource_name.cmp(&other.resource_name));
    }
}

impl Normal for DescribeConfigsResponse {
    fn normalise(&mut self, _: &mut Names) {
        for result in &mut self.results {
            said(&mut result.error_message);
            result.configs.sort_by(|one, other| one.name.cmp(&other.name));
        }
        self.results.sort_by(|one, other| one.resource_name.cmp(&other.resource_name));
    }
}

impl Normal for ListPartitionReassignmentsResponse {
    fn normalise(&mut self, _: &mut Names) {
        said(&mut self.error_message);
    }
}
