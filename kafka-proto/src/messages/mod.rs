//! Every message of the Kafka protocol that a client or a server needs: one file for each API.
//!
//! A request or a response is a struct with public fields, which implements [`Message`](crate::wire::Message) and
//! [`Request`] or [`Response`]. Fields are named as in Kafka's protocol guide; each says which versions have it. What
//! a version does not have keeps its default.
//!
//! [`ApiKey`] numbers the APIs, [`AnyRequest`] and [`AnyResponse`] hold whichever message a key and a version call
//! for, and [`write_request`], [`read_response`] and their twins for servers add headers and lengths.
//!
//! ```
//! use bytes::Bytes;
//! use kafka_proto::{ErrorCode, messages, messages::{HeartbeatRequest, HeartbeatResponse}, wire::Writer};
//!
//! // A client asks …
//! let request = HeartbeatRequest { group_id: "billing".into(), generation_id: 3, ..Default::default() };
//! let mut writer = Writer::new();
//! messages::write_request(&mut writer, 4, 77, Some("my-app"), &request)?;
//!
//! // … a server reads the frame, without the four bytes of its length, and answers …
//! let frame = writer.into_bytes().slice(4..);
//! let (header, request) = messages::read_request(frame)?;
//! assert_eq!((request.name(), header.request_api_version), ("Heartbeat", 4));
//! let response = HeartbeatResponse { error_code: ErrorCode::REBALANCE_IN_PROGRESS.0, ..Default::default() };
//! let mut writer = Writer::new();
//! messages::write_response(&mut writer, header.request_api_version, header.correlation_id, &response)?;
//!
//! // … and the client reads the answer.
//! let frame = writer.into_bytes().slice(4..);
//! let (correlation_id, answer) = messages::read_response::<HeartbeatResponse>(frame, 4)?;
//! assert_eq!((correlation_id, answer), (77, response));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

