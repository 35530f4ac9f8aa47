//! What a service counts of a call that another one makes of it in the same process.

use tokio::time::Instant;

use super::LocalEndpoint;
use crate::failure::Failure;
use crate::http::{Context, HUNG_UP, step_of};
use crate::metrics::{self, OperationTally};

/// A call, as the one counts it that is called: it is a request to him. One that its caller does not wait for ends with
/// what is dropped.
pub struct Counted<'a> {
    to: &'a LocalEndpoint,
    cx: &'a Context,
    begun: Instant,
    has_ended: bool,
}

impl<'a> Counted<'a> {
    pub fn new(to: &'a LocalEndpoint, cx: &'a Context) -> Counted<'a> {
        Counted { to, cx, begun: Instant::now(), has_ended: false }
    }

    pub fn ended<T>(self, ended: Result<T, Failure>) -> Result<T, Failure> {
        match ended {
            Ok(value) => {
                self.count(200);
                Ok(value)
            }
            Err(failure) => Err(self.failed(failure)),
        }
    }

    pub fn failed(self, failure: Failure) -> Failure {
        let (status, origin) = (failure.status(), failure.origin());
        if status >= 500 {
            self.tally().failed(step_of(self.cx.track(), origin), origin.kind);
        }
        self.count(status);
        failure
    }

    fn count(mut self, status: u16) {
        self.has_ended = true;
        self.tally().ended(status, self.begun.elapsed());
    }

    fn tally(&self) -> &'static OperationTally {
        metrics::operation(self.to.operation, &[self.to.deadline])
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.tally().ended(HUNG_UP, self.begun.elapsed());
        }
    }
}
