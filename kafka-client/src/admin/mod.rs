//! Changes to the cluster.

mod topics;

pub use topics::{CreatedTopic, NewTopic};
pub(crate) use topics::{create_topics, delete_topics};
