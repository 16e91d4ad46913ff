//! DeleteAcls.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// DeleteAclsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 31, versions = "0-3", flexible = "2+")]
pub struct DeleteAclsRequest {
    /// The filters.
    #[field(versions = "0+")]
    pub filters: Vec<DeleteAclsFilter>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The delete acls filter.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeleteAclsFilter {
    /// The resource type filter.
    #[field(versions = "0+")]
    pub resource_type_filter: i8,
    /// The resource name filter.
    #[field(versions = "0+", nullable = "0+")]
    pub resource_name_filter: Option<StrBytes>,
    /// The pattern type filter.
    #[field(versions = "1+", default = 3)]
    pub pattern_type_filter: i8,
    /// The principal filter.
    #[field(versions = "0+", nullable = "0+")]
    pub principal_filter: Option<StrBytes>,
    /// The host filter.
    #[field(versions = "0+", nullable = "0+")]
    pub host_filter: Option<StrBytes>,
    /// The operation.
    #[field(versions = "0+")]
    pub operation: i8,
    /// The permission type.
    #[field(versions = "0+")]
    pub permission_type: i8,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// DeleteAclsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 31, versions = "0-3", flexible = "2+")]
pub struct DeleteAclsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The filter results.
    #[field(versions = "0+")]
    pub filter_results: Vec<DeleteAclsFilterResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The delete acls filter result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeleteAclsFilterResult {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The matching acls.
    #[field(versions = "0+")]
    pub matching_acls: Vec<DeleteAclsMatchingAcl>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The delete acls matching acl.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeleteAclsMatchingAcl {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The resource type.
    #[field(versions = "0+")]
    pub resource_type: i8,
    /// The resource name.
    #[field(versions = "0+")]
    pub resource_name: StrBytes,
    /// The pattern type.
    #[field(versions = "1+", default = 3)]
    pub pattern_type: i8,
    /// The principal.
    #[field(versions = "0+")]
    pub principal: StrBytes,
    /// The host.
    #[field(versions = "0+")]
    pub host: StrBytes,
    /// The operation.
    #[field(versions = "0+")]
    pub operation: i8,
    /// The permission type.
    #[field(versions = "0+")]
    pub permission_type: i8,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
