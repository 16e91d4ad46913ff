//! What kafka-proto is measured at, and the same work done by other crates that speak the Kafka protocol.
//!
//! The list of [`cases`] is what the criterion benchmark (`benches/operations.rs`) takes the time of, and the program
//! `counts` the allocations and instructions.
#![forbid(unsafe_code)]

mod checksums;
mod messages;
mod peers;
mod records;
mod samples;

/// The library that a case measures.
const OURS: &str = "kafka-proto";
const KAFKA_PROTOCOL: &str = "kafka-protocol";
const RSKAFKA: &str = "rskafka";

/// Something to measure.
pub struct Case {
    /// What is done. Cases of the same name do the same with different libraries.
    pub name: String,
    /// The library that does it.
    pub library: &'static str,
    /// What results are given for one of: a record, a message.
    pub unit: &'static str,
    prepare: Box<dyn Fn() -> Prepared>,
}

/// A case with all that it works on.
pub struct Prepared {
    /// How many units one [run](Prepared::run) does.
    pub units: usize,
    run: Box<dyn FnMut()>,
}

impl Case {
    fn new(
        name: impl Into<String>,
        library: &'static str,
        unit: &'static str,
        prepare: impl Fn() -> Prepared + 'static,
    ) -> Self {
        Self { name: name.into(), library, unit, prepare: Box::new(prepare) }
    }

    /// Makes what the case works on. It has run once when this returns, so that its buffers have grown.
    #[must_use]
    pub fn prepare(&self) -> Prepared {
        let mut prepared = (self.prepare)();
        prepared.run();
        prepared
    }
}

impl Prepared {
    fn new(units: usize, run: impl FnMut() + 'static) -> Self {
        Self { units, run: Box::new(run) }
    }

    /// Does the work once.
    pub fn run(&mut self) {
        (self.run)();
    }
}

/// All cases; those of the same name follow each other.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = records::cases();
    cases.extend(messages::cases());
    cases.extend(checksums::cases());
    cases
}
