//! `DescribeTopicPartitions`, version 0 (KIP-966): topics page by page.
//!
//! An answer has 2,000 partitions at the most, or fewer if the client asks for fewer; where there are more, it says
//! where to go on.

use std::collections::BTreeSet;

use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    DescribeTopicPartitionsRequest, DescribeTopicPartitionsRequestCursor, DescribeTopicPartitionsResponse,
    DescribeTopicPartitionsResponseCursor, DescribeTopicPartitionsResponsePartition,
    DescribeTopicPartitionsResponseTopic, MetadataResponsePartition,
};
use kafka_proto::wire::StrBytes;

use super::metadata::{self, TOPIC_OPERATIONS};
use super::{Call, Handle, Outcome};
use crate::cluster::state::State;
use crate::cluster::state::topic::{Topic, is_valid_name};

/// The most partitions of an answer (`max.request.partition.size.limit`).
const MOST: usize = 2_000;

impl Handle for DescribeTopicPartitionsRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<DescribeTopicPartitionsResponse> {
        let asked = |name: &StrBytes| self.topics.iter().any(|topic| topic.name == *name);
        let wrong = |cursor: &DescribeTopicPartitionsRequestCursor| {
            cursor.partition_index < 0 || !self.topics.is_empty() && !asked(&cursor.topic_name)
        };
        if self.cursor.as_ref().is_some_and(wrong) {
            return Outcome::Answer(self.refuse(call.version, ErrorCode::INVALID_REQUEST));
        }
        let all = self.topics.is_empty();
        let mut names: BTreeSet<StrBytes> = if all {
            state.topics.keys().cloned().collect()
        } else {
            self.topics.into_iter().map(|topic| topic.name).collect()
        };
        let mut first = 0;
        if let Some(DescribeTopicPartitionsRequestCursor { topic_name, partition_index, .. }) = self.cursor {
            if names.contains(&topic_name) {
                first = usize::try_from(partition_index).unwrap_or(0);
            }
            names = names.split_off(&topic_name);
        }
        let mut left = usize::try_from(self.response_partition_limit).unwrap_or(0).clamp(1, MOST);
        let mut response = DescribeTopicPartitionsResponse::default();
        for name in names {
            let Some(topic) = state.topics.get(&name) else {
                response.topics.push(unknown(name));
                continue;
            };
            let count = topic.partitions.len();
            if left == 0 {
                response.next_cursor = Some(cursor(name, 0));
                break;
            }
            let end = count.min(first + left);
            response.topics.push(described(state, topic, first.min(end)..end));
            left -= end.saturating_sub(first);
            if end < count {
                response.next_cursor = Some(cursor(name, end));
                break;
            }
            first = 0;
        }
        for topic in &mut response.topics {
            topic.topic_authorized_operations = TOPIC_OPERATIONS;
        }
        Outcome::Answer(response)
    }

    fn refuse(self, _version: i16, code: ErrorCode) -> DescribeTopicPartitionsResponse {
        let refused = |name| DescribeTopicPartitionsResponseTopic { error_code: code.0, ..unknown(name) };
        let topics = self.topics.into_iter().map(|topic| refused(topic.name)).collect();
        DescribeTopicPartitionsResponse { topics, ..Default::default() }
    }
}

fn cursor(topic_name: StrBytes, partition: usize) -> DescribeTopicPartitionsResponseCursor {
    DescribeTopicPartitionsResponseCursor {
        topic_name,
        partition_index: partition as i32,
        ..Default::default()
    }
}

fn unknown(name: StrBytes) -> DescribeTopicPartitionsResponseTopic {
    let code = if is_valid_name(&name) {
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
    } else {
        ErrorCode::INVALID_TOPIC_EXCEPTION
    };
    DescribeTopicPartitionsResponseTopic { error_code: code.0, name: Some(name), ..Default::default() }
}

fn described(
    state: &State,
    topic: &Topic,
    partitions: std::ops::Range<usize>,
) -> DescribeTopicPartitionsResponseTopic {
    let each = |index: usize| {
        let MetadataResponsePartition {
            error_code,
            leader_id,
            leader_epoch,
            replica_nodes,
            isr_nodes,
            offline_replicas,
            ..
        } = metadata::partition_of(state, index as i32, &topic.partitions[index]);
        DescribeTopicPartitionsResponsePartition {
            error_code,
            partition_index: index as i32,
            leader_id,
            leader_epoch,
            replica_nodes,
            isr_nodes,
            eligible_leader_replicas: Some(Vec::new()),
            last_known_elr: Some(Vec::new()),
            offline_replicas,
            ..Default::default()
        }
    };
    DescribeTopicPartitionsResponseTopic {
        name: Some(topic.name.clone()),
        topic_id: topic.id,
        is_internal: metadata::is_internal(&topic.name),
        partitions: partitions.map(each).collect(),
        ..Default::default()
    }
}
