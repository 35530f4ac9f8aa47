//! Services of one project that call each other: whoever calls sees the same, be the other one in the same process or at
//! the other end of a connection. Each case is done both ways, with the real server at the other end.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use flow_std::auth::Auth;
use flow_std::client::{Client, ClientSettings};
use flow_std::codec::Decode;
use flow_std::failure::{CallFailure, Failure, ProblemType};
use flow_std::http::{
    BodyKind, Context, Endpoint, LimitBy, LimitSettings, Limiter, Limits, Rate, Repeat, Request, Response,
    Shell, arrived, live, router,
};
use flow_std::local::{self, LocalEndpoint};
use flow_std::outside::TcpListener;
use flow_std::{Caller, Json};

use super::backend::{Backend, answer, block_on, client, context_of, service_keys};

static OUT_OF_STOCK: ProblemType =
    ProblemType { name: "OutOfStock", status: 409, title: "Not enough stock", uri: "https://x.example/out" };

type Steps = fn(Context) -> Pin<Box<dyn Future<Output = Result<String, Failure>> + Send>>;

/// An operation, and how it is called.
#[derive(Clone, Copy)]
struct Case {
    steps: Steps,
    writes: bool,
    deadline: Duration,
    budget: Duration,
    limit: Option<LimitSettings>,
    calls: usize,
}

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(100);

fn case(steps: Steps) -> Case {
    Case { steps, writes: false, deadline: LONG, budget: LONG, limit: None, calls: 1 }
}

impl Case {
    fn limiter(&self) -> Option<Arc<Limiter>> {
        self.limit.map(|settings| Arc::new(Limiter::new(settings)))
    }

    /// How the last call ends with both in one process.
    async fn near(&self) -> Result<String, CallFailure> {
        let to = LocalEndpoint {
            operation: "Stock.get",
            writes: self.writes,
            repeat: Repeat::Unsafe,
            deadline: self.deadline,
            limit: self.limiter(),
            limit_key: None,
        };
        let mut end = Err(CallFailure::Timeout);
        for _ in 0..self.calls {
            end = local::call(&acting(self.budget), &to, self.steps).await;
        }
        end
    }

    /// How it ends over a connection.
    async fn far(&self) -> Result<String, CallFailure> {
        let client = self.serve().await;
        let mut end = Err(CallFailure::Timeout);
        for _ in 0..self.calls {
            let mut call = client.write("Stock.get", "POST");
            end = match call.path("/v1/stock").send(&acting(self.budget)).await {
                Ok(answer) if answer.status() == 200 => answer.json(String::decode, "Stock.get"),
                Ok(answer) => Err(answer.fail()),
                Err(failure) => Err(failure),
            };
        }
        end
    }

    async fn serve(&self) -> Client {
        let steps = self.steps;
        let handler = move |request: Request| {
            let answer: flow_std::http::Answer = Box::pin(async move {
                let text = steps(request.context().clone()).await?;
                Ok(Response::json(200, &text))
            });
            answer
        };
        let endpoint = Endpoint {
            operation: "Stock.get",
            method: "POST",
            path: "/v1/stock",
            writes: self.writes,
            deadline: self.deadline,
            max_body: 1_000,
            body: BodyKind::None,
            auth: vec![Auth::service(&service_keys())],
            limit: self.limiter(),
            cors: None,
            caching: flow_std::http::Caching::Asked,
            degraded: None,
            deprecated: None,
            handler: Box::new(handler),
        };
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let shell = Shell::new("", Limits::default());
        let service = router(vec![endpoint], shell.clone());
        tokio::spawn(live(listener, service, shell, std::future::pending()));
        let settings = ClientSettings::service(url, service_keys());
        let settings = ClientSettings { connect_timeout: LONG, ..settings };
        Client::new("Stock", settings).expect("settings without a fault")
    }
}

/// The request of somebody.
fn acting(budget: Duration) -> Context {
    let claims = [("tenant".to_owned(), Json::Number("7".into()))].into_iter().collect();
    let caller =
        Caller { subject: "ada".into(), scopes: vec!["a".into()], claims, service: Some("Web".into()) };
    Context::new("Orders.place", caller, arrived("r-1", ""), budget)
}

/// Both ends, for reads and for writes; they are the same.
fn ends(case: Case) -> Result<String, CallFailure> {
    let both = |case: Case| block_on(async { (case.near().await, case.far().await) });
    for writes in [true, false] {
        let (near, far) = both(Case { writes, ..case });
        assert_eq!(near, far, "writes: {writes}");
    }
    both(case).0
}

#[test]
fn a_value_and_who_has_called_for_whom() {
    let end = ends(case(|cx| {
        Box::pin(async move {
            assert!(cx.remaining() <= LONG);
            let Caller { subject, scopes, claims, service } = cx.caller();
            Ok(format!("{} {} {subject} {scopes:?} {claims:?} {service:?}", cx.operation(), cx.request().id))
        })
    }));
    let who = r#"ada ["a"] {"tenant": Number("7")} Some("Orders")"#;
    assert_eq!(end, Ok(format!("Stock.get r-1 {who}")));
}

