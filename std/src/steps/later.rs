//! A value that one branch of a join makes and others wait for: reads that depend on reads, without a task for each.

use std::pin::pin;
use std::sync::OnceLock;

use tokio::sync::Notify;

/// Set once, by the branch that makes it; the others wait until it is there. If it never is, because that branch has
/// failed, the join drops those who wait.
pub struct Later<T> {
    value: OnceLock<T>,
    is_there: Notify,
}

impl<T> Later<T> {
    pub fn new() -> Later<T> {
        Later { value: OnceLock::new(), is_there: Notify::new() }
    }

    /// The first value counts.
    pub fn set(&self, value: T) {
        if self.value.set(value).is_ok() {
            self.is_there.notify_waiters();
        }
    }

    pub async fn get(&self) -> &T {
        loop {
            // Made before the look at the value, so that no notification falls between the two.
            let is_there = pin!(self.is_there.notified());
            if let Some(value) = self.value.get() {
                return value;
            }
            is_there.await;
        }
    }

    /// The value, when all branches are done.
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }
}

impl<T> Default for Later<T> {
    fn default() -> Later<T> {
        Later::new()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::future::join3;

    use super::*;

    #[test]
    fn those_who_wait_see_what_is_set_later() {
        let later = Later::new();
        let both = join3(later.get(), later.get(), async { later.set(7) });
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        assert_eq!(runtime.block_on(both), (&7, &7, ()));
        assert_eq!(later.get().now_or_never(), Some(&7));
    }

    #[test]
    fn the_first_value_counts() {
        let later = Later::new();
        assert_eq!(later.get().now_or_never(), None);
        later.set(1);
        later.set(2);
        assert_eq!(later.into_inner(), Some(1));
    }
}
