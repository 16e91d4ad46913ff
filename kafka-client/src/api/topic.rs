use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A topic's name, shared by all that mention it: cloning it copies a pointer.
///
/// ```
/// use kafka_client::TopicName;
///
/// let topic = TopicName::from("fruits");
/// assert_eq!(topic, "fruits");
/// assert_eq!(topic.len(), 6);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicName(
    /// Two pointers on the way to the text, for one in every message: see the size of [`Message`](super::Message).
    Arc<Box<str>>,
);

impl TopicName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for TopicName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl Default for TopicName {
    /// The empty name: of a message that was not read from anywhere. It allocates nothing but once.
    fn default() -> Self {
        static EMPTY: std::sync::LazyLock<Arc<Box<str>>> =
            std::sync::LazyLock::new(|| Arc::new(Box::from("")));
        Self(EMPTY.clone())
    }
}

impl From<&str> for TopicName {
    fn from(name: &str) -> Self {
        Self(Arc::new(name.into()))
    }
}

impl From<String> for TopicName {
    fn from(name: String) -> Self {
        Self(Arc::new(name.into()))
    }
}

impl Deref for TopicName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for TopicName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for TopicName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for TopicName {
    fn eq(&self, other: &str) -> bool {
        **self.0 == *other
    }
}

impl PartialEq<&str> for TopicName {
    fn eq(&self, other: &&str) -> bool {
        **self.0 == **other
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// A partition of a topic.
///
/// ```
/// use kafka_client::TopicPartition;
///
/// let partition = TopicPartition::new("fruits", 3);
/// assert_eq!(partition.to_string(), "fruits-3");
/// assert_eq!(partition, ("fruits", 3).into());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    /// The topic.
    pub topic: TopicName,
    /// The partition.
    pub partition: i32,
}

impl TopicPartition {
    /// This partition of this topic.
    pub fn new(topic: impl Into<TopicName>, partition: i32) -> Self {
        Self { topic: topic.into(), partition }
    }
}

impl<T: Into<TopicName>> From<(T, i32)> for TopicPartition {
    fn from((topic, partition): (T, i32)) -> Self {
        Self::new(topic, partition)
    }
}

impl From<&Self> for TopicPartition {
    fn from(partition: &Self) -> Self {
        partition.clone()
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}
