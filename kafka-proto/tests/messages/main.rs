//! Every message, compared with what Apache Kafka's own code writes, and given bytes that nobody should send.

mod apis;
mod generate;
mod hostile;
mod rendering;
mod round_trip;
mod vectors;
