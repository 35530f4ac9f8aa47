//! What outlives a request, and the process: a small store of keys and values, in which several keys change together or
//! not at all. What is done once, what has to be undone and which instances live is written once, over this interface,
//! and not for each engine.
//!
//! Keys are texts with `/` between their parts; a part that comes from outside goes through [`part`].

mod file;
mod memory;
mod pages;
#[cfg(any(feature = "store-postgres", feature = "store-redis"))]
mod pool;
#[cfg(feature = "store-postgres")]
mod postgres;
#[cfg(feature = "store-redis")]
mod redis;
mod table;
#[cfg(feature = "simulation")]
mod troubled;
mod url;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

pub use file::FileStore;
pub use memory::MemoryStore;
#[cfg(feature = "store-postgres")]
pub use postgres::PostgresStore;
#[cfg(feature = "store-redis")]
pub use redis::RedisStore;
#[cfg(feature = "simulation")]
pub use troubled::{Trouble, TroubleKind, TroubledStore};

use url::Engine;

pub type Key = String;

/// Cheap to clone: all clones are one store.
#[derive(Clone, Debug)]
pub enum Store {
    Memory(MemoryStore),
    File(FileStore),
    #[cfg(feature = "store-postgres")]
    Postgres(PostgresStore),
    #[cfg(feature = "store-redis")]
    Redis(RedisStore),
    #[cfg(feature = "simulation")]
    Troubled(TroubledStore),
}

/// What stands under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub value: Bytes,
    /// It changes with each write, and no key ever has the same one again.
    pub version: u64,
}

/// What must be under a key for a change to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    Absent,
    Version(u64),
}

/// What is done to the store in one go. No key may be both put and deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub expect: Vec<(Key, Expect)>,
    /// The duration says how long the entry is kept; without one it stays until it is deleted.
    pub put: Vec<(Key, Bytes, Option<Duration>)>,
    pub delete: Vec<Key>,
}

impl Change {
    pub fn new() -> Change {
        Change::default()
    }

    #[must_use]
    pub fn expect(mut self, key: impl Into<Key>, expect: Expect) -> Change {
        self.expect.push((key.into(), expect));
        self
    }

    #[must_use]
    pub fn put(
        mut self,
        key: impl Into<Key>,
        value: impl Into<Bytes>,
        keep: impl Into<Option<Duration>>,
    ) -> Change {
        self.put.push((key.into(), value.into(), keep.into()));
        self
    }

    #[must_use]
    pub fn delete(mut self, key: impl Into<Key>) -> Change {
        self.delete.push(key.into());
        self
    }
}

/// Why the store cannot be used. After a commit, it is not known whether the change has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError {
    message: String,
}

