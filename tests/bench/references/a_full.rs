//! a-full: what a team usually ships. axum's extractors, reqwest, owned structs, the usual layers of tower-http (trace with
//! a JSON log, request identifier, time-out, body limit, CORS) and Prometheus metrics by labels.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Path, Request, State};
use axum::http::{HeaderName, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use reqwest::Client;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tower::ServiceBuilder;
use tower_http::cors::CorsLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::Level;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[derive(Clone)]
struct App {
    client: Client,
    url: String,
    metrics: PrometheusHandle,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().json().with_max_level(Level::INFO).init();
    let app = App {
        client: Client::builder()
            .timeout(Duration::from_secs(20))
            .connect_timeout(Duration::from_millis(500))
            .build()?,
        url: std::env::var("BACKEND_URL")?,
        metrics: PrometheusBuilder::new().install_recorder()?,
    };
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(RequestBodyLimitLayer::new(1_000_000))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(20)))
        .layer(CorsLayer::permissive());
    let router = Router::new()
        .route("/v1/customers/{number}", get(customer))
        .route("/v1/home/{id}", get(home))
        .route("/v1/orders/{number}/lines", get(lines))
        .route("/v1/checkouts", post(checkout))
        .route("/v1/screens/{id}", get(screen))
        .route("/metrics", get(|State(app): State<App>| async move { app.metrics.render() }))
        .route_layer(middleware::from_fn(measured))
        .layer(layers)
        .with_state(app);
    let address: SocketAddr = std::env::var("LISTEN")?.parse()?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))), router)
        .await?;
    Ok(())
}

fn span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), uri = %request.uri(), request_id = %id)
}

async fn measured(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let method = request.method().to_string();
    let response = next.run(request).await;
    let labels = [("method", method), ("path", path), ("status", response.status().as_u16().to_string())];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_requests_duration_seconds", &labels).record(began.elapsed().as_secs_f64());
    response
}

/// What goes wrong, as RFC 9457 wants it.
struct Problem(StatusCode, &'static str);

#[derive(Serialize)]
struct ProblemBody {
    #[serde(rename = "type")]
    kind: &'static str,
    status: u16,
    title: &'static str,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Problem(status, title) = self;
        let body = ProblemBody { kind: "about:blank", status: status.as_u16(), title };
        (status, [("content-type", "application/problem+json")], Json(body)).into_response()
    }
}

impl From<reqwest::Error> for Problem {
    fn from(fault: reqwest::Error) -> Problem {
        tracing::warn!(%fault, "call failed");
        match fault.status() {
            Some(StatusCode::NOT_FOUND) => Problem(StatusCode::NOT_FOUND, "No such thing"),
            _ if fault.is_timeout() => Problem(StatusCode::GATEWAY_TIMEOUT, "The backend is too slow"),
            _ => Problem(StatusCode::BAD_GATEWAY, "The backend failed"),
        }
    }
}

