//! Independent work on all cores that are there, with the results in order: nobody can tell from them how many there were.

use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// All recursion is bounded; this is the seat belt. It must fit where memory is limited.
pub const STACK: usize = 32 << 20;

const MOST_WORKERS: usize = 8;

/// `work` on each of the items. Whoever is free takes the next one, since they differ in size.
pub fn map<'t, T: Sync, R: Send>(items: &'t [T], work: &(dyn Fn(&'t T) -> R + Sync)) -> Vec<R> {
    let workers = thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS).min(items.len());
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(items.len())));
    let take_turns = || {
        let take = || next.fetch_add(1, Ordering::Relaxed);
        while let Some((at, item)) = Some(take()).and_then(|at| Some((at, items.get(at)?))) {
            let result = work(item);
            done.lock().expect("nobody panics while holding it").push((at, result));
        }
    };
    thread::scope(|scope| {
        // Where the system has no thread for us, the one at hand does more.
        let helpers =
            (1..workers).map(|_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, take_turns));
        let helpers: Vec<_> = helpers.flatten().collect();
        take_turns();
        helpers.into_iter().for_each(|helper| helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
    });
    let mut done = done.into_inner().expect("nobody panics while holding it");
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let numbers: Vec<u64> = (0..1_000).collect();
        let squares = map(&numbers, &|number| (0..*number).map(|_| number).sum::<u64>());
        assert_eq!(squares, numbers.iter().map(|number| number * number).collect::<Vec<_>>());
        assert_eq!(map(&[] as &[u8], &|_| 0), Vec::<i32>::new());
    }

    #[test]
    #[should_panic(expected = "the third")]
    fn a_panic_is_the_callers() {
        map(&[1, 2, 3], &|number| assert_ne!(*number, 3, "the third"));
    }
}
