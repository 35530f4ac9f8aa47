//! A service with an operation that says who calls.

use std::time::Duration;

use axum::body::Body;
use flow_std::auth::{Auth, JwtAlgorithm, JwtSettings};
use flow_std::http::{BodyKind, Caching, Endpoint, Limits, Request, Response, Shell, router};
use http_body_util::BodyExt;
use tower_service::Service as _;

pub const ALL: &[JwtAlgorithm] = &[
    JwtAlgorithm::Rs256,
    JwtAlgorithm::Rs384,
    JwtAlgorithm::Rs512,
    JwtAlgorithm::Ps256,
    JwtAlgorithm::Ps384,
    JwtAlgorithm::Ps512,
    JwtAlgorithm::Es256,
    JwtAlgorithm::Es384,
    JwtAlgorithm::Eddsa,
];

/// What is said of tokens, unless a test says something else.
pub fn settings(issuer: &str) -> JwtSettings {
    JwtSettings {
        issuer: issuer.to_owned(),
        audiences: vec!["orders".to_owned(), "shop".to_owned()],
        keys: Some(format!("{issuer}/keys")),
        algorithms: ALL.to_vec(),
        scopes: "scope".to_owned(),
        leeway: Duration::from_secs(30),
    }
}

pub struct Service {
    router: axum::Router,
}

/// What a request was answered with.
#[derive(Debug, PartialEq)]
pub struct Told {
    pub status: u16,
    pub challenges: Vec<String>,
    pub body: String,
}

impl Service {
    pub fn new(settings: JwtSettings) -> Service {
        let handler = |request: Request| -> flow_std::http::Answer {
            Box::pin(async move {
                let caller = request.context().caller();
                let text = format!("{} {:?} {}", caller.subject, caller.scopes, caller.claims.len());
                Ok(Response::text(200, text))
            })
        };
        let endpoint = Endpoint {
            operation: "Orders.get",
            method: "GET",
            path: "/orders",
            writes: false,
            deadline: Duration::from_secs(10),
            max_body: 1_000,
            body: BodyKind::None,
            auth: vec![Auth::jwt(settings).expect("the addresses are good")],
            caching: Caching::Asked,
            cors: None,
            limit: None,
            degraded: None,
            deprecated: None,
            audit: None,
            promised: None,
            handler: Box::new(handler),
        };
        let router = router(vec![endpoint], Shell::new("", Limits::default()));
        Service { router }
    }

    pub async fn shown(&self, token: &str) -> Told {
        self.asked(&[("authorization", &format!("Bearer {token}"))]).await
    }

    pub async fn asked(&self, headers: &[(&str, &str)]) -> Told {
        let mut request = http::Request::builder().uri("/orders");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect("a request that is well formed");
        let answer = self.router.clone().call(request).await.expect("a router does not fail");
        let challenges = answer.headers().get_all("www-authenticate").iter();
        let challenges = challenges.map(|value| value.to_str().unwrap_or_default().to_owned()).collect();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        Told { status, challenges, body: String::from_utf8_lossy(&body).into_owned() }
    }
}
