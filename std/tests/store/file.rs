//! What a file can suffer: a process that dies while it writes, two that want it, a damaged one, no room, no right.

use std::os::unix::fs::PermissionsExt;

use flow_std::store::{Change, Store};

use crate::child::Writer;
use crate::folder::Folder;

fn open(url: &str) -> Result<Store, String> {
    Store::open(Some(url), "Orders")
}

async fn number(store: &Store, key: &str) -> u64 {
    let entry = store.get(key).await.expect("it can be read");
    entry.and_then(|entry| String::from_utf8(entry.value.to_vec()).ok()?.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_durable_is_there_after_the_process_was_killed() {
    let folder = Folder::new();
    let url = folder.url("a.db");
    let mut before = 0;
    for round in 0..15_u64 {
        let mut writer = Writer::start(&url, None);
        let mut said = 0;
        for _ in 0..=(round * 7 % 10) {
            said = writer.said().and_then(|said| said.parse().ok()).expect("it writes");
        }
        let said = writer.kill().unwrap_or(said);
        let store = open(&url).expect("it can be opened");
        let (a, b) = (number(&store, "last/a").await, number(&store, "last/b").await);
        assert_eq!(a, b, "all of a change or nothing");
        // The last one may have been durable before it was said.
        assert!(a == said || a == said + 1, "{said} was said, and {a} is there");
        assert!(a > before);
        before = a;
        let each = store.scan("each/", None, usize::MAX).await.expect("it can be read");
        assert_eq!(each.len() as u64, a, "nothing that came before is lost");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_another_process_has_is_refused() {
    let folder = Folder::new();
    let url = folder.url("a.db");
    let mut writer = Writer::start(&url, None);
    writer.said().expect("it writes");
    let told = open(&url).expect_err("another process has it");
    assert!(
        told.starts_with("stands for the file `") && told.ends_with("`, which another process has open"),
        "{told}"
    );
    writer.kill();
    open(&url).expect("it is free");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_grow_is_an_error_and_then_none_any_more() {
    let folder = Folder::new();
    let url = folder.url("a.db");
    let mut writer = Writer::start(&url, Some(4_000));
    let mut last = 0;
    let refused = loop {
        let said = writer.said().expect("it says why it ends");
        match said.parse() {
            Ok(number) => last = number,
            Err(_) => break said,
        }
    };
    assert!(refused.starts_with("refused: the file of the store cannot be used"), "{refused}");
    drop(writer);
    let store = open(&url).expect("it can be opened");
    assert_eq!(number(&store, "last/a").await, last);
    assert_eq!(store.commit(Change::new().put("more", vec![b'x'; 4_000_000], None)).await, Ok(true));
}

#[tokio::test]
async fn what_is_no_store_is_refused_at_start() {
    let folder = Folder::new();
    for (name, bytes) in [("text", b"hello".repeat(1_000)), ("zero", vec![0; 10_000]), ("short", vec![b'r'])]
    {
        std::fs::write(folder.path().join(name), bytes).expect("it can be written");
        let told = open(&folder.url(name)).expect_err("it is no store");
        assert!(told.ends_with("which is damaged, or no store of ours"), "{told}");
    }
    let told = open(&folder.url("text/a.db")).expect_err("a file is no folder");
    assert!(told.contains("which cannot be opened ("), "{told}");
}

/// Bytes that have changed on the disk may be seen, or be where nobody looks; nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_never_ends_the_process() {
    let folder = Folder::new();
    let path = folder.path().join("a.db");
    let store = open(&folder.url("a.db")).expect("it can be opened");
    for number in 0..200 {
        let change = Change::new().put(format!("a/{number:04}"), vec![b'x'; 500], None);
        assert_eq!(store.commit(change).await, Ok(true));
    }
    drop(store);
    let good = std::fs::read(&path).expect("it can be read");
    let mut refused = 0;
    for at in (0..good.len()).step_by(good.len() / 60) {
        let mut bad = good.clone();
        for byte in bad.iter_mut().skip(at).take(64) {
            *byte ^= 0x5a;
        }
        std::fs::write(&path, bad).expect("it can be written");
        match open(&folder.url("a.db")) {
            Err(_) => refused += 1,
            Ok(store) => {
                let found = store.scan("a/", None, 1_000).await;
                let written = store.commit(Change::new().put("b", "x", None)).await;
                refused += usize::from(found.is_err() || written.is_err());
            }
        }
    }
    assert!(refused > 0, "no damage was seen at all");
}

#[tokio::test]
async fn only_its_user_can_read_it() {
    let folder = Folder::new();
    let path = folder.path().join("inner/a.db");
    open(&format!("file:{}", path.display())).expect("it can be opened");
    let mode = |path: &std::path::Path| {
        std::fs::metadata(path).map(|of| of.permissions().mode() & 0o777).expect("it is there")
    };
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().expect("it is in a folder")), 0o700);
}

#[tokio::test]
async fn a_new_process_is_a_new_instance() {
    let folder = Folder::new();
    let store = open(&folder.url("a.db")).expect("it can be opened");
    let change = Change::new().put("instances/a", "", None).put("instance", "", None).put("runs/a", "", None);
    assert_eq!(store.commit(change).await, Ok(true));
    drop(store);
    let store = open(&folder.url("a.db")).expect("it is free again");
    let keys: Vec<_> =
        store.scan("", None, 9).await.expect("it can be read").into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["instance", "runs/a"]);
}