/// Calls a macro with every API: its name and number, its request, its response.
macro_rules! apis {
    ($macro:ident) => {
        $macro! {
            Produce = 0, ProduceRequest, ProduceResponse;
            Fetch = 1, FetchRequest, FetchResponse;
            ListOffsets = 2, ListOffsetsRequest, ListOffsetsResponse;
            Metadata = 3, MetadataRequest, MetadataResponse;
            OffsetCommit = 8, OffsetCommitRequest, OffsetCommitResponse;
            OffsetFetch = 9, OffsetFetchRequest, OffsetFetchResponse;
            FindCoordinator = 10, FindCoordinatorRequest, FindCoordinatorResponse;
            JoinGroup = 11, JoinGroupRequest, JoinGroupResponse;
            Heartbeat = 12, HeartbeatRequest, HeartbeatResponse;
            LeaveGroup = 13, LeaveGroupRequest, LeaveGroupResponse;
            SyncGroup = 14, SyncGroupRequest, SyncGroupResponse;
            DescribeGroups = 15, DescribeGroupsRequest, DescribeGroupsResponse;
            ListGroups = 16, ListGroupsRequest, ListGroupsResponse;
            SaslHandshake = 17, SaslHandshakeRequest, SaslHandshakeResponse;
            ApiVersions = 18, ApiVersionsRequest, ApiVersionsResponse;
            CreateTopics = 19, CreateTopicsRequest, CreateTopicsResponse;
            DeleteTopics = 20, DeleteTopicsRequest, DeleteTopicsResponse;
            DeleteRecords = 21, DeleteRecordsRequest, DeleteRecordsResponse;
            InitProducerId = 22, InitProducerIdRequest, InitProducerIdResponse;
            OffsetForLeaderEpoch = 23, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse;
            AddPartitionsToTxn = 24, AddPartitionsToTxnRequest, AddPartitionsToTxnResponse;
            AddOffsetsToTxn = 25, AddOffsetsToTxnRequest, AddOffsetsToTxnResponse;
            EndTxn = 26, EndTxnRequest, EndTxnResponse;
            WriteTxnMarkers = 27, WriteTxnMarkersRequest, WriteTxnMarkersResponse;
            TxnOffsetCommit = 28, TxnOffsetCommitRequest, TxnOffsetCommitResponse;
            DescribeAcls = 29, DescribeAclsRequest, DescribeAclsResponse;
            CreateAcls = 30, CreateAclsRequest, CreateAclsResponse;
            DeleteAcls = 31, DeleteAclsRequest, DeleteAclsResponse;
            DescribeConfigs = 32, DescribeConfigsRequest, DescribeConfigsResponse;
            AlterConfigs = 33, AlterConfigsRequest, AlterConfigsResponse;
            AlterReplicaLogDirs = 34, AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse;
            DescribeLogDirs = 35, DescribeLogDirsRequest, DescribeLogDirsResponse;
            SaslAuthenticate = 36, SaslAuthenticateRequest, SaslAuthenticateResponse;
            CreatePartitions = 37, CreatePartitionsRequest, CreatePartitionsResponse;
            CreateDelegationToken = 38, CreateDelegationTokenRequest, CreateDelegationTokenResponse;
            RenewDelegationToken = 39, RenewDelegationTokenRequest, RenewDelegationTokenResponse;
            ExpireDelegationToken = 40, ExpireDelegationTokenRequest, ExpireDelegationTokenResponse;
            DescribeDelegationToken = 41, DescribeDelegationTokenRequest, DescribeDelegationTokenResponse;
            DeleteGroups = 42, DeleteGroupsRequest, DeleteGroupsResponse;
            ElectLeaders = 43, ElectLeadersRequest, ElectLeadersResponse;
            IncrementalAlterConfigs = 44, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse;
            AlterPartitionReassignments = 45, AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse;
            ListPartitionReassignments = 46, ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse;
            OffsetDelete = 47, OffsetDeleteRequest, OffsetDeleteResponse;
            DescribeClientQuotas = 48, DescribeClientQuotasRequest, DescribeClientQuotasResponse;
            AlterClientQuotas = 49, AlterClientQuotasRequest, AlterClientQuotasResponse;
            DescribeUserScramCredentials = 50, DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse;
            AlterUserScramCredentials = 51, AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse;
            DescribeQuorum = 55, DescribeQuorumRequest, DescribeQuorumResponse;
            UpdateFeatures = 57, UpdateFeaturesRequest, UpdateFeaturesResponse;
            DescribeCluster = 60, DescribeClusterRequest, DescribeClusterResponse;
            DescribeProducers = 61, DescribeProducersRequest, DescribeProducersResponse;
            UnregisterBroker = 64, UnregisterBrokerRequest, UnregisterBrokerResponse;
            DescribeTransactions = 65, DescribeTransactionsRequest, DescribeTransactionsResponse;
            ListTransactions = 66, ListTransactionsRequest, ListTransactionsResponse;
            ConsumerGroupHeartbeat = 68, ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse;
            ConsumerGroupDescribe = 69, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse;
            GetTelemetrySubscriptions = 71, GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse;
            PushTelemetry = 72, PushTelemetryRequest, PushTelemetryResponse;
            ListConfigResources = 74, ListConfigResourcesRequest, ListConfigResourcesResponse;
            DescribeTopicPartitions = 75, DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse;
            ShareGroupHeartbeat = 76, ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse;
            ShareGroupDescribe = 77, ShareGroupDescribeRequest, ShareGroupDescribeResponse;
            ShareFetch = 78, ShareFetchRequest, ShareFetchResponse;
            ShareAcknowledge = 79, ShareAcknowledgeRequest, ShareAcknowledgeResponse;
            AddRaftVoter = 80, AddRaftVoterRequest, AddRaftVoterResponse;
            RemoveRaftVoter = 81, RemoveRaftVoterRequest, RemoveRaftVoterResponse;
            StreamsGroupHeartbeat = 88, StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse;
            StreamsGroupDescribe = 89, StreamsGroupDescribeRequest, StreamsGroupDescribeResponse;
            DescribeShareGroupOffsets = 90, DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse;
            AlterShareGroupOffsets = 91, AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse;
            DeleteShareGroupOffsets = 92, DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse;
            StreamsGroupTopologyDescriptionUpdate = 93, StreamsGroupTopologyDescriptionUpdateRequest, StreamsGroupTopologyDescriptionUpdateResponse;
            UnregisterController = 94, UnregisterControllerRequest, UnregisterControllerResponse;
        }
    };
}

