//! What is read from and written into the file of a store. There is a table of entries, and one of their ends in the
//! order of time, by which entries that are over are found and taken out, a few with each transaction.

use std::ops::Bound;
use std::time::Duration;

use bytes::Bytes;
use redb::{
    Database, Error, ReadableDatabase, ReadableTable, StorageError, Table, TableDefinition, TableError,
    WriteTransaction,
};

use super::{Change, Entry, Expect, Key};
use crate::outside::wall;

/// A version, an end in milliseconds since 1970 (zero: none), and the value.
type Row<'a> = (u64, u64, &'a [u8]);

const ENTRIES: TableDefinition<'_, &str, Row<'_>> = TableDefinition::new("entries");
const ENDS: TableDefinition<'_, (u64, &str), ()> = TableDefinition::new("ends");
const LAST_VERSION: TableDefinition<'_, (), u64> = TableDefinition::new("last version");

/// How many entries that are over go with each change: more than one can put in.
const CLEANED: usize = 16;

pub const FAILED: &str = "the store has failed";

pub fn get(database: &Database, key: &str) -> Result<Option<Entry>, Error> {
    let transaction = database.begin_read()?;
    let entries = match transaction.open_table(ENTRIES) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        entries => entries?,
    };
    let row = entries.get(key)?;
    Ok(row.and_then(|row| entry(row.value(), millis())))
}

pub fn scan(
    database: &Database,
    prefix: &str,
    after: Option<&str>,
    at_most: usize,
) -> Result<Vec<(Key, Entry)>, Error> {
    let transaction = database.begin_read()?;
    let entries = match transaction.open_table(ENTRIES) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        entries => entries?,
    };
    let from = match after {
        Some(after) if after >= prefix => Bound::Excluded(after),
        _ => Bound::Included(prefix),
    };
    let (mut found, now) = (Vec::new(), millis());
    for row in entries.range::<&str>((from, Bound::Unbounded))? {
        let (key, row) = row?;
        if found.len() >= at_most || !key.value().starts_with(prefix) {
            break;
        }
        found.extend(entry(row.value(), now).map(|entry| (key.value().to_owned(), entry)));
    }
    Ok(found)
}

/// Whether each of the changes has happened. They happen one after the other, and are durable together.
pub fn commit(database: &Database, changes: Vec<Change>) -> Result<Vec<bool>, Error> {
    let transaction = database.begin_write()?;
    let held = Writing::begin(&transaction)?.all(changes)?;
    transaction.commit()?;
    Ok(held)
}

/// Takes out all entries whose keys begin with `prefix`.
pub fn forget(database: &Database, prefix: &str) -> Result<(), Error> {
    let keys = scan(database, prefix, None, usize::MAX)?.into_iter().map(|(key, _)| key);
    let change = Change { delete: keys.collect(), ..Change::new() };
    commit(database, vec![change]).map(drop)
}

/// The tables while they are written.
struct Writing<'t> {
    entries: Table<'t, &'static str, Row<'static>>,
    ends: Table<'t, (u64, &'static str), ()>,
    versions: Table<'t, (), u64>,
    last_version: u64,
    now: u64,
}

impl<'t> Writing<'t> {
    fn begin(transaction: &'t WriteTransaction) -> Result<Writing<'t>, Error> {
        let versions = transaction.open_table(LAST_VERSION)?;
        let last_version = versions.get(())?.map_or(0, |version| version.value());
        Ok(Writing {
            entries: transaction.open_table(ENTRIES)?,
            ends: transaction.open_table(ENDS)?,
            versions,
            last_version,
            now: millis(),
        })
    }

    fn all(mut self, changes: Vec<Change>) -> Result<Vec<bool>, Error> {
        let cleaned = CLEANED * changes.len();
        let held: Result<Vec<bool>, Error> = changes.into_iter().map(|change| self.one(change)).collect();
        self.clean(cleaned)?;
        self.versions.insert((), self.last_version)?;
        held
    }

    fn one(&mut self, change: Change) -> Result<bool, Error> {
        for (key, expect) in &change.expect {
            let row = self.entries.get(key.as_str())?;
            let found = row.and_then(|row| is_there(row.value(), self.now).then_some(row.value().0));
            let wanted = match expect {
                Expect::Absent => None,
                Expect::Version(version) => Some(*version),
            };
            if found != wanted {
                return Ok(false);
            }
        }
        for key in &change.delete {
            self.remove(key)?;
        }
        for (key, value, keep) in change.put {
            self.put(&key, &value, keep)?;
        }
        Ok(true)
    }

    fn put(&mut self, key: &str, value: &Bytes, keep: Option<Duration>) -> Result<(), StorageError> {
        self.remove(key)?;
        // Zero stands for no end; nothing ends in 1970.
        let end = keep.map_or(0, |keep| self.now.saturating_add(in_millis(keep)));
        if end > 0 {
            self.ends.insert((end, key), ())?;
        }
        self.last_version += 1;
        self.entries.insert(key, (self.last_version, end, value.as_ref()))?;
        Ok(())
    }

    fn remove(&mut self, key: &str) -> Result<(), StorageError> {
        let end = self.entries.remove(key)?.map_or(0, |row| row.value().1);
        if end > 0 {
            self.ends.remove((end, key))?;
        }
        Ok(())
    }

    fn clean(&mut self, at_most: usize) -> Result<(), StorageError> {
        for _ in 0..at_most {
            let Some(key) = self.over()? else { break };
            self.remove(&key)?;
        }
        Ok(())
    }

    /// The entry that has been over for the longest time.
    fn over(&self) -> Result<Option<Key>, StorageError> {
        let first = self.ends.first()?;
        Ok(first.and_then(|(end, _)| {
            let (end, key) = end.value();
            (end <= self.now).then(|| key.to_owned())
        }))
    }
}

fn is_there((_, end, _): Row<'_>, now: u64) -> bool {
    end == 0 || now < end
}

fn entry(row: Row<'_>, now: u64) -> Option<Entry> {
    let (version, _, value) = row;
    is_there(row, now).then(|| Entry { value: Bytes::copy_from_slice(value), version })
}

fn millis() -> u64 {
    in_millis(wall())
}

fn in_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
