//! Quotas in answers: every one has room to say for how long the client is to be silent (KIP-219).

use kafka_proto::messages;

/// An answer that can say so.
pub(super) trait Throttle {
    fn throttle_time_ms(&mut self) -> &mut i32;
}

macro_rules! throttle {
    ($($response:ident),+ $(,)?) => {
        $(impl Throttle for messages::$response {
            fn throttle_time_ms(&mut self) -> &mut i32 {
                &mut self.throttle_time_ms
            }
        })+
    };
}

throttle! {
    ApiVersionsResponse, CreatePartitionsResponse, CreateTopicsResponse, DeleteRecordsResponse, DeleteTopicsResponse,
    DescribeClusterResponse, DescribeConfigsResponse, DescribeTopicPartitionsResponse, FetchResponse,
    FindCoordinatorResponse, IncrementalAlterConfigsResponse, InitProducerIdResponse, ListOffsetsResponse,
    ListPartitionReassignmentsResponse, MetadataResponse, OffsetCommitResponse, OffsetFetchResponse,
    OffsetForLeaderEpochResponse, ProduceResponse,
}
