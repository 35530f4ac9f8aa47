//! A clock on the wall that is set while calls are under way.

// Only a simulation can set the clock.
#![cfg(feature = "simulation")]

use std::time::Duration;

use flow_std::Caller;
use flow_std::failure::Failure;
use flow_std::http::{Context, arrived};
use flow_std::outside::{set_wall, wall};

use super::backend::{block_on, client, context, patient, paused};
use super::faults::{retry, steady, text};
use super::tokens::{giving, many, taking_from, with};

const HOUR: i64 = 3_600;

#[test]
fn s025_no_deadline_moves_when_the_clock_is_set() {
    paused(async {
        let budget = Duration::from_secs(10);
        let cx = Context::new("Shop.get", Caller::default(), arrived("r-1", ""), budget);
        let before = wall();
        for (number, step) in [300, -300, -HOUR, HOUR].into_iter().enumerate() {
            set_wall(step);
            assert!(before.abs_diff(wall()) >= Duration::from_secs(290), "the clock was set");
            assert_eq!(cx.remaining(), budget - Duration::from_secs(2) * u32::try_from(number).unwrap_or(9));
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(cx.remaining(), Duration::ZERO);
        set_wall(0);
    });
}

#[test]
fn s025_a_date_to_come_back_at_is_taken_by_the_clock_as_it_is_now() {
    let told = "HTTP/1.1 503 Service Unavailable\r\nretry-after: Fri, 01 Jan 2100 00:00:00 GMT\r\n\
                content-length: 0\r\n\r\n";
    let backend = steady(told);
    let client = client(flow_std::client::ClientSettings { retry: Some(retry(1)), ..patient(backend.url()) });
    let new_year = i64::try_from(4_102_444_800 - wall().as_secs()).expect("it is before 2100");
    for (step, seconds) in [(new_year - 2 * HOUR, 7_100..=7_201), (new_year + HOUR, 0..=0)] {
        set_wall(step);
        let end = block_on(client.read("Erp.get", "GET").path("/x").answer(&context(), text));
        let failure = Failure::from(end.expect_err("it is not there"));
        let told = failure.retry_after_seconds().expect("it was told");
        assert!(seconds.contains(&told), "{told}");
    }
    set_wall(0);
    assert_eq!(backend.seen().len(), 3, "after that date it is tried again at once");
}

#[test]
fn s025_a_token_is_good_for_as_long_as_it_was_given_out_for() {
    let (tokens, backend) = (giving(3_600), taking_from(1));
    let client = with(&tokens, &backend);
    block_on(async {
        for step in [0, 300, -300, -HOUR, HOUR, 100 * HOUR] {
            set_wall(step);
            many(&client).await;
            let left = client.token_left().expect("it is good");
            assert!(left > Duration::from_secs(3_500) && left <= Duration::from_secs(3_570), "{left:?}");
        }
        set_wall(0);
    });
    assert_eq!(tokens.seen().len(), 1);
}
