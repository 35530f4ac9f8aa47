//! Systems that fail for minutes, and how often they are asked meanwhile. The clock is tokio's, and jumps to the next
//! moment at which something waits, so that minutes take no time and each run is the same.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use flow_std::failure::{Answer, CallFailure, Failure};
use flow_std::http::{Limits, Rate, Shell};
use flow_std::metrics;
use flow_std::policy::{
    Breaker, BreakerState, Effect, Ended, Hedge, OutboundLimit, Plan, Policies, Retry, RetryOn, Upstream,
};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::backend::paused;

const ON: &[RetryOn] = &[
    RetryOn::Timeout,
    RetryOn::Unreachable,
    RetryOn::Status(502),
    RetryOn::Status(503),
    RetryOn::Status(504),
];
const DEADLINE: Duration = Duration::from_secs(2);

/// What holds where an author says no more than `retry: {}` and `breaker: {}`.
fn usual() -> Policies {
    let backoff = Duration::from_millis(50)..=Duration::from_secs(1);
    Policies {
        retry: Some(Retry { times: 1, on: ON, backoff, budget: 0.1 }),
        breaker: Some(Breaker { opens: 0.5, of: 20, rests: Duration::from_secs(3) }),
        ..Policies::default()
    }
}

/// One backend under calls that come at a steady rate, and all that was seen of it.
struct World {
    start: Instant,
    upstream: Upstream,
    policies: Policies,
    /// When tries were sent.
    tries: RefCell<Vec<Duration>>,
    /// When calls began, and whether they were answered.
    calls: RefCell<Vec<(Duration, bool)>>,
    longest: Cell<Duration>,
    /// When the breaker was seen to have opened.
    opened: RefCell<Vec<Duration>>,
}

impl World {
    fn new(policies: Policies) -> World {
        World {
            start: Instant::now(),
            upstream: Upstream::new(&policies),
            policies,
            tries: RefCell::default(),
            calls: RefCell::default(),
            longest: Cell::default(),
            opened: RefCell::default(),
        }
    }

    /// 200 calls in a second for as long as `whole`; `system` says how a try that is sent at this time ends, and after
    /// how long.
    async fn run(&self, whole: Duration, system: impl Fn(Duration) -> (u16, Duration)) {
        let count = u32::try_from(whole.as_millis() / 5).expect("a short time");
        let calls = (0..count).map(|number| {
            let system = &system;
            async move {
                sleep_until(self.start + Duration::from_millis(5) * number).await;
                self.call(system).await;
            }
        });
        join_all(calls).await;
    }

    async fn call(&self, system: &impl Fn(Duration) -> (u16, Duration)) {
        let begun = self.start.elapsed();
        let plan = Plan {
            operation: "Erp.get",
            tally: metrics::call("Erp.get"),
            effect: Effect::Read,
            retry: self.policies.retry.clone(),
            hedge: self.policies.hedge,
        };
        let deadline = Instant::now() + DEADLINE;
        let ended = self.upstream.call(&plan, deadline, || self.once(deadline, system)).await;
        self.calls.borrow_mut().push((begun, ended.result.is_ok()));
        self.longest.set(self.longest.get().max(self.start.elapsed() - begun));
        self.note_breaker();
    }

    async fn once(
        &self,
        deadline: Instant,
        system: &impl Fn(Duration) -> (u16, Duration),
    ) -> Result<(), CallFailure> {
        let sent = self.start.elapsed();
        self.tries.borrow_mut().push(sent);
        let (status, takes) = system(sent);
        let left = deadline.saturating_duration_since(Instant::now()).min(Duration::from_secs(1));
        match timeout(left, sleep(takes)).await {
            Err(_) => Err(CallFailure::Timeout),
            Ok(()) if status == 200 => Ok(()),
            Ok(()) => Err(Answer::new(status, "", "").fail()),
        }
    }

    fn note_breaker(&self) {
        let is_open = self.upstream.counts().breaker == BreakerState::Open;
        let mut opened = self.opened.borrow_mut();
        let was_open = opened.len() % 2 == 1;
        if is_open != was_open {
            opened.push(self.start.elapsed());
        }
    }

