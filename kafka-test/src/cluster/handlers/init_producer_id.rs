//! `InitProducerId`, versions 0 to 6.
//!
//! - 3: the producer may name the id and epoch that it has, to go on after an error (KIP-360).
//! - 4: `PRODUCER_FENCED` instead of `INVALID_PRODUCER_EPOCH`.
//! - 6: two-phase commit (KIP-939), which the nodes do not have.

use kafka_proto::ErrorCode;
use kafka_proto::messages::{InitProducerIdRequest, InitProducerIdResponse};

use super::{Call, Handle, Outcome};
use crate::cluster::state::{State, TransactionalProducer};

impl Handle for InitProducerIdRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<InitProducerIdResponse> {
        let half = (self.producer_id == -1) != (self.producer_epoch == -1);
        let result = match &self.transactional_id {
            _ if half => Err(ErrorCode::INVALID_REQUEST),
            // Without a transactional id the producer's old id does not matter: it gets a new one.
            None => Ok(TransactionalProducer { id: state.new_producer_id(), epoch: 0 }),
            Some(id) if id.is_empty() => Err(ErrorCode::INVALID_REQUEST),
            Some(id) if state.coordinator(id) != Some(call.node) => Err(ErrorCode::NOT_COORDINATOR),
            Some(_) => next_epoch(&self, state, call.version),
        };
        Outcome::Answer(match result {
            Ok(TransactionalProducer { id, epoch }) => {
                InitProducerIdResponse { producer_id: id, producer_epoch: epoch, ..Default::default() }
            }
            Err(code) => self.refuse(call.version, code),
        })
    }

    fn refuse(self, _version: i16, code: ErrorCode) -> InitProducerIdResponse {
        InitProducerIdResponse {
            error_code: code.0,
            producer_id: -1,
            producer_epoch: -1,
            ..Default::default()
        }
    }
}

/// The transactional id's producer, its epoch raised so that whoever had it before is fenced.
fn next_epoch(
    request: &InitProducerIdRequest,
    state: &mut State,
    version: i16,
) -> Result<TransactionalProducer, ErrorCode> {
    let Some(name) = &request.transactional_id else { return Err(ErrorCode::INVALID_REQUEST) };
    let known = state.transactional.get(name).copied();
    if request.producer_id >= 0
        && known.is_some_and(|known| known.id != request.producer_id || request.producer_epoch < known.epoch)
    {
        return Err(if version >= 4 {
            ErrorCode::PRODUCER_FENCED
        } else {
            ErrorCode::INVALID_PRODUCER_EPOCH
        });
    }
    let next = match known {
        // The last epoch is kept for the coordinator's own use, to fence with.
        Some(known) if known.epoch < i16::MAX - 1 => {
            TransactionalProducer { id: known.id, epoch: known.epoch + 1 }
        }
        _ => TransactionalProducer { id: state.new_producer_id(), epoch: 0 },
    };
    state.transactional.insert(name.detach(), next);
    Ok(next)
}
