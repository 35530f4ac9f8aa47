//! The lease of an instance: an entry that the store forgets by itself when it is not renewed, so that nobody compares
//! the clocks of two machines. It is taken when the first run needs it, and renewed from then on.

use std::sync::{Arc, Mutex as Shared, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Inner, Runs};
use crate::http::{Level, log};
use crate::store::{Change, StoreError};

/// How long an instance is taken to live that does not renew its lease.
const LEASE: Duration = Duration::from_secs(15);
const BEAT: Duration = Duration::from_secs(5);
/// How long before its end a lease counts as over for its owner: others must not see its end first.
const MARGIN: Duration = Duration::from_secs(4);

#[derive(Debug, Default)]
pub struct Lease {
    /// When it was asked for, the last time that it was given.
    renewed: Shared<Option<Instant>>,
    /// Whether the task runs that renews it; held while it is renewed for want of one that counts.
    beats: Mutex<bool>,
}

impl Lease {
    fn counts(&self) -> bool {
        let renewed = *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        renewed.is_some_and(|at| at.elapsed() < LEASE - MARGIN)
    }
}

pub fn key(instance: &str) -> String {
    format!("instances/{instance}")
}

impl Runs {
    /// Returns when this instance has a lease: from then on others leave its runs alone.
    ///
    /// # Errors
    /// The store does not give one.
    pub(crate) async fn live(&self) -> Result<(), StoreError> {
        if self.inner.lease.counts() {
            return Ok(());
        }
        let mut beats = self.inner.lease.beats.lock().await;
        if !self.inner.lease.counts() {
            renew(&self.inner).await?;
        }
        if !std::mem::replace(&mut *beats, true) {
            tokio::spawn(keep(Arc::downgrade(&self.inner)));
        }
        Ok(())
    }
}

async fn renew(inner: &Inner) -> Result<(), StoreError> {
    let asked = Instant::now();
    inner.store.commit(Change::new().put(key(&inner.instance), "", LEASE)).await?;
    *inner.lease.renewed.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked);
    Ok(())
}

/// Renews the lease for as long as somebody has the runs.
async fn keep(inner: Weak<Inner>) {
    loop {
        tokio::time::sleep(BEAT).await;
        let Some(inner) = inner.upgrade() else { return };
        if let Err(error) = renew(&inner).await {
            log::say(Level::Warn, "store failed", &[("reason", &error.to_string())]);
        }
    }
}
