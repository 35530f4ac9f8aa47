//! Where answers are kept: a bounded number of them, in a bounded space. The ones unused for longest go first.

use std::collections::{BTreeMap, HashMap};

use tokio::time::Instant;

/// How many bytes a shelf holds.
const SPACE: usize = 64 << 20;

/// What tells answers apart: a digest of all that was sent for them.
pub type Digest = [u8; 32];

pub struct Shelf<V> {
    kept: HashMap<Digest, Kept<V>>,
    /// The digests by when they were used last.
    order: BTreeMap<u64, Digest>,
    uses: u64,
    space: usize,
}

pub struct Kept<V> {
    pub value: V,
    /// When it was made.
    pub at: Instant,
    /// When a new one may be asked for, once it is stale.
    pub ask: Instant,
    weight: usize,
    used: u64,
}

impl<V> Shelf<V> {
    pub fn new() -> Shelf<V> {
        Shelf { kept: HashMap::new(), order: BTreeMap::new(), uses: 0, space: 0 }
    }

    pub fn get(&mut self, digest: &Digest) -> Option<&mut Kept<V>> {
        let kept = self.kept.get_mut(digest)?;
        self.order.remove(&kept.used);
        self.uses += 1;
        kept.used = self.uses;
        self.order.insert(kept.used, *digest);
        Some(kept)
    }

    /// Keeps a value with `entries` others at most; one that would take most of the space is not kept.
    pub fn put(&mut self, digest: Digest, value: V, weight: usize, entries: usize) {
        self.remove(&digest);
        if weight > SPACE / 8 || entries == 0 {
            return;
        }
        while self.kept.len() >= entries || self.space + weight > SPACE {
            let Some(oldest) = self.order.first_key_value().map(|(_, digest)| *digest) else { return };
            self.remove(&oldest);
        }
        self.uses += 1;
        let now = Instant::now();
        self.kept.insert(digest, Kept { value, at: now, ask: now, weight, used: self.uses });
        self.order.insert(self.uses, digest);
        self.space += weight;
    }

    pub fn remove(&mut self, digest: &Digest) {
        if let Some(kept) = self.kept.remove(digest) {
            self.order.remove(&kept.used);
            self.space -= kept.weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: usize) -> Digest {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.to_le_bytes());
        digest
    }

    fn there(shelf: &Shelf<usize>) -> Vec<usize> {
        let mut there: Vec<_> = shelf.kept.values().map(|kept| kept.value).collect();
        there.sort_unstable();
        there
    }

    #[test]
    fn the_ones_unused_for_longest_go_first() {
        let mut shelf = Shelf::new();
        for number in 0..3 {
            shelf.put(digest(number), number, 1, 3);
        }
        assert!(shelf.get(&digest(0)).is_some());
        shelf.put(digest(3), 3, 1, 3);
        assert_eq!(there(&shelf), [0, 2, 3]);
        shelf.put(digest(4), 4, 1, 1);
        assert_eq!(there(&shelf), [4]);
        shelf.put(digest(5), 5, 1, 0);
        assert_eq!(there(&shelf), [4]);
    }

    #[test]
    fn the_space_is_bounded() {
        let mut shelf = Shelf::new();
        for number in 0..100 {
            shelf.put(digest(number), number, SPACE / 10, 1_000);
            assert!(shelf.space <= SPACE && shelf.kept.len() == shelf.order.len());
        }
        assert_eq!(there(&shelf), (90..100).collect::<Vec<_>>());
        shelf.put(digest(99), 99, SPACE, 1_000);
        assert_eq!(there(&shelf).len(), 9, "too large, and the one before it is not the answer any more");
        for number in 0..100 {
            shelf.remove(&digest(number));
        }
        assert_eq!((shelf.space, shelf.order.len()), (0, 0));
    }
}
