//! `DescribeUserScramCredentials`: which users can log in with SCRAM.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for SCRAM credentials.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 50, versions = "0", flexible = "0+")]
pub struct DescribeUserScramCredentialsRequest {
    /// The users, or null for all.
    #[field(versions = "0+", nullable = "0+")]
    pub users: Option<Vec<DescribeUserScramCredentialsRequestUserName>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A user asked for.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeUserScramCredentialsRequestUserName {
    /// The name of the user.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The credentials, without their secrets.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 50, versions = "0", flexible = "0+")]
pub struct DescribeUserScramCredentialsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<DescribeUserScramCredentialsResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The credentials of a user.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeUserScramCredentialsResult {
    /// The name of the user.
    #[field(versions = "0+")]
    pub user: StrBytes,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The credentials.
    #[field(versions = "0+")]
    pub credential_infos: Vec<CredentialInfo>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A credential.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CredentialInfo {
    /// 1 for SCRAM-SHA-256, 2 for SCRAM-SHA-512.
    #[field(versions = "0+")]
    pub mechanism: i8,
    /// How many rounds of hashing the credential takes.
    #[field(versions = "0+")]
    pub iterations: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
