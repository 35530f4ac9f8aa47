//! What callers ask for: the operations of the shop that take part, with the services that each goes through.

use std::time::Duration;

use crate::scenario::Request;

/// An operation of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// `Orders.place`: writes, with a key, all of it or nothing.
    Order,
    /// `WebShop.checkout`: the same, from a channel.
    Checkout,
    /// `WebShop.quote`: reads with a fan-out, and a cache that all callers share.
    Quote,
    /// `MobileShop.home`: reads side by side, one of which may fail.
    Home,
    /// `Onboarding.start`: writes one after the other, and letters that may fail.
    Onboarding,
}

/// Items that several baskets have: their products are in the cache when the second one asks.
pub const SHARED: &[&str] = &["TEAPOT", "CUP", "SPOON"];

impl Wish {
    /// The services that it needs, the first of which is asked, with how many stand before that which asks a system.
    pub fn services(self) -> &'static [&'static str] {
        match self {
            Wish::Order => &["orders", "customers", "sales", "stock", "payments", "compliance"],
            Wish::Checkout => {
                &["web-shop", "orders", "customers", "sales", "stock", "payments", "compliance"]
            }
            Wish::Quote => &["web-shop", "orders", "sales", "stock"],
            Wish::Home => &["mobile-shop", "profiles", "customers", "contacts", "orders", "sales"],
            Wish::Onboarding => &["onboarding", "compliance", "customers", "contacts", "mail"],
        }
    }

    /// How many services hand it on, when each is on a host of its own.
    pub fn layers(self) -> u32 {
        match self {
            Wish::Order | Wish::Onboarding => 1,
            Wish::Checkout | Wish::Quote | Wish::Home => 2,
        }
    }

    /// What the operation says of itself.
    pub fn deadline(self) -> Duration {
        match self {
            Wish::Order | Wish::Checkout => Duration::from_secs(12),
            Wish::Quote => Duration::from_secs(10),
            Wish::Home => Duration::from_secs(4),
            Wish::Onboarding => Duration::from_secs(7),
        }
    }

    /// Whether the same request may come again, and is the same then.
    pub fn is_repeatable(self) -> bool {
        match self {
            Wish::Order | Wish::Quote | Wish::Home => true,
            Wish::Checkout | Wish::Onboarding => false,
        }
    }

    /// Whether it only reads, and ends with its caller.
    pub fn is_read(self) -> bool {
        matches!(self, Wish::Quote | Wish::Home)
    }

    /// Method, address and body of the request that is `number`.
    pub fn request(self, number: usize, request: &Request) -> (&'static str, String, String) {
        let (id, items) = (format!("C{number:06}"), self.items(number, request));
        let payment = format!(r#"{{"kind":"card","token":"tok_{number}"}}"#);
        match self {
            Wish::Order => {
                let body = format!(r#"{{"customerId":"{id}","items":[{items}],"payment":{payment}}}"#);
                ("POST", "/v1/orders".to_owned(), body)
            }
            Wish::Checkout => {
                let body = format!(r#"{{"items":[{items}],"payment":{payment}}}"#);
                ("POST", format!("/v1/account/{id}/orders"), body)
            }
            Wish::Quote => ("POST", "/v1/quotes".to_owned(), format!(r#"{{"items":[{items}]}}"#)),
            Wish::Home => ("GET", format!("/v1/home/{id}"), String::new()),
            Wish::Onboarding => {
                let newsletter = request.quantity % 2 == 0;
                let body = format!(
                    r#"{{"firstName":"N{number}","lastName":"Doe","email":"n{number}@example.com","country":"PT","newsletter":{newsletter}}}"#
                );
                ("POST", "/v1/onboardings".to_owned(), body)
            }
        }
    }

    fn items(self, number: usize, request: &Request) -> String {
        let item = |sku: &str| format!(r#"{{"sku":"{sku}","quantity":{}}}"#, request.quantity);
        let own = |place| item(&format!("P{number}X{place}"));
        let items: Vec<String> = match self {
            // The first one says whose basket it is.
            Wish::Quote => std::iter::once(own(0)).chain(SHARED.iter().map(|sku| item(sku))).collect(),
            Wish::Order | Wish::Checkout | Wish::Home | Wish::Onboarding => {
                (0..request.items).map(own).collect()
            }
        };
        items.join(",")
    }
}
