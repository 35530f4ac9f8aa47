//! What a line says of each way in which a request can end.

use std::time::Duration;

use super::*;
use crate::auth::Auth;
use crate::failure::ProblemType;
use crate::http::endpoint::{BodyKind, Endpoint};
use crate::http::{Caching, arrived};
use crate::value::Caller;

static DECLINED: ProblemType =
    ProblemType { name: "Declined", status: 402, title: "Declined", uri: "about:blank" };

fn route(audit: Option<&'static [&'static str]>) -> Route {
    let endpoint = Endpoint {
        operation: "Orders.pay",
        method: "POST",
        path: "/v1/orders/{id}/cards/{card}",
        writes: true,
        deadline: Duration::from_secs(1),
        max_body: 0,
        body: BodyKind::None,
        auth: vec![Auth::Public],
        limit: None,
        cors: None,
        caching: Caching::Never,
        degraded: None,
        deprecated: None,
        audit,
        promised: None,
        handler: Box::new(|_| Box::pin(async { Ok(Response::empty(204)) })),
    };
    Route::new(endpoint)
}

fn who(caller: Caller) -> Who {
    Who::outside(Arc::new(caller))
}

fn entry(id: &str) -> Entry {
    let values = [id.to_owned(), "4111".to_owned()];
    let entry = Entry::of_request(&route(Some(&["id"])), &values, "r-1", "10.0.0.7").expect("it is audited");
    entry.called_by(&who(Caller { subject: "ada".to_owned(), ..Caller::default() }));
    entry
}

fn context(entry: &Entry) -> Context {
    let cx = Context::new("Orders.pay", Caller::default(), arrived("r-1", ""), Duration::from_secs(1));
    cx.audited(Some(entry))
}

/// Without what is different each time.
fn line(entry: &Entry) -> String {
    let line = String::from_utf8(entry.inner.line()).expect("it is UTF-8");
    let rest = line.split_once("\"event\":\"audit\",\"request\":\"r-1\",").expect("it begins so").1;
    let (rest, micros) = rest.rsplit_once(",\"micros\":").expect("it ends so");
    assert!(micros.ends_with("}\n") && line.lines().count() == 1, "{line}");
    rest.to_owned()
}

/// What it says behind who did it to what.
fn outcome(entry: &Entry) -> String {
    line(entry).rsplit_once("\"outcome\":").expect("it says so").1.to_owned()
}

#[test]
fn who_did_what_to_which_and_no_more_than_that() {
    let entry = entry("a%2Fb");
    entry.ended(&context(&entry), &Ok(Response::empty(201)));
    entry.answered(201, false);
    assert_eq!(
        line(&entry),
        r#""operation":"Orders.pay","address":"10.0.0.7","caller":"ada","parameters":{"id":"a/b","card":"***"},"outcome":"ok","status":201"#
    );
    assert!(Entry::of_request(&route(None), &[], "r", "").is_none());
}

#[test]
fn what_is_refused_has_tried() {
    let refused = |status| {
        let entry = entry("1");
        entry.answered(status, false);
        outcome(&entry)
    };
    assert_eq!(refused(401), r#""Unauthorized","status":401,"changed":"nothing""#);
    assert_eq!(refused(429), r#""TooManyRequests","status":429,"changed":"nothing""#);
    let entry = entry("1");
    entry.ended(&context(&entry), &Err(Failure::forbidden()));
    entry.answered(403, false);
    assert_eq!(outcome(&entry), r#""Forbidden","status":403,"changed":"nothing""#);
}

#[test]
fn a_failure_says_what_was_undone_and_what_is_left() {
    let entry = entry("1");
    let cx = context(&entry);
    entry.inner.trail.note("Stock.reserve", Fate::Undone);
    entry.ended(&cx, &Err(Failure::problem(&DECLINED)));
    entry.answered(402, false);
    assert_eq!(outcome(&entry), r#""Declined","status":402,"changed":"nothing","undone":["Stock.reserve"]"#);
    cx.wrote();
    entry.inner.trail.note("Sales.create", Fate::Left);
    entry.ended(&cx, &Err(Failure::bad_gateway("")));
    entry.answered(502, false);
    assert_eq!(
        outcome(&entry),
        r#""BadGateway","status":502,"changed":"perhaps","undone":["Stock.reserve"],"left":["Sales.create"]"#
    );
}

#[test]
fn who_does_not_wait_is_told_of_all_the_same() {
    let entry = entry("1");
    let cx = context(&entry);
    entry.answered(HUNG_UP, false);
    assert_eq!(outcome(&entry), r#""unfinished","changed":"perhaps""#);
    entry.ended(&cx, &Ok(Response::empty(201)));
    assert_eq!(outcome(&entry), r#""ok","status":201,"hung_up":true"#);
    entry.answered(504, false);
    assert_eq!(outcome(&entry), r#""ok","status":201,"told":504"#);
    entry.answered(201, true);
    assert_eq!(outcome(&entry), r#""cut off","status":201"#);
    let gone = self::entry("1");
    gone.answered(HUNG_UP, false);
    assert_eq!(outcome(&gone), r#""hung up","changed":"nothing""#);
}

#[test]
fn an_answer_that_was_given_before_says_so() {
    let entry = entry("1");
    entry.ended(&context(&entry), &Ok(Response::empty(409).header(super::super::response::REPLAYED, "true")));
    entry.answered(409, false);
    assert_eq!(outcome(&entry), r#""Conflict","status":409,"changed":"nothing","replayed":true"#);
}

#[test]
fn a_call_in_the_same_process_names_who_it_is_for_and_the_service_that_calls() {
    let cx = Context::new("Orders.place", Caller::default(), arrived("r-1", "10.0.0.7"), Duration::ZERO);
    let caller =
        Caller { subject: "ada".to_owned(), service: Some("Orders".to_owned()), ..Caller::default() };
    let parameters = vec![("sku".to_owned(), "A1".to_owned())];
    let entry = Entry::of_call(&cx, &who(caller), ("Stock.reserve", true), parameters);
    entry.succeeded();
    entry.heard();
    assert_eq!(
        line(&entry),
        r#""operation":"Stock.reserve","address":"10.0.0.7","caller":"ada","service":"Orders","parameters":{"sku":"A1"},"outcome":"ok""#
    );
}

#[test]
fn nothing_that_comes_from_outside_breaks_the_line_or_makes_it_long() {
    let entry = entry("%22%7D%0A%7B%22event%22%3A%22audit%22");
    let subject = format!("eve\"}}\n{{\"at\":\"\u{0}\\{}", "ü".repeat(100_000));
    entry.called_by(&who(Caller { subject, ..Caller::default() }));
    entry.answered(400, false);
    let line = line(&entry);
    let escaped = r#""caller":"eve\"}\n{\"at\":\"\u0000\\üüü"#;
    assert!(line.contains(escaped) && line.contains(r#""id":"\"}\n{\"event\":\"audit\"""#), "{line}");
    assert!(line.len() < 1_000 && line.contains("ü…\""), "{line}");
}
