//! The token that our own caller came with, on its way to the systems behind us.

use std::net::SocketAddr;
use std::time::Duration;

use flow_std::auth::{Auth, Place};
use flow_std::client::{Client, ClientSettings, OutboundAuth};
use flow_std::http::{Answer, BodyKind, Endpoint, Limits, Request, Response, Secret, Shell, live, router};
use flow_std::outside::TcpListener;
use flow_std::policy::{Cache, CacheBy};

use super::backend::{Backend, block_on, client, context, ok, patient, service_keys};
use super::faults::{steady, text};

fn forwarding(backend: &Backend) -> ClientSettings {
    ClientSettings { auth: OutboundAuth::Forward, ..patient(backend.url()) }
}

/// A service that lets callers in by `auth`, and asks the backend behind `client`. Where it is.
async fn service(auth: Vec<Auth>, client: Client) -> String {
    let handler = move |request: Request| {
        let client = client.clone();
        let answer: Answer = Box::pin(async move {
            let mut call = client.read("Erp.get", "GET");
            let end = call.path("/x").answer(request.context(), text).await?;
            Ok(Response::json(200, &end))
        });
        answer
    };
    let endpoint = Endpoint {
        operation: "Stock.get",
        method: "GET",
        path: "/x",
        writes: false,
        deadline: Duration::from_secs(20),
        max_body: 1_000,
        body: BodyKind::None,
        auth,
        limit: None,
        degraded: None,
        deprecated: None,
        cors: None,
        caching: flow_std::http::Caching::Asked,
        handler: Box::new(handler),
    };
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let shell = Shell::new("", Limits::default());
    let service = router(vec![endpoint], shell.clone());
    tokio::spawn(live(listener, service, shell, std::future::pending()));
    url
}

/// What a caller with these headers gets.
async fn ask(url: String, headers: &[(&str, &str)]) -> Result<String, String> {
    let client = client(patient(url));
    let mut call = client.read("Stock.get", "GET");
    call.path("/x");
    for (name, value) in headers {
        call.header(name, value);
    }
    call.answer(&context(), text).await.map_err(|failure| failure.to_string())
}

fn shown(request: &str) -> Option<&str> {
    request.lines().find_map(|line| line.strip_prefix("authorization: "))
}

fn key() -> Auth {
    let keys = "ada 2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"; // of `key`
    Auth::api_key(&Secret::new(keys), Place::Header("x-api-key")).expect("it is well formed")
}

fn last(backend: &Backend) -> Option<String> {
    shown(&backend.seen().pop().expect("it was asked")).map(str::to_owned)
}

#[test]
fn the_token_of_our_caller_goes_along_and_nothing_where_there_is_none() {
    let backend = steady(ok("\"a\""));
    block_on(async {
        let public = || service(vec![Auth::Public], client(forwarding(&backend)));
        for (headers, wanted) in [
            (&[("authorization", "Bearer theirs")][..], Some("Bearer theirs")),
            (&[("authorization", "bearer theirs")], Some("bearer theirs")),
            (&[], None),
            (&[("authorization", "Basic dTpw")], None),
            (&[("flow-caller-token", "Bearer sneaked")], None),
            (&[("flow-deadline", "9000"), ("authorization", "Bearer theirs")], Some("Bearer theirs")),
            (&[("authorization", "Bearer flow1.ours")], None),
            (&[("authorization", "Bearer flow1.ours"), ("flow-caller-token", "no token")], None),
        ] {
            assert_eq!(ask(public().await, headers).await.as_deref(), Ok("a"));
            assert_eq!(last(&backend).as_deref(), wanted, "{headers:?}");
        }
        let keyed = service(vec![key()], client(forwarding(&backend))).await;
        let headers = [("x-api-key", "key"), ("authorization", "Bearer theirs")];
        assert_eq!(ask(keyed, &headers).await.as_deref(), Ok("a"));
        assert_eq!(last(&backend).as_deref(), Some("Bearer theirs"));
        assert!(backend.seen().iter().all(|request| !request.contains("x-api-key")), "only the token does");
    });
}

