//! Strings that share the frame they came in.

use std::{borrow::Borrow, cmp::Ordering, fmt, hash, ops::Deref, str::Utf8Error};

use bytes::Bytes;
use bytestring::ByteString;

/// An immutable string in reference-counted [`Bytes`]: cloning costs no copy, and a decoded one is a slice of its
/// frame. Keeping it keeps the whole frame; [`StrBytes::detach`] copies it out.
///
/// ```
/// use kafka_proto::wire::StrBytes;
///
/// let topic = StrBytes::from("orders");
/// assert_eq!(topic, "orders");
/// assert_eq!(topic.clone().len(), 6);
/// ```
#[derive(Clone, Default)]
pub struct StrBytes(ByteString);

impl StrBytes {
    /// A string that lives as long as the program; no allocation.
    pub const fn from_static(text: &'static str) -> Self {
        Self(ByteString::from_static(text))
    }

    /// The string as a slice.
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The string's bytes, still shared.
    pub fn into_bytes(self) -> Bytes {
        self.0.into_bytes()
    }

    /// A copy that does not keep the frame alive.
    #[must_use]
    pub fn detach(&self) -> Self {
        Self::from(self.as_str())
    }
}

impl TryFrom<Bytes> for StrBytes {
    type Error = Utf8Error;

    #[inline]
    fn try_from(bytes: Bytes) -> Result<Self, Utf8Error> {
        ByteString::try_from(bytes).map(Self)
    }
}

impl From<&str> for StrBytes {
    fn from(text: &str) -> Self {
        Self(ByteString::from(text))
    }
}

impl From<String> for StrBytes {
    fn from(text: String) -> Self {
        Self(ByteString::from(text))
    }
}

impl From<&Self> for StrBytes {
    fn from(text: &Self) -> Self {
        text.clone()
    }
}

impl From<StrBytes> for String {
    fn from(text: StrBytes) -> Self {
        text.as_str().to_owned()
    }
}

impl Deref for StrBytes {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for StrBytes {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<[u8]> for StrBytes {
    fn as_ref(&self) -> &[u8] {
        self.as_str().as_bytes()
    }
}

impl Borrow<str> for StrBytes {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for StrBytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for StrBytes {}

impl PartialEq<str> for StrBytes {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for StrBytes {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for StrBytes {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialOrd for StrBytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for StrBytes {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

// As `str` hashes, so that maps can be searched by `&str`.
impl hash::Hash for StrBytes {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Display for StrBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for StrBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