#[test]
fn a_problem_with_all_that_is_told_of_it() {
    let end = ends(case(|_| {
        let missing = vec!["A-1".to_owned()];
        let failure =
            Failure::problem(&OUT_OF_STOCK).detail("2 of 3").member("missing", &missing).log("secret");
        Box::pin(async move { Err(failure) })
    }));
    let failure = end.expect_err("it is a problem");
    assert!(failure.is_problem(&OUT_OF_STOCK), "{failure:?}");
    let body = failure.answer().map(|answer| String::from_utf8_lossy(&answer.body).into_owned());
    assert!(body.is_some_and(|body| body.contains("A-1") && !body.contains("secret")));
}

#[test]
fn a_panic() {
    let end = ends(case(|_| Box::pin(async { panic!("a fault of ours") })));
    assert!(end.is_err_and(|failure| failure.is_status(500)));
}

#[test]
fn what_a_backend_did_wrong() {
    let late: Steps = |_| Box::pin(async { Err(Failure::from(CallFailure::Timeout)) });
    let rejected: Steps = |_| Box::pin(async { Err(CallFailure::Rejected { retry_after: Some(3) }.into()) });
    let malformed: Steps = |_| Box::pin(async { Err(CallFailure::malformed("is no JSON").into()) });
    for (steps, status) in [(late, 504), (rejected, 503), (malformed, 502)] {
        assert!(ends(case(steps)).is_err_and(|end| end.is_status(status)), "{status}");
    }
}

#[test]
fn whether_anything_may_have_been_done() {
    let nothing: Steps = |_| Box::pin(async { Err(Failure::internal("")) });
    let something: Steps = |cx| {
        Box::pin(async move {
            cx.wrote();
            Err(Failure::internal(""))
        })
    };
    let panicked: Steps = |cx| {
        Box::pin(async move {
            cx.wrote();
            panic!("a fault of ours")
        })
    };
    for (steps, has_done_nothing) in [(nothing, true), (something, false), (panicked, false)] {
        let failure = ends(case(steps)).expect_err("it has failed");
        assert_eq!((failure.is_status(500), failure.has_done_nothing()), (true, has_done_nothing));
    }
}

#[test]
fn the_deadline_of_the_one_that_is_called() {
    let end = ends(Case { deadline: SHORT, ..case(|_| Box::pin(std::future::pending())) });
    assert!(end.is_err_and(|failure| failure.is_status(504) && !failure.has_done_nothing()));
}

#[test]
fn the_deadline_of_the_one_that_calls() {
    let end = ends(Case { budget: SHORT, ..case(|_| Box::pin(std::future::pending())) });
    assert_eq!(end, Err(CallFailure::Timeout));
}

/// The answer of a service that ran out of the time that it was given can be there before our own timer is heard.
#[test]
fn an_answer_at_the_end_of_the_time_of_the_one_that_calls() {
    let late = Duration::from_millis(200);
    for (status, at_end, end) in [
        ("504 Gateway Timeout", true, Err(CallFailure::Timeout)),
        ("504 Gateway Timeout", false, Ok(504)),
        ("200 OK", true, Ok(200)),
    ] {
        let ((go, wait), (told, heard)) = (mpsc::channel(), mpsc::channel());
        let wait = Mutex::new(wait);
        let backend = Backend::new(move |mut connection| {
            if connection.request().is_some() {
                let _ = wait.lock().expect("no panic").recv();
                connection.write(answer(status, "application/json", "1").as_bytes());
                let _ = told.send(());
            }
        });
        let settings = ClientSettings::service(backend.url(), service_keys());
        let client = client(ClientSettings { connect_timeout: LONG, ..settings });
        let cx = context_of(late);
        let call = async { client.read("Stock.get", "GET").path("/v1/x").send(&cx).await };
        // The one thread of the test does nothing else while it waits: what has ended by then is found in one look.
        let meanwhile = async {
            while backend.seen().is_empty() {
                tokio::task::yield_now().await;
            }
            go.send(()).expect("the backend waits");
            heard.recv().expect("the backend answers");
            if at_end {
                std::thread::sleep(cx.remaining());
            }
        };
        let ended = block_on(async { tokio::join!(call, meanwhile).0 }).map(|answer| answer.status());
        assert_eq!(ended, end, "{status} {at_end}");
    }
}

#[test]
fn the_limit_of_the_one_that_is_called() {
    let rate = Some(Rate { count: 1, per: Duration::from_secs(3_600) });
    for by in [LimitBy::Caller, LimitBy::Address, LimitBy::All] {
        let limit = Some(LimitSettings { rate, burst: Some(1), by, at_once: None });
        let end = ends(Case { limit, calls: 2, ..case(|_| Box::pin(async { Ok("a".to_owned()) })) });
        assert!(end.is_err_and(|failure| failure.is_status(429)), "{by:?}");
    }
    let none = LimitSettings { rate: None, burst: None, by: LimitBy::All, at_once: Some(0) };
    let end = ends(Case { limit: Some(none), ..case(|_| Box::pin(async { Ok("a".to_owned()) })) });
    assert!(end.is_err_and(|failure| failure.is_status(503)));
}
