//! The rest of an answer, whose first part was found to be good. It is read when it is asked for, and not before: a backend
//! is read as fast as our caller reads. The time of the call goes on, but only while the backend is waited for.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout};

use super::Shared;
use super::exchange::too_large;
use super::line::Line;
use crate::failure::CallFailure;

/// How much of an answer is read, and has to be good, before anything is made of it. One that is not longer is read whole:
/// whatever is wrong with it becomes the status of what is answered. Of a longer one this is all that is in memory.
pub const FIRST: usize = 256 * 1024;

/// The rest of an answer. When it is dropped, its connection ends, unless all of it was read.
pub struct Rest {
    shared: Arc<Shared>,
    open: Option<Line>,
    _place: OwnedSemaphorePermit,
    read: usize,
    left: Duration,
}

impl Rest {
    /// `read`: how much of the answer was read. `left`: how much longer the backend may be waited for.
    pub fn new(
        shared: &Arc<Shared>,
        (line, place): (Line, OwnedSemaphorePermit),
        read: usize,
        left: Duration,
    ) -> Rest {
        Rest { shared: Arc::clone(shared), open: Some(line), _place: place, read, left }
    }

    /// What comes next; none at the end.
    ///
    /// # Errors
    /// It did not come in time, broke off, or is too large.
    pub async fn next(&mut self) -> Result<Option<Bytes>, CallFailure> {
        let next = self.part().await;
        if let Err(failure) = &next {
            self.shared.upstream.broke_off(failure);
            self.open = None;
        }
        next
    }

    async fn part(&mut self) -> Result<Option<Bytes>, CallFailure> {
        let Some(line) = &mut self.open else { return Ok(None) };
        let begun = Instant::now();
        let came = timeout(self.left, line.part(1)).await;
        self.left = self.left.saturating_sub(begun.elapsed());
        if let Some(data) = came.map_err(|_| CallFailure::Timeout)?? {
            self.read = self.read.saturating_add(data.len());
            return match self.read > self.shared.max_body {
                true => Err(CallFailure::malformed(too_large(self.shared.max_body))),
                false => Ok(Some(data)),
            };
        }
        if let Some(line) = self.open.take() {
            self.shared.pool.keep(line);
        }
        Ok(None)
    }
}
