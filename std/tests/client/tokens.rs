//! Tokens of `oauth2`: how often the token server is asked, when, and what becomes of calls while there is none.

use std::sync::Mutex;
use std::time::Duration;

use flow_std::client::{Client, ClientSettings, CredentialsPlace, OAuth2, OutboundAuth};
use flow_std::failure::{CallFailure, Failure};
use flow_std::http::{Context, Secret};
use futures_util::future::join_all;
use tokio::time::{advance, pause, resume};

use super::backend::{Backend, Connection, answer, block_on, client, context, context_of, ok, patient};
use super::faults::{retry, steady, text};

/// A server that gives out `token-1`, `token-2` and so on, each good for as long.
pub fn giving(seconds: u32) -> Backend {
    counting(move |number| token(&format!("token-{number}"), seconds))
}

fn token(token: &str, seconds: u32) -> String {
    ok(&format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{seconds}}}"#))
}

/// A server that answers the first request with what is made of 1, and so on.
fn counting(make: impl Fn(usize) -> String + Send + Sync + 'static) -> Backend {
    let count = Mutex::new(0);
    Backend::new(move |mut connection| {
        while connection.request().is_some() {
            let number = {
                let mut count = count.lock().expect("no script panics with it");
                *count += 1;
                *count
            };
            connection.write(make(number).as_bytes());
        }
    })
}

/// A server that answers with these, one after the other, and then with the last one.
fn giving_each(answers: Vec<String>) -> Backend {
    counting(move |number| answers[(number - 1).min(answers.len() - 1)].clone())
}

/// A backend that takes the tokens of which the number is at least as high.
pub fn taking_from(least: usize) -> Backend {
    Backend::new(move |mut connection: Connection| {
        while let Some(request) = connection.request() {
            let number = shown(&request).and_then(|token| token.strip_prefix("token-")?.parse().ok());
            let is_taken = number.is_some_and(|number: usize| number >= least);
            let end = if is_taken { ok("\"a\"") } else { answer("401 Unauthorized", "text/plain", "") };
            connection.write(end.as_bytes());
        }
    })
}

fn shown(request: &str) -> Option<&str> {
    request.lines().find_map(|line| line.strip_prefix("authorization: Bearer "))
}

fn oauth2(url: String) -> OAuth2 {
    OAuth2 {
        token: url,
        client: "shop".to_owned(),
        secret: Secret::new("hush"),
        scopes: Vec::new(),
        audience: None,
        credentials: CredentialsPlace::InHeader,
    }
}

pub fn with(tokens: &Backend, backend: &Backend) -> Client {
    client(settings(tokens, backend))
}

fn settings(tokens: &Backend, backend: &Backend) -> ClientSettings {
    let auth = OutboundAuth::OAuth2(oauth2(format!("{}/token", tokens.url())));
    ClientSettings { auth, ..patient(backend.url()) }
}

async fn get(client: &Client, cx: &Context) -> Result<String, CallFailure> {
    client.read("Erp.get", "GET").path("/x").answer(cx, text).await
}

pub async fn many(client: &Client) {
    let cx = context();
    let ends = join_all((0..100).map(|_| get(client, &cx))).await;
    assert!(ends.iter().all(|end| end.as_deref() == Ok("a")), "{:?}", ends.iter().find(|end| end.is_err()));
}

