//! Limits that replicas share through Redis, and what becomes of them while it is not there.

use std::time::{Duration, Instant};

use flow_std::http::{LimitBy, LimitSettings, Limiter, Rate, SharedLimits};

use crate::servers::{Line, Server};

/// No answer takes that long; a busy machine takes longer than a service would wait.
const LONG: Duration = Duration::from_secs(30);

/// A replica with one limit, and what it knows of the others.
struct Replica {
    limiter: Limiter,
    shared: SharedLimits,
}

fn replica(url: &str, rate: Rate, burst: u32, name: &'static str) -> Replica {
    let settings = LimitSettings { rate: Some(rate), burst: Some(burst), by: LimitBy::Caller, at_once: None };
    let (limiter, shared) = (Limiter::new(settings), SharedLimits::open(url, LONG).expect("it is a URL"));
    limiter.share(&shared, name);
    Replica { limiter, shared }
}

impl Replica {
    /// Whether one more is within the limit, and how many remain.
    async fn ask(&self, key: &str) -> (bool, u64) {
        let allowance = self.limiter.count(key).await.expect("there is a rate");
        (allowance.is_within, allowance.remaining)
    }
}

const HOURLY: Rate = Rate { count: 1, per: Duration::from_secs(3_600) };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_hold_one_limit_together() {
    let Some(mut server) = Server::redis(Line::Plain) else { return };
    let (one, other) = (replica(&server.url(), HOURLY, 5, "A.b"), replica(&server.url(), HOURLY, 5, "A.b"));
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(one.ask("ada").await);
        seen.push(other.ask("ada").await);
    }
    assert_eq!(&seen[..5], [(true, 4), (true, 3), (true, 2), (true, 1), (true, 0)]);
    assert!(seen[5..].iter().all(|one| *one == (false, 0)), "{seen:?}");
    assert_eq!(one.ask("bob").await, (true, 4));
    let another = replica(&server.url(), HOURLY, 5, "A.c");
    assert_eq!(another.ask("ada").await, (true, 4), "another limit counts for itself");
    assert_eq!(other.ask(&"long ".repeat(1_000)).await, (true, 4));
    assert_eq!((one.shared.alone(), other.shared.alone()), (0, 0));
    it_goes_on_alone(&one, &mut server).await;
}

/// The limit of the replica itself holds: it is not open, and not closed.
async fn it_goes_on_alone(replica: &Replica, server: &mut Server) {
    server.kill();
    let mut seen = Vec::new();
    for _ in 0..7 {
        seen.push(replica.ask("ada").await.0);
    }
    assert_eq!(seen, [true, true, true, true, true, false, false]);
    assert_eq!(replica.shared.alone(), 7);
    server.start();
    let began = Instant::now();
    loop {
        let (before, asked) = (replica.shared.alone(), replica.ask("eve").await);
        if replica.shared.alone() == before {
            // The scripts of the server went with it.
            assert!(asked.0);
            break;
        }
        assert!(began.elapsed() < LONG, "it is asked again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(replica.ask("ada").await, (false, 0), "what was used is durable");
}

/// At ten times the rate, all replicas together let through what one would: the rate and the burst.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rate_is_that_of_all_replicas_together() {
    let Some(server) = Server::redis(Line::Plain) else { return };
    let rate = Rate { count: 100, per: Duration::from_secs(1) };
    let replicas = [replica(&server.url(), rate, 20, "A.b"), replica(&server.url(), rate, 20, "A.b")];
    let began = Instant::now();
    let mut within = 0_u32;
    while began.elapsed() < Duration::from_secs(2) {
        for replica in &replicas {
            within += u32::from(replica.ask("ada").await.0);
        }
    }
    // However late this loop has its turn, the server lets no more through than its own clock allows.
    let most = 20.0 + began.elapsed().as_secs_f64() * 100.0;
    assert!(f64::from(within) <= most + 1.0, "{within} of {most}");
    assert!(within > 20, "{within}");
}

#[tokio::test]
async fn who_does_not_answer_is_left_alone_for_a_while() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("redis://{}", listener.local_addr().expect("an address"));
    let shared = SharedLimits::open(&url, Duration::from_millis(20)).expect("it is a URL");
    let limiter =
        Limiter::new(LimitSettings { rate: Some(HOURLY), burst: Some(2), by: LimitBy::All, at_once: None });
    limiter.share(&shared, "A.b");
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(limiter.count("").await.is_some_and(|one| one.is_within));
    }
    assert_eq!((seen.as_slice(), shared.alone()), (&[true, true, false][..], 3));
}
