//! The service that is tested: what a compiler could emit, small.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use flow_std::auth::{Auth, Place};
use flow_std::codec::{Decode, IntRule, Reader, Slot, Style, TextRule};
use flow_std::failure::{Failure, ProblemType};
use flow_std::http::{
    BodyKind, Caching, Cors, CorsSettings, Deprecation, Endpoint, Environment, Kept, LimitBy, LimitSettings,
    Limiter, Rate, Request, Response, Secret,
};
use flow_std::policy::{Cache, CacheBy};
use flow_std::{list, text};
use tokio::sync::Semaphore;

static ORDER_ID: TextRule = TextRule::new().of(1, 40);
static LIMIT: IntRule = IntRule::new().between(1, 100);

/// What a test sees of the operations, and how it holds them up.
pub struct Stage {
    /// The steps that an operation may still do.
    pub gate: Semaphore,
    /// Told which step begins.
    pub steps: Mutex<Option<mpsc::Sender<usize>>>,
    pub finished: AtomicUsize,
    pub dropped: AtomicUsize,
}

impl Stage {
    pub fn new() -> Arc<Stage> {
        Arc::new(Stage {
            gate: Semaphore::new(0),
            steps: Mutex::new(None),
            finished: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
        })
    }

    async fn step(&self, step: usize) {
        if let Some(steps) = &*self.steps.lock().expect("no test panics with it") {
            let _ = steps.send(step);
        }
        self.gate.acquire().await.expect("the gate is never closed").forget();
    }
}

