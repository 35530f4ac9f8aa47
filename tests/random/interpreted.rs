//! The same batch in process.

use std::path::Path;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use flow_std::http::{Environment, Limits, Shell, router};
use flowc::interp::{App, Code, STACK, endpoint};
use tower_service::Service;

/// Asks the program of a project; one line for each of the input.
pub fn ask(project: &Path, lines: &[String], backend: &str) -> Vec<String> {
    let program = flowc::cli::program(project).unwrap_or_else(|why| panic!("{why}"));
    let (lines, backend) = (lines.to_vec(), backend.to_owned());
    let asked = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut environment = Environment::new(move |name| match name {
                "BACK_URL" => Some(backend.clone()),
                "FLOW_STORE" => Some("memory:".to_owned()),
                "FLOW_SERVICE_KEY" => Some("a key of at least thirty-two bytes".to_owned()),
                name => std::env::var(name).ok(),
            });
            let all: Vec<usize> = (0..program.services.len()).collect();
            let app = App::read(Code::new(program), &mut environment, &all).expect("an app");
            let services = app.code.program.services.iter().enumerate();
            let ids =
                services.flat_map(|(at, of)| (0..of.operations.len()).map(move |operation| (at, operation)));
            let endpoints = ids.filter_map(|id| endpoint(&app, id)).collect();
            let mut router = router(endpoints, Shell::new("", Limits::default()));
            let mut seen = Vec::new();
            for line in &lines {
                let parts: Vec<&str> = line.splitn(3, '\t').collect();
                let request = Request::post(format!("/v1/{}", parts[1]))
                    .header("content-type", "application/json")
                    .body(Body::from(parts[2].to_owned()))
                    .expect("a request");
                let response = router.call(request).await.expect("an answer");
                let status = response.status().as_u16();
                let body = to_bytes(response.into_body(), 1 << 24).await.expect("a body");
                seen.push(format!("{status}\t{}", String::from_utf8_lossy(&body).replace('\n', "\\n")));
            }
            seen
        })
    });
    asked.expect("a thread").join().expect("no panic")
}
