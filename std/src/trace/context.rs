//! The trace that a request belongs to (W3C Trace Context): it comes in with `traceparent` and `tracestate`, and goes along
//! to whatever is called. What is malformed is passed over, and a new trace begins.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::bytes::digits;
use crate::outside;

pub const PARENT: HeaderName = HeaderName::from_static("traceparent");
pub const STATE: HeaderName = HeaderName::from_static("tracestate");

/// How much of `tracestate` goes along at most: what is longer is left out, as a whole.
const LONGEST_STATE: usize = 512;
const MOST_MEMBERS: usize = 32;

/// The trace of a request, and its own place there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    pub id: u128,
    /// The span that the request was sent by; none where the trace begins here.
    pub parent: Option<u64>,
    /// The span of the request itself.
    pub span: u64,
    /// Whether somebody keeps it.
    pub is_sampled: bool,
    /// What those before us have written there.
    pub state: Option<HeaderValue>,
}

impl Trace {
    /// What stands for one where nobody wants any.
    pub const NONE: Trace = Trace { id: 0, parent: None, span: 0, is_sampled: false, state: None };

    /// One that begins here.
    pub fn begun() -> Trace {
        let id = u128::from(new_number()) << 64 | u128::from(new_number());
        Trace { id, parent: None, span: new_number(), is_sampled: false, state: None }
    }

    /// The one that a request came with; `None` when it came with none, or with one that is malformed.
    pub fn of(headers: &HeaderMap) -> Option<Trace> {
        let (id, parent, is_sampled) = read(only(headers, &PARENT)?.as_bytes())?;
        let state = state(headers);
        Some(Trace { id, parent: Some(parent), span: new_number(), is_sampled, state })
    }

    /// Puts it on a request that is sent by this span.
    pub fn tell(&self, span: u64, headers: &mut Vec<(HeaderName, HeaderValue)>) {
        if self.id == 0 {
            return;
        }
        if let Ok(parent) = HeaderValue::try_from(self.written(span)) {
            headers.push((PARENT, parent));
        }
        if let Some(state) = &self.state {
            headers.push((STATE, state.clone()));
        }
    }

    fn written(&self, span: u64) -> String {
        let flags = if self.is_sampled { "01" } else { "00" };
        ["00-", &self.name(), "-", &digits(&span.to_be_bytes()), "-", flags].concat()
    }

    /// The name of the trace, as logs and tools have it.
    pub fn name(&self) -> String {
        digits(&self.id.to_be_bytes())
    }
}

/// Version 00 has these parts and no more; a later one may have more behind them.
fn read(text: &[u8]) -> Option<(u128, u64, bool)> {
    let (known, more) = text.split_at_checked(55)?;
    let version = hex(known.get(..2)?)?;
    let is_whole = match version {
        0 => more.is_empty(),
        255 => false,
        _ => more.is_empty() || more.starts_with(b"-"),
    };
    let dashes = [2, 35, 52].iter().all(|at| known.get(*at) == Some(&b'-'));
    let id = hex(known.get(3..35)?)?;
    let parent = u64::try_from(hex(known.get(36..52)?)?).ok()?;
    let flags = hex(known.get(53..)?)?;
    (is_whole && dashes && id != 0 && parent != 0).then_some((id, parent, flags & 1 == 1))
}

/// Small letters only, as the standard wants it.
fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(digit))
    })
}

/// A header that stands there once: of two, nobody knows which is meant.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut all = headers.get_all(name).iter();
    let one = all.next()?;
    all.next().is_none().then_some(one)
}

/// `vendor=value,…`, as far as it is well formed and short.
fn state(headers: &HeaderMap) -> Option<HeaderValue> {
    let value = only(headers, &STATE)?;
    let text = value.to_str().ok().filter(|text| !text.is_empty() && text.len() <= LONGEST_STATE)?;
    let members: Vec<&str> = text.split(',').map(str::trim).filter(|member| !member.is_empty()).collect();
    let is_good = |member: &&str| {
        let Some((key, value)) = member.split_once('=') else { return false };
        let of_key =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(&byte);
        let of_value = |byte: u8| (0x20..=0x7e).contains(&byte) && byte != b'=';
        !key.is_empty() && key.bytes().all(of_key) && !value.is_empty() && value.bytes().all(of_value)
    };
    (members.len() <= MOST_MEMBERS && members.iter().all(is_good)).then(|| value.clone())
}

/// A number that no other span is likely to have: they have to differ, and need not be hard to guess, so the system is
/// asked for randomness once and not for each.
pub fn new_number() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // splitmix64
    let mut number = SEED.get_or_init(outside::random_number).wrapping_add(count);
    number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (number ^ number >> 31).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn of(pairs: &[(&'static str, &str)]) -> Option<Trace> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).expect("a value"));
        }
        Trace::of(&headers)
    }

    #[test]
    fn a_trace_goes_along_with_another_span() {
        let trace = of(&[("traceparent", GOOD), ("tracestate", "a=1, b@c=x y")]).expect("it is good");
        assert_eq!((trace.parent, trace.is_sampled), (Some(0xb7ad_6b71_6920_3331), true));
        assert_eq!(trace.name(), "0af7651916cd43dd8448eb211c80319c");
        let mut headers = Vec::new();
        trace.tell(0x2a, &mut headers);
        let headers = HeaderMap::from_iter(headers);
        assert_eq!(headers["traceparent"], "00-0af7651916cd43dd8448eb211c80319c-000000000000002a-01");
        assert_eq!(headers["tracestate"], "a=1, b@c=x y");
        let later = of(&[("traceparent", "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-08-more")]);
        assert_eq!(later.map(|trace| (trace.id, trace.is_sampled)), Some((trace.id, false)));
    }

    #[test]
    fn what_is_malformed_is_none() {
        for bad in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
            "00-0af7651916cd43dd8448eb211c80319c+b7ad6b7169203331-01",
        ] {
            assert_eq!(of(&[("traceparent", bad)]), None, "{bad}");
        }
        assert_eq!(of(&[("traceparent", GOOD), ("traceparent", GOOD)]), None);
        assert_eq!(of(&[("tracestate", "a=1")]), None);
    }

    #[test]
    fn a_state_that_is_long_or_malformed_is_left_out() {
        let long = format!("a={}", "x".repeat(LONGEST_STATE));
        let many: Vec<String> = (0..33).map(|number| format!("k{number}=1")).collect();
        for bad in ["a", "=1", "a=", "A=1", "a=b=c", &long, &many.join(",")] {
            let trace = of(&[("traceparent", GOOD), ("tracestate", bad)]);
            assert_eq!(trace.map(|trace| trace.state), Some(None), "{bad}");
        }
    }

    #[test]
    fn traces_that_begin_here_differ() {
        let (one, other) = (Trace::begun(), Trace::begun());
        assert!(one.id != other.id && one.span != other.span && one.name().len() == 32);
    }
}
