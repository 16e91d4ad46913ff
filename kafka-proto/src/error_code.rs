//! The error codes of the protocol.

use std::fmt;

/// An error code of the Kafka protocol, as responses carry it; 0 is success.
///
/// Brokers may be newer than this crate, so a code without a name is possible; it is neither retriable nor a reason
/// to refresh metadata.
///
/// ```
/// use kafka_proto::ErrorCode;
///
/// let code = ErrorCode::from(3);
/// assert_eq!(code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
/// assert!(code.is_retriable() && code.needs_metadata_refresh());
/// assert_eq!(code.to_string(), "UNKNOWN_TOPIC_OR_PARTITION (3)");
/// assert_eq!(ErrorCode(9999).to_string(), "unknown error code (9999)");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(pub i16);

/// What a client does about an error.
#[derive(Clone, Copy, PartialEq)]
enum Remedy {
    /// The same request would fail again.
    Fail,
    /// The same request may succeed later.
    Retry,
    /// As `Retry`, after a look at who leads what.
    Refresh,
}

macro_rules! error_codes {
    ($($name:ident = $code:literal, $remedy:ident, $message:literal;)*) => {
        impl ErrorCode {
            $(
                #[doc = concat!($message, ".")]
                pub const $name: Self = Self($code);
            )*

            /// Every code that has a name.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name in Kafka, if the code is known.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($code => Some(stringify!($name)),)* _ => None }
            }

            /// What the code means, in a few words.
            pub const fn message(self) -> &'static str {
                match self.0 { $($code => $message,)* _ => "a code that this client does not know" }
            }

            const fn remedy(self) -> Remedy {
                match self.0 { $($code => Remedy::$remedy,)* _ => Remedy::Fail }
            }
        }
    };
}

impl ErrorCode {
    /// Whether this is success.
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// Whether the same request may succeed when it is sent again, as the Java client classifies it
    /// (`RetriableException`).
    pub const fn is_retriable(self) -> bool {
        matches!(self.remedy(), Remedy::Retry | Remedy::Refresh)
    }

    /// Whether the client's view of the cluster is stale, as the Java client classifies it
    /// (`InvalidMetadataException`). All of these are retriable.
    pub const fn needs_metadata_refresh(self) -> bool {
        matches!(self.remedy(), Remedy::Refresh)
    }
}

impl From<i16> for ErrorCode {
    fn from(code: i16) -> Self {
        Self(code)
    }
}

