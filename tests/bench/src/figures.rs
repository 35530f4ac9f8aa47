//! What was measured, and what is said of it.

use std::time::Duration;

use crate::contestant::Contestant;
use crate::instructions::Counted;
use crate::workload::Workload;

/// What one service did in one round.
pub struct Round {
    /// Processor time a request, in microseconds.
    pub processor: f64,
    /// Requests a second.
    pub throughput: f64,
    pub p50: Duration,
    pub p99: Duration,
    /// Which part of the time at full speed it was on a processor: the callers cannot keep up with a service that is far below 1.
    pub busy: f64,
    /// Requests turned away for each that was answered.
    pub failed: f64,
}

/// What one service did with one workload.
pub struct Figures {
    pub contestant: Contestant,
    pub rounds: Vec<Round>,
    /// From the start of the process to its first answer, in milliseconds.
    pub starts: Vec<f64>,
    /// Memory behind the first answer, and at most, in bytes.
    pub idle: u64,
    pub peak: u64,
    /// The executable without symbols, in bytes; none where it is no executable.
    pub size: Option<u64>,
    /// None where nothing could count them.
    pub counted: Option<Counted>,
}

/// What all services did with one workload.
pub struct Comparison {
    pub workload: &'static Workload,
    pub figures: Vec<Figures>,
}

impl Comparison {
    /// Processor time against another service, round by round: what else the machine does then is the same for both.
    pub fn ratio(&self, figures: &Figures, to: Contestant) -> Option<Spread> {
        let measure = self.of(to)?;
        let rounds = figures.rounds.iter().zip(&measure.rounds);
        Some(spread(rounds.map(|(round, measure)| round.processor / measure.processor)))
    }

    pub fn of(&self, contestant: Contestant) -> Option<&Figures> {
        self.figures.iter().find(|figures| figures.contestant == contestant)
    }
}

/// The one in the middle, and the range.
pub struct Spread {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

pub fn spread(values: impl Iterator<Item = f64>) -> Spread {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    Spread { median: at(values.len() / 2), least: at(0), most: at(values.len().saturating_sub(1)) }
}

/// The time below which so many hundredths are; the times are in order.
pub fn quantile(times: &[Duration], hundredths: usize) -> Duration {
    let index = times.len() * hundredths / 100;
    times.get(index.min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        let Spread { median, least, most } = spread([3.0, 1.0, 2.0].into_iter());
        assert_eq!((least, median, most), (1.0, 2.0, 3.0));
    }

    #[test]
    fn quantiles_are_times_that_were_there() {
        let times: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(quantile(&times, 50), Duration::from_millis(51));
        assert_eq!(quantile(&times, 99), Duration::from_millis(100));
        assert_eq!(quantile(&[], 50), Duration::ZERO);
    }
}
