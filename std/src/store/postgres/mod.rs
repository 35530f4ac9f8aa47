//! The engine for several replicas that have a PostgreSQL server: one table, which is made when it is missing.
//!
//! A change is one transaction and one round trip. It first locks all of its keys, in one order for everybody, and then
//! looks and writes in a statement that sees what those who had the locks before have done. So changes of the same keys
//! happen one after the other, whatever the isolation level, and none has to be tried again.

mod sql;
mod tls;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, Error, NoTls, Row};

use super::pool::Pool;
use super::{Change, Entry, Key, StoreError};
use crate::http::{Level, log};
use sql::Parameters;
use tls::Tls;

const CONNECT: Duration = Duration::from_secs(3);
/// How often entries that are over are taken out.
const CLEANING: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    tls: Option<Tls>,
    pool: Pool<Client>,
    /// Whether the table is known to be there.
    is_made: AtomicBool,
    cleaned: Mutex<Instant>,
}

/// Without the URL, which holds a password.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PostgresStore")
    }
}

impl PostgresStore {
    /// The error goes on behind `FLOW_STORE`. The server is asked when the store is first used.
    pub fn open(url: &str) -> Result<PostgresStore, String> {
        let mut config: Config = url.parse().map_err(|_| {
            "is no URL of PostgreSQL, such as `postgres://user:password@host:5432/database?sslmode=require`"
                .to_owned()
        })?;
        if config.get_hosts().is_empty() {
            return Err("names no host of PostgreSQL".to_owned());
        }
        config.connect_timeout(CONNECT).keepalives_idle(Duration::from_secs(30));
        if config.get_application_name().is_none() {
            config.application_name("flow");
        }
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(Tls::new()?),
        };
        let inner = Inner {
            config,
            tls,
            pool: Pool::new("PostgreSQL"),
            is_made: AtomicBool::new(false),
            cleaned: Mutex::new(Instant::now()),
        };
        Ok(PostgresStore { inner: Arc::new(inner) })
    }

    pub async fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        let parameters: Parameters<'_> = &[(&key, Type::TEXT)];
        let rows = self.inner.read(sql::GET, parameters).await?;
        rows.first().map(|row| entry(row, 0)).transpose()
    }

    pub async fn scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        at_most: usize,
    ) -> Result<Vec<(Key, Entry)>, StoreError> {
        // Nothing that begins with the prefix comes after it with the greatest of all characters behind it.
        let end = format!("{prefix}\u{10ffff}");
        let (after, at_most) = (after.unwrap_or_default(), i64::try_from(at_most).unwrap_or(i64::MAX));
        let parameters: Parameters<'_> =
            &[(&prefix, Type::TEXT), (&after, Type::TEXT), (&end, Type::TEXT), (&at_most, Type::INT8)];
        let rows = self.inner.read(sql::SCAN, parameters).await?;
        rows.iter().map(|row| Ok((row.try_get(0).map_err(|error| told(&error))?, entry(row, 1)?))).collect()
    }

    pub async fn commit(&self, change: Change) -> Result<bool, StoreError> {
        let ended = self.inner.pool.in_time(self.inner.commit(&change)).await;
        self.clean();
        ended
    }

    /// Takes out what is over, now and then.
    fn clean(&self) {
        let mut cleaned = self.inner.cleaned.lock().unwrap_or_else(PoisonError::into_inner);
        if cleaned.elapsed() < CLEANING {
            return;
        }
        *cleaned = Instant::now();
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            let cleaning = async {
                let client = inner.client().await.map_err(|error| told(&error))?;
                client.batch_execute(sql::CLEAN).await.map_err(|error| told(&error))?;
                inner.give_back(client);
                Ok(())
            };
            if let Err(error) = inner.pool.in_time(cleaning).await {
                log::say(Level::Warn, "store failed", &[("reason", &error.to_string())]);
            }
        });
    }
}

impl Inner {
    /// A read that fails because a connection has died in the pool is asked again on a new one.
    async fn read(&self, query: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        self.pool
            .in_time(async {
                match self.ask(query, parameters).await {
                    Err(error) if error.is_closed() => self.forget(),
                    answered => return answered.map_err(|error| told(&error)),
                }
                self.ask(query, parameters).await.map_err(|error| told(&error))
            })
            .await
    }

    async fn ask(&self, query: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, Error> {
        let client = self.client().await?;
        let rows = client.query_typed(query, parameters).await?;
        self.give_back(client);
        Ok(rows)
    }

    async fn commit(&self, change: &Change) -> Result<bool, StoreError> {
        let client = self.client().await.map_err(|error| told(&error))?;
        let held = sql::commit(&client, change).await.map_err(|error| {
            self.forget();
            told(&error)
        })?;
        self.give_back(client);
        Ok(held)
    }

    /// One that is dropped on the way closes its connection, and the server rolls back what it was in.
    async fn client(&self) -> Result<Client, Error> {
        while let Some(client) = self.pool.take() {
            if !client.is_closed() {
                return Ok(client);
            }
        }
        let client = self.connect().await?;
        if !self.is_made.load(Ordering::Relaxed) {
            sql::make(&client).await?;
            self.is_made.store(true, Ordering::Relaxed);
        }
        Ok(client)
    }

    async fn connect(&self) -> Result<Client, Error> {
        match &self.tls {
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                tokio::spawn(async { drop(connection.await) });
                Ok(client)
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await?;
                tokio::spawn(async { drop(connection.await) });
                Ok(client)
            }
        }
    }

    fn give_back(&self, client: Client) {
        if !client.is_closed() {
            self.pool.give_back(client);
        }
    }

    /// After a failure the others in the pool are as old, and the table may be on another server.
    fn forget(&self) {
        self.pool.forget();
        self.is_made.store(false, Ordering::Relaxed);
    }
}

fn entry(row: &Row, at: usize) -> Result<Entry, StoreError> {
    let value: &[u8] = row.try_get(at).map_err(|error| told(&error))?;
    let version: i64 = row.try_get(at + 1).map_err(|error| told(&error))?;
    Ok(Entry { value: Bytes::copy_from_slice(value), version: version.unsigned_abs() })
}

/// What the server says, and never what was sent to it.
fn told(error: &Error) -> StoreError {
    let why = match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(answer), _) => format!("{} ({})", answer.message(), answer.code().code()),
        (None, Some(source)) => source.to_string(),
        (None, None) => error.to_string(),
    };
    StoreError::new(format!("PostgreSQL: {why}"))
}
