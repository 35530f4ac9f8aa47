//! The connections to one backend that nobody uses: they are kept as they are, without a task.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::sleep;

use super::connect::Connector;
use super::head::Head;
use super::line::Line;
use super::outgoing::Sending;
use crate::failure::CallFailure;

/// How long a connection is kept that nobody uses: less than the five seconds after which common servers close theirs,
/// since a write that meets a closing connection cannot be sent again.
const IDLE: Duration = Duration::from_secs(4);
/// In so many beats it passes. To count them costs nothing where to look at the clock for each call would.
const BEATS: u32 = 4;

/// The connections to one backend.
pub struct Pool {
    connector: Connector,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// Each with the beat in which it was used; the one that was used last is the last.
    lines: Vec<(Line, u64)>,
    beat: u64,
    /// Whether somebody sees to it that they are closed in time.
    is_watched: bool,
}

/// Makes the request of one try, when there is a connection for it.
pub type Make<'a> = dyn Fn() -> Sending<'a> + Send + Sync + 'a;

impl Pool {
    pub fn new(connector: Connector) -> Arc<Pool> {
        Arc::new(Pool { connector, idle: Mutex::default() })
    }

    /// Sends a request, and gives the head of the answer with the connection that its body comes on. A connection that had
    /// ended before anything was sent on it has another one take its place.
    pub async fn send(&self, request: &Make<'_>) -> Result<(Head, Line), CallFailure> {
        loop {
            let mut line = match self.idle() {
                Some(line) => line,
                // In a box: few calls make a connection, and each would have to hold what that needs.
                None => Box::pin(self.connect()).await?,
            };
            if let Some(head) = line.ask(&request()).await? {
                return Ok((head, line));
            }
        }
    }

    /// How many connections nobody uses.
    pub fn kept(&self) -> usize {
        self.lock().lines.len()
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle(&self) -> Option<Line> {
        let mut idle = self.lock();
        let (line, since) = idle.lines.pop()?;
        if is_young(since, idle.beat) {
            return Some(line);
        }
        // The others are older.
        idle.lines.clear();
        None
    }

    async fn connect(&self) -> Result<Line, CallFailure> {
        let stream = self.connector.connect().await;
        stream.map(Line::new).map_err(|why| CallFailure::Unreachable(format!("no connection: {why}")))
    }

    /// Takes a connection back whose answer was read whole, if it can be used again.
    pub fn keep(self: &Arc<Pool>, line: Line) {
        let Some(line) = line.kept() else { return };
        let mut idle = self.lock();
        let beat = idle.beat;
        idle.lines.push((line, beat));
        if !idle.is_watched {
            idle.is_watched = true;
            tokio::spawn(watch(Arc::downgrade(self)));
        }
    }
}

/// Whether what was used in the beat `since` can be used once more.
fn is_young(since: u64, beat: u64) -> bool {
    beat - since < u64::from(BEATS)
}

/// Closes connections that nobody uses, until there are none.
async fn watch(pool: Weak<Pool>) {
    loop {
        sleep(IDLE / BEATS).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut idle = pool.lock();
        let beat = idle.beat + 1;
        idle.beat = beat;
        idle.lines.retain(|(_, since)| is_young(*since, beat));
        if idle.lines.is_empty() {
            idle.is_watched = false;
            return;
        }
    }
}