#[test]
fn no_parameter_takes_its_place() {
    let backend = steady(ok("\"a\""));
    let client = client(forwarding(&backend));
    let token = http::HeaderValue::from_static("Bearer theirs");
    for (token, wanted) in [(Some(token), vec!["Bearer theirs"]), (None, vec![])] {
        let cx = context().with_token(token);
        let mut call = client.read("Erp.get", "GET");
        call.path("/x").header("Authorization", "Bearer sneaked");
        assert_eq!(block_on(call.answer(&cx, text)).as_deref(), Ok("a"));
        let request = backend.seen().pop().expect("it was asked");
        let shown = request.lines().filter_map(|line| line.strip_prefix("authorization: "));
        assert_eq!(shown.collect::<Vec<_>>(), wanted);
    }
}

#[test]
fn a_backend_that_is_not_to_see_it_does_not() {
    let backend = steady(ok("\"a\""));
    block_on(async {
        let service = service(vec![Auth::Public], client(patient(backend.url()))).await;
        assert_eq!(ask(service, &[("authorization", "Bearer theirs")]).await.as_deref(), Ok("a"));
    });
    assert!(!backend.seen().concat().contains("theirs"));
}

#[test]
fn what_services_show_each_other_goes_nowhere_but_the_token_of_their_caller_does() {
    let backend = steady(ok("\"a\""));
    block_on(async {
        let ours = || Auth::service(&service_keys());
        for (auth, hands_on, wanted) in [
            (vec![ours()], true, Some("Bearer theirs")),
            (vec![ours()], false, None),
            // It is shown where nobody asks for it, too.
            (vec![Auth::Public], true, Some("Bearer theirs")),
            (vec![Auth::Public], false, None),
        ] {
            let inner = service(auth, client(forwarding(&backend))).await;
            let to_inner = ClientSettings::service(inner, service_keys());
            let to_inner = Client::new("Stock", ClientSettings { hands_on, ..to_inner });
            let outer = service(vec![Auth::Public], to_inner.expect("no fault")).await;
            assert_eq!(ask(outer, &[("authorization", "Bearer theirs")]).await.as_deref(), Ok("a"));
            assert_eq!(last(&backend).as_deref(), wanted);
        }
    });
    assert!(!backend.seen().concat().contains("flow1."));
}

#[test]
fn no_answer_that_was_made_for_one_token_is_given_to_another() {
    let backend = steady(ok("\"a\""));
    let cache = Cache { keep: Duration::from_secs(60), stale: None, by: CacheBy::All, entries: 10 };
    let client = client(ClientSettings { cache: Some(cache), ..forwarding(&backend) });
    block_on(async {
        let url = service(vec![Auth::Public], client).await;
        for token in ["Bearer one", "Bearer two", "Bearer one"] {
            assert_eq!(ask(url.clone(), &[("authorization", token)]).await.as_deref(), Ok("a"));
        }
        assert!(ask(url.clone(), &[]).await.is_ok());
    });
    let shown: Vec<_> = backend.seen().iter().map(|request| shown(request).map(str::to_owned)).collect();
    assert_eq!(shown, [Some("Bearer one".to_owned()), Some("Bearer two".to_owned()), None]);
}

#[test]
fn a_redirect_takes_it_nowhere() {
    let elsewhere = steady(ok("\"stolen\""));
    let away = format!("HTTP/1.1 302 Found\r\nlocation: {}/x\r\ncontent-length: 0\r\n\r\n", elsewhere.url());
    let backend = steady(away);
    block_on(async {
        let service = service(vec![Auth::Public], client(forwarding(&backend))).await;
        assert!(ask(service, &[("authorization", "Bearer theirs")]).await.is_err());
    });
    assert_eq!((backend.seen().len(), elsewhere.connections()), (1, 0));
}