impl StoreError {
    /// `message` is for the log: it holds neither a value nor a password.
    pub fn new(message: impl Into<String>) -> StoreError {
        StoreError { message: message.into() }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {}

// What an engine does is boxed: whoever waits for it need not be as large as all that it may wait for.
impl Store {
    /// A store that ends with the process, unless a clone of it lives on elsewhere.
    pub fn memory() -> Store {
        Store::Memory(MemoryStore::default())
    }

    /// Opens the store at a URL; without one, that is a file named after the service. What is elsewhere is reached when
    /// it is needed. The error is for the operator, and shows no password.
    pub fn open(url: Option<&str>, service: &str) -> Result<Store, String> {
        match Engine::of(url, service)? {
            Engine::Memory => Ok(Store::memory()),
            Engine::File(path) => FileStore::open(&path).map(Store::File),
            #[cfg(feature = "store-postgres")]
            Engine::Postgres(url) => PostgresStore::open(&url).map(Store::Postgres),
            #[cfg(feature = "store-redis")]
            Engine::Redis(url) => RedisStore::open(&url).map(Store::Redis),
            #[cfg(not(feature = "store-postgres"))]
            Engine::Postgres(_) => Err("names PostgreSQL, which this service was built without".to_owned()),
            #[cfg(not(feature = "store-redis"))]
            Engine::Redis(_) => Err("names Redis, which this service was built without".to_owned()),
        }
    }

    /// Whether no other process can have it open while this one does.
    pub fn is_exclusive(&self) -> bool {
        match self {
            Store::Memory(_) => false,
            Store::File(_) => true,
            #[cfg(feature = "store-postgres")]
            Store::Postgres(_) => false,
            #[cfg(feature = "store-redis")]
            Store::Redis(_) => false,
            #[cfg(feature = "simulation")]
            Store::Troubled(_) => false,
        }
    }

    pub async fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        match self {
            Store::Memory(memory) => Ok(memory.get(key)),
            Store::File(file) => Box::pin(file.get(key)).await,
            #[cfg(feature = "store-postgres")]
            Store::Postgres(postgres) => Box::pin(postgres.get(key)).await,
            #[cfg(feature = "store-redis")]
            Store::Redis(redis) => Box::pin(redis.get(key)).await,
            #[cfg(feature = "simulation")]
            Store::Troubled(troubled) => Box::pin(troubled.get(key)).await,
        }
    }

    /// The entries whose keys begin with `prefix` and come after the key `after`, in the order of the keys.
    pub async fn scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        at_most: usize,
    ) -> Result<Vec<(Key, Entry)>, StoreError> {
        match self {
            Store::Memory(memory) => Ok(memory.scan(prefix, after, at_most)),
            Store::File(file) => Box::pin(file.scan(prefix, after, at_most)).await,
            #[cfg(feature = "store-postgres")]
            Store::Postgres(postgres) => Box::pin(postgres.scan(prefix, after, at_most)).await,
            #[cfg(feature = "store-redis")]
            Store::Redis(redis) => Box::pin(redis.scan(prefix, after, at_most)).await,
            #[cfg(feature = "simulation")]
            Store::Troubled(troubled) => Box::pin(troubled.scan(prefix, after, at_most)).await,
        }
    }

    /// All entries whose keys begin with `prefix`, in the order of the keys.
    pub async fn all(&self, prefix: &str) -> Result<Vec<(Key, Entry)>, StoreError> {
        let mut found: Vec<(Key, Entry)> = Vec::new();
        loop {
            let after = found.last().map(|(key, _)| key.clone());
            let page = self.scan(prefix, after.as_deref(), PAGE).await?;
            let is_last = page.len() < PAGE;
            found.extend(page);
            if is_last {
                return Ok(found);
            }
        }
    }

    /// All of it or nothing; `false` when an expectation does not hold. It is durable when this returns.
    pub async fn commit(&self, change: Change) -> Result<bool, StoreError> {
        match self {
            Store::Memory(memory) => Ok(memory.commit(change)),
            Store::File(file) => Box::pin(file.commit(change)).await,
            #[cfg(feature = "store-postgres")]
            Store::Postgres(postgres) => Box::pin(postgres.commit(change)).await,
            #[cfg(feature = "store-redis")]
            Store::Redis(redis) => Box::pin(redis.commit(change)).await,
            #[cfg(feature = "simulation")]
            Store::Troubled(troubled) => Box::pin(troubled.commit(change)).await,
        }
    }
}

/// How many entries are read at once.
const PAGE: usize = 500;

/// How long a part of a key may be before a digest stands for it.
const PART: usize = 160;

/// A text from outside as one part of a key: without `/`, without signs that an engine could stumble over, and short.
pub fn part(text: &str) -> String {
    use sha2::{Digest, Sha256};
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:@".contains(&byte);
    let written: String = text
        .bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    if written.len() <= PART {
        return written;
    }
    // No text that is written out begins with `~`.
    let digest = Sha256::digest(text.as_bytes());
    format!("~{}", crate::bytes::digits(&digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_key_is_one_part_whatever_it_holds() {
        assert_eq!(part("order-1.a:b@c_d"), "order-1.a:b@c_d");
        assert_eq!(part("a/b~%\0ü"), "a%2Fb%7E%25%00%C3%BC");
        assert_eq!(part(""), "");
        let (long, other) = (part(&"a".repeat(161)), part(&"a".repeat(162)));
        assert!(long != other && long.len() == 65 && long.starts_with('~'));
    }
}
