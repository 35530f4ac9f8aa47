//! Load shedding. When more comes in than the processors can do, everybody waits longer and longer, until all answers
//! come too late: nothing is gained, and all is lost. So a part of the requests is turned away at once, which costs
//! next to nothing, and the others are still answered in time.
//!
//! What shows that there is too much to do is how long a task that lets all others go first waits until it has its turn
//! again. How long backends take does not count: waiting for them costs nothing.

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::body::Body;
use http::Method;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, timeout};

use super::rejection::Rejection;
use super::router::UNDOS;
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
#[derive(Debug)]
pub struct Pressure {
    /// As much as this is borne.
    borne: u32,
    /// What is borne, and then the part.
    strength: AtomicU32,
    requests: AtomicU32,
}

impl Pressure {
    /// For a service whose tasks may wait as long as this, in all and lately, before anybody is turned away.
    pub fn new(after: Duration) -> Pressure {
        let beats = u32::try_from(after.as_millis() / BEAT.as_millis()).unwrap_or(u32::MAX);
        // Ten minutes are as good as for ever.
        let borne = beats.min(60_000).saturating_mul(MORE);
        Pressure { borne, strength: AtomicU32::new(0), requests: AtomicU32::new(0) }
    }

    /// Whether the next request is one of those that are turned away. They are spread evenly over all.
    pub fn turns_away(&self) -> bool {
        let part = self.strength.load(Ordering::Relaxed).saturating_sub(self.borne);
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
        let strength = self.strength.load(Ordering::Relaxed);
        let strength = match late > LATE {
            true => strength.saturating_add(MORE).min(self.borne.saturating_add(MOST)),
            false => strength.saturating_sub(LESS),
        };
        self.strength.store(strength, Ordering::Relaxed);
        if strength <= self.borne {
            self.requests.store(0, Ordering::Relaxed);
        }
    }
}

/// The answer to a request that is not even looked at, because there is too much to do. The connection is kept: to make
/// a new one costs more than an answer does.
pub fn turned_away<B>(request: &http::Request<B>, shell: &Shell) -> Option<http::Response<Body>> {
    if is_let_in(request) || !shell.turns_away() {
        return None;
    }
    let mut answer = Rejection::busy().into_response();
    shell.part(&mut answer);
    Some(answer)
}

/// Whether a request is let in, whatever is going on: it asks how the service is, or is of an operator, who has most to
/// see to when too much is going on.
fn is_let_in<B>(request: &http::Request<B>) -> bool {
    let path = request.uri().path();
    let is_probe = request.method() == Method::GET && ["/livez", "/readyz"].contains(&path);
    let below = path.strip_prefix(UNDOS);
    is_probe || below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

/// Looks after the pressure for as long as the service runs.
#[cfg_attr(feature = "simulation", allow(dead_code))]
pub async fn watch(shell: Shell) {
    loop {
        sleep(BEAT).await;
        if shell.is_idle() {
            shell.pressure().note(Duration::ZERO);
            continue;
        }
        let began = Instant::now();
        let mut turn = pin!(yield_now());
        // Each beat counts in which it is late and has not come yet.
        while timeout(BEAT, &mut turn).await.is_err() {
            if began.elapsed() > LATE {
                shell.pressure().note(began.elapsed());
            }
        }
        shell.pressure().note(began.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned_away(pressure: &Pressure) -> usize {
        (0..1_000).filter(|_| pressure.turns_away()).count()
    }

    #[test]
    fn nobody_is_turned_away_without_pressure() {
        let pressure = Pressure::new(Duration::ZERO);
        pressure.note(LATE);
        assert_eq!(turned_away(&pressure), 0);
    }

    #[test]
    fn a_little_pressure_lets_the_next_ones_in() {
        let pressure = Pressure::new(Duration::ZERO);
        for _ in 0..3 {
            pressure.note(LATE * 2);
            assert!((0..30).all(|_| !pressure.turns_away()));
            pressure.note(Duration::ZERO);
            (0..4).for_each(|_| pressure.note(Duration::ZERO));
        }
    }

    #[test]
    fn what_is_short_is_borne() {
        let pressure = Pressure::new(BEAT * 10);
        (0..10).for_each(|_| pressure.note(LATE * 2));
        assert_eq!(turned_away(&pressure), 0);
        (0..25).for_each(|_| pressure.note(LATE * 2));
        let half = turned_away(&pressure);
        assert!((450..=550).contains(&half), "{half}");
    }

    #[test]
    fn more_and_more_are_turned_away_but_never_all() {
        let pressure = Pressure::new(Duration::ZERO);
        (0..25).for_each(|_| pressure.note(LATE * 2));
        let half = turned_away(&pressure);
        assert!((450..=550).contains(&half), "{half}");
        (0..1_000).for_each(|_| pressure.note(LATE * 2));
        let most = turned_away(&pressure);
        assert!((900..1_000).contains(&most), "{most}");
    }

    #[test]
    fn it_is_over_two_seconds_after_the_last_delay() {
        let pressure = Pressure::new(Duration::ZERO);
        (0..1_000).for_each(|_| pressure.note(LATE * 2));
        (0..200).for_each(|_| pressure.note(Duration::ZERO));
        assert_eq!(turned_away(&pressure), 0);
    }

    #[test]
    fn probes_and_operators_are_let_in() {
        let is_let_in = |method: &str, target: &str| {
            let request = http::Request::builder().method(method).uri(target).body(());
            is_let_in(&request.expect("the request is well formed"))
        };
        for (method, target) in [
            ("GET", "/livez"),
            ("GET", "/readyz?x=y"),
            ("GET", "/undos"),
            ("DELETE", "/undos/a?because=b"),
            ("GET", "http://a/undos"),
        ] {
            assert!(is_let_in(method, target), "{method} {target}");
        }
        for (method, target) in [("POST", "/livez"), ("GET", "/undoset"), ("GET", "/v1/undos"), ("GET", "*")]
        {
            assert!(!is_let_in(method, target), "{method} {target}");
        }
    }

    #[test]
    fn those_who_are_turned_away_are_spread_evenly() {
        let pressure = Pressure::new(Duration::ZERO);
        (0..25).for_each(|_| pressure.note(LATE * 2));
        for _ in 0..20 {
            let of_ten = (0..10).filter(|_| pressure.turns_away()).count();
            assert!((3..=7).contains(&of_ten), "{of_ten}");
        }
    }
}
