//! What stands around calls and answers: retries, breakers, limits, caches, and what one call says for itself. Each
//! service runs by itself and in the executable with all of them.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use super::super::ask;
use super::super::backend::{Asked, Backend, Reply, empty, json as reply};
use super::super::process::Process;
use super::super::run::client::Answer;
use super::{id, start};

/// A name in front of the digest of a key.
pub const KEYS: &str = "ada 5532e44183f47ed1fc146851b96d585c24da5bd5fe31a885cebc357261ed8f7f\n\
                    bob 808a1d81b5de08d72083995df738947d519d230a20c236003268f0f4b65ee475";

/// A service over a backend, and one over that service.
struct Both {
    guard: Process,
    watch: Process,
    back: Backend,
}

/// Two processes, or twice the same executable with both in it.
fn both(
    layout: Layout,
    script: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    more: &[(&str, &str)],
) -> Both {
    let back = Backend::start(script);
    let (guard_name, watch_name) = match layout {
        Layout::Apart => ("guard", "watch"),
        Layout::Together => ("semantics", "semantics"),
    };
    let guard = start(guard_name, &back, more);
    let watch = start(watch_name, &back, &[more, &[("GUARD_URL", &guard.url())]].concat());
    Both { guard, watch, back }
}

#[derive(Clone, Copy, Debug)]
enum Layout {
    Apart,
    Together,
}

const LAYOUTS: [Layout; 2] = [Layout::Apart, Layout::Together];

fn good(asked: &Asked) -> Reply {
    reply(200, format!(r#"{{"id":"{}"}}"#, id(asked)))
}

/// The first `times` answers for each line are a 503.
fn failing(times: usize) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    let counts = std::sync::Mutex::new(std::collections::HashMap::<String, usize>::new());
    move |asked| {
        let mut counts = counts.lock().expect("no panic");
        let count = counts.entry(asked.line.clone()).or_default();
        *count += 1;
        if *count <= times { empty(503) } else { good(asked) }
    }
}

fn as_ada(at: &Process, method: &str, target: &str) -> Answer {
    ask(at.address, method, target, &[("X-Api-Key", "key-of-ada")], "")
}

fn as_bob(at: &Process, method: &str, target: &str) -> Answer {
    ask(at.address, method, target, &[("X-Api-Key", "key-of-bob")], "")
}

fn look(at: &Process, target: &str) -> Answer {
    ask(at.address, "GET", target, &[], "")
}

#[test]
fn reads_and_writes_with_a_key_are_tried_again_and_nothing_else_is() {
    let Both { guard, back, .. } = both(Layout::Apart, failing(1), &[]);
    for (method, target, status, tries) in [
        ("GET", "/v1/read/a", 200, 2),
        ("POST", "/v1/search/a", 200, 2),
        ("POST", "/v1/keeps/x", 200, 2),
        ("POST", "/v1/looses/b", 502, 1),
        ("POST", "/v1/changes/c", 502, 1),
        ("GET", "/v1/once/d", 502, 1),
    ] {
        back.take();
        let answer = as_ada(&guard, method, target);
        assert_eq!((answer.status, back.lines().len()), (status, tries), "{target}: {:?}", back.lines());
    }
}

#[test]
fn every_try_of_a_write_carries_the_same_key() {
    let Both { guard, back, .. } = both(Layout::Apart, failing(2), &[]);
    assert_eq!(as_ada(&guard, "POST", "/v1/keeps/a").status, 200);
    let asked = back.take();
    let keys: HashSet<_> =
        asked.iter().map(|asked| asked.header("idempotency-key").map(str::to_owned)).collect();
    assert_eq!((asked.len(), keys), (3, HashSet::from([Some("keep-a".to_owned())])));
}

#[test]
fn variables_say_how_often_and_how_long() {
    let script = failing(2);
    let Both { guard, back, .. } = both(Layout::Apart, script, &[("FRAIL_TIMES", "1")]);
    assert_eq!((as_ada(&guard, "GET", "/v1/read/a").status, back.lines().len()), (502, 2));
    let slow = |_: &Asked| Reply::Never;
    let Both { guard, back, .. } = both(Layout::Apart, slow, &[("FRAIL_TIMEOUT", "50ms")]);
    assert_eq!((as_ada(&guard, "GET", "/v1/read/a").status, back.lines().len()), (504, 1));
    let large = |_: &Asked| reply(200, format!(r#"{{"id":"{}"}}"#, "x".repeat(2_000)));
    let Both { guard, .. } = both(Layout::Apart, large, &[("FRAIL_SIZE", "1kB")]);
    assert_eq!(as_ada(&guard, "GET", "/v1/read/a").status, 502);
}

#[test]
fn a_breaker_leaves_a_failing_backend_alone() {
    let Both { guard, back, .. } = both(Layout::Apart, |_| empty(500), &[]);
    let statuses: Vec<u16> = (0..6).map(|_| as_ada(&guard, "GET", "/v1/fused/a").status).collect();
    assert_eq!(statuses, [502, 502, 502, 502, 503, 503]);
    assert_eq!(back.lines().len(), 4);
}

#[test]
fn what_is_beyond_a_limit_is_not_sent() {
    let Both { guard, back, .. } = both(Layout::Apart, good, &[]);
    let statuses: Vec<u16> = (0..3).map(|_| as_ada(&guard, "GET", "/v1/narrow/a").status).collect();
    assert_eq!((statuses.as_slice(), back.lines().len()), (&[200, 200, 503][..], 2));
    let many = [("NARROW_RATE", "1000/s")];
    // Neither is answered before both have been asked for: there is no second one before the first is over.
    let (arrived, wait) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (here, there) = (Arc::clone(&arrived), Arc::clone(&wait));
    let script = move |asked: &Asked| {
        here.wait();
        there.wait();
        good(asked)
    };
    let Both { guard, back, .. } = both(Layout::Apart, script, &many);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| as_ada(&guard, "GET", "/v1/narrow/a").status);
        arrived.wait();
        assert_eq!(as_ada(&guard, "GET", "/v1/narrow/a").status, 503);
        wait.wait();
        assert_eq!(first.join().expect("an answer"), 200);
    });
    assert_eq!(back.lines().len(), 1);
}

