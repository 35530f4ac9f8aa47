//! What PostgreSQL is asked. No statement is prepared on the server, so that a pooler may stand before it.

use bytes::Bytes;
use futures_util::future::try_join4;
use sha2::{Digest, Sha256};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

use crate::store::{Change, Expect, Key};

pub type Parameters<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// Keys are compared byte by byte, whatever the language of the database.
const MAKE: &str = "
CREATE TABLE IF NOT EXISTS flow_store (
  key     text COLLATE \"C\" PRIMARY KEY,
  value   bytea NOT NULL,
  version bigint NOT NULL,
  ends    timestamptz
);
CREATE INDEX IF NOT EXISTS flow_store_ends ON flow_store (ends) WHERE ends IS NOT NULL;
CREATE SEQUENCE IF NOT EXISTS flow_store_version;
COMMIT;";

/// Two services that start at the same time must not both make the table. The number is only ours.
const MAKING: &str = "BEGIN; SELECT pg_advisory_xact_lock(7239128305128551);";

pub const GET: &str = "
SELECT value, version FROM flow_store WHERE key = $1 AND (ends IS NULL OR ends > clock_timestamp())";

pub const SCAN: &str = "
SELECT key, value, version FROM flow_store
WHERE key >= $1 AND key > $2 AND key < $3 AND (ends IS NULL OR ends > clock_timestamp())
ORDER BY key LIMIT $4";

pub const CLEAN: &str = "
DELETE FROM flow_store WHERE key IN (
  SELECT key FROM flow_store WHERE ends <= clock_timestamp() ORDER BY ends LIMIT 5000 FOR UPDATE SKIP LOCKED
)";

/// One after the other, in the order that the numbers come in.
const LOCK: &str = "SELECT count(pg_advisory_xact_lock(number)) FROM unnest($1::bigint[]) AS number";

/// `$1` and `$2`: what is expected, with a version of -1 for what must not be there.
const WRITE: &str = "
WITH held AS (
  SELECT NOT EXISTS (
    SELECT FROM unnest($1::text[], $2::bigint[]) AS wanted (key, version)
    LEFT JOIN flow_store AS found
      ON found.key = wanted.key AND (found.ends IS NULL OR found.ends > clock_timestamp())
    WHERE coalesce(found.version, -1) <> wanted.version
  ) AS held
), deleted AS (
  DELETE FROM flow_store WHERE key = ANY ($3::text[]) AND (SELECT held FROM held)
), put AS (
  INSERT INTO flow_store (key, value, version, ends)
  SELECT key, value, nextval('flow_store_version'), clock_timestamp() + millis * interval '1 millisecond'
  FROM unnest($4::text[], $5::bytea[], $6::bigint[]) AS new (key, value, millis)
  WHERE (SELECT held FROM held)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version, ends = excluded.ends
)
SELECT held FROM held";

/// Makes the table, if it is missing. Whoever may not make one needs no right to, when somebody else has.
pub async fn make(client: &Client) -> Result<(), Error> {
    let row = client.query_typed_one("SELECT to_regclass('flow_store') IS NOT NULL", &[]).await?;
    match row.try_get(0)? {
        true => Ok(()),
        false => client.batch_execute(&format!("{MAKING}{MAKE}")).await,
    }
}

pub async fn commit(client: &Client, change: &Change) -> Result<bool, Error> {
    let (expected, versions): (Vec<&str>, Vec<i64>) =
        change.expect.iter().map(|(key, expect)| (key.as_str(), version(*expect))).unzip();
    let keys: Vec<&str> = change.put.iter().map(|(key, _, _)| key.as_str()).collect();
    let values: Vec<&[u8]> = change.put.iter().map(|(_, value, _)| Bytes::as_ref(value)).collect();
    let millis: Vec<Option<i64>> = change.put.iter().map(|(_, _, keep)| keep.map(in_millis)).collect();
    let locks = locks(change);
    let locks: Parameters<'_> = &[(&locks, Type::INT8_ARRAY)];
    let write: Parameters<'_> = &[
        (&expected, Type::TEXT_ARRAY),
        (&versions, Type::INT8_ARRAY),
        (&change.delete, Type::TEXT_ARRAY),
        (&keys, Type::TEXT_ARRAY),
        (&values, Type::BYTEA_ARRAY),
        (&millis, Type::INT8_ARRAY),
    ];
    // All are sent before the first answer comes. Where one fails, `COMMIT` rolls back.
    let (_, _, held, ()) = try_join4(
        client.batch_execute("BEGIN"),
        client.query_typed(LOCK, locks),
        client.query_typed_one(WRITE, write),
        client.batch_execute("COMMIT"),
    )
    .await?;
    held.try_get(0)
}

fn version(expect: Expect) -> i64 {
    match expect {
        Expect::Absent => -1,
        Expect::Version(version) => i64::try_from(version).unwrap_or(i64::MAX),
    }
}

fn in_millis(keep: std::time::Duration) -> i64 {
    // A thousand years: later than any interval that could not be added.
    i64::try_from(keep.as_millis()).unwrap_or(i64::MAX).min(31_536_000_000_000)
}

/// The numbers that stand for the keys of a change, each once and in order, so that two changes never wait for each other.
fn locks(change: &Change) -> Vec<i64> {
    let expected = change.expect.iter().map(|(key, _)| key);
    let put = change.put.iter().map(|(key, _, _)| key);
    let mut locks: Vec<i64> = expected.chain(put).chain(&change.delete).map(lock).collect();
    locks.sort_unstable();
    locks.dedup();
    locks
}

fn lock(key: &Key) -> i64 {
    let digest = Sha256::digest(key.as_bytes());
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | i64::from(*byte))
}
