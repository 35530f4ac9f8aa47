//! All cases over each engine, and the engines with servers while these come and go.

use flow_std::store::{Change, Store};

use crate::cases::{self, put};
use crate::folder::Folder;
use crate::servers::{Line, Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory() {
    let store = Store::memory();
    cases::all(|| store.clone()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn file() {
    let folder = Folder::new();
    let store = Store::open(Some(&folder.url("a.db")), "").expect("it can be opened");
    cases::all(|| store.clone()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    let Some(server) = Server::postgres(Line::Plain) else { return };
    all_over(server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis() {
    let Some(server) = Server::redis(Line::Plain) else { return };
    all_over(server).await;
}

async fn all_over(mut server: Server) {
    let url = server.url();
    let open = || Store::open(Some(&url), "").expect("it is a URL");
    // All at once, before there is a table.
    let first = [open(), open(), open()];
    let (a, b, c) = tokio::join!(first[0].get("a"), first[1].get("a"), first[2].get("a"));
    assert_eq!((a, b, c), (Ok(None), Ok(None), Ok(None)));
    cases::all(open).await;
    the_password_is_told_to_nobody(&url).await;
    it_outlives_its_server(&open(), &mut server).await;
}

async fn it_outlives_its_server(store: &Store, server: &mut Server) {
    for round in 0..3 {
        let key = format!("restart/{round}");
        put(store, &key, "x").await;
        server.kill();
        let down = store.get(&key).await.expect_err("there is no server");
        assert!(!down.to_string().contains("hush"), "{down}");
        assert!(store.commit(Change::new().put("restart/down", "", None)).await.is_err());
        server.start();
        assert!(store.get(&key).await.expect("it can be read").is_some(), "what was written is durable");
        assert_eq!(store.get("restart/down").await, Ok(None));
    }
    // With connections that have died in the meantime, and no read before.
    put(store, "restart/last", "x").await;
    server.kill();
    server.start();
    put(store, "restart/last", "y").await;
    assert!(store.get("restart/last").await.is_ok_and(|entry| entry.is_some_and(|entry| entry.value == "y")));
}

async fn the_password_is_told_to_nobody(url: &str) {
    let store = Store::open(Some(url), "").expect("it is a URL");
    assert!(!format!("{store:?}").contains("hush"));
    let wrong = Store::open(Some(&url.replace("hush", "whisper")), "").expect("it is a URL");
    let refused = wrong.get("a").await.expect_err("the password is wrong").to_string();
    assert!(!refused.contains("whisper"), "{refused}");
    assert!(refused.contains("password"), "{refused}");
    for bad in ["x", "%zz", "a:b:c"] {
        let (scheme, rest) = url.split_once("127.0.0.1:").expect("it names a port");
        let told = Store::open(Some(&format!("{scheme}127.0.0.1:{bad}{rest}")), "");
        assert!(told.err().is_some_and(|told| !told.contains("hush")));
    }
}