impl From<ErrorCode> for i16 {
    fn from(code: ErrorCode) -> Self {
        code.0
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name().unwrap_or("unknown error code"), self.0)
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

error_codes! {
    UNKNOWN_SERVER_ERROR = -1, Fail, "the broker failed in a way that it did not foresee";
    NONE = 0, Fail, "success";
    OFFSET_OUT_OF_RANGE = 1, Fail, "the log has no such offset: it was deleted, or is not written yet";
    CORRUPT_MESSAGE = 2, Retry, "a record batch does not match its checksum, or is not valid for the topic";
    UNKNOWN_TOPIC_OR_PARTITION = 3, Refresh, "the broker does not have this topic or partition";
    INVALID_FETCH_SIZE = 4, Fail, "the fetch size is not valid";
    LEADER_NOT_AVAILABLE = 5, Refresh, "the partition has no leader at present";
    NOT_LEADER_OR_FOLLOWER = 6, Refresh, "the broker is not the leader, or not a replica, of this partition";
    REQUEST_TIMED_OUT = 7, Retry, "the broker could not finish the request in time";
    BROKER_NOT_AVAILABLE = 8, Fail, "the broker is not available";
    REPLICA_NOT_AVAILABLE = 9, Refresh, "the broker does not have the replica at present";
    MESSAGE_TOO_LARGE = 10, Fail, "a batch is larger than the topic's max.message.bytes";
    STALE_CONTROLLER_EPOCH = 11, Fail, "the controller has moved to another broker";
    OFFSET_METADATA_TOO_LARGE = 12, Fail, "the metadata string of a committed offset is too long";
    NETWORK_EXCEPTION = 13, Refresh, "the connection broke before the answer came";
    COORDINATOR_LOAD_IN_PROGRESS = 14, Retry, "the coordinator is still reading its state";
    COORDINATOR_NOT_AVAILABLE = 15, Retry, "there is no coordinator at present";
    NOT_COORDINATOR = 16, Retry, "the broker is not the coordinator of this group or transactional id";
    INVALID_TOPIC_EXCEPTION = 17, Fail, "the topic's name is not valid, or the topic is internal";
    RECORD_LIST_TOO_LARGE = 18, Fail, "a batch is larger than a log segment may be";
    NOT_ENOUGH_REPLICAS = 19, Retry, "fewer replicas are in sync than min.insync.replicas asks for";
    NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20, Retry, "the records are written, but too few replicas are in sync";
    INVALID_REQUIRED_ACKS = 21, Fail, "acks must be -1, 0 or 1";
    ILLEGAL_GENERATION = 22, Fail, "the group has moved on to another generation";
    INCONSISTENT_GROUP_PROTOCOL = 23, Fail, "the member has no protocol in common with its group";
    INVALID_GROUP_ID = 24, Fail, "the group id is not valid";
    UNKNOWN_MEMBER_ID = 25, Fail, "the coordinator does not know this member";
    INVALID_SESSION_TIMEOUT = 26, Fail, "the session timeout is outside of what the broker allows";
    REBALANCE_IN_PROGRESS = 27, Fail, "the group is rebalancing; the member has to join again";
    INVALID_COMMIT_OFFSET_SIZE = 28, Fail, "a committed offset is too large to store";
    TOPIC_AUTHORIZATION_FAILED = 29, Fail, "not authorized to access the topic";
    GROUP_AUTHORIZATION_FAILED = 30, Fail, "not authorized to access the group";
    CLUSTER_AUTHORIZATION_FAILED = 31, Fail, "not authorized to do this to the cluster";
    INVALID_TIMESTAMP = 32, Fail, "a record's timestamp is too far from the broker's clock";
    UNSUPPORTED_SASL_MECHANISM = 33, Fail, "the broker does not offer this SASL mechanism";
    ILLEGAL_SASL_STATE = 34, Fail, "the request is not allowed at this point of the authentication";
    UNSUPPORTED_VERSION = 35, Fail, "the broker does not support this version of the API";
    TOPIC_ALREADY_EXISTS = 36, Fail, "a topic of this name exists already";
    INVALID_PARTITIONS = 37, Fail, "the number of partitions is not valid";
    INVALID_REPLICATION_FACTOR = 38, Fail, "the replication factor is below 1 or above the number of brokers";
    INVALID_REPLICA_ASSIGNMENT = 39, Fail, "the assignment of replicas is not valid";
    INVALID_CONFIG = 40, Fail, "a configuration is not valid";
    NOT_CONTROLLER = 41, Retry, "the broker is not the controller";
    INVALID_REQUEST = 42, Fail, "the broker cannot make sense of the request; its log says why";
    UNSUPPORTED_FOR_MESSAGE_FORMAT = 43, Fail, "the topic's message format is too old for this";
    POLICY_VIOLATION = 44, Fail, "the broker's policy forbids this";
    OUT_OF_ORDER_SEQUENCE_NUMBER = 45, Fail, "a batch does not follow the last one of its producer";
    DUPLICATE_SEQUENCE_NUMBER = 46, Fail, "the broker has this batch already";
    INVALID_PRODUCER_EPOCH = 47, Fail, "the producer's epoch is out of date";
    INVALID_TXN_STATE = 48, Fail, "the transaction is not in a state that allows this";
    INVALID_PRODUCER_ID_MAPPING = 49, Fail, "the producer id does not belong to the transactional id";
    INVALID_TRANSACTION_TIMEOUT = 50, Fail, "the transaction timeout is above transaction.max.timeout.ms";
    CONCURRENT_TRANSACTIONS = 51, Retry, "the transactional id is busy with another operation";
    TRANSACTION_COORDINATOR_FENCED = 52, Fail, "the coordinator that ends the transaction is not the current one";
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED = 53, Fail, "not authorized to use the transactional id";
    SECURITY_DISABLED = 54, Fail, "the broker has no authorizer, so there are no ACLs";
    OPERATION_NOT_ATTEMPTED = 55, Fail, "another part of the request failed, so this part was not tried";
    KAFKA_STORAGE_ERROR = 56, Refresh, "the broker cannot access the log on its disk";
    LOG_DIR_NOT_FOUND = 57, Fail, "the broker does not have this log directory";
    SASL_AUTHENTICATION_FAILED = 58, Fail, "the credentials were refused";
    UNKNOWN_PRODUCER_ID = 59, Fail, "the broker has forgotten the producer, as its records are gone";
    REASSIGNMENT_IN_PROGRESS = 60, Fail, "the partition's replicas are being moved already";
    DELEGATION_TOKEN_AUTH_DISABLED = 61, Fail, "delegation tokens are not enabled";
    DELEGATION_TOKEN_NOT_FOUND = 62, Fail, "the broker does not have this delegation token";
    DELEGATION_TOKEN_OWNER_MISMATCH = 63, Fail, "the principal neither owns nor may renew the delegation token";
    DELEGATION_TOKEN_REQUEST_NOT_ALLOWED = 64, Fail, "the connection's authentication is too weak to ask for tokens";
    DELEGATION_TOKEN_AUTHORIZATION_FAILED = 65, Fail, "not authorized to access the delegation token";
    DELEGATION_TOKEN_EXPIRED = 66, Fail, "the delegation token has expired";
    INVALID_PRINCIPAL_TYPE = 67, Fail, "the broker does not support this type of principal";
    NON_EMPTY_GROUP = 68, Fail, "the group has members";
    GROUP_ID_NOT_FOUND = 69, Fail, "there is no such group";
    FETCH_SESSION_ID_NOT_FOUND = 70, Retry, "the broker has dropped the fetch session";
    INVALID_FETCH_SESSION_EPOCH = 71, Retry, "the fetch session's epoch is not the one expected";
    LISTENER_NOT_FOUND = 72, Refresh, "the leader does not have the listener that this client uses";
    TOPIC_DELETION_DISABLED = 73, Fail, "the cluster does not allow the deletion of topics";
    FENCED_LEADER_EPOCH = 74, Refresh, "the client's leader epoch is older than the broker's";
    UNKNOWN_LEADER_EPOCH = 75, Retry, "the client's leader epoch is newer than the broker's";
    UNSUPPORTED_COMPRESSION_TYPE = 76, Fail, "the version of the request does not support the batch's compression";
    STALE_BROKER_EPOCH = 77, Fail, "the broker has registered anew";
    OFFSET_NOT_AVAILABLE = 78, Retry, "the new leader does not know the latest offset yet";
    MEMBER_ID_REQUIRED = 79, Fail, "the member has to join again with the member id in the answer";
    PREFERRED_LEADER_NOT_AVAILABLE = 80, Refresh, "the preferred leader is not available";
    GROUP_MAX_SIZE_REACHED = 81, Fail, "the group has as many members as it may";
    FENCED_INSTANCE_ID = 82, Fail, "another member has taken over the group.instance.id";
    ELIGIBLE_LEADERS_NOT_AVAILABLE = 83, Refresh, "no replica that may lead the partition is available";
    ELECTION_NOT_NEEDED = 84, Refresh, "the partition has the leader that it should have";
    NO_REASSIGNMENT_IN_PROGRESS = 85, Fail, "the partition's replicas are not being moved";
    GROUP_SUBSCRIBED_TO_TOPIC = 86, Fail, "the group is subscribed to the topic, so its offsets cannot be deleted";
    INVALID_RECORD = 87, Fail, "the broker refused a record; the answer says which";
    UNSTABLE_OFFSET_COMMIT = 88, Retry, "a transaction that commits these offsets is still open";
    THROTTLING_QUOTA_EXCEEDED = 89, Retry, "a quota is used up";
    PRODUCER_FENCED = 90, Fail, "another producer has taken over the transactional id";
    RESOURCE_NOT_FOUND = 91, Fail, "the request refers to something that does not exist";
    DUPLICATE_RESOURCE = 92, Fail, "the request refers to the same thing twice";
    UNACCEPTABLE_CREDENTIAL = 93, Fail, "the credential does not meet the broker's rules";
    INCONSISTENT_VOTER_SET = 94, Fail, "sender or receiver is not one of the expected voters";
    INVALID_UPDATE_VERSION = 95, Fail, "the version to update to is not valid";
    FEATURE_UPDATE_FAILED = 96, Fail, "the features could not be updated";
    PRINCIPAL_DESERIALIZATION_FAILURE = 97, Fail, "the controller cannot read the principal of a forwarded request";
    SNAPSHOT_NOT_FOUND = 98, Fail, "there is no such snapshot";
    POSITION_OUT_OF_RANGE = 99, Fail, "the position is outside of the snapshot";
    UNKNOWN_TOPIC_ID = 100, Refresh, "the broker does not have a topic with this id";
    DUPLICATE_BROKER_REGISTRATION = 101, Fail, "the broker id is taken";
    BROKER_ID_NOT_REGISTERED = 102, Fail, "no broker has this id";
    INCONSISTENT_TOPIC_ID = 103, Refresh, "the topic's id on the broker is another: the topic was created anew";
    INCONSISTENT_CLUSTER_ID = 104, Fail, "the cluster's id is another";
    TRANSACTIONAL_ID_NOT_FOUND = 105, Fail, "the coordinator does not know the transactional id";
    FETCH_SESSION_TOPIC_ID_ERROR = 106, Retry, "the fetch session mixes requests with and without topic ids";
    INELIGIBLE_REPLICA = 107, Fail, "a replica may not be in sync at present";
    NEW_LEADER_ELECTED = 108, Fail, "the change went through, and with it the leader changed";
    OFFSET_MOVED_TO_TIERED_STORAGE = 109, Fail, "the offset is in tiered storage";
    FENCED_MEMBER_EPOCH = 110, Fail, "the member's epoch is fenced; it has to give up its partitions and join again";
    UNRELEASED_INSTANCE_ID = 111, Fail, "another member still uses the instance id";
    UNSUPPORTED_ASSIGNOR = 112, Fail, "the group does not support this assignor";
    STALE_MEMBER_EPOCH = 113, Fail, "the member's epoch is out of date; its next heartbeat brings the new one";
    MISMATCHED_ENDPOINT_TYPE = 114, Fail, "the request was meant for a broker and went to a controller, or vice versa";
    UNSUPPORTED_ENDPOINT_TYPE = 115, Fail, "this type of endpoint is not supported";
    UNKNOWN_CONTROLLER_ID = 116, Fail, "no controller has this id";
    UNKNOWN_SUBSCRIPTION_ID = 117, Fail, "the telemetry subscription is not the current one";
    TELEMETRY_TOO_LARGE = 118, Fail, "the metrics are more than the broker takes at once";
    INVALID_REGISTRATION = 119, Fail, "the controller refuses the broker's registration";
    TRANSACTION_ABORTABLE = 120, Fail, "the transaction has failed; the producer can abort it and go on";
    INVALID_RECORD_STATE = 121, Fail, "the record cannot be acknowledged in its state";
    SHARE_SESSION_NOT_FOUND = 122, Retry, "the broker has dropped the share session";
    INVALID_SHARE_SESSION_EPOCH = 123, Retry, "the share session's epoch is not the one expected";
    FENCED_STATE_EPOCH = 124, Fail, "the share group's state epoch is out of date";
    INVALID_VOTER_KEY = 125, Fail, "the voter's id and directory are not those of the receiver";
    DUPLICATE_VOTER = 126, Fail, "the voter is one already";
    VOTER_NOT_FOUND = 127, Fail, "there is no such voter";
    INVALID_REGULAR_EXPRESSION = 128, Fail, "the subscription's regular expression is not valid";
    REBOOTSTRAP_REQUIRED = 129, Fail, "the client has to start over from its bootstrap servers";
    STREAMS_INVALID_TOPOLOGY = 130, Fail, "the streams topology is not valid";
    STREAMS_INVALID_TOPOLOGY_EPOCH = 131, Fail, "the streams topology's epoch is not valid";
    STREAMS_TOPOLOGY_FENCED = 132, Fail, "the streams topology's epoch is out of date";
    SHARE_SESSION_LIMIT_REACHED = 133, Retry, "the broker has as many share sessions as it may";
    GROUP_DELETION_FAILED = 134, Fail, "a group could not be deleted; its error message says why";
    STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED = 135, Fail, "the broker refused the topology description; the message says why";
    CONTROLLER_ID_NOT_REGISTERED = 136, Fail, "no controller is registered with this id";
}
