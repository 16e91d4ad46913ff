//! Whole batches as the unit of work: built from records on several cores, produced, and given back with their lives.

mod batch;
mod builder;
mod collector;
mod producer;
mod worker;

pub use batch::{Batch, BatchSender, Batches};
pub use builder::BatchBuilder;
pub use producer::BatchProducer;
