//! How much memory calls take, whatever a backend sends: measured in a process of its own, which is this very program
//! started again, so that neither the backend nor the other tests count.

// The measure is that of Linux.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flow_std::client::{Client, ClientSettings};
use flow_std::failure::CallFailure;
use flow_std::policy::{Cache, CacheBy};
use futures_util::future::join_all;

use super::backend::{Backend, Connection, block_on, client, context, context_of, ok, patient};
use super::faults::text;

const KEPT: u64 = 4_000;
const MARK: &str = "CLIENT_CHILD";
const LIMIT: usize = 2_000_000;
/// Of a call whose answer is twice and more as large as may be.
const MOST_KB: u64 = 4_096;

/// By the path: each is an answer without an end.
const ENDLESS: [(&str, &str); 4] = [
    ("/announced", "HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n"),
    ("/chunked", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
    ("/until-closed", "HTTP/1.0 200 OK\r\n\r\n"),
    ("/zipped", "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n"),
];

/// Makes the calls, and says by how much its memory has grown at most.
#[test]
fn the_caller_itself() {
    let Ok(url) = std::env::var(MARK) else { return };
    block_on(async {
        let client = client(ClientSettings { max_body: LIMIT, ..patient(url.clone()) });
        get(&client, "/small").await.expect("an answer");
        drips(&client).await;
        let before = kilobytes("VmHWM:");
        for _ in 0..10 {
            drips(&client).await;
        }
        println!("said drips {}", kilobytes("VmHWM:").saturating_sub(before));
        let before = kilobytes("VmRSS:");
        keep(&url).await;
        println!("said kept {}", kilobytes("VmRSS:").saturating_sub(before));
        let before = kilobytes("VmRSS:");
        for (path, _) in ENDLESS {
            let end = get(&client, path).await;
            assert!(matches!(end, Err(CallFailure::Malformed(_))), "{path} {end:?}");
        }
        println!("said endless {}", kilobytes("VmHWM:").saturating_sub(before));
    });
}

async fn get(client: &Client, path: &str) -> Result<u16, CallFailure> {
    let answer = client.read("Erp.get", "GET").path(path).send(&context()).await?;
    Ok(answer.status())
}

/// Calls at the same time that are all cut at their deadline.
async fn drips(client: &Client) {
    let cx = context_of(Duration::from_millis(50));
    let mut calls: Vec<_> = (0..30).map(|_| client.read("Erp.get", "GET")).collect();
    let ends = join_all(calls.iter_mut().map(|call| call.path("/drips").send(&cx))).await;
    assert!(ends.iter().all(|end| *end == Err(CallFailure::Timeout)), "{ends:?}");
}

/// Short answers, of which each is kept.
async fn keep(url: &str) {
    let cache =
        Cache { keep: Duration::from_secs(3_600), stale: None, by: CacheBy::All, entries: KEPT as usize };
    let client = client(ClientSettings { cache: Some(cache), ..patient(url.to_owned()) });
    for at in 0..KEPT {
        let path = format!("/kept/{at}");
        let answer = client.read("Erp.get", "GET").path(&path).answer(&context(), text).await;
        assert_eq!(answer.as_deref(), Ok("a"));
    }
    assert_eq!(client.counts().kept, 0);
}

/// A line of the process's own account of its memory.
fn kilobytes(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("Linux counts it");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Answers by the path, and counts the bytes of endless bodies that were taken from it.
fn backend(taken: &Arc<AtomicUsize>) -> Backend {
    let taken = Arc::clone(taken);
    Backend::new(move |mut connection| {
        while let Some(request) = connection.request() {
            let path = request.split(' ').nth(1).unwrap_or_default();
            match ENDLESS.iter().find(|(known, _)| *known == path) {
                Some((_, head)) => return flood(&mut connection, head, &taken),
                None if path == "/drips" => return drip(&mut connection),
                None => connection.write(ok("\"a\"").as_bytes()),
            };
        }
    })
}

fn flood(connection: &mut Connection, head: &str, taken: &AtomicUsize) {
    connection.write(head.as_bytes());
    let piece = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
    while connection.write(&piece) {
        taken.fetch_add(piece.len(), Ordering::SeqCst);
    }
}

/// A byte a second.
fn drip(connection: &mut Connection) {
    connection.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1900000\r\n\r\n");
    while connection.write(b" ") {
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[test]
fn s007_s012_s013_no_answer_takes_more_memory_than_it_may_have_bytes() {
    let taken = Arc::new(AtomicUsize::new(0));
    let backend = backend(&taken);
    let caller = Command::new(std::env::current_exe().expect("a test knows its program"))
        .args(["--exact", "memory::the_caller_itself", "--nocapture"])
        .env(MARK, backend.url())
        .stderr(Stdio::inherit())
        .output()
        .expect("it can be started");
    let said = String::from_utf8_lossy(&caller.stdout);
    assert!(caller.status.success(), "{said}");
    let grown = |what: &str| -> u64 {
        let line = said.lines().find_map(|line| line.split("said ").nth(1)?.strip_prefix(what));
        line.and_then(|kilobytes| kilobytes.trim().parse().ok()).unwrap_or_else(|| panic!("{said}"))
    };
    assert!(grown("endless") <= MOST_KB, "{said}");
    // With the buffer that each came in it would be 8 kB and more.
    assert!(grown("kept") <= KEPT * 2, "what is kept holds no more than it is: {said}");
    assert!(grown("drips") <= MOST_KB / 2, "hundreds of calls that are cut leave nothing: {said}");
    // What lies between in the buffers of the system is not the caller's.
    let taken = taken.load(Ordering::SeqCst);
    assert!(taken < ENDLESS.len() * (LIMIT + 16_000_000), "{taken} bytes");
}
