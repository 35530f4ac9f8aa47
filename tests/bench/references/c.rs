//! c: hyper's own connections on both sides, without axum and without a pool of somebody else. One runtime of one
//! thread, idle connections in a list of that thread, mimalloc, borrowed structs, sonic-rs.

mod borrowed;

use std::cell::RefCell;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;

use borrowed::{
    Activity, Checkout, CreatedOrder, Customer, CustomerRecord, Hold, Home, Lines, Order, Paid, Placed,
    Profile, Screen, ShortRecord,
};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{LocalSet, spawn_local};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Backend {
    address: SocketAddr,
    host: HeaderValue,
    idle: RefCell<Vec<SendRequest<Full<Bytes>>>>,
}

type Answer = Result<Response<Full<Bytes>>, StatusCode>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("BACKEND_URL")?;
    let host = url.strip_prefix("http://").ok_or("`BACKEND_URL` is no address")?;
    let backend = Rc::new(Backend { address: host.parse()?, host: host.parse()?, idle: RefCell::default() });
    let listener = TcpListener::bind(std::env::var("LISTEN")?).await?;
    LocalSet::new().run_until(serve(listener, backend)).await?;
    Ok(())
}

async fn serve(listener: TcpListener, backend: Rc<Backend>) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let backend = Rc::clone(&backend);
        spawn_local(async move {
            let service = service_fn(move |request| answer(Rc::clone(&backend), request));
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await; // it has ended
        });
    }
}

async fn answer(
    backend: Rc<Backend>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let answer = match routed(&backend, request).await {
        Ok(answer) => answer,
        Err(status) => {
            let mut answer = Response::new(Full::default());
            *answer.status_mut() = status;
            answer
        }
    };
    Ok(answer)
}

async fn routed(backend: &Backend, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().strip_prefix("/v1").ok_or(StatusCode::NOT_FOUND)?;
    let mut parts = path.split('/').skip(1);
    match (request.method(), parts.next(), parts.next(), parts.next()) {
        (&Method::GET, Some("customers"), Some(number), None) => customer(backend, number).await,
        (&Method::GET, Some("home"), Some(id), None) => home(backend, id).await,
        (&Method::GET, Some("screens"), Some(id), None) => screen(backend, id).await,
        (&Method::GET, Some("orders"), Some(number), Some("lines")) => lines(backend, number).await,
        (&Method::POST, Some("checkouts"), None, None) => {
            let body = request.into_body().collect().await.map_err(|_| StatusCode::BAD_REQUEST)?;
            checkout(backend, &body.to_bytes()).await
        }
        _ => Err(StatusCode::NOT_FOUND),
    }
}

impl Backend {
    async fn get(&self, path: &str, name: &str, rest: &str) -> Result<Bytes, StatusCode> {
        self.exchange(Method::GET, [path, name, rest].concat(), Bytes::new(), StatusCode::OK).await
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> Result<Bytes, StatusCode> {
        let body = sonic_rs::to_vec(body).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        self.exchange(Method::POST, path.to_owned(), body.into(), StatusCode::CREATED).await
    }

    async fn exchange(
        &self,
        method: Method,
        path: String,
        body: Bytes,
        good: StatusCode,
    ) -> Result<Bytes, StatusCode> {
        let mut request = Request::new(Full::new(body));
        request.headers_mut().insert(HOST, self.host.clone());
        if method == Method::POST {
            request.headers_mut().insert(CONTENT_TYPE, JSON);
        }
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
        let mut connection = self.connection().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
        let response = connection.send_request(request).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|_| StatusCode::BAD_GATEWAY)?.to_bytes();
        self.idle.borrow_mut().push(connection);
        match status {
            status if status == good => Ok(body),
            StatusCode::NOT_FOUND => Err(StatusCode::NOT_FOUND),
            _ => Err(StatusCode::BAD_GATEWAY),
        }
    }

    async fn connection(&self) -> Result<SendRequest<Full<Bytes>>, Box<dyn std::error::Error>> {
        while let Some(mut kept) = self.take() {
            if kept.ready().await.is_ok() {
                return Ok(kept);
            }
        }
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let (send, connection) = handshake(TokioIo::new(stream)).await?;
        spawn_local(connection);
        Ok(send)
    }

    fn take(&self) -> Option<SendRequest<Full<Bytes>>> {
        self.idle.borrow_mut().pop()
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, StatusCode> {
    sonic_rs::from_slice(bytes).map_err(|_| StatusCode::BAD_GATEWAY)
}

fn written(status: StatusCode, value: &impl Serialize, size: usize) -> Answer {
    let mut buffer = Vec::with_capacity(size);
    sonic_rs::to_writer(&mut buffer, value).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let mut response = Response::new(Full::new(Bytes::from(buffer)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    Ok(response)
}

async fn customer(backend: &Backend, number: &str) -> Answer {
    let bytes = backend.get("/customers/", number, "").await?;
    let record: CustomerRecord = read(&bytes)?;
    written(StatusCode::OK, &Customer::of(&record), 1024)
}

async fn home(backend: &Backend, id: &str) -> Answer {
    let (profile, orders, activities) = tokio::try_join!(
        backend.get("/profiles/", id, ""),
        backend.get("/recent-orders/", id, ""),
        backend.get("/activities/", id, ""),
    )?;
    let profile: Profile = read(&profile)?;
    let orders: Vec<Order> = read(&orders)?;
    let activities: Vec<Activity> = read(&activities)?;
    written(StatusCode::OK, &Home::of(&profile, &orders, &activities), 1024)
}

async fn lines(backend: &Backend, number: &str) -> Answer {
    let bytes = backend.get("/orders/", number, "/lines").await?;
    let lines = Lines(read(&bytes)?);
    written(StatusCode::OK, &lines, bytes.len())
}

async fn checkout(backend: &Backend, body: &[u8]) -> Answer {
    let checkout: Checkout = sonic_rs::from_slice(body).map_err(|_| StatusCode::BAD_REQUEST)?;
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

async fn screen(backend: &Backend, id: &str) -> Answer {
    let (record, orders) =
        tokio::try_join!(backend.get("/customers/", id, ""), backend.get("/recent-orders/", id, ""),)?;
    let record: ShortRecord = read(&record)?;
    let orders: Vec<Order> = read(&orders)?;
    written(StatusCode::OK, &Screen::of(&record, &orders), 512)
}
