//! What a user does, end to end: the same tests on the cluster in the process (on loopback, in memory under a paused
//! clock, and playing an old release) and on real Apache Kafka: the newest, one with the older protocol, and the oldest
//! that is served.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod assigned;
mod broker;
mod consume;
mod offsets;
mod produce;
mod several;
mod target;
mod times;
mod ways;

use target::Target;

/// Each scenario is a test on every cluster.
macro_rules! on_every_cluster {
    ($($module:ident: $($name:ident),+;)+) => {
        mod in_process {
            use super::*;
            $($(#[tokio::test]
            async fn $name() {
                $module::$name(&Target::in_process().await).await;
            })+)+
        }
        /// Without sockets, and with a clock that runs only when nothing else does.
        mod in_memory {
            use super::*;
            $($(#[tokio::test(start_paused = true)]
            async fn $name() {
                $module::$name(&Target::in_memory().await).await;
            })+)+
        }
        mod in_process_as_kafka_1_0 {
            use super::*;
            $($(#[tokio::test]
            async fn $name() {
                $module::$name(&Target::in_process_like("1.0").await).await;
            })+)+
        }
        on_every_cluster!(@apache apache_4_3 "4.3.1"; $($module: $($name),+;)+);
        on_every_cluster!(@apache apache_3_9 "3.9.2"; $($module: $($name),+;)+);
        on_every_cluster!(@apache apache_1_0 "1.0.2"; $($module: $($name),+;)+);
    };
    (@apache $cluster:ident $version:literal; $($module:ident: $($name:ident),+;)+) => {
        mod $cluster {
            use super::*;
            $($(#[tokio::test]
            async fn $name() {
                if let Some(target) = Target::apache($version).await {
                    $module::$name(&target).await;
                }
            })+)+
        }
    };
}

on_every_cluster! {
    broker:
        describes_its_nodes_and_topics,
        makes_and_deletes_topics,
        topics_that_cannot_be_made_say_why,
        knows_where_a_partition_begins_and_ends,
        an_unknown_topic_is_an_error_within_its_bound,
        everything_after_close_is_closed;
    produce:
        a_batch_is_written_whole_and_its_offsets_are_filled_in,
        an_empty_batch_writes_nothing,
        every_codec_brings_back_what_was_written,
        acks_none_and_leader_write_too,
        a_partition_out_of_range_is_an_error_that_says_why,
        a_message_above_the_limit_is_an_error_that_names_it,
        a_message_above_the_topics_limit_is_refused_and_the_next_one_is_written,
        enqueued_records_arrive_once_and_in_order,
        records_with_a_key_stay_together,
        close_delivers_what_was_taken;
    ways:
        a_leader_is_dialled_and_written_to_before_its_deadline,
        many_records_with_one_future_have_their_results_in_order,
        every_record_is_reported_once_with_its_fate,
        another_clients_partitioner_decides_where_keys_go,
        whole_batches_come_back_with_where_they_are,
        an_aborted_producer_has_told_every_record_its_fate;
    consume:
        begins_at_the_oldest_the_newest_or_an_exact_offset,
        a_message_larger_than_the_fetch_size_is_read,
        messages_tell_how_many_are_behind_them,
        single_messages_and_batches_share_one_position,
        no_data_comes_after_the_limit_and_the_consumer_stays_usable,
        an_offset_out_of_range_is_an_error_and_seek_mends_it,
        a_dropped_consume_loses_nothing,
        a_stream_yields_every_message_and_ends_without_data,
        a_waiting_consumer_gets_what_is_written_later;
    offsets:
        nothing_is_stored_before_a_commit,
        what_is_committed_comes_back_verbatim,
        groups_and_partitions_are_kept_apart,
        a_negative_offset_is_refused;
    assigned:
        partitions_of_several_topics_are_read_each_in_order,
        partitions_come_and_go_while_another_task_reads,
        partitions_added_without_an_offset_begin_where_the_configuration_says,
        a_paused_partition_waits_and_the_others_flow,
        a_seek_goes_anywhere_in_one_partition,
        an_offset_out_of_range_is_the_error_of_one_partition,
        each_partition_is_read_by_a_task_of_its_own,
        who_waits_in_vain_is_told_so;
    times:
        reading_begins_with_the_first_message_of_a_time,
        a_position_out_of_range_is_reset_as_the_policy_says,
        messages_are_found_by_their_time,
        partitions_begin_and_end_where_their_logs_do;
    several:
        a_merge_yields_every_message_of_every_partition,
        batches_are_distributed_by_key_in_turn_and_at_random;
}
