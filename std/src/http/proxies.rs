//! Where a request comes from when there are proxies in front of the service. What they say of it is believed of those
//! that the operator names (`FLOW_TRUSTED_PROXIES`), and of nobody else: a caller can send the same headers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::header::{FORWARDED, HeaderName};
use http::{HeaderMap, HeaderValue};

use super::Environment;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How many addresses are looked at, from the last one on: more proxies than anybody has.
const MOST: usize = 32;

/// The proxies that are trusted.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    networks: Vec<Network>,
}

/// Addresses that begin alike.
#[derive(Clone, Copy, Debug)]
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Proxies {
    /// Reads `FLOW_TRUSTED_PROXIES`: addresses and networks, with commas or spaces between them. Without it, there are none.
    pub fn read(env: &mut Environment) -> Option<Proxies> {
        let text = env.text_or("FLOW_TRUSTED_PROXIES", "")?;
        env.take("FLOW_TRUSTED_PROXIES", Proxies::parse(&text))
    }

    fn parse(text: &str) -> Result<Proxies, String> {
        let wanted =
            || "must be addresses and networks, such as `10.0.0.7, 192.168.0.0/16, fd00::/8`".to_owned();
        let words = text.split([',', ' ', '\n', '\t', '\r']).filter(|word| !word.is_empty());
        let networks = words.map(|word| Network::parse(word).ok_or_else(wanted)).collect::<Result<_, _>>()?;
        Ok(Proxies { networks })
    }

    /// The address that a request comes from: that of the other end of the connection, or, if that is a trusted proxy, the
    /// last one in the headers that is none. Where they do not say it in a way that can be believed, it is the last proxy
    /// that is known.
    pub fn caller(&self, peer: &str, headers: &HeaderMap) -> String {
        if self.networks.is_empty() {
            return peer.to_owned();
        }
        let Some(address) = parsed(peer).filter(|address| self.has(*address)) else { return peer.to_owned() };
        let (old, new) = (headers.contains_key(FORWARDED_FOR), headers.contains_key(FORWARDED));
        let found = match (old, new) {
            (false, false) => address,
            (true, false) => self.last(address, forwarded_for(headers)),
            (false, true) => self.last(address, forwarded(headers)),
            // A proxy that writes one of the two hands the other on as the caller sent it.
            (true, true) => {
                let (old, new) = (forwarded_for(headers), forwarded(headers));
                let (old, new) = (self.last(address, old), self.last(address, new));
                if old == new { old } else { address }
            }
        };
        found.to_string()
    }

    /// Goes from one address to the one before it for as long as who has written that is trusted.
    fn last(&self, peer: IpAddr, from_last_to_first: Vec<Option<IpAddr>>) -> IpAddr {
        let mut known = peer;
        for address in from_last_to_first {
            match address {
                Some(address) if self.has(known) => known = address,
                Some(_) | None => break,
            }
        }
        known
    }

    fn has(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.has(address))
    }
}

impl Network {
    fn parse(word: &str) -> Option<Network> {
        let (address, bits) = match word.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (word, None),
        };
        let address = address.parse::<IpAddr>().ok()?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse().ok()?,
            Some(_) => return None,
            None => all,
        };
        (bits <= all).then_some(Network { address, bits })
    }

    fn has(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// Whose requests are counted together where addresses are: one who has an address of version 6 has a whole network of
/// them, and could come from another one each time.
pub fn counted(address: &str) -> String {
    match parsed(address) {
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        Some(IpAddr::V4(_)) | None => address.to_owned(),
    }
}

/// An address of version 4 may be written as one of version 6.
fn parsed(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// What stands in `X-Forwarded-For`, from the last address to the first. What is no address is `None`.
fn forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines: Vec<&HeaderValue> = headers.get_all(FORWARDED_FOR).iter().collect();
    let texts = lines.into_iter().rev().map(|line| line.to_str().unwrap_or("?"));
    texts.flat_map(|text| text.rsplit(',')).take(MOST).map(node).collect()
}

/// The same for `Forwarded` (RFC 7239): what stands behind `for`.
fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines: Vec<&HeaderValue> = headers.get_all(FORWARDED).iter().collect();
    let texts = lines.into_iter().rev().map(|line| line.to_str().unwrap_or("?"));
    let each = texts.flat_map(|text| elements(text).into_iter().rev());
    each.take(MOST).map(|element| element.and_then(address_of)).collect()
}

