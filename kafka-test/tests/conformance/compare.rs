//! Both sides, the same conversation, and what differs.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use kafka_test::apache;
use kafka_test::cluster::Cluster;

use crate::known::{self, Known};
use crate::talk::{Said, Spoken, Talk};

/// The release that the cluster is like, and the exact version of Apache Kafka that it is compared with.
const RELEASE: &str = "4.3";
const VERSION: &str = "4.3.1";

/// Has the same conversation with Apache Kafka and with the cluster. Every answer has to be the same, but for the
/// [`known`] differences, and there have to be at least `requests` different requests: an API, what is asked of it,
/// and in which version.
pub(crate) async fn compare(requests: usize, conversation: impl AsyncFn(&mut Talk)) {
    let Some(mut conf) = apache::require_or_skip(VERSION).await else { return };
    conf.properties.insert("offsets.topic.num.partitions".into(), "1".into());
    conf.properties.insert("transaction.state.log.num.partitions".into(), "1".into());
    let real = apache::shared(conf).await.unwrap();
    let cluster = Cluster::builder().like_kafka(RELEASE).start().await.unwrap();
    let mut theirs = Talk::start(&real.bootstrap()).await;
    let mut ours = Talk::start(&cluster.bootstrap()[0]).await;
    let spoken = in_common(&theirs.hear_versions().await, &ours.hear_versions().await);
    for talk in [&mut theirs, &mut ours] {
        talk.agree_on(spoken.clone());
    }
    conversation(&mut theirs).await;
    conversation(&mut ours).await;

    let distinct: BTreeSet<_> = ours.said.iter().map(|said| (said.api, &said.what, said.version)).collect();
    assert_eq!(distinct.len(), ours.said.len(), "two requests of the conversation have the same name");
    let report = differences(&theirs.said, &ours.said);
    assert!(report.is_empty(), "{report}");
    assert!(distinct.len() >= requests, "only {} requests were compared", distinct.len());
}

fn in_common(theirs: &Spoken, ours: &Spoken) -> Spoken {
    let both = ours.iter().filter_map(|(key, &(min, max))| {
        let &(their_min, their_max) = theirs.get(key)?;
        Some((*key, (min.max(their_min), max.min(their_max))))
    });
    both.collect()
}

/// The lines that differ, request by request, and the known differences that are none any more.
fn differences(theirs: &[Said], ours: &[Said]) -> String {
    let mut report = String::new();
    for (theirs, ours) in theirs.iter().zip(ours) {
        assert_eq!((&theirs.what, theirs.version), (&ours.what, ours.version), "two conversations");
        let differ = lines(&theirs.answer, &ours.answer);
        let known = known::find(ours);
        let expected: Vec<_> = known.iter().flat_map(|known: &&Known| known.lines).copied().collect();
        if differ != expected {
            _ = writeln!(report, "{} {} in version {}:", ours.api, ours.what, ours.version);
            for (theirs, ours) in differ {
                _ = writeln!(report, "    Apache Kafka: {theirs:<60} here: {ours}");
            }
            for known in known {
                _ = writeln!(report, "    known was {:?}, as {}", known.lines, known.why);
            }
        }
    }
    if theirs.len() != ours.len() {
        _ = writeln!(report, "{} answers of Apache Kafka, {} here", theirs.len(), ours.len());
    }
    report
}

/// The lines of two answers that differ, side by side.
fn lines<'a>(theirs: &'a str, ours: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut theirs: Vec<&str> = theirs.lines().map(str::trim).collect();
    let mut ours: Vec<&str> = ours.lines().map(str::trim).collect();
    let before = theirs.iter().zip(&ours).take_while(|(theirs, ours)| theirs == ours).count();
    theirs.drain(..before);
    ours.drain(..before);
    let after =
        theirs.iter().rev().zip(ours.iter().rev()).take_while(|(theirs, ours)| theirs == ours).count();
    theirs.truncate(theirs.len() - after);
    ours.truncate(ours.len() - after);
    let longest = theirs.len().max(ours.len());
    theirs.resize(longest, "");
    ours.resize(longest, "");
    theirs.into_iter().zip(ours).filter(|(theirs, ours)| theirs != ours).collect()
}