/// Counts when it is dropped before the end.
struct Watch {
    stage: Arc<Stage>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stage.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

struct Item {
    sku: String,
    quantity: i64,
}

impl Decode for Item {
    fn decode(from: &mut Reader<'_>) -> Option<Item> {
        let (mut sku, mut quantity) = (Slot::Absent, Slot::Absent);
        from.object(&mut |from, name| match name {
            "sku" => from.set(name, &mut sku, |from| from.string_of(&ORDER_ID)),
            "quantity" => from.set(name, &mut quantity, |from| from.int_of(&LIMIT)),
            _ => from.unknown(name),
        })?;
        let sku = sku.required(from, "sku");
        let quantity = quantity.or(|| 1);
        Some(Item { sku: sku?, quantity: quantity? })
    }
}

fn endpoint<A>(
    method: &'static str,
    path: &'static str,
    answer: impl Fn(Request) -> A + Send + Sync + 'static,
) -> Endpoint
where
    A: Future<Output = Result<Response, Failure>> + Send + 'static,
{
    Endpoint {
        operation: "Shop.any",
        method,
        path,
        writes: method != "GET",
        deadline: Duration::from_secs(10),
        max_body: 2_000_000,
        body: BodyKind::None,
        auth: vec![Auth::Public],
        limit: None,
        cors: None,
        caching: Caching::Asked,
        degraded: None,
        deprecated: None,
        audit: None,
        promised: None,
        handler: Box::new(move |request| Box::pin(answer(request))),
    }
}

/// What is read of a list of parameters, as one text.
async fn order(mut request: Request) -> Result<Response, Failure> {
    let id = request.path("id").required(|from| from.string_of(&ORDER_ID));
    let limit = request.query("limit").or(|| 20, |from| from.int_of(&LIMIT));
    let tags = request.query("tag").list().optional(|from| from.list(|from| from.string()));
    let trace = request.header("x-trace").optional(|from| from.string());
    let context = request.finish()?;
    let (Some(id), Some(limit), Some(tags), Some(trace)) = (id, limit, tags, trace) else {
        return Err(Failure::internal("a fault was not recorded"));
    };
    context.degraded("rates");
    let text = format!("{id} {limit} {} {}", tags.unwrap_or_default().join("+"), trace.unwrap_or_default());
    Ok(Response::json(200, &text))
}

/// Reads parameters in the less usual styles.
async fn styled(mut request: Request) -> Result<Response, Failure> {
    let point = request.path("point").styled(Style::MatrixExploded).fields(&["x", "y"]);
    let point = point.required(|from| from.dict(|from| from.int()));
    let filter = request.query("filter").styled(Style::DeepObject).fields(&["a"]);
    let filter = filter.optional(|from| from.dict(|from| from.string()));
    let codes = request.query("codes").styled(Style::PipeDelimited).list();
    let codes = codes.or(Vec::new, |from| from.list(|from| from.int()));
    let data = request.query("data").json().optional(|from| from.list(|from| from.int()));
    let seen =
        request.cookie("seen").styled(Style::Form).list().optional(|from| from.list(|from| from.string()));
    let flags = request.header("x-flags").list().optional(|from| from.list(|from| from.bool()));
    request.finish()?;
    let all = format!("{point:?} {filter:?} {codes:?} {data:?} {seen:?} {flags:?}");
    Ok(Response::text(200, all.replace("Some", "")))
}

async fn place(mut request: Request) -> Result<Response, Failure> {
    let items = request.body(Item::decode);
    request.finish()?;
    let item = items.ok_or_else(|| Failure::internal("a fault was not recorded"))?;
    Ok(Response::json(201, &format!("{} x {}", item.quantity, item.sku)))
}

async fn keyed(mut request: Request) -> Result<Response, Failure> {
    let tenant = request.path("tenant").required(|from| from.string());
    request.limit_by(&tenant.unwrap_or_default()).await;
    request.finish()?;
    Ok(Response::empty(204))
}

/// Computes for longer than anybody waits, without a moment at which it could be dropped.
async fn endless(request: Request) -> Result<Response, Failure> {
    request.finish()?;
    let numbers: Vec<u64> = (0..1_000_000).collect();
    let count = list::count(&numbers, |one| list::any(&numbers, |other| one + other == u64::MAX));
    Ok(Response::json(200, &count))
}

/// Puts together more than there is room for.
async fn huge(request: Request) -> Result<Response, Failure> {
    request.finish()?;
    let letters = "a".repeat(100_000);
    Ok(Response::json(200, &text::replace(&letters, "a", &letters)))
}

async fn broken(request: Request) -> Result<Response, Failure> {
    request.finish()?;
    panic!("a mapping function is wrong about 4111-1111")
}

static OUT_OF_STOCK: ProblemType = ProblemType {
    name: "OutOfStock",
    status: 409,
    title: "Not enough stock",
    uri: "https://shop/problems/out-of-stock",
};

async fn sold_out(request: Request) -> Result<Response, Failure> {
    request.finish()?;
    Err(Failure::problem(&OUT_OF_STOCK).member("missing", &2_i64))
}

async fn stored(mut request: Request) -> Result<Response, Failure> {
    let bytes = request.binary_body().map(|bytes| bytes.as_slice().len());
    request.finish()?;
    Ok(Response::json(200, &i64::try_from(bytes.unwrap_or(0)).unwrap_or(0)))
}

async fn steps(stage: Arc<Stage>) -> Result<Response, Failure> {
    for step in 0..3 {
        stage.step(step).await;
    }
    stage.finished.fetch_add(1, Ordering::SeqCst);
    Ok(Response::empty(204))
}

async fn watched(stage: Arc<Stage>) -> Result<Response, Failure> {
    let watch = Watch { stage: Arc::clone(&stage) };
    stage.step(0).await;
    std::mem::forget(watch);
    Ok(Response::empty(204))
}

fn limiter(count: u32, burst: u32, by: LimitBy, at_once: Option<usize>) -> Option<Arc<Limiter>> {
    let rate = Some(Rate { count, per: Duration::from_secs(3_600) });
    Some(Arc::new(Limiter::new(LimitSettings { rate, burst: Some(burst), by, at_once })))
}

fn cors(origins: &str, headers: &'static [&'static str], credentials: bool) -> Option<Arc<Cors>> {
    let max_age = Duration::from_secs(600);
    let origins = vec![origins.to_owned()];
    let settings = CorsSettings { origins, headers, exposes: &["RateLimit"], credentials, max_age };
    Some(Arc::new(Cors::new(settings).expect("they are origins")))
}

