//! All that the program consists of that runs emitted services for a tester. The services are in one process, and answer
//! in it: each request of the tester meets services that have just started, in a time that stands still while anything
//! can go on, so that nobody waits and nothing depends on the machine.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tower_service::Service as _;

use super::caller::{Calling, read_caller};
use super::{Message, Values, begin, kind, tester};
use crate::failure::CallFailure;
use crate::http::{Environment, Limits, Service, Shell, router};

/// A service by the name of its host.
pub struct Served {
    pub host: &'static str,
    pub service: Service,
}

thread_local! {
    /// Those that answer here. All of it runs on one thread.
    static HERE: RefCell<Here> = RefCell::default();
}

#[derive(Default)]
struct Here {
    services: Vec<Served>,
    variables: BTreeMap<String, String>,
    /// Those that have been asked something since the request of the tester came.
    started: BTreeMap<String, Router>,
}

/// Answers the tester on stdin and stdout, until he goes.
pub fn serve(services: Vec<Served>) -> ExitCode {
    begin();
    HERE.with_borrow_mut(|here| here.services = services);
    loop {
        let Some(heard) = tester().and_then(|mut tester| tester.hear().ok()) else {
            return ExitCode::SUCCESS;
        };
        let reply = match heard.kind() {
            kind::ENVIRONMENT => {
                let variables = heard.header_pairs().iter().cloned().collect();
                HERE.with_borrow_mut(|here| here.variables = variables);
                continue;
            }
            kind::WHEN => when(&heard),
            other => broken(format!("`{other}` is not known here")),
        };
        if tester().is_none_or(|mut tester| tester.tell(&reply).is_err()) {
            return ExitCode::FAILURE;
        }
    }
}

fn broken(why: impl Into<String>) -> Message {
    Message::new(kind::BROKEN).word(why)
}

fn when(asked: &Message) -> Message {
    let given = |place| Some(asked.word_at(place).to_owned()).filter(|text| !text.is_empty());
    if let Some(mut tester) = tester() {
        tester.values = Values { now: given(3), today: given(4), uuid: given(5) };
    }
    HERE.with_borrow_mut(|here| here.started.clear());
    let mut request = Request::builder().method(asked.word_at(0)).uri(asked.word_at(1));
    for (name, value) in asked.header_pairs() {
        request = request.header(name, value);
    }
    if let Some(caller) = read_caller(asked.word_at(6)) {
        request = request.extension(Calling(Arc::new(caller)));
    }
    let Ok(request) = request.body(Full::new(Bytes::copy_from_slice(asked.body_bytes()))) else {
        return broken("that is no request");
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(answered(asked.word_at(2), request)),
        Err(error) => Err(format!("there is no thread: {error}")),
    };
    match ended {
        Ok(response) => {
            let media_type = response.headers().get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
            Message::new(kind::ENDED)
                .word(response.status().as_u16().to_string())
                .word(String::from_utf8_lossy(media_type))
                .body(response.body())
        }
        Err(why) => broken(why),
    }
}

/// Brings a request of one service to another one: to the host that it names.
pub(crate) async fn carry(request: Request<Full<Bytes>>) -> Option<Result<Response<Bytes>, CallFailure>> {
    drop(tester()?);
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    Some(answered(&host, request).await.map_err(CallFailure::Unreachable))
}

async fn answered(host: &str, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, String> {
    let mut router = started(host)?;
    let Ok(response) = router.call(request.map(Body::new)).await;
    let (head, body) = response.into_parts();
    match body.collect().await {
        Ok(body) => Ok(Response::from_parts(head, body.to_bytes())),
        // Its head has gone out already, so that a caller sees how it is cut off.
        Err(_) => {
            let mut cut_off = Response::new(Bytes::new());
            *cut_off.status_mut() = StatusCode::BAD_GATEWAY;
            Ok(cut_off)
        }
    }
}

fn started(host: &str) -> Result<Router, String> {
    if let Some(router) = HERE.with_borrow(|here| here.started.get(host).cloned()) {
        return Ok(router);
    }
    let router = HERE.with_borrow(|here| start(here, host))?;
    HERE.with_borrow_mut(|here| here.started.insert(host.to_owned(), router.clone()));
    Ok(router)
}

fn start(here: &Here, host: &str) -> Result<Router, String> {
    let of = here.services.iter().find(|of| of.host == host).ok_or("there is no such service")?;
    let variables = here.variables.clone();
    let mut env = Environment::new(move |name| variables.get(name).cloned());
    let endpoints = (of.service.endpoints)(&mut env);
    env.finish()?;
    let endpoints = endpoints.ok_or("the configuration cannot be used")?;
    Ok(router(endpoints, Shell::new("", Limits::default())))
}
