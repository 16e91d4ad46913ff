//! `#[derive(Message)]`: a struct with version attributes becomes a codec and a static schema.
//!
//! A message carries `#[message(..)]`:
//!
//! | key | meaning |
//! |---|---|
//! | `request`, `response`, `header` or `data` | what it is for |
//! | `key = 0` | the number of its API; requests and responses have one |
//! | `versions = "0-13"` | the versions that exist |
//! | `flexible = "9+"` | the versions with compact lengths and tagged fields; none if it is left out |
//! | `unstable` | the newest version may still change |
//!
//! A struct inside of a message has no such attribute: it is written in its message's version.
//!
//! A field carries `#[field(..)]`:
//!
//! | key | meaning |
//! |---|---|
//! | `versions = "1+"` | the versions that have it |
//! | `nullable = "2+"` | the versions in which it may be null; its type is an `Option` |
//! | `default = -1` | its default: a number, `true` or `null`; else zero, false or empty |
//! | `tag = 0`, `tagged = "10+"` | its tag, and the versions in which it is a tagged field: `versions` if left out |
//! | `ignorable` | a value is dropped silently in versions without the field |
//! | `records` | its bytes are record batches |
//! | `classic_length` | its length is not compact in flexible versions either |
//! | `name = "TopicID"` | the name in Kafka's definitions, where it is not the field's name in camel case |
//!
//! A field `unknown_tagged_fields` keeps what the schema does not have. A struct without it drops that.
//!
//! The generated code is small: it names each field once to read, once to write and once to measure, and leaves the
//! rest to `kafka_proto::wire`, where it is compiled once for each type rather than once for each field.
#![forbid(unsafe_code)]

mod attributes;
mod expand;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `Struct` for a struct of the Kafka protocol, and `Message` if it has a `#[message(..)]` attribute. See
/// the crate's documentation for the attributes.
#[proc_macro_derive(Message, attributes(message, field))]
pub fn derive_message(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
