//! What is computed for a request ends with it: see `excess`.

use std::future::poll_fn;
use std::pin::pin;

use super::Context;
use super::perform::REPRIEVE;
use crate::{excess, outside};

impl Context {
    /// What is computed for the request, as far as there is time and room.
    ///
    /// # Panics
    /// Unwinds with an `Excess` where that is not far enough.
    pub(crate) fn bounded<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        let until = outside::moment_of(self.deadline() + REPRIEVE);
        async move {
            let mut work = pin!(work);
            poll_fn(|cx| excess::within(until, || work.as_mut().poll(cx))).await
        }
    }
}
