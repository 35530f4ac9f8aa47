//! Names that nobody has, name servers that take their time, and hosts with several addresses.

use std::time::Duration;

use flow_std::client::{Client, ClientSettings};
use flow_std::failure::{CallFailure, Failure};

use super::backend::{block_on, client, context, patient};
use super::faults::text;

fn read(client: &Client) -> Result<String, CallFailure> {
    block_on(client.read("Erp.get", "GET").path("/x").answer(&context(), text))
}

#[test]
fn s003_a_name_without_an_address_is_unreachable() {
    let connect_timeout = Duration::from_secs(5);
    let client = client(ClientSettings { connect_timeout, ..patient("http://nobody.invalid") });
    let failure = read(&client).expect_err("nobody has that name");
    assert!(failure.is_unreachable() && Failure::from(failure).status() == 503);
}

/// Only a simulation has a name server of its own.
#[cfg(feature = "simulation")]
mod simulated {
    use std::net::IpAddr;

    use flow_std::outside::{Names, set_names};
    use tokio::time::Instant;

    use super::super::backend::{context_of, ok, paused};
    use super::super::faults::{retry, steady};
    use super::*;

    const URL: &str = "http://erp.example.com";

    #[test]
    fn a_name_that_leads_to_the_secrets_of_the_machine_is_not_followed() {
        let backend = steady(ok("\"a\""));
        let url = format!("http://erp.example.com:{}", backend.address.port());
        let here = [127, 0, 0, 1].into();
        for (addresses, is_good) in [
            (vec![here], true),
            (vec![here, [169, 254, 169, 254].into()], false),
            (vec!["::ffff:a9fe:a9fe".parse().expect("an address")], false),
        ] {
            set_names(Some(Names { addresses: addresses.clone(), takes: Duration::ZERO }));
            let end = read(&client(patient(&url)));
            assert_eq!(end.is_ok(), is_good, "{addresses:?}: {end:?}");
            let why = end.err().map(|failure| failure.to_string()).unwrap_or_default();
            assert!(is_good || why.contains("only the machine itself may ask"), "{why}");
        }
        set_names(None);
        assert_eq!(backend.connections(), 1);
    }

    #[test]
    fn s003_a_name_server_that_takes_five_seconds_is_not_waited_for() {
        set_names(Some(Names { addresses: vec![[127, 0, 0, 1].into()], takes: Duration::from_secs(5) }));
        paused(async {
            let connect_timeout = Duration::from_millis(500);
            let client = client(ClientSettings { connect_timeout, retry: Some(retry(1)), ..patient(URL) });
            let begun = Instant::now();
            let cx = context_of(Duration::from_secs(2));
            let failure = client.read("Erp.get", "GET").path("/x").answer(&cx, text).await;
            let failure = failure.expect_err("the name server has not answered");
            assert!(matches!(failure, CallFailure::Unreachable(_)), "{failure:?}");
            assert_eq!(Failure::from(failure).status(), 503);
            assert_eq!((begun.elapsed(), client.counts().tries), (connect_timeout * 2, 2));
        });
        set_names(None);
    }

    /// A connection would have stood, had there been the time.
    #[test]
    fn s003_not_even_where_a_connection_may_take_long() {
        set_names(Some(Names { addresses: vec![[127, 0, 0, 1].into()], takes: Duration::from_secs(5) }));
        paused(async {
            let client = client(patient(URL));
            let (begun, deadline) = (Instant::now(), Duration::from_secs(2));
            let end = client.read("Erp.get", "GET").path("/x").answer(&context_of(deadline), text).await;
            assert_eq!((end, begun.elapsed()), (Err(CallFailure::Timeout), deadline));
        });
        set_names(None);
    }

    #[test]
    fn s003_of_two_addresses_the_one_that_lives_is_found() {
        let backend = steady(ok("\"a\""));
        // Nobody listens at the second one, on this port.
        let (live, dead): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        for addresses in [vec![dead, live], vec![live, dead]] {
            set_names(Some(Names { addresses, takes: Duration::ZERO }));
            let client = client(patient(format!("{URL}:{}", backend.address.port())));
            assert_eq!((read(&client), client.counts().tries), (Ok("a".to_owned()), 1));
        }
        set_names(Some(Names { addresses: Vec::new(), takes: Duration::ZERO }));
        let failure = read(&client(patient(URL))).expect_err("there is no address");
        assert_eq!(Failure::from(failure).status(), 503);
        set_names(None);
    }
}
