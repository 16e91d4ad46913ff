//! ShareGroupDescribe.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// ShareGroupDescribeRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 77, versions = "1", flexible = "0+")]
pub struct ShareGroupDescribeRequest {
    /// The group ids.
    #[field(versions = "0+")]
    pub group_ids: Vec<StrBytes>,
    /// The include authorized operations.
    #[field(versions = "0+")]
    pub include_authorized_operations: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ShareGroupDescribeResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 77, versions = "1", flexible = "0+")]
pub struct ShareGroupDescribeResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The groups.
    #[field(versions = "0+")]
    pub groups: Vec<ShareGroupDescribeResponseDescribedGroup>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The described group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareGroupDescribeResponseDescribedGroup {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The group state.
    #[field(versions = "0+")]
    pub group_state: StrBytes,
    /// The group epoch.
    #[field(versions = "0+")]
    pub group_epoch: i32,
    /// The assignment epoch.
    #[field(versions = "0+")]
    pub assignment_epoch: i32,
    /// The assignor name.
    #[field(versions = "0+")]
    pub assignor_name: StrBytes,
    /// The members.
    #[field(versions = "0+")]
    pub members: Vec<ShareGroupDescribeResponseMember>,
    /// The authorized operations.
    #[field(versions = "0+", default = -2_147_483_648)]
    pub authorized_operations: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The member.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareGroupDescribeResponseMember {
    /// The member id.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The rack id.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub rack_id: Option<StrBytes>,
    /// The member epoch.
    #[field(versions = "0+")]
    pub member_epoch: i32,
    /// The client id.
    #[field(versions = "0+")]
    pub client_id: StrBytes,
    /// The client host.
    #[field(versions = "0+")]
    pub client_host: StrBytes,
    /// The subscribed topic names.
    #[field(versions = "0+")]
    pub subscribed_topic_names: Vec<StrBytes>,
    /// The assignment.
    #[field(versions = "0+")]
    pub assignment: ShareGroupDescribeResponseAssignment,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The assignment.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareGroupDescribeResponseAssignment {
    /// The topic partitions.
    #[field(versions = "0+")]
    pub topic_partitions: Vec<ShareGroupDescribeResponseTopicPartitions>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic partitions.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareGroupDescribeResponseTopicPartitions {
    /// The topic id.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The topic name.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
