//! The shop, twice: each service as a process of its own, and all of them in one. Whoever asks must not see which it is.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use super::backend::{Backend, Reply, empty, json};
use super::process::Process;
use super::run::client::Answer;
use super::run::parts::{SERVICES, kebab, shared, url_variable};
use super::run::standins::{self, Standins, Tell};
use super::{ask, workspace};

pub const ADA: &str = "key-of-ada";
pub const SHOP: &str = "key-of-the-shop";

/// One way to run the shop, over systems of its own.
pub struct Shop {
    pub standins: Standins,
    processes: BTreeMap<&'static str, Process>,
}

type Environment = Vec<(String, String)>;

/// Where the systems of others are, with some of them elsewhere than usual.
fn environment(standins: &Standins, elsewhere: &[(&str, &str)]) -> Environment {
    let mut environment = shared(&standins.environment);
    environment.extend(elsewhere.iter().map(|(name, url)| ((*name).to_owned(), (*url).to_owned())));
    environment
}

fn systems() -> Standins {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    standins::start(&project, Tell::Nothing).unwrap_or_else(|reason| panic!("{reason}"))
}

/// The lowest layer first, so that each service can be told where those below it are.
pub fn split(elsewhere: &[(&str, &str)]) -> Shop {
    let standins = systems();
    let mut environment = environment(&standins, elsewhere);
    let mut processes = BTreeMap::new();
    for name in SERVICES {
        let process = Process::start(workspace::shop(), &kebab(name), &environment);
        environment.push((url_variable(name), process.url()));
        processes.insert(*name, process);
    }
    Shop { standins, processes }
}

pub fn bundle(elsewhere: &[(&str, &str)]) -> Shop {
    let standins = systems();
    let process = Process::start(workspace::shop(), "shop", &environment(&standins, elsewhere));
    Shop { standins, processes: BTreeMap::from([("shop", process)]) }
}

impl Shop {
    pub fn address(&self, service: &str) -> SocketAddr {
        let process = self.processes.get(service).or_else(|| self.processes.get("shop"));
        process.unwrap_or_else(|| panic!("there is no {service}")).address
    }

    /// What comes back, and what the systems of others were asked for it, whatever was first.
    fn ask(&self, of: &Try) -> (Answer, Vec<String>) {
        self.standins.take_asked();
        let mut headers: Vec<(&str, &str)> = of.key.iter().map(|key| ("X-Api-Key", *key)).collect();
        headers.extend(of.headers);
        // Both ways to run the shop are asked the same.
        let once = format!("{} {}", of.body, of.headers.len());
        let key = once.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        if of.target == "/v1/orders" {
            headers.push(("Idempotency-Key", key.get(key.len().saturating_sub(250)..).unwrap_or_default()));
        }
        if !of.body.is_empty() && !of.headers.iter().any(|(name, _)| *name == "Content-Type") {
            headers.push(("Content-Type", "application/json"));
        }
        let answer = ask(self.address(of.service), of.method, of.target, &headers, of.body);
        let mut asked = self.standins.take_asked();
        asked.sort();
        if answer.status >= 400 {
            // When a read fails, those beside it are dropped, wherever they are.
            asked.retain(|line| !line.contains(" GET ") && !line.ends_with("/availability"));
        }
        (answer, asked)
    }
}

struct Try {
    service: &'static str,
    method: &'static str,
    target: &'static str,
    key: Option<&'static str>,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    status: u16,
    /// A part of the answer's body.
    says: &'static str,
}

const fn get(service: &'static str, target: &'static str, key: Option<&'static str>, status: u16) -> Try {
    Try { service, method: "GET", target, key, headers: &[], body: "", status, says: "" }
}

const fn post(
    service: &'static str,
    target: &'static str,
    body: &'static str,
    status: u16,
    says: &'static str,
) -> Try {
    Try { service, method: "POST", target, key: Some(SHOP), headers: &[], body, status, says }
}

pub const ORDER: &str = r#"{"customerId":"C000001","items":[{"sku":"A1","quantity":2}],"payment":{"kind":"card","token":"tok_1"}}"#;
pub const DECLINED: &str = r#"{"customerId":"C000001","items":[{"sku":"A1","quantity":2}],"payment":{"kind":"card","token":"tok_declined"}}"#;
pub const PERSON: &str =
    r#"{"firstName":"Grace","lastName":"Hopper","email":"grace@example.com","country":"US"}"#;

