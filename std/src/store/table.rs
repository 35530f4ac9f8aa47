//! The entries of a store in memory, with the time as an argument. What is over is gone for whoever reads, and is taken
//! out by the commits that come later, a few at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::time::Duration;

use bytes::Bytes;

use super::{Change, Entry, Expect, Key};

/// How many entries that are over a commit takes out: more than one can put in, so that they do not gather.
const CLEANED: usize = 64;

/// In the order of the keys.
#[derive(Debug, Default)]
pub struct Table {
    entries: BTreeMap<Key, Slot>,
    ends: BTreeSet<(Duration, Key)>,
    last_version: u64,
}

#[derive(Debug)]
struct Slot {
    value: Bytes,
    version: u64,
    /// Since 1970.
    end: Option<Duration>,
}

impl Slot {
    fn is_there(&self, now: Duration) -> bool {
        self.end.is_none_or(|end| now < end)
    }

    fn entry(&self) -> Entry {
        Entry { value: self.value.clone(), version: self.version }
    }
}

impl Table {
    pub fn get(&self, key: &str, now: Duration) -> Option<Entry> {
        self.slot(key, now).map(Slot::entry)
    }

    pub fn scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        at_most: usize,
        now: Duration,
    ) -> Vec<(Key, Entry)> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        self.entries
            .range::<str, _>((from, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .filter(|(_, slot)| slot.is_there(now))
            .take(at_most)
            .map(|(key, slot)| (key.clone(), slot.entry()))
            .collect()
    }

    pub fn commit(&mut self, change: Change, now: Duration) -> bool {
        let holds = |(key, expect): &(Key, Expect)| match (self.slot(key, now), expect) {
            (None, Expect::Absent) => true,
            (Some(slot), Expect::Version(version)) => slot.version == *version,
            (Some(_), Expect::Absent) | (None, Expect::Version(_)) => false,
        };
        if !change.expect.iter().all(holds) {
            return false;
        }
        for key in &change.delete {
            self.remove(key);
        }
        for (key, value, keep) in change.put {
            self.put(key, value, keep.map(|keep| now.saturating_add(keep)));
        }
        self.clean(now);
        true
    }

    fn slot(&self, key: &str, now: Duration) -> Option<&Slot> {
        self.entries.get(key).filter(|slot| slot.is_there(now))
    }

    fn put(&mut self, key: Key, value: Bytes, end: Option<Duration>) {
        self.remove(&key);
        if let Some(end) = end {
            self.ends.insert((end, key.clone()));
        }
        self.last_version += 1;
        self.entries.insert(key, Slot { value, version: self.last_version, end });
    }

    fn remove(&mut self, key: &str) {
        if let Some(Slot { end: Some(end), .. }) = self.entries.remove(key) {
            self.ends.remove(&(end, key.to_owned()));
        }
    }

    fn clean(&mut self, now: Duration) {
        for _ in 0..CLEANED {
            let is_over = self.ends.first().is_some_and(|(end, _)| *end <= now);
            let Some((_, key)) = is_over.then(|| self.ends.pop_first()).flatten() else { return };
            self.entries.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(1_000);

    fn put(table: &mut Table, key: &str, keep: Option<Duration>) {
        assert!(table.commit(Change::new().put(key, "x", keep), START));
    }

    #[test]
    fn what_is_over_is_gone_and_then_taken_out() {
        let mut table = Table::default();
        let second = Duration::from_secs(1);
        for at in 0..100 {
            put(&mut table, &format!("a/{at}"), Some(second));
        }
        put(&mut table, "b", None);
        let just_before = START + second - Duration::from_nanos(1);
        assert!(table.get("a/7", just_before).is_some() && table.get("a/7", START + second).is_none());
        assert_eq!(table.scan("", None, 500, just_before).len(), 101);
        assert_eq!(table.scan("", None, 500, START + second).len(), 1);
        let over = Change::new().expect("a/7", Expect::Absent);
        assert!(table.commit(over.clone(), START + second), "what is over is absent");
        assert_eq!(table.entries.len(), 37);
        assert!(table.commit(over, START + second));
        assert_eq!((table.entries.len(), table.ends.len()), (1, 0));
    }

    #[test]
    fn an_entry_that_is_put_again_ends_when_the_last_put_says() {
        let mut table = Table::default();
        put(&mut table, "a", Some(Duration::from_secs(1)));
        put(&mut table, "a", None);
        let later = START + Duration::from_secs(2);
        assert!(table.commit(Change::new(), later) && table.get("a", later).is_some());
        put(&mut table, "a", Some(Duration::from_secs(1)));
        assert!(table.commit(Change::new().delete("a"), START) && table.ends.is_empty());
    }
}
