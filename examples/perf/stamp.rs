//! Records that tell when they were sent.

use std::time::{Duration, Instant};

/// Marks the records of one run, so that they are known among others.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    run: u64,
    since: Instant,
}

impl Stamp {
    /// How many bytes it takes of a record's value.
    pub const SIZE: usize = 24;

    /// For the run of this number.
    pub fn new(run: u64) -> Self {
        Self { run, since: Instant::now() }
    }

    /// Stamps the `nth` record; the value must have room for it.
    pub fn put(&self, nth: u64, value: &mut [u8]) {
        let now = self.since.elapsed().as_nanos() as u64;
        for (part, number) in value.chunks_exact_mut(8).zip([self.run, nth, now]) {
            part.copy_from_slice(&number.to_be_bytes());
        }
    }

    /// Which record this is, and how long ago it was sent; `None` if it is not of this run.
    pub fn read(&self, value: &[u8]) -> Option<(u64, Duration)> {
        let mut numbers =
            value.chunks_exact(8).filter_map(|part| part.try_into().ok().map(u64::from_be_bytes));
        let (run, nth, sent) = (numbers.next()?, numbers.next()?, numbers.next()?);
        (run == self.run).then(|| (nth, self.since.elapsed().saturating_sub(Duration::from_nanos(sent))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_by_its_own_run_alone() {
        let (ours, others) = (Stamp::new(7), Stamp::new(8));
        let mut value = [b'x'; 30];
        ours.put(3, &mut value);
        assert_eq!(ours.read(&value).map(|(nth, _)| nth), Some(3));
        assert_eq!(others.read(&value), None);
        assert_eq!(ours.read(b"short"), None);
        assert_eq!(value[Stamp::SIZE..], [b'x'; 6]);
    }
}
