//! What answers say about quotas (KIP-219). Pure.

use std::time::Duration;

use bytes::Bytes;
use kafka_proto::messages::{ApiKey, Request};
use kafka_proto::wire::Presence;

/// The longest throttling that is honoured at once; a node that asks for more is asked again after it.
const LONGEST: Duration = Duration::from_secs(60);

/// Where the answers to `R` in this version say how long the node is to be left alone: at their front, or where only
/// their reader finds it. Older versions say how long their node has waited itself.
pub(super) fn stands_first<R: Request>(version: i16) -> bool {
    let first = R::API_KEY.response_schema().body.fields.first();
    let first = first.filter(|field| field.name == "throttle_time_ms");
    version >= since(R::API_KEY) && first.is_some_and(|field| field.presence(version) == Presence::Plain)
}

/// The first version of which the client is to wait itself.
fn since(api: ApiKey) -> i16 {
    match api {
        ApiKey::Fetch => 8,
        ApiKey::Metadata => 6,
        ApiKey::OffsetCommit | ApiKey::OffsetFetch => 4,
        ApiKey::ListOffsets | ApiKey::JoinGroup | ApiKey::CreateTopics => 3,
        ApiKey::FindCoordinator
        | ApiKey::Heartbeat
        | ApiKey::LeaveGroup
        | ApiKey::SyncGroup
        | ApiKey::DescribeGroups
        | ApiKey::ListGroups
        | ApiKey::DeleteTopics
        | ApiKey::DescribeConfigs => 2,
        // Those that came later have always had it so.
        _ => 1,
    }
}

/// The time at the front of an answer.
pub(super) fn first(body: &Bytes) -> Duration {
    let millis = body.first_chunk().map_or(0, |time| i32::from_be_bytes(*time));
    of(millis)
}

/// The time that an answer asks for, as far as it is honoured.
pub(crate) fn of(millis: i32) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use kafka_proto::messages::{
        ApiVersionsRequest, FindCoordinatorRequest, ListOffsetsRequest, MetadataRequest, ProduceRequest,
    };

    use super::*;

    #[test]
    fn the_time_is_found_where_the_version_has_it_at_the_front() {
        assert!(stands_first::<MetadataRequest>(9));
        assert!(!stands_first::<MetadataRequest>(5), "that node has waited itself");
        assert!(!stands_first::<ListOffsetsRequest>(1), "it is not in that version");
        assert!(stands_first::<FindCoordinatorRequest>(4));
        assert!(!stands_first::<ProduceRequest>(9), "it is at the end");
        assert!(!stands_first::<ApiVersionsRequest>(3), "it is in the middle");
    }

    #[test]
    fn odd_times_are_bounded() {
        assert_eq!(first(&Bytes::from_static(&[0, 0, 1, 0, 9])), Duration::from_millis(256));
        assert_eq!(first(&Bytes::from_static(&[0xff; 4])), Duration::ZERO);
        assert_eq!(first(&Bytes::from_static(&[0x7f; 4])), LONGEST);
        assert_eq!(first(&Bytes::new()), Duration::ZERO);
    }
}
