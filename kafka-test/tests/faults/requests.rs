//! What happens to single requests and answers.

use kafka_proto::ErrorCode;
use kafka_proto::messages::ApiKey;
use kafka_test::cluster::chaos::{Fault, Mischief, Schedule};

use crate::{ms, requests, under};

/// What a client asks in these runs.
const ASKED: [ApiKey; 9] = [
    ApiKey::ApiVersions,
    ApiKey::Metadata,
    ApiKey::InitProducerId,
    ApiKey::Produce,
    ApiKey::Fetch,
    ApiKey::ListOffsets,
    ApiKey::FindCoordinator,
    ApiKey::OffsetCommit,
    ApiKey::OffsetFetch,
];

/// The same with the requests of each API in turn. Some are asked only on new connections, which a broken one brings about.
async fn with_each(what: Mischief) {
    for api in ASKED {
        let breaks = |schedule: Schedule, at| schedule.at(ms(at), Fault::Disconnect(1 + at as i32 % 3));
        let schedule = [500, 1_501, 2_502, 3_500].into_iter().fold(requests(api, 2, what), breaks);
        under(schedule).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_closes_before_the_request_is_handled() {
    with_each(Mischief::Close).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_closes_after_the_request_is_handled() {
    with_each(Mischief::CloseAfter).await;
}

#[tokio::test(start_paused = true)]
async fn half_an_answer() {
    with_each(Mischief::Cut).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_never_answered() {
    for api in ASKED {
        under(
            Schedule::new()
                .at(ms(500), Fault::Disconnect(1))
                .at(ms(499), Fault::Requests { api, times: 2, what: Mischief::Stall }),
        )
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_late() {
    with_each(Mischief::Delay(ms(700))).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_another_request() {
    with_each(Mischief::WrongCorrelationId).await;
}

#[tokio::test(start_paused = true)]
async fn a_record_batch_damaged_on_its_way() {
    under(requests(ApiKey::Fetch, 1, Mischief::Corrupt)).await;
}

/// Every code that a broker gives for a while, to each API that may give it.
#[tokio::test(start_paused = true)]
async fn error_codes_that_pass() {
    use ErrorCode as Code;
    let codes: [(ApiKey, &[ErrorCode]); 7] = [
        (
            ApiKey::Produce,
            &[
                Code::CORRUPT_MESSAGE,
                Code::UNKNOWN_TOPIC_OR_PARTITION,
                Code::LEADER_NOT_AVAILABLE,
                Code::NOT_LEADER_OR_FOLLOWER,
                Code::REQUEST_TIMED_OUT,
                Code::NETWORK_EXCEPTION,
                Code::NOT_ENOUGH_REPLICAS,
                Code::NOT_ENOUGH_REPLICAS_AFTER_APPEND,
                Code::KAFKA_STORAGE_ERROR,
                Code::UNKNOWN_TOPIC_ID,
            ],
        ),
        (
            ApiKey::Fetch,
            &[
                Code::FETCH_SESSION_ID_NOT_FOUND,
                Code::INVALID_FETCH_SESSION_EPOCH,
                Code::FETCH_SESSION_TOPIC_ID_ERROR,
            ],
        ),
        (ApiKey::Metadata, &[Code::LEADER_NOT_AVAILABLE, Code::UNKNOWN_TOPIC_OR_PARTITION]),
        (
            ApiKey::ListOffsets,
            &[Code::NOT_LEADER_OR_FOLLOWER, Code::LEADER_NOT_AVAILABLE, Code::OFFSET_NOT_AVAILABLE],
        ),
        (
            ApiKey::InitProducerId,
            &[Code::COORDINATOR_LOAD_IN_PROGRESS, Code::COORDINATOR_NOT_AVAILABLE, Code::NOT_COORDINATOR],
        ),
        (ApiKey::FindCoordinator, &[Code::COORDINATOR_NOT_AVAILABLE]),
        (
            ApiKey::OffsetCommit,
            &[Code::NOT_COORDINATOR, Code::COORDINATOR_LOAD_IN_PROGRESS, Code::COORDINATOR_NOT_AVAILABLE],
        ),
    ];
    for (api, codes) in codes {
        for code in codes {
            // A broken connection brings about what is asked only once.
            let schedule = requests(api, 3, Mischief::Error(*code));
            under((1..=3).fold(schedule, |schedule, node| schedule.at(ms(1_001), Fault::Disconnect(node))))
                .await;
        }
    }
}
