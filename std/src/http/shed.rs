//! Load shedding. When more comes in than the processors can do, everybody waits longer and longer, until all answers
//! come too late: nothing is gained, and all is lost. So a part of the requests is turned away at once, which costs
//! next to nothing, and the others are still answered in time.
//!
//! What shows that there is too much to do is how long a task waits until a processor looks at it: a task that comes from
//! outside, since those wait behind all others. How long backends take does not count: waiting for them costs nothing.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::shell::Shell;

/// How often it is looked.
const BEAT: Duration = Duration::from_millis(10);
/// How long a task may wait. Small delays are usual on a machine that does other things too, and so are longer ones that
/// do not last.
const LATE: Duration = Duration::from_millis(25);

/// Parts of the requests are told in these.
const WHOLE: u32 = 1 << 16;
/// How much more is turned away in a beat in which a task waits too long, and how much less in one in which none
/// does: up within half a second, and down within two.
const MORE: u32 = WHOLE / 50;
const LESS: u32 = WHOLE / 200;
/// Some requests are always let in: without them nobody would see that the pressure is gone.
const MOST: u32 = WHOLE / 20 * 19;

/// Which part of the requests is turned away at the moment.
#[derive(Debug, Default)]
pub struct Pressure {
    part: AtomicU32,
    requests: AtomicU32,
}

impl Pressure {
    /// Whether the next request is one of those that are turned away. They are spread evenly over all.
    pub fn turns_away(&self) -> bool {
        let part = self.part.load(Ordering::Relaxed);
        if part == 0 {
            return false;
        }
        // Multiples of the golden section, of which any few that follow each other are spread evenly. The first is not
        // nothing, so a little pressure lets the next ones in.
        let count = self.requests.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let at = count.wrapping_mul(0x9E37_79B9) >> 16;
        at < part
    }

    /// A task has waited as long as this.
    pub fn note(&self, late: Duration) {
        let part = self.part.load(Ordering::Relaxed);
        let part = if late > LATE { (part + MORE).min(MOST) } else { part.saturating_sub(LESS) };
        self.part.store(part, Ordering::Relaxed);
        if part == 0 {
            self.requests.store(0, Ordering::Relaxed);
        }
    }
}

/// Looks after the pressure for as long as the service runs.
#[cfg_attr(feature = "simulation", allow(dead_code))]
pub async fn watch(shell: Shell) {
    let mut late_since = None;
    loop {
        sleep(BEAT).await;
        if shell.is_idle() {
            late_since = None;
            shell.pressure().note(Duration::ZERO);
            continue;
        }
        let sent = Instant::now();
        let mut seen = from_outside();
        // Each beat counts in which it is late and has not been looked at yet.
        while timeout(BEAT, &mut seen).await.is_err() {
            if sent.elapsed() > LATE {
                late(&shell, *late_since.get_or_insert(sent), sent);
            }
        }
        if sent.elapsed() > LATE {
            late(&shell, *late_since.get_or_insert(sent), sent);
        } else {
            late_since = None;
            shell.pressure().note(sent.elapsed());
        }
    }
}

/// A task that was sent then waits too long, as others have since some time: if that has lasted, it counts.
fn late(shell: &Shell, since: Instant, sent: Instant) {
    if since.elapsed() > shell.limits().shed_after {
        shell.pressure().note(sent.elapsed());
    }
}

/// Has a thread that is not one of the processors' hand them a task; the answer comes when it is looked at.
fn from_outside() -> oneshot::Receiver<()> {
    let (looked_at, seen) = oneshot::channel();
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        runtime.spawn(async {
            let _ = looked_at.send(()); // whoever waited has ended
        });
    });
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned_away(pressure: &Pressure) -> usize {
        (0..1_000).filter(|_| pressure.turns_away()).count()
    }

    #[test]
    fn nobody_is_turned_away_without_pressure() {
        let pressure = Pressure::default();
        pressure.note(LATE);
        assert_eq!(turned_away(&pressure), 0);
    }

    #[test]
    fn a_little_pressure_lets_the_next_ones_in() {
        let pressure = Pressure::default();
        for _ in 0..3 {
            pressure.note(LATE * 2);
            assert!((0..30).all(|_| !pressure.turns_away()));
            pressure.note(Duration::ZERO);
            (0..4).for_each(|_| pressure.note(Duration::ZERO));
        }
    }

    #[test]
    fn more_and_more_are_turned_away_but_never_all() {
        let pressure = Pressure::default();
        (0..25).for_each(|_| pressure.note(LATE * 2));
        let half = turned_away(&pressure);
        assert!((450..=550).contains(&half), "{half}");
        (0..1_000).for_each(|_| pressure.note(LATE * 2));
        let most = turned_away(&pressure);
        assert!((900..1_000).contains(&most), "{most}");
    }

    #[test]
    fn it_is_over_two_seconds_after_the_last_delay() {
        let pressure = Pressure::default();
        (0..1_000).for_each(|_| pressure.note(LATE * 2));
        (0..200).for_each(|_| pressure.note(Duration::ZERO));
        assert_eq!(turned_away(&pressure), 0);
    }

    #[test]
    fn those_who_are_turned_away_are_spread_evenly() {
        let pressure = Pressure::default();
        (0..25).for_each(|_| pressure.note(LATE * 2));
        for _ in 0..20 {
            let of_ten = (0..10).filter(|_| pressure.turns_away()).count();
            assert!((3..=7).contains(&of_ten), "{of_ten}");
        }
    }
}
