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
