//! What can be done to a service with the frames of HTTP/2: each attack has its end, and others are served meanwhile.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use flow_std::http::Limits;

use crate::callers::until;
use crate::client::{FOREVER, get as ask};
use crate::frames::{
    ALL, CONTINUATION, DATA, END_HEADERS, END_STREAM, Frames, HEADERS, Heard, PING, PRIORITY, PUSH, RESET,
    SETTINGS, WINDOW, block, bomb, frame, get, head,
};
use crate::server::{Server, limits};

/// The errors of RFC 9113.
const NO_ERROR: u32 = 0;
const PROTOCOL_ERROR: u32 = 1;
const FRAME_SIZE_ERROR: u32 = 6;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;

fn server() -> Server {
    let short = Duration::from_millis(500);
    Server::with(Limits { header_timeout: short, body_timeout: short, write_timeout: short, ..limits() })
}

fn reset(id: u32, reason: u32) -> Vec<u8> {
    frame(RESET, 0, id, &reason.to_be_bytes())
}

fn window(id: u32, more: u32) -> Vec<u8> {
    frame(WINDOW, 0, id, &more.to_be_bytes())
}

/// The head of a request whose body is still to come.
fn post(id: u32) -> Vec<u8> {
    let mut fields = head("POST", "/v1/orders").to_vec();
    fields.push(("content-type", "application/json"));
    frame(HEADERS, END_HEADERS, id, &block(&fields))
}

