//! What the shop consists of: its services, and the systems of others around it.

use std::fs;
use std::path::Path;

use flowc::contract::{ReadFault, load};
use flowc::source::Sources;
use flowc::standin::{self, Answer, Found, Request};

/// As they are called in `src/`, the lowest layer first.
pub const SERVICES: &[&str] = &[
    "Customers",
    "Sales",
    "Stock",
    "Payments",
    "Contacts",
    "Mail",
    "Compliance",
    "Orders",
    "Onboarding",
    "Profiles",
    "MobileShop",
    "WebShop",
];

/// Name and SHA-256 of each key that is accepted: `printf %s key-of-ada | sha256sum`. Ada is a customer, and may
/// see what is hers; the key of the shop may see everything.
pub const KEYS: &str = "\
C000001 5532e44183f47ed1fc146851b96d585c24da5bd5fe31a885cebc357261ed8f7f
shop d0ddc66349f3b4f5e52d479167db0408480e105b7813f91ffc99be06f9c63ffb
";

/// `MobileShop` is `mobile-shop`.
pub fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
    }
    kebab
}

/// Where a service is told of another one: `MOBILE_SHOP_URL`.
pub fn url_variable(name: &str) -> String {
    kebab(name).replace('-', "_").to_uppercase() + "_URL"
}

/// What all services are told, beside where everybody is.
pub fn shared(systems: &[(String, String)]) -> Vec<(String, String)> {
    let mut environment = systems.to_vec();
    environment.push(("SHOP_KEYS".into(), KEYS.into()));
    environment.push(("FLOW_SERVICE_KEY".into(), "a key of the services of the shop".into()));
    environment
}

/// A system of others, and how `src/backends.flow` asks the environment for it.
pub struct System {
    pub name: &'static str,
    pub contract: &'static str,
    pub url: &'static str,
    pub credentials: &'static [(&'static str, &'static str)],
    /// The header that every request has to carry, and its value.
    pub wants: Option<(&'static str, &'static str)>,
}

pub const SYSTEMS: &[System] = &[
    System {
        name: "erp",
        contract: "contracts/erp.json",
        url: "ERP_URL",
        credentials: &[("ERP_KEY", "key-for-the-erp")],
        wants: Some(("b7-key", "key-for-the-erp")),
    },
    System {
        name: "crm",
        contract: "contracts/crm.yaml",
        url: "CRM_URL",
        credentials: &[("CRM_KEY", "key-for-the-crm")],
        wants: Some(("x-crm-key", "key-for-the-crm")),
    },
    System {
        name: "stock",
        contract: "contracts/stock.json",
        url: "LAGER_URL",
        credentials: &[],
        wants: Some(("x-client", "shop")),
    },
    System {
        name: "payments",
        contract: "contracts/payments.yaml",
        url: "ZAHL_URL",
        credentials: &[("ZAHL_TOKEN", "token-for-payments")],
        wants: Some(("authorization", "Bearer token-for-payments")),
    },
    System {
        name: "mail",
        contract: "contracts/mail.yaml",
        url: "BRIEF_URL",
        credentials: &[("BRIEF_USER", "shop"), ("BRIEF_PASSWORD", "password-for-mail")],
        wants: Some(("authorization", "Basic c2hvcDpwYXNzd29yZC1mb3ItbWFpbA==")),
    },
    System {
        name: "compliance",
        contract: "contracts/compliance.yaml",
        url: "PRUEF_URL",
        credentials: &[],
        wants: None,
    },
];

/// What a system answers, from its contract.
pub struct Contracted {
    /// The path of the contract's first server: `/b7` of `https://erp.example.com/b7`.
    pub base: String,
    pub answers: Vec<Answer>,
}

impl Contracted {
    pub fn read(project: &Path, system: &System) -> Result<Contracted, String> {
        let mut read =
            |path: &str| fs::read(project.join(path)).map_err(|fault| ReadFault::Other(fault.to_string()));
        let found = load(&mut Sources::default(), system.contract, &mut read);
        let mut contract = found
            .map_err(|faults| faults.iter().map(|fault| fault.message.to_string()).collect::<String>())?;
        let url = contract.servers().first().map_or("", |server| server.url.as_str());
        let behind_host = url.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
        let base =
            behind_host.map_or_else(String::new, |(_, path)| format!("/{}", path.trim_end_matches('/')));
        Ok(Contracted { base, answers: standin::answers(&mut contract) })
    }

    /// None where the contract has another base path.
    pub fn find(&self, method: &str, target: &str, body: &[u8]) -> Option<Found<'_>> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.strip_prefix(&self.base)?;
        Some(standin::find(&self.answers, &Request { method, path, query, body }))
    }
}
