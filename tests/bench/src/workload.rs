//! What is asked of the services.

use std::time::Duration;

use crate::documents;
use crate::load::Ask;

pub struct Workload {
    pub name: &'static str,
    /// What it is, for those who read the table.
    pub about: &'static str,
    /// The emitted service that does it.
    pub service: &'static str,
    /// The services in the flow that it is of.
    pub services: &'static str,
    pub method: Method,
    /// How many callers there are where each waits for its answer.
    pub callers: usize,
    /// How many requests a second there are where nobody waits.
    pub rate: f64,
    /// For how many requests instructions are counted.
    pub counted: usize,
    /// How long the systems behind take.
    pub delay: Duration,
}

pub enum Method {
    Get(&'static str),
    Checkout,
}

impl Workload {
    pub fn ask(&self) -> Ask {
        match self.method {
            Method::Get(path) => Ask::get(path),
            Method::Checkout => Ask::post("/v1/checkouts", &documents::checkout()),
        }
    }
}

pub const ALL: &[Workload] = &[
    Workload {
        name: "W1",
        about: "a system API: one call, 20 fields renamed and put into another shape",
        service: "customers",
        services: "Customers",
        method: Method::Get("/v1/customers/C000042"),
        callers: 32,
        rate: 2000.0,
        counted: 300,
        delay: Duration::ZERO,
    },
    Workload {
        name: "W2",
        about: "an experience API: three calls at once, merged and trimmed",
        service: "mobile",
        services: "Mobile",
        method: Method::Get("/v1/home/C000042"),
        callers: 32,
        rate: 1000.0,
        counted: 200,
        delay: Duration::ZERO,
    },
    Workload {
        name: "W3",
        about: "a list of 1,000 order lines (250 kB), every element mapped",
        service: "lines",
        services: "Lines",
        method: Method::Get("/v1/orders/short/lines"),
        callers: 8,
        rate: 50.0,
        counted: 20,
        delay: Duration::ZERO,
    },
    Workload {
        name: "W4",
        about: "a process API: a checked body, an order created, then goods reserved and money charged at once",
        service: "checkouts",
        services: "Checkouts",
        method: Method::Checkout,
        callers: 32,
        rate: 1000.0,
        counted: 200,
        delay: Duration::ZERO,
    },
    Workload {
        name: "W5",
        about: "W2 with systems that take 20 ms: how late the answer is",
        service: "mobile",
        services: "Mobile",
        method: Method::Get("/v1/home/C000042"),
        callers: 32,
        rate: 200.0,
        counted: 50,
        delay: Duration::from_millis(20),
    },
    Workload {
        name: "W6",
        about: "three layers (a mobile screen through a process through two systems) in one executable, as four services, \
                and as one service that does it all",
        service: "layers",
        services: "Customers,Sales,Overviews,Screens",
        method: Method::Get("/v1/screens/C000042"),
        callers: 32,
        rate: 1000.0,
        counted: 200,
        delay: Duration::ZERO,
    },
    Workload {
        name: "W7",
        about: "a list of 200,000 order lines (50 MB), every element mapped: how much memory it takes",
        service: "lines",
        services: "Lines",
        method: Method::Get("/v1/orders/long/lines"),
        callers: 1,
        rate: 0.5,
        counted: 0,
        delay: Duration::ZERO,
    },
];
