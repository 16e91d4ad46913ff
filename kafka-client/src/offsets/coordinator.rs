//! The node that keeps a group's offsets: found once, and again when it may have moved.

use kafka_proto::ErrorCode;
use kafka_proto::messages::{FindCoordinatorRequest, FindCoordinatorResponse};
use kafka_proto::wire::StrBytes;
use parking_lot::Mutex;

use crate::api::{Error, ErrorKind, Result};
use crate::connection::Versions;
use crate::metadata::Cluster;

/// The first version that asks for several keys at once, and answers by key.
const BY_KEYS: i16 = 4;

/// What FindCoordinator calls a group's coordinator.
const GROUP: i8 = 0;

#[derive(Debug)]
pub(crate) struct Coordinator {
    group: StrBytes,
    known: Mutex<Option<i32>>,
}

impl Coordinator {
    pub(crate) fn new(group: &str) -> Self {
        Self { group: StrBytes::from(group), known: Mutex::new(None) }
    }

    /// The coordinator's node, as known or as any node answers now.
    pub(crate) async fn find(&self, cluster: &Cluster) -> Result<i32> {
        let known = *self.known.lock();
        if let Some(node) = known.filter(|node| cluster.snapshot().nodes.contains_key(node)) {
            return Ok(node);
        }
        let node = self.ask(cluster).await.map_err(|error| error.in_api("FindCoordinator"))?;
        if !cluster.snapshot().nodes.contains_key(&node) {
            // It may have joined the cluster since the last refresh.
            cluster.refreshed(None).await?;
        }
        *self.known.lock() = Some(node);
        Ok(node)
    }

    async fn ask(&self, cluster: &Cluster) -> Result<i32> {
        let group = self.group.clone();
        let say = move |versions: &Versions| {
            let version = versions.choose::<FindCoordinatorRequest>()?;
            let mut request = FindCoordinatorRequest { key_type: GROUP, ..Default::default() };
            if version < BY_KEYS {
                request.key = group;
            } else {
                request.coordinator_keys = vec![group];
            }
            Ok((request, version))
        };
        let response = cluster.call_any(say, cluster.conf().read_timeout).await?;
        answered(&response)
    }

    /// A call to the coordinator failed: whether it is looked for anew.
    pub(crate) fn failed(&self, error: &Error) {
        let moved = match error.code() {
            Some(code) => code == ErrorCode::NOT_COORDINATOR || code == ErrorCode::COORDINATOR_NOT_AVAILABLE,
            None => matches!(error.kind(), ErrorKind::Connect | ErrorKind::TimedOut | ErrorKind::Protocol),
        };
        if moved {
            *self.known.lock() = None;
        }
    }
}

fn answered(response: &FindCoordinatorResponse) -> Result<i32> {
    let (code, node) = match response.coordinators.first() {
        Some(coordinator) => (coordinator.error_code, coordinator.node_id),
        None => (response.error_code, response.node_id),
    };
    let code = ErrorCode(code);
    if !code.is_ok() {
        return Err(Error::from_code(code));
    }
    if node < 0 {
        return Err(Error::from_code(ErrorCode::COORDINATOR_NOT_AVAILABLE));
    }
    Ok(node)
}
