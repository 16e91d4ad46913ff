//! AlterUserScramCredentials.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// AlterUserScramCredentialsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 51, versions = "0", flexible = "0+")]
pub struct AlterUserScramCredentialsRequest {
    /// The deletions.
    #[field(versions = "0+")]
    pub deletions: Vec<ScramCredentialDeletion>,
    /// The upsertions.
    #[field(versions = "0+")]
    pub upsertions: Vec<ScramCredentialUpsertion>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The scram credential deletion.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ScramCredentialDeletion {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The mechanism.
    #[field(versions = "0+")]
    pub mechanism: i8,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The scram credential upsertion.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ScramCredentialUpsertion {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The mechanism.
    #[field(versions = "0+")]
    pub mechanism: i8,
    /// The iterations.
    #[field(versions = "0+")]
    pub iterations: i32,
    /// The salt.
    #[field(versions = "0+")]
    pub salt: Bytes,
    /// The salted password.
    #[field(versions = "0+")]
    pub salted_password: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// AlterUserScramCredentialsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 51, versions = "0", flexible = "0+")]
pub struct AlterUserScramCredentialsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<AlterUserScramCredentialsResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The alter user scram credentials result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterUserScramCredentialsResult {
    /// The user.
    #[field(versions = "0+")]
    pub user: StrBytes,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