async fn nothing(request: Request) -> Result<Response, Failure> {
    request.finish()?;
    Ok(Response::empty(204))
}

fn key() -> Auth {
    let keys = "jo 41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb"; // of `open sesame`
    Auth::api_key(&Secret::new(keys), Place::Header("x-api-key")).expect("it is well formed")
}

/// What pages of other origins may call, of three services in one bundle.
fn for_pages() -> Vec<Endpoint> {
    let shop = cors("https://shop.example.com", &["Content-Type", "X-Api-Key"], true);
    let admin = cors("https://admin.example.com", &[], false);
    vec![
        Endpoint {
            cors: shop.clone(),
            ..endpoint("GET", "/carts/{id}", |mut request: Request| async {
                request.path("id").required(|from| from.int());
                nothing(request).await
            })
        },
        Endpoint {
            cors: shop.clone(),
            auth: vec![key()],
            limit: limiter(1, 1, LimitBy::Caller, None),
            ..endpoint("POST", "/carts/{id}", |mut request: Request| async {
                request.path("id").required(|from| from.int());
                nothing(request).await
            })
        },
        Endpoint { cors: shop, ..endpoint("GET", "/broken-cart", broken) },
        Endpoint { cors: admin, ..endpoint("DELETE", "/carts/{cart}", nothing) },
        endpoint("PATCH", "/carts/{cart}", nothing),
        Endpoint { cors: cors("*", &[], false), ..endpoint("GET", "/open", nothing) },
    ]
}

pub fn endpoints(stage: &Arc<Stage>) -> Vec<Endpoint> {
    let mut all = for_pages();
    all.extend(for_caches());
    all.extend(usual(stage));
    all
}

/// What is kept by the service, and by those who ask.
fn for_caches() -> Vec<Endpoint> {
    let cache = Cache { keep: Duration::from_secs(3_600), stale: None, by: CacheBy::All, entries: 10 };
    let prices = Arc::new(Kept::new("Shop.prices", cache));
    let made = Arc::new(AtomicUsize::new(0));
    let kept = move |request: Request| {
        let (prices, made) = (Arc::clone(&prices), Arc::clone(&made));
        async move {
            let cx = request.finish()?;
            let steps = |_| async move { Ok(made.fetch_add(1, Ordering::SeqCst)) };
            let number = prices.get(&cx, "", steps).await?;
            Ok(Response::text(200, format!("price {number}")))
        }
    };
    let failing = |request: Request| async move {
        request.finish()?;
        Err(Failure::unavailable(""))
    };
    let mine = |request: Request| async move {
        request.finish()?;
        Ok(Response::text(200, "mine".to_owned()))
    };
    let all = Caching::All { vary: &["x-name", "cookie"] };
    vec![
        Endpoint { caching: all, ..endpoint("GET", "/prices", kept) },
        Endpoint { caching: all, ..endpoint("GET", "/failing-prices", failing) },
        Endpoint { caching: Caching::Own, auth: vec![key()], ..endpoint("GET", "/mine", mine) },
        Endpoint { caching: Caching::Own, ..endpoint("PUT", "/mine", mine) },
        Endpoint { caching: Caching::Never, ..endpoint("GET", "/secrets", mine) },
    ]
}