    /// The most tries for each call, over all stretches of ten seconds.
    fn amplification(&self, whole: Duration) -> f64 {
        let stretch = Duration::from_secs(10);
        let within = |from: Duration, at: Duration| from <= at && at < from + stretch;
        let starts = (0..).map(|number| Duration::from_millis(250) * number);
        let starts = starts.take_while(|start| *start + stretch <= whole);
        starts.fold(0.0, |worst: f64, from| {
            let tries = self.tries.borrow().iter().filter(|at| within(from, **at)).count();
            let calls = self.calls.borrow().iter().filter(|(at, _)| within(from, *at)).count();
            worst.max(tries as f64 / calls as f64)
        })
    }

    fn answered(&self, from: Duration, to: Duration) -> f64 {
        let calls = self.calls.borrow();
        let within: Vec<_> = calls.iter().filter(|(at, _)| (from..to).contains(at)).collect();
        within.iter().filter(|(_, is_answered)| *is_answered).count() as f64 / within.len() as f64
    }
}

/// What a series of this process stands at.
fn number(series: &str) -> f64 {
    let beside = metrics::Beside { service: "Shop", version: "1", undos_left: None, store: None };
    let text = metrics::text(&Shell::new("", Limits::default()), beside);
    let value = |line: &str| line.strip_prefix(series)?.trim().parse().ok();
    text.lines().find_map(value).unwrap_or_default()
}

const QUICK: Duration = Duration::from_millis(20);

fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

#[test]
fn s006_a_system_that_is_slow_for_a_while_costs_no_more_than_the_deadline() {
    paused(async {
        let hedge = Some(Hedge::AfterPart(0.95));
        let world = World::new(Policies { hedge, breaker: None, ..usual() });
        let slow =
            |at: Duration| (200, if (seconds(10)..seconds(40)).contains(&at) { QUICK * 80 } else { QUICK });
        world.run(seconds(50), slow).await;
        assert!(world.longest.get() <= DEADLINE, "{:?}", world.longest.get());
        let amplification = world.amplification(seconds(50));
        assert!((1.05..=1.1).contains(&amplification), "{amplification}");
        let hedges = world.upstream.counts().hedges;
        // Other tests have hedges of their own.
        assert!(hedges > 0 && number("flow_call_hedges_total{backend=\"Erp\"}") >= hedges as f64);
        assert!(world.answered(seconds(42), seconds(50)) >= 0.99);
    });
}

#[test]
fn s016_in_an_outage_a_system_is_asked_hardly_more_often_and_it_recovers() {
    paused(async {
        let world = World::new(usual());
        let (from, to, whole) = (seconds(10), seconds(70), seconds(80));
        world.run(whole, |at| (if (from..to).contains(&at) { 503 } else { 200 }, QUICK)).await;
        let amplification = world.amplification(whole);
        assert!(amplification <= 1.1, "{amplification}");
        let opened = world.opened.borrow().first().copied().expect("it opens");
        assert!((from..from + seconds(2)).contains(&opened), "{opened:?}");
        assert!(world.answered(to + seconds(5), whole) >= 0.99);
        let asked = world.tries.borrow().iter().filter(|at| (from + seconds(2)..to).contains(*at)).count();
        assert!(asked <= 20, "while it rests, it is asked once in three seconds, and was {asked} times");
    });
}

#[test]
fn s016_without_a_breaker_the_budget_holds_by_itself() {
    paused(async {
        let world = World::new(Policies { breaker: None, ..usual() });
        world.run(seconds(60), |_| (503, QUICK)).await;
        let amplification = world.amplification(seconds(60));
        assert!((1.05..=1.1).contains(&amplification), "{amplification}");
    });
}

