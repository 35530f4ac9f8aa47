//! What every engine promises. Each case has keys of its own, so that all of them fit into one store.

use std::time::{Duration, Instant};

use bytes::Bytes;
use flow_std::store::{Change, Expect, Store};

/// Runs all cases. `open` gives the store as another replica sees it.
pub async fn all(open: impl Fn() -> Store) {
    let store = open();
    what_is_put_is_there(&store).await;
    an_expectation_that_does_not_hold_changes_nothing(&store).await;
    keys_are_scanned_in_their_order(&store).await;
    what_is_over_is_gone(&store).await;
    any_bytes_fit(&store).await;
    let replicas = [open(), open(), open()];
    no_count_is_lost(&replicas).await;
    one_of_many_takes_a_key(&replicas).await;
    changes_that_overlap_happen_one_after_the_other(&replicas).await;
}

async fn version(store: &Store, key: &str) -> Option<u64> {
    store.get(key).await.expect("it can be read").map(|entry| entry.version)
}

async fn value(store: &Store, key: &str) -> Option<Bytes> {
    store.get(key).await.expect("it can be read").map(|entry| entry.value)
}

pub async fn put(store: &Store, key: &str, value: &'static str) {
    assert!(store.commit(Change::new().put(key, value, None)).await.expect("it can be written"));
}

async fn keys(store: &Store, prefix: &str, after: Option<&str>, at_most: usize) -> Vec<String> {
    let found = store.scan(prefix, after, at_most).await.expect("it can be read");
    found.into_iter().map(|(key, _)| key).collect()
}

async fn what_is_put_is_there(store: &Store) {
    assert_eq!(store.get("put/a").await, Ok(None));
    put(store, "put/a", "1").await;
    let first = store.get("put/a").await.expect("it can be read").expect("it is there");
    assert_eq!(first.value, "1");
    put(store, "put/a", "1").await;
    let second = version(store, "put/a").await;
    assert!(second.is_some_and(|second| second != first.version), "each write changes the version");
    assert_eq!(store.commit(Change::new().delete("put/a").delete("put/none")).await, Ok(true));
    assert_eq!(store.get("put/a").await, Ok(None));
    put(store, "put/a", "1").await;
    let third = version(store, "put/a").await;
    assert!(third != Some(first.version) && third != second, "a version never comes again");
    assert_eq!(store.commit(Change::new()).await, Ok(true));
}

async fn an_expectation_that_does_not_hold_changes_nothing(store: &Store) {
    put(store, "expect/a", "1").await;
    let version = version(store, "expect/a").await.expect("it is there");
    let rest = |change: Change| change.put("expect/b", "2", None).delete("expect/a");
    for bad in [
        Change::new().expect("expect/a", Expect::Absent),
        Change::new().expect("expect/a", Expect::Version(version + 1_000_000)),
        Change::new().expect("expect/none", Expect::Version(version)),
        Change::new()
            .expect("expect/a", Expect::Version(version))
            .expect("expect/none", Expect::Absent)
            .expect("expect/other", Expect::Version(1)),
    ] {
        assert_eq!(store.commit(rest(bad)).await, Ok(false));
        assert_eq!(
            (value(store, "expect/a").await, value(store, "expect/b").await),
            (Some("1".into()), None)
        );
    }
    let good =
        Change::new().expect("expect/a", Expect::Version(version)).expect("expect/none", Expect::Absent);
    assert_eq!(store.commit(rest(good)).await, Ok(true));
    assert_eq!((value(store, "expect/a").await, value(store, "expect/b").await), (None, Some("2".into())));
}

async fn keys_are_scanned_in_their_order(store: &Store) {
    // As bytes: not as any language sorts them.
    let sorted =
        ["scan/", "scan/%20", "scan/-", "scan/1", "scan/A/b", "scan/a", "scan/a/1", "scan/a/2", "scan/é"];
    let mut change = Change::new().put("scam", "", None).put("scan", "", None).put("scao", "", None);
    for key in sorted.iter().rev() {
        change = change.put(*key, *key, None);
    }
    assert_eq!(store.commit(change).await, Ok(true));
    assert_eq!(keys(store, "scan/", None, 100).await, sorted);
    assert_eq!(keys(store, "scan/", None, 2).await, sorted[..2]);
    assert_eq!(keys(store, "scan/", Some("scan/1"), 3).await, sorted[4..7]);
    assert_eq!(keys(store, "scan/", Some("scan/0"), 1).await, ["scan/1"]);
    assert_eq!(
        keys(store, "scan/", Some("a"), 1).await,
        ["scan/"],
        "what comes before the prefix is no start"
    );
    assert_eq!(keys(store, "scan/a", None, 100).await, ["scan/a", "scan/a/1", "scan/a/2"]);
    assert!(keys(store, "scan/", Some("scan/é"), 9).await.is_empty());
    assert!(keys(store, "scan/none", None, 9).await.is_empty());
    let entries = store.scan("scan/a/", None, 9).await.expect("it can be read");
    let values: Vec<_> = entries.iter().map(|(_, entry)| entry.value.as_ref()).collect();
    assert_eq!(values, [b"scan/a/1", b"scan/a/2"]);
    assert_eq!(Some(entries[0].1.version), version(store, "scan/a/1").await);
}

