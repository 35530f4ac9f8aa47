//! Reads that overlap, as if they ran one after the other: the first of them that fails is the failure of all, first in
//! the order of the flow and not in time, so that the answer does not depend on who was faster.
//!
//! What stands below a failed one is dropped at once. What stands above it is waited for, since in the order of the flow
//! its failure comes before.
//!
//! A join holds its futures twice, where they came in and where they run, so that joins of joins would hold them many times
//! over: more than two stand in boxes.

use std::future::Future;
use std::pin::pin;

use futures_util::future::{Either, select};

/// Both values, or the failure of the first that fails.
///
/// # Errors
/// One of them fails.
pub async fn try_join<A, B, E>(
    first: impl Future<Output = Result<A, E>>,
    second: impl Future<Output = Result<B, E>>,
) -> Result<(A, B), E> {
    match select(pin!(first), pin!(second)).await {
        Either::Left((Ok(first), second)) => Ok((first, second.await?)),
        Either::Left((Err(failure), _)) => Err(failure),
        Either::Right((second, first)) => {
            let first = first.await?;
            Ok((first, second?))
        }
    }
}

/// # Errors
/// One of them fails.
pub async fn try_join3<A, B, C, E>(
    a: impl Future<Output = Result<A, E>>,
    b: impl Future<Output = Result<B, E>>,
    c: impl Future<Output = Result<C, E>>,
) -> Result<(A, B, C), E> {
    let (a, (b, c)) = try_join(Box::pin(a), try_join(Box::pin(b), Box::pin(c))).await?;
    Ok((a, b, c))
}

/// # Errors
/// One of them fails.
pub async fn try_join4<A, B, C, D, E>(
    a: impl Future<Output = Result<A, E>>,
    b: impl Future<Output = Result<B, E>>,
    c: impl Future<Output = Result<C, E>>,
    d: impl Future<Output = Result<D, E>>,
) -> Result<(A, B, C, D), E> {
    let (first, second) = (try_join(Box::pin(a), Box::pin(b)), try_join(Box::pin(c), Box::pin(d)));
    let ((a, b), (c, d)) = try_join(first, second).await?;
    Ok((a, b, c, d))
}

/// # Errors
/// One of them fails.
pub async fn try_join5<A, B, C, D, F, E>(
    a: impl Future<Output = Result<A, E>>,
    b: impl Future<Output = Result<B, E>>,
    c: impl Future<Output = Result<C, E>>,
    d: impl Future<Output = Result<D, E>>,
    f: impl Future<Output = Result<F, E>>,
) -> Result<(A, B, C, D, F), E> {
    let first = try_join(Box::pin(a), Box::pin(b));
    let second = try_join(Box::pin(c), try_join(Box::pin(d), Box::pin(f)));
    let ((a, b), (c, (d, f))) = try_join(first, second).await?;
    Ok((a, b, c, d, f))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready};

    use futures_util::FutureExt;

    use super::*;
    use crate::steps::Later;

    type End = Result<i32, &'static str>;

    /// Notes that it is dropped.
    struct Noted<'n>(&'n Cell<bool>);

    impl Drop for Noted<'_> {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }

    #[test]
    fn values_stand_in_the_order_of_the_flow() {
        let all =
            try_join5(async { Ok::<_, ()>(1) }, async { Ok(2) }, async { Ok(3) }, async { Ok(4) }, async {
                Ok(5)
            });
        assert_eq!(all.now_or_never(), Some(Ok((1, 2, 3, 4, 5))));
        let four = try_join4(ready(Ok::<_, ()>(1)), ready(Ok(2)), ready(Ok(3)), ready(Ok(4)));
        assert_eq!(four.now_or_never(), Some(Ok((1, 2, 3, 4))));
    }

    #[test]
    fn what_stands_below_a_failure_is_dropped_at_once() {
        let is_dropped = Cell::new(false);
        let noted = Noted(&is_dropped);
        let below = async move {
            let _noted = noted;
            pending::<End>().await
        };
        let mut both = pin!(try_join3(pending::<End>(), ready(End::Err("no")), below));
        assert_eq!((&mut both).now_or_never(), None);
        assert!(is_dropped.get(), "the one above is still waited for");
    }

    #[test]
    fn the_failure_that_comes_first_in_the_flow_counts() {
        let later = Later::new();
        let slow = async {
            later.get().await;
            End::Err("above")
        };
        let quick = async {
            later.set(());
            End::Err("below")
        };
        assert_eq!(try_join(slow, quick).now_or_never(), Some(Err("above")));
        let nobody = try_join(pending::<End>(), ready(End::Err("below")));
        assert_eq!(nobody.now_or_never(), None, "the one above may fail, too");
    }
}
