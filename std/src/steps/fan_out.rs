//! The same call for each element of a list, so many at a time. Results stand in the order of the elements, whichever
//! came first.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{FuturesUnordered, StreamExt};

/// For reads: the first failure, in the order of the elements, is the result. What stands behind a failed one is dropped
/// at once; what stands before it is waited for, since its failure would come first.
pub async fn fan_out<A, B, E, F>(items: Vec<A>, at_most: usize, call: impl FnMut(A) -> F) -> Result<Vec<B>, E>
where
    F: Future<Output = Result<B, E>>,
{
    each(items, at_most, call, Behind::Dropped).await
}

/// For writes: after a failure nothing more is begun, but what is in flight is waited for, so that it can be undone.
/// Here, too, the first failure in the order of the elements is the result.
pub async fn fan_out_writes<A, B, E, F>(
    items: Vec<A>,
    at_most: usize,
    call: impl FnMut(A) -> F,
) -> Result<Vec<B>, E>
where
    F: Future<Output = Result<B, E>>,
{
    each(items, at_most, call, Behind::Finished).await
}

/// What becomes of the calls in flight that stand behind one that has failed.
#[derive(Clone, Copy)]
enum Behind {
    Dropped,
    Finished,
}

async fn each<A, B, E, F>(
    items: Vec<A>,
    at_most: usize,
    mut call: impl FnMut(A) -> F,
    behind: Behind,
) -> Result<Vec<B>, E>
where
    F: Future<Output = Result<B, E>>,
{
    let mut places = places(items.len());
    let mut failure: Option<(usize, E)> = None;
    let mut waiting = items.into_iter().enumerate();
    let mut in_flight = FuturesUnordered::new();
    loop {
        while failure.is_none() && in_flight.len() < at_most.max(1) {
            let Some((place, item)) = waiting.next() else { break };
            in_flight.push(Placed { place, call: Box::pin(call(item)) });
        }
        match in_flight.next().await {
            Some((place, Ok(value))) => put(&mut places, place, value),
            Some((place, Err(error))) => {
                if let Behind::Dropped = behind {
                    in_flight = in_flight.into_iter().filter(|other| other.place < place).collect();
                }
                let earlier = failure.take().filter(|(earlier, _)| *earlier < place);
                failure = earlier.or(Some((place, error)));
            }
            None => break,
        }
    }
    match failure {
        Some((_, error)) => Err(error),
        None => Ok(places.into_iter().flatten().collect()),
    }
}

/// A call, and which element it is made for.
struct Placed<F> {
    place: usize,
    call: Pin<Box<F>>,
}

impl<F: Future> Future for Placed<F> {
    type Output = (usize, F::Output);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let place = self.place;
        self.call.as_mut().poll(context).map(|end| (place, end))
    }
}

fn places<B>(count: usize) -> Vec<Option<B>> {
    std::iter::repeat_with(|| None).take(count).collect()
}

fn put<B>(places: &mut [Option<B>], place: usize, value: B) {
    if let Some(slot) = places.get_mut(place) {
        *slot = Some(value);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready};

    use futures_util::FutureExt;

    use super::*;
    use crate::steps::Later;

    #[test]
    fn results_stand_in_the_order_of_the_elements() {
        let later = Later::new();
        let all = fan_out(vec![1, 2, 3], 3, |item| {
            let later = &later;
            async move {
                match item {
                    1 => drop(later.get().await),
                    _ => later.set(()),
                }
                Ok::<_, ()>(item * 10)
            }
        });
        assert_eq!(all.now_or_never(), Some(Ok(vec![10, 20, 30])));
    }

    #[test]
    fn never_more_than_so_many_at_a_time() {
        for at_most in [0, 1, 2] {
            let (now, most) = (Cell::new(0), Cell::new(0));
            let all = fan_out((0..6).collect(), at_most, |_| {
                let (now, most) = (&now, &most);
                async move {
                    now.set(now.get() + 1);
                    most.set(most.get().max(now.get()));
                    yield_once().await;
                    now.set(now.get() - 1);
                    Ok::<_, ()>(())
                }
            });
            futures_block_on(all).expect("no call fails");
            assert_eq!(most.get(), at_most.max(1));
        }
    }

    #[test]
    fn a_failure_ends_the_reads_behind_it() {
        let all = fan_out(vec![1, 2, 3], 3, |item| async move {
            match item {
                1 => Ok(1),
                2 => Err("no"),
                _ => pending::<Result<i32, &str>>().await,
            }
        });
        assert_eq!(all.now_or_never(), Some(Err("no")));
    }

    #[test]
    fn the_first_failure_in_the_order_of_the_elements_counts() {
        for is_write in [false, true] {
            let later = Later::new();
            let call = |item| {
                let later = &later;
                async move {
                    match item {
                        1 => drop(later.get().await),
                        _ => later.set(()),
                    }
                    Err::<i32, _>(item)
                }
            };
            let items = vec![1, 2, 3];
            let end = match is_write {
                true => fan_out_writes(items, 3, call).now_or_never(),
                false => fan_out(items, 3, call).now_or_never(),
            };
            assert_eq!(end, Some(Err(1)), "of writes: {is_write}");
        }
    }

    #[test]
    fn writes_in_flight_are_waited_for_and_no_more_begun() {
        let (begun, done) = (Cell::new(0), Cell::new(0));
        let all = fan_out_writes(vec![1, 2, 3, 4], 2, |item| {
            begun.set(begun.get() + 1);
            let done = &done;
            async move {
                if item == 1 {
                    return Err("no");
                }
                yield_once().await;
                done.set(done.get() + 1);
                Ok(item)
            }
        });
        assert_eq!(futures_block_on(all), Err("no"));
        assert_eq!((begun.get(), done.get()), (2, 1));
    }

    #[test]
    fn nothing_gives_nothing() {
        let none = fan_out(Vec::<i32>::new(), 8, |item| ready(Ok::<_, ()>(item)));
        assert_eq!(none.now_or_never(), Some(Ok(vec![])));
    }

    async fn yield_once() {
        tokio::task::yield_now().await;
    }

    fn futures_block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
    }
}