/// Lets so much time go by, for which nothing waits.
async fn leap(time: Duration) {
    pause();
    advance(time).await;
    resume();
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Waits for what has to come, while everything else goes on.
async fn eventually(what: impl Fn() -> bool) {
    let came = async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(seconds(20), came).await.expect("it never came");
}

#[test]
fn s024_a_hundred_at_once_are_one_request_for_a_token() {
    let (tokens, backend) = (giving(3_600), taking_from(1));
    let client = with(&tokens, &backend);
    block_on(async {
        many(&client).await;
        assert_eq!(tokens.seen().len(), 1, "when there was none");
        many(&client).await;
        assert_eq!(tokens.seen().len(), 1, "while it is good");
        leap(seconds(3_571)).await;
        assert_eq!(client.token_left(), None, "it is not used up to its last moment");
        many(&client).await;
        assert_eq!(tokens.seen().len(), 2, "when it had run out");
    });
    assert!(backend.seen().iter().take(200).all(|request| shown(request) == Some("token-1")));
    assert!(backend.seen().iter().skip(200).all(|request| shown(request) == Some("token-2")));
}

#[test]
fn s024_a_token_is_renewed_while_it_still_serves() {
    let (free, freed) = std::sync::mpsc::channel::<()>();
    let freed = Mutex::new(freed);
    let tokens = counting(move |number| {
        if number == 2 {
            freed.lock().expect("no script panics with it").recv().expect("the test says when");
        }
        token(&format!("token-{number}"), 100)
    });
    let backend = taking_from(1);
    let client = with(&tokens, &backend);
    block_on(async {
        many(&client).await;
        leap(seconds(69)).await;
        many(&client).await;
        assert_eq!(tokens.seen().len(), 1, "it is early");
        leap(seconds(12)).await;
        // The server is asked, and does not answer yet.
        many(&client).await;
        eventually(|| tokens.seen().len() == 2).await;
        assert!(backend.seen().iter().all(|request| shown(request) == Some("token-1")));
        free.send(()).expect("it is waited for");
        eventually(|| client.token_left() > Some(seconds(50))).await;
        many(&client).await;
    });
    assert_eq!(
        backend.seen().last().and_then(|request| shown(request).map(str::to_owned)),
        Some("token-2".to_owned())
    );
    assert_eq!(tokens.seen().len(), 2);
}

#[test]
fn s024_a_call_that_is_not_let_in_is_sent_once_more_with_another_token() {
    let (tokens, backend) = (giving(3_600), taking_from(2));
    let client = with(&tokens, &backend);
    let cx = context();
    let end = block_on(client.write("Erp.do", "POST").path("/x").text("once").answer(&cx, text));
    assert_eq!(end.as_deref(), Ok("a"), "a write, too: nothing was done");
    let seen = backend.seen();
    assert_eq!(
        seen.iter().map(|request| shown(request)).collect::<Vec<_>>(),
        [Some("token-1"), Some("token-2")]
    );
    assert!(seen.iter().all(|request| request.ends_with("once")));
    assert_eq!(tokens.seen().len(), 2);
}

#[test]
fn s024_a_hundred_that_are_not_let_in_are_one_request_for_a_token() {
    let (tokens, backend) = (giving(3_600), taking_from(2));
    let client = with(&tokens, &backend);
    block_on(many(&client));
    assert_eq!(tokens.seen().len(), 2);
    assert!(backend.seen().len() <= 200);
}

#[test]
fn s024_whoever_is_never_let_in_is_told_so_and_asks_for_no_more_tokens() {
    let (tokens, backend) = (giving(3_600), taking_from(usize::MAX));
    let client = with(&tokens, &backend);
    block_on(async {
        for _ in 0..10 {
            let end = get(&client, &context()).await;
            assert!(end.as_ref().is_err_and(|failure| failure.is_status(401)), "{end:?}");
        }
        assert_eq!((tokens.seen().len(), backend.seen().len()), (2, 11), "one replay, and no loop");
        leap(seconds(11)).await;
        assert!(get(&client, &context()).await.is_err());
        assert_eq!((tokens.seen().len(), backend.seen().len()), (3, 13));
    });
}

#[test]
fn s024_without_a_token_calls_are_unavailable_and_the_token_server_has_its_rest() {
    let down = || answer("503 Service Unavailable", "text/plain", "");
    let tokens = giving_each(vec![down(), down(), down(), token("token-9", 60)]);
    let backend = taking_from(9);
    let client = client(ClientSettings { retry: Some(retry(3)), ..settings(&tokens, &backend) });
    block_on(async {
        for round in 1..=3 {
            let ends = join_all((0..100).map(|_| async { get(&client, &context()).await })).await;
            for end in ends {
                let failure = end.expect_err("there is no token");
                assert!(failure.is_unreachable() && failure.has_done_nothing(), "{failure}");
                assert_eq!(Failure::from(failure).status(), 503);
            }
            assert_eq!(tokens.seen().len(), round, "it is left alone");
            leap(seconds(4)).await;
        }
        many(&client).await;
    });
    assert_eq!((tokens.seen().len(), backend.seen().len()), (4, 100), "nothing was sent without one");
}

#[test]
fn s024_a_server_that_says_when_to_come_again_is_left_alone_until_then() {
    let later = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 50\r\ncontent-length: 0\r\n\r\n".to_owned();
    let (tokens, backend) = (giving_each(vec![later, token("token-1", 60)]), taking_from(1));
    let client = with(&tokens, &backend);
    block_on(async {
        assert!(get(&client, &context()).await.is_err());
        leap(seconds(49)).await;
        assert!(get(&client, &context()).await.is_err());
        assert_eq!(tokens.seen().len(), 1);
        leap(seconds(2)).await;
        assert!(get(&client, &context()).await.is_ok());
    });
}

#[test]
fn s024_a_token_that_cannot_be_renewed_serves_to_its_end() {
    let down = answer("500 Internal Server Error", "text/plain", "");
    let (tokens, backend) = (giving_each(vec![token("token-1", 100), down]), taking_from(1));
    let client = with(&tokens, &backend);
    block_on(async {
        many(&client).await;
        leap(seconds(85)).await;
        many(&client).await;
        eventually(|| tokens.seen().len() == 2).await;
        many(&client).await;
        leap(seconds(6)).await;
        assert!(get(&client, &context()).await.is_err(), "now it has run out");
    });
}

#[test]
fn s024_a_slow_server_costs_no_more_than_the_time_of_the_call() {
    let (free, freed) = std::sync::mpsc::channel::<()>();
    let freed = Mutex::new(freed);
    let tokens = counting(move |_| {
        freed.lock().expect("no script panics with it").recv().expect("the test says when");
        token("token-1", 60)
    });
    let backend = taking_from(1);
    let client = with(&tokens, &backend);
    block_on(async {
        let end = get(&client, &context_of(Duration::from_millis(50))).await;
        assert!(end.as_ref().is_err_and(CallFailure::is_unreachable), "{end:?}");
        free.send(()).expect("it is waited for");
        // Whoever hangs up does not keep the others from their token.
        many(&client).await;
    });
    assert_eq!(tokens.seen().len(), 1);
}

#[test]
fn s024_what_is_no_token_is_not_sent() {
    let json = |body: &str| ok(body);
    let nonsense = [
        answer("200 OK", "text/html", r#"{"access_token":"hush-1","expires_in":60}"#),
        answer("302 Found", "text/plain", "hush"),
        answer("201 Created", "application/json", r#"{"access_token":"hush-1","expires_in":60}"#),
        answer("401 Unauthorized", "application/json", r#"{"error":"invalid_client"}"#),
        answer("400 Bad Request", "application/json", r#"{"error":"hush"}"#),
        json("hush"),
        json("[]"),
        json("{}"),
        json(r#"{"access_token":"","expires_in":60}"#),
        json(r#"{"access_token":5,"expires_in":60}"#),
        json(r#"{"access_token":null,"expires_in":60}"#),
        json(r#"{"access_token":"hush\r\nx-a: b","expires_in":60}"#),
        json(r#"{"access_token":"hush hush","expires_in":60}"#),
        json("{\"access_token\":\"hush\u{e4}\",\"expires_in\":60}"),
        json(r#"{"access_token":"hush","expires_in":0}"#),
        json(r#"{"access_token":"hush","expires_in":-5}"#),
        json(r#"{"access_token":"hush","expires_in":"soon"}"#),
        json(r#"{"access_token":"hush","expires_in":"NaN"}"#),
        json(r#"{"access_token":"hush","expires_in":[]}"#),
        json(r#"{"access_token":"hush","token_type":"mac","expires_in":60}"#),
        json(&format!(r#"{{"access_token":"{}","expires_in":60}}"#, "x".repeat(70_000))),
        "hush hush\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\ncontent-type: application/json\r\n\r\n{\"access"
            .to_owned(),
    ];
    for answer in nonsense {
        let said = answer.clone();
        let tokens = Backend::new(move |mut connection| {
            connection.request();
            connection.write(said.as_bytes());
        });
        let backend = taking_from(0);
        let end = block_on(get(&with(&tokens, &backend), &context()));
        let failure = end.expect_err("that is no token");
        assert!(failure.is_unreachable(), "{failure} of {answer}");
        assert!(!format!("{failure} {failure:?}").contains("hush"), "{failure:?}");
        assert_eq!(backend.seen().len(), 0, "{answer}");
    }
}

#[test]
fn s024_a_token_is_good_for_as_long_as_is_believed() {
    let good = |told: &str| {
        let tokens = steady(ok(&format!(r#"{{"access_token":"token-1"{told}}}"#)));
        let backend = taking_from(1);
        let client = with(&tokens, &backend);
        block_on(async {
            assert_eq!(get(&client, &context()).await.as_deref(), Ok("a"), "{told}");
            let left = client.token_left().expect("it is good");
            left.as_secs() + 1
        })
    };
    let within = |left: u64, of: u64| assert!((of - 20..=of).contains(&left), "{left} of {of}");
    within(good(""), 270);
    within(good(r#","expires_in":null"#), 270);
    within(good(r#","expires_in":"3600""#), 3_570);
    within(good(r#","expires_in":3600.5,"token_type":"bearer""#), 3_571);
    within(good(r#","expires_in":9223372036854775807"#), 86_370);
    within(good(r#","expires_in":1e300"#), 86_370);
    within(good(r#","expires_in":100,"scope":["odd"],"more":{}"#), 90);
}

#[test]
fn a_request_for_a_token_says_what_was_settled() {
    let asked = |of: &dyn Fn(&mut OAuth2)| {
        let (tokens, backend) = (giving(60), taking_from(1));
        let mut own = oauth2(format!("{}/a/token/?p=b", tokens.url()));
        own.client = "the shop".to_owned();
        own.secret = Secret::new("h:u&s=h");
        of(&mut own);
        let settings = ClientSettings { auth: OutboundAuth::OAuth2(own), ..patient(backend.url()) };
        assert!(block_on(get(&client(settings), &context())).is_ok());
        let (seen, mut requests) = (backend.seen(), tokens.seen());
        assert!(seen.iter().all(|request| !request.contains("h:u") && !request.contains("aCUz")), "{seen:?}");
        requests.pop().expect("it was asked")
    };
    let request = asked(&|_| {});
    assert!(request.starts_with("POST /a/token/?p=b HTTP/1.1\r\n"), "{request}");
    // `the%20shop:h%3Au%26s%3Dh`
    assert!(request.contains("authorization: Basic dGhlJTIwc2hvcDpoJTNBdSUyNnMlM0Ro\r\n"), "{request}");
    assert!(request.contains("content-type: application/x-www-form-urlencoded\r\n"), "{request}");
    assert!(request.contains("accept: application/json\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\ngrant_type=client_credentials"), "{request}");
    let request = asked(&|own| {
        own.scopes = vec!["a:read".to_owned(), "b".to_owned()];
        own.audience = Some("urn:erp".to_owned());
        own.credentials = CredentialsPlace::InBody;
    });
    assert!(!request.contains("authorization"), "{request}");
    let form = "grant_type=client_credentials&scope=a%3Aread%20b&audience=urn%3Aerp&client_id=the%20shop&\
                client_secret=h%3Au%26s%3Dh";
    assert!(request.ends_with(&format!("\r\n\r\n{form}")), "{request}");
}

#[test]
fn a_token_for_renewing_is_used_as_long_as_it_is_taken() {
    let both = |token: &str, refresh: &str| {
        ok(&format!(r#"{{"access_token":"{token}","expires_in":60,"refresh_token":"{refresh}"}}"#))
    };
    let refused = answer("400 Bad Request", "application/json", r#"{"error":"invalid_grant"}"#);
    let answers = vec![
        both("token-1", "r-1"),
        token("token-2", 60),
        both("token-3", "r-3"),
        refused,
        token("token-4", 60),
    ];
    let (tokens, backend) = (giving_each(answers), taking_from(1));
    let client = with(&tokens, &backend);
    block_on(async {
        for _ in 0..4 {
            many(&client).await;
            leap(seconds(55)).await;
        }
    });
    let forms: Vec<String> = tokens
        .seen()
        .iter()
        .map(|request| request.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned())
        .collect();
    let (renew, fetch) = ("grant_type=refresh_token&refresh_token=", "grant_type=client_credentials");
    assert_eq!(
        forms,
        [
            fetch.to_owned(),
            format!("{renew}r-1"),
            format!("{renew}r-1"),
            format!("{renew}r-3"),
            fetch.to_owned(),
        ]
    );
}

#[test]
fn a_parameter_does_not_take_the_place_of_the_token() {
    let (tokens, backend) = (giving(60), taking_from(1));
    let client = with(&tokens, &backend);
    let mut call = client.read("Erp.get", "GET");
    call.path("/x").header("Authorization", "Bearer token-0");
    assert!(block_on(call.answer(&context(), text)).is_ok());
    assert!(
        backend
            .seen()
            .iter()
            .all(|request| shown(request) == Some("token-1") && !request.contains("token-0"))
    );
}

#[test]
fn a_redirect_takes_neither_secret_nor_token_elsewhere() {
    let elsewhere = steady(ok("\"stolen\""));
    let away = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {}/x\r\ncontent-length: 0\r\n\r\n",
        elsewhere.url()
    );
    let (tokens, backend) = (steady(away.clone()), taking_from(1));
    assert!(block_on(get(&with(&tokens, &backend), &context())).is_err());
    let (tokens, backend) = (giving(60), steady(away));
    let end = block_on(get(&with(&tokens, &backend), &context()));
    assert!(end.is_err_and(|failure| failure.is_status(307)));
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn a_secret_does_not_go_to_a_host_where_it_could_be_read_on_the_way() {
    let made = |url: &str| {
        let auth = OutboundAuth::OAuth2(oauth2(url.to_owned()));
        Client::new("Erp", ClientSettings { auth, ..ClientSettings::new("http://erp.example.com") }).map(drop)
    };
    for url in ["http://127.0.0.1:1/t", "http://[::1]/t", "http://localhost:8080/t", "http://idp.localhost/t"]
    {
        assert_eq!(made(url), Ok(()), "{url}");
    }
    for url in ["http://idp.example.com/t", "http://10.0.0.1/t", "http://localhost.example.com/t"] {
        let error = made(url).expect_err("it could be read");
        assert!(error.contains("must begin with `https://`"), "{error}");
    }
    for url in ["idp", "https://", "ftp://a/t", "https://u:hush@a/t", "https://a/t#b", "https://a/../t"] {
        let error = made(url).expect_err("that is no such address");
        assert!(error.starts_with("backend Erp: of its tokens, ") && !error.contains("hush"), "{error}");
    }
}
