//! The services of the shop over mocks of all the systems that they call: what the clients of the runtime send is what
//! the contracts say, they take what comes back, and what they have written is there afterwards.

use std::net::SocketAddr;
use std::path::Path;

use super::process::Mock;
use crate::services::process::Process;
use crate::services::run::client;
use crate::services::run::parts::{SYSTEMS, shared};
use crate::services::workspace;

const ORDER: &str = r#"{"customerId":"C000001","items":[{"sku":"A1","quantity":2}],"payment":{"kind":"card","token":"tok_1"}}"#;
const PERSON: &str = r#"{"firstName":"Grace","lastName":"Hopper","email":"grace@example.com","country":"US","newsletter":true}"#;

#[test]
fn services_work_on_mocks_of_their_systems() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let contracts: Vec<&str> = SYSTEMS.iter().map(|system| system.contract).collect();
    let mock = Mock::start(&project, &[contracts.as_slice(), &["--port", "0"]].concat());
    let mut environment = Vec::new();
    for (system, (url, _)) in SYSTEMS.iter().zip(&mock.served) {
        environment.push((system.url.to_owned(), url.clone()));
        let credentials = system.credentials.iter();
        environment.extend(credentials.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    }
    let shop = Process::start(workspace::shop(), "shop", &shared(&environment));
    let at = shop.address;
    assert!(
        ask(at, "GET /v1/customers/C000001", "")
            .contains("200 {\"id\":\"C000001\",\"name\":\"Ada Lovelace\"")
    );
    assert!(ask(at, "GET /v1/customers/C000002", "").starts_with("404 "));
    assert!(ask(at, "POST /v1/onboardings", PERSON).contains("201 {\"customerId\":\"C000002\""));
    assert!(
        ask(at, "GET /v1/customers/C000002", "")
            .contains("200 {\"id\":\"C000002\",\"name\":\"Grace Hopper\"")
    );
    let mallory = PERSON.replace("Grace", "Mallory");
    assert!(ask(at, "POST /v1/onboardings", &mallory).contains("EU-2023-14"));
    assert!(ask(at, "POST /v1/orders", ORDER).contains("201 {\"order\":{\"id\":\"SO-100002\""));
    let declined = ORDER.replace("tok_1", "tok_declined");
    assert!(ask(at, "POST /v1/orders", &declined).starts_with("402 "));
    let account = ask(at, "GET /v1/account/C000001", "");
    assert!(
        account.contains("SO-100002") && !account.contains("SO-100003"),
        "the second one is undone: {account}"
    );
    let told = mock.end();
    assert!(told.contains("DELETE /b7/SLS_ORD/SO-100003 204"), "{told}");
    let requests: Vec<&str> = told.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert!(requests.is_empty(), "{requests:?}");
}

/// Status and body.
fn ask(at: SocketAddr, line: &str, body: &str) -> String {
    let (method, target) = line.split_once(' ').expect("a method and a target");
    let key = if target.contains("/account/") { "key-of-ada" } else { "key-of-the-shop" };
    let once = format!("{target} {}", body.len());
    let mut headers = vec![("X-Api-Key", key)];
    if !body.is_empty() {
        headers.push(("Content-Type", "application/json"));
    }
    if target == "/v1/orders" {
        headers.push(("Idempotency-Key", &once));
    }
    let answer = client::ask(at, method, target, &headers, body);
    let answer = answer.unwrap_or_else(|fault| panic!("{line} has no answer: {fault}"));
    format!("{} {}", answer.status, answer.body)
}
