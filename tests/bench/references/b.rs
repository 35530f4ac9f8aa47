//! b: what a good engineer tunes by hand. axum without middleware, hyper-util's client, mimalloc, borrowed structs, and
//! an answer written into one buffer. No log, no metrics, no time-outs, no limits.

use std::borrow::Cow;
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
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

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

// ---- W1 ------------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct CustomerRecord<'a> {
    #[serde(borrow)]
    cust_no: Cow<'a, str>,
    #[serde(borrow)]
    first_nm: Cow<'a, str>,
    #[serde(borrow)]
    last_nm: Cow<'a, str>,
    #[serde(borrow)]
    birth_dt: Cow<'a, str>,
    #[serde(borrow)]
    email_addr: Cow<'a, str>,
    #[serde(borrow)]
    phone_no: Cow<'a, str>,
    #[serde(borrow)]
    segment_cd: Cow<'a, str>,
    #[serde(borrow)]
    created_ts: Cow<'a, str>,
    credit_lim: f64,
    balance_amt: f64,
    #[serde(borrow)]
    currency_cd: Cow<'a, str>,
    #[serde(borrow)]
    lang_cd: Cow<'a, str>,
    #[serde(borrow)]
    vat_no: Cow<'a, str>,
    mkt_flg: bool,
    visit_cnt: i64,
    #[serde(borrow)]
    street_nm: Cow<'a, str>,
    #[serde(borrow)]
    house_no: Cow<'a, str>,
    #[serde(borrow)]
    zip_cd: Cow<'a, str>,
    #[serde(borrow)]
    city_nm: Cow<'a, str>,
    #[serde(borrow)]
    ctry_cd: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Customer<'a> {
    id: &'a str,
    name: Name<'a>,
    contact: Contact<'a>,
    tier: &'static str,
    since: &'a str,
    credit: Credit<'a>,
    language: &'a str,
    vat_number: &'a str,
    newsletter: bool,
    visits: i64,
    address: Address<'a>,
}

#[derive(Serialize)]
struct Name<'a> {
    first: &'a str,
    last: &'a str,
    born: &'a str,
}

#[derive(Serialize)]
struct Contact<'a> {
    email: &'a str,
    phone: &'a str,
}

#[derive(Serialize)]
struct Credit<'a> {
    limit: f64,
    balance: f64,
    currency: &'a str,
}

#[derive(Serialize)]
struct Address<'a> {
    street: &'a str,
    number: &'a str,
    postcode: &'a str,
    city: &'a str,
    country: &'a str,
}

async fn customer(State(backend): State<Arc<Backend>>, Path(number): Path<String>) -> Answer {
    let bytes = backend.get("/customers/", &number, "").await?;
    let record: CustomerRecord = read(&bytes)?;
    let customer = Customer {
        id: &record.cust_no,
        name: Name { first: &record.first_nm, last: &record.last_nm, born: &record.birth_dt },
        contact: Contact { email: &record.email_addr, phone: &record.phone_no },
        tier: match &*record.segment_cd {
            "A" => "gold",
            "B" => "silver",
            _ => "basic",
        },
        since: &record.created_ts,
        credit: Credit {
            limit: record.credit_lim,
            balance: record.balance_amt,
            currency: &record.currency_cd,
        },
        language: &record.lang_cd,
        vat_number: &record.vat_no,
        newsletter: record.mkt_flg,
        visits: record.visit_cnt,
        address: Address {
            street: &record.street_nm,
            number: &record.house_no,
            postcode: &record.zip_cd,
            city: &record.city_nm,
            country: &record.ctry_cd,
        },
    };
    written(StatusCode::OK, &customer, 1024)
}

// ---- W2 ------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Profile<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    tier: Cow<'a, str>,
    points: i64,
}

#[derive(Deserialize, Serialize)]
struct Order<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    total: f64,
}

#[derive(Deserialize, Serialize)]
struct Activity<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(borrow)]
    at: Cow<'a, str>,
}

#[derive(Serialize)]
struct Home<'a> {
    name: &'a str,
    tier: &'a str,
    points: i64,
    orders: &'a [Order<'a>],
    activity: &'a [Activity<'a>],
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
    let home = Home {
        name: &profile.name,
        tier: &profile.tier,
        points: profile.points,
        orders: &orders[..orders.len().min(3)],
        activity: &activities[..activities.len().min(5)],
    };
    written(StatusCode::OK, &home, 1024)
}

