//! Asks the emitted services: a line of the input says which case is asked with which body, a line of the output what it
//! answered. It stands alone: it is built beside the services.

mod services;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use flow_std::http::{Environment, Limits, Shell};
use tower_service::Service;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let input = std::fs::read_to_string(&arguments[1]).expect("the input");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut output = Vec::new();
    runtime.block_on(async {
        let mut routers: Vec<(String, Router)> = Vec::new();
        for line in input.lines() {
            let (name, rest) = line.split_once('\t').expect("a service");
            if routers.iter().all(|(known, _)| known != name) {
                let mut environment = Environment::new(|name| std::env::var(name).ok());
                let shell = Shell::new("", Limits::default());
                let router = services::router(name, &mut environment, shell).expect("a service");
                routers.push((name.to_owned(), router));
            }
            let (_, router) = routers.iter_mut().find(|(known, _)| known == name).expect("it is there");
            let (case, body) = rest.split_once('\t').expect("a body");
            output.push(ask(router, case, body).await);
        }
    });
    std::fs::write(&arguments[2], output.join("\n")).expect("the output");
}

async fn ask(router: &mut Router, case: &str, body: &str) -> String {
    let request = Request::post(format!("/v1/{case}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_owned()))
        .expect("a request");
    let response = router.call(request).await.expect("an answer");
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1 << 24).await.expect("a body");
    format!("{status}\t{}", String::from_utf8_lossy(&body).replace('\n', "\\n"))
}
