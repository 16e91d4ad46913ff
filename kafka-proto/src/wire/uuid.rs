//! Topic and member ids.

use std::{fmt, str::FromStr};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A 128-bit id, as topics, directories and members have it. It prints as Kafka prints it: 22 characters of base64url.
///
/// ```
/// use kafka_proto::wire::Uuid;
///
/// let id: Uuid = "qTNVvG4m3YuKOF-wJR8-0A".parse()?;
/// assert_eq!(id.to_string(), "qTNVvG4m3YuKOF-wJR8-0A");
/// assert!(Uuid::ZERO.is_zero());
/// # Ok::<(), kafka_proto::wire::DecodeError>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// All zero: "no id", as requests that name a topic say it.
    pub const ZERO: Self = Self([0; 16]);

    /// Whether this is [`Uuid::ZERO`].
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// The 16 bytes, most significant first.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl From<[u8; 16]> for Uuid {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl From<u128> for Uuid {
    fn from(value: u128) -> Self {
        Self(value.to_be_bytes())
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 128 bits are 21 digits of six bits and one of two.
        let value = u128::from_be_bytes(self.0);
        let mut text = String::with_capacity(22);
        for digit in 0..21 {
            let index = (value >> (122 - 6 * digit)) & 63;
            text.push(char::from(ALPHABET[index as usize]));
        }
        text.push(char::from(ALPHABET[((value & 3) << 4) as usize]));
        f.pad(&text)
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Uuid {
    type Err = super::DecodeError;

    /// Reads 22 characters of base64url, with or without the `==` that pads them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |offset| super::DecodeError::new(super::DecodeErrorKind::InvalidUuid, offset);
        let digits = text.strip_suffix("==").unwrap_or(text).as_bytes();
        if digits.len() != 22 {
            return Err(invalid(digits.len()));
        }
        let mut value = 0u128;
        for (offset, digit) in digits.iter().enumerate() {
            let bits =
                ALPHABET.iter().position(|known| known == digit).ok_or_else(|| invalid(offset))? as u128;
            if offset < 21 {
                value = value << 6 | bits;
            } else if bits.trailing_zeros() >= 4 {
                value = value << 2 | bits >> 4;
            } else {
                return Err(invalid(offset));
            }
        }
        Ok(Self(value.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prints_as_kafka_prints() {
        assert_eq!(Uuid::ZERO.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(Uuid([0xff; 16]).to_string(), "_____________________w");
        assert_eq!(Uuid::from(1).to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
    }

    #[test]
    fn text_that_is_no_id_is_refused() {
        for text in [
            "",
            "AAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAA!",
            "_____________________x",
        ] {
            assert!(text.parse::<Uuid>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_id_reads_back(bytes: [u8; 16]) {
            prop_assert_eq!(Uuid(bytes).to_string().parse::<Uuid>().ok(), Some(Uuid(bytes)));
        }
    }
}
