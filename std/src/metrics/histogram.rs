//! How long something took, counted by upper bounds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::names::BOUNDS;

pub struct Histogram {
    /// Upper bounds in microseconds, and how many were not above them, but above the one before.
    buckets: Box<[(u64, AtomicU64)]>,
    beyond: AtomicU64,
    micros: AtomicU64,
}

impl Histogram {
    /// With the usual bounds and some of its own.
    pub fn new(own: &[Duration]) -> Histogram {
        let own = own.iter().filter_map(|bound| u64::try_from(bound.as_micros()).ok());
        let mut bounds: Vec<u64> = BOUNDS.into_iter().chain(own.filter(|bound| *bound > 0)).collect();
        bounds.sort_unstable();
        bounds.dedup();
        Histogram {
            buckets: bounds.into_iter().map(|bound| (bound, AtomicU64::new(0))).collect(),
            beyond: AtomicU64::new(0),
            micros: AtomicU64::new(0),
        }
    }

    pub fn observe(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = self.buckets.iter().find(|(bound, _)| micros <= *bound);
        bucket.map_or(&self.beyond, |(_, count)| count).fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// The bounds in seconds with how many were not above them, then the number of all, and the sum in seconds.
    pub fn read(&self) -> (Vec<(f64, u64)>, u64, f64) {
        let mut count = 0;
        let buckets = self.buckets.iter().map(|(bound, here)| {
            count += here.load(Ordering::Relaxed);
            (seconds(*bound), count)
        });
        let buckets = buckets.collect();
        (buckets, count + self.beyond.load(Ordering::Relaxed), seconds(self.micros.load(Ordering::Relaxed)))
    }
}

fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bound_counts_all_below_it() {
        let histogram = Histogram::new(&[Duration::from_millis(300), Duration::from_secs(1), Duration::ZERO]);
        for millis in [0, 5, 6, 280, 300, 11_000] {
            histogram.observe(Duration::from_millis(millis));
        }
        let (buckets, count, sum) = histogram.read();
        assert_eq!((buckets.len(), count), (12, 6));
        assert!((sum - 11.591).abs() < 1e-9, "{sum}");
        for (bound, below) in [(0.005, 2), (0.01, 3), (0.25, 3), (0.3, 5), (10.0, 5)] {
            assert!(buckets.contains(&(bound, below)), "{bound} in {buckets:?}");
        }
    }
}