async fn what_is_over_is_gone(store: &Store) {
    let (soon, hour) = (Duration::from_millis(20), Duration::from_secs(3_600));
    let change = Change::new()
        .put("over/a", "x", soon)
        .put("over/b", "x", soon)
        .put("over/hour", "x", hour)
        .put("over/long", "x", Duration::MAX)
        .put("over/never", "x", None);
    assert_eq!(store.commit(change).await, Ok(true));
    // Put again, they stay.
    assert_eq!(store.commit(Change::new().put("over/b", "y", None)).await, Ok(true));
    let begin = Instant::now();
    while value(store, "over/a").await.is_some() {
        assert!(begin.elapsed() < Duration::from_secs(10), "it does not end");
        tokio::time::sleep(soon).await;
    }
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert_eq!(keys(store, "over/", None, 9).await, ["over/b", "over/hour", "over/long", "over/never"]);
    assert_eq!(value(store, "over/b").await, Some("y".into()));
    let absent = Change::new().expect("over/a", Expect::Absent).put("over/a", "z", hour);
    assert_eq!(store.commit(absent).await, Ok(true), "what is over is absent");
    assert_eq!(value(store, "over/a").await, Some("z".into()));
}

async fn any_bytes_fit(store: &Store) {
    let all: Bytes = (0..=255_u8).cycle().take(1_000_000).collect();
    let change = Change::new().put("bytes/all", all.clone(), None).put("bytes/none", "", None);
    assert_eq!(store.commit(change).await, Ok(true));
    assert!(value(store, "bytes/all").await == Some(all));
    assert_eq!(value(store, "bytes/none").await, Some(Bytes::new()));
}

/// Adds one to a number, as often as it takes.
async fn count(store: &Store, key: &str) {
    loop {
        let entry = store.get(key).await.expect("it can be read").expect("it is there");
        let number: u64 =
            std::str::from_utf8(&entry.value).ok().and_then(|text| text.parse().ok()).expect("a number");
        let change = Change::new().expect(key, Expect::Version(entry.version));
        let change = change.put(key, (number + 1).to_string(), None);
        if store.commit(change).await.expect("it can be written") {
            return;
        }
    }
}

async fn no_count_is_lost(replicas: &[Store; 3]) {
    put(&replicas[0], "count/a", "0").await;
    let counting = (0..60).map(|at| {
        let store = replicas[at % 3].clone();
        tokio::spawn(async move { count(&store, "count/a").await })
    });
    for counted in counting.collect::<Vec<_>>() {
        counted.await.expect("it ends well");
    }
    assert_eq!(value(&replicas[0], "count/a").await, Some("60".into()));
}

async fn one_of_many_takes_a_key(replicas: &[Store; 3]) {
    let taking = (0..50).map(|at| {
        let store = replicas[at % 3].clone();
        let change = Change::new().expect("take/a", Expect::Absent).put("take/a", at.to_string(), None);
        tokio::spawn(async move { store.commit(change).await.expect("it can be written") })
    });
    let mut taken = 0;
    for one in taking.collect::<Vec<_>>() {
        taken += usize::from(one.await.expect("it ends well"));
    }
    assert_eq!(taken, 1);
}

/// Moves one from a number to another, in both directions at once: what both hold together stays the same.
async fn changes_that_overlap_happen_one_after_the_other(replicas: &[Store; 3]) {
    put(&replicas[0], "move/a", "100").await;
    put(&replicas[0], "move/b", "100").await;
    let moving = (0..30).map(|at| {
        let store = replicas[at % 3].clone();
        let (from, to) = if at % 2 == 0 { ("move/a", "move/b") } else { ("move/b", "move/a") };
        tokio::spawn(async move { while !moved(&store, from, to).await {} })
    });
    for one in moving.collect::<Vec<_>>() {
        one.await.expect("it ends well");
    }
    let numbers = [number(&replicas[1], "move/a").await.0, number(&replicas[2], "move/b").await.0];
    assert_eq!(numbers, [100, 100]);
}

async fn number(store: &Store, key: &str) -> (i64, u64) {
    let entry = store.get(key).await.expect("it can be read").expect("it is there");
    let text = std::str::from_utf8(&entry.value).expect("it is text");
    (text.parse().expect("a number"), entry.version)
}

async fn moved(store: &Store, from: &str, to: &str) -> bool {
    let ((less, first), (more, second)) = (number(store, from).await, number(store, to).await);
    let change = Change::new().expect(from, Expect::Version(first)).expect(to, Expect::Version(second));
    let change = change.put(from, (less - 1).to_string(), None).put(to, (more + 1).to_string(), None);
    store.commit(change).await.expect("it can be written")
}
