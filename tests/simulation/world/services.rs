//! The emitted services, as they are, each on a host.

use std::collections::BTreeMap;
use std::time::Duration;

use flow_std::http::{Environment, Service, serve};
use tokio::sync::watch;

use flow_std::store::Store;

use crate::ledger::Shared;
use crate::scenario::{BUNDLE, first_of};

/// Name and SHA-256 of `key-of-the-shop`.
const KEYS: &str = "shop d0ddc66349f3b4f5e52d479167db0408480e105b7813f91ffc99be06f9c63ffb";

/// By when the connections that are kept have gone, and with them what looks after them.
const AFTERMATH: Duration = Duration::from_secs(6);

fn service(host: &'static str) -> Service {
    match first_of(host) {
        "customers" => customers::service(),
        "sales" => sales::service(),
        "stock" => stock::service(),
        "payments" => payments::service(),
        "compliance" => compliance::service(),
        "orders" => orders::service(),
        "contacts" => contacts::service(),
        "mail" => mail::service(),
        "profiles" => profiles::service(),
        "onboarding" => onboarding::service(),
        "mobile-shop" => mobile_shop::service(),
        "web-shop" => web_shop::service(),
        BUNDLE => shop::service(),
        _ => panic!("there is no service {host}"),
    }
}

/// The services that other services call.
const CALLED: &[&str] =
    &["customers", "sales", "stock", "payments", "compliance", "orders", "contacts", "mail", "profiles"];

/// What all of them are told.
fn environment() -> BTreeMap<String, String> {
    let systems = [
        ("ERP_URL", "http://erp/b7"),
        ("LAGER_URL", "http://lager/v2"),
        ("ZAHL_URL", "http://zahl/v1"),
        ("PRUEF_URL", "http://pruef"),
        ("CRM_URL", "http://crm/api"),
        ("BRIEF_URL", "http://brief"),
        ("ERP_KEY", "key-for-the-erp"),
        ("CRM_KEY", "key-for-the-crm"),
        ("ZAHL_TOKEN", "token-for-payments"),
        ("BRIEF_USER", "shop"),
        ("BRIEF_PASSWORD", "password-for-mail"),
        ("SHOP_KEYS", KEYS),
        ("FLOW_SERVICE_KEY", "a key of the services of the world"),
        ("FLOW_LOG", "off"),
        ("FLOW_DRAIN_MS", "100"),
        ("LISTEN", "0.0.0.0:80"),
    ];
    let services =
        CALLED.iter().map(|name| (format!("{}_URL", name.to_uppercase()), format!("http://{name}")));
    services.chain(systems.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}

/// Serves until `told`, and notes how many tasks are left then.
pub async fn run(
    host: &'static str,
    store: Store,
    mut told: watch::Receiver<bool>,
    ledger: Shared,
) -> turmoil::Result {
    let variables = environment();
    let env = Environment::new(move |name| variables.get(name).cloned()).with_store(store);
    let is_told = async move {
        // The other end lives as long as the simulation.
        let _ = told.wait_for(|is_told| *is_told).await;
    };
    serve(&service(host), env, is_told).await?;
    tokio::time::sleep(AFTERMATH).await;
    let left = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let mut ledger = ledger.borrow_mut();
    ledger.note(&format!("{host} has ended, {left} tasks left"));
    ledger.ended.push((host.to_owned(), left));
    Ok(())
}
