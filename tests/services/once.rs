//! Orders that are sent again: each is placed once, whatever came of it, in a process of its own and in the bundle (S041).
//! What happens when the process dies in between is for `killed` to show.

use std::thread;

use super::ask;
use super::backend::{Backend, json};
use super::run::client::Answer;
use super::shop::{DECLINED, ORDER, SHOP, Shop, bundle, split};

const PLACES_ORDERS: &str = "erp POST /b7/SLS_ORD";

fn place(shop: &Shop, key: Option<&str>, order: &str) -> Answer {
    let mut headers = vec![("X-Api-Key", SHOP), ("Content-Type", "application/json")];
    headers.extend(key.map(|key| ("Idempotency-Key", key)));
    ask(shop.address("Orders"), "POST", "/v1/orders", &headers, order)
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == Some("true")
}

fn orders_placed(shop: &Shop) -> usize {
    shop.standins.take_asked().iter().filter(|line| line.starts_with(PLACES_ORDERS)).count()
}

/// What is answered a second time is what was answered the first time, and nobody is asked for it.
fn is_the_same_again(shop: &Shop, key: &str, order: &str, status: u16) {
    let first = place(shop, Some(key), order);
    assert_eq!((first.status, is_replayed(&first)), (status, false), "{}", first.body);
    shop.standins.take_asked();
    let again = place(shop, Some(key), order);
    assert_eq!(again.said(), first.said());
    assert_eq!(again.header("content-type"), first.header("content-type"));
    assert!(is_replayed(&again));
    assert_eq!(shop.standins.take_asked(), Vec::<String>::new());
}

#[test]
fn an_order_has_a_key_that_fits() {
    for shop in [split(&[]), bundle(&[])] {
        for (key, status) in [(None, 400), (Some("k".repeat(256)), 400), (Some("k".repeat(255)), 201)] {
            let answer = place(&shop, key.as_deref(), ORDER);
            assert_eq!(answer.status, status, "{}", answer.body);
            assert_eq!(status == 400, answer.body.contains("header.Idempotency-Key"), "{}", answer.body);
        }
    }
}

#[test]
fn of_fifty_at_once_one_is_placed() {
    for shop in [split(&[]), bundle(&[])] {
        shop.standins.take_asked();
        let answers: Vec<Answer> = thread::scope(|scope| {
            let all: Vec<_> = (0..50).map(|_| scope.spawn(|| place(&shop, Some("fifty"), ORDER))).collect();
            all.into_iter().map(|one| one.join().expect("no panic")).collect()
        });
        assert_eq!(orders_placed(&shop), 1);
        assert_eq!(answers.iter().filter(|answer| !is_replayed(answer)).count(), 1);
        for answer in &answers {
            assert_eq!(answer.said(), (201, answers[0].body.as_str()));
        }
    }
}

#[test]
fn an_order_that_comes_again_has_the_answer_of_the_first() {
    let payments = Backend::start(|_| json(500, "{}"));
    let elsewhere = [("ZAHL_URL", payments.url.as_str())];
    for (shop, broken) in [(split(&[]), split(&elsewhere)), (bundle(&[]), bundle(&elsewhere))] {
        is_the_same_again(&shop, "good", ORDER, 201);
        is_the_same_again(&shop, "declined", DECLINED, 402);
        is_the_same_again(&broken, "broken", ORDER, 502);
        let other = place(&shop, Some("good"), DECLINED);
        assert_eq!(other.status, 422, "{}", other.body);
    }
}

/// A checkout has no key, but the order that it places has one: another checkout is another order.
#[test]
fn what_a_service_of_ours_asks_for_has_a_key() {
    let body = r#"{"items":[{"sku":"A1","quantity":2}],"payment":{"kind":"debit","mandate":"M-1815"}}"#;
    for shop in [split(&[]), bundle(&[])] {
        shop.standins.take_asked();
        for _ in 0..2 {
            let headers = [("X-Api-Key", SHOP), ("Content-Type", "application/json")];
            let answer = ask(shop.address("WebShop"), "POST", "/v1/account/C000001/orders", &headers, body);
            assert_eq!((answer.status, is_replayed(&answer)), (201, false), "{}", answer.body);
        }
        assert_eq!(orders_placed(&shop), 2);
    }
}