/// The elements of a list, in which commas may stand in quotes. A text whose quotes do not end is nothing that could be
/// believed: its last element may be the end of what the caller sent.
fn elements(text: &str) -> Vec<Option<&str>> {
    let (mut all, mut start, mut is_quoted, mut is_escaped) = (Vec::new(), 0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b',' if !is_quoted => {
                all.push(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(text.get(start..).filter(|_| !is_quoted));
    all
}

/// `for="[2001:db8::1]:4711";proto=https`
fn address_of(element: &str) -> Option<IpAddr> {
    let mut named = element.split(';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value.trim())
    });
    let value = named.next().filter(|_| named.next().is_none())?;
    let value = value.strip_prefix('"').map_or(Some(value), |rest| rest.strip_suffix('"'))?;
    node(value)
}

/// An address, perhaps with a port, and one of version 6 perhaps in brackets.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    let address = address.ok().map(|address: IpAddr| address.to_canonical());
    // It stands for none at all.
    address.filter(|address| *address != IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUSTED: &str = "10.0.0.0/8, 192.0.2.1 fd00::/8";

    fn caller(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).expect("it can be sent"));
        }
        Proxies::parse(TRUSTED).expect("they are networks").caller(peer, &map)
    }

    #[test]
    fn nobody_is_believed_but_trusted_proxies() {
        let spoofed = [("x-forwarded-for", "1.1.1.1"), ("forwarded", "for=1.1.1.1")];
        for peer in ["203.0.113.9", "11.0.0.1", "2001:db8::1", "192.0.2.2"] {
            assert_eq!(caller(peer, &spoofed), peer);
        }
        assert_eq!(Proxies::default().caller("10.0.0.1", &HeaderMap::new()), "10.0.0.1");
        assert_eq!(caller("10.0.0.1", &spoofed), "1.1.1.1");
    }

    #[test]
    fn the_last_address_that_is_no_proxy_is_the_caller() {
        let of = |text: &str| caller("10.0.0.1", &[("x-forwarded-for", text)]);
        assert_eq!(of("203.0.113.9"), "203.0.113.9");
        assert_eq!(of("6.6.6.6, 203.0.113.9, 10.0.0.7"), "203.0.113.9");
        assert_eq!(of("6.6.6.6,203.0.113.9:4711 , 192.0.2.1"), "203.0.113.9");
        assert_eq!(of("10.0.0.3, 10.0.0.2"), "10.0.0.3");
        assert_eq!(of("[2001:db8::5]:443"), "2001:db8::5");
        assert_eq!(of("::ffff:203.0.113.9"), "203.0.113.9");
        let lines = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "203.0.113.9, 10.0.0.7")];
        assert_eq!(caller("::ffff:10.0.0.1", &lines), "203.0.113.9");
    }

    #[test]
    fn what_is_malformed_ends_it() {
        let of = |text: &str| caller("10.0.0.1", &[("x-forwarded-for", text)]);
        for bad in ["", "unknown", "203.0.113.9; drop", "1.2.3", "0.0.0.0", "6.6.6.6,"] {
            assert_eq!(of(bad), "10.0.0.1", "{bad}");
        }
        assert_eq!(of("6.6.6.6, what, 10.0.0.7"), "10.0.0.7");
        let long = format!("6.6.6.6{}", ", 10.0.0.7".repeat(MOST));
        assert_eq!(of(&long), "10.0.0.7");
    }

    #[test]
    fn the_standard_header_is_read_too() {
        let of = |text: &str| caller("fd00::1", &[("forwarded", text)]);
        assert_eq!(of("for=203.0.113.9;proto=https;by=10.0.0.1"), "203.0.113.9");
        assert_eq!(of("for=6.6.6.6, For=\"[2001:db8::5]:4711\", for=10.0.0.7"), "2001:db8::5");
        assert_eq!(of("for=\"a, for=6.6.6.6\", for=203.0.113.9"), "203.0.113.9");
        // Quotes of the caller take in what the proxy has written behind them.
        assert_eq!(of("for=6.6.6.6, for=\"x, for=203.0.113.9"), "fd00::1");
        for bad in ["for=_hidden", "for=unknown", "proto=https", "for=1.1.1.1;for=6.6.6.6"] {
            assert_eq!(of(bad), "fd00::1", "{bad}");
        }
    }

    #[test]
    fn a_proxy_that_writes_one_header_does_not_vouch_for_the_other() {
        let of = |old, new| caller("10.0.0.1", &[("x-forwarded-for", old), ("forwarded", new)]);
        assert_eq!(of("203.0.113.9", "for=6.6.6.6"), "10.0.0.1");
        assert_eq!(of("203.0.113.9", "for=203.0.113.9"), "203.0.113.9");
    }

    #[test]
    fn what_is_no_network_is_told() {
        for bad in ["10.0.0.0/33", "10.0.0/8", "fd00::/129", "proxy.example.com", "10.0.0.1/", "10.0.0.1/+8"]
        {
            assert!(Proxies::parse(bad).is_err(), "{bad}");
        }
        let all = Proxies::parse("0.0.0.0/0 ::/0").expect("they are networks");
        assert!(all.has(IpAddr::from([1, 2, 3, 4])) && all.has(IpAddr::V6(Ipv6Addr::LOCALHOST)));
    }

    #[test]
    fn the_addresses_of_one_network_are_counted_together() {
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(counted("203.0.113.9"), "203.0.113.9");
        assert_eq!(counted("::ffff:203.0.113.9"), "::ffff:203.0.113.9");
        assert_eq!(counted(""), "");
    }
}