// ---- W3, W7 --------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct LineRecord<'a> {
    ln_no: i64,
    #[serde(borrow)]
    mat_no: Cow<'a, str>,
    #[serde(borrow)]
    mat_tx: Cow<'a, str>,
    qty: i64,
    unit_prc: f64,
    net_amt: f64,
    tax_pct: f64,
    #[serde(borrow)]
    whs_cd: Cow<'a, str>,
    #[serde(borrow)]
    dlv_dt: Cow<'a, str>,
    open_flg: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    number: i64,
    sku: &'a str,
    text: &'a str,
    quantity: i64,
    price: f64,
    amount: f64,
    tax: f64,
    warehouse: &'a str,
    delivery: &'a str,
    open: bool,
}

struct Lines<'a>(Vec<LineRecord<'a>>);

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for record in &self.0 {
            list.serialize_element(&Line {
                number: record.ln_no,
                sku: &record.mat_no,
                text: &record.mat_tx,
                quantity: record.qty,
                price: record.unit_prc,
                amount: record.net_amt,
                tax: record.tax_pct,
                warehouse: &record.whs_cd,
                delivery: &record.dlv_dt,
                open: record.open_flg,
            })?;
        }
        list.end()
    }
}

async fn lines(State(backend): State<Arc<Backend>>, Path(number): Path<String>) -> Answer {
    let bytes = backend.get("/orders/", &number, "/lines").await?;
    let lines = Lines(read(&bytes)?);
    written(StatusCode::OK, &lines, bytes.len())
}

// ---- W4 ------------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Checkout<'a> {
    #[serde(borrow)]
    customer: Cow<'a, str>,
    #[serde(borrow)]
    currency: Cow<'a, str>,
    #[serde(borrow)]
    note: Option<Cow<'a, str>>,
    #[serde(borrow)]
    items: Vec<Item<'a>>,
    #[serde(borrow)]
    token: Cow<'a, str>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Item<'a> {
    #[serde(borrow)]
    sku: Cow<'a, str>,
    quantity: i64,
}

impl Checkout<'_> {
    fn is_valid(&self) -> bool {
        let length = |text: &str, from, to| (from..=to).contains(&text.chars().count());
        length(&self.customer, 3, 20)
            && matches!(&*self.currency, "EUR" | "USD")
            && (1..=50).contains(&self.items.len())
            && self.items.iter().all(|item| length(&item.sku, 3, 20) && (1..=1000).contains(&item.quantity))
            && length(&self.token, 8, 100)
    }
}

#[derive(Serialize)]
struct NewOrder<'a> {
    customer: &'a str,
    currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    lines: &'a [Item<'a>],
}

#[derive(Deserialize)]
struct CreatedOrder<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    total: f64,
    #[serde(borrow)]
    placed: Cow<'a, str>,
}

#[derive(Serialize)]
struct Reservation<'a> {
    order: &'a str,
    lines: &'a [Item<'a>],
}

#[derive(Serialize)]
struct Charge<'a> {
    order: &'a str,
    amount: f64,
    token: &'a str,
}

#[derive(Deserialize)]
struct Hold<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    expires: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Paid<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
}

#[derive(Serialize)]
struct Placed<'a> {
    id: &'a str,
    total: f64,
    placed: &'a str,
    hold: &'a str,
    until: &'a str,
    payment: &'a str,
    paid: bool,
}

async fn checkout(State(backend): State<Arc<Backend>>, body: Bytes) -> Answer {
    let checkout: Checkout = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    if !checkout.is_valid() {
        return Err(StatusCode::BAD_REQUEST);
    }
    let Checkout { customer, currency, note, items, token } = &checkout;
    let order = NewOrder { customer, currency, note: note.as_deref(), lines: items };
    let order = backend.post("/orders", &order).await?;
    let order: CreatedOrder = read(&order)?;
    let reservation = Reservation { order: &order.id, lines: items };
    let charge = Charge { order: &order.id, amount: order.total, token };
    let (hold, paid) =
        tokio::try_join!(backend.post("/holds", &reservation), backend.post("/charges", &charge))?;
    let (hold, paid): (Hold, Paid) = (read(&hold)?, read(&paid)?);
    let placed = Placed {
        id: &order.id,
        total: order.total,
        placed: &order.placed,
        hold: &hold.id,
        until: &hold.expires,
        payment: &paid.id,
        paid: paid.status == "paid",
    };
    written(StatusCode::CREATED, &placed, 512)
}
