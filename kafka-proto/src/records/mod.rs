//! Record batches: what a Produce request carries and a Fetch response brings.
//!
//! Writing: a [`BatchBuilder`] encodes each record where it will stay, in one buffer; sealing fills in the header and
//! the checksum. Batches of magic 2 are written (Kafka 0.11 and newer).
//!
//! Reading: [`Batches`] finds the batches of a response; [`RecordBatch`] has what the header says;
//! [`RecordBatch::records`] decompresses once, checks the framing of every record, and gives [`Records`], which hand
//! out borrowed [`RecordView`]s and cannot fail any more. Magic 0, 1 and 2 are read.
//!
//! ```
//! use bytes::Bytes;
//! use kafka_proto::compression::Decompressor;
//! use kafka_proto::records::{BatchBuilder, Batches, SealOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut builder = BatchBuilder::new(Vec::new());
//! builder.append(1_700_000_000_000, Some(b"fruit"), Some(b"apple"), &[("colour", Some(b"red"))])?;
//! builder.append(1_700_000_000_005, None, Some(b"pear"), &[])?;
//! let sealed = builder.seal(&SealOptions::new());
//!
//! let mut decompressor = Decompressor::new();
//! for batch in Batches::new(Bytes::from(sealed)) {
//!     let batch = batch?;
//!     batch.verify_crc()?;
//!     let records = batch.records(&mut decompressor, 64 * 1024 * 1024)?;
//!     assert_eq!(records.len(), 2);
//!     for record in &records {
//!         println!("{} {:?} {:?}", record.offset, record.key, record.value);
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod batch;
mod builder;
mod control;
mod crc;
mod error;
mod header;
mod legacy;
mod read;
mod record;
mod size;
mod varint;
mod view;

pub use batch::{Batches, RecordBatch, TimestampType};
pub use builder::{AppendError, BatchBuilder, SealOptions, split};
pub use control::{ControlRecord, ControlType};
pub use crc::crc32c;
pub use error::{BatchError, BatchErrorKind};
pub use header::{HEADER_SIZE, ProducerStamp, assign, stamp};
pub use read::{Cursor, Iter, Records};
pub use size::BatchSize;
pub use view::{Header, HeaderIter, Headers, RecordView};

#[cfg(test)]
mod tests;
