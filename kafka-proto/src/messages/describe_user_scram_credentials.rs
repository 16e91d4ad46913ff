//! DescribeUserScramCredentials.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// DescribeUserScramCredentialsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 50, versions = "0", flexible = "0+")]
pub struct DescribeUserScramCredentialsRequest {
    /// The users.
    #[field(versions = "0+", nullable = "0+")]
    pub users: Option<Vec<UserName>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The user name.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct UserName {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// DescribeUserScramCredentialsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 50, versions = "0", flexible = "0+")]
pub struct DescribeUserScramCredentialsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<DescribeUserScramCredentialsResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The describe user scram credentials result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeUserScramCredentialsResult {
    /// The user.
    #[field(versions = "0+")]
    pub user: StrBytes,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The credential infos.
    #[field(versions = "0+")]
    pub credential_infos: Vec<CredentialInfo>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The credential info.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CredentialInfo {
    /// The mechanism.
    #[field(versions = "0+")]
    pub mechanism: i8,
    /// The iterations.
    #[field(versions = "0+")]
    pub iterations: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
