//! Pure functions have no way to fail, and what a caller sends decides how much they compute. So that one request has
//! neither all processors nor all memory, they count what they do while a request is worked on: beyond its deadline, or
//! beyond the room that there is, the work is unwound, up to whoever has begun it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use crate::outside::{Moment, moment};

/// How long a text may get that functions put together, in bytes.
pub const LONGEST: usize = 16 * 1024 * 1024;
/// How much a request may put together between two moments at which it waits for something, in bytes. Whether it still
/// has it all is not known.
const MOST: usize = 1024 * 1024 * 1024;
/// What an element of a list takes at least.
const ELEMENT: usize = 16;
/// How long nobody waits for what is computed.
const LONG: Duration = Duration::from_secs(3_600);
/// After how many elements the clock is looked at.
const BEAT: u32 = 256;

/// Why the work has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    Time,
    Room,
}

impl Excess {
    /// In words for the log.
    pub fn name(self) -> &'static str {
        match self {
            Excess::Time => "it took longer than it may",
            Excess::Room => "a text of more than 16 MB, or more than 1 GB at once",
        }
    }
}

#[derive(Clone, Copy)]
struct Budget {
    until: Moment,
    room: usize,
}

thread_local! {
    /// Of what is computed at the moment; none where it is for nobody's request.
    static BUDGET: Cell<Option<Budget>> = const { Cell::new(None) };
    static BEATS: Cell<u32> = const { Cell::new(BEAT) };
}

/// Computes for a request that is of no use any more at `until`.
///
/// # Panics
/// Unwinds with an `Excess` when it computes too much.
pub fn within<T>(until: Moment, work: impl FnOnce() -> T) -> T {
    let _outer = Restored(BUDGET.replace(Some(Budget { until, room: MOST })));
    work()
}

/// The same for nobody, as in a test; then it is said why it has ended. Within a request nothing changes.
///
/// # Errors
/// It computes too much.
pub fn alone<T>(work: impl FnOnce() -> T) -> Result<T, Excess> {
    if BUDGET.get().is_some() {
        return Ok(work());
    }
    let done = catch_unwind(AssertUnwindSafe(|| within(moment() + LONG, work)));
    done.map_err(|why| why.downcast::<Excess>().map_or_else(|panic| resume_unwind(panic), |excess| *excess))
}

/// Also when the work is unwound.
struct Restored(Option<Budget>);

impl Drop for Restored {
    fn drop(&mut self) {
        BUDGET.set(self.0);
    }
}

/// The elements, each of which is counted.
pub fn each<I: IntoIterator>(items: I) -> impl Iterator<Item = I::Item> {
    items.into_iter().inspect(|_| beat())
}

/// The elements, of each of which something is kept in a list.
pub fn gather<I: IntoIterator>(items: I) -> impl Iterator<Item = I::Item> {
    items.into_iter().inspect(|_| {
        beat();
        take(ELEMENT);
    })
}

/// Counts an element.
pub fn beat() {
    let left = BEATS.get();
    if left > 0 {
        return BEATS.set(left - 1);
    }
    BEATS.set(BEAT);
    if BUDGET.get().is_some_and(|budget| moment() >= budget.until) {
        end(Excess::Time);
    }
}

/// Counts so many bytes that are going to be put together.
pub fn take(bytes: usize) {
    let Some(budget) = BUDGET.get() else { return };
    match budget.room.checked_sub(bytes) {
        Some(room) => BUDGET.set(Some(Budget { room, ..budget })),
        None => end(Excess::Room),
    }
}

/// Counts a text that is going to be put together.
pub fn take_text(bytes: usize) {
    match bytes {
        ..=LONGEST => take(bytes),
        _ if BUDGET.get().is_some() => end(Excess::Room),
        _ => {}
    }
}

/// It is no panic: nothing is said, and no hook is called.
fn end(why: Excess) -> ! {
    resume_unwind(Box::new(why))
}

#[cfg(test)]
mod tests {
    use std::panic::UnwindSafe;

    use super::*;

    fn ended<T>(until: Moment, work: impl FnOnce() -> T + UnwindSafe) -> Option<Excess> {
        catch_unwind(|| within(until, work)).err().and_then(|why| why.downcast_ref().copied())
    }

    #[test]
    fn work_ends_at_the_deadline() {
        let soon = moment() + Duration::from_millis(20);
        assert_eq!(ended(soon, || each(0..).count()), Some(Excess::Time));
        let later = moment() + Duration::from_secs(60);
        assert_eq!(ended(later, || each(0..100_000).count()), None);
        assert_eq!(each(0..1_000).count(), 1_000, "for nobody it is never too late");
    }

    #[test]
    fn work_ends_where_there_is_no_room() {
        let later = moment() + Duration::from_secs(60);
        assert_eq!(ended(later, || take_text(LONGEST)), None);
        assert_eq!(ended(later, || take_text(LONGEST + 1)), Some(Excess::Room));
        assert_eq!(ended(later, || (0..64).for_each(|_| take_text(LONGEST))), None);
        assert_eq!(ended(later, || (0..65).for_each(|_| take_text(LONGEST))), Some(Excess::Room));
        assert_eq!(ended(later, || gather(0..).count()), Some(Excess::Room));
        assert_eq!(alone(|| take_text(LONGEST + 1)), Err(Excess::Room));
        assert_eq!(alone(|| 1), Ok(1));
    }
}
