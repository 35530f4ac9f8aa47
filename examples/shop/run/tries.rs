//! What to try: printed as commands for curl, or run here to see that they give what they should.

use std::thread;
use std::time::{Duration, Instant};

use super::client;
use super::services::Services;
use super::standins::Standins;

const ADA: &str = "key-of-ada";
const SHOP: &str = "key-of-the-shop";

struct Try {
    /// What there is to see.
    about: &'static str,
    /// What it is sent under, where what is sent twice is done once.
    once: Option<&'static str>,
    service: &'static str,
    method: &'static str,
    target: &'static str,
    key: Option<&'static str>,
    body: Option<&'static str>,
    status: u16,
    /// A part of the answer.
    says: &'static str,
    /// What the systems of others are asked because of it, besides other things.
    asks: &'static [&'static str],
}

const TRIES: &[Try] = &[
    Try {
        about: "system: a customer, out of a record of the ERP with US dates and names in capitals",
        once: None,
        service: "Customers",
        method: "GET",
        target: "/v1/customers/C000001",
        key: Some(SHOP),
        body: None,
        status: 200,
        says: "\"since\":\"2024-01-31\"",
        asks: &["erp GET /b7/CUST_MSTR/C000001"],
    },
    Try {
        about: "system: what is missing in the warehouse",
        once: None,
        service: "Stock",
        method: "POST",
        target: "/v1/checks",
        key: Some(SHOP),
        body: Some(r#"[{"sku":"B2","quantity":5}]"#),
        status: 200,
        says: "\"available\":3",
        asks: &["stock POST /v2/availability"],
    },
    Try {
        about: "process: an order: validated, created, then reserved and charged at the same time",
        once: Some("order-1"),
        service: "Orders",
        method: "POST",
        target: "/v1/orders",
        key: Some(SHOP),
        body: Some(
            r#"{"customerId":"C000001","items":[{"sku":"A1","quantity":2}],"payment":{"kind":"card","token":"tok_1"}}"#,
        ),
        status: 201,
        says: "\"holdId\":\"H-7\"",
        asks: &["erp POST /b7/SLS_ORD", "stock POST /v2/holds", "payments POST /v1/charges"],
    },
    Try {
        about: "process: a card that is declined: the stock is released and the order cancelled",
        once: Some("order-2"),
        service: "Orders",
        method: "POST",
        target: "/v1/orders",
        key: Some(SHOP),
        body: Some(
            r#"{"customerId":"C000001","items":[{"sku":"A1","quantity":2}],"payment":{"kind":"card","token":"tok_declined"}}"#,
        ),
        status: 402,
        says: "The payment was declined",
        asks: &["stock DELETE /v2/holds/H-7", "erp DELETE /b7/SLS_ORD/SO-100002"],
    },
    Try {
        about: "process: a new customer in ERP and CRM, checked before and greeted afterwards",
        once: None,
        service: "Onboarding",
        method: "POST",
        target: "/v1/onboardings",
        key: Some(SHOP),
        body: Some(
            r#"{"firstName":"Grace","lastName":"Hopper","email":"grace@example.com","country":"US","newsletter":true}"#,
        ),
        status: 201,
        says: "\"customerId\":\"C000002\"",
        asks: &[
            "compliance POST /checks",
            "erp POST /b7/CUST_MSTR",
            "crm POST /api/contacts",
            "mail POST /messages",
        ],
    },
    Try {
        about: "process: somebody with whom one may not do business",
        once: None,
        service: "Onboarding",
        method: "POST",
        target: "/v1/onboardings",
        key: Some(SHOP),
        body: Some(
            r#"{"firstName":"Mallory","lastName":"Moore","email":"mallory@example.com","country":"GB"}"#,
        ),
        status: 422,
        says: "EU-2023-14",
        asks: &["compliance POST /checks"],
    },
    Try {
        about: "experience: the first screen of the phone, for the customer herself",
        once: None,
        service: "MobileShop",
        method: "GET",
        target: "/v1/home/C000001",
        key: Some(ADA),
        body: None,
        status: 200,
        says: "\"name\":\"Ada Lovelace\"",
        asks: &["crm GET /api/contacts/C000001/activities"],
    },
    Try {
        about: "experience: the screen of somebody else is none of her business",
        once: None,
        service: "MobileShop",
        method: "GET",
        target: "/v1/home/C000002",
        key: Some(ADA),
        body: None,
        status: 403,
        says: "403",
        asks: &[],
    },
    Try {
        about: "experience: the account page",
        once: None,
        service: "WebShop",
        method: "GET",
        target: "/v1/account/C000001",
        key: Some(ADA),
        body: None,
        status: 200,
        says: "\"total\":\"1249.90\"",
        asks: &["erp GET /b7/SLS_ORD?"],
    },
    Try {
        // The ERP has just told what a teapot costs, and need not be asked again.
        about: "experience: what a basket costs; anybody may ask",
        once: None,
        service: "WebShop",
        method: "POST",
        target: "/v1/quotes",
        key: None,
        body: Some(r#"{"items":[{"sku":"A1","quantity":3}]}"#),
        status: 200,
        says: "\"total\":37.5",
        asks: &["stock POST /v2/availability"],
    },
    Try {
        about: "experience: the checkout, through all three layers",
        once: None,
        service: "WebShop",
        method: "POST",
        target: "/v1/account/C000001/orders",
        key: Some(ADA),
        body: Some(r#"{"items":[{"sku":"A1","quantity":2}],"payment":{"kind":"debit","mandate":"M-1815"}}"#),
        status: 201,
        says: "\"orderId\":\"SO-100002\"",
        asks: &["payments POST /v1/charges"],
    },
];

/// The commands, for whoever sits in front of it.
pub fn print(services: &Services) {
    println!("\nTry, in another terminal:\n");
    for attempt in TRIES {
        let Ok(address) = services.address(attempt.service) else { continue };
        println!("# {} ({})", attempt.about, attempt.status);
        println!("{}\n", command(attempt, &format!("http://{address}")));
    }
    println!("Below is what the systems of others are asked. Ctrl-C ends everything.\n");
}

fn command(attempt: &Try, url: &str) -> String {
    let mut command = format!("curl -i {url}{}", attempt.target);
    if let Some(key) = attempt.key {
        command.push_str(&format!(" -H 'X-Api-Key: {key}'"));
    }
    if let Some(key) = attempt.once {
        command.push_str(&format!(" -H 'Idempotency-Key: {key}'"));
    }
    if let Some(body) = attempt.body {
        command.push_str(&format!(" -H 'Content-Type: application/json' \\\n  -d '{body}'"));
    }
    command
}

/// Runs all of them once, and shows what came of it.
pub fn check(services: &Services, standins: &Standins) -> Result<(), String> {
    let mut faults = 0;
    for attempt in TRIES {
        let address = services.address(attempt.service)?;
        println!("# {}\n{}", attempt.about, command(attempt, &format!("http://{address}")));
        standins.take_asked();
        match run(attempt, services, standins) {
            Ok(answer) => println!("{answer}\n"),
            Err(fault) => {
                faults += 1;
                println!("WRONG: {fault}\n");
            }
        }
    }
    if faults > 0 {
        return Err(format!("{faults} of {} went wrong", TRIES.len()));
    }
    println!(
        "All {} went as they should. (Stand-ins know the orders of their examples: each new one is SO-100002.)",
        TRIES.len()
    );
    Ok(())
}

/// The status and the body, if they are the right ones.
fn run(attempt: &Try, services: &Services, standins: &Standins) -> Result<String, String> {
    let mut headers: Vec<(&str, &str)> = attempt.key.iter().map(|key| ("X-Api-Key", *key)).collect();
    headers.extend(attempt.once.map(|key| ("Idempotency-Key", key)));
    if attempt.body.is_some() {
        headers.push(("Content-Type", "application/json"));
    }
    let (address, body) = (services.address(attempt.service)?, attempt.body.unwrap_or(""));
    let answer = client::ask(address, attempt.method, attempt.target, &headers, body);
    let answer = answer.map_err(|fault| format!("no answer: {fault}"))?;
    let shown = format!("{} {}", answer.status, answer.body);
    if answer.status != attempt.status {
        return Err(format!("{shown}\nwhere the status should be {}", attempt.status));
    }
    if !answer.body.contains(attempt.says) {
        return Err(format!("{shown}\nwhere it should say {}", attempt.says));
    }
    must_ask(attempt, standins).map_err(|fault| format!("{shown}\n{fault}"))?;
    Ok(shown)
}

/// Undoing may outlast the answer a little.
fn must_ask(attempt: &Try, standins: &Standins) -> Result<(), String> {
    let start = Instant::now();
    let mut asked = Vec::new();
    loop {
        asked.extend(standins.take_asked());
        let missing =
            attempt.asks.iter().find(|wanted| !asked.iter().any(|line: &String| line.starts_with(**wanted)));
        match missing {
            None => return Ok(()),
            Some(missing) if start.elapsed() > Duration::from_secs(3) => {
                return Err(format!("`{missing}` was not asked, only: {}", asked.join(", ")));
            }
            Some(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}
