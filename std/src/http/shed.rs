//! Load shedding. When more comes in than the processors can do, everybody waits longer and longer, until all answers
//! come too late: nothing is gained, and all is lost. So no more are worked on than the processors can do, and whoever
//! comes beyond them is turned away at once, which costs next to nothing.
//!
//! What shows that there is too much to do is how long a new task waits until it has its turn, behind all that are ready.
//! How long backends take does not count: waiting for them costs nothing. How many can be worked on is found out: as
//! long as tasks wait too long, fewer and fewer are let in, and more and more as soon as they do not.

use std::convert::Infallible;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::Method;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, timeout};

use super::operator::Asked;
use super::perform::Standard;
use super::rejection::Rejection;
use super::router::UNDOS;
use super::shell::Shell;

/// How often it is looked.
const BEAT: Duration = Duration::from_millis(10);
/// So many beats are one while nothing is worked on: a service that nobody uses should take nothing.
const IDLE_BEATS: u32 = 10;
/// How long a task may wait. Small delays are usual on a machine that does other things too, and so are longer ones that
/// do not last.
const LATE: Duration = Duration::from_millis(25);
/// How long it may wait while others are turned away. Fewer are worked on at once then than before it began: each of them
/// costs less, as what it needs is still in the caches, and is answered sooner.
const AIM: Duration = Duration::from_millis(5);

/// There is always room for so many: what is late may be late for another reason.
const FEWEST: u32 = 4;
/// Room for a part of what there is goes in a beat in which tasks wait too long, and comes in one in which they do not.
/// Slowly: what was let in before may still come back from a backend. But where tasks wait for very long, calls of backends
/// seem to be slow that are not, and run into their timeouts.
const LESS: u32 = 50;
const MUCH_LESS: u32 = 10;
const VERY_LATE: Duration = Duration::from_millis(100);
const MORE: u32 = 100;

/// How many can be worked on at the moment.
#[derive(Debug)]
pub struct Pressure {
    /// So many quarters of beats may be late.
    borne: u32,
    /// So many were lately: each beat that is not takes a quarter of one that was.
    late: AtomicU32,
    /// Room for so many requests; none of them is turned away where it is for all that there may be.
    room: AtomicU32,
}

impl Pressure {
    /// For a service whose tasks may wait too long for this time, in all and lately, before anybody is turned away.
    pub fn new(borne: Duration) -> Pressure {
        let quarters = 4 * borne.as_millis() / BEAT.as_millis();
        Pressure {
            borne: u32::try_from(quarters).unwrap_or(u32::MAX),
            late: AtomicU32::new(0),
            room: AtomicU32::new(u32::MAX),
        }
    }

    /// Whether one more is too much.
    pub fn is_full(&self, in_flight: u32) -> bool {
        in_flight >= self.room.load(Ordering::Relaxed)
    }

    /// In this beat a task has waited so long, and so many requests were worked on, of which there may be `most`.
    pub fn note(&self, waited: Duration, in_flight: u32, most: u32) {
        let room = self.room.load(Ordering::Relaxed);
        let is_late = waited > if room == u32::MAX { LATE } else { AIM };
        let late = self.late.load(Ordering::Relaxed);
        let lately = if is_late { late.saturating_add(4).min(self.borne) } else { late.saturating_sub(1) };
        self.late.store(lately, Ordering::Relaxed);
        let room = match is_late {
            true if room == u32::MAX && late < self.borne => return,
            true => less(room.min(in_flight), waited).max(FEWEST),
            false => more(room),
        };
        self.room.store(if room < most { room } else { u32::MAX }, Ordering::Relaxed);
    }
}

fn less(room: u32, waited: Duration) -> u32 {
    room - room.div_ceil(if waited > VERY_LATE { MUCH_LESS } else { LESS })
}

fn more(room: u32) -> u32 {
    room.saturating_add(room / MORE + 1)
}

/// The answer to a request that is not even looked at, because there is too much to do. The connection is kept: to make
/// a new one costs more than an answer does.
pub fn turned_away<B>(request: &http::Request<B>, shell: &Shell) -> Option<http::Response<Body>> {
    let pages = shell.pages();
    if !shell.is_full() || is_let_in(request) || pages.is_preflight(request.method(), request.headers()) {
        return None;
    }
    shell.counts().shed.fetch_add(1, Ordering::Relaxed);
    let mut answer = Rejection::busy().into_response_with(BODY.clone());
    if let Some(page) = pages.asked(request.headers()) {
        page.tell(answer.headers_mut());
    }
    shell.part(&mut answer);
    Some(answer)
}

/// It is the same for all, and put together once: nothing is cheaper than that.
static BODY: LazyLock<Bytes> = LazyLock::new(|| Rejection::busy().body().into());

