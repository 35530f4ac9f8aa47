//! b: what a good engineer tunes by hand. axum without middleware, hyper-util's client, mimalloc, borrowed structs, and
//! an answer written into one buffer. No log, no metrics, no time-outs, no limits.

mod borrowed;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{Method, Request, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};

use borrowed::{
    Activity, Checkout, CreatedOrder, Customer, CustomerRecord, Hold, Home, Lines, Order, Paid, Placed,
    Profile, Screen, ShortRecord,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Backend {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let backend = Arc::new(Backend { client, url: std::env::var("BACKEND_URL")? });
    let router = Router::new()
        .route("/v1/customers/{number}", get(customer))
        .route("/v1/home/{id}", get(home))
        .route("/v1/orders/{number}/lines", get(lines))
        .route("/v1/checkouts", post(checkout))
        .route("/v1/screens/{id}", get(screen))
        .with_state(backend);
    let address: SocketAddr = std::env::var("LISTEN")?.parse()?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))), router)
        .await?;
    Ok(())
}

type Answer = Result<Response, StatusCode>;

impl Backend {
    async fn get(&self, path: &str, name: &str, rest: &str) -> Result<Bytes, StatusCode> {
        let url = [&self.url, path, name, rest].concat();
        self.exchange(Method::GET, url, Bytes::new(), StatusCode::OK).await
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> Result<Bytes, StatusCode> {
        let body = serde_json::to_vec(body).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        self.exchange(Method::POST, [&self.url, path].concat(), body.into(), StatusCode::CREATED).await
    }

    async fn exchange(
        &self,
        method: Method,
        url: String,
        body: Bytes,
        good: StatusCode,
    ) -> Result<Bytes, StatusCode> {
        let uri: Uri = url.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
        let mut request = Request::new(Full::new(body));
        if method == Method::POST {
            request.headers_mut().insert(CONTENT_TYPE, JSON);
        }
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let response = self.client.request(request).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
        match response.status() {
            status if status == good => {}
            StatusCode::NOT_FOUND => return Err(StatusCode::NOT_FOUND),
            _ => return Err(StatusCode::BAD_GATEWAY),
        }
        let body = response.into_body().collect().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
        Ok(body.to_bytes())
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, StatusCode> {
    serde_json::from_slice(bytes).map_err(|_| StatusCode::BAD_GATEWAY)
}

fn written(status: StatusCode, value: &impl Serialize, size: usize) -> Answer {
    let mut buffer = Vec::with_capacity(size);
    serde_json::to_writer(&mut buffer, value).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let mut response = Response::new(Body::from(buffer));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    Ok(response)
}

async fn customer(State(backend): State<Arc<Backend>>, Path(number): Path<String>) -> Answer {
    let bytes = backend.get("/customers/", &number, "").await?;
    let record: CustomerRecord = read(&bytes)?;
    written(StatusCode::OK, &Customer::of(&record), 1024)
}

async fn home(State(backend): State<Arc<Backend>>, Path(id): Path<String>) -> Answer {
    let (profile, orders, activities) = tokio::try_join!(
        backend.get("/profiles/", &id, ""),
        backend.get("/recent-orders/", &id, ""),
        backend.get("/activities/", &id, ""),
    )?;
    let profile: Profile = read(&profile)?;
    let orders: Vec<Order> = read(&orders)?;
    let activities: Vec<Activity> = read(&activities)?;
    written(StatusCode::OK, &Home::of(&profile, &orders, &activities), 1024)
}

async fn lines(State(backend): State<Arc<Backend>>, Path(number): Path<String>) -> Answer {
    let bytes = backend.get("/orders/", &number, "/lines").await?;
    let lines = Lines(read(&bytes)?);
    written(StatusCode::OK, &lines, bytes.len())
}

async fn checkout(State(backend): State<Arc<Backend>>, body: Bytes) -> Answer {
    let checkout: Checkout = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    if !checkout.is_valid() {
        return Err(StatusCode::BAD_REQUEST);
    }
    let order = backend.post("/orders", &checkout.order()).await?;
    let order: CreatedOrder = read(&order)?;
    let (reservation, charge) = (checkout.reservation(&order), checkout.charge(&order));
    let (hold, paid) =
        tokio::try_join!(backend.post("/holds", &reservation), backend.post("/charges", &charge))?;
    let (hold, paid): (Hold, Paid) = (read(&hold)?, read(&paid)?);
    written(StatusCode::CREATED, &Placed::of(&order, &hold, &paid), 512)
}

async fn screen(State(backend): State<Arc<Backend>>, Path(id): Path<String>) -> Answer {
    let (record, orders) =
        tokio::try_join!(backend.get("/customers/", &id, ""), backend.get("/recent-orders/", &id, ""),)?;
    let record: ShortRecord = read(&record)?;
    let orders: Vec<Order> = read(&orders)?;
    written(StatusCode::OK, &Screen::of(&record, &orders), 512)
}
