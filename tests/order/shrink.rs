//! Makes a flow that fails smaller, as long as it still fails: steps are left out, alone and with what needs them.

use super::flow::{After, Flow, Step};
use super::{Difference, Way, compiled};

/// Candidates that are built at a time.
const AT_ONCE: usize = 24;

pub fn smaller(way: Way, difference: Difference) -> Difference {
    let mut smallest = difference;
    while let Some(next) = next(way, &smallest) {
        smallest = next;
    }
    smallest
}

/// A smaller flow that differs in the same world, if there is one.
fn next(way: Way, from: &Difference) -> Option<Difference> {
    let mut candidates = without_one(&from.flow.steps);
    candidates.sort_by_key(|steps| size(steps));
    let flows = candidates.into_iter().enumerate();
    let flows = flows.map(|(at, steps)| Flow { seed: at as u64, steps });
    let flows: Vec<Flow> = flows.filter(compiled::is_program).collect();
    let worlds = vec![(from.world, from.parameter)];
    flows.chunks(AT_ONCE).find_map(|some| {
        let found = super::differences(way, some, &|_| worlds.clone());
        found.into_iter().next().map(|found| Difference { seed: from.seed, ..found })
    })
}

fn size(steps: &[Step]) -> usize {
    let sizes = steps.iter().map(|step| match step {
        Step::Together(steps) => 1 + size(steps),
        Step::When { then, otherwise, .. } => 1 + size(then) + size(otherwise),
        _ => 1,
    });
    sizes.sum()
}

/// All that a block is without one step, without an arm, or without what stands behind a call.
fn without_one(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut all = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let with = |other: Vec<Step>| {
            let (before, behind) = (&steps[..at], &steps[at + 1..]);
            [before, &other, behind].concat()
        };
        all.push(with(Vec::new()));
        match step {
            Step::When { condition, then, otherwise } => {
                all.push(with(then.clone()));
                all.push(with(otherwise.clone()));
                let rebuilt = |then, otherwise| Step::When { condition: condition.clone(), then, otherwise };
                let arms = without_one(then).into_iter().map(|then| rebuilt(then, otherwise.clone()));
                all.extend(arms.map(|step| with(vec![step])));
                let arms = without_one(otherwise).into_iter().map(|other| rebuilt(then.clone(), other));
                all.extend(arms.map(|step| with(vec![step])));
            }
            Step::Together(steps) => {
                let fewer = without_one(steps).into_iter().map(Step::Together);
                all.extend(fewer.map(|step| with(vec![step])));
            }
            Step::Call(name, call) => {
                for at in 0..call.arms.len() {
                    let mut call = call.clone();
                    call.arms.remove(at);
                    all.push(with(vec![Step::Call(*name, call)]));
                }
                if !matches!(call.after, After::Nothing) {
                    let call = super::flow::Call { after: After::Nothing, ..call.clone() };
                    all.push(with(vec![Step::Call(*name, call)]));
                }
            }
            _ => {}
        }
    }
    all
}
