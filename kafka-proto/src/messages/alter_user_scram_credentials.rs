//! `AlterUserScramCredentials`: let users log in with SCRAM, or stop that.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Sets and removes SCRAM credentials.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 51, versions = "0", flexible = "0+")]
pub struct AlterUserScramCredentialsRequest {
    /// The credentials to remove.
    #[field(versions = "0+")]
    pub deletions: Vec<ScramCredentialDeletion>,
    /// The credentials to set.
    #[field(versions = "0+")]
    pub upsertions: Vec<ScramCredentialUpsertion>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A credential to remove.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ScramCredentialDeletion {
    /// The name of the user.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// 1 for SCRAM-SHA-256, 2 for SCRAM-SHA-512.
    #[field(versions = "0+")]
    pub mechanism: i8,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A credential to set.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ScramCredentialUpsertion {
    /// The name of the user.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// 1 for SCRAM-SHA-256, 2 for SCRAM-SHA-512.
    #[field(versions = "0+")]
    pub mechanism: i8,
    /// How many rounds of hashing the credential takes.
    #[field(versions = "0+")]
    pub iterations: i32,
    /// The salt, made by the client.
    #[field(versions = "0+")]
    pub salt: Bytes,
    /// The password, salted and hashed by the client.
    #[field(versions = "0+")]
    pub salted_password: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of each user.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 51, versions = "0", flexible = "0+")]
pub struct AlterUserScramCredentialsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<AlterUserScramCredentialsResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of a user.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterUserScramCredentialsResult {
    /// The name of the user.
    #[field(versions = "0+")]
    pub user: StrBytes,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
