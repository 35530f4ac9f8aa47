//! Where a moment stands on the scale of times.

use super::super::Plan;
use super::{CHART, CHART_WIDTH};

pub struct Layout {
    /// The time at the right end, never zero.
    longest: u64,
    /// If it is on the scale.
    pub deadline: Option<u64>,
}

pub fn layout(plan: &Plan) -> Layout {
    // A deadline that is far away would leave no room for what matters.
    let near = plan.deadline <= plan.worst.time.saturating_mul(2);
    let deadline = near.then_some(plan.deadline);
    Layout { longest: plan.worst.time.max(deadline.unwrap_or(0)).max(1), deadline }
}

impl Layout {
    pub fn x(&self, time: u64) -> u64 {
        let offset = u128::from(time.min(self.longest)) * u128::from(CHART_WIDTH) / u128::from(self.longest);
        CHART + u64::try_from(offset).unwrap_or(CHART_WIDTH)
    }

    /// Round times, four to eight of them.
    pub fn ticks(&self) -> impl Iterator<Item = u64> + '_ {
        let step = self.step();
        (0..=self.longest / step).map(move |at| at * step)
    }

    fn step(&self) -> u64 {
        let mut unit = 1_u64;
        loop {
            let fits = [1, 2, 5].map(|times| unit.saturating_mul(times));
            if let Some(step) = fits.into_iter().find(|step| self.longest / step <= 6) {
                return step;
            }
            unit = unit.saturating_mul(10);
        }
    }
}
