//! `ShareGroupDescribe`: the members of share groups.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Asks for the members of share groups.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 77, versions = "1", flexible = "0+")]
pub struct ShareGroupDescribeRequest {
    /// The groups.
    #[field(versions = "0+")]
    pub group_ids: Vec<StrBytes>,
    /// Whether to say what this client may do to each group.
    #[field(versions = "0+")]
    pub include_authorized_operations: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The groups and their members.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 77, versions = "1", flexible = "0+")]
pub struct ShareGroupDescribeResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The groups.
    #[field(versions = "0+")]
    pub groups: Vec<ShareGroupDescribeResponseDescribedGroup>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareGroupDescribeResponseDescribedGroup {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The state of the group, as in `Stable` or `Empty`.
    #[field(versions = "0+")]
    pub group_state: StrBytes,
    /// The epoch of the group.
    #[field(versions = "0+")]
    pub group_epoch: i32,
    /// The epoch of the assignment.
    #[field(versions = "0+")]
    pub assignment_epoch: i32,
    /// The assignor in use.
    #[field(versions = "0+")]
    pub assignor_name: StrBytes,
    /// The members.
    #[field(versions = "0+")]
    pub members: Vec<ShareGroupDescribeResponseMember>,
    /// What this client may do to the group, a bit for each operation; the smallest number if it was not
    /// asked for.
    #[field(versions = "0+", default = -2_147_483_648)]
    pub authorized_operations: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A member of the group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareGroupDescribeResponseMember {
    /// The id of the member.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The rack of the client; empty or null if it has none to name.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub rack_id: Option<StrBytes>,
    /// The epoch of the member.
    #[field(versions = "0+")]
    pub member_epoch: i32,
    /// The client id.
    #[field(versions = "0+")]
    pub client_id: StrBytes,
    /// The host of the client.
    #[field(versions = "0+")]
    pub client_host: StrBytes,
    /// The names of the topics that the member reads.
    #[field(versions = "0+")]
    pub subscribed_topic_names: Vec<StrBytes>,
    /// What the member has.
    #[field(versions = "0+")]
    pub assignment: ShareGroupDescribeResponseAssignment,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// An assignment.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareGroupDescribeResponseAssignment {
    /// The partitions, by topic.
    #[field(versions = "0+")]
    pub topic_partitions: Vec<ShareGroupDescribeResponseTopicPartitions>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareGroupDescribeResponseTopicPartitions {
    /// The id of the topic.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
