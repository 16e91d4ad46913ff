//! Delivery reports on a channel: what became of each record, for somebody else than the one who sent it.
//!
//! A record's batch knows when it has its outcome. Here the records of one batch are a [`Group`](board::Group) with one
//! waker, so that a batch costs one allocation and one wake-up; reports are made of it by whoever reads them (or
//! enqueues), never by the tasks that send.

mod board;
mod channel;

pub use channel::{DeliveryReport, DeliveryReports, ReportConf, ReportingProducer, WhenFull};