/// Sends one of these every now and then, until the other side has closed.
fn dribble(frames: &mut Frames, sent: &[u8]) {
    let began = Instant::now();
    while frames.send(sent) {
        assert!(began.elapsed() < FOREVER, "it is never closed");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(began.elapsed() < FOREVER, "it is we who have given up");
}

#[test]
fn who_is_idle_or_never_comes_to_the_point_is_parted_from() {
    let server = server();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let settings = frame(SETTINGS, 0, 0, &[]);
    let half = frame(HEADERS, END_STREAM, 1, &block(&head("GET", "/brief")));
    let cut = get(1, "/brief").get(..12).unwrap_or_default().to_vec();
    let silent = [
        preface[..8].to_vec(),
        preface.to_vec(),
        [&preface[..], &settings].concat(),
        [&preface[..], &settings, &half].concat(),
        [&preface[..], &settings, &cut].concat(),
    ];
    let dribbled = [frame(PING, 0, 0, &[0; 8]), settings.clone(), frame(0xee, 0, 0, &[0; 9])];
    std::thread::scope(|scope| {
        for first in &silent {
            scope.spawn(|| {
                let heard = Frames::bare(server.address, first).until_closed();
                assert!(heard.answers.is_empty(), "{heard:?}");
            });
        }
        for sent in &dribbled {
            scope.spawn(|| dribble(&mut Frames::open(server.address), sent));
        }
        assert_eq!(ask(server.address, "/brief").status, 200);
    });
}

#[test]
fn who_gives_up_one_request_after_the_other_is_cut_off() {
    let server = server();
    let mut frames = Frames::open(server.address);
    let mut heard = Heard::default();
    let mut given_up = 0;
    while heard.goaway.is_none() && given_up < 1_000 {
        let id = 2 * given_up + 1;
        // Each is taken before the next frame comes.
        for sent in [get(id, "/watched"), reset(id, CANCEL)] {
            frames.send([sent, frame(PING, 0, 0, &[0; 8])].concat());
            let pongs = heard.pongs;
            while heard.pongs == pongs && frames.hear(&mut heard).is_some() {}
        }
        given_up += 1;
    }
    assert_eq!(heard.goaway, Some(ENHANCE_YOUR_CALM));
    assert!((100..150).contains(&given_up), "{given_up}");
    assert_eq!(server.shell.counts().refused_connections.load(Ordering::SeqCst), 1);
}

/// What is sent until it is not taken any more, how often at most, and why the connection ends.
type Flood = (&'static str, usize, fn(u32) -> Vec<u8>, Option<u32>);

#[test]
fn floods_are_cut_off() {
    let server = server();
    let floods: [Flood; 7] = [
        (
            "streams that are reset at once",
            10_000,
            |id| [get(id, "/watched"), reset(id, CANCEL)].concat(),
            Some(ENHANCE_YOUR_CALM),
        ),
        (
            "streams that the service has to reset",
            10_000,
            |id| [get(id, "/watched"), window(id, 0x7fff_ffff)].concat(),
            Some(ENHANCE_YOUR_CALM),
        ),
        (
            "headers without end",
            1_000_000,
            |id| match id {
                1 => frame(HEADERS, END_STREAM, 1, &block(&head("GET", "/brief"))),
                _ => frame(CONTINUATION, 0, 1, &block(&[("x", "y")])),
            },
            Some(ENHANCE_YOUR_CALM),
        ),
        (
            "headers without end that say nothing",
            1_000_000,
            |id| match id {
                1 => frame(HEADERS, END_STREAM, 1, &[]),
                _ => frame(CONTINUATION, 0, 1, &[]),
            },
            Some(ENHANCE_YOUR_CALM),
        ),
        (
            "data that is none",
            1_000_000,
            |id| match id {
                1 => post(1),
                _ => frame(DATA, 0, 1, &[]),
            },
            Some(ENHANCE_YOUR_CALM),
        ),
        ("pings whose answers nobody reads", 100_000_000, |_| frame(PING, 0, 0, &[0; 8]).repeat(1_000), None),
        (
            "settings whose answers nobody reads",
            100_000_000,
            |_| frame(SETTINGS, 0, 0, &[]).repeat(1_000),
            None,
        ),
    ];
    for (name, most, frames, reason) in floods {
        let before = server.shell.counts().requests.load(Ordering::SeqCst);
        let mut caller = Frames::open(server.address);
        let taken = caller.flood(most, frames);
        assert_eq!(ask(server.address, "/brief").status, 200);
        let heard = caller.until_closed();
        let requests = server.shell.counts().requests.load(Ordering::SeqCst) - before;
        assert!(taken < most || reason.is_some(), "{name}");
        // Where much was on its way, the word is lost with the connection.
        assert!(heard.goaway.is_none() || heard.goaway == reason, "{name}: {heard:?}");
        assert!(requests < 1_000, "{name}: {requests} requests came through");
    }
}

/// What is sent, and what comes of it.
type Case = (&'static str, Vec<u8>, fn(&Heard) -> bool);

#[test]
fn what_is_no_request_is_not_answered_as_one() {
    let server = server();
    let with = |name, value| {
        let mut fields = head("GET", "/brief").to_vec();
        fields.push((name, value));
        frame(HEADERS, ALL, 1, &block(&fields))
    };
    let only = |fields: &[(&str, &str)]| frame(HEADERS, ALL, 1, &block(fields));
    let is_reset: fn(&Heard) -> bool =
        |heard| heard.resets.contains(&(1, PROTOCOL_ERROR)) && heard.answers.is_empty();
    let is_ended: fn(&Heard) -> bool =
        |heard| heard.goaway == Some(PROTOCOL_ERROR) && heard.answers.is_empty();
    let is_too_large: fn(&Heard) -> bool = |heard| heard.goaway == Some(FRAME_SIZE_ERROR);
    let is_calmed: fn(&Heard) -> bool = |heard| heard.goaway == Some(ENHANCE_YOUR_CALM);
    let is_answered: fn(&Heard) -> bool = |heard| heard.answers == [1];
    let mut short = head("POST", "/v1/orders").to_vec();
    short.push(("content-length", "5"));
    let cases: Vec<Case> = vec![
        ("connection", with("connection", "close"), is_reset),
        ("keep-alive", with("keep-alive", "1"), is_reset),
        ("proxy-connection", with("proxy-connection", "close"), is_reset),
        ("transfer-encoding", with("transfer-encoding", "chunked"), is_reset),
        ("upgrade", with("upgrade", "h2c"), is_reset),
        ("te", with("te", "gzip"), is_reset),
        ("a capital letter", with("X-A", "b"), is_ended),
        ("a name with a space", with("x a", "b"), is_ended),
        ("a name with a colon", with("x:a", "b"), is_ended),
        ("a line feed", with("x-a", "b\nc"), is_ended),
        ("a pseudo header twice", with(":path", "/private"), is_reset),
        ("a pseudo header that there is not", with(":protocol", "x"), is_reset),
        ("no path", only(&[(":method", "GET"), (":scheme", "http"), (":authority", "shop")]), is_reset),
        ("no method", only(&[(":path", "/"), (":scheme", "http"), (":authority", "shop")]), is_reset),
        ("a path that is none", only(&head("GET", "brief<")), is_reset),
        ("an answer", only(&[(":status", "200")]), is_reset),
        ("a tunnel", only(&[(":method", "CONNECT"), (":authority", "shop")]), is_answered),
        ("no resource at all", only(&head("OPTIONS", "*")), is_answered),
        ("no authority", only(&head("GET", "/brief")[..3]), is_answered),
        ("content-length with a sign", with("content-length", "+1"), is_reset),
        (
            "a length that is not so",
            [frame(HEADERS, END_HEADERS, 1, &block(&short)), frame(DATA, END_STREAM, 1, b"{}")].concat(),
            |heard| heard.resets.first() == Some(&(1, PROTOCOL_ERROR)),
        ),
        ("data without a request", frame(DATA, 0, 1, b"{}"), is_ended),
        ("data of the connection", frame(DATA, 0, 0, b"{}"), is_ended),
        ("a request of the other side", get(2, "/brief"), is_ended),
        ("a promise", frame(PUSH, END_HEADERS, 1, &[0, 0, 0, 2]), is_ended),
        ("a stream that waits for itself", frame(PRIORITY, 0, 1, &[0, 0, 0, 1, 9]), is_reset),
        ("no more room than before", window(0, 0), is_ended),
        ("a frame that is too large", [&[0xff; 3][..], &[DATA, 0, 0, 0, 0, 1]].concat(), is_too_large),
        ("a ping that is too short", frame(PING, 0, 0, &[0; 7]), is_ended),
        ("an old request again", [get(3, "/brief"), get(1, "/brief")].concat(), |heard| {
            heard.goaway == Some(PROTOCOL_ERROR)
        }),
        ("a small text for large headers", frame(HEADERS, ALL, 1, &bomb(10_000)), is_calmed),
    ];
    for (name, sent, is_right) in cases {
        let mut frames = Frames::open(server.address);
        frames.send(&sent);
        let mut heard = Heard::default();
        while !is_right(&heard) && frames.hear(&mut heard).is_some() {}
        assert!(is_right(&heard), "{name}: {heard:?}");
    }
    assert_eq!(ask(server.address, "/brief").status, 200);
}

#[test]
fn no_more_requests_are_worked_on_than_was_said() {
    let server = server();
    let ask_for = |count: u32| -> Vec<u8> { (0..count).flat_map(|at| get(2 * at + 1, "/watched")).collect() };
    let mut frames = Frames::open(server.address);
    assert!(frames.send(ask_for(1_000)));
    let mut heard = Heard::default();
    while heard.resets.len() < 1_000 - 128 {
        frames.hear(&mut heard).expect("it goes on");
    }
    assert!(heard.resets.iter().all(|(_, reason)| *reason == REFUSED_STREAM), "{heard:?}");
    until("the others are worked on", || server.shell.counts().requests.load(Ordering::SeqCst) == 128);
    assert_eq!(ask(server.address, "/brief").status, 200);
    drop(frames);
    until("they are dropped", || server.stage.dropped.load(Ordering::SeqCst) == 128);
    // Who goes on and on is not listened to.
    let mut frames = Frames::open(server.address);
    frames.send(ask_for(10_000));
    let heard = frames.until_closed();
    assert!(heard.goaway.is_none_or(|reason| reason == ENHANCE_YOUR_CALM), "{:?}", heard.goaway);
    assert!(server.shell.counts().requests.load(Ordering::SeqCst) <= 2 * 128 + 1);
    assert_eq!(ask(server.address, "/brief").status, 200);
}

/// S027
#[test]
fn who_is_slow_with_a_body_or_an_answer_is_not_waited_for() {
    let server = server();
    let mut frames = Frames::open(server.address);
    frames.send(post(1));
    dribble(&mut frames, &frame(DATA, 0, 1, b" "));
    let heard = frames.until_closed();
    assert!(heard.answers == [1] && heard.resets.contains(&(1, NO_ERROR)), "{heard:?}");
    for size in [0, 1] {
        let mut frames = Frames::with_window(server.address, size);
        let all: Vec<u8> = (0..100).flat_map(|at| get(2 * at + 1, "/large")).collect();
        frames.send(all);
        let heard = frames.until_closed();
        assert_eq!(heard.answers.len(), 100);
        let given_up = heard.resets.iter().filter(|(_, reason)| *reason == CANCEL).count();
        assert!(given_up == 100 || heard.goaway == Some(ENHANCE_YOUR_CALM), "{heard:?}");
    }
    // Room for all of it, and then nothing is read.
    let mut frames = Frames::with_window(server.address, 0x7fff_ffff);
    frames.send(window(0, 0x7fff_0000));
    frames.send((0..100).flat_map(|at| get(2 * at + 1, "/large")).collect::<Vec<u8>>());
    dribble(&mut frames, &frame(PING, 0, 0, &[0; 8]));
    assert_eq!(ask(server.address, "/brief").status, 200);
}
