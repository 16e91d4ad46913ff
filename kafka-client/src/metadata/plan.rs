//! When the next refresh is due and which topics it asks about. Pure: time comes in, a decision goes out.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::api::TopicName;

/// How soon after a refresh the next one may follow that nobody waits for.
const PACE: Duration = Duration::from_millis(100);

/// How long a topic is kept fresh that nobody asked for (Java's `metadata.max.idle.ms`).
const TOPIC_IDLE: Duration = Duration::from_secs(5 * 60);

/// How soon after a leader was told in passing another one is believed for the same partition. Nodes that name each
/// other would otherwise send it to and fro without a pause.
const HINT_PACE: Duration = Duration::from_millis(100);

/// Refreshing, step by step: [`Plan::due`] says when, [`Plan::begin`] and [`Plan::ended`] frame each refresh. One
/// refresh serves all that asked before it began.
#[derive(Debug)]
pub(crate) struct Plan {
    max_age: Duration,
    topics: BTreeMap<TopicName, Instant>,
    /// Requests for a refresh made so far, and how many of them the running or last refresh serves.
    asked: u64,
    serving: u64,
    stale_since: Option<Instant>,
    last_end: Option<Instant>,
    running: bool,
    /// When leaders of partitions were last told in passing.
    hinted: BTreeMap<(TopicName, i32), Instant>,
}

impl Plan {
    pub(crate) fn new(max_age: Duration) -> Self {
        Self {
            max_age,
            topics: BTreeMap::new(),
            asked: 0,
            serving: 0,
            stale_since: None,
            last_end: None,
            running: false,
            hinted: BTreeMap::new(),
        }
    }

    /// Whether to believe a leader told in passing: one at a time for a partition.
    pub(crate) fn takes_hint(&mut self, topic: &str, partition: i32, now: Instant) -> bool {
        self.hinted.retain(|_, at| now.saturating_duration_since(*at) < HINT_PACE);
        let key = (TopicName::from(topic), partition);
        let takes = !self.hinted.contains_key(&key);
        if takes {
            self.hinted.insert(key, now);
        }
        takes
    }

    /// A topic is in use.
    pub(crate) fn used(&mut self, topic: &str, now: Instant) {
        match self.topics.get_mut(topic) {
            Some(last) => *last = now,
            None => {
                self.topics.insert(TopicName::from(topic), now);
            }
        }
    }

    /// Somebody will wait for a refresh that begins after this: its number.
    pub(crate) fn ask(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }

    /// What is known has shown itself wrong; a refresh is wanted soon, nobody waits for it.
    pub(crate) fn stale(&mut self, now: Instant) {
        self.stale_since.get_or_insert(now);
    }

    /// When the next refresh should begin; `None` while one runs.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        if self.running {
            return None;
        }
        if self.asked > self.serving {
            return Some(now);
        }
        let Some(last_end) = self.last_end else { return Some(now + self.max_age) };
        match self.stale_since {
            Some(since) => Some(since.max(last_end + PACE)),
            None => Some(last_end + self.max_age),
        }
    }

    /// A refresh begins: the topics to ask about.
    pub(crate) fn begin(&mut self, now: Instant) -> Vec<TopicName> {
        self.topics.retain(|_, last| now.saturating_duration_since(*last) < TOPIC_IDLE);
        self.serving = self.asked;
        self.stale_since = None;
        self.running = true;
        self.topics.keys().cloned().collect()
    }

    /// It ended: all that asked up to this number were served, well or badly.
    pub(crate) fn ended(&mut self, now: Instant) -> u64 {
        self.running = false;
        self.last_end = Some(now);
        self.serving
    }

    /// The topics that are in use.
    pub(crate) fn topics(&self) -> Vec<TopicName> {
        self.topics.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: Duration = Duration::from_secs(300);

    #[test]
    fn who_asks_during_a_refresh_gets_the_next_one() {
        let now = Instant::now();
        let mut plan = Plan::new(AGE);
        let first = plan.ask();
        plan.begin(now);
        let second = plan.ask();
        assert_eq!(plan.due(now), None, "one at a time");
        assert_eq!(plan.ended(now), first);
        assert_eq!(plan.due(now), Some(now), "the second still waits");
        plan.begin(now);
        assert_eq!(plan.ended(now), second);
        assert_eq!(plan.due(now), Some(now + AGE));
    }

    #[test]
    fn many_reports_of_stale_data_make_one_refresh_at_a_pace() {
        let start = Instant::now();
        let mut plan = Plan::new(AGE);
        plan.ask();
        plan.begin(start);
        plan.ended(start);
        for _ in 0..100 {
            plan.stale(start);
        }
        assert_eq!(plan.due(start), Some(start + PACE));
        plan.begin(start + PACE);
        plan.ended(start + PACE);
        assert_eq!(plan.due(start + PACE), Some(start + PACE + AGE));
    }

    #[test]
    fn nodes_that_name_each_other_leader_are_believed_at_a_pace() {
        let start = Instant::now();
        let mut plan = Plan::new(AGE);
        assert!(plan.takes_hint("t", 0, start));
        assert!(!plan.takes_hint("t", 0, start + HINT_PACE / 2));
        assert!(plan.takes_hint("t", 1, start), "another partition");
        assert!(plan.takes_hint("t", 0, start + HINT_PACE));
    }

    #[test]
    fn a_topic_that_nobody_uses_is_no_longer_asked_about() {
        let start = Instant::now();
        let mut plan = Plan::new(AGE);
        plan.used("old", start);
        plan.used("new", start + Duration::from_secs(200));
        assert_eq!(plan.begin(start + TOPIC_IDLE), [TopicName::from("new")]);
    }
}