impl App {
    async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T, Problem> {
        let response = self.client.get(format!("{}{path}", self.url)).send().await?.error_for_status()?;
        Ok(response.json().await?)
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Problem> {
        let request = self.client.post(format!("{}{path}", self.url)).json(body);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }
}

// ---- W1 ------------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct CustomerRecord {
    cust_no: String,
    first_nm: String,
    last_nm: String,
    birth_dt: String,
    email_addr: String,
    phone_no: String,
    segment_cd: String,
    created_ts: String,
    credit_lim: f64,
    balance_amt: f64,
    currency_cd: String,
    lang_cd: String,
    vat_no: String,
    mkt_flg: bool,
    visit_cnt: i64,
    street_nm: String,
    house_no: String,
    zip_cd: String,
    city_nm: String,
    ctry_cd: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Customer {
    id: String,
    name: Name,
    contact: Contact,
    tier: Tier,
    since: String,
    credit: Credit,
    language: String,
    vat_number: String,
    newsletter: bool,
    visits: i64,
    address: Address,
}

#[derive(Serialize)]
struct Name {
    first: String,
    last: String,
    born: String,
}

#[derive(Serialize)]
struct Contact {
    email: String,
    phone: String,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Tier {
    Gold,
    Silver,
    Basic,
}

#[derive(Serialize)]
struct Credit {
    limit: f64,
    balance: f64,
    currency: String,
}

#[derive(Serialize)]
struct Address {
    street: String,
    number: String,
    postcode: String,
    city: String,
    country: String,
}

async fn customer(State(app): State<App>, Path(number): Path<String>) -> Result<Json<Customer>, Problem> {
    let record: CustomerRecord = app.get(format!("/customers/{number}")).await?;
    Ok(Json(Customer {
        id: record.cust_no,
        name: Name { first: record.first_nm, last: record.last_nm, born: record.birth_dt },
        contact: Contact { email: record.email_addr, phone: record.phone_no },
        tier: tier(&record.segment_cd),
        since: record.created_ts,
        credit: Credit {
            limit: record.credit_lim,
            balance: record.balance_amt,
            currency: record.currency_cd,
        },
        language: record.lang_cd,
        vat_number: record.vat_no,
        newsletter: record.mkt_flg,
        visits: record.visit_cnt,
        address: Address {
            street: record.street_nm,
            number: record.house_no,
            postcode: record.zip_cd,
            city: record.city_nm,
            country: record.ctry_cd,
        },
    }))
}

fn tier(segment: &str) -> Tier {
    match segment {
        "A" => Tier::Gold,
        "B" => Tier::Silver,
        _ => Tier::Basic,
    }
}

// ---- W2 ------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Profile {
    name: String,
    tier: String,
    points: i64,
}

#[derive(Deserialize, Serialize)]
struct Order {
    id: String,
    status: String,
    total: f64,
}

#[derive(Deserialize, Serialize)]
struct Activity {
    text: String,
    at: String,
}

#[derive(Serialize)]
struct Home {
    name: String,
    tier: String,
    points: i64,
    orders: Vec<Order>,
    activity: Vec<Activity>,
}

async fn home(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Home>, Problem> {
    let (profile, orders, activities): (Profile, Vec<Order>, Vec<Activity>) = tokio::try_join!(
        app.get(format!("/profiles/{id}")),
        app.get(format!("/recent-orders/{id}")),
        app.get(format!("/activities/{id}")),
    )?;
    Ok(Json(Home {
        name: profile.name,
        tier: profile.tier,
        points: profile.points,
        orders: orders.into_iter().take(3).collect(),
        activity: activities.into_iter().take(5).collect(),
    }))
}

// ---- W3, W7 --------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct LineRecord {
    ln_no: i64,
    mat_no: String,
    mat_tx: String,
    qty: i64,
    unit_prc: f64,
    net_amt: f64,
    tax_pct: f64,
    whs_cd: String,
    dlv_dt: String,
    open_flg: bool,
}

#[derive(Serialize)]
struct Line {
    number: i64,
    sku: String,
    text: String,
    quantity: i64,
    price: f64,
    amount: f64,
    tax: f64,
    warehouse: String,
    delivery: String,
    open: bool,
}

impl From<LineRecord> for Line {
    fn from(record: LineRecord) -> Line {
        Line {
            number: record.ln_no,
            sku: record.mat_no,
            text: record.mat_tx,
            quantity: record.qty,
            price: record.unit_prc,
            amount: record.net_amt,
            tax: record.tax_pct,
            warehouse: record.whs_cd,
            delivery: record.dlv_dt,
            open: record.open_flg,
        }
    }
}

async fn lines(State(app): State<App>, Path(number): Path<String>) -> Result<Json<Vec<Line>>, Problem> {
    let records: Vec<LineRecord> = app.get(format!("/orders/{number}/lines")).await?;
    Ok(Json(records.into_iter().map(Line::from).collect()))
}

// ---- W4 ------------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Checkout {
    customer: String,
    currency: String,
    note: Option<String>,
    items: Vec<Item>,
    token: String,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Item {
    sku: String,
    quantity: i64,
}

impl Checkout {
    fn is_valid(&self) -> bool {
        let length = |text: &str, from, to| (from..=to).contains(&text.chars().count());
        length(&self.customer, 3, 20)
            && matches!(self.currency.as_str(), "EUR" | "USD")
            && (1..=50).contains(&self.items.len())
            && self.items.iter().all(|item| length(&item.sku, 3, 20) && (1..=1000).contains(&item.quantity))
            && length(&self.token, 8, 100)
    }
}

#[derive(Serialize)]
struct NewOrder {
    customer: String,
    currency: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    lines: Vec<Item>,
}

#[derive(Deserialize)]
struct CreatedOrder {
    id: String,
    total: f64,
    placed: String,
}

#[derive(Serialize)]
struct Reservation {
    order: String,
    lines: Vec<Item>,
}

#[derive(Serialize)]
struct Charge {
    order: String,
    amount: f64,
    token: String,
}

#[derive(Deserialize)]
struct Hold {
    id: String,
    expires: String,
}

#[derive(Deserialize)]
struct Paid {
    id: String,
    status: String,
}

#[derive(Serialize)]
struct Placed {
    id: String,
    total: f64,
    placed: String,
    hold: String,
    until: String,
    payment: String,
    paid: bool,
}

async fn checkout(
    State(app): State<App>,
    Json(checkout): Json<Checkout>,
) -> Result<(StatusCode, Json<Placed>), Problem> {
    if !checkout.is_valid() {
        return Err(Problem(StatusCode::BAD_REQUEST, "The body does not fit"));
    }
    let Checkout { customer, currency, note, items, token } = checkout;
    let new_order = NewOrder { customer, currency, note, lines: items.clone() };
    let order: CreatedOrder = app.post("/orders", &new_order).await?;
    let reservation = Reservation { order: order.id.clone(), lines: items };
    let charge = Charge { order: order.id.clone(), amount: order.total, token };
    let (hold, paid): (Hold, Paid) =
        tokio::try_join!(app.post("/holds", &reservation), app.post("/charges", &charge))?;
    let placed = Placed {
        id: order.id,
        total: order.total,
        placed: order.placed,
        hold: hold.id,
        until: hold.expires,
        payment: paid.id,
        paid: paid.status == "paid",
    };
    Ok((StatusCode::CREATED, Json(placed)))
}

// ---- W6 ------------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct ShortRecord {
    first_nm: String,
    last_nm: String,
    segment_cd: String,
    city_nm: String,
}

#[derive(Serialize)]
struct Screen {
    name: String,
    tier: Tier,
    city: String,
    orders: Vec<Order>,
}

async fn screen(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Screen>, Problem> {
    let (record, orders): (ShortRecord, Vec<Order>) =
        tokio::try_join!(app.get(format!("/customers/{id}")), app.get(format!("/recent-orders/{id}")),)?;
    Ok(Json(Screen {
        name: format!("{} {}", record.first_nm, record.last_nm),
        tier: tier(&record.segment_cd),
        city: record.city_nm,
        orders: orders.into_iter().take(3).collect(),
    }))
}
