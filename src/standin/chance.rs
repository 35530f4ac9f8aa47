//! Choices. Without a seed the first of what there is to choose from is always taken, which gives the plainest values;
//! with a seed it is any of them, and always the same ones for the same seed.

/// A source of choices.
#[derive(Debug, Clone)]
pub struct Chance {
    state: Option<u64>,
}

impl Chance {
    pub fn plain() -> Chance {
        Chance { state: None }
    }

    /// Choices for what these words stand for: each thing has its own, so that none depends on what else was asked for.
    pub fn seeded(seed: u64, words: &[&str]) -> Chance {
        let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Chance { state: Some(hash) }
    }

    pub fn is_plain(&self) -> bool {
        self.state.is_none()
    }

    /// A number below this one; 0 where there is nothing to choose from.
    pub fn below(&mut self, count: u64) -> u64 {
        match &mut self.state {
            Some(state) if count > 1 => next(state) % count,
            Some(_) | None => 0,
        }
    }

    /// One of several.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let at = self.below(all.len() as u64);
        all.get(usize::try_from(at).unwrap_or(0))
    }

    /// From 0 up to 1, each as likely.
    pub fn part(&mut self) -> f64 {
        let bits = self.state.as_mut().map_or(0, next) >> 11;
        bits as f64 / (1_u64 << 53) as f64
    }
}

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_and_without_one_the_first_is_taken() {
        let taken = |mut chance: Chance| [(); 8].map(|()| chance.below(100));
        assert_eq!(taken(Chance::plain()), [0; 8]);
        assert_eq!(taken(Chance::seeded(7, &["a"])), taken(Chance::seeded(7, &["a"])));
        assert_ne!(taken(Chance::seeded(7, &["a"])), taken(Chance::seeded(8, &["a"])));
        assert_ne!(taken(Chance::seeded(7, &["a", "b"])), taken(Chance::seeded(7, &["ab"])));
    }

    #[test]
    fn parts_are_spread_between_zero_and_one() {
        let mut chance = Chance::seeded(1, &[]);
        let parts = [(); 100].map(|()| chance.part());
        assert!(parts.iter().all(|part| (0.0..1.0).contains(part)));
        assert!(parts.iter().any(|part| *part < 0.1) && parts.iter().any(|part| *part > 0.9));
    }
}
