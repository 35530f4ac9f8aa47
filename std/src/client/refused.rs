//! Addresses that no system of others has, whatever a configuration or a name server says: those at which a machine in a cloud
//! tells its own secrets, and the others that mean the local link only. Who could lead us there could read them through us.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Names for those addresses.
const NAMES: [&str; 5] =
    ["metadata.google.internal", "metadata.goog", "metadata", "instance-data", "instance-data.ec2.internal"];
/// Addresses of that kind that are no link-local ones: of Alibaba, of Azure, and the older one of Oracle.
const V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];
/// Those of Amazon and of Google.
const V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

/// Whether a host, as it stands in an address, is one of them.
pub fn is_refused_host(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => is_refused(address),
        Err(_) => {
            let host = host.trim_end_matches('.');
            NAMES.iter().any(|name| host.eq_ignore_ascii_case(name))
        }
    }
}

/// Whether an address is one of them, in whichever form it is written.
pub fn is_refused(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local() || V4.contains(&address),
        IpAddr::V6(address) => {
            let inner = inside(address);
            address.is_unicast_link_local()
                || V6.contains(&address)
                || inner.is_some_and(|inner| is_refused(IpAddr::V4(inner)))
        }
    }
}

/// The older address inside of a newer one: `::ffff:a.b.c.d`, `::a.b.c.d`, and `64:ff9b::a.b.c.d`, which gateways
/// translate.
fn inside(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = address.octets();
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] => {
            Some(Ipv4Addr::new(a, b, c, d))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_the_secrets_of_a_machine_is_refused() {
        for host in [
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "168.63.129.16",
            "fe80::1",
            "febf::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "::ffff:169.254.169.254",
            "::ffff:a9fe:a9fe",
            "::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "metadata.google.internal",
            "METADATA.google.internal.",
            "metadata",
            "instance-data.ec2.internal",
        ] {
            assert!(is_refused_host(host), "{host}");
        }
    }

    #[test]
    fn everything_else_is_for_the_operator_to_say() {
        for host in [
            "169.253.255.255",
            "169.255.0.0",
            "100.100.100.201",
            "10.0.0.1",
            "127.0.0.1",
            "::1",
            "fec0::1",
            "fd00:ec2::253",
            "::ffff:10.0.0.1",
            "metadata.example.com",
            "erp.example.com",
            "localhost",
        ] {
            assert!(!is_refused_host(host), "{host}");
        }
    }
}
