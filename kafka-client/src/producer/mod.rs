//! Writing: one engine, several ways in.
//!
//! A record goes `enqueue` → partition chosen → encoded into the open batch of that partition's [`queue`] → its
//! leader's [`lists`] → taken by that node's [`sender`] into a request, sealed and sent → answered → the batch's
//! deliveries are told. [`queue`], [`lists`], [`sequencer`], [`verdict`] and [`partitioner`] are pure; [`engine`]
//! is what the parts share; [`sender`] with [`session`] and [`keeper`] are the tasks.

mod batch;
mod budget;
mod buffers;
mod engine;
mod handle;
mod identity;
mod keeper;
mod lane;
mod life;
mod lists;
mod partitioner;
mod queue;
mod recent;
mod request;
mod sealing;
mod sender;
mod sequencer;
mod session;
mod topics;
mod verdict;
mod whole;

pub(crate) use batch::{Batch as RawBatch, Codec, HEADER, decoder, size_of};
pub(crate) use budget::Line;
pub use handle::KafkaProducer;
pub(crate) use handle::WeakProducer;
pub(crate) use life::SharedLife;
pub(crate) use queue::Beginning;
pub(crate) use sealing::seal_one;
pub(crate) use whole::Whole;
