//! Who this producer is to the cluster: asked for when it is first needed, and anew when it is refused.

use std::sync::Arc;
use std::time::Duration;

use kafka_proto::ErrorCode;
use kafka_proto::messages::InitProducerIdRequest;
use parking_lot::Mutex;

use super::engine::{Engine, Phase};
use super::sequencer::Identity;
use crate::api::{Error, ErrorKind, Result};
use crate::config::backoff;
use crate::connection::newest;

/// The longest wait between two attempts.
const LONGEST_BACKOFF: Duration = Duration::from_secs(1);

/// The identity of an idempotent producer.
#[derive(Debug, Default)]
pub(super) struct Identities(Mutex<State>);

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Unknown,
    Asking,
    Known(Identity),
}

impl Identities {
    pub(super) fn get(&self) -> Option<Identity> {
        match *self.0.lock() {
            State::Known(identity) => Some(identity),
            _ => None,
        }
    }

    /// Whether the caller is to ask for an identity other than the one with the id `refused`.
    fn begin(&self, refused: Option<i64>) -> bool {
        let mut state = self.0.lock();
        let needed = match *state {
            State::Unknown => true,
            State::Asking => false,
            State::Known(identity) => Some(identity.id) == refused,
        };
        if needed {
            *state = State::Asking;
        }
        needed
    }

    fn set(&self, state: State) {
        *self.0.lock() = state;
    }
}

/// Asks for an identity unless one is known that is not `refused`, or is being asked for. Senders are woken when it
/// is there.
pub(super) fn want(engine: &Arc<Engine>, refused: Option<i64>) {
    if engine.identities.begin(refused) {
        engine.spawn(ask(engine.clone()));
    }
}

async fn ask(engine: Arc<Engine>) {
    let mut phases = engine.phases();
    for attempt in 0.. {
        let error = match init(&engine).await {
            Ok(identity) => {
                engine.identities.set(State::Known(identity));
                engine.nudge();
                return;
            }
            Err(error) => error,
        };
        if !error.is_retriable() {
            tracing::warn!(%error, "no producer id");
            engine.identities.set(State::Unknown);
            engine.fail_waiting(&error, |_| true);
            return;
        }
        tracing::debug!(%error, attempt, "no producer id yet");
        let wait = backoff(engine.conf.retry_wait, LONGEST_BACKOFF, attempt, engine.cluster.random());
        tokio::select! {
            biased;
            _ = phases.wait_for(|phase| *phase == Phase::Ended) => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

async fn init(engine: &Engine) -> Result<Identity> {
    let request = InitProducerIdRequest {
        transactional_id: None,
        transaction_timeout_ms: i32::MAX,
        ..InitProducerIdRequest::default()
    };
    let response = engine.cluster.call_any(newest(request), engine.conf.request_timeout).await?;
    let code = ErrorCode(response.error_code);
    if !code.is_ok() {
        return Err(Error::from_code(code).in_api("InitProducerId"));
    }
    let (id, epoch) = (response.producer_id, response.producer_epoch);
    if id < 0 || epoch < 0 {
        // Batches under it would count as those of a producer that does not number them.
        let what = format!("the cluster gave producer id {id} with epoch {epoch}: neither is one");
        return Err(Error::new(ErrorKind::Protocol, what).in_api("InitProducerId").retriable(false));
    }
    Ok(Identity { id, epoch })
}