const TRIES: &[Try] = &[
    get("Customers", "/v1/customers/C000001", Some(SHOP), 200),
    get("Customers", "/v1/customers/C000001", Some(ADA), 200),
    get("Customers", "/v1/customers/C000002", Some(ADA), 403),
    get("Customers", "/v1/customers/C000001", None, 401),
    get("Customers", "/v1/customers/C000001", Some("wrong"), 401),
    get("Customers", "/v1/customers/C999999", Some(SHOP), 404),
    get("Customers", "/v1/customers/nobody", Some(SHOP), 400),
    get("Customers", "/v1/customers?tier=lead&limit=0", Some(SHOP), 400),
    get("Customers", "/v1/customers?tier=gold&limit=2", Some(SHOP), 200),
    get("Customers", "/v1/nowhere", Some(SHOP), 404),
    Try { method: "HEAD", ..get("Customers", "/v1/customers/C000001", Some(SHOP), 200) },
    Try { method: "PUT", ..get("Customers", "/v1/customers/C000001", Some(SHOP), 405) },
    post("Stock", "/v1/checks", r#"[{"sku":"B2","quantity":5}]"#, 200, "\"available\":3"),
    post("Stock", "/v1/checks", r#"[{"sku":"B2","quantity":0},{"sku":""}]"#, 400, "body[1].quantity"),
    post("Orders", "/v1/orders", ORDER, 201, "\"holdId\":\"H-7\""),
    post("Orders", "/v1/orders", DECLINED, 402, "The payment was declined"),
    post(
        "Orders",
        "/v1/orders",
        r#"{"customerId":"C999999","items":[],"payment":{"kind":"cash"}}"#,
        400,
        "body.payment.kind",
    ),
    post(
        "Orders",
        "/v1/orders",
        r#"{"customerId":"C999999","items":[{"sku":"A1","quantity":1}],"payment":{"kind":"debit","mandate":"M"}}"#,
        404,
        "No such thing",
    ),
    post(
        "Orders",
        "/v1/orders",
        r#"{"customerId":"C000001","items":[{"sku":"Z9","quantity":1}],"payment":{"kind":"debit","mandate":"M"}}"#,
        404,
        "No such thing",
    ),
    post(
        "Orders",
        "/v1/orders",
        r#"{"customerId":"C000001","items":[{"sku":"B2","quantity":9}],"payment":{"kind":"debit","mandate":"M"}}"#,
        409,
        "\"missing\":[{\"sku\":\"B2\"",
    ),
    post("Orders", "/v1/orders", "{", 400, "faults"),
    Try { headers: &[("Content-Type", "text/plain")], ..post("Orders", "/v1/orders", ORDER, 415, "") },
    Try { headers: &[("Flow-Deadline", "0")], ..post("Orders", "/v1/orders", ORDER, 504, "") },
    post("Onboarding", "/v1/onboardings", PERSON, 201, "\"greeted\":true"),
    post(
        "Onboarding",
        "/v1/onboardings",
        r#"{"firstName":"Mallory","lastName":"Moore","email":"mallory@example.com","country":"GB"}"#,
        422,
        "EU-2023-14",
    ),
    post(
        "Onboarding",
        "/v1/onboardings",
        r#"{"firstName":"","email":"x","country":"gb"}"#,
        400,
        "body.lastName",
    ),
    get("Profiles", "/v1/profiles/C000001", None, 401),
    get("MobileShop", "/v1/home/C000001", Some(ADA), 200),
    get("MobileShop", "/v1/home/C000002", Some(ADA), 403),
    get("WebShop", "/v1/account/C000001", Some(ADA), 200),
    get("WebShop", "/v1/account/C999999", Some(SHOP), 404),
    post("WebShop", "/v1/quotes", r#"{"items":[{"sku":"A1","quantity":3}]}"#, 200, "\"total\":37.5"),
    post("WebShop", "/v1/quotes", r#"{"items":[{"sku":"Z9","quantity":3}]}"#, 404, "No such thing"),
    post(
        "WebShop",
        "/v1/account/C000001/orders",
        r#"{"items":[{"sku":"A1","quantity":2}],"payment":{"kind":"debit","mandate":"M-1815"}}"#,
        201,
        "\"orderId\":\"SO-100002\"",
    ),
    post(
        "WebShop",
        "/v1/account/C000001/orders",
        r#"{"items":[{"sku":"A1","quantity":2}],"payment":{"kind":"card","token":"tok_declined"}}"#,
        402,
        "The payment was declined",
    ),
];

/// All headers but those that are of the moment.
fn lasting(answer: &Answer) -> Vec<&(String, String)> {
    let passing = ["date", "x-request-id", "ratelimit", "connection"];
    let mut lasting: Vec<_> =
        answer.headers.iter().filter(|(name, _)| !passing.contains(&name.as_str())).collect();
    lasting.sort();
    lasting
}

fn compare(split: &Shop, bundle: &Shop, tries: &[Try]) {
    for of in tries {
        let what = format!("{} {} {} {}", of.service, of.method, of.target, of.body);
        let ((apart, asked_apart), (one, asked_by_one)) = (split.ask(of), bundle.ask(of));
        assert_eq!(apart.status, of.status, "{what}: {}", apart.body);
        assert!(apart.body.contains(of.says), "{what}: {}", apart.body);
        assert_eq!((one.status, &one.body), (apart.status, &apart.body), "{what}");
        assert_eq!(lasting(&one), lasting(&apart), "{what}");
        assert_eq!(asked_by_one, asked_apart, "{what}");
    }
}

#[test]
fn a_bundle_does_what_the_services_do() {
    let (split, bundle) = (split(&[]), bundle(&[]));
    compare(&split, &bundle, TRIES);
    let large = format!("{{\"items\":[],\"x\":\"{}\"}}", "x".repeat(2 << 20));
    let headers = [("Content-Type", "application/json")];
    let answers =
        [&split, &bundle].map(|shop| ask(shop.address("WebShop"), "POST", "/v1/quotes", &headers, &large));
    assert_eq!((answers[0].status, &answers[0].body), (413, &answers[1].body));
}

/// The customer management does not answer, payments fail, the warehouse hangs up, and the mail is broken.
#[test]
fn a_bundle_fails_as_the_services_do() {
    let (crm, payments) = (Backend::start(|_| Reply::Never), Backend::start(|_| json(500, "{}")));
    let (stock, mail) = (Backend::start(|_| Reply::HangUp), Backend::start(|_| empty(503)));
    let elsewhere = [
        ("CRM_URL", crm.url.as_str()),
        ("ZAHL_URL", payments.url.as_str()),
        ("LAGER_URL", stock.url.as_str()),
        ("BRIEF_URL", mail.url.as_str()),
    ];
    let (split, bundle) = (split(&elsewhere), bundle(&elsewhere));
    compare(
        &split,
        &bundle,
        &[
            Try { says: "\"activity\":[]", ..get("MobileShop", "/v1/home/C000001", Some(ADA), 200) },
            post("Stock", "/v1/checks", r#"[{"sku":"B2","quantity":5}]"#, 502, "Bad gateway"),
            post("WebShop", "/v1/quotes", r#"{"items":[{"sku":"A1","quantity":3}]}"#, 502, "Bad gateway"),
            post("Orders", "/v1/orders", ORDER, 502, "Bad gateway"),
            post("Onboarding", "/v1/onboardings", PERSON, 502, "Bad gateway"),
        ],
    );
    let home = Try { says: "", ..get("MobileShop", "/v1/home/C000001", Some(ADA), 200) };
    assert_eq!(bundle.ask(&home).0.header("x-degraded"), Some("Profiles.activities"));
}

/// What was done before the failure is undone, in the systems of others.
#[test]
fn an_order_that_cannot_be_charged_leaves_nothing_behind() {
    let payments = Backend::start(|_| json(500, "{}"));
    let elsewhere = [("ZAHL_URL", payments.url.as_str())];
    for shop in [split(&elsewhere), bundle(&elsewhere)] {
        let (answer, asked) = shop.ask(&post("Orders", "/v1/orders", ORDER, 502, ""));
        assert_eq!(answer.status, 502, "{}", answer.body);
        for line in ["stock DELETE /v2/holds/H-7", "erp DELETE /b7/SLS_ORD/SO-100002"] {
            assert!(asked.iter().any(|asked| asked == line), "{line} is not in {asked:?}");
        }
        assert_eq!(payments.take().len(), 1, "a charge is no read: it is not tried twice");
    }
}

/// Sixty in a minute, and ten at once: whoever asks again and again is soon turned away.
#[test]
fn beyond_the_rate_nothing_is_asked() {
    for shop in [split(&[]), bundle(&[])] {
        let onboarding = post("Onboarding", "/v1/onboardings", PERSON, 201, "");
        let mut answers = (0..500).map(|_| shop.ask(&onboarding));
        let (answer, asked) = answers.find(|(answer, _)| answer.status != 201).expect("a 429");
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")));
        assert_eq!(asked, Vec::<String>::new());
    }
}
