//! The connections to a server of a store: a few, kept open, and what is asked of the server in bounded time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::StoreError;

/// How many connections there are at most.
const CONNECTIONS: usize = 8;
/// How long it may take to get a connection and an answer.
const ANSWER: Duration = Duration::from_secs(5);

pub struct Pool<C> {
    /// How the server is called in messages.
    server: &'static str,
    room: Semaphore,
    idle: Mutex<Vec<C>>,
}

impl<C> Pool<C> {
    pub fn new(server: &'static str) -> Pool<C> {
        Pool { server, room: Semaphore::new(CONNECTIONS), idle: Mutex::default() }
    }

    /// Does work that needs one connection, when there is room for one. Dropped on the way, it takes its connection along.
    pub async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let in_turn = async {
            let ended = |_| StoreError::new(format!("{} has ended", self.server));
            let _room = self.room.acquire().await.map_err(ended)?;
            work.await
        };
        let late = |_| StoreError::new(format!("{} did not answer in time", self.server));
        timeout(ANSWER, in_turn).await.map_err(late)?
    }

    /// A connection that nobody uses.
    pub fn take(&self) -> Option<C> {
        self.idle().pop()
    }

    pub fn give_back(&self, connection: C) {
        self.idle().push(connection);
    }

    /// Closes those that nobody uses.
    #[cfg(feature = "store-postgres")]
    pub fn forget(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> MutexGuard<'_, Vec<C>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