/// Every other try fails, in no order that could be guessed.
fn coin() -> impl Fn(Duration) -> (u16, Duration) {
    let state = Cell::new(7_u64);
    move |_| {
        state
            .set(state.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
        (if state.get() >> 63 == 0 { 200 } else { 503 }, QUICK)
    }
}

#[test]
fn s017_where_half_of_all_fails_a_retry_helps_as_far_as_the_budget_reaches() {
    paused(async {
        let patient = Some(Breaker { opens: 0.9, of: 100, rests: seconds(3) });
        for (budget, least) in [(0.1, 0.54), (1.0, 0.74)] {
            let retry = usual().retry.map(|retry| Retry { budget, ..retry });
            let world = World::new(Policies { retry, breaker: patient, ..usual() });
            world.run(seconds(60), coin()).await;
            let answered = world.answered(seconds(1), seconds(60));
            assert!(answered >= least, "{answered}");
            assert!(world.opened.borrow().is_empty());
        }
    });
}

#[test]
fn s017_a_breaker_that_is_just_reached_does_not_flap() {
    paused(async {
        let world = World::new(usual());
        let whole = seconds(120);
        world.run(whole, coin()).await;
        let openings = world.opened.borrow().len().div_ceil(2);
        assert!((1..=24).contains(&openings), "{openings} in two minutes");
    });
}

#[test]
fn s018_after_a_rest_one_goes_and_the_others_do_not() {
    paused(async {
        for recovers in [false, true] {
            let world = World::new(Policies { retry: None, ..usual() });
            for _ in 0..20 {
                world.call(&|_| (503, QUICK)).await;
            }
            assert_eq!(world.upstream.counts().breaker, BreakerState::Open);
            sleep(seconds(3)).await;
            let before = world.tries.borrow().len();
            let status = if recovers { 200 } else { 503 };
            let system = |_| (status, QUICK);
            join_all((0..100).map(|_| world.call(&system))).await;
            assert_eq!(world.tries.borrow().len() - before, 1);
            let counts = world.upstream.counts();
            assert_eq!(counts.rejected, 99);
            let state = if recovers { BreakerState::Closed } else { BreakerState::Open };
            assert_eq!(counts.breaker, state);
        }
    });
}

fn plan(effect: Effect, retry: Retry) -> Plan {
    Plan {
        operation: "Erp.do",
        tally: metrics::call("Erp.do"),
        effect,
        retry: Some(retry),
        hedge: Some(Hedge::After(Duration::ZERO)),
    }
}

/// Ends as the list says, one try after the other.
async fn ends(plan: &Plan, budget: Duration, list: &[Result<u16, CallFailure>]) -> (Ended<u16>, Duration) {
    let (upstream, next, begun) = (Upstream::new(&Policies::default()), Cell::new(0), Instant::now());
    let attempt = || async {
        let number = next.replace(next.get() + 1);
        list.get(number).cloned().unwrap_or(Err(CallFailure::Timeout))
    };
    let ended = upstream.call(plan, begun + budget, attempt).await;
    (ended, begun.elapsed())
}

#[test]
fn only_what_can_be_repeated_is_tried_again() {
    paused(async {
        let retry = Retry { times: 2, ..usual().retry.expect("there is one") };
        let list = [Err(CallFailure::Timeout), Err(CallFailure::Unreachable(String::new())), Ok(3)];
        for (effect, tries) in [(Effect::Read, 3), (Effect::KeyedWrite, 3), (Effect::Write, 1)] {
            let plan = Plan { hedge: None, ..plan(effect, retry.clone()) };
            let (ended, _) = ends(&plan, seconds(10), &list).await;
            assert_eq!((ended.tries, ended.result.is_ok()), (tries, tries == 3), "{effect:?}");
        }
    });
}

#[test]
fn only_reads_are_sent_twice_at_the_same_time() {
    paused(async {
        let retry = Retry { times: 0, ..usual().retry.expect("there is one") };
        for (effect, tries) in [(Effect::Read, 2), (Effect::KeyedWrite, 1), (Effect::Write, 1)] {
            let upstream = Upstream::new(&Policies::default());
            let attempt = || async {
                sleep(seconds(1)).await;
                Ok::<(), CallFailure>(())
            };
            let plan = Plan { hedge: Some(Hedge::After(QUICK)), ..plan(effect, retry.clone()) };
            let ended = upstream.call(&plan, Instant::now() + DEADLINE, attempt).await;
            assert_eq!(ended.tries, tries, "{effect:?}");
        }
    });
}

#[test]
fn the_first_answer_of_two_counts_and_a_failure_only_when_both_have_failed() {
    paused(async {
        let failed = || Answer::new(500, "", "").fail();
        for (first, second, end) in [
            ((900, Ok(1)), (100, Ok(2)), (120, Ok(2))),
            ((100, Ok(1)), (900, Ok(2)), (100, Ok(1))),
            ((900, Ok(1)), (100, Err(failed())), (900, Ok(1))),
            ((100, Err(failed())), (100, Ok(2)), (120, Ok(2))),
            ((100, Err(failed())), (900, Err(failed())), (920, Err(failed()))),
        ] {
            let (upstream, next) = (Upstream::new(&Policies::default()), Cell::new(0));
            let attempt = || {
                let (takes, end) =
                    if next.replace(next.get() + 1) == 0 { first.clone() } else { second.clone() };
                async move {
                    sleep(Duration::from_millis(takes)).await;
                    end
                }
            };
            let hedge = Some(Hedge::After(QUICK));
            let plan = Plan {
                operation: "Erp.get",
                tally: metrics::call("Erp.get"),
                effect: Effect::Read,
                retry: None,
                hedge,
            };
            let begun = Instant::now();
            let ended = upstream.call(&plan, begun + DEADLINE, attempt).await;
            assert_eq!((ended.result, begun.elapsed()), (end.1, Duration::from_millis(end.0)));
        }
    });
}

#[test]
fn s015_nobody_comes_back_before_the_time_that_was_told_nor_after_the_deadline() {
    paused(async {
        let retry = Retry { on: &[RetryOn::Status(429)], ..usual().retry.expect("there is one") };
        let plan = Plan { hedge: None, ..plan(Effect::Read, retry) };
        let later = || Failure::too_many_requests(1).answer().fail();
        let (ended, took) = ends(&plan, seconds(2), &[Err(later()), Ok(1)]).await;
        assert!(
            ended.result == Ok(1) && (seconds(1)..Duration::from_millis(1_100)).contains(&took),
            "{took:?}"
        );
        let (ended, took) = ends(&plan, Duration::from_millis(900), &[Err(later()), Ok(1)]).await;
        assert_eq!((ended.tries, took), (1, Duration::ZERO));
        assert_eq!(Failure::from(ended.result.expect_err("too late")).retry_after_seconds(), Some(1));
    });
}

#[test]
fn a_system_that_rests_is_not_asked_again_and_its_last_word_counts() {
    paused(async {
        let breaker = Some(Breaker { opens: 0.5, of: 1, rests: seconds(3) });
        let world = Upstream::new(&Policies { breaker, ..Policies::default() });
        let attempt = || async { Err::<(), _>(Answer::new(503, "", "").fail()) };
        let retry = Retry { times: 5, ..usual().retry.expect("there is one") };
        let plan = Plan { hedge: None, ..plan(Effect::Read, retry) };
        let ended = world.call(&plan, Instant::now() + DEADLINE, attempt).await;
        assert!(ended.tries == 1 && ended.result.is_err_and(|failure| failure.is_status(503)));
        let ended = world.call(&plan, Instant::now() + DEADLINE, attempt).await;
        assert_eq!((ended.tries, ended.result), (0, Err(CallFailure::Rejected { retry_after: Some(3) })));
    });
}

#[test]
fn one_that_may_be_rejected_and_try_again_does() {
    paused(async {
        let rate = Some(Rate { count: 1, per: seconds(1) });
        let limit = Some(OutboundLimit { rate, at_once: None, wait: None });
        let upstream = Upstream::new(&Policies { limit, ..Policies::default() });
        let retry = Retry { on: &[RetryOn::Rejected], ..usual().retry.expect("there is one") };
        let plan = Plan { hedge: None, ..plan(Effect::Read, retry) };
        let begun = Instant::now();
        for _ in 0..2 {
            let attempt = || async { Ok::<_, CallFailure>(()) };
            let ended = upstream.call(&plan, begun + DEADLINE, attempt).await;
            assert!(ended.result.is_ok() && ended.tries == 1);
        }
        assert!(begun.elapsed() >= seconds(1));
    });
}

#[test]
fn every_try_counts_for_the_limit_and_for_the_breaker() {
    paused(async {
        let rate = Some(Rate { count: 2, per: seconds(60) });
        let limit = Some(OutboundLimit { rate, at_once: None, wait: None });
        let upstream = Upstream::new(&Policies { limit, ..Policies::default() });
        let retry = Retry { times: 5, ..usual().retry.expect("there is one") };
        let plan = Plan { hedge: None, ..plan(Effect::Read, retry) };
        let attempt = || async { Err::<(), _>(CallFailure::Timeout) };
        let ended = upstream.call(&plan, Instant::now() + DEADLINE, attempt).await;
        assert_eq!((ended.tries, ended.result), (2, Err(CallFailure::Timeout)));
    });
}
