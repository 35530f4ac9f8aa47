//! The engine for several replicas that have a Redis server. What makes several keys change together there is a script,
//! which nothing else runs beside; so each function of the store is one script. How durable a change is, is the server's
//! to say: `docs/store.md` names the settings.

mod script;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::pool::Pool;
use super::{Change, Entry, Expect, Key, StoreError};
use crate::redis::{Connection, RedisError, Reply, Target};

#[derive(Clone)]
pub struct RedisStore {
    inner: Arc<Inner>,
}

struct Inner {
    target: Target,
    pool: Pool<Connection>,
}

/// Without the URL, which holds a password.
impl fmt::Debug for RedisStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RedisStore")
    }
}

impl RedisStore {
    /// The error goes on behind `FLOW_STORE`. The server is asked when the store is first used.
    pub fn open(url: &str) -> Result<RedisStore, String> {
        let target = Target::of(url)?;
        let inner = Inner { target, pool: Pool::new("Redis") };
        Ok(RedisStore { inner: Arc::new(inner) })
    }

    pub async fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        match self.inner.read(&[b"EVAL", script::GET.as_bytes(), b"0", key.as_bytes()]).await? {
            Reply::Nothing => Ok(None),
            Reply::List(parts) => match &parts[..] {
                [version, value] => entry(version, value).map(Some),
                _ => Err(unexpected()),
            },
            Reply::Number(_) | Reply::Text(_) => Err(unexpected()),
        }
    }

    pub async fn scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        at_most: usize,
    ) -> Result<Vec<(Key, Entry)>, StoreError> {
        let mut found = Vec::new();
        let mut after = after.map(str::to_owned);
        while found.len() < at_most {
            let page = (at_most - found.len()).min(script::PAGE).to_string();
            let from = after.as_deref().unwrap_or_default();
            let command: &[&[u8]] = &[
                b"EVAL",
                script::SCAN.as_bytes(),
                b"0",
                prefix.as_bytes(),
                from.as_bytes(),
                page.as_bytes(),
            ];
            let Reply::List(parts) = self.inner.read(command).await? else { return Err(unexpected()) };
            // The last key that was looked at, and then key, version and value of each entry that is there.
            let Some((last, rows)) = parts.split_first() else { return Err(unexpected()) };
            for row in rows.chunks(3) {
                let [key, version, value] = row else { return Err(unexpected()) };
                found.push((text(key)?, entry(version, value)?));
            }
            match text(last)? {
                last if last.is_empty() => break,
                last => after = Some(last),
            }
        }
        Ok(found)
    }

    pub async fn commit(&self, change: Change) -> Result<bool, StoreError> {
        let arguments = arguments(&change);
        let mut command: Vec<&[u8]> = vec![b"EVAL", script::COMMIT.as_bytes(), b"0"];
        command.extend(arguments.iter().map(Bytes::as_ref));
        match self.inner.write(&command).await? {
            Reply::Number(held) => Ok(held == 1),
            Reply::Nothing | Reply::Text(_) | Reply::List(_) => Err(unexpected()),
        }
    }
}

/// How many of each there are, and then the parts of each.
fn arguments(change: &Change) -> Vec<Bytes> {
    let number = |number: usize| Bytes::from(number.to_string());
    let key = |key: &Key| Bytes::from(key.clone());
    let mut all = vec![number(change.expect.len()), number(change.delete.len()), number(change.put.len())];
    for (name, expect) in &change.expect {
        let version = match expect {
            Expect::Absent => Bytes::new(),
            Expect::Version(version) => Bytes::from(version.to_string()),
        };
        all.extend([key(name), version]);
    }
    all.extend(change.delete.iter().map(key));
    for (name, value, keep) in &change.put {
        // The script counts in floats; a thousand years are enough.
        let millis = keep.map(|keep| keep.as_millis().min(31_536_000_000_000).to_string());
        all.extend([key(name), value.clone(), Bytes::from(millis.unwrap_or_default())]);
    }
    all
}

impl Inner {
    /// A read that fails because a connection has died in the pool is asked again on a new one.
    async fn read(&self, command: &[&[u8]]) -> Result<Reply, StoreError> {
        self.pool
            .in_time(async {
                loop {
                    let Some(mut connection) = self.pool.take() else { break };
                    if let Ok(reply) = connection.ask(command).await {
                        return self.given_back(connection, reply);
                    }
                }
                let mut connection = Connection::open(&self.target).await?;
                let reply = connection.ask(command).await?;
                self.given_back(connection, reply)
            })
            .await
    }

    /// A write is sent once: whether one has happened that was not answered, nobody knows. So the connection that it
    /// goes over is known to live.
    async fn write(&self, command: &[&[u8]]) -> Result<Reply, StoreError> {
        self.pool
            .in_time(async {
                let mut connection = self.living().await?;
                let reply = connection.ask(command).await?;
                self.given_back(connection, reply)
            })
            .await
    }

    async fn living(&self) -> Result<Connection, StoreError> {
        loop {
            let Some(mut connection) = self.pool.take() else { break };
            if connection.is_open() {
                return Ok(connection);
            }
        }
        Ok(Connection::open(&self.target).await?)
    }

    fn given_back(
        &self,
        connection: Connection,
        reply: Result<Reply, RedisError>,
    ) -> Result<Reply, StoreError> {
        self.pool.give_back(connection);
        Ok(reply?)
    }
}

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> StoreError {
        StoreError::new(error.to_string())
    }
}

fn entry(version: &Reply, value: &Reply) -> Result<Entry, StoreError> {
    let Reply::Text(value) = value else { return Err(unexpected()) };
    let version = text(version)?.parse().map_err(|_| unexpected())?;
    Ok(Entry { value: value.clone(), version })
}

fn text(reply: &Reply) -> Result<String, StoreError> {
    let Reply::Text(text) = reply else { return Err(unexpected()) };
    String::from_utf8(text.to_vec()).map_err(|_| unexpected())
}

fn unexpected() -> StoreError {
    StoreError::new("Redis: an answer that was not asked for")
}