mod add_offsets_to_txn;
mod add_partitions_to_txn;
mod add_raft_voter;
mod alter_client_quotas;
mod alter_configs;
mod alter_partition_reassignments;
mod alter_replica_log_dirs;
mod alter_share_group_offsets;
mod alter_user_scram_credentials;
mod any;
mod api_key;
mod api_versions;
mod consumer_group_describe;
mod consumer_group_heartbeat;
mod consumer_protocol;
mod control_record;
mod create_acls;
mod create_delegation_token;
mod create_partitions;
mod create_topics;
mod delete_acls;
mod delete_groups;
mod delete_records;
mod delete_share_group_offsets;
mod delete_topics;
mod describe_acls;
mod describe_client_quotas;
mod describe_cluster;
mod describe_configs;
mod describe_delegation_token;
mod describe_groups;
mod describe_log_dirs;
mod describe_producers;
mod describe_quorum;
mod describe_share_group_offsets;
mod describe_topic_partitions;
mod describe_transactions;
mod describe_user_scram_credentials;
mod elect_leaders;
mod end_txn;
mod expire_delegation_token;
mod fetch;
mod find_coordinator;
mod frame;
mod get_telemetry_subscriptions;
mod header;
mod heartbeat;
mod incremental_alter_configs;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_config_resources;
mod list_groups;
mod list_offsets;
mod list_partition_reassignments;
mod list_transactions;
mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod produce;
mod push_telemetry;
mod remove_raft_voter;
mod renew_delegation_token;
mod sasl_authenticate;
mod sasl_handshake;
mod share_acknowledge;
mod share_fetch;
mod share_group_describe;
mod share_group_heartbeat;
mod streams_group_describe;
mod streams_group_heartbeat;
mod streams_group_topology_description_update;
mod sync_group;
mod txn_offset_commit;
mod unregister_broker;
mod unregister_controller;
mod update_features;
mod write_txn_markers;

pub use add_offsets_to_txn::*;
pub use add_partitions_to_txn::*;
pub use add_raft_voter::*;
pub use alter_client_quotas::*;
pub use alter_configs::*;
pub use alter_partition_reassignments::*;
pub use alter_replica_log_dirs::*;
pub use alter_share_group_offsets::*;
pub use alter_user_scram_credentials::*;
pub use api_versions::*;
pub use consumer_group_describe::*;
pub use consumer_group_heartbeat::*;
pub use consumer_protocol::*;
pub use control_record::*;
pub use create_acls::*;
pub use create_delegation_token::*;
pub use create_partitions::*;
pub use create_topics::*;
pub use delete_acls::*;
pub use delete_groups::*;
pub use delete_records::*;
pub use delete_share_group_offsets::*;
pub use delete_topics::*;
pub use describe_acls::*;
pub use describe_client_quotas::*;
pub use describe_cluster::*;
pub use describe_configs::*;
pub use describe_delegation_token::*;
pub use describe_groups::*;
pub use describe_log_dirs::*;
pub use describe_producers::*;
pub use describe_quorum::*;
pub use describe_share_group_offsets::*;
pub use describe_topic_partitions::*;
pub use describe_transactions::*;
pub use describe_user_scram_credentials::*;
pub use elect_leaders::*;
pub use end_txn::*;
pub use expire_delegation_token::*;
pub use fetch::*;
pub use find_coordinator::*;
pub use get_telemetry_subscriptions::*;
pub use header::*;
pub use heartbeat::*;
pub use incremental_alter_configs::*;
pub use init_producer_id::*;
pub use join_group::*;
pub use leave_group::*;
pub use list_config_resources::*;
pub use list_groups::*;
pub use list_offsets::*;
pub use list_partition_reassignments::*;
pub use list_transactions::*;
pub use metadata::*;
pub use offset_commit::*;
pub use offset_delete::*;
pub use offset_fetch::*;
pub use offset_for_leader_epoch::*;
pub use produce::*;
pub use push_telemetry::*;
pub use remove_raft_voter::*;
pub use renew_delegation_token::*;
pub use sasl_authenticate::*;
pub use sasl_handshake::*;
pub use share_acknowledge::*;
pub use share_fetch::*;
pub use share_group_describe::*;
pub use share_group_heartbeat::*;
pub use streams_group_describe::*;
pub use streams_group_heartbeat::*;
pub use streams_group_topology_description_update::*;
pub use sync_group::*;
pub use txn_offset_commit::*;
pub use unregister_broker::*;
pub use unregister_controller::*;
pub use update_features::*;
pub use write_txn_markers::*;

pub use any::{AnyRequest, AnyResponse};
pub use api_key::{ApiKey, Request, Response};
pub use frame::{read_request, read_response, write_request, write_response};
