//! Connections: how many, how long, and what happens when one is not there any more.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use flow_std::client::ClientSettings;
use flow_std::codec::Decode;
use flow_std::failure::CallFailure;
use futures_util::future::{Either, join_all, select};

use super::backend::{Backend, block_on, client, context, ok, patient};

#[test]
fn a_connection_that_nobody_uses_is_closed() {
    let (ended, is_ended) = mpsc::channel();
    let backend = Backend::new(move |mut connection| {
        while connection.request().is_some() {
            connection.write(ok("1").as_bytes());
        }
        let _ = ended.send(());
    });
    let client = backend.client();
    block_on(async {
        client.read("Erp.get", "GET").path("/x").send(&context()).await.expect("an answer");
        tokio::time::pause();
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(is_ended.try_recv().is_err(), "it could still be used");
        tokio::time::sleep(Duration::from_secs(3)).await;
    });
    is_ended.recv_timeout(Duration::from_secs(10)).expect("the other side sees it");
}

#[test]
fn a_connection_is_used_again() {
    let backend = Backend::new(|mut connection| {
        while connection.request().is_some() {
            connection.write(ok("1").as_bytes());
        }
    });
    let client = backend.client();
    block_on(async {
        for _ in 0..5 {
            client.read("Erp.get", "GET").path("/x").send(&context()).await.expect("an answer");
        }
    });
    assert_eq!((backend.connections(), backend.seen().len()), (1, 5));
}

#[test]
fn s019_a_connection_that_was_closed_meanwhile_is_replaced_without_a_second_request() {
    let (closed, is_closed) = mpsc::channel();
    let backend = Backend::new(move |mut connection| {
        connection.request();
        connection.write(ok("1").as_bytes());
        drop(connection);
        let _ = closed.send(());
    });
    let client = backend.client();
    block_on(async {
        let mut is_closed = is_closed;
        for _ in 0..1_000 {
            client.write("Erp.do", "POST").path("/x").text("a").send(&context()).await.expect("an answer");
            let wait = tokio::task::spawn_blocking(move || is_closed.recv().map(|()| is_closed));
            is_closed = wait.await.expect("no panic").expect("each connection is closed");
            // The runtime has looked at its sockets by now; the task of the connection has to run once to see the end.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        }
    });
    assert_eq!((backend.connections(), backend.seen().len()), (1_000, 1_000));
}

#[test]
fn a_write_that_broke_off_is_not_sent_again() {
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    let backend = Backend::new(move |mut connection| {
        while connection.request().is_some() {
            if count.fetch_add(1, Ordering::SeqCst) > 0 {
                return;
            }
            connection.write(ok("1").as_bytes());
        }
    });
    let client = backend.client();
    let ends: Vec<_> = block_on(async {
        let mut ends = Vec::new();
        for _ in 0..2 {
            ends.push(client.write("Erp.do", "POST").path("/x").text("a").send(&context()).await);
        }
        ends
    });
    assert!(matches!(ends.as_slice(), [Ok(_), Err(CallFailure::BrokenOff(_))]), "{ends:?}");
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}

#[test]
fn a_call_that_is_given_up_takes_its_connection_with_it() {
    let (ended, is_ended) = mpsc::channel();
    let requests = AtomicUsize::new(0);
    let backend = Backend::new(move |mut connection| {
        while connection.request().is_some() {
            if requests.fetch_add(1, Ordering::SeqCst) == 1 {
                connection.wait_for_end();
                let _ = ended.send(());
                return;
            }
            connection.write(ok("1").as_bytes());
        }
    });
    let client = backend.client();
    let (cx, brief) = (context(), context().with_timeout(Duration::from_millis(50)));
    let ends: Vec<_> = block_on(async {
        let mut ends = Vec::new();
        for cx in [&cx, &brief, &cx] {
            ends.push(client.read("Erp.get", "GET").path("/x").send(cx).await.map(|answer| answer.status()));
        }
        ends
    });
    assert_eq!(ends, [Ok(200), Err(CallFailure::Timeout), Ok(200)]);
    is_ended.recv_timeout(Duration::from_secs(10)).expect("the other side sees it");
    assert_eq!(backend.connections(), 2, "the first was used twice, and no more");
}

#[test]
fn a_connection_on_which_more_came_than_an_answer_is_not_used_again() {
    let backend = Backend::new(|mut connection| {
        while connection.request().is_some() {
            connection.write([ok("\"a\""), ok("\"b\"")].concat().as_bytes());
        }
    });
    let client = backend.client();
    block_on(async {
        for _ in 0..20 {
            let answer = client.read("Erp.get", "GET").path("/x").send(&context()).await.expect("an answer");
            assert_eq!(answer.json(String::decode, "Erp.get"), Ok("a".to_owned()));
        }
    });
    assert_eq!(backend.connections(), 20);
}

#[test]
fn the_answer_of_a_backend_that_does_not_read_all_of_a_request_is_read() {
    let (done, is_done) = mpsc::channel::<()>();
    let is_done = Mutex::new(is_done);
    let backend = Backend::new(move |mut connection| {
        connection.write(b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n");
        let _ = is_done.lock().expect("no panic").recv();
    });
    let client = backend.client();
    let large = "a".repeat(20_000_000);
    let answer = block_on(client.write("Erp.do", "POST").path("/x").text(&large).send(&context()));
    assert_eq!(answer.map(|answer| answer.status()), Ok(413));
    drop(done);
}

#[test]
fn there_are_never_more_connections_than_settled() {
    let open = Arc::new(Mutex::new((0_usize, 0_usize)));
    let count = Arc::clone(&open);
    let backend = Backend::new(move |mut connection| {
        while connection.request().is_some() {
            let mut open = count.lock().expect("no panic");
            *open = (open.0 + 1, open.1.max(open.0 + 1));
            drop(open);
            std::thread::yield_now();
            count.lock().expect("no panic").0 -= 1;
            connection.write(ok("1").as_bytes());
        }
    });
    let client = client(ClientSettings { at_once: 3, ..patient(backend.url()) });
    let cx = context();
    let ends = block_on(join_all((0..40).map(|_| async {
        let mut call = client.read("Erp.get", "GET");
        call.path("/x").send(&cx).await
    })));
    assert!(ends.iter().all(Result::is_ok), "{ends:?}");
    assert!(open.lock().expect("no panic").1 <= 3);
}

#[test]
fn a_call_that_never_gets_its_turn_is_rejected() {
    let backend = Backend::new(|mut connection| connection.wait_for_end());
    let client = client(ClientSettings { at_once: 1, ..patient(backend.url()) });
    let cx = context();
    let brief = context().with_timeout(Duration::from_millis(50));
    let (mut first, mut second) = (client.read("Erp.get", "GET"), client.read("Erp.get", "GET"));
    let end = block_on(async {
        let first = std::pin::pin!(first.path("/x").send(&cx));
        let second = std::pin::pin!(second.path("/x").send(&brief));
        match select(first, second).await {
            Either::Left((end, _)) | Either::Right((end, _)) => end,
        }
    });
    assert!(matches!(end, Err(CallFailure::Rejected { .. })), "{end:?}");
}