#[test]
fn a_call_may_say_its_own_time_and_tries() {
    let count = AtomicUsize::new(0);
    let script = move |asked: &Asked| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::Never,
        _ => good(asked),
    };
    let Both { guard, back, .. } = both(Layout::Apart, script, &[]);
    assert_eq!((as_ada(&guard, "GET", "/v1/hurried/a").status, back.lines().len()), (200, 2));
}

#[test]
fn the_first_of_two_answers_counts() {
    let count = AtomicUsize::new(0);
    let script = move |asked: &Asked| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::Never,
        _ => good(asked),
    };
    let Both { guard, back, .. } = both(Layout::Apart, script, &[]);
    assert_eq!((as_ada(&guard, "GET", "/v1/hedged/a").status, back.lines().len()), (200, 2));
}

#[test]
fn answers_of_backends_are_used_again() {
    let Both { guard, back, .. } = both(Layout::Apart, good, &[]);
    for (target, body, asked) in [
        ("/v1/known/a", r#"{"id":"a"}"#, 1),
        ("/v1/known/a", r#"{"id":"a"}"#, 1),
        ("/v1/known/b", r#"{"id":"b"}"#, 2),
        ("/v1/fresh/a", r#"{"id":"a"}"#, 3),
        ("/v1/apart/a?tenant=x", r#"{"id":"x a"}"#, 4),
        ("/v1/apart/a?tenant=y", r#"{"id":"y a"}"#, 5),
        ("/v1/apart/a?tenant=x", r#"{"id":"x a"}"#, 5),
    ] {
        let answer = as_ada(&guard, "GET", target);
        assert_eq!((answer.said(), back.lines().len()), ((200, body), asked), "{target}");
    }
}

/// The contract says that the answer is about a person.
#[test]
fn an_answer_with_a_label_is_kept_for_one_caller() {
    let Both { guard, back, .. } = both(Layout::Apart, good, &[]);
    for (is_ada, asked) in [(true, 1), (true, 1), (false, 2), (false, 2), (true, 2)] {
        let answer = match is_ada {
            true => as_ada(&guard, "GET", "/v1/people/p"),
            false => as_bob(&guard, "GET", "/v1/people/p"),
        };
        assert_eq!((answer.status, back.lines().len()), (200, asked));
    }
}

#[test]
fn our_own_answers_are_used_again() {
    let Both { guard, back, .. } = both(Layout::Apart, good, &[]);
    for (target, status, asked) in [
        ("/v1/kept/a", 200, 1),
        ("/v1/kept/a?color=red", 200, 1),
        ("/v1/kept/a?color=blue", 204, 2),
        ("/v1/kept/a?color=blue", 204, 2),
        ("/v1/kept/a?color=blue&many=x", 200, 3),
        ("/v1/kept/b", 200, 4),
        ("/v1/kept/a?color=violet", 400, 4),
        ("/v1/same", 200, 5),
        ("/v1/same", 200, 5),
    ] {
        let answer = as_ada(&guard, "GET", target);
        assert_eq!((answer.status, back.lines().len()), (status, asked), "{target}");
    }
    assert_eq!((as_bob(&guard, "GET", "/v1/kept/a").said(), back.lines().len()), ((200, r#"{"id":"a"}"#), 5));
}

#[test]
fn whoever_may_not_have_an_answer_gets_none_that_is_kept() {
    let Both { guard, back, .. } = both(Layout::Apart, good, &[]);
    assert_eq!(as_bob(&guard, "GET", "/v1/kept/secret").status, 200);
    assert_eq!(as_ada(&guard, "GET", "/v1/kept/secret").status, 403);
    assert_eq!(look(&guard, "/v1/kept/secret").status, 401);
    assert_eq!(back.lines().len(), 1);
}

#[test]
fn an_answer_for_one_caller_is_for_nobody_else() {
    let Both { guard, back, .. } = both(Layout::Apart, good, &[]);
    for (answer, body, asked) in [
        (as_ada(&guard, "GET", "/v1/mine/a"), r#"{"id":"a of ada"}"#, 1),
        (as_bob(&guard, "GET", "/v1/mine/a"), r#"{"id":"a of bob"}"#, 2),
        (as_ada(&guard, "GET", "/v1/mine/a"), r#"{"id":"a of ada"}"#, 2),
    ] {
        assert_eq!(answer.said(), (200, body));
        assert!(back.lines().len() >= asked);
    }
    assert_eq!(back.lines().len(), 2);
}

#[test]
fn a_failure_is_not_kept() {
    let Both { guard, back, .. } = both(Layout::Apart, failing(3), &[]);
    assert_eq!((as_ada(&guard, "GET", "/v1/kept/a").status, back.lines().len()), (502, 3));
    assert_eq!((as_ada(&guard, "GET", "/v1/kept/a").status, back.lines().len()), (200, 4));
    assert_eq!((as_ada(&guard, "GET", "/v1/kept/a").status, back.lines().len()), (200, 4));
}

#[test]
fn those_who_ask_at_the_same_time_share_one_call() {
    let (asked, answer) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (here, there) = (Arc::clone(&asked), Arc::clone(&answer));
    let script = move |asked: &Asked| {
        here.wait();
        there.wait();
        good(asked)
    };
    let Both { guard, back, .. } = both(Layout::Apart, script, &[]);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| as_ada(&guard, "GET", "/v1/kept/a").status);
        asked.wait();
        let others: Vec<_> =
            (0..4).map(|_| scope.spawn(|| as_bob(&guard, "GET", "/v1/kept/a").status)).collect();
        // A second call would wait at the barrier for ever, and its caller would get a 504.
        answer.wait();
        assert_eq!(first.join().expect("an answer"), 200);
        others.into_iter().for_each(|other| assert_eq!(other.join().expect("an answer"), 200));
    });
    assert_eq!(back.lines().len(), 1);
}

#[test]
fn a_call_of_another_service_has_its_own_policies() {
    for layout in LAYOUTS {
        let Both { watch, back, guard: _guard } = both(layout, failing(2), &[]);
        assert_eq!((look(&watch, "/v1/single/a").status, back.take().len()), (502, 1), "{layout:?}");
        assert_eq!((look(&watch, "/v1/again/b").status, back.take().len()), (200, 3), "{layout:?}");
    }
}

#[test]
fn answers_of_another_service_are_used_again() {
    for layout in LAYOUTS {
        let Both { watch, back, guard: _guard } = both(layout, good, &[]);
        for (target, body, asked) in [
            ("/v1/remembered/a", r#"{"id":"a"}"#, 1),
            ("/v1/remembered/a", r#"{"id":"a"}"#, 1),
            ("/v1/remembered/a?tenant=x", r#"{"id":"a"}"#, 2),
            ("/v1/remembered/b", r#"{"id":"b"}"#, 3),
            ("/v1/single/a", r#"{"id":"a"}"#, 4),
            ("/v1/seen/c", r#"{"id":"c"}"#, 5),
            ("/v1/seen/c", r#"{"id":"c"}"#, 5),
            ("/v1/colors/d", r#"{"id":"d red 0 dark false"}"#, 6),
            ("/v1/colors/d?weight=1.5", r#"{"id":"d red 1.5 dark false"}"#, 7),
            ("/v1/colors/d?color=blue", r#"{"id":"d blue 0 dark false"}"#, 8),
            ("/v1/colors/d?color=red", r#"{"id":"d red 0 dark false"}"#, 8),
            ("/v1/many?ids=e&ids=f&ids=e", r#"[{"id":"e"},{"id":"f"},{"id":"e"}]"#, 10),
        ] {
            let answer = look(&watch, target);
            assert_eq!((answer.said(), back.lines().len()), ((200, body), asked), "{target} {layout:?}");
        }
    }
}

#[test]
fn a_call_of_another_service_has_its_own_time() {
    for layout in LAYOUTS {
        let Both { watch, guard: _guard, back: _back } = both(layout, |_| Reply::Never, &[]);
        let answer = look(&watch, "/v1/late/a");
        assert!(
            answer.status == 504 && answer.body.contains("It takes too long"),
            "{layout:?} {}",
            answer.body
        );
    }
}

#[test]
fn the_first_of_two_answers_of_another_service_counts() {
    for layout in LAYOUTS {
        let count = AtomicUsize::new(0);
        let script = move |asked: &Asked| match count.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::Never,
            _ => good(asked),
        };
        let Both { watch, back, guard: _guard } = both(layout, script, &[]);
        assert_eq!((look(&watch, "/v1/twice/a").status, back.lines().len()), (200, 2), "{layout:?}");
    }
}
