//! Records at a fixed rate.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::{Interval, interval};

/// Above this many a second, ticks come from a thread: tokio's timer counts whole milliseconds, so its ticks would
/// come in bursts.
const TIMER: u64 = 1_000;

/// Ticks so many times a second. Those that are late come at once, so that the rate is kept.
#[derive(Debug)]
pub struct Pace(Ticks);

#[derive(Debug)]
enum Ticks {
    Timer(Interval),
    Thread(mpsc::UnboundedReceiver<()>),
}

impl Pace {
    /// Begins to tick, at once.
    pub fn start(rate: u64) -> io::Result<Self> {
        if rate <= TIMER {
            return Ok(Self(Ticks::Timer(interval(Duration::from_secs(1) / rate.max(1) as u32))));
        }
        let (tick, ticks) = mpsc::unbounded_channel();
        let began = Instant::now();
        thread::Builder::new().name("perf-pace".into()).spawn(move || {
            for nth in 0.. {
                let due = began + Duration::from_secs_f64(nth as f64 / rate as f64);
                thread::sleep(due.saturating_duration_since(Instant::now()));
                // Nobody listens once all are written.
                if tick.send(()).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self(Ticks::Thread(ticks)))
    }

    /// Waits for the next tick.
    pub async fn tick(&mut self) {
        match &mut self.0 {
            Ticks::Timer(timer) => drop(timer.tick().await),
            Ticks::Thread(ticks) => drop(ticks.recv().await),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pace_is_kept_at_any_rate() {
        for (rate, count) in [(500, 50), (20_000, 2_000)] {
            let began = Instant::now();
            let mut pace = Pace::start(rate).unwrap();
            for _ in 0..=count {
                pace.tick().await;
            }
            assert!(began.elapsed() >= Duration::from_millis(99), "{rate} a second: {:?}", began.elapsed());
        }
    }
}
