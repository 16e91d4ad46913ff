use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kafka_client::{CommittedOffset, Error, ErrorKind, OffsetCoordinator, Result, TopicName};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::coop::consume_budget;

use super::{closed, within};

/// The committed offsets of one group. Cheap to clone; all clones are one, and so are all that a
/// [`MockBroker`](super::MockBroker) hands out for the group.
///
/// It remembers what is committed, as a broker does. A handler changes that: it sees each commit, and an error
/// from it is the commit's; or it answers in place of what is remembered.
///
/// ```
/// use kafka_client::{CommittedOffset, Error, ErrorCode, OffsetCoordinator};
/// use kafka_test::mock::MockOffsetCoordinator;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> kafka_client::Result<()> {
/// let offsets = MockOffsetCoordinator::new("my-group");
/// assert_eq!(offsets.offset("fruits", 0).await?, None);
/// offsets.commit("fruits", 0, 42).await?;
/// assert_eq!(offsets.committed("fruits", 0), Some(CommittedOffset::new(42)));
///
/// offsets.set_commit_handler(|topic, partition, _committed| {
///     Err(Error::from_code(ErrorCode::GROUP_AUTHORIZATION_FAILED).at(topic, partition))
/// });
/// assert!(offsets.commit("fruits", 0, 43).await.is_err());
/// assert_eq!(offsets.committed("fruits", 0), Some(CommittedOffset::new(42)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MockOffsetCoordinator(Arc<Group>);

struct Group {
    name: String,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    committed: BTreeMap<(TopicName, i32), CommittedOffset>,
    commit_handler: Option<CommitHandler>,
    offset_handler: Option<OffsetHandler>,
    closed: bool,
}

type CommitHandler = Arc<dyn Fn(&str, i32, &CommittedOffset) -> Result<()> + Send + Sync>;
type OffsetHandler = Arc<dyn Fn(&str, i32) -> Result<Option<CommittedOffset>> + Send + Sync>;

impl MockOffsetCoordinator {
    /// A group that has committed nothing.
    pub fn new(group: impl Into<String>) -> Self {
        let (state, changed) = (Mutex::default(), Notify::new());
        Self(Arc::new(Group { name: group.into(), state, changed }))
    }

    /// The group.
    pub fn group(&self) -> &str {
        &self.0.name
    }

    /// What is stored for a partition, whatever the handlers say.
    pub fn committed(&self, topic: &str, partition: i32) -> Option<CommittedOffset> {
        self.0.state.lock().committed.get(&(TopicName::from(topic), partition)).cloned()
    }

    /// Stores an offset as if the group had committed it before. The commit handler does not see it.
    pub fn set_committed(&self, topic: &str, partition: i32, committed: CommittedOffset) {
        self.0.state.lock().committed.insert((TopicName::from(topic), partition), committed);
        self.0.changed.notify_waiters();
    }

    /// Calls `handler` with topic, partition and offset of every commit from now on. Its error is the commit's;
    /// after `Ok` the offset is stored. It replaces the handler before it.
    pub fn set_commit_handler(
        &self,
        handler: impl Fn(&str, i32, &CommittedOffset) -> Result<()> + Send + Sync + 'static,
    ) {
        self.0.state.lock().commit_handler = Some(Arc::new(handler));
    }

    /// Asks `handler` for the offset of a topic and partition from now on, instead of looking up what is stored.
    /// It replaces the handler before it.
    pub fn set_offset_handler(
        &self,
        handler: impl Fn(&str, i32) -> Result<Option<CommittedOffset>> + Send + Sync + 'static,
    ) {
        self.0.state.lock().offset_handler = Some(Arc::new(handler));
    }

    /// Waits until `offset` or a later one is stored for a partition, and returns what is.
    ///
    /// [`ErrorKind::TimedOut`] after `timeout`. Dropping the future changes nothing.
    pub async fn wait_for_commit(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
        timeout: Duration,
    ) -> Result<CommittedOffset> {
        let reached = async {
            loop {
                let changed = self.0.changed.notified();
                match self.committed(topic, partition) {
                    Some(committed) if committed.offset >= offset => return committed,
                    _ => changed.await,
                }
            }
        };
        within(timeout, reached).await.ok_or_else(|| {
            let stored = self.committed(topic, partition).map_or(-1, |committed| committed.offset);
            let what = format!("offset {offset} was not committed within {timeout:?}; {stored} is");
            Error::new(ErrorKind::TimedOut, what).at(topic, partition)
        })
    }

    /// Ends it: every later call fails with [`ErrorKind::Closed`]. What is stored can still be looked at.
    pub fn close(&self) {
        self.0.state.lock().closed = true;
    }
}

#[async_trait]
impl OffsetCoordinator for MockOffsetCoordinator {
    async fn commit_full(&self, topic: &str, partition: i32, committed: CommittedOffset) -> Result<()> {
        consume_budget().await;
        let handler = {
            let state = self.0.state.lock();
            if state.closed {
                return Err(closed());
            }
            state.commit_handler.clone()
        };
        if committed.offset < 0 {
            let what = format!("offset {} is negative: nothing can be read from there", committed.offset);
            return Err(Error::new(ErrorKind::InvalidRecord, what).at(topic, partition));
        }
        if let Some(handler) = handler {
            handler(topic, partition, &committed)?;
        }
        self.set_committed(topic, partition, committed);
        Ok(())
    }

    async fn offset(&self, topic: &str, partition: i32) -> Result<Option<CommittedOffset>> {
        consume_budget().await;
        let handler = {
            let state = self.0.state.lock();
            if state.closed {
                return Err(closed());
            }
            state.offset_handler.clone()
        };
        match handler {
            Some(handler) => handler(topic, partition),
            None => Ok(self.committed(topic, partition)),
        }
    }
}

impl fmt::Debug for MockOffsetCoordinator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.state.lock();
        f.debug_struct("MockOffsetCoordinator")
            .field("group", &self.0.name)
            .field("committed", &state.committed)
            .field("closed", &state.closed)
            .finish_non_exhaustive()
    }
}
