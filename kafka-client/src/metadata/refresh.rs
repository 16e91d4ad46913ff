//! Keeps the snapshot fresh: the task that runs the plan.

use std::ops::ControlFlow;
use std::sync::{Arc, Weak};

use kafka_proto::messages::{MetadataRequest, MetadataRequestTopic, MetadataResponse};
use kafka_proto::wire::StrBytes;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::cluster::{Cluster, Shared};
use crate::api::{Error, Result, TopicName};
use crate::connection::newest;

/// What ended last, for those who wait: every request up to `served`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Served {
    pub(crate) up_to: u64,
    /// `None`: the refresh went well.
    pub(crate) error: Option<Error>,
}

/// Runs until the last handle on the cluster is gone. Holds none itself while it waits.
pub(crate) async fn run(shared: Weak<Shared>, wake: Arc<Notify>) {
    loop {
        let ControlFlow::Continue(due) = due(&shared) else { return };
        let now = Instant::now();
        match due {
            Some(due) if due <= now => {
                let Some(shared) = shared.upgrade() else { return };
                refresh(&Cluster::from(shared)).await;
            }
            Some(due) => {
                tokio::select! {
                    biased;
                    () = wake.notified() => {}
                    () = tokio::time::sleep_until(due) => {}
                }
            }
            None => wake.notified().await,
        }
    }
}

/// When the next refresh should begin, if that is known; a break when there will be none.
fn due(shared: &Weak<Shared>) -> ControlFlow<(), Option<Instant>> {
    match shared.upgrade().map(Cluster::from) {
        Some(cluster) if cluster.check_open().is_ok() => {
            ControlFlow::Continue(cluster.shared().plan.lock().due(Instant::now()))
        }
        _ => ControlFlow::Break(()),
    }
}

async fn refresh(cluster: &Cluster) {
    let topics = cluster.shared().plan.lock().begin(Instant::now());
    let fetched = fetch(cluster, Some(&topics)).await;
    let error = match fetched {
        Ok(response) => {
            cluster.publish(|snapshot, kept| Some(snapshot.after(&response, kept)));
            None
        }
        Err(error) => {
            tracing::debug!(%error, "metadata refresh failed");
            Some(error)
        }
    };
    let up_to = cluster.shared().plan.lock().ended(Instant::now());
    cluster.shared().served.send_replace(Served { up_to, error });
}

/// Asks any node about these topics, or about all of them.
pub(crate) async fn fetch(cluster: &Cluster, topics: Option<&[TopicName]>) -> Result<MetadataResponse> {
    let named = |name: &TopicName| MetadataRequestTopic {
        name: Some(StrBytes::from(name.as_str())),
        ..MetadataRequestTopic::default()
    };
    let request = MetadataRequest {
        topics: topics.map(|topics| topics.iter().map(named).collect()),
        allow_auto_topic_creation: topics.is_some() && cluster.conf().allow_topic_creation,
        ..MetadataRequest::default()
    };
    cluster.call_any(newest(request), cluster.conf().read_timeout).await
}
