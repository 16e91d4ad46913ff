//! UnregisterController.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// UnregisterControllerRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 94, versions = "0", flexible = "0+")]
pub struct UnregisterControllerRequest {
    /// The controller id.
    #[field(versions = "0+")]
    pub controller_id: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// UnregisterControllerResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 94, versions = "0", flexible = "0+")]
pub struct UnregisterControllerResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