fn usual(stage: &Arc<Stage>) -> Vec<Endpoint> {
    let (a, b, c) = (Arc::clone(stage), Arc::clone(stage), Arc::clone(stage));
    let deprecated = Deprecation { since: "@1735689600", sunset: None, link: Some("https://shop/new") };
    let brief = Duration::from_millis(100);
    vec![
        Endpoint {
            operation: "Shop.order",
            degraded: Some("X-Degraded"),
            deprecated: Some(deprecated),
            ..endpoint("GET", "/v1/orders/{id}", order)
        },
        Endpoint {
            body: BodyKind::Json,
            audit: Some(&["order"]),
            ..endpoint("PUT", "/v1/orders/{order}", place)
        },
        Endpoint { body: BodyKind::Json, ..endpoint("POST", "/v1/orders", place) },
        endpoint("POST", "/v1/orders/{id}:cancel", |_| async { Ok(Response::empty(202)) }),
        Endpoint { body: BodyKind::Form(&[]), ..endpoint("POST", "/forms", place) },
        Endpoint { body: BodyKind::Binary, ..endpoint("POST", "/blobs", stored) },
        Endpoint { body: BodyKind::Multipart(&[]), ..endpoint("POST", "/parts", place) },
        endpoint("GET", "/styles/{point}", styled),
        Endpoint { deadline: Duration::from_millis(100), ..endpoint("GET", "/endless", endless) },
        endpoint("GET", "/huge", huge),
        endpoint("GET", "/broken", broken),
        endpoint("GET", "/sold-out", sold_out),
        endpoint("GET", "/large", |_| async { Ok(Response::text(200, "a".repeat(1_000_000))) }),
        Endpoint { body: BodyKind::Binary, ..endpoint("POST", "/steps", move |_| steps(Arc::clone(&a))) },
        endpoint("GET", "/watched", move |_| watched(Arc::clone(&b))),
        Endpoint { deadline: brief, ..endpoint("GET", "/slow", move |_| watched(Arc::clone(&c))) },
        endpoint("GET", "/brief", |_| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(Response::text(200, "done".to_owned()))
        }),
        Endpoint {
            auth: vec![Auth::token(&Secret::new("hush")), key()],
            limit: limiter(1, 2, LimitBy::Caller, None),
            audit: Some(&[]),
            ..endpoint("GET", "/private", |request: Request| async move {
                Ok(Response::text(200, request.context().caller().subject.clone()))
            })
        },
        Endpoint { limit: limiter(1, 1, LimitBy::Key, None), ..endpoint("GET", "/tenants/{tenant}", keyed) },
        Endpoint {
            limit: limiter(1_000_000, 1_000_000, LimitBy::All, Some(1)),
            ..endpoint("GET", "/one-at-a-time", {
                let stage = Arc::clone(stage);
                move |_| watched(Arc::clone(&stage))
            })
        },
    ]
}

/// For those who show certificates, and for everybody.
pub fn partners() -> Vec<Endpoint> {
    let way = |name| {
        let pem = std::fs::read_to_string(crate::tls::file(name)).expect("it is there");
        Auth::mtls(&pem).expect("it can be read")
    };
    let (partners, others) = (way("partners.pem"), way("others.pem"));
    let endpoint = |path, auth| Endpoint {
        auth,
        ..endpoint("GET", path, |request: Request| async move {
            Ok(Response::text(200, request.context().caller().subject.clone()))
        })
    };
    vec![
        endpoint("/partners", vec![partners.clone()]),
        endpoint("/others", vec![others]),
        endpoint("/either", vec![partners.clone(), key()]),
        endpoint("/anybody", vec![partners, Auth::Public]),
        endpoint("/open", vec![Auth::Public]),
    ]
}

/// The endpoints of the service when it is a process of its own.
pub fn configured(env: &mut Environment) -> Option<Vec<Endpoint>> {
    let (url, token) = (env.url("ERP_URL"), env.secret("ERP_TOKEN"));
    let partners = if env.is_set("PARTNERS") { partners() } else { Vec::new() };
    url.and(token).map(|_| endpoints(&Stage::new()).into_iter().chain(partners).collect())
}