/// Whether a request is let in, whatever is going on: it asks how the service is, or is of an operator, who has most to
/// see to when too much is going on.
fn is_let_in<B>(request: &http::Request<B>) -> bool {
    let path = request.uri().path();
    let probes = [Standard::Alive.path(), Standard::Ready.path(), Asked::Metrics.path()];
    let is_probe = request.method() == Method::GET && probes.contains(&path);
    let below = path.strip_prefix(UNDOS);
    is_probe || below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

/// Looks after the pressure for as long as the service runs. It must not itself run on one of the threads that do the
/// work: what they start goes in front of what is too much for them, and that has to be seen, too.
#[cfg_attr(feature = "simulation", allow(dead_code))]
pub async fn watch(shell: Shell) -> Infallible {
    loop {
        if shell.in_flight() == 0 {
            sleep(BEAT * IDLE_BEATS).await;
            (0..IDLE_BEATS).for_each(|_| shell.note(Duration::ZERO));
            continue;
        }
        sleep(BEAT).await;
        let began = Instant::now();
        let mut turn = tokio::spawn(async move {
            // It has come behind what was too much for the threads, and goes behind what one of them has to do.
            yield_now().await;
            began.elapsed()
        });
        // Each beat counts in which it is late and has not come yet.
        let waited = loop {
            match timeout(BEAT, &mut turn).await {
                Ok(waited) => break waited.unwrap_or_default(),
                Err(_) if began.elapsed() > LATE => shell.note(began.elapsed()),
                Err(_) => {}
            }
        };
        shell.note(waited);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Limits;
    use super::*;

    const MOST: u32 = 10_000;

    /// Room for so many, after so many beats.
    fn room(pressure: &Pressure, waited: Duration, beats: u32) -> u32 {
        (0..beats).for_each(|_| pressure.note(waited, 200, MOST));
        (0..MOST).find(|in_flight| pressure.is_full(*in_flight)).unwrap_or(MOST)
    }

    #[test]
    fn nobody_is_turned_away_without_pressure() {
        assert_eq!(room(&Pressure::new(Duration::ZERO), LATE, 100), MOST);
    }

    #[test]
    fn what_is_short_is_borne() {
        let pressure = Pressure::new(BEAT * 10);
        assert_eq!(room(&pressure, LATE * 2, 10), MOST);
        assert_eq!(room(&pressure, Duration::ZERO, 40), MOST);
        assert_eq!(room(&pressure, LATE * 2, 10), MOST);
        assert_eq!(room(&pressure, LATE * 2, 1), 196);
    }

    #[test]
    fn fewer_and_fewer_are_let_in_but_always_some() {
        let pressure = Pressure::new(Duration::ZERO);
        assert_eq!(room(&pressure, LATE * 2, 1), 196, "less than there are");
        assert!((90..110).contains(&room(&pressure, LATE * 2, 30)));
        assert_eq!(room(&pressure, LATE * 2, 1_000), FEWEST);
    }

    #[test]
    fn far_fewer_are_let_in_while_tasks_wait_for_very_long() {
        assert_eq!(room(&Pressure::new(Duration::ZERO), VERY_LATE, 1), 196);
        assert_eq!(room(&Pressure::new(Duration::ZERO), VERY_LATE * 2, 1), 180);
    }

    #[test]
    fn who_is_let_in_while_others_are_not_waits_for_less_time() {
        let pressure = Pressure::new(Duration::ZERO);
        assert_eq!(room(&pressure, AIM * 2, 100), MOST, "it does not begin with it");
        assert_eq!(room(&pressure, LATE * 2, 1), 196);
        assert!(room(&pressure, AIM * 2, 1) < 196);
        assert!(room(&pressure, AIM, 100) > 196);
    }

    #[test]
    fn more_and_more_are_let_in_until_it_is_over() {
        let pressure = Pressure::new(Duration::ZERO);
        assert_eq!(room(&pressure, LATE * 2, 1_000), FEWEST);
        assert!((25..35).contains(&room(&pressure, Duration::ZERO, 25)));
        assert_eq!(room(&pressure, Duration::ZERO, 500), MOST);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_over_as_soon_when_nothing_is_worked_on() {
        let shell = Shell::new("", Limits::default());
        drop(shell.press_hard());
        let is_full_with_many = || {
            let _places: Vec<_> = (0..1_000).filter_map(|_| shell.place()).collect();
            shell.is_full()
        };
        assert!(is_full_with_many());
        assert!(timeout(Duration::from_secs(6), watch(shell.clone())).await.is_err());
        assert!(!is_full_with_many(), "600 beats have passed");
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
}
