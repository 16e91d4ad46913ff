//! `CreateAcls`.
//!
//! Version 1 brings prefixed patterns. Version 2 is flexible.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Creates ACLs.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 30, versions = "0-3", flexible = "2+")]
pub struct CreateAclsRequest {
    /// The ACLs to create.
    #[field(versions = "0+")]
    pub creations: Vec<AclCreation>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// An ACL to create.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AclCreation {
    /// The type of resource: 2 topic, 3 group, 4 cluster, 5 transactional id, 6 delegation token, 7 user.
    #[field(versions = "0+")]
    pub resource_type: i8,
    /// The name of the resource.
    #[field(versions = "0+")]
    pub resource_name: StrBytes,
    /// 3 if the name is literal, 4 if it is a prefix.
    #[field(versions = "1+", default = 3)]
    pub resource_pattern_type: i8,
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

/// Whether each ACL was created.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 30, versions = "0-3", flexible = "2+")]
pub struct CreateAclsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<AclCreationResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of an ACL.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AclCreationResult {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
