//! `DeleteAcls`.
//!
//! Version 1 brings prefixed patterns. Version 2 is flexible.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Deletes the ACLs that match some filters.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 31, versions = "0-3", flexible = "2+")]
pub struct DeleteAclsRequest {
    /// The filters.
    #[field(versions = "0+")]
    pub filters: Vec<DeleteAclsFilter>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Which ACLs to delete.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeleteAclsFilter {
    /// The type of resource: 1 any, 2 topic, 3 group, 4 cluster, 5 transactional id, 6 delegation token, 7
    /// user.
    #[field(versions = "0+")]
    pub resource_type_filter: i8,
    /// The name of the resource, or null for any.
    #[field(versions = "0+", nullable = "0+")]
    pub resource_name_filter: Option<StrBytes>,
    /// The type of pattern: 1 any, 2 all that match the name, 3 literal, 4 prefixed.
    #[field(versions = "1+", default = 3)]
    pub pattern_type_filter: i8,
    /// The principal, or null for any.
    #[field(versions = "0+", nullable = "0+")]
    pub principal_filter: Option<StrBytes>,
    /// The host, or null for any.
    #[field(versions = "0+", nullable = "0+")]
    pub host_filter: Option<StrBytes>,
    /// The operation: 2 all, 3 read, 4 write, 5 create, 6 delete, 7 alter, 8 describe, and more; 1 is any in
    /// a filter.
    #[field(versions = "0+")]
    pub operation: i8,
    /// 2 to deny, 3 to allow; 1 is any in a filter.
    #[field(versions = "0+")]
    pub permission_type: i8,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The ACLs that each filter matched.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 31, versions = "0-3", flexible = "2+")]
pub struct DeleteAclsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The results, by filter.
    #[field(versions = "0+")]
    pub filter_results: Vec<DeleteAclsFilterResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What a filter matched.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeleteAclsFilterResult {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The ACLs that the filter matched.
    #[field(versions = "0+")]
    pub matching_acls: Vec<DeleteAclsMatchingAcl>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// An ACL that a filter matched.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeleteAclsMatchingAcl {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The type of resource: 2 topic, 3 group, 4 cluster, 5 transactional id, 6 delegation token, 7 user.
    #[field(versions = "0+")]
    pub resource_type: i8,
    /// The name of the resource.
    #[field(versions = "0+")]
    pub resource_name: StrBytes,
    /// 3 if the name is literal, 4 if it is a prefix.
    #[field(versions = "1+", default = 3)]
    pub pattern_type: i8,
    /// The principal, as in `User:alice`.
    #[field(versions = "0+")]
    pub principal: StrBytes,
    /// The host that the ACL is for; `*` is any.
    #[field(versions = "0+")]
    pub host: StrBytes,
    /// The operation: 2 all, 3 read, 4 write, 5 create, 6 delete, 7 alter, 8 describe, and more; 1 is any in
    /// a filter.
    #[field(versions = "0+")]
    pub operation: i8,
    /// 2 to deny, 3 to allow; 1 is any in a filter.
    #[field(versions = "0+")]
    pub permission_type: i8,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
