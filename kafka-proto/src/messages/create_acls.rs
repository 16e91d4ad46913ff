//! CreateAcls.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// CreateAclsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 30, versions = "0-3", flexible = "2+")]
pub struct CreateAclsRequest {
    /// The creations.
    #[field(versions = "0+")]
    pub creations: Vec<AclCreation>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The acl creation.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AclCreation {
    /// The resource type.
    #[field(versions = "0+")]
    pub resource_type: i8,
    /// The resource name.
    #[field(versions = "0+")]
    pub resource_name: StrBytes,
    /// The resource pattern type.
    #[field(versions = "1+", default = 3)]
    pub resource_pattern_type: i8,
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

/// CreateAclsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 30, versions = "0-3", flexible = "2+")]
pub struct CreateAclsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<AclCreationResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The acl creation result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AclCreationResult {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
